"""Whatever is appended and merged in whatever order, the store says what a plain dict says."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import EventKind
from parure.store import Reader, Store, StoredEvent

USERS = ("a", "b", "c", "d")

appends = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(USERS), st.integers(0, 3)), min_size=1, max_size=6)
merges = st.tuples(st.sampled_from(USERS), st.sampled_from(USERS))


class Model:
    """The same store as a dict of events in the order of their arrival, and a dict of aliases."""

    def __init__(self):
        self.events = {}
        self.aliases = {}

    def append(self, number, user, time):
        if number not in self.events:
            self.events[number] = (self.aliases.get(user, user), time)

    def merge(self, from_id, to_id):
        known, target = self.aliases.get(from_id, from_id), self.aliases.get(to_id, to_id)
        if target in (from_id, known):
            return
        if known == from_id:
            self.aliases = {a: target if b == from_id else b for a, b in self.aliases.items()}
            moved = {n: (target, time) for n, (user, time) in self.events.items() if user == from_id}
            self.events = {n: found for n, found in self.events.items() if n not in moved} | moved
        self.aliases[from_id] = target

    def events_of(self, user):
        numbers = [n for n, (owner, _) in self.events.items() if owner == user]
        return [f"i{n}" for n in sorted(numbers, key=lambda n: self.events[n][1])]


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """One store for all examples, which write under names of their own: to make one takes longer than to use it."""
    shop = tmp_path_factory.mktemp("shop")
    with Store.open(shop) as store, Reader.open(shop) as reader:
        yield store, reader, count()


@settings(max_examples=150)
@given(st.lists(st.one_of(appends, merges), max_size=12), st.integers(0, 12))
def test_any_interleaving_of_appends_duplicates_and_merges_equals_the_model(opened, steps, look_at):
    store, reader, examples = opened
    model, own = Model(), f"{next(examples)}-"
    begun, counted = store.last_seq(), sum(store.statistics.event_counts(0, 1 << 62).values())
    for number, step in enumerate(steps):
        if isinstance(step, list):
            known = len(model.events)
            for act in step:
                model.append(*act)
            receipt = store.append_events_blocking(
                [StoredEvent(f"{own}e{n}", own + user, f"i{n}", EventKind.VIEW, time) for n, user, time in step]
            )
            assert receipt.accepted == len(model.events) - known
            assert receipt.accepted + receipt.duplicates == len(step)
        else:
            model.merge(*step)
            store.merge_users_blocking(own + step[0], own + step[1])
        if number == look_at:
            reader.refresh()
    reader.refresh()
    for user in USERS:
        assert [row.item_id for row in reader.events_of(own + user, 100)] == model.events_of(user)
        assert reader.user_of(own + user) == own + model.aliases.get(user, user)
    stored = [event_id for part in store.read_events(begun) for event_id in part["event_id"]]
    assert stored == [f"{own}e{n}" for n in model.events]
    assert sum(store.statistics.event_counts(0, 1 << 62).values()) == store.events() == counted + len(model.events)
