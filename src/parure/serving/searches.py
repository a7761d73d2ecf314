"""What is searched for, counted by day and words, without who asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from parure.core.clock import DAY_US, from_us, time_us
from parure.core.errors import ParureError
from parure.serving import models_console as m
from parure.store import SearchCount, Store

LOG: Final = logging.getLogger("parure.serving")
LEAST: Final = 2
"""What was sent less often on a day is not told of: what one person typed may be personal."""
LONG: Final = "(long)"
NO_WORDS: Final = "(no words)"

_LONGEST: Final = 100
_GATHERED: Final = 100
_GATHERED_S: Final = 1.0


class SearchCounter:
    """Counts searches in memory, and writes them to the store a second or a hundred searches later.

    A crash loses what was not written yet. On the thread of the event loop alone.

    Args:
        store: Where they are kept.
        on: Whether anything is counted.
        now_us: The clock, in microseconds since 1970 UTC.
    """

    def __init__(self, store: Store, *, on: bool, now_us: Callable[[], int] = time_us) -> None:
        self._store = store
        self._on = on
        self._now_us = now_us
        self._counts: dict[tuple[int, str], SearchCount] = {}
        self._gathered = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self.lost = 0
        """Searches that could not be counted, for the store did not take them."""

    def count(self, text: str, results: int, took_ms: float) -> None:
        """Count one search.

        Args:
            text: As it was typed; empty where somebody searched by a picture or filters alone.
            results: How many products were found.
            took_ms: How long that took.
        """
        if not self._on:
            return
        key = self._now_us() // DAY_US, normalised(text)
        before = self._counts.get(key) or SearchCount(*key, 0, 0, 0, 0.0)
        self._counts[key] = SearchCount(
            *key, before.searches + 1, before.empty + (not results), before.results + results, before.took_ms + took_ms
        )
        self._gathered += 1
        if self._gathered >= _GATHERED:
            self._write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHERED_S, self._write)

    def close(self) -> None:
        """Write what was gathered; blocks for as long as that takes. The store must be open still."""
        counts = self._taken()
        if counts:
            try:
                self._store.count_searches_blocking(counts)
            except ParureError as error:
                self._lose(counts, error)

    def _write(self) -> None:
        counts = self._taken()
        if counts:
            task = asyncio.get_running_loop().create_task(self._written(counts))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _written(self, counts: list[SearchCount]) -> None:
        try:
            await self._store.count_searches(counts)
        except ParureError as error:
            self._lose(counts, error)

    def _taken(self) -> list[SearchCount]:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        counts = [*self._counts.values()]
        self._counts.clear()
        self._gathered = 0
        return counts

    def _lose(self, counts: Iterable[SearchCount], error: ParureError) -> None:
        """Say that searches were not counted; whoever searched has had their answer."""
        lost = sum(each.searches for each in counts)
        self.lost += lost
        LOG.warning("%d searches were not counted: %s", lost, error)


def normalised(text: str) -> str:
    """What was typed, as it is counted: lower case, spaces folded, of a hundred characters at most."""
    folded = " ".join(text.lower().split()).encode("utf-8", "replace").decode("utf-8")
    if not folded:
        return NO_WORDS
    return folded if len(folded) <= _LONGEST else LONG


def told_searches(store: Store, days: int, n: int, *, counting: bool) -> m.Searches:
    """What was searched for in the last days.

    Raises:
        StoreError: The store cannot be read.
    """
    by_day, queries = store.statistics.searches(days, LEAST)
    told = sum(each.searches for each in queries)
    empty = sorted((each for each in queries if each.empty), key=lambda each: (-each.empty, each.query))
    searches = sum(number for _, number, _ in by_day)
    return m.Searches(
        counting=counting,
        days=[
            m.SearchDay(day=from_us(day * DAY_US).date().isoformat(), searches=number, without_result=nothing)
            for day, number, nothing in by_day
        ],
        searches=searches,
        not_listed=searches - told,
        top=[_told(each) for each in queries[:n]],
        without_result=[_told(each) for each in empty[:n]],
    )


def _told(count: SearchCount) -> m.SearchedQuery:
    return m.SearchedQuery(
        query=count.query,
        searches=count.searches,
        without_result=count.empty,
        mean_results=round(count.results / count.searches, 2),
        mean_ms=round(count.took_ms / count.searches, 3),
    )
