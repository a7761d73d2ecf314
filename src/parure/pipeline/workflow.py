"""A whole shop at once: its tables and settings in, a published bundle or an evaluation out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from parure.core.errors import InputError, MissingInputError
from parure.core.progress import Progress
from parure.dataset import Dataset, DatasetBuilder, targets_of
from parure.evaluation import Evaluation
from parure.ingest import Tables
from parure.ingest.embeddings import load_vectors, vector_models
from parure.ingest.pseudonyms import pseudonymiser
from parure.pipeline.backtest import Moment, tune
from parure.pipeline.bundle import publish
from parure.pipeline.calibrate import calibrate
from parure.pipeline.evaluate import Past, Plan, evaluate
from parure.pipeline.part import Part, refuse_doubles
from parure.pipeline.recipe import Recipe, RuleSpec, find_recipe
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import Fitted, policy_of, train, usable_sources
from parure.pipeline.tuning import refuse_unknown_weights
from parure.pipeline.tuning import tuned as with_knobs
from parure.ranking import Ranker
from parure.rules import BoughtAgain, Consent

CATALOGUE = "catalogue"
"""The recipe for a shop whose customers have done nothing yet: its sources need no events."""

_NOTHING_SHOWN = "in the weeks that it would be learned from, nothing would have been shown"

TEST_WEEK = 0
"""Weeks back of the week that a comparison is judged on."""


@dataclass(frozen=True)
class Published:
    """What a training run made.

    Attributes:
        version: The bundle's version.
        recipe: Its recipe, as fitted.
        policy: Whether bought items come back.
        facts: What stands in its manifest: seed, repeat share, weights.
    """

    version: str
    recipe: Recipe
    policy: BoughtAgain
    facts: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return {
            "version": self.version,
            "recipe": self.recipe.name,
            "bought_again": self.policy.value,
            "facts": self.facts,
        }


def train_shop(
    shop: Path, settings: ShopSettings, *, recipe: str | None, tuned: bool, now: datetime, progress: Progress
) -> Published:
    """Fit a recipe on all of a shop's data and publish the bundle.

    Args:
        shop: The project directory.
        settings: Its settings.
        recipe: Name of the recipe; the one in the settings where None, :data:`CATALOGUE` where nothing ever happened.
        tuned: Tune the ranker on the validation weeks first; the recipe's fixed weights where False.
        now: The moment, for the log of publications.
        progress: Where to report to.
    """
    with _opened(shop, settings, progress) as opened:
        dataset = opened.at(None)
        share = repeat_share(dataset)
        leading = recipe or _usual_recipe(settings, dataset)
        # The main recipe may be that of a surface too, which it then serves as it is.
        others = [name for name in settings.train.surfaces if name != leading]
        _refuse_unknown_weights(shop, settings, [leading])
        main, *surfaces = parts = [_part(name, shop, settings, dataset, share) for name in (leading, *others)]
        refuse_doubles(parts)
        if tuned:
            main = replace(main, ranker=opened.tuned(main.recipe, main.bought_again))
        calibrated = opened.calibrated([main, *surfaces])
    main, *surfaces = calibrated.parts
    facts = {
        "tables": opened.tables.fingerprint,
        "pseudonymised": opened.tables.pseudonymised,
        "repeat_share": round(share, 6),
        "events": len(dataset.events),
        "weights": "tuned" if tuned else "fixed",
        "validation_weeks": list(settings.train.validation_weeks) if tuned else [],
        **calibrated.facts,
    }
    served = surfaces if len(others) == len(settings.train.surfaces) else calibrated.parts
    bundle = train(dataset, main, surfaces=served, seed=settings.train.seed, facts=facts, progress=progress)
    with progress.step("check and publish the bundle"):
        version = publish(bundle, shop, now=now, keep=settings.train.keep_bundles)
    return Published(version, main.recipe, main.bought_again, dict(bundle.facts))


def shop_recipe(name: str, shop: Path, settings: ShopSettings) -> Recipe:
    """A recipe by name, the shop's own before those that come with parure, with the shop's knobs put in."""
    return with_knobs(find_recipe(name, shop), settings.tuning, settings.rules)


def _refuse_unknown_weights(shop: Path, settings: ShopSettings, also: Sequence[str]) -> None:
    """See that each weight in ``[tuning]`` is of a source that some recipe of the shop has, fed by its data or not."""
    if settings.tuning.weights:
        names = dict.fromkeys((*also, settings.train.recipe, *settings.train.surfaces, *settings.evaluate.recipes))
        refuse_unknown_weights(settings.tuning, [find_recipe(name, shop) for name in names])


def _part(name: str, shop: Path, settings: ShopSettings, dataset: Dataset, share: float) -> Part:
    """A recipe as this data can feed it, with its fixed weights and its policy for bought items."""
    recipe = usable_sources(shop_recipe(name, shop, settings), dataset)
    if Tables(shop).pseudonymised:
        recipe = _without_names(recipe, pseudonymiser(shop), dataset)
    policy = policy_of(recipe, share, threshold=settings.train.repeat_share_threshold)
    return Part.of(recipe, policy)


def _without_names(recipe: Recipe, pseudonym: Callable[[str], str], dataset: Dataset) -> Recipe:
    """The recipe with the customers whom its rules name called as the tables call them."""

    def renamed(spec: RuleSpec) -> RuleSpec:
        named = spec.config.get("without", ()) if spec.kind == Consent.kind else ()
        hidden = [user if user in dataset.users else pseudonym(user) for user in named]
        return spec.model_copy(update={"config": {**spec.config, "without": hidden}}) if hidden else spec

    return recipe.model_copy(update={"rules": tuple(renamed(spec) for spec in recipe.rules)})


def _usual_recipe(settings: ShopSettings, dataset: Dataset) -> str:
    return settings.train.recipe if len(dataset.events) else CATALOGUE


def evaluate_shop(
    shop: Path, settings: ShopSettings, *, recipes: Sequence[str], tuned: bool, progress: Progress
) -> Evaluation:
    """Compare recipes, their sources and baselines on the last week of a shop's data.

    Args:
        shop: The project directory.
        settings: Its settings.
        recipes: Names of the recipes; the first is the leading one.
        tuned: Tune the leading recipe's weights on the validation weeks; fixed weights where False.
        progress: Where to report to.
    """
    past = past_of(shop, settings, with_validation=tuned, progress=progress)
    return compare(past, settings, shop=shop, recipes=recipes, tuned=tuned, progress=progress)


def compare(
    past: Past, settings: ShopSettings, *, shop: Path, recipes: Sequence[str], tuned: bool, progress: Progress
) -> Evaluation:
    """The same as :func:`evaluate_shop` for moments that are at hand."""
    _refuse_unknown_weights(shop, settings, recipes)
    chosen = [shop_recipe(name, shop, settings) for name in recipes]
    plan = Plan(
        chosen,
        tuned=frozenset({chosen[0].name} if tuned else ()),
        list_size=settings.evaluate.list_size,
        resamples=settings.evaluate.resamples,
        repeat_share_threshold=settings.train.repeat_share_threshold,
        seed=settings.train.seed,
    )
    return evaluate(settings.shop.name, past, plan, progress=progress)


def past_of(shop: Path, settings: ShopSettings, *, with_validation: bool, progress: Progress) -> Past:
    """The test moment and, where asked for, the validation moments of a shop."""
    weeks = tuple(settings.train.validation_weeks) if with_validation else ()
    with _opened(shop, settings, progress) as opened:
        test, *validation = opened.moments((TEST_WEEK, *weeks))
    return Past(test, validation, repeat_share(test.dataset))


def moments_of(shop: Path, settings: ShopSettings, weeks: Sequence[int], *, progress: Progress) -> list[Moment]:
    """What was known before each of some weeks, counted back from the last one, and what came true in it.

    Raises:
        InputError: The data does not reach so far back, or nobody bought anything in one of the weeks.
    """
    with _opened(shop, settings, progress) as opened:
        return opened.moments(weeks)


def tables_of(shop: Path) -> Tables:
    """The shop's checked tables.

    Raises:
        MissingInputError: Nothing has been taken in yet.
    """
    tables = Tables(shop)
    if not any(tables.counts().values()):
        raise MissingInputError(f"{shop} has no tables yet.", hint=f"Run: parure ingest YOUR-FILES --shop {shop}")
    return tables


@dataclass(frozen=True)
class _Calibrated:
    """Parts with their calibrations.

    Attributes:
        parts: In the order given, with a calibration where one could be learned.
        weeks: What they were learned from, counted back from the last week.
        without: Why some have none, by the name of the recipe.
    """

    parts: list[Part]
    weeks: list[int]
    without: dict[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """What the bundle's manifest tells of it."""
        learned = {part.recipe.name: part.calibration.facts for part in self.parts if part.calibration is not None}
        return {"calibration_weeks": self.weeks, "confidence": learned, "uncalibrated": self.without}


class _Opened:
    """A shop whose tables are loaded, ready to be seen as of any moment."""

    def __init__(
        self, shop: Path, tables: Tables, builder: DatasetBuilder, settings: ShopSettings, progress: Progress
    ) -> None:
        self.tables = tables
        self._shop = shop
        self._builder = builder
        self._settings = settings
        self._progress = progress
        self._moments: dict[int, Moment] = {}

    def at(self, as_of_us: int | None) -> Dataset:
        """The dataset of one moment, with the vectors that the shop has."""
        dataset = self._whole if as_of_us is None else self._builder.at(as_of_us)
        if not vector_models(self._shop):
            return dataset
        return replace(dataset, item_vectors=load_vectors(self._shop, dataset.items, self._settings.train.vectors))

    @cached_property
    def _whole(self) -> Dataset:
        return self._builder.at(None)

    def moments(self, weeks: Sequence[int]) -> list[Moment]:
        """What was known before each of the weeks, counted back from the last one, and what came true in it."""
        seed = self._settings.train.seed
        missing = [week for week in weeks if week not in self._moments]
        for week, target in zip(missing, targets_of(self._whole, missing), strict=True):
            if not target.truth:
                raise InputError(
                    f"Nobody known before week {week} back from the end bought anything in it.",
                    hint="Quality needs a few weeks of purchases; set other weeks in parure.toml [train].",
                )
            dataset = self.at(target.as_of_us)
            self._moments[week] = Moment(dataset, target, Fitted(dataset, seed, self._progress))
        return [self._moments[week] for week in weeks]

    def tuned(self, recipe: Recipe, policy: BoughtAgain) -> Ranker[Any]:
        """The recipe's ranker, fitted on the validation weeks."""
        # With nothing to serve but what is new to the customer, weights are tuned on what was new to them.
        new_only = policy is BoughtAgain.NEVER
        moments = self.moments(self._settings.train.validation_weeks)
        return tune(moments, recipe, policy, new_only=new_only, seed=self._settings.train.seed, progress=self._progress)

    def calibrated(self, parts: Sequence[Part]) -> _Calibrated:
        """The parts with what makes probabilities of their scores, where that can be learned."""
        names = [part.recipe.name for part in parts]
        if not self._settings.train.calibrate:
            return _Calibrated(list(parts), [], dict.fromkeys(names, "switched off in [train]"))
        moments, missing = self._there(self._settings.train.calibration_weeks)
        if not moments:
            return _Calibrated(list(parts), [], dict.fromkeys(names, missing))
        seed = self._settings.train.seed
        learned = [calibrate(moments, part, seed=seed, progress=self._progress) for part in parts]
        return _Calibrated(
            [replace(part, calibration=found) for part, found in zip(parts, learned, strict=True)],
            [moment.target.weeks_back for moment in moments],
            {name: _NOTHING_SHOWN for name, found in zip(names, learned, strict=True) if found is None},
        )

    def _there(self, weeks: Sequence[int]) -> tuple[list[Moment], str]:
        """The moments of those of the weeks that the data has, and what the last of the others lacks."""
        found, missing = [], "no calibration_weeks in [train]"
        for week in weeks:
            try:
                found += self.moments([week])
            except InputError as error:
                missing = error.message
        return found, missing


@contextmanager
def _opened(shop: Path, settings: ShopSettings, progress: Progress) -> Iterator[_Opened]:
    tables = tables_of(shop)
    with DatasetBuilder(tables, config=settings.dataset, progress=progress) as builder:
        yield _Opened(shop, tables, builder, settings, progress)
