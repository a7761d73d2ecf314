"""``parure.toml``: every setting of a shop, validated, with defaults that work."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from parure.core.config import Config
from parure.core.errors import SettingsError, did_you_mean
from parure.core.serving_config import ServingConfig
from parure.dataset import DatasetConfig
from parure.ingest import IngestConfig
from parure.pipeline.tuning import RulesSection, TuningSection
from parure.ranking import RANKERS
from parure.retrieval import SOURCES
from parure.search import SearchConfig
from parure.store import StoreConfig

FILE_NAME = "parure.toml"
ENVIRONMENT_PREFIX = "PARURE_"


class ShopSection(Config):
    """``[shop]``: what the shop is."""

    name: str = "my shop"
    """Shown in reports."""
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    """ISO 4217 code of all prices."""


class TrainSection(Config):
    """``[train]``: how a bundle is made."""

    recipe: str = "hybrid"
    """The recipe that ``parure train`` fits; its own file in ``recipes/`` or one that comes with parure."""
    seed: int = Field(default=0, ge=0)
    """Seed of everything random; the same data and seed give the same bundle, byte for byte."""
    surfaces: tuple[str, ...] = ("product_page", "homepage", "email", "cart", "post_purchase")
    """Recipes of surfaces that the bundle answers for too, each asked for by its ``surface``; the one above may be
    among them."""
    models: tuple[str, ...] = ("hybrid", "als_item_cf_popular")
    """More recipes that the bundle can be asked for by name, and their sources one by one. Sources that recipes share
    are fitted once."""
    visitors: str = "session"
    """The recipe for visitors whom the bundle does not know, once they have done something: by their session. Left out
    where nothing but orders is known; empty for none."""
    calibrate: bool = True
    """Learn from past weeks how often what is shown is acted on, so that answers carry a confidence."""
    calibration_weeks: tuple[int, ...] = (1, 0)
    """Weeks, counted back from the last one, that confidence is learned from. The newest are the most like the next;
    a shop with few customers takes more of them. Weeks that the data do not hold are passed over."""
    vectors: str = ""
    """Name of the embedding model whose vectors are used; may be empty where the shop has only one."""
    validation_weeks: tuple[int, ...] = (3, 2)
    """Weeks before the last one that weights are tuned on; each is predicted from all that came before it."""
    ranker_weeks: int = Field(default=10, ge=1, le=104)
    """Past weeks, the newest, that a ranker of features learns from; as many as there are where the data hold fewer."""
    ranker_customers: int = Field(default=3000, ge=10)
    """Of each of those weeks, so many customers, drawn by chance: of those who bought something or, where the ranker's
    scores are chances, of all who did something. Memory and time grow with them."""
    repeat_share_threshold: float = Field(default=0.15, ge=0, le=1)
    """With ``bought_again = "auto"``, bought items come back from this share of repeat purchases on."""
    keep_bundles: int = Field(default=5, ge=1)
    """How many published bundles stay on disk."""


class AutoSection(Config):
    """``[auto]``: what ``parure train --auto`` tries."""

    sources: tuple[str, ...] = ("two_tower", "session_knn", "sasrec")
    """Learned sources that may join the recipe, each if the candidates hold more with it of what was bought."""
    rankers: tuple[str, ...] = ("lambdamart", "mmoe")
    """Rankers that may take the blend's place, in the order in which they are tried."""
    forests: int = Field(default=4, ge=1, le=16)
    """Behind ``lambdamart`` the mean of so many forests is tried, half of them by each objective; not where 1.
    Answering costs so many times the trees."""
    candidates: int = Field(default=250, ge=20, le=2000)
    """Candidates of a request that a learned ranker sorts, about; how many of them each source may bring is learned."""
    judged_weeks: int = Field(default=2, ge=1, le=52)
    """The newest weeks, which nothing learns from and everything is judged by."""
    judged_customers: int = Field(default=10_000, ge=20)
    """Of each of those weeks, so many customers who bought something, drawn by chance: what judging takes grows with
    them, and more than that hardly make a verdict surer."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for what, named, known in (("source", self.sources, SOURCES), ("ranker", self.rankers, RANKERS)):
            for kind in named:
                if kind not in known:
                    near = did_you_mean(kind, known)
                    raise ValueError(f"unknown {what} {kind!r} {near}; known are {', '.join(sorted(known))}")
        return self


class EvaluateSection(Config):
    """``[evaluate]``: how quality is measured."""

    recipes: tuple[str, ...] = ("hybrid", "als_item_cf_popular", "visual_collaborative_demographic")
    """Recipes that stand in the comparison, beside every single source and the baselines."""
    list_size: int = Field(default=200, ge=12, le=1000)
    """How many items each contender may rank."""
    resamples: int = Field(default=1000, ge=100)
    """Bootstrap resamples for intervals."""


class SearchSection(SearchConfig):
    """``[search]``: how products are found by words."""

    model: str = "auto"
    """The sentence model for search by meaning: ``use``, ``e5``, ``both``, a directory with an ONNX model of your own,
    or ``none`` for words only; ``auto`` takes ``use`` where it is installed and the shop is not larger than
    ``meaning_up_to``."""
    meaning_up_to: int = Field(default=30_000, ge=0)
    """With ``auto``, products up to which their texts are encoded; a thousand take a second or two."""
    synonyms: str = ""
    """A synonyms file of the shop, ``.toml`` or text, its path seen from the shop's directory; none where empty."""


class ShopSettings(Config):
    """All settings of a shop."""

    shop: ShopSection = ShopSection()
    ingest: IngestConfig = IngestConfig()
    dataset: DatasetConfig = DatasetConfig()
    train: TrainSection = TrainSection()
    auto: AutoSection = AutoSection()
    evaluate: EvaluateSection = EvaluateSection()
    search: SearchSection = SearchSection()
    serving: ServingConfig = ServingConfig()
    store: StoreConfig = StoreConfig()
    tuning: TuningSection = TuningSection()
    rules: RulesSection = RulesSection()  # type: ignore[valid-type]


def load_settings(shop: Path, environment: Mapping[str, str] | None = None) -> ShopSettings:
    """The settings of a shop: ``parure.toml``, then the environment over it.

    ``PARURE_TRAIN__SEED=1`` sets ``seed`` in ``[train]``, ``PARURE_RULES__UPSELL__FACTOR=0.3`` sets ``factor`` in
    ``[rules.upsell]``; two underscores stand between sections and name.

    Args:
        shop: The project directory; without a ``parure.toml`` in it, the defaults hold.
        environment: Variables to read; those of the process where None.

    Raises:
        SettingsError: The file is not TOML, or a setting is wrong; the message names it.
    """
    path = shop / FILE_NAME
    values: dict[str, Any] = {}
    if path.is_file():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is not TOML: {error}.", hint="Fix the line it names.") from None
    _overlay(values, os.environ if environment is None else environment)
    return ShopSettings.parse(values, where=str(path))


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Put settings from the environment over those from the file."""
    for variable, text in sorted(environment.items()):
        if not variable.startswith(ENVIRONMENT_PREFIX) or "__" not in variable:
            continue
        *sections, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        if sections[0] not in ShopSettings.model_fields:
            continue
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = _parsed(text)


def _parsed(text: str) -> Any:
    """A value as TOML would read it; text that is not TOML stays text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
