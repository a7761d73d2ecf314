"""The operational store of a shop: what was answered is on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from parure.core.clock import time_us
from parure.core.errors import StoreError
from parure.store.changes import (
    AppendEvents,
    ChangeItems,
    CountSearches,
    MergeUsers,
    SetConsent,
    SettleItems,
    Work,
)
from parure.store.config import StoreConfig
from parure.store.database import prepare, reading
from parure.store.records import Consent, ItemChange, Receipt, SearchCount, StoredEvent
from parure.store.statistics import Statistics
from parure.store.writer import Writer

EVENT_COLUMNS: Final = (
    "seq", "event_id", "user_id", "session_id", "item_id", "kind", "timestamp_us", "quantity", "price_cents",
    "duration_s", "recommendation_id", "surface", "order_id", "received_us",
)  # fmt: skip
"""The columns of the event log, in the order in which :meth:`Store.read_events` gives them."""

_READ_EVENTS: Final = f"SELECT {', '.join(EVENT_COLUMNS)} FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608


class Store:
    """What a process writes to a shop's store, and what it reads from it now and then; requests use a ``Reader``.

    Several processes may have one open at once. One is opened in the process that uses it, not before a fork. Each
    writing method has two forms: one to await, and one for commands and threads that blocks. What either has answered
    is on the disk. Use as a context manager, or :meth:`close` it.
    """

    def __init__(self, folder: Path, config: StoreConfig, now_us: Callable[[], int]) -> None:
        """Open a folder that has been prepared; :meth:`open` does both."""
        self._folder = folder
        self._config = config
        self._writer = Writer(folder, config, now_us)
        self.statistics = Statistics(folder, config, now_us)

    @classmethod
    def open(cls, shop_dir: Path, config: StoreConfig | None = None, *, now_us: Callable[[], int] = time_us) -> Self:
        """Open the store of a shop, and make it where there is none.

        Args:
            shop_dir: The shop's directory; the store is its ``store/parure.db``.
            config: Bounds of the queue and of a commit.
            now_us: The clock that says when something was received, in microseconds since 1970 UTC.

        Raises:
            StoreError: It cannot be made, is not a store, or is one of a newer parure.
        """
        config = config or StoreConfig()
        return cls(prepare(shop_dir, config), config, now_us)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Commit what waits and close. Blocks for as long as that takes; a second call does nothing."""
        self._writer.close()

    def size(self) -> int:
        """Events and changes that this process has submitted and that are not yet on the disk."""
        return self._writer.size()

    @property
    def last_failure(self) -> StoreError | None:
        """Why the last commit of this process failed; None where it went well, or there was none yet."""
        return self._writer.last_failure

    async def check(self) -> None:
        """See that this process can store events: where its last commit failed, by writing to the disk once more.

        Raises:
            StoreFullError: More waits than may; raised at once.
            StoreError: The disk still refuses.
        """
        if self._writer.last_failure is not None:
            await self._submit(AppendEvents([]))

    async def append_events(self, events: Sequence[StoredEvent]) -> Receipt:
        """Store events that are not there yet, all or none. One whose ``event_id`` is known changes nothing.

        An event of an id that was merged goes to the user that the id stands for.

        Raises:
            StoreFullError: More waits than may; raised at once, and nothing is stored.
            InputError: One of the events cannot be stored, as with an empty ``event_id``; none is.
            StoreError: The commit failed; to send them again does no harm.

        Cost:
            One wait for the disk, shared with whatever else is submitted meanwhile; 4 to 6 microseconds an event on the
            writer's thread, whatever the log's length, where ids begin with the time; random ones cost more in a longer
            log. They are sorted by user in the next pause, for which 50,000 take 0.1 to 0.3 seconds.
        """
        return await self._submit(AppendEvents(events))

    def append_events_blocking(self, events: Sequence[StoredEvent]) -> Receipt:
        """:meth:`append_events` for a thread without a loop, with the same errors."""
        return self._writer.submit(AppendEvents(events)).result()

    async def merge_users(self, from_id: str, to_id: str) -> Receipt:
        """Say that ``from_id``, as of an anonymous visitor, is ``to_id``: its events become theirs, and later ones too.

        Chains are followed: whoever was merged into ``from_id`` goes along. Their consent holds where ``to_id`` has
        given none. Merging an id into itself, or into one that stands for it, changes nothing. An id that was merged
        into another user before is only led elsewhere: that user keeps what they have.

        Raises:
            StoreFullError: More waits than may; raised at once.
            InputError: An id is empty.
            StoreError: The commit failed.

        Cost:
            One wait for the disk, about 10 microseconds for each event of ``from_id``, and up to half a millisecond to
            find them; where more than 5,000 events are not sorted by user yet, they are sorted first.
        """
        return await self._submit(MergeUsers(from_id, to_id))

    def merge_users_blocking(self, from_id: str, to_id: str) -> Receipt:
        """:meth:`merge_users` for a thread without a loop, with the same errors."""
        return self._writer.submit(MergeUsers(from_id, to_id)).result()

    async def change_items(self, changes: Sequence[ItemChange]) -> Receipt:
        """Lay changes over what was said of items before, column by column, all or none. The last to come wins.

        Raises:
            StoreFullError: More waits than may; raised at once, and nothing is stored.
            InputError: An attribute is not JSON; nothing is stored.
            StoreError: The commit failed; to send them again does no harm.

        Cost:
            One wait for the disk, and about 10 microseconds a change.
        """
        return await self._submit(ChangeItems(changes))

    def change_items_blocking(self, changes: Sequence[ItemChange]) -> Receipt:
        """:meth:`change_items` for a thread without a loop, with the same errors."""
        return self._writer.submit(ChangeItems(changes)).result()

    def settle_items_blocking(self, item_ids: Sequence[str], before_us: int) -> Receipt:
        """Let what was said of items hold for older models alone, because the shop's own files say it now.

        A model that has learned up to the receipt's number, or further, was trained on those files.

        Args:
            item_ids: The items.
            before_us: What was said at this moment or later, in microseconds since 1970 UTC, goes on holding.

        Raises:
            StoreFullError: More waits than may; raised at once.
            StoreError: The commit failed.
        """
        return self._writer.submit(SettleItems(item_ids, before_us)).result()

    async def set_consent(self, consent: Consent) -> Receipt:
        """Note whether what a user does may be used; under a merged id it holds for the user that the id stands for.

        Raises:
            StoreFullError: More waits than may; raised at once.
            StoreError: The commit failed.
        """
        return await self._submit(SetConsent(consent))

    def set_consent_blocking(self, consent: Consent) -> Receipt:
        """:meth:`set_consent` for a thread without a loop, with the same errors."""
        return self._writer.submit(SetConsent(consent)).result()

    async def count_searches(self, counts: Sequence[SearchCount]) -> Receipt:
        """Add to what was searched for; what is older than 90 days is forgotten.

        Raises:
            StoreFullError: More waits than may; raised at once.
            InputError: A query cannot be stored.
            StoreError: The commit failed.
        """
        return await self._submit(CountSearches(counts))

    def count_searches_blocking(self, counts: Sequence[SearchCount]) -> Receipt:
        """:meth:`count_searches` for a thread without a loop, with the same errors."""
        return self._writer.submit(CountSearches(counts)).result()

    def last_seq(self) -> int:
        """The last number of the sequence that was given; 0 while nothing has been stored.

        Raises:
            StoreError: The database cannot be read.
        """
        with reading(self._folder, self._config) as connection:
            return int(connection.execute("SELECT value FROM facts WHERE name = 'last_seq'").fetchone()[0])

    def events(self) -> int:
        """How many events are stored, of all users and times.

        Raises:
            StoreError: The database cannot be read.
        """
        with reading(self._folder, self._config) as connection:
            return int(connection.execute("SELECT value FROM facts WHERE name = 'events'").fetchone()[0])

    def read_events(
        self, after_seq: int = 0, until_seq: int | None = None, *, batch: int = 50_000
    ) -> Iterator[dict[str, list[Any]]]:
        """The event log in the order of the sequence, in columns, a part at a time.

        An event that a merge gave to another user stands where the merge stands: who keeps what was read before
        replaces it by ``event_id``.

        Args:
            after_seq: Read what comes after this number.
            until_seq: Read up to and with this one; up to now where left out.
            batch: Most events of one part, which bounds the memory that is used.

        Returns:
            Parts, each with a list for every name of ``EVENT_COLUMNS``; none where there are no events.

        Raises:
            StoreError: The database cannot be read.
        """
        until = self.last_seq() if until_seq is None else until_seq
        with reading(self._folder, self._config) as connection:
            # Parts are read one by one, not in one long statement: that would keep changes from being worked in.
            while rows := connection.execute(_READ_EVENTS, (after_seq, until, batch)).fetchall():
                yield dict(zip(EVENT_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
                after_seq = rows[-1][0]

    async def _submit(self, work: Work) -> Receipt:
        return await self._writer.submit_on(asyncio.get_running_loop(), work)
