"""A shop's own knobs, in ``parure.toml``, over what recipes say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field, create_model

from parure.core.config import Config
from parure.core.errors import SettingsError, did_you_mean
from parure.pipeline.recipe import RankerSpec, Recipe, RuleSpec
from parure.ranking import Blend
from parure.rules import RULES


class TuningSection(Config):
    """``[tuning]``: knobs that hold for every recipe of the shop."""

    pool_size: int | None = Field(default=None, ge=1, le=10_000)
    """How many ranked candidates rules may choose from; as each recipe says where left out."""
    weights: dict[str, float] = Field(default_factory=dict)
    """Weights of sources by name, as in ``als = 0.4``, in every recipe that has the source."""
    switched_off: tuple[str, ...] = ()
    """Kinds of rules that no recipe applies."""


def _rules_section() -> type[Config]:
    fields: dict[str, Any] = {kind: (rule.config_type, rule.config_type()) for kind, rule in sorted(RULES.items())}
    section = create_model("RulesSection", __base__=Config, **fields)
    section.__doc__ = "``[rules.KIND]``: parameters of a rule wherever a recipe names it; the recipe's own come first."
    return section


RulesSection = _rules_section()


def refuse_unknown_weights(tuning: TuningSection, recipes: Iterable[Recipe]) -> None:
    """See that every weight is of a source that one of the recipes has.

    Raises:
        SettingsError: None of them has a source of that name.
    """
    labels = sorted({label for recipe in recipes for label in recipe.labels})
    for name in tuning.weights:
        if name not in labels:
            raise SettingsError(
                f"[tuning.weights] sets {name!r}, and no recipe of the shop has such a source"
                f" {did_you_mean(name, labels)}".rstrip()
                + ".",
                hint=f"There are: {', '.join(labels)}.",
            )


def tuned(recipe: Recipe, tuning: TuningSection, rules: Config) -> Recipe:
    """A recipe with the shop's knobs put in.

    Args:
        recipe: As it stands in its file.
        tuning: The ``[tuning]`` of the shop.
        rules: Its ``[rules]``, a :data:`RulesSection`.

    Raises:
        SettingsError: A rule switched off does not exist, or the recipe no longer holds with the knobs put in.
    """
    for kind in tuning.switched_off:
        if kind not in RULES:
            raise SettingsError(
                f"[tuning] switches off {kind!r}, which is not a rule {did_you_mean(kind, RULES)}".rstrip() + ".",
                hint=f"There are: {', '.join(sorted(RULES))}.",
            )
    kept = [spec for spec in recipe.rules if spec.kind not in tuning.switched_off]
    changes: dict[str, Any] = {"rules": [_with_shop_parameters(spec, rules).model_dump() for spec in kept]}
    if tuning.pool_size is not None:
        changes["pool_size"] = tuning.pool_size
    if own := {name: weight for name, weight in tuning.weights.items() if name in recipe.labels}:
        changes["ranker"] = {**recipe.ranker.model_dump(), "config": _with_weights(recipe.ranker, own)}
    return Recipe.parse({**recipe.model_dump(), **changes}, where=f"recipe {recipe.name!r} with the knobs of the shop")


def _with_weights(ranker: RankerSpec, own: dict[str, float]) -> dict[str, Any]:
    """The ranker's parameters with weights of sources put into its blend, or into that which it begins from."""
    config = ranker.config
    if ranker.kind == Blend.kind:
        return {**config, "weights": {**config.get("weights", {}), **own}}
    if config.get("base") is None:
        # It weighs no sources: it learns from past weeks what each is worth.
        return config
    weights = {**config["base"].get("weights", {}), **own}
    return {**config, "base": {**config["base"], "weights": weights}}


def _with_shop_parameters(spec: RuleSpec, rules: Config) -> RuleSpec:
    """The rule with what the shop has set and the recipe leaves open."""
    section: Config | None = getattr(rules, spec.kind, None)
    if section is None:
        # A rule that was registered after parure was loaded has no section: its recipe says all.
        return spec
    # As TOML can say it: a part of a pin or a boost that is left open is left out, and a day is text.
    shop = section.model_dump(mode="json", exclude_unset=True)
    return spec.model_copy(update={"config": {**shop, **spec.config}})
