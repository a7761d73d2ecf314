"""What the customer did with the item itself."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp2
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.ranking.features.group import (
    BOUGHT,
    SESSION_US,
    WEEK_DAYS,
    Asked,
    Facts,
    Feature,
    Floats,
    Group,
    Rows,
    place_of,
)

_VIEW, _CLICK, _CART, _WISH, _RETURN, _IMPRESSION, _DISMISS = 1, 2, 3, 5, 7, 8, 9


def _own(name: str, unit: str, says: str) -> Feature:
    return Feature(name, "customer and item", unit, says)


(
    _TIMES, _TIMES_7, _TIMES_28, _TIMES_91, _DECAYED_28, _DECAYED_120, _DECAYED_ORDERS, _UNITS, _SHARE, _SINCE, _ORDERS,
    _FIRST, _GAP, _LATE, _CYCLE, _VIEWS_7, _CARTS_7, _VIEWED, _CARTED, _SESSION_VIEWS, _SESSION_CARTS, _WISHED,
    _RETURNED, _SHOWN, _DISMISSED,
) = range(25)  # fmt: skip
_NEVER: Final = (_SINCE, _ORDERS, _FIRST, _GAP, _LATE, _CYCLE, _VIEWED, _CARTED)
"""Columns that have no value before the thing happened; in the others it is 0 times then."""

_TOLD_BY: Final = (
    ({BOUGHT}, range(_CYCLE + 1)),
    ({_VIEW, _CLICK}, (_VIEWS_7, _VIEWED, _SESSION_VIEWS)),
    ({_CART}, (_CARTS_7, _CARTED, _SESSION_CARTS)),
    ({_WISH}, (_WISHED,)),
    ({_RETURN}, (_RETURNED,)),
    ({_IMPRESSION}, (_SHOWN,)),
    ({_DISMISS}, (_DISMISSED,)),
)
"""Kinds of events, and the columns that only they can tell."""


class Own(Group):
    """The customer's own acts on each candidate.

    Everything is NaN for somebody who has done nothing yet, and so is what the shop does not record.

    Args:
        cycle_days: float32[items], NaN for items without a cycle.
        unrecorded: int64[m], columns about kinds of events that the shop does not record.
    """

    features: ClassVar[tuple[Feature, ...]] = (
        _own("own_purchases", "orders", "orders of the customer that have it"),
        _own("own_purchases_7d", "orders", "the same in the last 7 days"),
        _own("own_purchases_28d", "orders", "the same in the last 28 days"),
        _own("own_purchases_91d", "orders", "the same in the last 91 days"),
        _own("own_decayed_28d", "orders", "orders that have it, each counting half after 28 days"),
        _own("own_decayed_120d", "orders", "orders that have it, each counting half after 120 days"),
        _own("own_decayed_orders", "orders", "orders that have it, each counting half after 10 later orders"),
        _own("own_units", "units", "units that the customer bought of it"),
        _own("own_share_of_orders", "share", "share of the customer's orders that have it"),
        _own("own_days_since_purchase", "days", "since the customer last bought it"),
        _own("own_orders_since_purchase", "orders", "orders of the customer since the last one that had it"),
        _own("own_days_since_first", "days", "since the customer first bought it"),
        _own("own_gap_days", "days", "between the customer's purchases of it, on average; from the second one on"),
        _own("own_lateness", "ratio", "days since the last purchase over own_gap_days: 1 is due"),
        _own("own_cycle_place", "ratio", "days since the last purchase over the item's cycle: 1 is due"),
        _own("own_views_7d", "events", "times the customer looked at it in the last 7 days, clicks included"),
        _own("own_carts_7d", "events", "times the customer put it in the cart in the last 7 days"),
        _own("own_days_since_view", "days", "since the customer last looked at it"),
        _own("own_days_since_cart", "days", "since the customer last put it in the cart"),
        _own("own_session_views", "events", "times the customer looked at it in the last 30 minutes"),
        _own("own_session_carts", "events", "times the customer put it in the cart in the last 30 minutes"),
        _own("own_wishes", "events", "times the customer put it on the wish list"),
        _own("own_returns", "events", "times the customer sent it back"),
        _own("own_impressions_7d", "events", "times the customer was shown it in the last 7 days"),
        _own("own_dismissals", "events", "times the customer said that it is not wanted"),
    )

    def __init__(self, cycle_days: Floats, unrecorded: NDArray[np.int64]) -> None:
        self._cycle_days, self._unrecorded = cycle_days, unrecorded

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Keep the items' cycles, and note what the shop records."""
        kinds = set(np.unique(facts.dataset.events.kind).tolist())
        missing = [column for recorded_by, columns in _TOLD_BY for column in columns if not kinds & recorded_by]
        return cls(cycle_days_of(facts), np.array(missing, np.int64))

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        if not len(asked.item_ix):
            out[:, at : at + len(self.features)] = np.nan
            return
        _fill(
            out, at, asked.rows, asked.item_ix, asked.timestamp_us, asked.kind, asked.quantity, asked.now_us,
            self._cycle_days, self._unrecorded,
        )  # fmt: skip

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {"cycle_days": self._cycle_days, "unrecorded": self._unrecorded}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(arrays["cycle_days"], arrays["unrecorded"])


def cycle_days_of(facts: Facts) -> Floats:
    """Median days between one customer's purchases of an item, float32[items]; NaN for items without a cycle."""
    cycle = facts.number("cycle_days")
    known = facts.number("has_cycle")
    # A dataset written by hand does not say which cycles were counted.
    counted = known > 0 if not np.isnan(known).all() else ~np.isnan(cycle)
    return np.where(counted, np.maximum(cycle, 0.5), np.nan).astype(np.float32)


@native
def _fill(
    out: Floats,
    at: int,
    rows: Rows,
    item_ix: Rows,
    time_us: NDArray[np.int64],
    kind: NDArray[np.int8],
    quantity: Floats,
    now_us: int,
    cycle_days: Floats,
    unrecorded: NDArray[np.int64],
) -> None:
    for row in range(len(rows)):
        for column in range(_DISMISSED + 1):
            out[row, at + column] = 0
        for column in _NEVER:
            out[row, at + column] = np.nan
    orders = _orders(kind, time_us)
    last_us = np.full(len(rows), -1, np.int64)
    order, order_us = 0, np.int64(-1)
    for event in range(len(item_ix)):
        if kind[event] == BOUGHT and time_us[event] != order_us:
            order += 1
            order_us = time_us[event]
        place = place_of(rows, item_ix[event])
        if place < 0:
            continue
        mine = out[place, at : at + _DISMISSED + 1]
        age_days = (now_us - time_us[event]) / DAY_US
        if kind[event] != BOUGHT:
            _acted(mine, kind[event], age_days, now_us - time_us[event] <= SESSION_US)
            continue
        mine[_UNITS] += quantity[event]
        if last_us[place] != time_us[event]:
            last_us[place] = time_us[event]
            _bought(mine, age_days, orders - order)
    for row in range(len(rows)):
        if last_us[row] >= 0:
            _summed_up(out[row, at : at + _DISMISSED + 1], orders, cycle_days[rows[row]])
        for column in unrecorded:
            out[row, at + column] = np.nan


@native
def _orders(kind: NDArray[np.int8], time_us: NDArray[np.int64]) -> int:
    """At how many moments something was bought."""
    orders, last_us = 0, np.int64(-1)
    for event in range(len(kind)):
        if kind[event] == BOUGHT and time_us[event] != last_us:
            orders += 1
            last_us = time_us[event]
    return orders


@native
def _bought(mine: Floats, age_days: float, later: int) -> None:
    """One order that has the item, and how many came later."""
    if mine[_TIMES] == 0:
        mine[_FIRST] = age_days
    mine[_TIMES] += 1
    mine[_TIMES_7] += age_days <= WEEK_DAYS
    mine[_TIMES_28] += age_days <= 28
    mine[_TIMES_91] += age_days <= 91
    mine[_DECAYED_28] += exp2(-age_days / 28)
    mine[_DECAYED_120] += exp2(-age_days / 120)
    mine[_DECAYED_ORDERS] += exp2(-later / 10)
    mine[_SINCE] = age_days
    mine[_ORDERS] = later


@native
def _acted(mine: Floats, kind: int, age_days: float, now: bool) -> None:
    """Anything else that was done with the item."""
    recent = age_days <= WEEK_DAYS
    if kind in (_VIEW, _CLICK):
        mine[_VIEWS_7] += recent
        mine[_VIEWED] = age_days
        mine[_SESSION_VIEWS] += now
    elif kind == _CART:
        mine[_CARTS_7] += recent
        mine[_CARTED] = age_days
        mine[_SESSION_CARTS] += now
    elif kind == _WISH:
        mine[_WISHED] += 1
    elif kind == _RETURN:
        mine[_RETURNED] += 1
    elif kind == _IMPRESSION:
        mine[_SHOWN] += recent
    elif kind == _DISMISS:
        mine[_DISMISSED] += 1


@native
def _summed_up(mine: Floats, orders: int, cycle_days: float) -> None:
    """What follows from all purchases of an item."""
    mine[_SHARE] = mine[_TIMES] / orders
    mine[_CYCLE] = mine[_SINCE] / cycle_days
    if mine[_TIMES] > 1:
        gap_days = max((mine[_FIRST] - mine[_SINCE]) / (mine[_TIMES] - 1), 0.5)
        mine[_GAP] = gap_days
        mine[_LATE] = mine[_SINCE] / gap_days
