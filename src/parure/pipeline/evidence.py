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
        rows: Distinct rows of the catalogue.
        weight: float32[n], above 0.
    """

    rows: list[int]
    weight: NDArray[np.float32]

    def only(self, allowed: Collection[int]) -> Speaking | None:
        """Those among ``allowed``; None where there are none."""
        kept = [place for place, row in enumerate(self.rows) if row in allowed]
        if len(kept) == len(self.rows):
            return self
        return Speaking([self.rows[place] for place in kept], self.weight.take(kept)) if kept else None

    def best_for(self, item_ix: Rows, source: ItemSimilarity) -> list[tuple[int, float]]:
        """For each of int32[n] items the row of what adds most to it, UNKNOWN for nothing, and how alike the two are.

        What an item adds is its likeness times its weight.
        """
        likeness = source.likeness(item_ix, np.array(self.rows, dtype=np.int32))
        # fmax takes what is unknown, NaN, for 0.
        added = np.fmax(likeness * self.weight, _NOTHING)
        best, rows = added.argmax(axis=1), self.rows
        flat = best + np.arange(len(best)) * len(rows)
        most, alike = added.take(flat).tolist(), likeness.take(flat).tolist()
        return [
            (rows[which] if value > 0 else UNKNOWN, degree)
            for which, value, degree in zip(best.tolist(), most, alike, strict=True)
        ]


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
        rows = self._rows
        # An event in the future counts as now, in the exponent that is below 0 for the past.
        ages = (self.history.timestamp_us - self._now_us) * (1 / (HALF_LIFE_DAYS * DAY_US))
        worth = self.history.weight * np.exp2(np.minimum(ages, 0, out=ages))
        if len(worth) > LOUDEST:
            loud = np.abs(worth).argpartition(-LOUDEST)[-LOUDEST:]
            rows, worth = rows.take(loud), worth.take(loud)
        # A loop over so few events is done before numpy has sorted them.
        net: dict[int, float] = {}
        for row, value in zip(rows.tolist(), worth.tolist(), strict=True):
            net[row] = net.get(row, 0.0) + value
        net.pop(UNKNOWN, None)
        heavy = [row for row, value in net.items() if value > 0]
        if len(heavy) > HEAVIEST:
            heavy = sorted(heavy, key=net.__getitem__, reverse=True)[:HEAVIEST]
        return Speaking(heavy, np.array([net[row] for row in heavy], dtype=np.float32)) if heavy else None


def on_page(query: Query, items: IdMap) -> Speaking | None:
    """What the request names, on the page, in the cart or just ordered, each speaking as loud as the next."""
    rows = sorted({row for item in query.items if (row := items.row_of(item)) != UNKNOWN})
    return Speaking(rows, np.ones(len(rows), dtype=np.float32)) if rows else None


_NOTHING: Final = np.float32(0)
