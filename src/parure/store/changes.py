"""What can be submitted, and how it changes the tables inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from parure.core.clock import DAY_US, MINUTE_US
from parure.core.errors import InputError
from parure.store.database import READ_FACTS
from parure.store.records import Consent, ItemChange, Receipt, SearchCount, StoredEvent

SEARCH_DAYS: Final = 90
"""So many days it is known what was searched for."""


@dataclass(frozen=True, slots=True)
class AppendEvents:
    """Store events that are not there yet."""

    events: Sequence[StoredEvent]

    @property
    def size(self) -> int:
        """How many events it counts as."""
        return len(self.events)


@dataclass(frozen=True, slots=True)
class MergeUsers:
    """Say that an id is another user's."""

    from_id: str
    to_id: str
    size = 1


@dataclass(frozen=True, slots=True)
class ChangeItems:
    """Change items."""

    changes: Sequence[ItemChange]

    @property
    def size(self) -> int:
        """How many events it counts as."""
        return len(self.changes)


@dataclass(frozen=True, slots=True)
class SettleItems:
    """Let what was said of items before a moment hold for older models alone."""

    item_ids: Sequence[str]
    before_us: int

    @property
    def size(self) -> int:
        """How many events it counts as."""
        return len(self.item_ids)


@dataclass(frozen=True, slots=True)
class SetConsent:
    """Note a user's answer."""

    consent: Consent
    size = 1


@dataclass(frozen=True, slots=True)
class CountSearches:
    """Count what was searched for."""

    counts: Sequence[SearchCount]

    @property
    def size(self) -> int:
        """How many events it counts as."""
        return len(self.counts)


Work = AppendEvents | MergeUsers | ChangeItems | SettleItems | SetConsent | CountSearches
"""One submission."""

_COLUMNS: Final = len(StoredEvent._fields) + 2
_KIND: Final = StoredEvent._fields.index("kind") + 1
_AT_ONCE: Final = (64, 32, 16, 8, 4, 2, 1)
"""Events of one statement. SQLite lets other threads run while it works on one; all events need a few of them."""


def _insert(events: int, *, merged: bool) -> str:
    """The statement that stores so many events, under the users that ids stand for where any were merged."""
    rows = []
    for start in range(0, events * _COLUMNS, _COLUMNS):
        values = [f"?{start + number}" for number in range(1, _COLUMNS + 1)]
        if merged:
            values[2] = f"coalesce((SELECT to_id FROM merges WHERE from_id = {values[2]}), {values[2]})"  # noqa: S608
        rows.append(f"({', '.join(values)})")
    return f"""
    INSERT INTO events (seq, {", ".join(StoredEvent._fields)}, received_us)
    VALUES {", ".join(rows)}
    ON CONFLICT (event_id) DO NOTHING
    """  # noqa: S608 - numbers of parameters alone


_INSERTS: Final = {merged: [(n, _insert(n, merged=merged)) for n in _AT_ONCE] for merged in (False, True)}
_COUNT_EVENTS: Final = """
INSERT INTO event_minutes (minute, surface, kind, recommended, events)
SELECT ?, surface, kind, recommendation_id <> '', count(*) FROM events WHERE seq > ? GROUP BY 2, 3, 4
ON CONFLICT (minute, surface, kind, recommended) DO UPDATE SET events = events + excluded.events
"""
_SORT_EVENTS: Final = """
INSERT INTO events_of_user (user_id, seq)
SELECT user_id, seq FROM events WHERE seq > ? ORDER BY user_id, seq
"""
_EVENTS_OF: Final = """
SELECT seq FROM events_of_user WHERE user_id = ?1
UNION ALL SELECT seq FROM events WHERE seq > ?2 AND user_id = ?1
ORDER BY seq
"""
_SCANNED: Final = 5000
"""Events that a merge looks through one by one, in about half a millisecond; more are sorted by user before."""
_PUT_ITEM: Final = "INSERT OR REPLACE INTO items (item_id, seq, at_us, removed, attributes) VALUES (?, ?, ?, ?, ?)"
_SETTLE_ITEM: Final = "UPDATE items SET settled_seq = ? WHERE item_id = ? AND at_us < ? AND settled_seq = 0"
_PUT_MERGE: Final = "INSERT OR REPLACE INTO merges (from_id, to_id, seq, at_us) VALUES (?, ?, ?, ?)"
_PUT_CONSENT: Final = "INSERT OR REPLACE INTO consents (user_id, agreed, seq, at_us) VALUES (?, ?, ?, ?)"
_INHERIT_CONSENT: Final = """
INSERT INTO consents (user_id, agreed, seq, at_us)
SELECT ?, agreed, ?, at_us FROM consents WHERE user_id = ? AND agreed IS NOT NULL
ON CONFLICT (user_id) DO UPDATE SET agreed = excluded.agreed, seq = excluded.seq, at_us = excluded.at_us
WHERE consents.agreed IS NULL
"""
_COUNT_SEARCHES: Final = """
INSERT INTO searches (day, query, searches, empty, results, took_ms) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (day, query) DO UPDATE SET searches = searches + excluded.searches, empty = empty + excluded.empty,
results = results + excluded.results, took_ms = took_ms + excluded.took_ms
"""
_FORGET_SEARCHES: Final = "DELETE FROM searches WHERE day < ?"


class Transaction:
    """Applies submissions inside a transaction that somebody else begins and commits.

    Args:
        connection: With a transaction open for writing.
        now_us: The moment that everything in it was received, in microseconds since 1970 UTC.
        sort_events: How many events may be there that are not sorted by user.
    """

    def __init__(self, connection: sqlite3.Connection, now_us: int, sort_events: int) -> None:
        self._connection = connection
        self._now_us = now_us
        self._sort_events = sort_events
        self._seq: int
        self._sorted_seq: int
        self._any_merges: int
        self._seq, self._sorted_seq, self._any_merges = connection.execute(READ_FACTS).fetchone()
        self._begun_at = self._seq

    def apply(self, works: Iterable[Work]) -> list[Receipt]:
        """Apply submissions in their order. Events that follow each other go in together.

        Raises:
            InputError: A submission that cannot be stored; the transaction has to be rolled back.
        """
        receipts: list[Receipt] = []
        for kind, group in groupby(works, type):
            if kind is AppendEvents:
                receipts += self._append([work.events for work in group if isinstance(work, AppendEvents)])
            else:
                receipts += map(self._apply_one, group)
        return receipts

    def apply_apart(self, works: Iterable[Work]) -> list[Receipt | Exception]:
        """Apply each submission alone, so that one that cannot be stored stops no other; it gets its error instead."""
        outcomes: list[Receipt | Exception] = []
        for work in works:
            self._connection.execute("SAVEPOINT submission")
            try:
                outcomes += self.apply([work])
            except sqlite3.OperationalError:
                raise  # Of the disk or the database, and so everybody's.
            except Exception as error:  # noqa: BLE001 - whatever a submission can hold; its sender is told
                self._connection.execute("ROLLBACK TO submission")
                outcomes.append(error)
            self._connection.execute("RELEASE submission")
        return outcomes

    def finish(self) -> None:
        """Note the last number given, and sort events by user where many are not.

        A transaction that gave no number stays empty, and its commit costs nothing.
        """
        if self._seq > self._begun_at:
            if self.unsorted >= self._sort_events:
                self.sort()
            self._connection.execute("UPDATE facts SET value = ? WHERE name = 'last_seq'", (self._seq,))

    @property
    def unsorted(self) -> int:
        """How many events are not sorted by user."""
        return self._seq - self._sorted_seq

    def sort(self) -> None:
        """Bring all events into the order of users. Costs 1 to 2 microseconds for each that is not, and their pages."""
        self._connection.execute(_SORT_EVENTS, (self._sorted_seq,))
        self._sorted_seq = self._seq
        self._connection.execute("UPDATE facts SET value = ? WHERE name = 'sorted_seq'", (self._seq,))

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _apply_one(self, work: Work) -> Receipt:
        if isinstance(work, MergeUsers):
            changed = self._merge(work.from_id, work.to_id)
            return Receipt(int(changed), int(not changed), self._seq)
        if isinstance(work, ChangeItems):
            self._change_items(work.changes)
            return Receipt(len(work.changes), 0, self._seq)
        if isinstance(work, SettleItems):
            seq = self._next()
            rows = [(seq, item_id, work.before_us) for item_id in work.item_ids]
            return Receipt(max(self._connection.executemany(_SETTLE_ITEM, rows).rowcount, 0), 0, seq)
        if isinstance(work, SetConsent):
            agreed = None if work.consent.agreed is None else int(work.consent.agreed)
            user_id = self._resolved(work.consent.user_id)
            self._connection.execute(_PUT_CONSENT, (user_id, agreed, self._next(), self._now_us))
            return Receipt(1, 0, self._seq)
        if isinstance(work, CountSearches):
            # They get no number: nobody who reads on from one has to hear of them.
            self._connection.executemany(_COUNT_SEARCHES, work.counts)
            self._connection.execute(_FORGET_SEARCHES, (self._now_us // DAY_US - SEARCH_DAYS + 1,))
            return Receipt(len(work.counts), 0, self._seq)
        raise InputError(f"A submission is {type(work).__name__}, expected one of {Work}.")

    def _append(self, batches: list[Sequence[StoredEvent]]) -> list[Receipt]:
        """Store events in one go and find out which of them are new."""
        before, now = self._seq, self._now_us
        values: list[object] = []
        for events in batches:
            for event in events:
                self._seq += 1
                values += (self._seq, *event, now)
        if not values:
            return [Receipt(0, 0, before) for _ in batches]
        # SQLite takes a plain number faster than one that has a name.
        values[_KIND::_COLUMNS] = [event.kind.value for events in batches for event in events]
        stored = self._insert(values)
        self._connection.execute(_COUNT_EVENTS, (now // MINUTE_US, before))
        if stored == self._seq - before:
            return [Receipt(len(events), 0, self._seq) for events in batches]
        new = {seq for (seq,) in self._connection.execute("SELECT seq FROM events WHERE seq > ?", (before,))}
        return self._receipts(batches, before, new)

    def _insert(self, values: list[object]) -> int:
        """Store the values of events, one after the other, and count those that are new."""
        start = stored = 0
        for events, statement in _INSERTS[bool(self._any_merges)]:
            width = events * _COLUMNS
            while start + width <= len(values):
                stored += self._connection.execute(statement, values[start : start + width]).rowcount
                start += width
        return stored

    def _receipts(self, batches: list[Sequence[StoredEvent]], before: int, new: set[int]) -> list[Receipt]:
        """What each batch comes to where some events were known."""
        receipts = []
        for events in batches:
            accepted = sum(seq in new for seq in range(before + 1, before + 1 + len(events)))
            receipts.append(Receipt(accepted, len(events) - accepted, self._seq))
            before += len(events)
        return receipts

    def _resolved(self, user_id: str) -> str:
        """The user that an id stands for."""
        found = self._connection.execute("SELECT to_id FROM merges WHERE from_id = ?", (user_id,)).fetchone()
        return str(found[0]) if found else user_id

    def _merge(self, from_id: str, to_id: str) -> bool:
        """Give one id's events, aliases and consent to another; false where there is nothing to change.

        An id that was merged before only leads elsewhere from now on. What it led to is a user of its own, and so are
        its events: two customers who share a browser stay two.
        """
        if not from_id or not to_id:
            raise InputError("An empty user id cannot be merged.", hint="Send both ids.")
        known, target = self._resolved(from_id), self._resolved(to_id)
        if target in (from_id, known):
            return False
        connection = self._connection
        if known == from_id:
            # Under new numbers, so that readers hear of them.
            led = connection.execute("SELECT from_id FROM merges WHERE to_id = ?", (from_id,)).fetchall()
            connection.executemany(_PUT_MERGE, [(alias, target, self._next(), self._now_us) for (alias,) in led])
            if self.unsorted > _SCANNED:
                self.sort()
            moved = connection.execute(_EVENTS_OF, (from_id, self._sorted_seq)).fetchall()
            connection.execute("DELETE FROM events_of_user WHERE user_id = ?", (from_id,))
            connection.executemany(
                "UPDATE events SET user_id = ?, seq = ? WHERE seq = ?",
                [(target, self._next(), seq) for (seq,) in moved],
            )
            connection.execute(_INHERIT_CONSENT, (target, self._next(), from_id))
        connection.execute(_PUT_MERGE, (from_id, target, self._next(), self._now_us))
        self._any_merges = 1
        return True

    def _change_items(self, changes: Sequence[ItemChange]) -> None:
        """Lay changes over what was said of the items before. Costs about 10 microseconds a change."""
        latest: dict[str, tuple[int, bool, dict[str, object]]] = {}
        for change in changes:
            removed, said = latest[change.item_id][1:] if change.item_id in latest else self._said(change.item_id)
            removed = removed if change.removed is None else change.removed
            latest[change.item_id] = (change.at_us, removed, {**said, **change.attributes})
        self._connection.executemany(
            _PUT_ITEM,
            [
                (item_id, self._next(), at_us, int(removed), json.dumps(said, allow_nan=False))
                for item_id, (at_us, removed, said) in latest.items()
            ],
        )

    def _said(self, item_id: str) -> tuple[bool, dict[str, object]]:
        """What was said of an item since it was settled: whether it is gone, and its columns."""
        found = self._connection.execute(
            "SELECT removed, attributes FROM items WHERE item_id = ? AND settled_seq = 0", (item_id,)
        ).fetchone()
        return (bool(found[0]), dict(json.loads(found[1]))) if found else (False, {})
