"""A recipe: which sources with which quota, which ranker, which rules. Data, validated before anything runs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, Self

import tomli_w
from pydantic import Field, model_validator

from parure.core.config import Config
from parure.core.errors import SettingsError, did_you_mean
from parure.core.slate import Effect
from parure.ranking import RANKERS, FeatureTable, Ranker
from parure.retrieval import SOURCES, Source
from parure.rules import RULES, Rule

AUTO: Final = "auto"
"""Name of the recipe that ``parure train --auto`` writes into the shop."""


class SourceSpec(Config):
    """One source of a recipe."""

    kind: str
    """Which source: ``popular``, ``als``, ``item_cf`` ..."""
    name: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$")
    """What it is called in answers and weights; its kind where empty. Two sources of one kind need names."""
    quota: int = Field(default=200, ge=1, le=10_000)
    """How many candidates it may bring."""
    of: Literal["history", "page"] = "history"
    """What it goes by: what the customer did, or what is on the page, in the cart or just ordered."""
    config: dict[str, Any] = Field(default_factory=dict)
    """Its parameters; the source's defaults where left out."""

    @property
    def label(self) -> str:
        """Its name, or its kind where it has none."""
        return self.name or self.kind

    @property
    def key(self) -> str:
        """What is fitted: specs with equal keys differ in name, quota or what they go by, and share one source."""
        return self.model_dump_json(include={"kind", "config"})

    def build(self) -> Source[Any]:
        """The source, not yet fitted."""
        cls = SOURCES[self.kind]
        return cls(cls.config_type.parse(self.config, where=f"source {self.label!r}"), name=self.label)


class RuleSpec(Config):
    """One rule of a recipe."""

    kind: str
    """Which rule: ``in_stock``, ``budget``, ``diversity`` ..."""
    config: dict[str, Any] = Field(default_factory=dict)
    """Its parameters; what is left out is as in ``[rules]`` of ``parure.toml``."""

    def build(self) -> Rule[Any]:
        """The rule, not yet fitted."""
        cls = RULES[self.kind]
        return cls(cls.config_type.parse(self.config, where=f"rule {self.kind!r}"))


class RankerSpec(Config):
    """The ranker of a recipe."""

    kind: str = "blend"
    """Which ranker."""
    config: dict[str, Any] = Field(default_factory=dict)
    """Its parameters; the ranker's defaults where left out."""


class Recipe(Config):
    """How recommendations for one place in the shop are made."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    """What it is called."""
    title: str = ""
    """What it is for, in one line."""
    surface: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    """The place in the shop that it serves; none where empty."""
    bought_again: Literal["auto", "never", "after_cycle", "always"] = "auto"
    """Whether bought items may come back; ``auto`` reads it from the data's repeat share."""
    pool_size: int = Field(default=200, ge=1, le=10_000)
    """How many ranked items are kept for rules and paging."""
    sources: tuple[SourceSpec, ...] = Field(min_length=1)
    """Where candidates come from."""
    ranker: RankerSpec = RankerSpec()
    """How candidates are scored."""
    rules: tuple[RuleSpec, ...] = ()
    """What is removed, reweighed and arranged afterwards, in order of application."""
    k: int = Field(default=10, ge=1, le=1000)
    """How many items are shown where the request does not say."""

    @model_validator(mode="after")
    def _names_are_known_and_distinct(self) -> Self:
        for spec in self.sources:
            _require_known("source", spec.kind, SOURCES)
        for rule in self.rules:
            _require_known("rule", rule.kind, RULES)
        _require_known("ranker", self.ranker.kind, RANKERS)
        labels = [spec.label for spec in self.sources]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"two sources are called {twice[0]!r}: give one of them another name")
        return self

    @model_validator(mode="after")
    def _rules_come_in_an_order_that_holds(self) -> Self:
        kinds = [rule.kind for rule in self.rules]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            raise ValueError(f"the rule {twice[0]!r} stands there twice: put its parameters together")
        arranging = ""
        for kind in kinds:
            if RULES[kind].effect is Effect.ARRANGES:
                arranging = kind
            elif arranging and RULES[kind].effect is Effect.REWEIGHS:
                raise ValueError(
                    f"the rule {kind!r} changes scores after {arranging!r} has arranged the items: put it before"
                )
        return self

    @model_validator(mode="after")
    def _parts_can_be_built(self) -> Self:
        try:
            self.build_ranker()
            self.build_rules()
            for spec in self.sources:
                spec.build()
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def place(self) -> str:
        """What it is asked for by: its surface, or its name where it serves none."""
        return self.surface or self.name

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the sources, in order; the columns of a slate's features."""
        return tuple(spec.label for spec in self.sources)

    def build_ranker(self) -> Ranker[Any]:
        """The ranker, with the weights the recipe fixes."""
        cls = RANKERS[self.ranker.kind]
        config = cls.config_type.parse(self.ranker.config, where=f"ranker of recipe {self.name!r}")
        return cls(config, FeatureTable.names_of(self.labels) if cls.reads_table else self.labels)

    def build_rules(self) -> tuple[Rule[Any], ...]:
        """The rules, in order of application, not yet fitted."""
        return tuple(spec.build() for spec in self.rules)

    def to_toml(self) -> str:
        """The recipe as TOML; :func:`recipe_from_toml` reads it back unchanged."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_defaults=True))


def learns(recipe: Recipe) -> bool:
    """Whether the ranker can say nothing before it has learned from past weeks."""
    return RANKERS[recipe.ranker.kind].reads_table


def _require_known(what: str, kind: str, known: Mapping[str, object]) -> None:
    if kind not in known:
        raise ValueError(f"unknown {what} {kind!r} {did_you_mean(kind, known)}; known are {', '.join(sorted(known))}")


def recipe_from_toml(text: str, *, where: str) -> Recipe:
    """Read and validate a recipe.

    Raises:
        SettingsError: It is not TOML, or a part of it is wrong; the message names which.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is not TOML: {error}.", hint="See docs/recipes.md for an example.") from None
    return Recipe.parse(values, where=where)


def shipped_recipes() -> dict[str, Recipe]:
    """The recipes that come with parure, by name."""
    folder = resources.files("parure.pipeline") / "recipes"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    recipes = [recipe_from_toml(f.read_text(encoding="utf-8"), where=f.name) for f in files]
    return {recipe.name: recipe for recipe in recipes}


def find_recipe(name: str, shop: Path | None = None) -> Recipe:
    """A recipe by name: the shop's own ``recipes/NAME.toml`` first, then those that come with parure.

    Raises:
        SettingsError: No such recipe; the message lists what there is.
    """
    if (
        re.fullmatch(r"[A-Za-z0-9_-]+", name)
        and shop is not None
        and (own := shop / "recipes" / f"{name}.toml").is_file()
    ):
        return recipe_from_toml(own.read_text(encoding="utf-8"), where=str(own))
    shipped = shipped_recipes()
    if name not in shipped:
        raise SettingsError(
            f"No recipe is called {name!r} {did_you_mean(name, shipped)}.".replace(" .", "."),
            hint=f"There are: {', '.join(shipped)}; or put recipes/{name}.toml into the shop.",
        )
    return shipped[name]
