"""Word of commits reaches all that share a store, and who does not hear of one asks soon."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from parure.core.errors import StoreError
from parure.store import Reader, Store, reader
from parure.store.commits import CommitCount
from parure.store.records import ItemChange


@pytest.fixture
def count(tmp_path):
    with closing(CommitCount.open(tmp_path)) as count:
        yield count


def test_a_count_is_seen_by_all_who_share_it(count, tmp_path):
    with closing(CommitCount.open(tmp_path)) as other:
        assert count.read() == other.read()
        before = other.read()
        count.move_on()
        after = other.read()
        assert after == count.read() != before
        other.move_on()
        assert count.read() == other.read() != after


def test_it_starts_anew_after_the_largest_number(count, tmp_path):
    (tmp_path / "commits").write_bytes(b"\xff" * 8)
    count.move_on()
    assert count.read() == b"\0" * 8


def test_it_can_be_closed_twice(count):
    count.close()
    count.close()
    assert count.read() == b""


def test_a_file_that_is_too_short_counts_from_nothing(count, tmp_path):
    assert count.read() == b""
    count.move_on()
    before = count.read()
    assert len(before) == 8
    os.truncate(tmp_path / "commits", 3)
    assert count.read() != before
    count.move_on()
    assert len(count.read()) == 8


def test_word_that_cannot_be_written_ends_nothing(caplog):
    with Path("/dev/full").open("r+b", buffering=0) as full:
        CommitCount(full).move_on()
    assert "No space left" in caplog.text


def test_what_cannot_be_made_is_told(tmp_path):
    (tmp_path / "commits").mkdir()
    with pytest.raises(StoreError, match="commits"):
        CommitCount.open(tmp_path)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path) as store:
        yield store


def test_while_nobody_commits_the_database_is_not_asked(store, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "_ASK_S", 1000.0)
    with Reader.open(tmp_path) as read:
        read.refresh()
        read.refresh()
        read._connection, kept = None, read._connection
        assert not read.refresh()
        read._connection = kept
        store.change_items_blocking([ItemChange("i1", 1, attributes={"in_stock": False})])
        assert [each.item_id for each in read.refresh().items] == ["i1"]


def test_what_another_program_writes_is_read_after_a_while(store, tmp_path, monkeypatch):
    del store
    monkeypatch.setattr(reader, "_ASK_S", 0.0)
    with Reader.open(tmp_path) as read:
        read.refresh()
        read.refresh()
        with closing(sqlite3.connect(tmp_path / "store" / "parure.db")) as other, other:
            other.execute("INSERT INTO consents (user_id, agreed, at_us, seq) VALUES ('ada', 0, 1, 1)")
        assert [each.user_id for each in read.refresh().consents] == ["ada"]
