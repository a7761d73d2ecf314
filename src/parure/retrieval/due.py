"""What the customer bought before and is about to need again, by how regularly and how long ago they bought it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import SparseFoldedIn
from parure.retrieval.signals import Cells
from parure.retrieval.source import Source

_TIMES: Final = np.array([2, 3, 4, 5, 7, 10, 15, 25, 40])
_GAP_DAYS: Final = np.array([4, 7, 10, 14, 21, 28, 42, 70, 105, 180, 365])
_LATENESS: Final = np.array([0.15, 0.3, 0.5, 0.75, 1, 1.3, 1.7, 2.5, 4])
_LAST_DAYS: Final = np.array([7, 14, 28, 56, 112, 224])
"""Borders of the classes: times bought, usual days between, days since the last time over that, and, for what was
bought once, days since then."""
_SHAPE: Final = (len(_TIMES) + 1, len(_GAP_DAYS) + 1, max(len(_LATENESS), len(_LAST_DAYS)) + 1)


class DueConfig(Config):
    """Parameters of :class:`Due`."""

    horizon_days: float = Field(default=7.0, gt=0, le=365)
    """Within how many days it is to be bought again."""
    moments: int = Field(default=6, ge=1, le=100)
    """How many past moments, a horizon apart, the chances are counted at."""
    strength: float = Field(default=5.0, gt=0, le=1e6)
    """Cases of the average chance added to every class: a class with few cases is taken to be average."""
    purchases_only: bool = True
    """Count purchases; otherwise all events."""


class Due(Source[DueConfig]):
    """The chance that a customer buys an item of theirs again within the horizon, counted over like cases of the past.

    Cases are alike that agree in how often the customer had bought the item, how many days lay between, and how long
    ago the last time was in those days. Only items of the history have scores. After the time-split repeat models of
    Bhagat et al., "Buy It Again" (KDD 2018), with classes in the place of fitted curves.
    """

    kind: ClassVar[str] = "due"
    config_type: ClassVar[type[Config]] = DueConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Count what became of the items of every customer after some past moments; nothing is random."""
        del rng
        self._items = dataset.items
        self._purchases_only = self.config.purchases_only
        acts = self._acts_of_dataset(dataset)
        cases, hits = np.zeros(np.prod(_SHAPE)), np.zeros(np.prod(_SHAPE))
        cells = acts.cells()
        starts = np.cumsum(cells.times) - cells.times
        ages = acts.by_cell(acts.age_days)
        for moment in range(1, self.config.moments + 1):
            ago_days = moment * self.config.horizon_days
            # The oldest comes first in a cell: what was before the moment is the beginning of each.
            times = _counted(ages > ago_days, starts)
            again = _counted(ages > ago_days - self.config.horizon_days, starts) > times
            known = times > 0
            last_days = ages[(starts + times - 1)[known]]
            before = Cells(cells.cell[known], times[known], cells.first_days[known], last_days)
            classes = np.ravel_multi_index(_classes(before, ago_days), _SHAPE)
            cases += np.bincount(classes, minlength=cases.size)
            hits += np.bincount(classes, again[known], minlength=hits.size)
        average = hits.sum() / max(cases.sum(), 1)
        strength = self.config.strength
        self._chance = ((hits + strength * average) / (cases + strength)).astype(np.float32).reshape(_SHAPE)
        return self

    def fold_in(self, queries: Sequence[Query]) -> SparseFoldedIn:
        """See :meth:`Source.fold_in`."""
        acts = self._acts_of_queries(queries)
        cells = acts.cells()
        rows, columns = np.divmod(cells.cell, max(len(self.items), 1))
        chance = self._chance[_classes(cells, 0.0)]
        scores = sp.csr_matrix((chance, (rows, columns)), shape=(len(queries), len(self.items)), dtype=np.float32)
        return SparseFoldedIn(self.name, self.items, scores)

    def _arrays(self) -> dict[str, Array]:
        return {"chance": self._chance}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._chance = arrays["chance"]


def _counted(which: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of each cell's events are among ``which``, int64[cells]; cells begin at ``starts``."""
    return np.add.reduceat(which, starts, dtype=np.int64) if len(starts) else np.empty(0, np.int64)


def _classes(cells: Cells, ago_days: float) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The class of each cell, as of ``ago_days`` before the moment that ages are counted from."""
    times = np.digitize(cells.times, _TIMES)
    gap = (cells.first_days - cells.last_days) / np.maximum(cells.times - 1, 1)
    last = np.maximum(cells.last_days - ago_days, 0.0)
    once = cells.times == 1
    lateness = np.digitize(last / np.maximum(gap, 0.5), _LATENESS)
    age = np.digitize(last, _LAST_DAYS)
    return times, np.where(once, 0, np.digitize(gap, _GAP_DAYS)), np.where(once, age, lateness)
