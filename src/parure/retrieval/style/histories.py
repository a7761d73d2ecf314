"""Styles straight from the histories of queries: one compiled loop, since a request has a few dozen events.

What it comes to is :func:`split_styles` of what :func:`taste_of` makes of the same events as :class:`Acts`. That goes
over the columns of millions of events; for one request its many calls of NumPy cost more than all the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import IdMap, Query
from parure.core.clock import DAY_US
from parure.core.events import EventKind
from parure.core.native import native
from parure.retrieval.style.profiles import Average, Vectors
from parure.retrieval.style.styles import Border, Parts, Styles, StyleSplit, split, styles_from

Rows = NDArray[np.int32]
Numbers = NDArray[np.int64]
Amounts = NDArray[np.float32]

_DAY_US: Final = float(DAY_US)
_FIRST_US: Final = -(2**63)
_NEVER: Final = float("inf")
_PURCHASE: Final = int(EventKind.PURCHASE)
_EVENT: Final = 2**32 - 1
"""Bits of a key that tell the event; those above tell its item."""


def styles_of_queries(
    queries: Sequence[Query],
    items: IdMap,
    unit: Vectors,
    how: StyleSplit,
    *,
    half_life_days: float | None,
    purchases_only: bool,
    min_events: int = 3,
    average: Average = "mean",
) -> Styles:
    """The styles of the customer of each query, live events included.

    Args:
        queries: Who asks, and when.
        items: The catalogue; events on other items do not count.
        unit: float32[items, size], vectors of length 1 or NaN.
        how: When a customer has several styles.
        half_life_days: After this many days an event counts half; no decay where None.
        purchases_only: Count purchases, each as 1, instead of all events by the weight of their kind.
        min_events: A customer with fewer events has no style.
        average: Which middle of its items a style is.

    Cost:
        For 20 items of 1,280 numbers about 0.03 ms a query on one core; the first call compiles.
    """
    asked = np.array([number for query in queries for number in (query.now_us, len(query.history))], np.int64)
    decay = _NEVER if half_life_days is None else half_life_days
    border = how.border(min_events, average)
    found = _styles(*_columns(queries, items), asked, unit, decay, purchases_only, border)
    return styles_from(found, unit, min_events=min_events, average=average)


def _columns(queries: Sequence[Query], items: IdMap) -> tuple[Rows, Numbers, NDArray[np.int8], Amounts]:
    """Items, times, kinds and weights of the events of all queries.

    Always copies: for arrays that are read-only or of another layout the loops would be compiled anew.
    """
    if len(queries) == 1:
        history = queries[0].history
        rows, times = history.rows_in(items).astype(np.int32), history.timestamp_us.astype(np.int64)
        return rows, times, history.kind.astype(np.int8), history.weight.astype(np.float32)
    histories = [query.history for query in queries]
    return (
        np.concatenate([np.empty(0, np.int32), *(each.rows_in(items) for each in histories)]).astype(np.int32),
        np.concatenate([np.empty(0, np.int64), *(each.timestamp_us for each in histories)]).astype(np.int64),
        np.concatenate([np.empty(0, np.int8), *(each.kind for each in histories)]).astype(np.int8),
        np.concatenate([np.empty(0, np.float32), *(each.weight for each in histories)]).astype(np.float32),
    )


@native
def _styles(
    item_ix: Rows,
    timestamp_us: Numbers,
    kind: NDArray[np.int8],
    weight: Amounts,
    asked: Numbers,
    unit: Vectors,
    half_life_days: float,
    purchases_only: bool,
    border: Border,
) -> Parts:
    """As :func:`split`, from events. ``asked`` is each query's moment and number of events, int64[2 * queries]."""
    data, indices = np.empty(len(item_ix), np.float32), np.empty(len(item_ix), np.int32)
    queries, start, filled = len(asked) // 2, 0, 0
    indptr, events = np.zeros(queries + 1, np.int64), np.zeros(queries, np.int64)
    for query in range(queries):
        now_us, stop = asked[2 * query], start + asked[2 * query + 1]
        kept = _counted(item_ix, timestamp_us, kind, unit, start, stop, purchases_only)
        # A direction depends on ratios of weights alone. Counting from the newest event keeps the numbers near 1, so
        # that a taste of ten years ago does not vanish in rounding.
        newest_us = _FIRST_US
        for event in kept:
            newest_us = max(newest_us, min(timestamp_us[event], now_us))
        last, total = -1, 0.0
        for event in _by_item(item_ix, kept):
            worth = 1.0 if purchases_only else np.float64(weight[event])
            events[query] += worth > 0
            worth *= np.exp2((min(timestamp_us[event], now_us) - newest_us) / _DAY_US / half_life_days)
            if item_ix[event] != last:
                filled += _stored(data, indices, filled, last, total)
                last, total = item_ix[event], 0.0
            total += worth
        filled += _stored(data, indices, filled, last, total)
        indptr[query + 1], start = filled, stop
    return split(unit, data[:filled], indices[:filled], indptr, events, border)


@native
def _counted(
    item_ix: Rows,
    timestamp_us: Numbers,
    kind: NDArray[np.int8],
    unit: Vectors,
    start: int,
    stop: int,
    purchases_only: bool,
) -> Numbers:
    """Which events of a history count: on items with a vector, each item once a moment and kind."""
    kept, count, last = np.empty(stop - start, np.int64), 0, -1
    for event in range(start, stop):
        item = item_ix[event]
        if item < 0 or (purchases_only and kind[event] != _PURCHASE):
            continue
        again = last >= 0 and item == item_ix[last] and timestamp_us[event] == timestamp_us[last]
        again = again and kind[event] == kind[last]
        last = event
        if not again and unit.shape[1] > 0 and not np.isnan(unit[item, 0]):
            kept[count] = event
            count += 1
    return kept[:count]


@native
def _by_item(item_ix: Rows, events: Numbers) -> Numbers:
    """Events in the order of their items, those of one item as they were."""
    keys = np.empty(len(events), np.int64)
    for place in range(len(events)):
        keys[place] = np.int64(item_ix[events[place]]) * (_EVENT + 1) + events[place]
    keys.sort()
    return keys & _EVENT


@native
def _stored(data: Amounts, indices: Rows, place: int, item: int, total: float) -> bool:
    """Put a number into a sparse matrix; what was sent back or dismissed more than it was liked is left out."""
    if not total > 0:
        return False
    data[place], indices[place] = total, item
    return True
