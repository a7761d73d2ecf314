"""What every operational store must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from parure.core import EventKind
from parure.core.clock import DAY_US, MINUTE_US
from parure.core.errors import InputError
from parure.store import EVENT_COLUMNS, JSON, Consent, EventRow, ItemChange, Reader, SearchCount, Store, StoredEvent
from parure.testing.checks import require

NOW_US = 1_800_000_000_000_000


def event(number: int, user_id: str = "u1", **values: object) -> StoredEvent:
    """The event ``e<number>`` of a user, on the item ``i<number>``, that many microseconds after the start of time."""
    plain = StoredEvent(f"e{number}", user_id, f"i{number}", EventKind.VIEW, number)
    return plain._replace(**values)  # type: ignore[arg-type]


def items_of(reader: Reader, user_id: str, limit: int = 100) -> list[str]:
    """The items of a user's live events, once the reader is up to date."""
    reader.refresh()
    return [row.item_id for row in reader.events_of(user_id, limit)]


class StoreContract:
    """Tests that every store passes: inherit, and say how it is opened where it is another than SQLite's."""

    def open(self, shop_dir: Path) -> Store:
        """The store of a shop; a second call opens what the first has stored."""
        return Store.open(shop_dir, now_us=lambda: NOW_US)

    def reader(self, shop_dir: Path, since_seq: int = 0) -> Reader:
        """A reader of the store."""
        return Reader.open(shop_dir, since_seq=since_seq)

    @contextmanager
    def opened(self) -> Iterator[tuple[Store, Reader]]:
        """A new store and a reader of it."""
        with TemporaryDirectory() as folder, self.open(Path(folder)) as store, self.reader(Path(folder)) as reader:
            yield store, reader

    def test_an_empty_log_gives_nothing(self) -> None:
        with self.opened() as (store, reader):
            require(store.last_seq() == 0, f"last_seq is {store.last_seq()}")
            require(not list(store.read_events()), "an empty log has events")
            require(not reader.refresh(), "an empty store has changes")
            require(not store.statistics.event_counts(0, 2 * NOW_US), "an empty log is counted")
            require(store.events() == 0, f"an empty log has {store.events()} events")
            receipt = store.append_events_blocking([])
            require((receipt.accepted, receipt.duplicates, receipt.seq) == (0, 0, 0), f"{receipt}")

    def test_an_unknown_user_has_no_events_no_consent_and_is_themselves(self) -> None:
        with self.opened() as (store, reader):
            store.append_events_blocking([event(1)])
            require(items_of(reader, "nobody") == [], "an unknown user has events")
            require(reader.consent_of("nobody") is None, "an unknown user has answered")
            require(reader.user_of("nobody") == "nobody", "an unknown user is somebody else")

    def test_an_event_comes_back_as_it_was_sent(self) -> None:
        sent = StoredEvent(
            "\u00e9\x00'\"",
            "u \U0001f48d",
            "i/1",
            EventKind.PURCHASE,
            -5,
            2.1,
            12_345,
            0.1 + 0.2,
            "s",
            "r",
            "cart",
            "o",
        )
        with self.opened() as (store, reader):
            store.append_events_blocking([sent])
            reader.refresh()
            expected = EventRow("i/1", 6, -5, 2.1, 12_345, 0.1 + 0.2, "s")
            require(reader.events_of(sent.user_id, 9) == [expected], f"{reader.events_of(sent.user_id, 9)}")
            (part,) = store.read_events()
            require(tuple(part) == EVENT_COLUMNS, f"columns {tuple(part)}")
            for name in EVENT_COLUMNS[1:-1]:
                require(part[name] == [getattr(sent, name)], f"{name} is {part[name]}")
            require(part["received_us"] == [NOW_US], f"received at {part['received_us']}")

    def test_a_limit_takes_what_came_in_last_and_a_larger_one_all(self) -> None:
        with self.opened() as (store, reader):
            store.append_events_blocking([event(n) for n in range(1, 6)])
            require(items_of(reader, "u1", 2) == ["i4", "i5"], f"{items_of(reader, 'u1', 2)}")
            require(items_of(reader, "u1", 99) == ["i1", "i2", "i3", "i4", "i5"], "a large limit does not give all")
            require(items_of(reader, "u1", 0) == [] == items_of(reader, "u1", -1), "a limit of none gives some")

    def test_events_are_in_the_order_of_their_times_and_equal_times_as_they_came_in(self) -> None:
        with self.opened() as (store, reader):
            times = {1: 7, 2: 3, 3: 7, 4: 3, 5: 1}
            store.append_events_blocking([event(n, timestamp_us=at) for n, at in times.items()])
            require(items_of(reader, "u1") == ["i5", "i2", "i4", "i1", "i3"], f"{items_of(reader, 'u1')}")

    def test_an_event_id_is_stored_once_whatever_comes_with_it_later(self) -> None:
        with self.opened() as (store, reader):
            first = store.append_events_blocking([event(1), event(2), event(1, item_id="other")])
            require((first.accepted, first.duplicates) == (2, 1), f"{first}")
            second = store.append_events_blocking([event(2, "u2"), event(3)])
            require((second.accepted, second.duplicates) == (1, 1), f"{second}")
            require(items_of(reader, "u1") == ["i1", "i2", "i3"], f"{items_of(reader, 'u1')}")
            require(items_of(reader, "u2") == [], "a duplicate went to another user")
            counts = store.statistics.event_counts(0, 2 * NOW_US)
            require(counts == {("", EventKind.VIEW): 3}, f"counted {counts}")

    def test_a_batch_with_an_event_that_cannot_be_stored_is_refused_whole(self) -> None:
        broken = [event(2, event_id=""), event(2, user_id="\ud800"), event(2, price_cents=1 << 70)]
        with self.opened() as (store, reader):
            for wrong in broken:
                try:
                    store.append_events_blocking([event(1), wrong, event(3)])
                except InputError:
                    require(items_of(reader, "u1") == [], f"a part of the batch with {wrong} is stored")
                else:
                    raise AssertionError(f"{wrong} is stored")
            store.append_events_blocking([event(1)])
            require(items_of(reader, "u1") == ["i1"], "nothing is stored after a refusal")

    def test_what_was_stored_is_there_when_it_is_opened_again(self) -> None:
        with TemporaryDirectory() as folder:
            shop = Path(folder)
            with self.open(shop) as store:
                store.append_events_blocking([event(1, "anonymous"), event(2)])
                store.merge_users_blocking("anonymous", "u1")
                store.change_items_blocking([ItemChange("i1", 5, attributes={"in_stock": False})])
                store.set_consent_blocking(Consent("u1", False))
                seq = store.last_seq()
            with self.open(shop) as store, self.reader(shop) as reader:
                require(store.last_seq() == seq, f"last_seq was {seq}, is {store.last_seq()}")
                changes = reader.refresh()
                require(changes.items == [ItemChange("i1", 5, False, {"in_stock": False})], f"{changes.items}")
                require(changes.consents == [Consent("u1", False)], f"{changes.consents}")
                again = store.append_events_blocking([event(1), event(3, "anonymous")])
                require((again.accepted, again.duplicates) == (1, 1), f"{again}")
                require(again.seq > seq, "a number is given twice")
                require(items_of(reader, "u1") == ["i1", "i2", "i3"], f"{items_of(reader, 'u1')}")

    def test_a_merge_brings_earlier_and_later_events_to_the_login(self) -> None:
        with self.opened() as (store, reader):
            store.append_events_blocking([event(1, "anonymous"), event(2, "login")])
            reader.refresh()
            require(store.merge_users_blocking("anonymous", "login").accepted == 1, "the merge changed nothing")
            require(reader.refresh().merges == {"anonymous": "login"}, "the merge is not told")
            store.append_events_blocking([event(3, "anonymous"), event(4, "login")])
            require(items_of(reader, "login") == ["i1", "i2", "i3", "i4"], f"{items_of(reader, 'login')}")
            require(items_of(reader, "anonymous") == [], "the old id kept events")
            require(reader.user_of("anonymous") == "login", f"{reader.user_of('anonymous')}")

    def test_chains_of_merges_lead_to_their_end_in_either_order(self) -> None:
        for merges in ([("a", "b"), ("b", "c")], [("b", "c"), ("a", "b")]):
            with self.opened() as (store, reader):
                store.append_events_blocking([event(1, "a"), event(2, "b"), event(3, "c")])
                for from_id, to_id in merges:
                    store.merge_users_blocking(from_id, to_id)
                store.append_events_blocking([event(4, "a"), event(5, "b")])
                require(items_of(reader, "c") == ["i1", "i2", "i3", "i4", "i5"], f"{merges}: {items_of(reader, 'c')}")
                require(reader.user_of("a") == "c" == reader.user_of("b"), f"{merges}: aliases")

    def test_merging_into_oneself_or_into_an_own_alias_changes_nothing(self) -> None:
        with self.opened() as (store, reader):
            store.append_events_blocking([event(1, "a"), event(2, "b")])
            store.merge_users_blocking("a", "b")
            reader.refresh()
            for from_id, to_id in (("a", "a"), ("b", "b"), ("a", "b"), ("b", "a"), ("new", "new")):
                receipt = store.merge_users_blocking(from_id, to_id)
                require((receipt.accepted, receipt.duplicates) == (0, 1), f"{from_id} into {to_id}: {receipt}")
            require(not reader.refresh(), "a merge that changes nothing is told as a change")
            require(items_of(reader, "b") == ["i1", "i2"], f"{items_of(reader, 'b')}")
            for from_id, to_id in (("", "b"), ("b", "")):
                try:
                    store.merge_users_blocking(from_id, to_id)
                except InputError:
                    continue
                raise AssertionError(f"{from_id!r} was merged into {to_id!r}")

    def test_an_id_that_is_merged_into_a_second_user_leaves_the_first_alone(self) -> None:
        with self.opened() as (store, reader):
            store.append_events_blocking([event(1, "browser"), event(2, "ann"), event(3, "ben")])
            store.merge_users_blocking("browser", "ann")
            store.merge_users_blocking("browser", "ben")
            store.append_events_blocking([event(4, "browser"), event(5, "ann")])
            require(items_of(reader, "ann") == ["i1", "i2", "i5"], f"{items_of(reader, 'ann')}")
            require(items_of(reader, "ben") == ["i3", "i4"], f"{items_of(reader, 'ben')}")

    def test_events_that_a_model_has_learned_are_left_out_and_merged_ones_come_back(self) -> None:
        with self.opened() as (store, reader):
            learned = store.append_events_blocking([event(1, "a"), event(2, "b")]).seq
            store.append_events_blocking([event(3, "b")])
            reader.since(learned)
            require(items_of(reader, "b") == ["i3"] and items_of(reader, "a") == [], "learned events are still live")
            # The model knows event 1 as one of a; to b it is news.
            store.merge_users_blocking("a", "b")
            require(items_of(reader, "b") == ["i1", "i3"], f"{items_of(reader, 'b')}")
            read = [event_id for part in store.read_events(learned) for event_id in part["event_id"]]
            require(read == ["e3", "e1"], f"read after {learned}: {read}")

    def test_changes_of_an_item_lie_over_each_other_and_a_removal_holds_until_it_is_undone(self) -> None:
        with self.opened() as (store, reader):
            store.change_items_blocking(
                [
                    ItemChange("i1", 1, attributes={"price_cents": 900, "title": "Ring"}),
                    ItemChange("i2", 1, attributes={"in_stock": False}),
                    ItemChange("i1", 2, attributes={"price_cents": 800, "brand": None}),
                ]
            )
            said: dict[str, JSON] = {"price_cents": 800, "title": "Ring", "brand": None}
            found = {item.item_id: item for item in reader.refresh().items}
            require(found.keys() == {"i1", "i2"} and found["i1"] == ItemChange("i1", 2, False, said), f"{found}")
            store.change_items_blocking([ItemChange("i1", 3, removed=True)])
            require(reader.refresh().items == [ItemChange("i1", 3, True, said)], "a removal")
            said["title"] = "Band"
            store.change_items_blocking([ItemChange("i1", 4, attributes={"title": "Band"})])
            require(reader.refresh().items == [ItemChange("i1", 4, True, said)], "a change that says nothing of it")
            store.change_items_blocking([ItemChange("i1", 5, removed=False)])
            require(reader.refresh().items == [ItemChange("i1", 5, False, said)], "a return")
            try:
                store.change_items_blocking([ItemChange("i3", 6), ItemChange("i1", 6, False, {"size": float("nan")})])
            except InputError:
                require(not reader.refresh(), "a refused change left something behind")
            else:
                raise AssertionError("what JSON cannot say is stored")

    def test_consent_is_given_refused_and_withdrawn_and_follows_a_merge(self) -> None:
        with self.opened() as (store, reader):
            for agreed in (True, False, None):
                store.set_consent_blocking(Consent("u1", agreed))
                require(reader.refresh().consents == [Consent("u1", agreed)], f"{agreed} is not told")
                require(reader.consent_of("u1") is agreed, f"{reader.consent_of('u1')} after {agreed}")
            for user_id, agreed in (("a", False), ("b", True), ("c", False)):
                store.set_consent_blocking(Consent(user_id, agreed))
            store.merge_users_blocking("a", "u1")
            require(reader.consent_of("u1") is False, "what the anonymous visitor refused is forgotten")
            store.merge_users_blocking("c", "b")
            require(reader.consent_of("b") is True, "what the customer agreed to is overruled")
            store.set_consent_blocking(Consent("c", False))
            require(reader.consent_of("b") is False, "an answer under the old id is lost")

    def test_a_reader_is_told_once_what_changed_and_everything_again_when_it_starts_over(self) -> None:
        with self.opened() as (store, reader):
            store.append_events_blocking([event(1, "a")])
            store.change_items_blocking([ItemChange("i1", 1, removed=True)])
            store.set_consent_blocking(Consent("a", True))
            reader.refresh()
            require(not reader.refresh(), "a change is told twice")
            store.append_events_blocking([event(2, "b"), event(3, "a"), event(4, "b")])
            changes = reader.refresh()
            require(not changes, f"events are no changes: {changes}")
            require(changes.seq == store.last_seq(), f"read up to {changes.seq}")
            again = reader.since(changes.seq)
            require(len(again.items) == 1 == len(again.consents), f"{again}")
            require(not reader.refresh(), "what was told at the start is told again")

    def test_events_are_counted_by_surface_and_kind_and_by_minute(self) -> None:
        with self.opened() as (store, _):
            store.append_events_blocking(
                [
                    event(1, surface="cart"),
                    event(2, surface="cart", recommendation_id="r"),
                    event(3, kind=EventKind.CLICK, surface="homepage", recommendation_id="r"),
                ]
            )
            store.append_events_blocking([event(4, surface="cart")])
            minute = MINUTE_US
            view, click = ("cart", EventKind.VIEW), ("homepage", EventKind.CLICK)
            require(store.statistics.event_counts(NOW_US, NOW_US + minute) == {view: 3, click: 1}, "all")
            counted = store.statistics.event_counts(NOW_US, NOW_US + minute, recommended=True)
            require(counted == {view: 1, click: 1}, f"of recommendations {counted}")
            require(store.statistics.event_counts(0, NOW_US + minute, recommended=False) == {view: 2}, "of none")
            require(store.statistics.event_counts(NOW_US - minute, NOW_US) == {}, "a minute without events")
            require(store.events() == 4, f"{store.events()} events in all")
            start = NOW_US - NOW_US % minute
            found = store.statistics.events_per_minute(2)
            require(found == [(start - minute, 0), (start, 4)], f"{found}")

    def test_events_are_counted_by_day_from_the_first_that_ever_came(self) -> None:
        with self.opened() as (store, _):
            require(store.statistics.first_minute_us() is None, "nothing ever came")
            require(store.statistics.event_days(7) == {}, "no days without events")
            store.append_events_blocking(
                [event(1, surface="cart"), event(2, kind=EventKind.CLICK, surface="cart", recommendation_id="r")]
            )
            day = NOW_US - NOW_US % DAY_US
            first = store.statistics.first_minute_us()
            require(first == NOW_US - NOW_US % MINUTE_US, f"{first}")
            found = store.statistics.event_days(1)
            require(found == {(day, "cart"): {EventKind.VIEW: 1, EventKind.CLICK: 1}}, f"{found}")
            found = store.statistics.event_days(7, recommended=True)
            require(found == {(day, "cart"): {EventKind.CLICK: 1}}, f"of recommendations {found}")

    def test_what_was_shown_since_a_moment_is_counted_by_item(self) -> None:
        with self.opened() as (store, _):
            require(store.statistics.impressions(0) == {}, "nothing was shown")
            shown = [event(number, kind=EventKind.IMPRESSION, item_id=f"i{number % 2}") for number in range(1, 4)]
            store.append_events_blocking([*shown, event(4, item_id="i1")])
            found = store.statistics.impressions(NOW_US)
            require(found == {"i1": 2, "i0": 1}, f"{found}")
            require(store.statistics.impressions(NOW_US + 1) == {}, "what came before does not count")

    def test_searches_add_up_by_day_and_words_and_the_old_ones_go(self) -> None:
        with self.opened() as (store, _):
            day = NOW_US // DAY_US
            store.count_searches_blocking(
                [
                    SearchCount(day, "ring", 2, 1, 10, 4.0),
                    SearchCount(day - 1, "ring", 1, 0, 5, 2.0),
                    SearchCount(day - 1, "once", 1, 1, 0, 1.0),
                    SearchCount(day - 90, "old", 9, 0, 9, 9.0),
                ]
            )
            store.count_searches_blocking([SearchCount(day, "ring", 1, 0, 2, 1.0)])
            by_day, queries = store.statistics.searches(7, 2)
            require(by_day == [(day - 1, 2, 1), (day, 3, 1)], f"{by_day}")
            require(queries == [SearchCount(day, "ring", 4, 1, 17, 7.0)], f"{queries}")
            require(store.statistics.searches(1, 1)[1] == [SearchCount(day, "ring", 3, 1, 12, 5.0)], "of one day")
            require(store.statistics.searches(365, 1)[0][0][0] == day - 1, "what is older than 90 days is there still")
            require(store.last_seq() == 0, "counts of searches have numbers")
