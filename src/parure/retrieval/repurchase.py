"""What the customer bought before and is likely to buy again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import SparseFoldedIn
from parure.retrieval.signals import Acts, Signal, Weighting
from parure.retrieval.source import Source


class RepurchaseConfig(Signal):
    """Parameters of :class:`Repurchase`."""

    weighting: Weighting = "count"
    half_lives: tuple[tuple[float, float], ...] = ((0.18, 120.0), (0.1, 28.0))
    order_half_lives: tuple[tuple[float, float], ...] = ((0.72, 10.0),)
    purchases_only: bool = True
    """Count purchases, each as 1 an order; otherwise all events by the weight of their kind."""
    late: float = Field(default=0.1, ge=0, le=5)
    """How much an item sinks that is overdue: the score falls with (days since / usual days between) to this power."""
    early: float = Field(default=0.0, ge=0, le=5)
    """How much an item sinks that was bought just now: likewise, before its usual time has passed."""


class Repurchase(Source[RepurchaseConfig]):
    """The customer's own decayed counts, turned down where the item is overdue or not yet due.

    The usual time between two purchases is the customer's own, with one gap of the item's cycle mixed in
    (geometric mean). Only items of the history have scores.
    """

    kind: ClassVar[str] = "repurchase"
    config_type: ClassVar[type[Config]] = RepurchaseConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Keep the items' cycles; nothing is random."""
        del rng
        self._items = dataset.items
        self._purchases_only = self.config.purchases_only
        cycles = dataset.item_table.column("cycle_days").to_numpy().astype(np.float32)
        self._cycle_days = np.maximum(cycles, np.float32(0.5))
        return self

    def fold_in(self, queries: Sequence[Query]) -> SparseFoldedIn:
        """See :meth:`Source.fold_in`."""
        items = self.items
        acts = self._acts_of_queries(queries)
        counts = acts.matrix(self.config)
        if self.config.late or self.config.early:
            counts.data *= self._timing(acts, counts)
        return SparseFoldedIn(self.name, items, counts)

    def _timing(self, acts: Acts, counts: sp.csr_matrix) -> NDArray[np.float32]:
        """For each entry of ``counts``, how well its moment in the cycle fits: at most 1."""
        cells = acts.cells()
        rows = np.repeat(np.arange(counts.shape[0], dtype=np.int64), np.diff(counts.indptr))
        # Entries that summed to nothing are not stored: look the stored ones up.
        at = np.searchsorted(cells.cell, rows * acts.shape[1] + counts.indices)
        n, last, first = cells.times[at], cells.last_days[at], cells.first_days[at]
        own_gap = np.log(np.maximum((first - last) / np.maximum(n - 1, 1), 0.5))
        gap = (own_gap * (n - 1) + np.log(self._cycle_days[counts.indices])) / n
        position = np.log(np.maximum(last, 0.5)) - gap
        sunk = np.where(position > 0, self.config.late, -self.config.early) * position
        return np.asarray(np.exp(-sunk), dtype=np.float32)

    def _arrays(self) -> dict[str, Array]:
        return {"cycle_days": self._cycle_days}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._cycle_days = arrays["cycle_days"]
