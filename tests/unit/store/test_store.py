"""Opening a store, and what its reader does beyond the contract."""

import sqlite3
from contextlib import closing

import pytest

import parure.store
from parure.core.errors import ParureError, StoreError, StoreFullError
from parure.store import ItemChange, Reader, SearchCount, Store, StoreConfig, StoredEvent
from parure.store import database as database_module
from parure.store.reader import _SORTED, _UNSORTED
from parure.testing.store_contract import event


def test_all_that_the_package_names_is_there():
    assert parure.store.__all__ == sorted(parure.store.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(parure.store, name) for name in parure.store.__all__)


def test_the_errors_of_the_store_are_in_the_tree():
    assert issubclass(StoreFullError, StoreError)
    assert issubclass(StoreError, ParureError)
    assert StoreFullError(3, 4, 0.5).to_dict()["code"] == "store_full"


def test_a_commit_waits_for_the_disk_and_readers_never_wait(tmp_path):
    with Store.open(tmp_path) as store:
        connection = store._writer._connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_reader_cannot_write(tmp_path):
    with Store.open(tmp_path), Reader.open(tmp_path) as reader, pytest.raises(sqlite3.OperationalError):
        reader._connection.execute("DELETE FROM events")


def test_the_events_of_a_user_are_found_by_their_keys(tmp_path):
    with Store.open(tmp_path), Reader.open(tmp_path) as reader:
        plan = [text for *_, text in reader._connection.execute(f"EXPLAIN QUERY PLAN {_SORTED}", ("u", 0, 9, 9))]
        assert plan == [
            "SEARCH found USING PRIMARY KEY (user_id=? AND seq>? AND seq<?)",
            "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)",
        ]
        plan = [text for *_, text in reader._connection.execute(f"EXPLAIN QUERY PLAN {_UNSORTED.format('')}", ("u", 1))]
        assert plan == ["SEARCH events USING INTEGER PRIMARY KEY (rowid=?)"]


def test_a_store_of_a_newer_version_is_refused(tmp_path):
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "store" / "parure.db")) as connection, connection:
        connection.execute("UPDATE facts SET value = 99 WHERE name = 'schema'")
    with pytest.raises(StoreError, match="has version 99, this parure reads up to 2"):
        Store.open(tmp_path)


def test_a_store_of_the_first_version_is_brought_up_with_all_that_it_holds(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(database_module, "_SCHEMAS", ("schema.sql",))
        patched.setattr(database_module, "SCHEMA_VERSION", 1)
        with Store.open(tmp_path) as store:
            store.append_events_blocking([event(1)])
    for _ in range(2):
        with Store.open(tmp_path, now_us=lambda: 86_400_000_000) as store:
            assert store.last_seq() == 1
            store.count_searches_blocking([SearchCount(1, "ring", 1, 0, 1, 1.0)])
    with Store.open(tmp_path, now_us=lambda: 86_400_000_000) as store:
        assert store.statistics.searches(1, 1)[0] == [(1, 2, 0)]


def test_a_store_without_its_facts_is_refused(tmp_path):
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "store" / "parure.db")) as connection, connection:
        connection.execute("DELETE FROM facts WHERE name = 'sorted_seq'")
    with pytest.raises(StoreError, match="lacks sorted_seq, by which its events are read"):
        Store.open(tmp_path)


def test_a_store_that_was_made_before_events_were_counted_counts_them_once(tmp_path):
    with Store.open(tmp_path) as store:
        store.append_events_blocking([event(1), event(2)])
    with closing(sqlite3.connect(tmp_path / "store" / "parure.db")) as connection, connection:
        connection.execute("DELETE FROM facts WHERE name IN ('events', 'retries')")
    with Store.open(tmp_path) as store:
        assert store.events() == 2
        store.append_events_blocking([event(2), event(3)])
        assert store.events() == 3


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    (tmp_path / "store").mkdir()
    path = tmp_path / "store" / "parure.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a store of parure: it holds songs"):
        Store.open(tmp_path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "parure.db").write_text("not a database, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError, match="Cannot make the store in"):
        Store.open(tmp_path)


def test_a_reader_of_a_shop_without_a_store_is_refused(tmp_path):
    with pytest.raises(StoreError, match="unable to open"):
        Reader.open(tmp_path)


def test_a_store_whose_making_was_cut_short_is_made_whole(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "parure.db").touch()
    with Store.open(tmp_path) as store:
        assert store.append_events_blocking([event(1)]).accepted == 1


def test_an_sqlite_without_strict_tables_serves_too(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "_STRICT_SINCE", (999,))
    with Store.open(tmp_path) as store:
        assert store.append_events_blocking([event(1), event(1)]).accepted == 1


def test_a_reader_keeps_what_it_marks_in_two_megabytes(tmp_path):
    with Store.open(tmp_path) as store, Reader.open(tmp_path) as reader:
        reader.refresh()
        store.append_events_blocking([StoredEvent(f"e{n}", f"u{n}", "i", event(1).kind, n) for n in range(15_000)])
        assert not reader.refresh()
        assert len(reader._marks) == 2 << 20
        assert all(reader.events_of(f"u{n}", 1) for n in range(0, 15_000, 100))
        # A user whose mark is another's as well is looked up, and found to have nothing.
        reader._marks[:] = b"\xff" * len(reader._marks)
        assert reader.events_of("nobody", 5) == []


def test_a_reader_that_starts_later_in_the_log_gives_what_came_after(tmp_path):
    with Store.open(tmp_path) as store:
        seq = store.append_events_blocking([event(1), event(2, "learned")]).seq
        store.append_events_blocking([event(3)])
        with Reader.open(tmp_path, since_seq=seq) as reader:
            reader.refresh()
            assert [row.item_id for row in reader.events_of("u1", 9)] == ["i3"]
            assert reader.events_of("learned", 9) == []
            reader.since(0)
            assert [row.item_id for row in reader.events_of("u1", 9)] == ["i1", "i3"]


def test_a_reader_that_failed_reads_next_time_what_it_missed(tmp_path):
    with Store.open(tmp_path) as store, Reader.open(tmp_path) as reader:
        reader.refresh()
        store.append_events_blocking([event(1)])
        # The reader's own progress handler interrupts every statement.
        reader._connection.set_progress_handler(lambda: 1, 1)
        with pytest.raises(StoreError, match="interrupted"):
            reader.refresh()
        reader._connection.set_progress_handler(None, 0)
        reader.refresh()
        assert [row.item_id for row in reader.events_of("u1", 9)] == ["i1"]


def test_events_that_are_sorted_after_a_reader_looked_are_given_once(tmp_path):
    with Store.open(tmp_path, StoreConfig(sort_events=4)) as store, Reader.open(tmp_path) as reader:
        store.append_events_blocking([event(1), event(2, "other")])
        reader.refresh()
        store.append_events_blocking([event(3), event(4)])
        assert store._writer._connection.execute("SELECT count(*) FROM events_of_user").fetchone() == (4,)
        assert [row.item_id for row in reader.events_of("u1", 9)] == ["i1"]
        store.append_events_blocking([event(5)])
        reader.refresh()
        assert [row.item_id for row in reader.events_of("u1", 9)] == ["i1", "i3", "i4", "i5"]
        assert [row.item_id for row in reader.events_of("u1", 2)] == ["i4", "i5"]
        assert {user_id: len(seqs) for user_id, seqs in reader._unsorted.items()} == {"u1": 1}


def test_a_merge_finds_events_that_are_sorted_and_those_that_are_not(tmp_path, monkeypatch):
    for scanned in (0, 100):
        monkeypatch.setattr("parure.store.changes._SCANNED", scanned)
        shop = tmp_path / str(scanned)
        shop.mkdir()
        with Store.open(shop, StoreConfig(sort_events=3)) as store, Reader.open(shop) as reader:
            reader.refresh()
            store.append_events_blocking([event(1), event(2, "login"), event(3)])
            store.append_events_blocking([event(4)])
            store.merge_users_blocking("u1", "login")
            reader.refresh()
            assert [row.item_id for row in reader.events_of("login", 9)] == ["i1", "i2", "i3", "i4"]
            assert reader.events_of("u1", 9) == []
            count = "SELECT count(*) FROM events_of_user LEFT JOIN events USING (seq) WHERE events.user_id IS NULL"
            assert store._writer._connection.execute(count).fetchone() == (0,)


def test_the_log_is_read_in_parts_that_join_without_gap_or_overlap(tmp_path):
    with Store.open(tmp_path) as store:
        for start in range(0, 25, 5):
            store.append_events_blocking([event(n) for n in range(start, start + 6)])
        parts = list(store.read_events(batch=4))
        assert [len(part["seq"]) for part in parts] == [4] * 6 + [2]
        assert [event_id for part in parts for event_id in part["event_id"]] == [f"e{n}" for n in range(26)]
        seqs = [seq for part in parts for seq in part["seq"]]
        assert seqs == sorted(set(seqs))
        middle = seqs[10]
        assert [s for part in store.read_events(middle, seqs[20]) for s in part["seq"]] == seqs[11:21]


def test_what_was_said_of_an_item_is_settled_for_models_that_learn_later(tmp_path):
    with Store.open(tmp_path) as store:
        store.change_items_blocking(
            [ItemChange("ring", 1, True, {"in_stock": False}), ItemChange("band", 1), ItemChange("pin", 7)]
        )
        settled = store.settle_items_blocking(["ring", "pin", "unheard of"], 5)
        assert settled.accepted == 1
        with Reader.open(tmp_path) as reader:
            found = {change.item_id: change.settled_seq for change in reader.refresh().items}
            assert found == {"ring": settled.seq, "band": 0, "pin": 0}
            store.change_items_blocking([ItemChange("ring", 8, attributes={"price_cents": 5})])
            assert reader.refresh().items == [ItemChange("ring", 8, False, {"price_cents": 5})]


def test_a_change_that_does_not_say_so_brings_nothing_back(tmp_path):
    with Store.open(tmp_path) as store, Reader.open(tmp_path) as reader:
        store.change_items_blocking([ItemChange("ring", 1, removed=True)])
        store.change_items_blocking([ItemChange("ring", 2, attributes={"in_stock": True})])
        assert reader.refresh().items == [ItemChange("ring", 2, True, {"in_stock": True})]
        store.change_items_blocking([ItemChange("ring", 3, removed=False)])
        assert reader.refresh().items == [ItemChange("ring", 3, False, {"in_stock": True})]


def test_an_alias_that_is_led_elsewhere_is_told_again(tmp_path):
    with Store.open(tmp_path) as store, Reader.open(tmp_path) as reader:
        store.merge_users_blocking("phone", "visitor")
        assert reader.refresh().merges == {"phone": "visitor"}
        store.merge_users_blocking("visitor", "login")
        assert reader.refresh().merges == {"phone": "login", "visitor": "login"}
        assert reader.since(store.last_seq()).merges == {"phone": "login", "visitor": "login"}
