"""Other rules for a recipe: whether they hold, what they would do, and a bundle that has them at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from parure.core.artifacts import sync
from parure.core.config import Config
from parure.core.errors import InputError, SettingsError
from parure.core.progress import Progress
from parure.dataset import Dataset
from parure.index.lock import FolderLock
from parure.ingest import Tables
from parure.ingest.pseudonyms import pseudonymiser
from parure.pipeline.backtest import Moment
from parure.pipeline.bundle import Bundle, load_bundle, publish
from parure.pipeline.occasions import OccasionsConfig
from parure.pipeline.opened import OpenedShop, opened_shop
from parure.pipeline.part import Part
from parure.pipeline.preview import Preview, preview
from parure.pipeline.recipe import Recipe, RuleSpec, find_recipe
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import policy_of, usable_sources
from parure.pipeline.tuning import tuned as with_knobs
from parure.pipeline.workflow import without_names
from parure.rules import RULES, Rule

_FAR_BACK: Final = 26
"""So many weeks back it is looked for weeks in which somebody bought something."""


@dataclass(frozen=True)
class Change:
    """A recipe of a shop with other rules.

    Attributes:
        own: As it would stand in the shop's ``recipes``: what is as in ``[rules]`` of ``parure.toml`` is left out.
        in_force: With the shop's knobs put in, as it is trained.
    """

    own: Recipe
    in_force: Recipe

    @classmethod
    def of(cls, shop: Path, settings: ShopSettings, name: str, rules: Sequence[RuleSpec]) -> Change:
        """The change of one recipe.

        Args:
            shop: The project directory.
            settings: Its settings.
            name: The recipe, the shop's own or one that comes with parure.
            rules: All its rules, in order; None among their parameters is as if left out.

        Raises:
            SettingsError: There is no such recipe; or it would not hold, as where a rule stands there twice, in an
                order that undoes another, or is switched off in the settings.
        """
        off = next((rule.kind for rule in rules if rule.kind in settings.tuning.switched_off), None)
        if off is not None:
            raise SettingsError(
                f"The rule {off!r} is switched off.", hint="See switched_off in [tuning] of parure.toml."
            )
        recipe = find_recipe(name, shop)
        own = _with_rules(recipe, [_spare(rule, settings) for rule in rules])
        return cls(own, with_knobs(own, settings.tuning, settings.rules))


def _with_rules(recipe: Recipe, rules: Sequence[RuleSpec]) -> Recipe:
    changed = {**recipe.model_dump(), "rules": [rule.model_dump() for rule in rules]}
    return Recipe.parse(changed, where=f"recipe {recipe.name!r}")


def _spare(rule: RuleSpec, settings: ShopSettings) -> RuleSpec:
    """A rule without the parameters that are as the shop's settings have them anyway.

    Raises:
        SettingsError: A parameter is to be taken back that the settings set, which a recipe cannot say.
    """
    config_type = RULES[rule.kind].config_type
    given = config_type.parse(rule.config, where=f"rule {rule.kind!r}").model_dump(mode="json", exclude_none=True)
    usual = usual_config(rule.kind, settings).model_dump(mode="json", exclude_none=True)
    if lost := sorted({*usual} - {*given}):
        raise SettingsError(
            f"The rule {rule.kind!r}: {lost[0]!r} cannot be empty, for [rules.{rule.kind}] of parure.toml sets it.",
            hint="Change it there, or send a value.",
        )
    return rule.model_copy(update={"config": {key: each for key, each in given.items() if usual.get(key) != each}})


def usual_config(kind: str, settings: ShopSettings) -> Config:
    """A rule's parameters where a recipe leaves them open; one registered after parure was loaded has no section."""
    section: Config | None = getattr(settings.rules, kind, None)
    return RULES[kind].config_type() if section is None else section


def misfit(rule: Rule[Any], dataset: Dataset) -> str:
    """What is wrong with a rule where it is held against the data, as where it names a column that products lack.

    Empty where it can be fitted.
    """
    try:
        rule.fit(dataset)
    except SettingsError as error:
        return str(error)
    except (OverflowError, ValueError, TypeError) as error:
        # Numbers and texts that a field allows and that columns cannot be held against.
        return f"the data cannot be held against it: {error}"
    return ""


def preview_change(
    shop: Path,
    settings: ShopSettings,
    name: str,
    rules: Sequence[RuleSpec],
    *,
    weeks: int,
    most: int,
    progress: Progress,
) -> Preview:
    """What a recipe's rules would do were they these; see :func:`parure.pipeline.preview.preview`.

    Args:
        shop: The project directory.
        settings: Its settings.
        name: The recipe.
        rules: Its rules, in order.
        weeks: So many of the newest weeks in which somebody bought something.
        most: Occasions of each of them at most.
        progress: Where to report to.

    Raises:
        InputError: In the last half year nobody bought anything.
        SettingsError: The recipe would not hold.
    """
    chosen = Change.of(shop, settings, name, rules).in_force
    with opened_shop(shop, settings, progress) as opened:
        moments = _bought_in(opened, weeks)
        dataset = moments[0].dataset
        usable = usable_sources(chosen, dataset)
        policy = policy_of(usable, repeat_share(dataset), threshold=settings.train.repeat_share_threshold)
        # A ranker that learns has not seen the weeks that it is shown on.
        unseen = max(moment.target.weeks_back for moment in moments) + 1
        part = opened.taught(Part.of(usable, policy), before=unseen)
        config = OccasionsConfig(most=most)
        return preview(moments, part, config=config, seed=settings.train.seed, progress=progress)


def _bought_in(opened: OpenedShop, weeks: int) -> list[Moment]:
    """The newest weeks in which somebody bought something."""
    found: list[Moment] = []
    for week in range(_FAR_BACK):
        moments, why = opened.there([week])
        found += moments
        if len(found) == weeks:
            return found
    if not found:
        raise InputError(why, hint="A preview needs a week in which somebody bought something.")
    return found


def publish_change(
    shop: Path, settings: ShopSettings, name: str, rules: Sequence[RuleSpec], *, now: datetime
) -> tuple[str, Path]:
    """Publish the bundle that is named with other rules for one recipe, and write the recipe for the next training.

    What was fitted stays, so that it costs no training; calibrated confidence, too, was learned with the rules before.

    Args:
        shop: The project directory.
        settings: Its settings.
        name: The recipe, which must be one of the bundle's.
        rules: Its rules, in order.
        now: The moment, for the log of publications.

    Returns:
        The version, and the recipe's file in the shop.

    Raises:
        SettingsError: The recipe would not hold, or the bundle does not have it.
        InputError: Another is doing so at this moment, or the recipe cannot be written.
        BundleError: The bundle cannot be read or written; what is served stays.

    Cost:
        Reading and writing the whole bundle: about a second for 500 MB.
    """
    change = Change.of(shop, settings, name, rules)
    lock = FolderLock(shop / "cache" / "rules")
    lock.take()
    try:
        bundle = load_bundle(shop)
        changed = _changed(bundle, name, _in_tables(shop, change.in_force, bundle.dataset).rules)
        with _RecipeFile(shop, change.own) as file:
            version = publish(changed, shop, now=now, keep=settings.train.keep_bundles)
            file.put()
    finally:
        lock.release()
    return version, file.path


def _in_tables(shop: Path, recipe: Recipe, dataset: Dataset) -> Recipe:
    """The recipe as a training would take it, with customers called as the tables call them."""
    return without_names(recipe, pseudonymiser(shop), dataset) if Tables(shop).pseudonymised else recipe


def _changed(bundle: Bundle, name: str, rules: Sequence[RuleSpec]) -> Bundle:
    if name not in (known := [part.recipe.name for part in bundle.parts]):
        raise SettingsError(f"The bundle has no recipe {name!r}.", hint=f"It has: {', '.join(known)}.")

    def changed(part: Part) -> Part:
        return replace(part, recipe=_with_rules(part.recipe, rules)) if part.recipe.name == name else part

    surfaces = {place: changed(part) for place, part in bundle.surfaces.items()}
    told = sorted({*bundle.facts.get("rules_published", ()), name})
    return replace(
        bundle, main=changed(bundle.main), surfaces=surfaces, facts={**bundle.facts, "rules_published": told}
    )


class _RecipeFile:
    """A recipe on disk beside its place, put there in one step once all else has gone well."""

    def __init__(self, shop: Path, recipe: Recipe) -> None:
        self.path = shop / "recipes" / f"{recipe.name}.toml"
        self._text = recipe.to_toml()
        self._fresh: Path | None = None

    def __enter__(self) -> _RecipeFile:
        try:
            self.path.parent.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=self.path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self._text)
        except OSError as error:
            raise InputError(f"The recipe cannot be written: {error}.", hint="Check disk and rights.") from error
        self._fresh = Path(name)
        sync(self._fresh)
        return self

    def put(self) -> None:
        """Let it take its place."""
        if self._fresh is not None:
            self._fresh.chmod(0o644)
            self._fresh.replace(self.path)
            sync(self.path.parent)
            self._fresh = None

    def __exit__(self, *raised: object) -> None:
        if self._fresh is not None:
            self._fresh.unlink(missing_ok=True)
