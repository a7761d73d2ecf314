"""What a feature is, what groups of features have in common, and what is known of a request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core import IdMap, Query
from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.ids import UNKNOWN
from parure.core.native import native
from parure.dataset import Dataset, Events

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]

SESSION_US: Final = 30 * 60 * 1_000_000
"""What was done within this long before the moment belongs to the session."""
WEEK_DAYS: Final = 7.0
"""The windows of "now" and the horizon that a ranker predicts, in days."""
BOUGHT: Final = 6
"""Number of :attr:`EventKind.PURCHASE`, as a constant that is compiled in."""


@dataclass(frozen=True)
class Feature:
    """One column of the table.

    Attributes:
        name: Stable name; a ranker in a bundle refers to it.
        group: What it belongs to, as the documentation orders it.
        unit: What it is counted in.
        says: What it is, in a line.
    """

    name: str
    group: str
    unit: str
    says: str


@dataclass(slots=True)
class Asked:
    """One request as the features see it: nothing that happens after its moment.

    Attributes:
        query: The query.
        rows: int32[n], the candidates, ascending.
        item_ix: int32[m], rows of the table's items that the history is about, UNKNOWN for items not in it.
        timestamp_us: int64[m], ascending, none after ``now_us``.
        kind: int8[m].
        weight: float32[m].
        quantity: float32[m].
        now_us: The moment of asking.
    """

    query: Query
    rows: Rows
    item_ix: Rows
    timestamp_us: NDArray[np.int64]
    kind: NDArray[np.int8]
    weight: Floats
    quantity: Floats
    now_us: int

    @classmethod
    def of(cls, query: Query, rows: Rows, items: IdMap) -> Self:
        """The request of a query for some candidates, rows of ``items`` in ascending order."""
        h = query.history
        time, item_ix = h.timestamp_us, h.rows_in(items)
        m = len(time)
        if m and time[-1] > query.now_us:
            m = int(np.searchsorted(time, query.now_us, side="right"))
        return cls(query, rows, item_ix[:m], time[:m], h.kind[:m], h.weight[:m], h.quantity[:m], query.now_us)


class Facts:
    """What several groups need of a dataset, worked out once.

    Args:
        dataset: What was known.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.n_items = len(dataset.items)

    @cached_property
    def bought(self) -> Bought:
        """The purchases."""
        return Bought.of(self.dataset.events, self.dataset.as_of_us)

    @cached_property
    def price(self) -> Floats:
        """Price of a unit in cents, float32[items]; NaN where unknown.

        What was paid in the last four weeks on average, else ever, else what the catalogue says. The catalogue is not
        dated: what was paid is known of every moment alike.
        """
        price = _mean_by(self.bought, self.bought.age_days <= 28, self.n_items)
        price = np.where(np.isnan(price), self.price_ever, price)
        price = np.where(np.isnan(price), _column(self.dataset.item_table, "price_cents"), price)
        return np.where(price > 0, price, np.nan).astype(np.float32)

    @cached_property
    def price_ever(self) -> NDArray[np.float64]:
        """The average price paid, float64[items]; NaN where nothing was."""
        table = self.dataset.item_table
        paid = _mean_by(self.bought, np.ones(len(self.bought.item_ix), bool), self.n_items)
        units, revenue = _column(table, "sold_units"), _column(table, "revenue_cents")
        # What was only ever bought as a gift is no event, but was paid for.
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(np.isnan(paid) & (units > 0) & (revenue > 0), revenue / units, paid)

    @cached_property
    def log_price(self) -> Floats:
        """Natural logarithm of :attr:`price`."""
        return np.log(self.price, dtype=np.float32)

    def number(self, name: str) -> NDArray[np.float64]:
        """A column of numbers of the item table, float64[items]; NaN where empty or lacking."""
        return _column(self.dataset.item_table, name)

    def counts(self, item_ix: Rows, weights: Array | None = None) -> NDArray[np.float64]:
        """How often each item occurs, or the sum of what its occurrences weigh: float64[items]."""
        return np.bincount(item_ix, weights, self.n_items).astype(np.float64)


@dataclass(frozen=True)
class Bought:
    """Purchases in columns of equal length n.

    Attributes:
        user_ix: int32[n].
        item_ix: int32[n].
        age_days: float64[n], before the moment of the dataset.
        timestamp_us: int64[n].
        price_cents: int64[n], of one unit; 0 where unknown.
    """

    user_ix: Rows
    item_ix: Rows
    age_days: NDArray[np.float64]
    timestamp_us: NDArray[np.int64]
    price_cents: NDArray[np.int64]

    @classmethod
    def of(cls, e: Events, as_of_us: int) -> Self:
        """The purchases among some events."""
        at = np.flatnonzero(e.purchases)
        time = e.timestamp_us[at]
        return cls(e.user_ix[at], e.item_ix[at], (as_of_us - time) / DAY_US, time, e.price_cents[at])


class Group(ABC):
    """Features that are worked out together.

    What is learned of the items is kept in arrays by item; what a request costs depends on its history and its
    candidates alone.
    """

    features: ClassVar[tuple[Feature, ...]]

    @classmethod
    @abstractmethod
    def fit(cls, facts: Facts) -> Self:
        """Work out what depends on the dataset alone."""

    @abstractmethod
    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """Write the columns of one request.

        Args:
            out: float32[n, features], the whole table of the request.
            at: The group's first column in it.
            asked: The request.
        """

    @abstractmethod
    def arrays(self) -> dict[str, Array]:
        """What :meth:`fit` worked out, by name."""

    @classmethod
    @abstractmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """Take back what :meth:`arrays` gave."""


@native
def place_of(rows: Rows, row: int) -> int:
    """Where ``row`` stands in ``rows``, int32[n] ascending; -1 where it does not."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) >> 1
        if rows[middle] < row:
            low = middle + 1
        else:
            high = middle
    return low if low < len(rows) and rows[low] == row else -1


def codes_of(table: pa.Table, column: str) -> tuple[Rows, int]:
    """A text column as numbers: int32[rows], UNKNOWN where empty, and how many there are; none where it lacks."""
    if column not in table.column_names:
        return np.full(len(table), UNKNOWN, np.int32), 0
    values = table.column(column)
    if pa.types.is_list(values.type) or pa.types.is_null(values.type):
        return np.full(len(table), UNKNOWN, np.int32), 0
    encoded = pc.dictionary_encode(values.cast(pa.string()).combine_chunks())
    names = encoded.dictionary
    order = pc.sort_indices(names).to_numpy()
    place = np.empty(len(names), np.int32)
    place[order] = np.arange(len(names), dtype=np.int32)
    found = encoded.indices.fill_null(UNKNOWN).to_numpy()
    known = found != UNKNOWN
    return np.where(known, place[np.where(known, found, 0)] if len(names) else UNKNOWN, UNKNOWN).astype(np.int32), len(
        names
    )


def _mean_by(bought: Bought, which: NDArray[np.bool_], n_items: int) -> NDArray[np.float64]:
    """The average price of an item's purchases among ``which``, float64[items]; NaN where none has a price."""
    which = which & (bought.price_cents > 0)
    item_ix = bought.item_ix[which]
    cents = np.bincount(item_ix, bought.price_cents[which], n_items)
    times = np.bincount(item_ix, minlength=n_items)
    return np.where(times > 0, cents / np.maximum(times, 1), np.nan)


def _column(table: pa.Table, name: str) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(len(table), np.nan)
    values = table.column(name).cast(pa.float64())
    return np.asarray(values.fill_null(np.nan).to_numpy(), dtype=np.float64)
