"""From a dataset and a recipe to a bundle."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from parure.core.clock import rng_for
from parure.core.processors import shared_by
from parure.core.progress import Progress, Silent
from parure.dataset import Dataset
from parure.pipeline.bundle import Bundle
from parure.pipeline.part import Part, places_of, refuse_doubles
from parure.pipeline.recipe import Recipe, SourceSpec
from parure.pipeline.recommend import Recommender
from parure.pipeline.reserve import best_sellers
from parure.ranking import FeatureTable
from parure.retrieval import SOURCES, CategoryConfig, Source
from parure.rules import Bought, BoughtAgain, BoughtConfig, Filtered, Rule, Withdrawn, bought_again_from

_AT_ONCE: Final = 2
"""Sources fitted at a time; each more would hold its matrices in memory."""


@dataclass(frozen=True)
class Cost:
    """What a fit took: wall and CPU seconds."""

    wall_s: float
    cpu_s: float


@dataclass
class Fitted:
    """Sources fitted on one dataset; a source that two recipes share is fitted once.

    Args:
        dataset: What they are fitted on.
        seed: Seed of everything random.
        progress: Where to report to.
    """

    dataset: Dataset
    seed: int = 0
    progress: Progress = field(default_factory=Silent)
    _done: dict[str, tuple[Source[Any], Cost]] = field(default_factory=dict)
    _table: FeatureTable | None = None

    def source(self, spec: SourceSpec) -> Source[Any]:
        """The source of a spec, fitted now or before under this name or another."""
        return self._fit(spec)[0]

    def cost(self, spec: SourceSpec) -> Cost:
        """What fitting the source took."""
        return self._fit(spec)[1]

    def table(self, sources: Sequence[str]) -> FeatureTable:
        """What makes the features of candidates of some sources, worked out now or before."""
        if self._table is None:
            with self.progress.step("work out features"):
                self._table = FeatureTable.fit(self.dataset, sources)
        return self._table.of(sources)

    def part(self, part: Part) -> Part:
        """A part with its sources fitted, and with what makes its features."""
        table = self.table(part.recipe.labels) if part.ranker.reads_table else None
        return replace(part, sources=self.sources(part.recipe.sources), table=table)

    def _fit(self, spec: SourceSpec) -> tuple[Source[Any], Cost]:
        key = spec.key
        if key not in self._done:
            with self.progress.step(f"fit {spec.label}"):
                wall, cpu = time.perf_counter(), time.process_time()
                # As in ``_fit_side_by_side``.
                with threadpool_limits(1, "blas"):
                    source = spec.build().fit(self.dataset, rng=rng_for(self.seed, spec.label))
                self._done[key] = source, Cost(time.perf_counter() - wall, time.process_time() - cpu)
        source, cost = self._done[key]
        return source.called(spec.label), cost

    def sources(self, specs: Iterable[SourceSpec]) -> tuple[Source[Any], ...]:
        """The sources of several specs, in order."""
        return tuple(self.source(spec) for spec in specs)


def _fit_side_by_side(
    specs: Sequence[SourceSpec], dataset: Dataset, seed: int, progress: Progress
) -> dict[str, Source[Any]]:
    """Fit sources two at a time: some keep one processor busy, and none uses the numbers of another.

    What each costs by itself cannot be told here; :class:`Fitted` tells it.

    Returns:
        The sources by :attr:`SourceSpec.key`.
    """
    spinning = min(_AT_ONCE, sum(SOURCES[spec.kind].spins for spec in specs))

    def fit(spec: SourceSpec) -> Source[Any]:
        with shared_by(spinning if SOURCES[spec.kind].spins else 1):
            return spec.build().fit(dataset, rng=rng_for(seed, spec.label))

    # Sums of BLAS round by how many threads share them; with one, the machine's settings play no part.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = {spec.key: (spec, pool.submit(fit, spec)) for spec in specs}
        found = {}
        for key, (spec, fitting) in waiting.items():
            with progress.step(f"fit {spec.label}"):
                found[key] = fitting.result()
    return found


def usable_sources(recipe: Recipe, dataset: Dataset) -> Recipe:
    """The recipe without the sources that this data cannot feed.

    Style needs vectors, promoted a promotion plan, price affinity prices, category the column that it goes by.

    The ranker's weight of a source left out is spread over the others by the ranker itself.
    """
    unfed = set()
    if dataset.item_vectors is None:
        unfed.add("style")
    if not len(dataset.promotions):
        unfed.add("promoted")
    prices = dataset.item_table.column("price_cents")
    if not pc.any(pc.greater(prices, 0)).as_py():
        unfed.add("price_affinity")
    kept = tuple(spec for spec in recipe.sources if spec.kind not in unfed and not _lacks_column(spec, dataset))
    if len(kept) == len(recipe.sources):
        return recipe
    labels = {spec.label for spec in kept}
    config = _weighing_only(labels, recipe.ranker.config)
    if config.get("base"):
        config["base"] = _weighing_only(labels, config["base"])
    ranker = recipe.ranker.model_copy(update={"config": config})
    return recipe.model_copy(update={"sources": kept, "ranker": ranker})


def _weighing_only(labels: set[str], config: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a blend without the weights of sources that are not there."""
    kept = dict(config)
    for weights in ("weights", "new_weights"):
        if weights in kept:
            kept[weights] = {name: weight for name, weight in kept[weights].items() if name in labels}
    return kept


def _lacks_column(spec: SourceSpec, dataset: Dataset) -> bool:
    """Whether a source goes by a column of the item table that the shop has left empty, and by nothing else.

    A category source that counts popularity ranks by that alone then, which is worth having.
    """
    if spec.kind != "category" or CategoryConfig.parse(spec.config, where=spec.label).popularity > 0:
        return False
    column = spec.config.get("column", "category")
    table = dataset.item_table
    return column in table.column_names and table.column(column).null_count == table.num_rows > 0


def policy_of(recipe: Recipe, repeat_share: float, *, threshold: float) -> BoughtAgain:
    """Whether bought items may come back: as the recipe says, or read from the data where it says ``auto``."""
    if recipe.bought_again == "auto":
        return bought_again_from(repeat_share, threshold=threshold)
    return BoughtAgain(recipe.bought_again)


def rules_of(recipe: Recipe, policy: BoughtAgain, dataset: Dataset) -> tuple[Rule[Any], ...]:
    """The rules in force, fitted: what is there, was asked for and was bought, then those of the recipe in order."""
    always: tuple[Rule[Any], ...] = (Withdrawn(), Filtered(), Bought(BoughtConfig(policy=policy)))
    return tuple(rule.fit(dataset) for rule in (*always, *recipe.build_rules()))


def recommender_of(part: Part, dataset: Dataset) -> Recommender:
    """A recommender made of a fitted part."""
    return Recommender(
        dataset.items,
        list(zip(part.sources, part.recipe.sources, strict=True)),
        part.ranker,
        rules_of(part.recipe, part.bought_again, dataset),
        table=part.table,
        pool_size=part.recipe.pool_size,
        users=dataset.users,
    )


def train(
    dataset: Dataset,
    main: Part,
    *,
    surfaces: Sequence[Part] = (),
    seed: int = 0,
    facts: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Bundle:
    """Fit the sources of one recipe or several on a dataset.

    Args:
        dataset: What is known.
        main: The recipe that answers where no surface is named, its sources not yet fitted; see :func:`usable_sources`.
        surfaces: The recipes of surfaces, likewise; a source that several have is fitted once. The main recipe may be
            among them, and serves its own surface whether it is or not.
        seed: Seed of everything random; the same data, recipes and seed give the same bundle, byte for byte.
        facts: What else the bundle's manifest should tell.
        progress: Where to report to.

    Raises:
        SettingsError: Two recipes have one name, or serve one surface.
    """
    others = [part for part in surfaces if part.recipe != main.recipe]
    parts = (main, *others)
    refuse_doubles(parts)
    specs = [spec for _, spec in places_of(part.recipe for part in parts).values()]
    source_of = _fit_side_by_side(specs, dataset, seed, progress or Silent())
    features = Fitted(dataset, seed, progress or Silent())
    main, *others = (_with_fitted(part, source_of, features) for part in parts)
    serves = bool(main.recipe.surface) or len(others) < len(surfaces)
    return Bundle(
        dataset=dataset,
        main=main,
        surfaces={part.recipe.place: part for part in ([main, *others] if serves else others)},
        facts={"seed": seed, **(facts or {})},
        reserve=best_sellers(dataset),
    )


def _with_fitted(part: Part, source_of: Mapping[str, Source[Any]], features: Fitted) -> Part:
    sources = tuple(source_of[spec.key].called(spec.label) for spec in part.recipe.sources)
    table = features.table(part.recipe.labels) if part.ranker.reads_table else None
    return replace(part, sources=sources, table=table)
