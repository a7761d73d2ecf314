"""Who asks: the same for all candidates of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.ranking.features.group import BOUGHT, SESSION_US, Asked, Facts, Feature, Floats, Group, Rows

SEGMENTS: Final = ("small", "low_average", "average", "high")
"""The segments of spending, from the smallest spender."""


def _customer(name: str, unit: str, says: str) -> Feature:
    return Feature(name, "customer", unit, says)


(
    _EVENTS, _PURCHASES, _ORDERS, _ITEMS, _BASKET, _GAP, _SINCE_ORDER, _LATE, _SINCE_VISIT, _SESSION, _AGAIN,
) = range(11)  # fmt: skip
_COUNTED: Final = 11


class Customer(Group):
    """Habits of the customer, and what is known of them.

    The date itself is no feature: a ranker that learns from a few weeks could only learn them by heart.

    Counts are NaN for somebody who has done nothing yet, and those of orders in a shop that records none.

    Args:
        bands: Names of the age bands, ascending.
        genders: Names of the genders, ascending.
        sells: Whether the shop records purchases.
    """

    features: ClassVar[tuple[Feature, ...]] = (
        _customer("customer_events", "events", "everything that the customer ever did"),
        _customer("customer_purchases", "lines", "order lines of the customer"),
        _customer("customer_orders", "orders", "orders of the customer"),
        _customer("customer_items", "items", "different items that the customer bought"),
        _customer("customer_basket_lines", "lines", "lines of an order of the customer, on average"),
        _customer("customer_gap_days", "days", "between two orders of the customer, on average"),
        _customer("customer_days_since_order", "days", "since the customer's last order"),
        _customer("customer_lateness", "ratio", "days since the last order over customer_gap_days: 1 is due"),
        _customer("customer_days_since_visit", "days", "since the customer last did anything"),
        _customer("customer_session_events", "events", "what the customer did in the last 30 minutes"),
        _customer("customer_repeat_share", "share", "share of the customer's lines that had been bought before"),
        _customer("customer_segment", "place", "the customer's segment of spending, from 0, the smallest, to 3"),
        _customer("customer_age_band", "place", "the customer's age band, counted from the youngest, 0"),
        _customer("customer_gender", "place", "the customer's gender, as its place among those known, by name"),
    )

    def __init__(self, bands: tuple[str, ...], genders: tuple[str, ...], *, sells: bool) -> None:
        self._sells = sells
        self._names = (SEGMENTS, bands, genders)
        self._places = tuple({name: float(place) for place, name in enumerate(names)} for names in self._names)

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Note the names of bands and genders."""
        table = facts.dataset.user_table
        return cls(_names(table, "age_band"), _names(table, "gender"), sells=len(facts.bought.item_ix) > 0)

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        _fill(out, at, asked.item_ix, asked.timestamp_us, asked.kind, asked.now_us, self._sells)
        known = asked.query.attributes
        segment, band, gender = self._places
        out[:, at + _COUNTED : at + len(self.features)] = (
            segment.get(known.get("spending_segment", ""), np.nan),
            band.get(known.get("age_band", ""), np.nan),
            gender.get(known.get("gender", ""), np.nan),
        )

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        _, bands, genders = self._names
        return {
            "bands": np.array(bands, np.str_),
            "genders": np.array(genders, np.str_),
            "sells": np.array(self._sells),
        }

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(
            tuple(arrays["bands"].tolist()), tuple(arrays["genders"].tolist()), sells=bool(arrays["sells"].item())
        )


def _names(table: pa.Table, column: str) -> tuple[str, ...]:
    if column not in table.column_names:
        return ()
    return tuple(sorted(name for name in table.column(column).cast(pa.string()).unique().to_pylist() if name))


@native
def _fill(
    out: Floats,
    at: int,
    item_ix: Rows,
    time_us: NDArray[np.int64],
    kind: NDArray[np.int8],
    now_us: int,
    sells: bool,
) -> None:
    facts = np.full(_COUNTED, np.nan, np.float32)
    if len(item_ix):
        _habits(facts, item_ix, time_us, kind, now_us)
        if not sells:
            facts[_PURCHASES : _ITEMS + 1] = np.nan
    for row in range(len(out)):
        for column in range(_COUNTED):
            out[row, at + column] = facts[column]


@native
def _habits(facts: Floats, item_ix: Rows, time_us: NDArray[np.int64], kind: NDArray[np.int8], now_us: int) -> None:
    """The counted columns of somebody who did something."""
    bought = np.empty(len(item_ix), np.int32)
    lines, orders, session = 0, 0, 0
    first_us, last_us = np.int64(-1), np.int64(-1)
    for event in range(len(item_ix)):
        session += now_us - time_us[event] <= SESSION_US
        if kind[event] != BOUGHT:
            continue
        bought[lines] = item_ix[event]
        lines += 1
        if orders == 0:
            first_us = time_us[event]
        if time_us[event] != last_us:
            orders += 1
            last_us = time_us[event]
    facts[_EVENTS], facts[_PURCHASES], facts[_ORDERS], facts[_SESSION] = len(item_ix), lines, orders, session
    facts[_ITEMS] = 0
    facts[_SINCE_VISIT] = (now_us - time_us[-1]) / DAY_US
    if orders == 0:
        return
    facts[_ITEMS] = _distinct(bought[:lines])
    facts[_BASKET] = lines / orders
    facts[_AGAIN] = 1 - facts[_ITEMS] / lines
    facts[_SINCE_ORDER] = (now_us - last_us) / DAY_US
    if orders > 1:
        facts[_GAP] = (last_us - first_us) / DAY_US / (orders - 1)
        facts[_LATE] = facts[_SINCE_ORDER] / max(facts[_GAP], 0.5)


@native
def _distinct(rows: Rows) -> int:
    """How many different numbers there are."""
    rows = np.sort(rows)
    found = 0
    for place in range(len(rows)):
        found += place == 0 or rows[place] != rows[place - 1]
    return found
