"""Histories as sparse matrices, by one and the same logic for training and for folding a query in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Annotated, Any, Final, Literal, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import IdMap, Query
from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.events import EventKind
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset

Weighting = Literal["log", "count", "binary", "spend"]
_Days = Annotated[float, Field(gt=0, le=36_500)]
_Share = Annotated[float, Field(ge=0, le=1000)]
_MEMO: Final = Lock()
"""Held while acts are worked out, so that sources fitted side by side do not all do so."""


class Signal(Config):
    """How a history becomes one number an item: the field group that collaborative sources share."""

    weighting: Weighting = "log"
    """What the matrix holds: decayed counts (``count``), log(1 + count) (``log``), 1 (``binary``), or log(1 + count)
    where dear items and many units count more, by spending and quantity ratio (``spend``)."""
    half_life_days: _Days | None = 90.0
    """After this many days an event counts half; no decay where None."""
    half_lives: tuple[tuple[_Share, _Days], ...] = ()
    """Pairs (weight, half-life in days): decays that are added up. Used instead of ``half_life_days`` where given."""
    order_half_lives: tuple[tuple[_Share, _Days], ...] = ()
    """Pairs (weight, half-life in orders): likewise, by how many later orders the customer made, whatever the time."""
    purchases_only: bool | None = None
    """True: count purchases, each as 1 an order. False: count all events by the weight of their kind, negative ones
    subtract. None: purchases where the data has any when the source is fitted, else all events; the source keeps that
    choice for the histories of later queries."""

    def worth(self, acts: Acts) -> NDArray[np.float64]:
        """What each event counts, float64[n]: its weight, decayed; below 0 for what speaks against an item."""
        return self.decay(acts) * acts.weight

    def decay(self, acts: Acts) -> NDArray[np.float64]:
        """How much each event still counts, float64[n]; an event in the future counts as now."""
        age_days = np.maximum(acts.age_days, 0.0)
        if not self.half_lives and not self.order_half_lives:
            return np.ones(len(acts)) if self.half_life_days is None else np.exp2(-age_days / self.half_life_days)
        total = np.zeros(len(acts))
        for share, days in self.half_lives:
            total += share * np.exp2(-age_days / days)
        if self.order_half_lives:
            later = acts.later_orders()
            for share, orders in self.order_half_lives:
                total += share * np.exp2(-later / orders)
        return total


@dataclass(frozen=True)
class Cells:
    """What each row did with each item, in columns of equal length n, sorted by cell.

    Attributes:
        cell: int64[n], row times number of items plus item.
        times: int64[n], how often.
        first_days: float64[n], days since the first time.
        last_days: float64[n], days since the last time.
    """

    cell: NDArray[np.int64]
    times: NDArray[np.int64]
    first_days: NDArray[np.float64]
    last_days: NDArray[np.float64]


@dataclass(frozen=True)
class Acts:
    """Events of several users in columns of equal length n, sorted by (row, time); one item counts once a moment.

    Attributes:
        row: int32[n], which user or query.
        item_ix: int32[n].
        timestamp_us: int64[n].
        age_days: float64[n], before the moment of the dataset or query.
        quantity: float32[n], units.
        weight: float32[n], what the kind of event says about taste; 1 where purchases alone are counted.
        dearness: float32[n], spending ratio times quantity ratio; 1 is average.
        shape: (rows, items).
    """

    row: NDArray[np.int32]
    item_ix: NDArray[np.int32]
    timestamp_us: NDArray[np.int64]
    age_days: NDArray[np.float64]
    quantity: NDArray[np.float32]
    weight: NDArray[np.float32]
    dearness: NDArray[np.float32]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, kept: NDArray[np.bool_]) -> Acts:
        """The events where ``kept``, bool[n]."""
        if kept.all():
            return self
        names = ("row", "item_ix", "timestamp_us", "age_days", "quantity", "weight", "dearness")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def later_orders(self) -> NDArray[np.int64]:
        """int64[n]: at how many later moments the same row did something."""
        if not len(self):
            return np.empty(0, np.int64)
        new_row = np.concatenate([[True], self.row[1:] != self.row[:-1]])
        new_order = new_row | np.concatenate([[True], self.timestamp_us[1:] != self.timestamp_us[:-1]])
        number = np.cumsum(new_order)
        last_of_row = np.maximum.reduceat(number, np.flatnonzero(new_row))
        return np.asarray(last_of_row[np.cumsum(new_row) - 1] - number, dtype=np.int64)

    @cached_property
    def _cells(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """How events fall into cells of the matrix: their order by cell, where cells start, and the CSR layout."""
        if self.shape[0] == 1 and len(self):
            # One request: what follows, without what only several rows need.
            order = self.item_ix.argsort(kind="stable")
            items = self.item_ix[order]
            starts = np.concatenate([[0], np.flatnonzero(items[1:] != items[:-1]) + 1])
            return order, starts, items[starts], np.array([0, len(starts)], np.int32)
        cell = self.row.astype(np.int64) * self.shape[1] + self.item_ix
        order = np.argsort(cell, kind="stable")
        cell = cell[order]
        starts = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]])) if len(cell) else order
        rows, indices = np.divmod(cell[starts], max(self.shape[1], 1))
        indptr = np.searchsorted(rows, np.arange(self.shape[0] + 1))
        return order, starts, indices.astype(np.int32), indptr.astype(np.int32)

    def cells(self) -> Cells:
        """What happened in each cell of the matrix."""
        order, starts, _, _ = self._cells
        cell = self.row.astype(np.int64) * self.shape[1] + self.item_ix
        ends = np.append(starts, len(order))[1:].astype(np.int64) - 1
        ages = self.age_days[order]
        return Cells(cell[order[starts]], ends - starts + 1, ages[starts], ages[ends])

    def by_cell(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """``values``, one an event, in the order of :meth:`cells`, the oldest event of a cell first."""
        return values[self._cells[0]]

    def sums(self, values: NDArray[np.floating]) -> sp.csr_matrix:
        """Sum ``values``, one an event, into CSR float64[rows, items]; what sums to 0 or less is not stored."""
        matrix = sp.csr_matrix(self.summed(values), shape=self.shape)
        matrix.has_canonical_format = True
        return matrix

    def summed(self, values: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
        """The data, indices and indptr of :meth:`sums`."""
        order, starts, indices, indptr = self._cells
        data = np.add.reduceat(values[order].astype(np.float64), starts) if len(order) else np.empty(0)
        if not len(data) or data.min() > 0:
            return data, indices.copy(), indptr.copy()
        kept = data > 0
        before = np.zeros(len(data) + 1, np.int32)
        np.cumsum(kept, out=before[1:])
        return data[kept], indices[kept], before[indptr]

    def matrix(self, signal: Signal) -> sp.csr_matrix:
        """The matrix that a signal describes: CSR float32[rows, items]. Which events count was settled before."""
        values = signal.worth(self)
        if signal.weighting == "spend":
            values = values * self.dearness
        matrix = self.sums(values)
        if signal.weighting == "binary":
            matrix.data[:] = 1
        elif signal.weighting != "count":
            matrix.data = np.log1p(matrix.data)
        return matrix.astype(np.float32)


def counts_purchases(wanted: bool | None, dataset: Dataset) -> bool:
    """Whether a source counts purchases alone: as ``wanted``, or where None, if the dataset has any purchase."""
    return len(acts_of_dataset(dataset)) > 0 if wanted is None else wanted


def acts_of_dataset(dataset: Dataset, *, purchases_only: bool = True) -> Acts:
    """The events of a dataset; rows are rows of ``dataset.users``. Worked out once and kept in its ``memo``."""
    key = ("acts", purchases_only)
    with _MEMO:
        if key not in dataset.memo:
            dataset.memo[key] = _acts_of_dataset(dataset, purchases_only=purchases_only)
    return cast("Acts", dataset.memo[key])


def _acts_of_dataset(dataset: Dataset, *, purchases_only: bool) -> Acts:
    e = dataset.events
    acts = Acts(
        row=e.user_ix,
        item_ix=e.item_ix,
        timestamp_us=e.timestamp_us,
        age_days=(dataset.as_of_us - e.timestamp_us) / DAY_US,
        quantity=e.quantity,
        weight=e.weight,
        dearness=e.spend_ratio * e.quantity_ratio,
        shape=(len(dataset.users), len(dataset.items)),
    )
    return _once_a_moment(acts, e.kind, purchases_only=purchases_only)


def acts_of_queries(queries: Sequence[Query], items: IdMap, *, purchases_only: bool = True) -> Acts:
    """The histories of queries; rows are positions in ``queries``, unknown items are skipped."""
    if len(queries) == 1:
        acts, kind = _acts_of_one(queries[0], items)
    else:
        acts, kind = _acts_of_many(queries, items)
    known = acts.item_ix != UNKNOWN
    if not known.all():
        acts, kind = acts.take(known), kind[known]
    return _once_a_moment(acts, kind, purchases_only=purchases_only)


def _acts_of_one(query: Query, items: IdMap) -> tuple[Acts, NDArray[np.int8]]:
    """Every event of one query and its kind, with as few steps as a single request may take."""
    history = query.history
    time = np.asarray(history.timestamp_us, np.int64)
    acts = Acts(
        row=np.zeros(len(time), np.int32),
        item_ix=np.asarray(history.rows_in(items), np.int32),
        timestamp_us=time,
        age_days=(query.now_us - time) / DAY_US,
        quantity=np.asarray(history.quantity, np.float32),
        weight=np.asarray(history.weight, np.float32),
        dearness=np.asarray(history.spend_ratio * history.quantity_ratio, np.float32),
        shape=(1, len(items)),
    )
    return acts, np.asarray(history.kind, np.int8)


def _acts_of_many(queries: Sequence[Query], items: IdMap) -> tuple[Acts, NDArray[np.int8]]:
    """The same for any number of queries."""
    histories = [query.history for query in queries]

    def column(name: str, dtype: type[np.generic]) -> NDArray[Any]:
        return np.concatenate([np.empty(0, dtype), *(getattr(history, name) for history in histories)]).astype(dtype)

    lengths = [len(history) for history in histories]
    item_ix = np.concatenate([np.empty(0, np.int32), *(history.rows_in(items) for history in histories)])
    time = column("timestamp_us", np.int64)
    now = np.repeat(np.array([query.now_us for query in queries], dtype=np.int64), lengths)
    acts = Acts(
        row=np.repeat(np.arange(len(queries), dtype=np.int32), lengths),
        item_ix=item_ix.astype(np.int32),
        timestamp_us=time,
        age_days=(now - time) / DAY_US,
        quantity=column("quantity", np.float32),
        weight=column("weight", np.float32),
        dearness=column("spend_ratio", np.float32) * column("quantity_ratio", np.float32),
        shape=(len(queries), len(items)),
    )
    return acts, column("kind", np.int8)


def _once_a_moment(acts: Acts, kind: NDArray[np.int8], *, purchases_only: bool) -> Acts:
    """Drop repeats of a row, item, moment and kind: two lines of one order are one purchase, their units add up."""
    if purchases_only:
        bought = kind == EventKind.PURCHASE
        acts, kind = acts.take(bought), kind[bought]
        acts = replace(acts, weight=np.ones(len(acts), dtype=np.float32))
    same = np.ones(max(len(acts) - 1, 0), dtype=bool)
    for key in (acts.item_ix, acts.timestamp_us, kind, acts.row):
        same &= key[1:] == key[:-1]
        if not same.any():
            return acts
    first = np.concatenate([[True], ~same])
    units = np.add.reduceat(acts.quantity, np.flatnonzero(first)).astype(np.float32)
    return replace(acts.take(first), quantity=units)


def normalised_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The rows scaled to length 1; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sp.diags_array(1 / np.maximum(length, 1e-12)) @ matrix).tocsr().astype(np.float32)


def csr_arrays(name: str, matrix: sp.csr_matrix) -> dict[str, NDArray[np.generic]]:
    """A CSR matrix as arrays to save, as it stands; :func:`csr_from` reads them."""
    return {
        f"{name}_data": matrix.data,
        f"{name}_indices": matrix.indices.astype(np.int32),
        f"{name}_indptr": matrix.indptr.astype(np.int64),
        f"{name}_shape": np.array(matrix.shape, dtype=np.int64),
    }


def csr_from(name: str, arrays: dict[str, NDArray[np.generic]]) -> sp.csr_matrix:
    """The CSR matrix that :func:`csr_arrays` took apart."""
    parts = tuple(arrays[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
    return sp.csr_matrix(parts, shape=tuple(arrays[f"{name}_shape"].tolist()))
