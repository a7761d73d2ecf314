"""A store whose writers are killed at any moment, and several processes that write at once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from itertools import pairwise

import pytest

from parure.core.errors import StoreFullError
from parure.store import Store, StoreConfig
from parure.testing.store_contract import event

ROUNDS = 50

WRITERS = """
import asyncio, os, random, sys
from pathlib import Path
from parure.core import EventKind
from parure.store import Store, StoreConfig, StoredEvent

async def submit(store, name, chance):
    for number in range(1_000_000):
        size = chance.choice((1, 1, 2, 5, 20))
        ids = [f"{name}-{number}-{n}-{size}" for n in range(size)]
        batch = [StoredEvent(i, f"u{chance.randrange(50)}", "i", EventKind.VIEW, n) for n, i in enumerate(ids)]
        receipt = await store.append_events(batch)
        assert receipt.accepted == size
        os.write(1, "".join(f"{i}\\n" for i in ids).encode())  # one write: nothing waits in the process
        if number % 5 == 4:
            await store.merge_users(f"u{chance.randrange(50)}", f"{name}-{number}")

async def write(shop, name):
    with Store.open(Path(shop), StoreConfig(sort_events=50)) as store:
        await asyncio.gather(*(submit(store, f"{name}-{n}", random.Random(f"{name}-{n}")) for n in range(4)))

# Imports once. For every line it forks a group of two writers, the first of which says the group's id.
for line in sys.stdin:
    shop, name = line.split()
    acknowledged = os.open(f"{shop}/{name}.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    leader = os.fork()
    if not leader:
        os.setsid()
        second = os.fork()
        if second:
            os.write(1, f"{os.getpid()}\\n".encode())
        os.dup2(acknowledged, 1)
        asyncio.run(write(shop, f"{name}-{'a' if second else 'b'}"))
        os._exit(0)
    os.close(acknowledged)
    sys.stdin.readline()
    os.waitpid(leader, 0)
    print("over", flush=True)
"""

FOLLOWER = """
import sys
from pathlib import Path
from parure.store import Reader
with Reader.open(Path(sys.argv[1])) as reader:
    for line in sys.stdin:
        reader.refresh()
        print(" ".join(row.item_id for row in reader.events_of(line.strip(), 100)), flush=True)
"""

BESIDE = """
import sys
from pathlib import Path
from parure.core import EventKind
from parure.store import Reader, Store, StoredEvent
shop, name = Path(sys.argv[1]), sys.argv[2]
with Store.open(shop) as store, Reader.open(shop) as reader:
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(100):
        store.append_events_blocking([StoredEvent(f"{name}{n}", "both", f"{name}{n}", EventKind.VIEW, n)])
        reader.refresh()
        assert f"{name}{n}" in {row.item_id for row in reader.events_of("both", 1000)}
    print("done", flush=True)
    sys.stdin.readline()
    reader.refresh()
    print(len(reader.events_of("both", 1000)), flush=True)
"""


@contextmanager
def child(code, *arguments):
    """A process that answers a line with a line."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.stdin.close()
            process.wait(10)


def ask(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def check_round(connection, name, acknowledged):
    """Everything that was acknowledged is there, and every batch is there whole."""
    found = connection.execute("SELECT event_id FROM events WHERE event_id BETWEEN ? AND ?", (f"{name}-", f"{name}-~"))
    stored = [event_id for (event_id,) in found]
    assert len(set(stored)) == len(stored)
    assert set(acknowledged) <= set(stored), "an acknowledged event is lost"
    batches = {}
    for event_id in stored:
        batch, number, size = event_id.rsplit("-", 2)
        batches.setdefault((batch, int(size)), set()).add(int(number))
    assert all(numbers == set(range(size)) for (_, size), numbers in batches.items()), "a batch is half there"
    return len(stored)


@pytest.mark.slow
def test_writers_killed_at_any_moment_lose_nothing_acknowledged_and_leave_no_half_batch(tmp_path):
    Store.open(tmp_path).close()
    moments, total, told = random.Random(11), 0, 0
    with child(WRITERS) as nursery, closing(sqlite3.connect(tmp_path / "store" / "parure.db")) as connection:
        for number in range(ROUNDS):
            name = f"round{number:02}"
            leader = int(ask(nursery, f"{tmp_path} {name}"))
            time.sleep(moments.uniform(0.03, 0.4))
            os.killpg(leader, signal.SIGKILL)
            assert ask(nursery, "killed") == "over"
            acknowledged = (tmp_path / f"{name}.txt").read_text().splitlines()
            total += check_round(connection, name, acknowledged)
            told += len(acknowledged)
            assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        # What an earlier round stored has not been lost in a later one either.
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (total,)
        assert connection.execute("SELECT sum(events) FROM event_minutes").fetchone() == (total,)
        owned = connection.execute("SELECT count(*) FROM events WHERE user_id IN (SELECT from_id FROM merges)")
        assert owned.fetchone() == (0,), "a merge is half there"
        (until,) = connection.execute("SELECT value FROM facts WHERE name = 'sorted_seq'").fetchone()
        log = "SELECT user_id, seq FROM events WHERE seq <= ? ORDER BY 1, 2"
        assert until > 50, "nothing was sorted by user"
        assert connection.execute("SELECT * FROM events_of_user ORDER BY 1, 2").fetchall() == (
            connection.execute(log, (until,)).fetchall()
        ), "what is sorted by user is not what the log says"
    assert told > 50 * ROUNDS, f"only {told} events were acknowledged in {ROUNDS} rounds"
    with Store.open(tmp_path) as store:
        assert store.append_events_blocking([event(1)]).accepted == 1


def test_a_reader_in_another_process_sees_a_committed_event_at_its_next_refresh(tmp_path):
    with Store.open(tmp_path) as store, child(FOLLOWER, tmp_path) as follower:
        assert ask(follower, "u1") == ""
        for number in range(1, 20):
            store.append_events_blocking([event(number)])
            assert ask(follower, "u1").split() == [f"i{n}" for n in range(1, number + 1)]


def test_two_processes_write_at_once_and_both_see_everything(tmp_path):
    with child(BESIDE, tmp_path, "a") as one, child(BESIDE, tmp_path, "b") as other:
        for process in (one, other):
            assert process.stdout.readline().strip() == "ready"
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in (one, other):
            assert process.stdout.readline().strip() == "done"
        assert [ask(process, "count") for process in (one, other)] == ["200", "200"]
    with closing(sqlite3.connect(tmp_path / "store" / "parure.db")) as connection:
        order = [item for (item,) in connection.execute("SELECT substr(event_id, 1, 1) FROM events ORDER BY seq")]
    turns = sum(one != next_one for one, next_one in pairwise(order))
    assert turns > 10, "one of the two had to wait for the other's end"


def test_a_flood_is_refused_and_all_that_was_acknowledged_is_there(tmp_path):
    async def one(store, number):
        try:
            await store.append_events([event(number)])
        except StoreFullError:
            return None
        return f"e{number}"

    async def flood(store):
        told = []
        for start in range(0, 10_000, 1000):
            told += await asyncio.gather(*(one(store, number) for number in range(start, start + 1000)))
        return told

    with Store.open(tmp_path, StoreConfig(queue_events=200)) as store:
        told = asyncio.run(flood(store))
        stored = [event_id for part in store.read_events() for event_id in part["event_id"]]
    assert told.count(None) > 1000
    assert sorted(stored) == sorted(filter(None, told))
