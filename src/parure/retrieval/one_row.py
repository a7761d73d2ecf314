"""The history of one query as a row of the matrix: compiled, since a request has a few dozen events.

What it comes to is what :meth:`Acts.matrix` makes of the same events. That goes over the columns of millions of events;
for one request its many calls of NumPy cost more than all the sums.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import IdMap, Query
from parure.core.clock import DAY_US
from parure.core.events import EventKind
from parure.core.native import native
from parure.retrieval.signals import Signal
from parure.retrieval.term_weights import Bm25

Rows = NDArray[np.int32]
Numbers = NDArray[np.float32]
Decays = NDArray[np.float64]
Taken = tuple[
    Rows,
    NDArray[np.int64],
    NDArray[np.int8],
    Numbers,
    Numbers,
    Numbers,
    int,
    Decays,
    tuple[int, bool],
    tuple[Numbers, float, float, float],
]
"""Of a history item, time, kind, weight, and the ratios of spend and quantity; the moment of asking; and how a signal
weighs it all: half-lives, what counts, BM25."""

_DAY_US: Final = float(DAY_US)
_PURCHASE: Final = int(EventKind.PURCHASE)
_EVENT: Final = 2**32 - 1
"""Bits of a key that tell the event; those above tell its item."""
_COUNT: Final = 0
_BINARY: Final = 1
_LOG: Final = 2
_SPEND: Final = 3
_HOW: Final = {"count": _COUNT, "binary": _BINARY, "log": _LOG, "spend": _SPEND}
_AS_IT_IS: Final = (np.empty(0, np.float32), 1.0, 0.0, 0.0)


class RowOfOne:
    """Makes rows of single queries as a signal describes them.

    Args:
        signal: What counts how much.
        purchases_only: Whether nothing but purchases counts, as settled in training.
        bm25: Weights on top; None for none.

    Cost:
        Two microseconds and 30 nanoseconds an event; the first call compiles.
    """

    def __init__(self, signal: Signal, *, purchases_only: bool, bm25: Bm25 | None = None) -> None:
        decays = [(share, days, 0.0) for share, days in signal.half_lives]
        decays += [(share, orders, 1.0) for share, orders in signal.order_half_lives]
        if not decays:
            decays = [(1.0, np.inf if signal.half_life_days is None else signal.half_life_days, 0.0)]
        self._decays = np.array(decays, dtype=np.float64)
        self._how = _HOW[signal.weighting], purchases_only
        self._bm25 = _AS_IT_IS if bm25 is None else (bm25.rarity, max(bm25.mean_length, 1e-12), bm25.k1, bm25.b)

    def taken(self, query: Query, items: IdMap) -> Taken:
        """What :func:`row_of` makes the row of."""
        history = query.history
        return (
            history.rows_in(items),
            history.timestamp_us,
            history.kind,
            history.weight,
            history.spend_ratio,
            history.quantity_ratio,
            query.now_us,
            self._decays,
            self._how,
            self._bm25,
        )


@native
def row_of(taken: Taken) -> tuple[Rows, Numbers]:
    """The row of what :class:`RowOfOne` has taken: distinct items with something to their credit, and how much.

    Returns:
        int32[n] ascending, and float32[n].
    """
    item_ix, timestamp_us, kind, weight, spend_ratio, quantity_ratio, now_us, decays, how, bm25 = taken
    weighting, purchases_only = how
    keys = _counted(item_ix, timestamp_us, kind, purchases_only)
    orders = _orders(timestamp_us, keys)
    items, values = np.empty(len(keys), np.int32), np.empty(len(keys), np.float32)
    worth = np.empty(len(keys), np.float64)
    for place in range(len(keys)):
        event = keys[place] & _EVENT
        age_days, later = max(now_us - timestamp_us[event], 0) / _DAY_US, orders[len(keys)] - orders[place]
        total = 0.0
        for decay in range(len(decays)):
            total += decays[decay, 0] * np.exp2(-(later if decays[decay, 2] else age_days) / decays[decay, 1])
        worth[place] = total if purchases_only else total * weight[event]
        if weighting == _SPEND:
            worth[place] *= np.float32(spend_ratio[event] * quantity_ratio[event])
    order = np.argsort(keys)
    found, place = 0, 0
    while place < len(keys):
        item, total = keys[order[place]] >> 32, 0.0
        while place < len(keys) and keys[order[place]] >> 32 == item:
            total += worth[order[place]]
            place += 1
        if total > 0:
            items[found] = item
            values[found] = np.float32(_valued(total, weighting))
            found += 1
    return _weighed(items[:found], values[:found], bm25)


@native
def _counted(
    item_ix: Rows, timestamp_us: NDArray[np.int64], kind: NDArray[np.int8], purchases_only: bool
) -> NDArray[np.int64]:
    """The events that count, each item once a moment and kind, oldest first: item above, event below."""
    keys, count, last = np.empty(len(item_ix), np.int64), 0, -1
    for event in range(len(item_ix)):
        item = item_ix[event]
        if item < 0 or (purchases_only and kind[event] != _PURCHASE):
            continue
        again = last >= 0 and item == item_ix[last] and timestamp_us[event] == timestamp_us[last]
        again = again and kind[event] == kind[last]
        last = event
        if not again:
            keys[count] = np.int64(item) << 32 | event
            count += 1
    return keys[:count]


@native
def _orders(timestamp_us: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the moment of each event, and of the last one at the end."""
    orders = np.zeros(len(keys) + 1, np.int64)
    for place in range(1, len(keys)):
        moved = timestamp_us[keys[place] & _EVENT] != timestamp_us[keys[place - 1] & _EVENT]
        orders[place] = orders[place - 1] + moved
    orders[len(keys)] = orders[len(keys) - 1] if len(keys) else 0
    return orders


@native
def _valued(total: float, weighting: int) -> float:
    """What a decayed count comes to."""
    if weighting == _COUNT:
        return total
    return 1.0 if weighting == _BINARY else np.log1p(total)


@native
def _weighed(items: Rows, values: Numbers, bm25: tuple[Numbers, float, float, float]) -> tuple[Rows, Numbers]:
    """The row with the weights of BM25 on top, where there are any."""
    rarity, mean_length, k1, b = bm25
    if not len(rarity):
        return items, values
    length = np.float32(0)
    for value in values:
        length += value
    norm = k1 * (1 - b + b * length / mean_length)
    found = 0
    for place in range(len(items)):
        weighed = np.float32(values[place] * (k1 + 1) / (norm + values[place]) * rarity[items[place]])
        if weighed != 0:
            items[found], values[found] = items[place], weighed
            found += 1
    return items[:found], values[:found]
