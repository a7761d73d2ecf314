"""Scores made into probabilities: what became of the items that a recipe would have shown in past weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from parure.core.progress import Progress, Silent
from parure.evaluation import Reliability, reliability_curve
from parure.pipeline.backtest import Moment
from parure.pipeline.occasions import (
    OPEN_TO_STRANGERS,
    STRANGER,
    Counted,
    Occasions,
    OccasionsConfig,
    occasions,
    surface_of,
)
from parure.pipeline.part import Part
from parure.pipeline.recommend import CHUNK, Recommender
from parure.pipeline.train import recommender_of
from parure.ranking import Calibration, CalibrationConfig


@dataclass(frozen=True)
class Shown:
    """Every place of the lists that a recipe would have shown, in columns of equal length n.

    Attributes:
        counted: What makes an item a true one: ``purchases`` or ``acts``.
        scores: float32[n], scores in force when the item was shown.
        outcomes: bool[n], whether it came true within seven days.
        activity: float32[n], events of the customer in the 30 days before; below 0 for a stranger.
        occasion: int64[n], the list that the place is in.
        week: int64[n], weeks back from the end of the data.
    """

    counted: Counted
    scores: NDArray[np.float32]
    outcomes: NDArray[np.bool_]
    activity: NDArray[np.float32]
    occasion: NDArray[np.int64]
    week: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, mask: NDArray[np.bool_]) -> Shown:
        """The places where ``mask``, bool[n], is true."""
        return Shown(
            self.counted,
            self.scores[mask],
            self.outcomes[mask],
            self.activity[mask],
            self.occasion[mask],
            self.week[mask],
        )


def shown(
    moments: Sequence[Moment],
    part: Part,
    *,
    surface: str | None = None,
    config: OccasionsConfig | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Shown:
    """What a recipe would have shown at past moments, and what came true.

    Args:
        moments: The moments; sources are fitted on what was known at each.
        part: The recipe with its ranker and policy; its sources need not be fitted.
        surface: Where it is asked; the recipe's own surface where None.
        config: How occasions are made; the defaults where None.
        seed: What is drawn follows from it.
        progress: Where to report to.
    """
    asked = occasions_of(moments, part, surface=surface, config=config, seed=seed)
    columns: list[tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32], NDArray[np.int64]]] = []
    weeks, before = [], 0
    # With one BLAS thread the scores, and so the curves, do not hang on the machine's settings.
    with threadpool_limits(1, "blas"):
        for moment, found in zip(moments, asked, strict=True):
            places = _shown(recommender_at(moment, part), found, part.recipe.k, progress or Silent())
            columns.append((*places[:3], places[3] + before))
            weeks.append(np.full(len(places[0]), moment.target.weeks_back, dtype=np.int64))
            before += len(found)
    scores, outcomes, activity, occasion = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Shown(asked[0].counted, scores, outcomes, activity, occasion, np.concatenate(weeks))


def calibrate(
    moments: Sequence[Moment],
    part: Part,
    *,
    surface: str | None = None,
    config: OccasionsConfig | None = None,
    curve: CalibrationConfig | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Calibration | None:
    """Learn what the scores of a recipe mean: how probably a shown item is acted on within seven days.

    Args:
        moments: Past moments to learn from, the more the better; none that the result is judged on.
        part: The recipe with its ranker and policy; its sources need not be fitted.
        surface: Where it is asked; the recipe's own surface where None.
        config: How occasions are made; the defaults where None.
        curve: How curves are fitted; the defaults where None.
        seed: What is drawn follows from it.
        progress: Where to report to.

    Returns:
        The calibration; its ``outcome`` says whether it is about ``purchases`` or any ``acts``. None where nothing
        would have been shown to anybody.

    Cost:
        That of recommending to every occasion, and half as many for strangers, besides fitting the recipe's sources at
        each moment.
    """
    config = config or OccasionsConfig()
    seen = shown(moments, part, surface=surface, config=config, seed=seed, progress=progress)
    if not len(seen):
        return None
    if (surface or surface_of(part.recipe)) not in OPEN_TO_STRANGERS:
        return _fitted(seen, curve)
    # Strangers are customers asked for as if nobody knew them: what comes true of lists made for anybody. Such lists
    # are much alike, so that half as many say as much.
    half = max(1, config.most // 2)
    as_strangers = config.model_copy(update={"strangers": True, "counted": seen.counted, "most": half})
    unknown = shown(moments, part, surface=surface, config=as_strangers, seed=seed, progress=progress)
    known = seen.where(seen.activity > STRANGER)
    if not len(known) or not len(unknown):
        return _fitted(unknown if len(unknown) else seen, curve)
    return _fitted(known, curve).beside(_fitted(unknown, curve))


def _fitted(seen: Shown, curve: CalibrationConfig | None) -> Calibration:
    return Calibration.fit(
        seen.scores, seen.outcomes, activity=seen.activity, groups=seen.week, outcome=seen.counted, config=curve
    )


def reliability(calibration: Calibration, seen: Shown, *, case: str, seed: int = 0) -> Reliability:
    """What a calibration says of what was shown in other weeks, against what came true."""
    weeks = sorted(set(seen.week.tolist()))
    return reliability_curve(
        calibration.predict_many(seen.scores, seen.activity),
        seen.outcomes,
        occasions=seen.occasion,
        case=case,
        target=f"{seen.counted} within 7 days, weeks back: {', '.join(map(str, weeks))}",
        seed=seed,
    )


def occasions_of(
    moments: Sequence[Moment],
    part: Part,
    *,
    surface: str | None = None,
    config: OccasionsConfig | None = None,
    seed: int = 0,
) -> list[Occasions]:
    """The occasions of several moments, all with the same notion of what came true."""
    config = config or OccasionsConfig()
    where = surface or surface_of(part.recipe)
    found = [occasions(moment, where, config, k=part.recipe.k, seed=seed) for moment in moments]
    if len({each.counted for each in found}) < 2:
        return found
    config = config.model_copy(update={"counted": "acts"})
    return [occasions(moment, where, config, k=part.recipe.k, seed=seed) for moment in moments]


def recommender_at(moment: Moment, part: Part) -> Recommender:
    """A recipe's recommender, its sources fitted on what was known at a moment."""
    return recommender_of(moment.fitted.part(part), moment.dataset)


def _shown(
    recommender: Recommender, asked: Occasions, k: int, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32], NDArray[np.int64]]:
    """Scores, outcomes, activity and list of every place shown at one moment."""
    ranked = np.full((len(asked), k), -1, dtype=np.int32)
    scores = np.zeros((len(asked), k), dtype=np.float32)
    with progress.step(f"show on {asked.surface}", total=len(asked)) as bar:
        for start in range(0, len(asked), CHUNK):
            for place, slate in enumerate(recommender.slates(asked.queries[start : start + CHUNK]), start):
                best = slate.ranked()[:k]
                ranked[place, : len(best)] = slate.item_ix[best]
                scores[place, : len(best)] = slate.scores[best]
            bar.advance(min(CHUNK, len(asked) - start))
    there = ranked >= 0
    row = np.repeat(np.arange(len(asked), dtype=np.int64), there.sum(axis=1))
    return scores[there], asked.hits(ranked)[there], asked.activity[row], row
