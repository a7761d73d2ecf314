"""What looks like what the customer likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from parure.core import Candidates, Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.errors import InputError
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import FactoredFoldedIn, Scores
from parure.retrieval.signals import Signal, acts_of_queries
from parure.retrieval.source import ItemSimilarity, Source


class StyleConfig(Config):
    """Parameters of :class:`Style`."""

    half_life_days: float | None = Field(default=30.0, gt=0, le=36_500)
    """After this many days an event counts half; no decay where None."""
    min_events: int = Field(default=3, ge=1, le=1000)
    """A customer has a style from this many events on, on items with a vector."""
    purchases_only: bool = False
    """Count purchases only, instead of all events by the weight of their kind."""


class Style(Source[StyleConfig], ItemSimilarity):
    """Cosine between an item's vector and the weighted, time-decayed mean of the unit vectors of a history."""

    kind: ClassVar[str] = "style"
    config_type: ClassVar[type[Config]] = StyleConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Scale the items' vectors to length 1; nothing is random.

        Raises:
            InputError: The dataset has no item vectors.
        """
        del rng
        if dataset.item_vectors is None:
            raise InputError(
                f"The source {self.name!r} needs item vectors; the dataset has none.",
                hint="Ingest embeddings, or take the source out of the recipe.",
            )
        self._items = dataset.items
        self._unit = _unit_rows(dataset.item_vectors)
        return self

    def profiles(self, queries: Sequence[Query]) -> Scores:
        """The style of each query, float32[queries, dim] of length 1; NaN where there are too few events."""
        acts = acts_of_queries(queries, self.items, purchases_only=self.config.purchases_only)
        acts = acts.take(~np.isnan(self._unit[acts.item_ix, 0]))
        signal = Signal(weighting="count", half_life_days=self.config.half_life_days)
        profiles = _unit_rows(acts.matrix(signal) @ np.nan_to_num(self._unit))
        profiles[np.bincount(acts.row, minlength=len(queries)) < self.config.min_events] = np.nan
        return profiles

    def fold_in(self, queries: Sequence[Query]) -> FactoredFoldedIn:
        """See :meth:`Source.fold_in`."""
        return FactoredFoldedIn(self.name, self.items, self.profiles(queries), self._unit)

    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """See :meth:`ItemSimilarity.similar`: by cosine, exactly."""
        rows = self.items.rows_of(item_ids)
        vectors = np.full((len(rows), self._unit.shape[1]), np.nan, dtype=np.float32)
        vectors[rows != UNKNOWN] = self._unit[rows[rows != UNKNOWN]]
        folded = FactoredFoldedIn(self.name, self.items, vectors, self._unit)
        return folded.top(k, [row[row != UNKNOWN] for row in rows.reshape(-1, 1)])

    def _arrays(self) -> dict[str, Array]:
        return {"unit": self._unit}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._unit = arrays["unit"]


def _unit_rows(vectors: Scores) -> Scores:
    """Rows of length 1, float32; rows of zeros or with a NaN become NaN."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 0, vectors / np.where(length > 0, length, 1), np.nan).astype(np.float32)
