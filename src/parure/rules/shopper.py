"""Who asks, as rules see it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, EventKind, IdMap, Query
from parure.core.native import native

Rows = NDArray[np.int32]

_PURCHASE: Final = int(EventKind.PURCHASE)
_NOTHING: Final = np.empty(0, np.int32)
_Facts = tuple[Rows, NDArray[np.int64], float, float, int, int]
_NO_PURCHASES: Final[_Facts] = _NOTHING, np.empty(0, np.int64), float("nan"), float("nan"), 0, 0


class Shopper:
    """One request's customer, told from the query alone: a stranger with live events is seen as anybody else.

    Each fact is worked out when a rule first asks for it, and once a request; a ``cached_property`` would take a lock
    for it, which costs as much as the fact.

    Args:
        query: The request.
        items: The catalogue.
    """

    def __init__(self, query: Query, items: IdMap) -> None:
        self.query = query
        self.items = items
        self._rows: Rows | None = None
        self._page: Rows | None = _NOTHING if not query.items else None
        self._facts: _Facts | None = None

    @property
    def rows(self) -> Rows:
        """The items of the history, int32[events]; UNKNOWN for one that the catalogue lacks."""
        if self._rows is None:
            self._rows = self.query.history.rows_in(self.items)
        return self._rows

    @property
    def page(self) -> Rows:
        """The items on the page, in the cart or just ordered, int32[n] distinct rows, ascending."""
        if self._page is None:
            rows = {self.items.row_of(item_id) for item_id in self.query.items} - {UNKNOWN}
            self._page = np.array(sorted(rows), dtype=np.int32)
        return self._page

    @property
    def bought(self) -> Rows:
        """What was bought, int32[n] distinct rows, ascending."""
        return self._purchases[0]

    @property
    def bought_us(self) -> NDArray[np.int64]:
        """When each of :attr:`bought` was bought last, int64[n], microseconds since 1970 UTC."""
        return self._purchases[1]

    @property
    def avg_price_cents(self) -> float:
        """Mean price of a unit over the purchases with a known price; NaN where there are none."""
        return self._purchases[2]

    @property
    def avg_order_cents(self) -> float:
        """Mean value of the orders with a known price, each the purchases at one moment; NaN where there are none."""
        return self._purchases[3]

    @property
    def orders(self) -> int:
        """How many orders the history holds. Purchases at one moment are one order."""
        return self._purchases[4]

    @property
    def kinds(self) -> int:
        """What kinds of events the history holds: the bit of its number is 1 for each."""
        return self._purchases[5]

    @property
    def _purchases(self) -> _Facts:
        if self._facts is None:
            history = self.query.history
            if not len(history):
                self._facts = _NO_PURCHASES
                return _NO_PURCHASES
            self._facts = _purchases(
                history.kind, self.rows, history.timestamp_us, history.price_cents, history.quantity, _PURCHASE
            )
        return self._facts


@native
def _purchases(
    kind: NDArray[np.int8],
    rows: Rows,
    timestamp_us: NDArray[np.int64],
    price_cents: NDArray[np.int64],
    quantity: NDArray[np.float32],
    purchase: int,
) -> tuple[Rows, NDArray[np.int64], float, float, int, int]:
    """What was bought, when last, the mean price, the mean value of an order, the number of orders, kinds of events."""
    n = kinds = 0
    events = np.empty(len(kind), np.int64)
    paid = orders = valued = 0
    prices = value = 0.0
    last_valued_us = np.int64(-1)
    for event in range(len(kind)):
        kinds |= 1 << kind[event]
        if kind[event] != purchase:
            continue
        if price_cents[event] > 0:
            paid += 1
            prices += price_cents[event]
            value += price_cents[event] * quantity[event]
            if valued == 0 or timestamp_us[event] != last_valued_us:
                # An order of which no price is known says nothing about what orders are worth.
                valued += 1
                last_valued_us = timestamp_us[event]
        if n == 0 or timestamp_us[event] != timestamp_us[events[n - 1]]:
            orders += 1
        events[n] = event
        n += 1
    events = events[:n]
    # Oldest first, and the sort keeps that: of several purchases of an item the last is the latest.
    order = events[np.argsort(rows[events], kind="mergesort")]
    bought = np.empty(n, np.int32)
    bought_us = np.empty(n, np.int64)
    found = 0
    for place in range(n):
        row = rows[order[place]]
        if row >= 0 and (place + 1 == n or rows[order[place + 1]] != row):
            bought[found] = row
            bought_us[found] = timestamp_us[order[place]]
            found += 1
    return (
        bought[:found],
        bought_us[:found],
        prices / paid if paid else np.nan,
        value / valued if valued else np.nan,
        orders,
        kinds,
    )
