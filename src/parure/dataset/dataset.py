"""The immutable training view: who did what with which item, as arrays that every model reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import EventKind, History, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.ids import UNKNOWN
from parure.dataset.attributes import AttributeColumns, Attributes


@dataclass(frozen=True)
class Events:
    """Events in columns of equal length n, sorted by (user, time, item).

    Attributes:
        user_ix: int32[n], rows of the dataset's ``users``.
        item_ix: int32[n], rows of the dataset's ``items``.
        timestamp_us: int64[n], microseconds since 1970 UTC.
        kind: int8[n], :class:`~parure.core.EventKind` numbers.
        quantity: float32[n], units.
        price_cents: int64[n], price of one unit; 0 where unknown.
        weight: float32[n], what the kind of event says about taste, before decay; negative for a return.
        spend_ratio: float32[n], item price over the user's average price, log-scaled and clipped; 1 is average.
        quantity_ratio: float32[n], units over the item's average units, log-scaled and clipped; 1 is average.
        basket: int32[n], number of the order the event belongs to; UNKNOWN for events outside orders.
    """

    user_ix: NDArray[np.int32]
    item_ix: NDArray[np.int32]
    timestamp_us: NDArray[np.int64]
    kind: NDArray[np.int8]
    quantity: NDArray[np.float32]
    price_cents: NDArray[np.int64]
    weight: NDArray[np.float32]
    spend_ratio: NDArray[np.float32]
    quantity_ratio: NDArray[np.float32]
    basket: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.user_ix)

    @cached_property
    def purchases(self) -> NDArray[np.bool_]:
        """bool[n]: which events are purchases."""
        return np.asarray(self.kind == EventKind.PURCHASE)

    def age_days(self, as_of_us: int) -> NDArray[np.float32]:
        """How long before ``as_of_us`` each event was, float32[n], in days."""
        return ((as_of_us - self.timestamp_us) / DAY_US).astype(np.float32)


_NO_SHARES = pa.schema(
    [("category", pa.string()), ("weeks_back", pa.int32()), ("purchases", pa.int64()), ("repeats", pa.int64())]
)


_NO_PROMOTIONS = pa.schema(
    [
        ("item_ix", pa.int32()),
        ("promotion_type", pa.string()),
        ("start_us", pa.int64()),
        ("end_us", pa.int64()),
        ("share", pa.float32()),
    ]
)


@dataclass(frozen=True)
class Dataset:
    """All that was known at one moment, ready for training.

    Attributes:
        users: Everybody with an event or a customer row.
        items: Every product known at that moment, sold or not.
        events: Events that speak of taste: gifts, cancelled and returned orders are left out.
        item_table: One row an item, in row order: title, category, brand, price_cents, in_stock, first_seen_us,
            created_us, purchases, buyers, units, cycle_days, and the shop's extra columns.
        user_table: One row a user, in row order: gender, age_band, country, spending_segment, loyalty, purchases,
            unique_items, avg_price_cents, last_purchase_us, and the shop's extra columns.
        as_of_us: The moment; every event is earlier.
        fingerprint: A hash of the data this was made from.
        repeat_share: How much is bought again, one row a category and week: category, weeks_back (0 is the last seven
            days), purchases, repeats.
        promotions: The part of the promotion plan known at the moment, one row a product's promotion: item_ix,
            promotion_type, start_us, end_us (exclusive), share (of stores or customers that it reaches).
        item_vectors: float32[items, size], unit vectors of pictures, NaN for an item without one; None where the shop
            has none.
        memo: What models derived from it and others may want again, by a key of their own; never saved.
    """

    users: IdMap
    items: IdMap
    events: Events
    item_table: pa.Table
    user_table: pa.Table
    as_of_us: int
    fingerprint: str
    repeat_share: pa.Table = field(default_factory=_NO_SHARES.empty_table)
    promotions: pa.Table = field(default_factory=_NO_PROMOTIONS.empty_table)
    item_vectors: NDArray[np.float32] | None = None
    memo: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def user_offsets(self) -> NDArray[np.int64]:
        """int64[users + 1]: user u's events are ``events[offsets[u]:offsets[u + 1]]``."""
        return np.searchsorted(self.events.user_ix, np.arange(len(self.users) + 1)).astype(np.int64)

    def history(self, user_id: str) -> History:
        """What one user did, oldest first; empty for somebody unknown."""
        row = self.users.row_of(user_id)
        if row == UNKNOWN:
            return History.empty(self.items)
        part = slice(int(self.user_offsets[row]), int(self.user_offsets[row + 1]))
        e = self.events
        return History(
            self.items,
            e.item_ix[part],
            e.timestamp_us[part],
            e.kind[part],
            e.quantity[part],
            e.price_cents[part],
            e.weight[part],
            e.spend_ratio[part],
            e.quantity_ratio[part],
        )

    @cached_property
    def _attribute_columns(self) -> AttributeColumns:
        return AttributeColumns(self.user_table)

    def attributes(self, user_id: str) -> Mapping[str, str]:
        """What is known of one customer in words: gender, age_band, country, ...; empty for somebody unknown."""
        row = self.users.row_of(user_id)
        return {} if row == UNKNOWN else Attributes(self._attribute_columns, row)

    def query(self, user_id: str, *, k: int = 10, surface: str = "homepage", items: Sequence[str] = ()) -> Query:
        """The query of one user at the moment of this dataset."""
        return Query(
            history=self.history(user_id),
            now_us=self.as_of_us,
            user_id=user_id,
            surface=surface,
            items=tuple(items),
            attributes=self.attributes(user_id),
            k=k,
        )

    def queries(self, user_ids: Iterable[str], *, k: int = 10) -> list[Query]:
        """One query a user, in the given order."""
        return [self.query(user_id, k=k) for user_id in user_ids]
