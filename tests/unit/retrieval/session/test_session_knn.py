"""Session-kNN: sessions are cut by pauses, neighbours vote, and the answer is the one worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, Query
from parure.core.clock import rng_for, to_us
from parure.dataset import dataset_from_events
from parure.retrieval.session import SessionKnn, SessionKnnConfig, StepWeights
from parure.retrieval.session.sessions import gap_us, sessions_of
from parure.retrieval.session.voting import current, first_of, nearest

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLAIN = {"decay": 0, "vote_decay": 0, "distance_decay": 0, "rarity": 0, "stale_hours": None}
"""Every shared item and every vote counts one."""


def session_rows(user, items, *, day=0, kind="view", pause_minutes=1):
    moment = START + timedelta(days=day)
    return [
        (user, item, moment + timedelta(minutes=pause_minutes * step), kind, 1.0, 0) for step, item in enumerate(items)
    ]


def shop(*sessions):
    """One session a letter string, each of a customer of its own and a day later than the one before."""
    rows = [row for day, items in enumerate(sessions) for row in session_rows(f"user-{day}", items, day=day)]
    return dataset_from_events(rows)


def fitted(dataset, **config):
    return SessionKnn(SessionKnnConfig(**config)).fit(dataset, rng=rng_for(0, "test"))


def asked(dataset, items, *, kinds=None, now_minutes=0.0, pause_minutes=1.0):
    """Somebody who viewed items, one a minute, the last of them just now."""
    start = dataset.as_of_us
    step_us = int(pause_minutes * 60e6)
    kinds = kinds or [EventKind.VIEW] * len(items)
    events = [Event(item, kind, start + n * step_us) for n, (item, kind) in enumerate(zip(items, kinds, strict=True))]
    history = History.of(events, [1.0] * len(events), dataset.items)
    return Query(history, now_us=start + (len(items) - 1) * step_us + int(now_minutes * 60e6))


def scores(source, query):
    return {item: round(score, 4) for item, score in source.retrieve(query, 100).pairs()}


def test_each_neighbour_votes_for_its_items_with_how_much_it_shares():
    dataset = shop("abc", "abd", "be", "fg")
    found = scores(fitted(dataset, **PLAIN), asked(dataset, "ab"))
    # abc and abd share two items, be shares one, fg none.
    assert found == {"a": 4, "b": 5, "c": 2, "d": 2, "e": 1}


def test_older_items_count_less_in_finding_neighbours():
    dataset = shop("ax", "by")
    found = scores(fitted(dataset, **{**PLAIN, "decay": 1}), asked(dataset, "ab"))
    assert found == {"b": 1, "y": 1, "a": 0.5, "x": 0.5}


def test_a_neighbour_that_shares_only_an_old_item_has_weaker_votes():
    dataset = shop("ax", "by")
    found = scores(fitted(dataset, **{**PLAIN, "vote_decay": 1}), asked(dataset, "ab"))
    assert found == {"b": 1, "y": 1, "a": 0.5, "x": 0.5}


def test_what_was_next_to_the_shared_item_counts_more_than_what_was_far():
    dataset = shop("abcd")
    found = scores(fitted(dataset, **{**PLAIN, "distance_decay": 1}), asked(dataset, "a"))
    assert found == {"a": 1, "b": 1, "c": 0.5, "d": 0.3333}


def test_rare_items_are_preferred_where_asked_for():
    dataset = shop("ab", "ac", "dc", "ec")
    found = scores(fitted(dataset, **{**PLAIN, "rarity": 1}), asked(dataset, "a"))
    assert found["b"] == pytest.approx(1 + np.log(4 / 1), abs=1e-3)
    assert found["c"] == pytest.approx(1 + np.log(4 / 3), abs=1e-3)


def test_of_many_sessions_the_newest_are_compared_and_the_most_alike_vote():
    dataset = shop("ab", "ac", "ad", "ae")
    assert set(scores(fitted(dataset, **PLAIN, sample=2), asked(dataset, "a"))) == {"a", "d", "e"}
    dataset = shop("abx", "aby", "ac", "ad")
    assert set(scores(fitted(dataset, **PLAIN, neighbours=2), asked(dataset, "ab"))) == {"a", "b", "x", "y"}
    assert set(scores(fitted(dataset, **PLAIN, neighbours=1), asked(dataset, "ab"))) == {"a", "b", "y"}


def test_a_pause_ends_a_session_and_what_came_before_is_not_the_current_one():
    dataset = shop("ax", "by")
    source = fitted(dataset, **PLAIN)
    assert set(scores(source, asked(dataset, "ab", pause_minutes=29))) == {"a", "b", "x", "y"}
    assert set(scores(source, asked(dataset, "ab", pause_minutes=31))) == {"b", "y"}
    whole = fitted(dataset, **PLAIN, gap_minutes=None)
    assert set(scores(whole, asked(dataset, "ab", pause_minutes=9000))) == {"a", "b", "x", "y"}


def test_pauses_cut_what_a_customer_did_into_sessions_numbered_by_their_end():
    late = session_rows("ada", "ab", day=3)
    early = session_rows("ada", "ba", day=1)
    between = session_rows("bea", "cd", day=2)
    steps = sessions_of(dataset_from_events([*late, *early, *between]), StepWeights(), gap_us(30))
    assert steps.session.tolist() == [0, 0, 1, 1, 2, 2]
    assert steps.item_ix.tolist() == [1, 0, 2, 3, 0, 1]
    assert steps.offsets().tolist() == [0, 2, 4, 6]


def test_an_order_is_a_session_without_an_order_among_its_items():
    rows = [("ada", item, START, "purchase", 1.0, 100) for item in "abcd"]
    dataset = dataset_from_events(rows)
    found = scores(fitted(dataset, **{**PLAIN, "distance_decay": 3}), asked(dataset, "a"))
    assert len(set(found.values())) == 1
    assert set(found) == set("abcd")


def test_a_session_that_is_over_still_counts_and_its_scores_fade():
    dataset = shop("ab")
    source = fitted(dataset, **{**PLAIN, "stale_hours": 24})
    assert scores(source, asked(dataset, "a"))["b"] == 1
    assert scores(source, asked(dataset, "a", now_minutes=30))["b"] == 1
    assert scores(source, asked(dataset, "a", now_minutes=30 + 24 * 60))["b"] == 0.5
    assert scores(source, asked(dataset, "a", now_minutes=30 + 48 * 60))["b"] == pytest.approx(1 / 3, abs=1e-4)


def test_purchases_and_carts_weigh_more_than_views_in_what_was_and_in_what_is():
    rows = [*session_rows("ada", "ab"), *session_rows("ada", "c", kind="purchase", pause_minutes=0)]
    rows += session_rows("bea", "xy", day=1)
    dataset = dataset_from_events(rows)
    found = scores(fitted(dataset, **PLAIN), asked(dataset, "a"))
    assert found == {"a": 1, "b": 1, "c": 2}
    query = asked(dataset, "ax", kinds=[EventKind.ADD_TO_CART, EventKind.VIEW])
    assert scores(fitted(dataset, **PLAIN), query) == {"a": 1.5, "b": 1.5, "c": 3, "x": 1, "y": 1}


def test_the_weightiest_act_on_an_item_counts_whenever_it_was_done():
    rows = [*session_rows("ada", "abc"), ("ada", "b", START + timedelta(minutes=0.5), "purchase", 1.0, 100)]
    dataset = dataset_from_events(rows)
    assert scores(fitted(dataset, **PLAIN), asked(dataset, "a"))["b"] == 2


def test_what_was_dismissed_or_merely_shown_is_no_step():
    dataset = shop("ab")
    query = asked(dataset, "aab", kinds=[EventKind.IMPRESSION, EventKind.DISMISS, EventKind.RETURN])
    assert scores(fitted(dataset, **PLAIN), query) == {}


def test_kinds_of_weight_zero_are_left_out():
    dataset = shop("ab")
    source = fitted(dataset, **PLAIN, weights=StepWeights(view=0))
    assert scores(source, asked(dataset, "a")) == {}


def test_sessions_of_one_item_say_nothing():
    dataset = shop("a", "aaa", "b")
    assert scores(fitted(dataset), asked(dataset, "a")) == {}


def test_of_a_long_session_the_last_items_are_kept():
    dataset = shop("abcdef")
    assert set(scores(fitted(dataset, **PLAIN, max_length=2), asked(dataset, "f"))) == {"e", "f"}
    assert scores(fitted(dataset, **PLAIN, max_length=2), asked(dataset, "a")) == {}


def test_excluded_items_and_long_lists_are_served_by_the_same_order():
    letters = [chr(ord("A") + n) for n in range(26)] + [chr(ord("a") + n) for n in range(26)]
    rng = np.random.default_rng(0)
    dataset = shop(*("".join(rng.choice(letters, 6, replace=False)) for _ in range(300)))
    folded = fitted(dataset).fold_in([asked(dataset, "aZq")])
    few, all_of_them = folded.top(20)[0], folded.top(500)[0]
    assert few.pairs() == all_of_them.pairs()[:20]
    without = folded.top(20, [few.item_ix[:5]])[0]
    assert without.pairs() == all_of_them.pairs()[5:25]
    assert np.array_equal(folded.score([all_of_them.item_ix])[0], all_of_them.scores)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), st.integers(0, 9))
def test_the_nearest_are_those_a_plain_search_finds(items, seed):
    rng = np.random.default_rng(seed)
    held = [np.sort(rng.choice(8, rng.integers(2, 6), replace=False)) for _ in range(30)]
    lists = [[s for s in range(29, -1, -1) if item in held[s]] for item in range(8)]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in lists])]).astype(np.int64)
    distinct = np.array(list(dict.fromkeys("abcdefgh".index(item) for item in items)), np.int32)
    weights = rng.random(len(distinct)).astype(np.float32)
    flat = np.concatenate([np.array(each, np.int32) for each in lists])
    sessions, near, shared = nearest(distinct, weights, starts, flat, 12, 5)
    sharing = [s for s in range(29, -1, -1) if set(distinct) & set(held[s])][:12]
    weight_of = {s: sum(w for i, w in zip(distinct, weights, strict=True) if i in held[s]) for s in sharing}
    wanted = sorted(sharing, key=lambda s: (-round(float(weight_of[s]), 5), -s))[:5]
    assert sorted(sessions.tolist()) == sorted(wanted)
    for s, n, first in zip(sessions.tolist(), near, shared, strict=True):
        assert n == pytest.approx(weight_of[s], rel=1e-5)
        assert first == next(place for place, item in enumerate(distinct) if item in held[s])


@given(st.lists(st.floats(0, 4, width=16), max_size=40), st.integers(0, 12))
def test_the_first_few_are_the_best_with_ties_by_row(values, k):
    rows = np.random.default_rng(len(values)).permutation(len(values)).astype(np.int32)
    best, found = first_of(rows, np.array(values, np.float32), k)
    order = sorted(zip(rows.tolist(), values, strict=True), key=lambda pair: (-pair[1], pair[0]))[:k]
    assert list(zip(best.tolist(), found.tolist(), strict=True)) == order


def test_the_current_session_is_read_backwards_and_counts_moments():
    weights = StepWeights().table()
    times = np.array([0, 100, 200, 200, 300], np.int64)
    kinds = np.array([1, 1, 6, 1, 1], np.int8)
    items, places, worth, last_us = current(np.array([4, 1, 2, 3, 1], np.int32), times, kinds, weights, 99, 10)
    assert (items.tolist(), last_us) == ([1], 300)
    items, places, worth, _ = current(np.array([4, 1, 2, 3, 1], np.int32), times, kinds, weights, 100, 10)
    assert (items.tolist(), places.tolist(), worth.tolist()) == ([1, 3, 2, 4], [0, 1, 1, 3], [1, 1, 2, 1])
    items, *_ = current(np.array([4, 1, 2, 3, 1], np.int32), times, kinds, weights, 100, 2)
    assert items.tolist() == [1, 3]


def test_somebody_known_is_served_by_the_last_session_in_the_data():
    dataset = shop("abc", "abd")
    query = dataset.query("user-0")
    assert scores(fitted(dataset, **PLAIN), query) == scores(
        fitted(dataset, **PLAIN), replace(query, user_id=None, now_us=to_us(START) + 10**12)
    )
