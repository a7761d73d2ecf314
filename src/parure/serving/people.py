"""What an answer tells of the customer who asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, Query
from parure.core.clock import second_text
from parure.core.money import price_of
from parure.dataset import Dataset
from parure.serving.types import UserInfo


class People:
    """What is told of customers, read from columns: one lookup each a request.

    Args:
        dataset: What the bundle was made of.
    """

    def __init__(self, dataset: Dataset) -> None:
        table = dataset.user_table
        self._users = dataset.users

        def numbers(name: str) -> NDArray[Any]:
            if name not in table.column_names:
                return np.zeros(len(table), np.int64)
            return np.asarray(table.column(name).fill_null(0).to_numpy())

        self._purchases = numbers("purchases")
        self._items = numbers("unique_items")
        self._price = numbers("avg_price_cents")
        self._last_us = numbers("last_purchase_us")

    def told(self, query: Query, live_events: int, *, known: bool) -> UserInfo:
        """What is told of the customer of a query."""
        row = self._users.row_of(query.user_id) if known and query.user_id is not None else UNKNOWN
        if row == UNKNOWN:
            return stranger(query.user_id, live_events)
        purchases = self._purchases.item(row)
        loyalty = query.attributes.get("loyalty")
        last = self._last_us.item(row)
        return UserInfo(
            query.user_id,
            "browser" if not purchases else "loyal" if loyalty == "loyal" else "new",
            query.attributes.get("spending_segment"),
            purchases,
            self._items.item(row),
            price_of(self._price.item(row)),
            moment_text(last) if last > 0 else None,
            live_events,
        )


def stranger(user_id: str | None, live_events: int) -> UserInfo:
    """What is told of somebody of whom the bundle knows nothing, or may know nothing."""
    is_there = user_id is not None or live_events
    return UserInfo(user_id, "visitor" if is_there else "unknown", live_events=live_events)


def moment_text(moment_us: int) -> str:
    """A moment in microseconds since 1970 UTC, to the second, as in ``2026-05-03T08:15:00Z``."""
    return f"{second_text(moment_us // 1_000_000)}Z"
