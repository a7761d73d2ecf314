"""A whole shop at once: its tables and settings in, a published bundle or an evaluation out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from parure.core import UNKNOWN
from parure.core.progress import Progress
from parure.dataset import Dataset
from parure.evaluation import Evaluation
from parure.ingest import Tables
from parure.ingest.pseudonyms import pseudonymiser
from parure.pipeline.backtest import Moment
from parure.pipeline.bundle import publish
from parure.pipeline.evaluate import Past, Plan, evaluate
from parure.pipeline.learning import weeks_before
from parure.pipeline.live_log import lay_out_log
from parure.pipeline.moment import data_offset_us
from parure.pipeline.opened import OpenedShop, opened_shop
from parure.pipeline.part import Part, refuse_doubles
from parure.pipeline.recipe import AUTO, Recipe, RuleSpec, find_recipe, learns
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import policy_of, train, usable_sources
from parure.pipeline.tuning import refuse_unknown_weights
from parure.pipeline.tuning import tuned as with_knobs
from parure.rules import BoughtAgain, Consent

CATALOGUE = "catalogue"
"""The recipe for a shop whose customers have done nothing yet: its sources need no events."""


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
    events_seq = lay_out_log(shop, progress, offset_us=data_offset_us(shop, settings))
    with opened_shop(shop, settings, progress) as opened:
        dataset = opened.at(None)
        share = repeat_share(dataset)
        leading = recipe or _usual_recipe(settings, dataset)
        # The main recipe may be that of a surface too, which it then serves as it is.
        others = [name for name in settings.train.surfaces if name != leading]
        asked_for = _by_name(settings, dataset, but=(leading, *others))
        _refuse_unknown_weights(shop, settings, [leading])
        made = {name: part_of(name, shop, settings, dataset, share) for name in (leading, *others, *asked_for)}
        refuse_doubles(made.values())
        main, *surfaces = (made[name] for name in (leading, *others))
        if tuned and not learns(main.recipe):
            main = replace(main, ranker=opened.tuned(main.recipe, main.bought_again))
        calibrated = opened.calibrated([main, *surfaces])
        main, *surfaces = taught = [opened.taught(part, before=0) for part in calibrated.parts]
        by_name = [opened.taught(made[name], before=0) for name in asked_for]
    facts = {
        "tables": opened.tables.fingerprint,
        "pseudonymised": opened.tables.pseudonymised,
        "repeat_share": round(share, 6),
        "events": len(dataset.events),
        "events_seq": events_seq,
        "weights": "learned" if learns(main.recipe) else "tuned" if tuned else "fixed",
        "validation_weeks": list(settings.train.validation_weeks) if tuned and not learns(main.recipe) else [],
        **calibrated.facts,
    }
    if settings.train.visitors in made:
        facts["visitors"] = made[settings.train.visitors].recipe.place
    served = surfaces if len(others) == len(settings.train.surfaces) else taught
    bundle = train(
        dataset, main, surfaces=[*served, *by_name], seed=settings.train.seed, facts=facts, progress=progress
    )
    with progress.step("check and publish the bundle"):
        version = publish(bundle, shop, now=now, keep=settings.train.keep_bundles)
    return Published(version, main.recipe, main.bought_again, dict(bundle.facts))


def _by_name(settings: ShopSettings, dataset: Dataset, *, but: Sequence[str]) -> list[str]:
    """The recipes that the bundle has only to be asked for by name, and that for visitors whom it does not know."""
    if not len(dataset.events):
        return []
    browsed = bool((dataset.events.basket == UNKNOWN).any())
    wanted = (*settings.train.models, *([settings.train.visitors] if settings.train.visitors and browsed else []))
    return [name for name in dict.fromkeys(wanted) if name not in but]


def shop_recipe(name: str, shop: Path, settings: ShopSettings) -> Recipe:
    """A recipe by name, the shop's own before those that come with parure, with the shop's knobs put in."""
    return with_knobs(find_recipe(name, shop), settings.tuning, settings.rules)


def _refuse_unknown_weights(shop: Path, settings: ShopSettings, also: Sequence[str]) -> None:
    """See that each weight in ``[tuning]`` is of a source that some recipe of the shop has, fed by its data or not."""
    if settings.tuning.weights:
        names = dict.fromkeys((*also, settings.train.recipe, *settings.train.surfaces, *settings.evaluate.recipes))
        refuse_unknown_weights(settings.tuning, [find_recipe(name, shop) for name in names])


def part_of(name: str, shop: Path, settings: ShopSettings, dataset: Dataset, share: float) -> Part:
    """A recipe as this data can feed it, with its fixed weights and its policy for bought items."""
    recipe = usable_sources(shop_recipe(name, shop, settings), dataset)
    if Tables(shop).pseudonymised:
        recipe = without_names(recipe, pseudonymiser(shop), dataset)
    policy = policy_of(recipe, share, threshold=settings.train.repeat_share_threshold)
    return Part.of(recipe, policy)


def without_names(recipe: Recipe, pseudonym: Callable[[str], str], dataset: Dataset) -> Recipe:
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
    with_lessons = any(learns(shop_recipe(name, shop, settings)) for name in recipes)
    past = past_of(shop, settings, with_validation=tuned, with_lessons=with_lessons, progress=progress)
    return compare(past, settings, shop=shop, recipes=recipes, tuned=tuned, progress=progress)


def compare(
    past: Past, settings: ShopSettings, *, shop: Path, recipes: Sequence[str], tuned: bool, progress: Progress
) -> Evaluation:
    """The same as :func:`evaluate_shop` for moments that are at hand."""
    _refuse_unknown_weights(shop, settings, recipes)
    chosen = [shop_recipe(name, shop, settings) for name in recipes]
    plan = Plan(
        chosen,
        # What train --auto wrote is published with its weights tuned, if weights it has.
        tuned=frozenset({chosen[0].name, AUTO} if tuned else ()),
        list_size=settings.evaluate.list_size,
        resamples=settings.evaluate.resamples,
        repeat_share_threshold=settings.train.repeat_share_threshold,
        seed=settings.train.seed,
    )
    return evaluate(settings.shop.name, past, plan, progress=progress)


def past_of(
    shop: Path, settings: ShopSettings, *, with_validation: bool, with_lessons: bool = False, progress: Progress
) -> Past:
    """The test moment of a shop and, where asked for, its validation moments and those that rankers learn from."""
    with opened_shop(shop, settings, progress) as opened:
        return past_in(opened, settings, with_validation=with_validation, with_lessons=with_lessons)


def past_in(opened: OpenedShop, settings: ShopSettings, *, with_validation: bool, with_lessons: bool) -> Past:
    """The same as :func:`past_of` for a shop that is open; moments that were looked at before are not made again."""
    train = settings.train
    weeks = tuple(train.validation_weeks) if with_validation else ()
    test, *validation = opened.moments((TEST_WEEK, *weeks))
    share = repeat_share(test.dataset)
    if not with_lessons:
        return Past(test, validation, share)
    there, _ = opened.there(weeks_before(TEST_WEEK + 1, train.ranker_weeks))
    return Past(test, validation, share, opened.lessons, [moment.target.weeks_back for moment in there])


def moments_of(shop: Path, settings: ShopSettings, weeks: Sequence[int], *, progress: Progress) -> list[Moment]:
    """What was known before each of some weeks, counted back from the last one, and what came true in it.

    Raises:
        InputError: The data does not reach so far back, or nobody bought anything in one of the weeks.
    """
    with opened_shop(shop, settings, progress) as opened:
        return opened.moments(weeks)
