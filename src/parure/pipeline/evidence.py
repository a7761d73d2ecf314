"""Which past event, or which item on the page, speaks most for each of the items shown: all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, EventKind, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.retrieval import Grounded, ItemSimilarity, Source

HALF_LIFE_DAYS: Final = 90.0
"""After so many days an event counts half: a recent one explains better than an old one of the same likeness."""
LOUDEST: Final = 48
"""Only so many events, those that count most, are looked at for an item alike."""
HEAVIEST: Final = 12
"""Of their items, those that weigh most: what is not among them hardly made a score."""
_HALF_LIFE_US: Final = HALF_LIFE_DAYS * DAY_US
_PURCHASE: Final = int(EventKind.PURCHASE)

Rows = NDArray[np.int32]
Weights = NDArray[np.float32]
_Loudest = tuple[Rows, Weights, NDArray[np.int64], int]
Spoken = tuple[int, str, str, str, str, int, str, Callable[[str, str, str], str]]
"""Of what speaks for others its row, id and title, what was done, the day in ISO 8601 and how many events there are;
the day in words, and what writes the sentence for an item alike."""


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

    @property
    def row(self) -> int:
        """Where its weights stand among those of all hearings."""
        return 2 * self.purchases_only + self.damped

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
        weight: float32[n], 0 or more; 0 for what is not heard.
    """

    rows: Rows
    weight: Weights

    def best_for(self, item_ix: Rows, source: ItemSimilarity) -> tuple[list[int], list[float]]:
        """For each of int32[n] items the place of what adds most to it, -1 for nothing, and how alike the two are.

        What an item adds is its likeness times its weight.
        """
        places, alike = source.likeliest(item_ix, self.rows, self.weight)
        return places.tolist(), alike.tolist()


class Past:
    """What one customer did, as the evidence of reasons.

    Args:
        query: The request.
        items: The catalogue.

    Attributes:
        history: The events.
        spoken: What is said of items that may speak, by place, as far as it has been put into words.
    """

    def __init__(self, query: Query, items: IdMap) -> None:
        self.history = query.history
        self._now_us = query.now_us
        self._rows = query.history.rows_in(items)
        self.spoken: dict[int, Spoken] = {}
        # A cached_property would take a lock for it, which costs as much as what is found out.
        self._loudest: _Loudest | None = None

    def bought(self, item_ix: Rows) -> list[list[int]]:
        """How often each of int32[n] items was bought, and the place of the last time; [] if none was."""
        found = _bought(self._rows, self.history.kind, item_ix)
        return [] if found is None else found.tolist()

    def speaking(self, hearing: Hearing) -> Speaking | None:
        """What may speak to a source; None where there are too few events."""
        rows, loud, _, events = self._heard
        if not events or events < hearing.min_events:
            return None
        return Speaking(rows, loud[hearing.row])

    def telling(self, place: int) -> list[int]:
        """Of one of the items that may speak its row, and of the event on it that says most the day and the kind.

        Of events that say as much as each other it is the newest. The day counts from 1970. At the end stands how many
        events there are on the item.
        """
        return cast("list[int]", self._heard[2][place].tolist())

    @property
    def _heard(self) -> _Loudest:
        if self._loudest is None:
            history = self.history
            self._loudest = _heard(self._rows, history.weight, history.timestamp_us, history.kind, self._now_us)
        return self._loudest


@native
def _net_worth(
    rows: Rows, weight: Weights, timestamp_us: NDArray[np.int64], now_us: int
) -> tuple[Rows, NDArray[np.float64], int]:
    """The items of the loudest events, what these come to for each, and how many events speak for an item."""
    n = len(rows)
    worth = np.empty(n, np.float64)
    speaking = 0
    for event in range(n):
        # An event in the future counts as now.
        age_us = max(now_us - timestamp_us[event], 0)
        worth[event] = weight[event] * 2.0 ** (-age_us / _HALF_LIFE_US)
        speaking += weight[event] > 0
    border, as_loud = -1.0, LOUDEST
    if n > LOUDEST:
        border = np.sort(np.abs(worth))[n - LOUDEST]
        as_loud = LOUDEST - int(np.count_nonzero(np.abs(worth) > border))
    found, net = np.empty(LOUDEST, np.int32), np.zeros(LOUDEST, np.float64)
    count = 0
    # The newest first: of events on the border, which are as loud as each other, the later ones are heard.
    for event in range(n - 1, -1, -1):
        if abs(worth[event]) < border or rows[event] < 0:
            continue
        if abs(worth[event]) == border:
            if not as_loud:
                continue
            as_loud -= 1
        place = 0
        while place < count and found[place] != rows[event]:
            place += 1
        if place == count:
            found[place] = rows[event]
            count += 1
        net[place] += worth[event]
    return found, net, speaking


@native
def _heard(
    rows: Rows, weight: Weights, timestamp_us: NDArray[np.int64], kind: NDArray[np.int8], now_us: int
) -> tuple[Rows, NDArray[np.float32], NDArray[np.int64], int]:
    """Of the loudest events the items that weigh most; see :data:`LOUDEST` and :data:`HEAVIEST`.

    Returns:
        Their rows int32[n], how loud they are to whom, float32[4, n] (see :attr:`Hearing.row`), what is told of them
        (see :attr:`Past.telling`), and how many events speak for an item.
    """
    found, net, speaking = _net_worth(rows, weight, timestamp_us, now_us)
    most = 0
    for place in range(LOUDEST):
        most += net[place] > 0
    most = min(HEAVIEST, most)
    items, loud, told = np.empty(most, np.int32), np.zeros((4, most), np.float32), np.zeros((most, 4), np.int64)
    for place in range(most):
        best = net.argmax()
        items[place] = found[best]
        loud[0, place], loud[1, place] = net[best], np.log1p(net[best])
        net[best] = 0.0
        told[place, 0] = found[best]
        loudest = np.float32(-np.inf)
        for event in range(len(rows)):
            if rows[event] != found[best]:
                continue
            told[place, 3] += 1
            if kind[event] == _PURCHASE:
                loud[2:, place] = loud[:2, place]
            if weight[event] >= loudest:
                loudest = weight[event]
                told[place, 1], told[place, 2] = timestamp_us[event] // DAY_US, kind[event]
    return items, loud, told, speaking


@native
def _bought(rows: Rows, kind: NDArray[np.int8], item_ix: Rows) -> NDArray[np.int64] | None:
    """For each item how often it was bought and the place of the last time; None if none was."""
    found = np.zeros((len(item_ix), 2), np.int64)
    count = 0
    for event in range(len(rows)):
        if kind[event] == _PURCHASE:
            for item in range(len(item_ix)):
                if item_ix[item] == rows[event]:
                    found[item, 0] += 1
                    found[item, 1] = event
                    count += 1
    return found if count else None


def on_page(query: Query, items: IdMap) -> Speaking | None:
    """What the request names, on the page, in the cart or just ordered, each speaking as loud as the next."""
    rows = sorted({row for item in query.items if (row := items.row_of(item)) != UNKNOWN})
    return Speaking(np.array(rows, np.int32), np.ones(len(rows), dtype=np.float32)) if rows else None
