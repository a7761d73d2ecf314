"""What the console's routes for rules read and write, as FastAPI's document shows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from parure.serving.models import Given, Told


class RuleInForce(Told):
    """A rule of a recipe, with all its parameters."""

    kind: str
    config: dict[str, Any]


class RecipeRules(Told):
    """The rules of one recipe of the bundle, in order of application."""

    recipe: str
    title: str
    surface: str | None
    own: bool
    """Whether the shop has a file of its own for the recipe."""
    rules: list[RuleInForce]


class RuleKind(Told):
    """A rule that recipes may have."""

    kind: str
    does: str
    """What it does, in one sentence."""
    effect: Literal["removes", "reweighs", "arranges"]
    reasons: dict[str, str]
    """The codes that it gives, with what each means."""
    config: dict[str, Any]
    """Its parameters where a recipe leaves them open: as in ``[rules]`` of the shop's settings."""
    parameters: dict[str, Any]
    """The JSON schema of its parameters."""
    switched_off: bool
    """Whether the shop's settings keep it out of every recipe."""


class Rules(Told):
    """The rules in force, and those that there are."""

    bundle_version: str
    recipes: list[RecipeRules]
    """The main one first."""
    kinds: list[RuleKind]


class RuleGiven(Given):
    """A rule: its kind, and beside it any of its parameters by name; null is as if left out."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, JsonValue]

    kind: Annotated[str, Field(min_length=1, max_length=100)]


class RulesGiven(Given):
    """Other rules for a recipe."""

    recipe: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$")]
    rules: list[RuleGiven] = Field(max_length=50)
    """All of them, in order of application."""


class PreviewGiven(RulesGiven):
    """Rules to be tried on past weeks."""

    weeks: Annotated[int, Field(ge=1, le=26)] = 1
    """So many of the newest weeks in which somebody bought something."""
    most: Annotated[int, Field(ge=10, le=10_000)] = 1000
    """Occasions of each week at most."""


class PreviewFigure(Told):
    """A figure of the recipe with and without a rule; bounds are of the 95 % interval of the difference."""

    metric: str
    with_rule: float | None
    without_rule: float | None
    difference: float | None
    low: float | None
    high: float | None


class RulePreview(Told):
    """What a rule does."""

    rule: str
    """Its kind; ``all rules`` for all of them against none."""
    figures: list[PreviewFigure]


class PreviewFigures(Told):
    """What the rules of a recipe do on past occasions."""

    recipe: str
    surface: str
    counted: str
    """What makes a product a hit: ``purchases``, or ``acts`` of any kind."""
    k: int
    """Products a list."""
    occasions: int
    """Lists that were compared."""
    judged: int
    """Those of them that had something to find."""
    rules: list[RulePreview]


class JobError(Told):
    """Why a job failed."""

    code: str
    message: str
    hint: str


class PreviewJob(Told):
    """A preview that is under way, or over."""

    id: str
    recipe: str
    state: Literal["running", "done", "failed"]
    progress: float
    """From 0 to 1, about."""
    step: str
    """What it is doing."""
    started_at: str
    finished_at: str | None
    figures: PreviewFigures | None
    """null until it is done."""
    error: JobError | None


class PublishedRules(Told):
    """A bundle with other rules for one recipe."""

    bundle_version: str
    """Workers take it up within a second or two."""
    before: str | None
    """What was named before; publish it to go back."""
    recipe_file: str
    """Where the recipe stands now, seen from the shop's directory, so that the next training has the rules."""
