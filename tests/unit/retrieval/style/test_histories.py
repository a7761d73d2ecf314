"""Styles straight from histories: the same as by way of acts, whatever the events are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import History, IdMap, Query
from parure.core.clock import DAY_US
from parure.index import unit_rows
from parure.retrieval.signals import acts_of_queries
from parure.retrieval.style import StyleSplit, known_rows, split_styles, taste_of
from parure.retrieval.style.histories import styles_of_queries

ITEMS = IdMap([f"{place:02}" for place in range(12)])
NOW = 1000 * DAY_US
SPLIT = StyleSplit(styles_from_items=4, style_min_items=2, style_min_silhouette=0.0)
EVENTS = st.lists(
    st.tuples(
        st.integers(-1, 11),  # -1 is an item that the catalogue does not hold
        st.integers(-3, 300),  # days ago; what lies ahead counts as now
        st.sampled_from([1, 4, 6]),
        st.sampled_from([1.0, 5.0, 10.0, -10.0, -2.0]),
    ),
    max_size=30,
)


def unit_with_a_gap():
    vectors = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)
    vectors[7] = np.nan
    return unit_rows(vectors)


UNIT = unit_with_a_gap()


def query_of(events):
    events = sorted(events, key=lambda event: -event[1])
    item, ago, kind, weight = (
        (np.array(column) for column in zip(*events, strict=True)) if events else [np.empty(0)] * 4
    )
    # As from a file that is mapped into memory, and a part of a wider table.
    weights = np.repeat(weight.astype(np.float32), 2)[::2]
    weights.flags.writeable = False
    times = (NOW - ago * DAY_US).astype(np.int64)
    ones = np.ones(len(events), np.float32)
    cents = np.zeros(len(events), np.int64)
    history = History(ITEMS, item.astype(np.int32), times, kind.astype(np.int8), ones, cents, weights)
    return Query(user_id="u", history=history, now_us=NOW)


def assert_same(found, expected):
    assert found.offsets.tolist() == expected.offsets.tolist()
    assert found.weights.indices.tolist() == expected.weights.indices.tolist()
    assert found.weights.indptr.tolist() == expected.weights.indptr.tolist()
    for name in ("vectors", "share"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-6)
    np.testing.assert_allclose(found.weights.data, expected.weights.data, rtol=1e-6)


@given(
    st.lists(EVENTS, max_size=4), st.booleans(), st.sampled_from([None, 1.0, 30.0]), st.sampled_from(["mean", "median"])
)
def test_styles_of_histories_are_those_of_their_acts(histories, purchases_only, half_life_days, average):
    queries = [query_of(events) for events in histories]
    acts = acts_of_queries(queries, ITEMS, purchases_only=purchases_only)
    taste = taste_of(acts, known_rows(UNIT), half_life_days=half_life_days)
    expected = split_styles(taste, UNIT, SPLIT, min_events=2, average=average)
    how = {"half_life_days": half_life_days, "purchases_only": purchases_only, "min_events": 2, "average": average}
    assert_same(styles_of_queries(queries, ITEMS, UNIT, SPLIT, **how), expected)


@given(EVENTS, EVENTS)
def test_a_query_has_the_same_styles_alone_and_among_others(events, others):
    query, other = query_of(events), query_of(others)
    how = {"half_life_days": 30.0, "purchases_only": False}
    alone = styles_of_queries([query], ITEMS, UNIT, SPLIT, **how)
    both = styles_of_queries([other, query], ITEMS, UNIT, SPLIT, **how)
    np.testing.assert_array_equal(both.vectors[both.of(1)], alone.vectors)


def test_an_item_counts_once_a_moment_and_kind():
    once, twice = query_of([(0, 5, 6, 10.0), (1, 3, 6, 10.0)]), query_of([(0, 5, 6, 10.0)] * 2 + [(1, 3, 6, 10.0)])
    how = {"half_life_days": 30.0, "purchases_only": False, "min_events": 1}
    found = styles_of_queries([once, twice], ITEMS, UNIT, SPLIT, **how)
    assert found.weights.matrix[0].toarray() == pytest.approx(found.weights.matrix[1].toarray())
