"""The writing thread: groups, bounds, failures, and who is told what."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest

from parure.core.errors import InputError, StoreError, StoreFullError
from parure.store import Consent, ItemChange, Reader, Store, StoreConfig
from parure.store.database import WriteLock, store_folder
from parure.testing.store_contract import event


@contextmanager
def held_back(shop):
    """Keeps every writer of a shop waiting, as another process that commits would."""
    with closing(WriteLock(store_folder(shop))) as lock, lock:
        yield


async def until(condition):
    """Let other tasks and threads go on until something holds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never holds")


def stored(store):
    return [event_id for part in store.read_events() for event_id in part["event_id"]]


def test_what_waits_is_committed_together_and_in_order(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            tasks = [asyncio.create_task(store.append_events([event(n), event(n + 100)])) for n in range(20)]
            await until(lambda: store.size() == 40)
        return await asyncio.gather(*tasks)

    with Store.open(tmp_path) as store:
        receipts = asyncio.run(submit(store))
        assert store.size() == 0
        assert stored(store) == [f"e{n + more}" for n in range(20) for more in (0, 100)]
    assert {(receipt.accepted, receipt.duplicates) for receipt in receipts} == {(2, 0)}
    # One number of the sequence for all of them says that they were one commit.
    assert len({receipt.seq for receipt in receipts}) == 1


def test_each_submission_of_a_group_is_told_its_own_duplicates(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            batches = [[event(1), event(2)], [event(2)], [event(3), event(1), event(3)], []]
            tasks = [asyncio.create_task(store.append_events(batch)) for batch in batches]
            await until(lambda: store.size() == 7)
        return await asyncio.gather(*tasks)

    with Store.open(tmp_path) as store:
        receipts = asyncio.run(submit(store))
        assert [(r.accepted, r.duplicates) for r in receipts] == [(2, 0), (0, 1), (1, 2), (0, 0)]
        assert store.statistics.event_counts(0, 1 << 62).popitem()[1] == 3


def test_the_order_of_events_and_merges_within_a_group_is_kept(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            tasks = [
                asyncio.create_task(work)
                for work in (
                    store.append_events([event(1, "a")]),
                    store.merge_users("a", "b"),
                    store.append_events([event(2, "a")]),
                    store.change_items([ItemChange("i1", 1)]),
                    store.set_consent(Consent("a", True)),
                )
            ]
            await until(lambda: store.size() == 5)
        await asyncio.gather(*tasks)

    with Store.open(tmp_path) as store, Reader.open(tmp_path) as reader:
        asyncio.run(submit(store))
        reader.refresh()
        assert [row.item_id for row in reader.events_of("b", 9)] == ["i1", "i2"]
        assert reader.consent_of("b") is True


def test_a_submission_that_cannot_be_stored_stops_no_other_of_its_group(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            works = [
                store.append_events([event(1)]),
                store.append_events([event(2), event(3, user_id="\ud800")]),
                store.merge_users("", "x"),
                store.append_events([event(4, kind="view")]),
                store.append_events([event(5)]),
            ]
            tasks = [asyncio.create_task(work) for work in works]
            await until(lambda: store.size() == 6)
        return await asyncio.gather(*tasks, return_exceptions=True)

    with Store.open(tmp_path) as store:
        outcomes = asyncio.run(submit(store))
        assert [isinstance(outcome, InputError) for outcome in outcomes] == [False, True, True, True, False]
        assert stored(store) == ["e1", "e5"]
        assert store.events() == 2


def test_a_full_queue_refuses_at_once_and_loses_nothing_that_was_answered(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            tasks = [asyncio.create_task(store.append_events([event(n)])) for n in range(5)]
            await until(lambda: store.size() == 5)
            with pytest.raises(StoreFullError) as refused:
                await store.append_events([event(90)])
            with pytest.raises(StoreFullError):
                store.append_events_blocking([event(91)])
        await asyncio.gather(*tasks)
        await store.append_events([event(5)])
        return refused.value

    with Store.open(tmp_path, StoreConfig(queue_events=5)) as store:
        error = asyncio.run(submit(store))
        assert stored(store) == [f"e{n}" for n in range(6)]
    assert error.code == "store_full"
    assert 0 < error.retry_after_s <= 30
    assert "5 events wait" in str(error)


def test_a_submission_that_never_fits_is_told_so(tmp_path):
    with Store.open(tmp_path, StoreConfig(queue_events=2)) as store:
        with pytest.raises(StoreError, match="larger than the queue of 2") as refused:
            store.append_events_blocking([event(n) for n in range(3)])
        assert refused.value.code == "store"
        assert store.append_events_blocking([event(1), event(2)]).accepted == 2


def test_a_batch_larger_than_a_commit_is_still_committed_whole(tmp_path):
    with Store.open(tmp_path, StoreConfig(commit_events=2)) as store:
        assert store.append_events_blocking([event(n) for n in range(9)]).accepted == 9


def test_a_failing_commit_fails_those_who_wait_for_it_and_nobody_after(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            tasks = [asyncio.create_task(store.append_events([event(n)])) for n in range(3)]
            await until(lambda: store.size() == 3)
        return await asyncio.gather(*tasks, return_exceptions=True)

    with Store.open(tmp_path, StoreConfig(busy_s=0)) as store:
        # A program that knows nothing of the writer's lock holds SQLite's own.
        with closing(sqlite3.connect(tmp_path / "store" / "parure.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            outcomes = asyncio.run(submit(store))
            other.execute("ROLLBACK")
        assert [type(outcome) for outcome in outcomes] == [StoreError] * 3
        assert len({id(outcome) for outcome in outcomes}) == 3
        assert "locked" in str(outcomes[0])
        assert store.size() == 0
        assert store.append_events_blocking([event(1)]).accepted == 1


def test_a_full_disk_is_told_until_something_is_written_again(tmp_path):
    with Store.open(tmp_path) as store:
        asyncio.run(store.check())
        connection = store._writer._connection
        connection.execute("PRAGMA max_page_count = 1")  # No smaller than the file is: as a disk that is full.
        long = [event(n, session_id="s" * 1000) for n in range(200)]
        with pytest.raises(StoreError, match="full"):
            store.append_events_blocking(long)
        assert "full" in str(store.last_failure)
        assert store.events() == 0
        connection.execute("PRAGMA max_page_count = 1000000")
        asyncio.run(store.check())
        assert store.last_failure is None
        store.append_events_blocking(long)
        assert store.events() == 200


def test_whether_the_disk_takes_events_again_is_found_out_by_writing(tmp_path):
    with Store.open(tmp_path, StoreConfig(busy_s=0)) as store:
        with closing(sqlite3.connect(tmp_path / "store" / "parure.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for attempt in (lambda: store.append_events_blocking([event(1)]), lambda: asyncio.run(store.check())):
                with pytest.raises(StoreError, match="locked"):
                    attempt()
                assert "locked" in str(store.last_failure)
            other.execute("ROLLBACK")
            (before,) = other.execute("PRAGMA data_version").fetchone()
            asyncio.run(store.check())
            assert other.execute("PRAGMA data_version").fetchone() != (before,)
        assert store.last_failure is None
        assert store.events() == 0


def test_a_submission_that_cannot_be_stored_says_nothing_of_the_disk(tmp_path):
    with Store.open(tmp_path) as store:
        with pytest.raises(InputError):
            store.append_events_blocking([event(1, user_id="\ud800")])
        assert store.last_failure is None


def test_a_cancelled_task_takes_nothing_back(tmp_path):
    async def submit(store):
        with held_back(tmp_path):
            task = asyncio.create_task(store.append_events([event(1)]))
            await until(lambda: store.size() == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await store.append_events([event(2)])

    with Store.open(tmp_path) as store:
        asyncio.run(submit(store))
        assert stored(store) == ["e1", "e2"]


def test_a_loop_that_has_ended_hinders_nobody(tmp_path):
    async def leave(store):
        task = asyncio.create_task(store.append_events([event(1)]))
        await until(lambda: store.size() == 1)
        task.cancel()

    with Store.open(tmp_path) as store:
        with held_back(tmp_path):
            asyncio.run(leave(store))
        assert store.append_events_blocking([event(2)]).accepted == 1
        assert stored(store) == ["e1", "e2"]


def test_closing_commits_what_waits_and_refuses_what_comes_later(tmp_path):
    store = Store.open(tmp_path)
    receipts = []
    with held_back(tmp_path):
        threads = [
            threading.Thread(target=lambda n=n: receipts.append(store.append_events_blocking([event(n)])))
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        asyncio.run(until(lambda: store.size() == 4))
        closing_thread = threading.Thread(target=store.close)
        closing_thread.start()
    for thread in (*threads, closing_thread):
        thread.join()
    store.close()
    assert len(receipts) == 4
    with pytest.raises(StoreError, match="closed"):
        store.append_events_blocking([event(9)])
    with Store.open(tmp_path) as again:
        assert sorted(stored(again)) == ["e0", "e1", "e2", "e3"]


def test_one_call_wakes_the_loop_for_a_whole_commit(tmp_path, monkeypatch):
    async def submit(store):
        loop, calls = asyncio.get_running_loop(), []
        call = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *args: calls.append(args) or call(*args))
        with held_back(tmp_path):
            tasks = [asyncio.create_task(store.append_events([event(n)])) for n in range(50)]
            await until(lambda: store.size() == 50)
        await asyncio.gather(*tasks)
        return calls

    with Store.open(tmp_path) as store:
        assert len(asyncio.run(submit(store))) == 1


def unsorted(shop):
    """Events that are not sorted by user, as anybody sees them from outside."""
    with closing(sqlite3.connect(shop / "store" / "parure.db")) as connection:
        facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
        counted = connection.execute("SELECT count(*) FROM events_of_user").fetchone()[0]
    assert counted == facts["sorted_seq"]
    return facts["last_seq"] - facts["sorted_seq"]


def wait_for(what):
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def test_events_are_sorted_by_user_in_a_pause_once_there_are_enough(tmp_path):
    with Store.open(tmp_path, StoreConfig(pause_events=3)) as store:
        store.append_events_blocking([event(1), event(2)])
        time.sleep(0.2)
        assert unsorted(tmp_path) == 2
        store.append_events_blocking([event(3)])
        wait_for(lambda: unsorted(tmp_path) == 0)
        assert store.last_failure is None
        store.append_events_blocking([event(4)])
        time.sleep(0.2)
        assert unsorted(tmp_path) == 1


def test_events_are_not_sorted_while_more_come_in_but_when_there_are_too_many(tmp_path):
    config = StoreConfig(pause_events=10, sort_events=300)
    with Store.open(tmp_path, config) as store:
        most = 0
        for number in range(0, 290, 10):
            store.append_events_blocking([event(number + each) for each in range(10)])
            most = max(most, unsorted(tmp_path))
        assert most > 10
        store.append_events_blocking([event(1000 + each) for each in range(300)])
        assert unsorted(tmp_path) == 0


def test_a_sort_that_fails_is_told_and_done_with_what_comes_next(tmp_path, monkeypatch):
    monkeypatch.setattr("parure.store.writer._PAUSE_S", 0.5)
    with Store.open(tmp_path, StoreConfig(pause_events=2, busy_s=0)) as store:
        blocker = sqlite3.connect(tmp_path / "store" / "parure.db", isolation_level=None)
        store.append_events_blocking([event(1), event(2)])
        blocker.execute("BEGIN IMMEDIATE")
        wait_for(lambda: store.last_failure is not None)
        assert "locked" in str(store.last_failure)
        assert unsorted(tmp_path) == 2
        blocker.close()
        store.append_events_blocking([event(3)])
        wait_for(lambda: unsorted(tmp_path) == 0)
        assert store.last_failure is None
