"""Which past event, or which item on the page, speaks most for each of the items shown: all of them at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.retrieval import Grounded, ItemSimilarity, Source

HALF_LIFE_DAYS: Final = 90.0
"""After so many days an event counts half: a recent one explains better than an old one of the same likeness."""
LOUDEST: Final = 48
"""Only so many events, those that count most, are looked at for an item alike."""
HEAVIEST: Final = 12
"""Of their items, those that weigh most: what is not among them hardly made a score."""

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Hearing:
    """How a source takes in what a customer did, as far as reasons go.

    Attributes:
        purchases_only: Whether nothing but purchases counts.
        damped: Whether the tenth event on an item counts less than the first.
        min_events: From so many events on that speak for an item the source says anything.
    """

    purchases_only: bool = False
    damped: bool = True
    min_events: int = 1

    @classmethod
    def of(cls, source: Source[Any]) -> Hearing:
        """A source whose scores are plain sums adds events up; the others take logarithms of counts."""
        plain = isinstance(source, Grounded)
        min_events = getattr(source.config, "min_events", 1) if plain else 1
        return cls(source.purchases_only, damped=not plain, min_events=min_events)


@dataclass(slots=True)
class Speaking:
    """Items that may speak for others. Made once and never changed.

    Attributes:
        rows: int32[n], distinct rows of the catalogue.
        weight: float32[n], above 0.
    """

    rows: Rows
    weight: NDArray[np.float32]

    def only(self, allowed: Collection[int]) -> Speaking | None:
        """Those among ``allowed``; None where there are none."""
        kept = [place for place, row in enumerate(self.rows.tolist()) if row in allowed]
        if len(kept) == len(self.rows):
            return self
        return Speaking(self.rows[kept], self.weight[kept]) if kept else None

    def best_for(self, item_ix: Rows, source: ItemSimilarity) -> list[tuple[int, float]]:
        """For each of int32[n] items the row of what adds most to it, UNKNOWN for nothing, and how alike the two are.

        What an item adds is its likeness times its weight.
        """
        rows, alike = _most(source.likeness(item_ix, self.rows), self.rows, self.weight)
        return list(zip(rows.tolist(), alike.tolist(), strict=True))


class Past:
    """What one customer did, as the evidence of reasons.

    Args:
        query: The request.
        items: The catalogue.
    """

    def __init__(self, query: Query, items: IdMap) -> None:
        self.history = query.history
        self._now_us = query.now_us
        self._rows = query.history.rows_in(items)
        self._purchases = query.history.purchases

    def bought(self, item_ix: Rows) -> list[tuple[int, int]]:
        """How often each of int32[n] items was bought, and the place of the last time; [] if none was."""
        (events,) = self._purchases.nonzero()
        if not len(events):
            return []
        same = self._rows.take(events) == item_ix[:, None]
        if not np.count_nonzero(same):
            return []
        times = np.count_nonzero(same, axis=1)
        last = events[len(events) - 1 - same[:, ::-1].argmax(axis=1)]
        return list(zip(times.tolist(), last.tolist(), strict=True))

    def telling(self, row: int) -> tuple[int, int]:
        """Of the events on an item, the place of the one that says most, of equal ones the newest; and how many."""
        (events,) = (self._rows == row).nonzero()
        weights = self.history.weight.take(events).tolist()
        return max(zip(weights, events.tolist(), strict=True))[1], len(events)

    def speaking(self, hearing: Hearing) -> Speaking | None:
        """What may speak to a source; None where nothing does."""
        if hearing.min_events > 1 and np.count_nonzero(self.history.weight > 0) < hearing.min_events:
            return None
        found = self._heard
        if found is not None and hearing.purchases_only:
            found = found.only(set(self._rows[self._purchases].tolist()))
        if found is None or not hearing.damped:
            return found
        return Speaking(found.rows, np.log1p(found.weight))

    @cached_property
    def _heard(self) -> Speaking | None:
        """The items that weigh most; None where nothing speaks for any."""
        history = self.history
        heavy, weight = _heaviest(
            self._rows,
            history.weight,
            history.timestamp_us,
            self._now_us,
            HALF_LIFE_DAYS * DAY_US,
            LOUDEST,
            HEAVIEST,
        )
        return Speaking(heavy, weight) if len(heavy) else None


@native
def _heaviest(
    rows: Rows,
    weight: NDArray[np.float32],
    timestamp_us: NDArray[np.int64],
    now_us: int,
    half_life_us: float,
    loudest: int,
    heaviest: int,
) -> tuple[Rows, NDArray[np.float32]]:
    """Of the loudest events the items that weigh most, and what they weigh; see :data:`LOUDEST`, :data:`HEAVIEST`."""
    n = len(rows)
    worth = np.empty(n, np.float64)
    for event in range(n):
        worth[event] = weight[event]
        # An event in the future counts as now.
        if timestamp_us[event] < now_us:
            worth[event] *= 2.0 ** ((timestamp_us[event] - now_us) / half_life_us)
    quiet = -1.0 if n <= loudest else np.sort(np.abs(worth))[n - loudest - 1]
    found = np.empty(loudest, np.int32)
    net = np.empty(loudest, np.float64)
    count = heard = 0
    # The newest first: of events that are as loud as each other the later ones are heard.
    for event in range(n - 1, -1, -1):
        if heard == loudest or abs(worth[event]) <= quiet or rows[event] < 0:
            continue
        heard += 1
        place = 0
        while place < count and found[place] != rows[event]:
            place += 1
        if place == count:
            found[place] = rows[event]
            net[place] = 0.0
            count += 1
        net[place] += worth[event]
    order = np.argsort(-net[:count], kind="mergesort")
    most = 0
    while most < min(count, heaviest) and net[order[most]] > 0:
        most += 1
    weights = np.empty(most, np.float32)
    for place in range(most):
        weights[place] = net[order[place]]
    return found[order[:most]], weights


@native
def _most(likeness: NDArray[np.float32], rows: Rows, weight: NDArray[np.float32]) -> tuple[Rows, NDArray[np.float32]]:
    """For each row of a matrix the column that adds most, as a row of the catalogue, and the likeness there."""
    found = np.full(len(likeness), -1, np.int32)
    alike = np.zeros(len(likeness), np.float32)
    for item in range(len(likeness)):
        most = np.float32(0)
        for other in range(len(rows)):
            # A comparison with NaN, where nothing is known, is false.
            if likeness[item, other] * weight[other] > most:
                most = likeness[item, other] * weight[other]
                found[item] = rows[other]
                alike[item] = likeness[item, other]
    return found, alike


def on_page(query: Query, items: IdMap) -> Speaking | None:
    """What the request names, on the page, in the cart or just ordered, each speaking as loud as the next."""
    rows = sorted({row for item in query.items if (row := items.row_of(item)) != UNKNOWN})
    return Speaking(np.array(rows, np.int32), np.ones(len(rows), dtype=np.float32)) if rows else None
