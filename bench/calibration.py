"""Whether confidence means what it says: calibrated on some weeks, judged on later ones that it has not seen.

It is learned as ``parure train`` learns it, from as many weeks and occasions, only two weeks earlier.

For each surface with its own recipe, and for the recipes of whole shops on the homepage: the expected calibration error
over 15 bins of equal mass (``ece``), what that would be by chance if every confidence were exactly right
(``ece_by_chance``), and how much better than saying the general rate of everything it is, by log loss
(``log_loss_gain``, of 1). That rate is the one of the weeks judged on, which nobody knew before: where confidence is a
constant, learned from the weeks before, the gain is below 0. Each held-out week by itself, and all together; on
surfaces that anybody may open also with the customers asked for as if nobody knew them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from bench.data import JOURNEY
from bench.options import Options
from bench.shops import MADE_UP, settings_of, shop_of
from parure.cli.demo import CALIBRATION_WEEKS
from parure.core.progress import Silent
from parure.evaluation import Row
from parure.pipeline.backtest import Moment
from parure.pipeline.calibrate import Shown, calibrate, reliability, shown
from parure.pipeline.occasions import OPEN_TO_STRANGERS, SURFACES, OccasionsConfig, surface_of
from parure.pipeline.part import Part
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings, TrainSection
from parure.pipeline.train import policy_of, usable_sources
from parure.pipeline.workflow import moments_of, shop_recipe
from parure.ranking import Calibration

RECIPES = (*SURFACES, "hybrid", "style_led")
HELD_OUT = (0, 1)
"""Weeks back that are judged on."""
LEARNED_ON = {
    JOURNEY: tuple(week + len(HELD_OUT) for week in TrainSection().calibration_weeks),
    MADE_UP: tuple(week + len(HELD_OUT) for week in CALIBRATION_WEEKS),
}
"""Weeks back that are learned from: those of the settings, moved back by the weeks held out."""
MOST = 2000
"""Occasions a week that are judged on."""


def run(options: Options) -> Iterable[Row]:
    """Rows of both shops."""
    for dataset in LEARNED_ON:
        if options.wants(dataset):
            settings = settings_of(dataset, seed=options.seed)
            with shop_of(dataset) as shop:
                yield from judged(dataset, shop, settings, MOST)


def judged(dataset: str, shop: Path, settings: ShopSettings, most: int) -> Iterator[Row]:
    """Rows of one shop."""
    weeks = (*HELD_OUT, *LEARNED_ON[dataset])
    moments = moments_of(shop, settings, weeks, progress=Silent())
    past, future = moments[len(HELD_OUT) :], moments[: len(HELD_OUT)]
    for name in RECIPES:
        yield from _of_recipe(dataset, _part(name, shop, settings, future[0]), past, future, most)


def _part(name: str, shop: Path, settings: ShopSettings, moment: Moment) -> Part:
    recipe = usable_sources(shop_recipe(name, shop, settings), moment.dataset)
    share = repeat_share(moment.dataset)
    return Part.of(recipe, policy_of(recipe, share, threshold=settings.train.repeat_share_threshold))


def _of_recipe(dataset: str, part: Part, past: list[Moment], future: list[Moment], most: int) -> Iterator[Row]:
    name = part.recipe.name
    learned = calibrate(past, part)
    if learned is None:
        return
    # What is true must be the same on both sides, whatever a single week would have chosen.
    config = OccasionsConfig.model_validate({"most": most, "counted": learned.outcome})
    asked = {"": config}
    if surface_of(part.recipe) in OPEN_TO_STRANGERS:
        asked[", strangers"] = config.model_copy(update={"strangers": True})
    for who, each in asked.items():
        seen = shown(future, part, config=each)
        for week in (*HELD_OUT, None):
            case = f"{name}{who}" if week is None else f"{name}{who}, week {week} back"
            yield from _rows(dataset, case, learned, seen if week is None else seen.where(seen.week == week))


def _rows(dataset: str, case: str, learned: Calibration, seen: Shown) -> Iterator[Row]:
    found = reliability(learned, seen, case=case)
    rate = float(seen.outcomes.mean())
    print(
        f"{dataset}: {case}: {learned.kind}, {len(learned.edges) + 1} bands, {len(seen):,} shown, {rate:.4f}"
        f" {seen.counted}, ece {found.error:.4f}, by chance {found.error_by_chance:.4f}",
        file=sys.stderr,
    )
    values = {
        "ece": found.error,
        "ece_by_chance": found.error_by_chance,
        "log_loss_gain": 1 - found.log_loss / found.log_loss_of_rate,
        "rate": rate,
    }
    for metric, value in values.items():
        yield _row(dataset, case, seen.counted, metric, value)


def _row(dataset: str, case: str, counted: str, metric: str, value: float) -> Row:
    return Row(
        bench="calibration", dataset=dataset, case=case, split=counted, metric=metric,
        value=float(np.round(value, 6)), low=None, high=None, unit="share",
    )  # fmt: skip
