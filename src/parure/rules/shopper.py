"""Who asks, as rules see it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, IdMap, Query

Rows = NDArray[np.int32]


class Shopper:
    """One request's customer, told from the query alone: a stranger with live events is seen as anybody else.

    Each fact is worked out when a rule first asks for it, and once a request.

    Args:
        query: The request.
        items: The catalogue.
    """

    def __init__(self, query: Query, items: IdMap) -> None:
        self.query = query
        self.items = items

    @cached_property
    def rows(self) -> Rows:
        """The items of the history, int32[events]; UNKNOWN for one that the catalogue lacks."""
        return self.query.history.rows_in(self.items)

    @cached_property
    def page(self) -> Rows:
        """The items on the page, in the cart or just ordered, int32[n] distinct rows, ascending."""
        rows = {self.items.row_of(item_id) for item_id in self.query.items} - {UNKNOWN}
        return np.array(sorted(rows), dtype=np.int32)

    @cached_property
    def _purchases(self) -> NDArray[np.bool_]:
        return self.query.history.purchases

    @cached_property
    def bought(self) -> Rows:
        """What was bought, int32[n] distinct rows, ascending."""
        return self._last_purchases[0]

    @cached_property
    def bought_us(self) -> NDArray[np.int64]:
        """When each of :attr:`bought` was bought last, int64[n], microseconds since 1970 UTC."""
        return self._last_purchases[1]

    @cached_property
    def _last_purchases(self) -> tuple[Rows, NDArray[np.int64]]:
        (events,) = self._purchases.nonzero()
        rows, times = self.rows.take(events).tolist(), self.query.history.timestamp_us.take(events).tolist()
        # History is oldest first: of several purchases of an item the latest stays. So few are sorted sooner so than by
        # numpy.
        last = dict(zip(rows, times, strict=True))
        last.pop(UNKNOWN, None)
        bought = sorted(last)
        return np.array(bought, dtype=np.int32), np.array([last[row] for row in bought], dtype=np.int64)

    @cached_property
    def avg_price_cents(self) -> float:
        """Mean price of a unit over the purchases with a known price; NaN where there are none."""
        prices = self.query.history.price_cents[self._purchases]
        paid = np.count_nonzero(prices)
        return float(prices.sum()) / paid if paid else float("nan")

    @cached_property
    def avg_order_cents(self) -> float:
        """Mean value of an order; NaN where there are none. Purchases at one moment are one order."""
        history = self.query.history
        value = float((history.price_cents * history.quantity) @ self._purchases) if self.orders else 0.0
        return value / self.orders if value > 0 else float("nan")

    @cached_property
    def orders(self) -> int:
        """How many orders the history holds. Purchases at one moment are one order."""
        times = self.query.history.timestamp_us[self._purchases]
        return 1 + int(np.count_nonzero(times[1:] != times[:-1])) if len(times) else 0
