"""``parure train --auto``: tries what is dearer than a blend, and publishes what has earned its place."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from parure.core import EventKind
from parure.core.errors import InputError, ParureError
from parure.core.progress import Progress
from parure.dataset import Dataset
from parure.pipeline.backtest import Moment
from parure.pipeline.contest import Contest
from parure.pipeline.gate import Verdict, average_precision, judged, not_tried
from parure.pipeline.learning import tune, weeks_before
from parure.pipeline.opened import OpenedShop, opened_shop
from parure.pipeline.part import Part
from parure.pipeline.quotas import Found, found_by, learned_quotas, with_quotas
from parure.pipeline.recipe import AUTO, RankerSpec, Recipe, SourceSpec, find_recipe
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.tune_trees import Search, searched
from parure.pipeline.workflow import part_of, train_shop
from parure.ranking import Blend
from parure.rules import BoughtAgain

DEEP: Final = 300
"""The largest quota."""
_BLEND: Final = "blend"
_TREES: Final = "lambdamart"
_SEARCHED: Final = "lambdamart, searched"
_DRAWN: Final = 75
"""So many candidates of a request that nobody bought each forest of a mean learns from, each from others."""
_NEURAL: Final = ("two_tower", "sasrec")
_LOOKS: Final = (EventKind.VIEW, EventKind.CLICK, EventKind.ADD_TO_CART)


def train_auto(
    shop: Path, settings: ShopSettings, *, recipe: str | None, minutes: float, now: datetime, progress: Progress
) -> Contest:
    """Try sources and rankers on past weeks, keep those that were better, and publish.

    The recipe that wins is written to ``recipes/auto.toml`` in the shop, where it can be read, changed and trained
    again by its name.

    Args:
        shop: The project directory.
        settings: Its settings.
        recipe: The recipe to begin from, with a blend; the one in the settings where None.
        minutes: For the search over settings of trees. A search that was begun before goes on.
        now: The moment, for the log of publications.
        progress: Where to report to.

    Raises:
        InputError: There are too few weeks of purchases to judge anything by.
    """
    name = recipe or settings.train.recipe
    began = find_recipe(name, shop)
    found, winner = _contested(shop, settings, name, minutes, progress)
    # The weeks of the contest hang together in circles; training needs the memory for its own.
    gc.collect()
    target = shop / "recipes" / f"{AUTO}.toml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(_written(began, winner).to_toml(), encoding="utf-8")
    published = train_shop(shop, settings, recipe=AUTO, tuned=True, now=now, progress=progress)
    return replace(found, published=published)


def _contested(
    shop: Path, settings: ShopSettings, recipe: str, minutes: float, progress: Progress
) -> tuple[Contest, Recipe]:
    """The contest, of which nothing is left but what it found."""
    with opened_shop(shop, settings, progress) as opened:
        return contest(opened, shop, settings, recipe=recipe, minutes=minutes, progress=progress)


def _written(began: Recipe, winner: Recipe) -> Recipe:
    """The recipe that won as it stands in its file: of the shop's knobs and what its data lack, rules know nothing yet.

    It serves no surface, whose own recipe is in the bundle too.
    """
    title = f"The sources and the ranker that were best on past weeks, beginning from {began.name}"
    changes = {"name": AUTO, "title": title, "surface": "", "sources": winner.sources, "ranker": winner.ranker}
    return began.model_copy(update=changes)


def contest(
    opened: OpenedShop,
    shop: Path,
    settings: ShopSettings,
    *,
    recipe: str | None,
    minutes: float,
    newest: int = 0,
    progress: Progress,
) -> tuple[Contest, Recipe]:
    """The contest alone: what was tried, and the recipe that won.

    Args:
        opened: The shop.
        shop: Its project directory.
        settings: Its settings.
        recipe: The recipe to begin from.
        minutes: For the search.
        newest: The newest week that may be looked at, counted back from the last one.
        progress: Where to report to.
    """
    return _Contest(opened, shop, settings, recipe, newest, progress).run(minutes)


class _Contest:
    """One contest on its way: the champion so far, and the verdicts."""

    def __init__(
        self,
        opened: OpenedShop,
        shop: Path,
        settings: ShopSettings,
        recipe: str | None,
        newest: int,
        progress: Progress,
    ) -> None:
        auto = settings.auto
        self._opened, self._shop, self._settings, self._progress = opened, shop, settings, progress
        self._judged_on = weeks_before(newest, auto.judged_weeks)
        self._held_out = newest + auto.judged_weeks
        self._taught_by = weeks_before(self._held_out + 1, settings.train.ranker_weeks)
        self._gate = [self._some(moment) for moment in opened.moments(self._judged_on)]
        whole = opened.at(None)
        self._began = recipe or settings.train.recipe
        self._champion = part_of(self._began, shop, settings, whole, repeat_share(whole))
        ranker = self._champion.recipe.ranker
        if ranker.kind != _BLEND:
            self._champion = self._with_ranker(self._champion.recipe, _BLEND, ranker.config.get("base") or {})
        self._champion = self._tuned(self._champion)
        self._leader = self._champion.recipe.name
        self._precision = average_precision(self._gate, self._champion, progress=progress)
        self._verdicts: list[Verdict] = []

    def run(self, minutes: float) -> tuple[Contest, Recipe]:
        """Sources first, then rankers, each against the best so far."""
        recipe = self._sources(self._champion.recipe)
        search = None
        # Trees begin from the blend and learn what it gets wrong, which past weeks too few for more can teach.
        trees = {"base": self._champion.recipe.ranker.config}
        for kind in self._settings.auto.rankers:
            self._try(kind, self._champion_or(recipe, kind, trees if kind == _TREES else {}))
            if kind == _TREES:
                self._mean(recipe, trees)
        if _TREES in self._settings.auto.rankers and minutes > 0:
            search = self._searched(recipe, trees, minutes)
        winner = self._champion.recipe
        found = Contest(
            tuple(self._verdicts),
            {spec.label: spec.quota for spec in winner.sources},
            search,
            self._leader,
            tuple(self._judged_on),
            tuple(moment.target.weeks_back for moment in self._opened.there(self._taught_by)[0]),
            self._began,
        )
        return found, winner

    def _tuned(self, part: Part) -> Part:
        """The part with the weights that ``parure train --tune`` would find in as many weeks before those judged."""
        weeks = weeks_before(self._held_out, len(self._settings.train.validation_weeks))
        moments, _ = self._opened.there(weeks)
        if not moments:
            return part
        policy, seed = part.bought_again, self._settings.train.seed
        new_only = policy is BoughtAgain.NEVER
        blend = tune(moments, part.recipe, policy, new_only=new_only, seed=seed, progress=self._progress)
        return self._with_ranker(part.recipe, _BLEND, cast("Blend", blend).in_force.model_dump(exclude_defaults=True))

    def _some(self, moment: Moment) -> Moment:
        return moment.of_some(self._settings.auto.judged_customers, seed=self._settings.train.seed)

    # -- sources ------------------------------------------------------------------------------------------------------

    def _sources(self, recipe: Recipe) -> Recipe:
        """The recipe with the learned sources that find more, and with quotas for a ranker of few candidates."""
        on = self._some(self._opened.moments([self._held_out])[0])
        wanted = [spec for spec in self._learned_sources(recipe) if self._learns(spec, [on, *self._gate])]
        specs = [*recipe.sources, *wanted]
        learn_on = self._found(on, specs)
        seen = [self._found(moment, specs) for moment in self._gate]
        kept = list(recipe.labels)
        quotas = self._quotas(learn_on.only(kept))
        for spec in wanted:
            with _stopwatch() as seconds:
                more = self._quotas(learn_on.only([*kept, spec.label]))
            verdict = judged(
                spec.label, "source", "recall", against="the candidates without it",
                ours=_by_customer([each.only([*kept, spec.label]) for each in seen], more),
                theirs=_by_customer([each.only(kept) for each in seen], quotas),
                seconds=self._cost(spec) + seconds[0], seed=self._settings.train.seed,
            )  # fmt: skip
            self._verdicts.append(verdict)
            if verdict.passed:
                kept.append(spec.label)
                quotas = more
        chosen = tuple(spec for spec in specs if spec.label in kept)
        return with_quotas(recipe.model_copy(update={"sources": chosen}), quotas)

    def _learned_sources(self, recipe: Recipe) -> Iterator[SourceSpec]:
        """The sources to try, as far as this shop and this installation can feed them."""
        dataset = self._opened.at(None)
        for kind in self._settings.auto.sources:
            if kind in recipe.labels:
                continue
            why = _cannot(kind, dataset)
            if why:
                self._verdicts.append(not_tried(kind, "source", "", why))
            else:
                yield SourceSpec(kind=kind)

    def _learns(self, spec: SourceSpec, moments: Sequence[Moment]) -> bool:
        """Whether a source can be fitted at each moment; a verdict says why not."""
        try:
            for moment in moments:
                moment.fitted.source(spec)
        except ParureError as error:
            self._verdicts.append(not_tried(spec.label, "source", "", error.message))
            return False
        return True

    def _found(self, moment: Moment, specs: Sequence[SourceSpec]) -> Found:
        policy, seed = self._champion.bought_again, self._settings.train.seed
        return found_by(moment, specs, policy, deep=DEEP, seed=seed, progress=self._progress)

    def _quotas(self, found: Found) -> dict[str, int]:
        return learned_quotas(found, budget=self._settings.auto.candidates, deep=DEEP)

    def _cost(self, spec: SourceSpec) -> float:
        return sum(moment.fitted.cost(spec).wall_s for moment in self._gate)

    # -- rankers ------------------------------------------------------------------------------------------------------

    def _with_ranker(self, recipe: Recipe, kind: str, config: dict[str, Any]) -> Part:
        changed = recipe.model_copy(update={"ranker": RankerSpec(kind=kind, config=config)})
        return Part.of(changed, self._champion.bought_again)

    def _champion_or(self, recipe: Recipe, kind: str, config: dict[str, Any]) -> Callable[[], Part]:
        """How to make a challenger: a ranker taught by the weeks before those that it is judged on."""

        def make() -> Part:
            part = self._with_ranker(recipe, kind, config)
            ranker = self._opened.lessons.learned(part.recipe, part.bought_again, self._taught_by)
            return replace(part, ranker=ranker)

        return make

    def _try(self, name: str, make: Callable[[], Part]) -> None:
        """Let a ranker take the champion's place if it is better."""
        try:
            with _stopwatch() as seconds:
                challenger = make()
        except ParureError as error:
            self._verdicts.append(not_tried(name, "ranker", self._leader, error.message))
            return
        precision = average_precision(self._gate, challenger, progress=self._progress)
        users = sorted(precision)
        verdict = judged(
            name,
            "ranker",
            "map@12",
            ours=np.array([precision[user] for user in users]),
            theirs=np.array([self._precision[user] for user in users]),
            against=self._leader,
            seconds=seconds[0],
            seed=self._settings.train.seed,
        )
        self._verdicts.append(verdict)
        if verdict.passed:
            self._champion, self._leader, self._precision = challenger, name, precision

    def _mean(self, recipe: Recipe, trees: dict[str, Any]) -> None:
        """Let a mean of forests try, where there are trees and it is wanted: dearer than one, and steadier."""
        forests = self._settings.auto.forests
        if forests > 1 and self._verdicts[-1].tried:
            config = {**trees, "forests": forests, "objective": "both", "negatives": _DRAWN}
            self._try(f"{_TREES}, mean of {forests}", self._champion_or(recipe, _TREES, config))

    def _searched(self, recipe: Recipe, trees: dict[str, Any], minutes: float) -> Search | None:
        """Search settings of the trees on a week that no verdict is from, and let the best ones try."""
        for module, extra in (("optuna", "auto"), ("lightgbm", "ranker")):
            if find_spec(module) is None:
                why = f"{module} is not installed: extra {extra}"
                self._verdicts.append(not_tried(_SEARCHED, "ranker", self._leader, why))
                return None
        part = self._with_ranker(recipe, _TREES, trees)
        lessons = self._opened.lessons
        try:
            taught = lessons.of(part.recipe, part.bought_again, self._taught_by)
            held = lessons.of(part.recipe, part.bought_again, [self._held_out])
        except InputError as error:
            self._verdicts.append(not_tried(_SEARCHED, "ranker", self._leader, error.message))
            return None
        search = searched(
            taught,
            held,
            part.recipe,
            home=self._shop / AUTO,
            data=self._opened.at(None).fingerprint,
            minutes=minutes,
            seed=self._settings.train.seed,
            progress=self._progress,
        )
        # A mean is held against a mean: the settings alone are to make the difference.
        leader = self._champion.recipe.ranker
        mean = {name: leader.config[name] for name in ("forests", "negatives") if leader.config.get("forests", 1) > 1}
        self._try(_SEARCHED, self._champion_or(recipe, _TREES, {**trees, **mean, **search.best}))
        return search


def _by_customer(founds: Sequence[Found], quotas: dict[str, int]) -> NDArray[np.float64]:
    """Recall of each customer, in the order of their ids: the mean over the weeks in which they bought something."""
    weeks: dict[str, list[float]] = {}
    for found in founds:
        for user, share in zip(found.users, found.recall(quotas).tolist(), strict=True):
            weeks.setdefault(user, []).append(share)
    return np.array([np.mean(weeks[user]) for user in sorted(weeks)])


def _cannot(kind: str, dataset: Dataset) -> str:
    """Why a source cannot be tried here; empty where it can."""
    if kind in _NEURAL and find_spec("torch") is None:
        return "PyTorch is not installed: extra neural"
    if kind in ("session_knn", "sasrec") and not np.isin(dataset.events.kind, _LOOKS).any():
        return "the shop records no views, clicks or carts"
    return ""


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    """A list that holds the elapsed wall seconds once the block is over."""
    seconds, start = [0.0], time.perf_counter()
    yield seconds
    seconds[0] = time.perf_counter() - start
