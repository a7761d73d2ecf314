"""What requests read: always what is committed, at next to no cost for users who did nothing lately."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from parure.core.errors import StoreError
from parure.store.commits import CommitCount
from parure.store.config import StoreConfig
from parure.store.database import READ_FACTS, connect, database_error, database_errors, store_folder
from parure.store.records import Changes, Consent, EventRow, ItemChange

_BITS: Final = 1 << 24
"""2 MB of marks; with a million users who did something one in 17 others is looked up for nothing."""
_ROWS: Final = 10_000
_ASK_S: Final = 1.0
"""So long the count of commits is believed: what another program than parure wrote is read no later."""
_NONE: Final[list[int]] = []

_SORTED: Final = """
SELECT item_id, kind, timestamp_us, quantity, price_cents, duration_s, session_id
FROM events_of_user AS found CROSS JOIN events USING (seq)
WHERE found.user_id = ? AND found.seq > ? AND found.seq <= ? ORDER BY found.seq DESC LIMIT ?
"""
_UNSORTED: Final = """
SELECT item_id, kind, timestamp_us, quantity, price_cents, duration_s, session_id
FROM events WHERE user_id = ? AND seq IN (?{}) ORDER BY seq
"""
_AT_ONCE: Final = 100
_TAIL_OF_EVENTS: Final = "SELECT user_id, seq FROM events WHERE seq > ? AND seq <= ?"
_TAIL_OF_ITEMS: Final = "SELECT item_id, at_us, removed, attributes, settled_seq FROM items WHERE seq > ? ORDER BY seq"
_TAIL_OF_MERGES: Final = "SELECT from_id, to_id FROM merges WHERE seq > ?"
_TAIL_OF_CONSENTS: Final = "SELECT user_id, agreed FROM consents WHERE seq > ? ORDER BY seq"

_by_time = itemgetter(EventRow._fields.index("timestamp_us"))


class Reader:
    """Reads a store for the requests of one worker, with a connection of its own, on one thread at a time.

    :meth:`refresh` before each request brings it up to date. What it keeps does not grow with the log: marks for the
    users who have live events, in a fixed 2 MB, and where the latest events are that the store has not sorted by user.

    Args:
        connection: To a store, for queries; the reader closes it.
        commits: The store's count of them; the reader closes it.
        path: Of the database, for messages.
        since_seq: What to start from, as :meth:`since` says.
    """

    def __init__(self, connection: sqlite3.Connection, commits: CommitCount, path: Path, since_seq: int = 0) -> None:
        self._connection = connection
        self._commits = commits
        self._path = path
        self._since_seq = since_seq
        self._version = -1
        self._count = b""
        self._ask_s = 0.0
        self._seen: int | None = None
        self._marks = bytearray(_BITS // 8)
        self._sorted_seq = self._noted_seq = 0
        self._unsorted: defaultdict[str, list[int]] = defaultdict(list)
        self._nothing = Changes(0)

    @classmethod
    def open(cls, shop_dir: Path, config: StoreConfig | None = None, *, since_seq: int = 0) -> Self:
        """Open the store of a shop that has one. The first :meth:`refresh` reads what there is.

        Raises:
            StoreError: There is no store, or it cannot be opened.
        """
        folder = store_folder(shop_dir)
        connection = connect(folder, config or StoreConfig(), query_only=True)
        try:
            return cls(connection, CommitCount.open(folder), folder / "parure.db", since_seq)
        except StoreError:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        self._commits.close()
        self._connection.close()

    def refresh(self) -> Changes:
        """Read what any process has committed since the last call; everything, as :meth:`since`, on the first.

        Raises:
            StoreError: The database cannot be read; the next call reads what this one did not.

        Cost:
            Less than a microsecond while nothing was committed, else some 4 and about 1 for each event and change.
        """
        # Read before the database is asked: what is committed in between is noticed next time.
        count, now_s = self._commits.read(), time.monotonic()
        if count == self._count and now_s < self._ask_s:
            return self._nothing
        try:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise database_error(self._path, error) from error
        if version == self._version:
            self._count, self._ask_s = count, now_s + _ASK_S
            return self._nothing
        if self._seen is None:
            return self.since(self._since_seq)
        changes = self._read(self._seen, self._seen, anew=False)
        # Noted last: had reading failed, the next call would find nothing new.
        self._version, self._count, self._ask_s = version, count, now_s + _ASK_S
        return changes

    def since(self, seq: int) -> Changes:
        """Take events up to a number of the sequence as learned, as those are that the served model was trained on.

        Returns:
            All changed items, merges and consents, whatever their number, since they hold beside any model.

        Raises:
            StoreError: The database cannot be read.

        Cost:
            About half a microsecond for each event after ``seq``.
        """
        with database_errors(self._path):
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        self._since_seq = seq
        # Should reading fail, the next refresh starts anew.
        self._version, self._ask_s, self._seen = -1, 0.0, None
        self._marks = bytearray(_BITS // 8)
        changes = self._read(seq, 0, anew=True)
        self._version = version
        return changes

    def events_of(self, user_id: str, limit: int) -> list[EventRow]:
        """Events of a user that are not learned yet.

        Of more than ``limit`` those that came in last are taken. They are in the order of their times, those of one
        time as they came in. An id that was merged into another user has none; :meth:`user_of` says whose they are.

        Raises:
            StoreError: The database cannot be read.

        Cost:
            0.2 microseconds for a user without any, else about 8 and 1.5 for each; 8 more while some are unsorted.
        """
        place = hash(user_id) % _BITS
        if not self._marks[place >> 3] >> (place & 7) & 1 or limit <= 0:
            return []
        latest = self._unsorted.get(user_id, _NONE)[-limit:]
        # Up to what was sorted when the latest were read: what has been sorted since is among them.
        earlier = (user_id, self._since_seq, self._sorted_seq, limit - len(latest))
        rows: list[Any] = []
        try:
            if self._sorted_seq > self._since_seq and len(latest) < limit:
                rows = self._connection.execute(_SORTED, earlier).fetchall()[::-1]
            for start in range(0, len(latest), _AT_ONCE):
                part = latest[start : start + _AT_ONCE]
                rows += self._connection.execute(_UNSORTED.format(", ?" * (len(part) - 1)), (user_id, *part))
        except sqlite3.Error as error:
            raise database_error(self._path, error) from error
        rows.sort(key=_by_time)
        return list(map(EventRow._make, rows))

    def user_of(self, user_id: str) -> str:
        """The user that an id stands for: the one that it was merged into, or itself.

        Raises:
            StoreError: The database cannot be read.
        """
        with database_errors(self._path):
            found = self._connection.execute("SELECT to_id FROM merges WHERE from_id = ?", (user_id,)).fetchone()
        return str(found[0]) if found else user_id

    def consent_of(self, user_id: str) -> bool | None:
        """What a user answered; None where nothing, or where the answer was withdrawn.

        Raises:
            StoreError: The database cannot be read.
        """
        with database_errors(self._path):
            found = self._connection.execute("SELECT agreed FROM consents WHERE user_id = ?", (user_id,)).fetchone()
        return _agreed(found[0]) if found else None

    def _read(self, events_after: int, changes_after: int, *, anew: bool) -> Changes:
        """Read the end of every table as of one moment, and mark who did something."""
        connection = self._connection
        with database_errors(self._path):
            connection.execute("BEGIN")
            try:
                seq, sorted_seq, _ = connection.execute(READ_FACTS).fetchone()
                self._take(events_after, seq, sorted_seq, anew=anew)
                items = connection.execute(_TAIL_OF_ITEMS, (changes_after,)).fetchall()
                merges = connection.execute(_TAIL_OF_MERGES, (changes_after,)).fetchall()
                consents = connection.execute(_TAIL_OF_CONSENTS, (changes_after,)).fetchall()
            finally:
                connection.execute("COMMIT")
        self._seen = seq
        self._nothing = Changes(seq)
        return Changes(
            seq,
            [ItemChange(name, at, bool(gone), json.loads(said), settled) for name, at, gone, said, settled in items],
            dict(merges),
            [Consent(user_id, _agreed(agreed)) for user_id, agreed in consents],
        )

    def _take(self, after: int, until: int, sorted_seq: int, *, anew: bool) -> None:
        """Mark the users of a stretch of the log, and note which events are not sorted."""
        if anew or sorted_seq != self._sorted_seq:
            self._unsorted.clear()
            # Sorting takes all there is: what came after it is little, though some of it may have been read before.
            self._sorted_seq, self._noted_seq = sorted_seq, max(sorted_seq, self._since_seq)
        noted = self._noted_seq
        marks, unsorted = self._marks, self._unsorted
        found = self._connection.execute(_TAIL_OF_EVENTS, (min(noted, after), until))
        while rows := found.fetchmany(_ROWS):
            for user_id, seq in rows:
                place = hash(user_id) % _BITS
                marks[place >> 3] |= 1 << (place & 7)
                if seq > noted:
                    unsorted[user_id].append(seq)
            # Should reading fail, the next call goes on from here.
            self._noted_seq = max(noted, rows[-1][1])


def _agreed(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)
