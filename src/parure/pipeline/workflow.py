"""A whole shop at once: its tables and settings in, a published bundle or an evaluation out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from parure.core.errors import InputError, MissingInputError
from parure.core.progress import Progress
from parure.dataset import Dataset, build_dataset, build_targets, repeat_share
from parure.evaluation import Evaluation
from parure.ingest import Tables, load_vectors
from parure.pipeline.backtest import Moment, tune
from parure.pipeline.bundle import publish
from parure.pipeline.evaluate import Past, Plan, evaluate
from parure.pipeline.recipe import Recipe, find_recipe
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import Fitted, policy_of, train, usable_sources
from parure.ranking import Ranker
from parure.rules import BoughtAgain

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
        recipe: Name of the recipe; the one in the settings where None.
        tuned: Tune the ranker on the validation weeks first; the recipe's fixed weights where False.
        now: The moment, for the log of publications.
        progress: Where to report to.
    """
    tables = tables_of(shop)
    with progress.step("build the dataset"):
        dataset = _dataset(shop, tables, settings, None)
    chosen = usable_sources(find_recipe(recipe or settings.train.recipe, shop), dataset)
    share = repeat_share(dataset)
    policy = policy_of(chosen, share, threshold=settings.train.repeat_share_threshold)
    ranker: Ranker[Any] | None = None
    if tuned:
        ranker = _tuned(shop, tables, settings, chosen, policy, progress)
    facts = {
        "tables": tables.fingerprint,
        "repeat_share": round(share, 6),
        "weights": "tuned" if tuned else "fixed",
        "validation_weeks": list(settings.train.validation_weeks) if tuned else [],
    }
    bundle = train(
        dataset, chosen, policy=policy, ranker=ranker, seed=settings.train.seed, facts=facts, progress=progress
    )
    with progress.step("check and publish the bundle"):
        version = publish(bundle, shop, now=now, keep=settings.train.keep_bundles)
    return Published(version, chosen, policy, dict(bundle.facts))


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
    chosen = [find_recipe(name, shop) for name in recipes]
    past = past_of(shop, settings, with_validation=tuned, progress=progress)
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
    tables = tables_of(shop)
    weeks = tuple(settings.train.validation_weeks) if with_validation else ()
    test, *validation = _moments(shop, tables, settings, (TEST_WEEK, *weeks), progress)
    return Past(test, validation, repeat_share(test.dataset))


def tables_of(shop: Path) -> Tables:
    """The shop's checked tables.

    Raises:
        MissingInputError: Nothing has been taken in yet.
    """
    tables = Tables(shop)
    if not any(tables.counts().values()):
        raise MissingInputError(f"{shop} has no tables yet.", hint=f"Run: parure ingest YOUR-FILES --shop {shop}")
    return tables


def _tuned(
    shop: Path, tables: Tables, settings: ShopSettings, recipe: Recipe, policy: BoughtAgain, progress: Progress
) -> Ranker[Any]:
    # With nothing to serve but what is new to the customer, weights are tuned on what was new to them.
    new_only = policy is BoughtAgain.NEVER
    moments = _moments(shop, tables, settings, settings.train.validation_weeks, progress)
    return tune(moments, recipe, policy, new_only=new_only, seed=settings.train.seed, progress=progress)


def _moments(
    shop: Path, tables: Tables, settings: ShopSettings, weeks: Sequence[int], progress: Progress
) -> list[Moment]:
    moments = []
    for week, target in zip(weeks, build_targets(tables, weeks_back=weeks), strict=True):
        if not target.truth:
            raise InputError(
                f"Nobody known before week {week} back from the end bought anything in it.",
                hint="Quality needs a few weeks of purchases; use other validation_weeks in parure.toml [train].",
            )
        with progress.step(f"build the dataset as of {target.start_day}"):
            dataset = _dataset(shop, tables, settings, target.as_of_us)
        moments.append(Moment(dataset, target, Fitted(dataset, settings.train.seed, progress)))
    return moments


def _dataset(shop: Path, tables: Tables, settings: ShopSettings, as_of_us: int | None) -> Dataset:
    return build_dataset(
        tables,
        config=settings.dataset,
        as_of_us=as_of_us,
        vectors=lambda items: load_vectors(shop, items),
    )
