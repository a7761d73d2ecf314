"""What an operator asks of a store: how many events of which kind, what was shown, what was searched for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from parure.core.clock import DAY_US, MINUTE_US
from parure.core.events import EventKind
from parure.store.config import StoreConfig
from parure.store.database import reading
from parure.store.records import SearchCount

_MINUTES_A_DAY: Final = DAY_US // MINUTE_US
_EVENT_COUNTS: Final = """
SELECT surface, kind, sum(events) FROM event_minutes
WHERE minute >= ? AND minute < ? AND (? IS NULL OR recommended = ?) GROUP BY surface, kind
"""
_EVENTS_PER_MINUTE: Final = """
SELECT minute, sum(events) FROM event_minutes WHERE minute BETWEEN ? AND ? GROUP BY minute
"""
_EVENT_DAYS: Final = f"""
SELECT minute / {_MINUTES_A_DAY} AS day, surface, kind, sum(events) FROM event_minutes
WHERE minute >= ? AND (? IS NULL OR recommended = ?) GROUP BY day, surface, kind ORDER BY day, surface
"""  # noqa: S608 - a number of ours alone

_SEARCH_DAYS: Final = "SELECT day, sum(searches), sum(empty) FROM searches WHERE day >= ? GROUP BY day ORDER BY day"
_SEARCH_QUERIES: Final = """
SELECT max(day), query, sum(searches), sum(empty), sum(results), sum(took_ms) FROM searches
WHERE day >= ? GROUP BY query HAVING max(searches) >= ? ORDER BY 3 DESC, 2
"""
_RECEIVED: Final = "SELECT received_us FROM events WHERE seq >= ? ORDER BY seq LIMIT 1"
_IMPRESSIONS: Final = """
SELECT item_id, count(*) FROM events WHERE seq >= ? AND received_us >= ? AND kind = ? GROUP BY item_id
"""


class Statistics:
    """Counts over a shop's store, as of now, each read by a connection of its own, so that any thread may ask."""

    def __init__(self, folder: Path, config: StoreConfig, now_us: Callable[[], int]) -> None:
        """Of the store in a folder; :attr:`Store.statistics` is it."""
        self._folder = folder
        self._config = config
        self._now_us = now_us

    def event_counts(
        self, since_us: int, until_us: int, *, recommended: bool | None = None
    ) -> dict[tuple[str, EventKind], int]:
        """How many events came in, by surface and kind.

        Args:
            since_us: From the minute that holds this moment, in microseconds since 1970 UTC.
            until_us: Up to and without the minute that holds this one.
            recommended: Only those that name a recommendation, only those that do not, or all.

        Raises:
            StoreError: The database cannot be read.

        Cost:
            About a microsecond for each minute, surface and kind that has events; the log is not read.
        """
        asked = (since_us // MINUTE_US, until_us // MINUTE_US, recommended, recommended)
        with reading(self._folder, self._config) as connection:
            rows = connection.execute(_EVENT_COUNTS, asked).fetchall()
        return {(surface, EventKind(kind)): events for surface, kind, events in rows}

    def events_per_minute(self, minutes: int) -> list[tuple[int, int]]:
        """How many events came in during each of the last minutes.

        Args:
            minutes: How many, with the one that is running.

        Returns:
            (start of the minute in microseconds since 1970 UTC, events), oldest first, minutes without events too.

        Raises:
            StoreError: The database cannot be read.
        """
        last = self._now_us() // MINUTE_US
        first = last - minutes + 1
        with reading(self._folder, self._config) as connection:
            found = dict(connection.execute(_EVENTS_PER_MINUTE, (first, last)).fetchall())
        return [(minute * MINUTE_US, found.get(minute, 0)) for minute in range(first, last + 1)]

    def event_days(self, days: int, *, recommended: bool | None = None) -> dict[tuple[int, str], dict[EventKind, int]]:
        """How many events came in on each of the last days, by surface and kind.

        Args:
            days: How many, with the one that is running; they change at midnight UTC.
            recommended: As in :meth:`event_counts`.

        Returns:
            (start of the day in microseconds since 1970 UTC, surface) -> counts by kind, oldest first, where any came.

        Raises:
            StoreError: The database cannot be read.

        Cost:
            As :meth:`event_counts`.
        """
        first = self._now_us() // DAY_US - days + 1
        asked = (first * _MINUTES_A_DAY, recommended, recommended)
        with reading(self._folder, self._config) as connection:
            rows = connection.execute(_EVENT_DAYS, asked).fetchall()
        found: dict[tuple[int, str], dict[EventKind, int]] = {}
        for day, surface, kind, events in rows:
            found.setdefault((day * DAY_US, surface), {})[EventKind(kind)] = events
        return found

    def first_minute_us(self) -> int | None:
        """The start of the minute in which the first event of all came in; None where none ever did.

        In microseconds since 1970 UTC.

        Raises:
            StoreError: The database cannot be read.
        """
        with reading(self._folder, self._config) as connection:
            (first,) = connection.execute("SELECT min(minute) FROM event_minutes").fetchone()
        return None if first is None else first * MINUTE_US

    def impressions(self, since_us: int) -> dict[str, int]:
        """How often each item was shown since a moment, by what was received then or later; items never shown left out.

        Args:
            since_us: In microseconds since 1970 UTC.

        Raises:
            StoreError: The database cannot be read.

        Cost:
            A pass over the events since then: about half a second a million.
        """
        with reading(self._folder, self._config) as connection:
            low, high = 0, int(connection.execute("SELECT value FROM facts WHERE name = 'last_seq'").fetchone()[0])
            # Events stand in the order of their arrival, but for those that a merge moved to the end, which come along.
            while low < high:
                middle = (low + high) // 2
                found = connection.execute(_RECEIVED, (middle,)).fetchone()
                low, high = (low, middle) if found is None or found[0] >= since_us else (middle + 1, high)
            rows = connection.execute(_IMPRESSIONS, (low, since_us, EventKind.IMPRESSION.value)).fetchall()
        return dict(rows)

    def searches(self, days: int, least: int) -> tuple[list[tuple[int, int, int]], list[SearchCount]]:
        """What was searched for in the last days.

        Args:
            days: How many, with the one that is running; they change at midnight UTC.
            least: A query is told of only where it was sent so often on one of these days.

        Returns:
            All searches by day, as (day, searches, those of them that found nothing), and the sums of each query that
            may be told of, with its last day.

        Raises:
            StoreError: The database cannot be read.
        """
        first = self._now_us() // DAY_US - days + 1
        with reading(self._folder, self._config) as connection:
            by_day = connection.execute(_SEARCH_DAYS, (first,)).fetchall()
            by_query = connection.execute(_SEARCH_QUERIES, (first, least)).fetchall()
        return by_day, [SearchCount(*row) for row in by_query]
