"""The one thread of a process that writes: it commits together whatever waits, and answers when that is on the disk.

A commit costs one wait for the disk, however much is in it. While one runs the next gathers, so many senders share a
wait and a single one is kept no longer than the disk takes.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from parure.core.errors import InputError, ParureError, StoreError, StoreFullError
from parure.store.changes import AppendEvents, Transaction, Work
from parure.store.commits import CommitCount
from parure.store.config import StoreConfig
from parure.store.database import WriteLock, connect, database_error
from parure.store.records import Receipt

_FIRST_GUESS_S = 0.1
_LEAST_RETRY_S, _MOST_RETRY_S = 0.05, 30.0
_PAUSE_S = 0.05
"""So long nothing comes in before it is taken for a pause."""

Outcome = Receipt | Exception
_Answers = list[tuple[asyncio.Future[Receipt], Outcome]]


@dataclass(slots=True)
class _Submission:
    """Something that waits, and who waits for it: a thread, or a task of ``loop``."""

    work: Work
    size: int
    answer: Future[Receipt] | asyncio.Future[Receipt]
    loop: asyncio.AbstractEventLoop | None


class Writer:
    """Commits submissions in the order in which they came, in groups.

    Args:
        folder: The store's folder, prepared.
        config: Bounds of the queue and of a commit.
        now_us: The clock.

    Attributes:
        last_failure: Why the last commit failed; None where it went well, or there was none yet.

    Raises:
        StoreError: The database cannot be opened.
    """

    def __init__(self, folder: Path, config: StoreConfig, now_us: Callable[[], int]) -> None:
        self._path = folder / "parure.db"
        self._config = config
        self._now_us = now_us
        self._commits = CommitCount.open(folder)
        self._connection = connect(folder, config, query_only=False)
        self._lock = WriteLock(folder)
        with self._lock:
            # Whoever wrote before may have ended between a commit and its word of it.
            self._commits.move_on()
        self._queue: deque[_Submission] = deque()
        self._waiting = 0
        self._seconds_per_event = 0.0
        self._closed = False
        self.last_failure: StoreError | None = None
        self._unsorted = 0
        self._changed = threading.Condition(threading.Lock())
        # A daemon: a program that ends without closing loses nothing that was answered, and does not hang.
        self._thread = threading.Thread(target=self._run, name="parure-store-writer", daemon=True)
        self._thread.start()

    def size(self) -> int:
        """Events that have been submitted and not yet answered."""
        return self._waiting

    def submit(self, work: Work) -> Future[Receipt]:
        """Queue a submission. The future is done once it is on the disk, or has failed.

        Raises:
            StoreFullError: The queue is full; nothing was queued.
            StoreError: The store is closed, or the submission is larger than the queue.
        """
        answer: Future[Receipt] = Future()
        self._enqueue(_Submission(work, max(1, work.size), answer, None))
        return answer

    def submit_on(self, loop: asyncio.AbstractEventLoop, work: Work) -> asyncio.Future[Receipt]:
        """:meth:`submit` for a task of ``loop``. A task that is cancelled takes nothing back.

        Raises:
            StoreFullError: The queue is full; nothing was queued.
            StoreError: The store is closed, or the submission is larger than the queue.
        """
        answer = loop.create_future()
        self._enqueue(_Submission(work, max(1, work.size), answer, loop))
        return answer

    def close(self) -> None:
        """Commit what waits, refuse what comes later, and end. Blocks that long; a second call does nothing."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._connection.close()
        self._commits.close()
        self._lock.close()

    def _enqueue(self, submission: _Submission) -> None:
        allowed = self._config.queue_events
        with self._changed:
            if self._closed:
                raise StoreError("The store is closed.", hint="Open it again.")
            if submission.size > allowed:
                raise StoreError(
                    f"A submission of {submission.size} events is larger than the queue of {allowed}.",
                    hint="Send it in parts, or raise queue_events.",
                )
            if self._waiting + submission.size > allowed:
                raise StoreFullError(self._waiting, allowed, self._retry_after_s())
            self._queue.append(submission)
            self._waiting += submission.size
            if len(self._queue) == 1:
                self._changed.notify()

    def _retry_after_s(self) -> float:
        """In how long half of what waits should be written."""
        seconds = self._seconds_per_event * self._waiting / 2 or _FIRST_GUESS_S
        return min(max(seconds, _LEAST_RETRY_S), _MOST_RETRY_S)

    def _run(self) -> None:
        """What the thread does until the writer is closed and the queue is empty."""
        while True:
            with self._changed:
                is_pause = False
                while not self._queue and not self._closed and not is_pause:
                    many = self._unsorted >= self._config.pause_events
                    is_pause = not self._changed.wait(_PAUSE_S if many else None)
                if self._closed and not self._queue:
                    return
            if is_pause and not self._queue:
                self._sort()
            else:
                self._commit_next()

    def _sort(self) -> None:
        """Sort events by user while nobody waits; where it fails, that is told as of a commit, and it is done later."""
        self._unsorted = 0
        try:
            with self._lock:
                self._transaction([], _sorted)
        except sqlite3.Error as error:
            self.last_failure = database_error(self._path, error)

    def _commit_next(self) -> None:
        """Commit a group of what waits, and answer everybody in it."""
        group: list[_Submission] = []
        outcomes: Sequence[Outcome]
        try:
            with self._lock:
                # Taken only now: while another process wrote, more has come in.
                started = perf_counter()
                group = self._take()
                outcomes = self._commit([submission.work for submission in group])
                seconds = perf_counter() - started
            self.last_failure = None
        except Exception as error:  # noqa: BLE001 - everybody in the group is told, and the thread goes on
            group = group or self._take()
            outcomes = [error] * len(group)
            seconds = 0.0
            self.last_failure = database_error(self._path, error)
        self._settle(group, seconds)
        self._answer(zip(group, outcomes, strict=True))

    def _take(self) -> list[_Submission]:
        """The next group: as many as one commit may hold, and at least one."""
        group: list[_Submission] = []
        room = self._config.commit_events
        with self._changed:
            while self._queue and (not group or self._queue[0].size <= room):
                group.append(self._queue.popleft())
                room -= group[-1].size
        return group

    def _settle(self, group: list[_Submission], seconds: float) -> None:
        """Make room in the queue, and note how long an event takes."""
        done = sum(submission.size for submission in group)
        with self._changed:
            self._waiting -= done
            if seconds:
                # Half the last commit, half those before.
                self._seconds_per_event = (self._seconds_per_event + seconds / done) / 2

    def _commit(self, works: list[Work]) -> Sequence[Outcome]:
        """Commit a group; where one of it cannot be stored, all others."""
        try:
            return self._transaction(works, Transaction.apply)
        except sqlite3.OperationalError:
            raise
        except Exception:  # noqa: BLE001 - each submission is tried again, and gets its own error
            return self._transaction(works, Transaction.apply_apart)

    def _transaction(
        self, works: list[Work], apply: Callable[[Transaction, list[Work]], Sequence[Outcome]]
    ) -> Sequence[Outcome]:
        """Run one transaction; it is on the disk when this returns, and undone when this raises."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            transaction = Transaction(self._connection, self._now_us(), self._config.sort_events)
            outcomes = apply(transaction, works)
            transaction.finish()
            self._note(works, outcomes)
            self._connection.execute("COMMIT")
            self._commits.move_on()
            self._unsorted = transaction.unsorted
        except BaseException:
            # SQLite may have ended it already, as when the disk is full.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return outcomes

    def _note(self, works: list[Work], outcomes: Sequence[Outcome]) -> None:
        """Count events; after a commit that failed write in any case, so as to see that the disk takes it."""
        pairs = zip(works, outcomes, strict=True)
        new = sum(out.accepted for work, out in pairs if isinstance(work, AppendEvents) and isinstance(out, Receipt))
        if new:
            self._connection.execute("UPDATE facts SET value = value + ? WHERE name = 'events'", (new,))
        if self.last_failure is not None:
            self._connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'retries'")

    def _answer(self, answered: Iterable[tuple[_Submission, Outcome]]) -> None:
        """Tell everybody, each loop with a single call."""
        by_loop: dict[asyncio.AbstractEventLoop, _Answers] = {}
        for submission, outcome in answered:
            told = self._failure(outcome) if isinstance(outcome, Exception) else outcome
            if submission.loop is None or isinstance(submission.answer, Future):
                _tell(submission.answer, told)
            else:
                by_loop.setdefault(submission.loop, []).append((submission.answer, told))
        for loop, answers in by_loop.items():
            # A loop that has been closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_tell_all, answers)

    def _failure(self, error: Exception) -> ParureError:
        """An error for one sender alone: an exception that several raise gathers the steps of all of them."""
        told: ParureError
        if isinstance(error, InputError):
            told = InputError(error.message, hint=error.hint)
        elif isinstance(error, sqlite3.OperationalError | OSError) or type(error) is sqlite3.DatabaseError:
            told = database_error(self._path, error)
        else:
            told = InputError(
                f"What was submitted cannot be stored: {error}.", hint="Send texts and numbers of the documented kinds."
            )
        told.__cause__ = error
        return told


def _tell(answer: Future[Receipt] | asyncio.Future[Receipt], outcome: Outcome) -> None:
    """Resolve one future, unless its task has been cancelled."""
    if answer.done():
        return
    if isinstance(outcome, Receipt):
        answer.set_result(outcome)
    else:
        answer.set_exception(outcome)


def _tell_all(answers: _Answers) -> None:
    """Resolve the futures of one loop, on its thread."""
    for answer, outcome in answers:
        _tell(answer, outcome)


def _sorted(transaction: Transaction, works: list[Work]) -> list[Outcome]:
    """Sort events by user, and nothing else."""
    del works
    transaction.sort()
    return []
