"""What looks like what the customer likes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np
from pydantic import Field

from parure.core import Candidates, Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.errors import InputError
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.index import VectorIndex, build_index, load_index, unit_rows
from parure.retrieval.folded import FactoredFoldedIn, FoldedIn, Rows
from parure.retrieval.source import Grounded, Grounds, ItemSimilarity, Source
from parure.retrieval.style.folding import IndexedFoldedIn, Nearest, exact_fold
from parure.retrieval.style.histories import styles_of_queries
from parure.retrieval.style.products import cosines
from parure.retrieval.style.profiles import Average, Vectors, known_rows
from parure.retrieval.style.styles import Styles, StyleSplit

_INDEX: Final = "index"
"""Folder of the index beside the arrays."""


class StyleConfig(StyleSplit):
    """Parameters of :class:`Style`."""

    half_life_days: float | None = Field(default=30.0, gt=0, le=36_500)
    """After this many days an event counts half; no decay where None."""
    min_events: int = Field(default=3, ge=1, le=1000)
    """A customer has a style from this many events on that speak for an item with a vector."""
    purchases_only: bool = False
    """Count purchases only, instead of all events by the weight of their kind."""
    average: Average = "mean"
    """Which middle of a customer's items is their style: the mean, or the median, which odd items hardly move."""
    min_similarity: float | None = Field(default=None, ge=-1, le=1)
    """Items less alike than this to each of the customer's styles are not recommended; None for no such border."""
    exact_up_to: int = Field(default=20_000, ge=0, le=100_000_000)
    """Up to this many items every one is compared; a catalogue with more is searched through a vector index."""


class Style(Source[StyleConfig], ItemSimilarity, Grounded):
    """Cosine between an item's vector and the customer's style, or the nearest of their styles.

    A style is the weighted, time-decayed mean (or median) of the unit vectors of what the customer did; somebody whose
    items fall apart into groups has a style for each, and the list draws from each in proportion to its weight. An
    item needs a vector and nothing else: one that nobody has touched yet is found like any other.
    """

    kind: ClassVar[str] = "style"
    config_type: ClassVar[type[Config]] = StyleConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Scale the items' vectors to length 1, and index them where there are many.

        Raises:
            InputError: The dataset has no item vectors.
        """
        if dataset.item_vectors is None:
            raise InputError(
                f"The source {self.name!r} needs item vectors; the dataset has none.",
                hint="Run: parure encode, or ingest embeddings, or take the source out of the recipe.",
            )
        self._items = dataset.items
        self._set_vectors(unit_rows(dataset.item_vectors))
        if len(self._unit) > self.config.exact_up_to:
            rows = np.flatnonzero(known_rows(self._unit))
            index = build_index(self.items.ids_of(rows), self._unit[rows], rng=rng)
            self._nearest = Nearest(index, self.items.rows_of(index.ids), self._unit)
        return self

    _nearest: Nearest | None = None

    def _set_vectors(self, unit: Vectors) -> None:
        self._unit = unit
        self._nearest = None

    @property
    def index(self) -> VectorIndex | None:
        """What searches the catalogue; None where every item is compared."""
        return None if self._nearest is None else self._nearest.index

    def profiles(self, queries: Sequence[Query]) -> Vectors:
        """The weightiest style of each query, float32[queries, size], unit rows; NaN where there are too few events."""
        styles = self.styles(queries)
        return styles.vectors[styles.offsets[:-1]]

    def styles(self, queries: Sequence[Query]) -> Styles:
        """The styles of each query, live events included."""
        config = self.config
        return styles_of_queries(
            queries,
            self.items,
            self._unit,
            config,
            half_life_days=config.half_life_days,
            purchases_only=config.purchases_only,
            min_events=config.min_events,
            average=config.average,
        )

    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """See :meth:`Source.fold_in`."""
        return self.fold_in_above(queries, self.config.min_similarity)

    def fold_in_above(self, queries: Sequence[Query], floor: float | None) -> FoldedIn:
        """The same with another border than ``min_similarity`` of the parameters; None for no border."""
        items, styles = self.items, self.styles(queries)
        if self._nearest is None:
            return exact_fold(self.name, items, styles, self._unit, floor)
        return IndexedFoldedIn(self.name, items, styles, self._nearest, floor)

    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """See :meth:`ItemSimilarity.similar`: by cosine."""
        rows = self.items.rows_of(item_ids)
        vectors = np.full((len(rows), self._unit.shape[1]), np.nan, dtype=np.float32)
        vectors[rows != UNKNOWN] = self._unit[rows[rows != UNKNOWN]]
        return self.nearest_to(vectors, k, [row[row != UNKNOWN] for row in rows.reshape(-1, 1)])

    def likeness(self, item_ix: Rows, others: Rows) -> Vectors:
        """See :meth:`ItemSimilarity.likeness`: cosines; NaN where a vector is missing."""
        return cosines(self._unit, item_ix, others)

    @property
    def purchases_only(self) -> bool:
        """See :attr:`Source.purchases_only`."""
        return self.config.purchases_only

    def nearest_to(self, vectors: Vectors, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """The ``k`` items nearest to each of float32[n, size] unit vectors; none for one of NaN."""
        if self._nearest is None:
            return FactoredFoldedIn(self.name, self.items, vectors, self._unit).top(k, exclude)
        one_each = Styles.single(vectors)
        return IndexedFoldedIn(self.name, self.items, one_each, self._nearest, None).top(k, exclude)

    def grounds(self, query: Query, item_ix: int) -> Grounds:
        """See :meth:`Grounded.grounds`: a style is a sum over items, and a score the sum of their parts of it."""
        styles = self.styles([query])
        rows = query.history.rows_in(self.items)
        likeness = np.where(rows != UNKNOWN, self._unit[rows] @ self._unit[item_ix], np.nan).astype(np.float32)
        cosines = styles.vectors @ self._unit[item_ix]
        weight = np.zeros(len(self.items), dtype=np.float32)
        if not np.isnan(cosines).any():
            made_of = styles.weights.matrix[[int(cosines.argmax())]]
            weight[made_of.indices] = made_of.data
            if self.config.average == "median":
                weight[made_of.indices] /= self._pull(made_of.indices, styles.vectors[int(cosines.argmax())])
        parts = np.where(weight[rows] > 0, weight[rows] * np.nan_to_num(likeness), 0)
        return Grounds(np.where(rows != UNKNOWN, parts, 0).astype(np.float64), likeness)

    def _pull(self, rows: Array, centre: Vectors) -> Vectors:
        """By what an item's weight is divided in a median: its distance."""
        return np.asarray(np.sqrt(np.maximum(2 - 2 * self._unit[rows] @ centre, 1e-6)))

    def _save(self, directory: Path) -> None:
        super()._save(directory)
        if self._nearest is not None:
            (directory / _INDEX).mkdir()
            self._nearest.index.save(directory / _INDEX)

    def _load(self, directory: Path) -> None:
        super()._load(directory)
        if (directory / _INDEX).is_dir():
            index = load_index(directory / _INDEX)
            self._nearest = Nearest(index, self.items.rows_of(index.ids), self._unit)

    def _arrays(self) -> dict[str, Array]:
        return {"unit": self._unit}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._set_vectors(arrays["unit"])
