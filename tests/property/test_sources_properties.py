"""What holds for every shop, however odd its history."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import best_first
from parure.core.clock import rng_for
from parure.core.events import EventKind
from parure.dataset import dataset_from_events
from parure.retrieval import SOURCES, Als, AlsConfig, Ease, EaseConfig
from parure.retrieval.signals import Signal, acts_of_dataset, acts_of_queries

DAY_US = 86_400_000_000

events = st.lists(
    st.tuples(
        st.sampled_from(["u", "v", "w", "x"]),
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.integers(0, 400).map(lambda step: step * DAY_US // 4),
        st.sampled_from([EventKind.PURCHASE, EventKind.PURCHASE, EventKind.VIEW, EventKind.RETURN]),
        st.integers(1, 5),
        st.sampled_from([0, 500, 1000, 9900]),
    ),
    max_size=40,
)
signals = st.builds(
    Signal,
    weighting=st.sampled_from(["log", "count", "binary", "spend"]),
    half_life_days=st.sampled_from([None, 7.0, 90.0]),
    half_lives=st.sampled_from([(), ((0.5, 10.0), (1.0, 60.0))]),
    order_half_lives=st.sampled_from([(), ((0.5, 2.0),)]),
    purchases_only=st.booleans(),
)


def shop(rows):
    catalogue = {item: {"category": "xy"[place % 2]} for place, item in enumerate("abcdef")}
    return dataset_from_events(rows, catalogue, {user: {"age_band": "46+"} for user in "uvwxy"})


@given(events, signals)
def test_a_query_with_the_history_of_a_user_gives_that_users_row(rows, signal):
    dataset = shop(rows)
    trained = acts_of_dataset(dataset, purchases_only=signal.purchases_only).matrix(signal)
    queries = dataset.queries(dataset.users)
    folded = acts_of_queries(queries, dataset.items, purchases_only=signal.purchases_only).matrix(signal)
    assert np.array_equal(trained.toarray(), folded.toarray())
    assert (trained.data > 0).all()


@given(events, st.floats(1, 100))
def test_ease_gives_the_same_scores_from_users_and_from_items(rows, reg):
    dataset = shop(rows)
    over_users, over_items = (
        Ease(EaseConfig(form=form, reg=reg)).fit(dataset, rng=rng_for(0, "test")) for form in ("users", "items")
    )
    everything = [np.arange(len(dataset.items), dtype=np.int32)] * len(dataset.users)
    queries = dataset.queries(dataset.users)
    for one, other in zip(
        over_users.fold_in(queries).score(everything), over_items.fold_in(queries).score(everything), strict=True
    ):
        assert one == pytest.approx(other, abs=2e-4, nan_ok=True)


# Style needs vectors; the others train for seconds, and have tests of their own.
@settings(max_examples=25)
@given(events, st.sampled_from(sorted(set(SOURCES) - {"style", "als", "two_tower", "sasrec"})), st.integers(0, 8))
def test_answers_are_well_formed_whatever_happened(rows, kind, k):
    dataset = shop(rows)
    source = SOURCES[kind]().fit(dataset, rng=rng_for(0, kind))
    queries = dataset.queries([*dataset.users, "stranger"])
    for found in source.retrieve_many(queries, k):
        pairs = list(zip((-found.scores).tolist(), found.item_ix.tolist(), strict=True))
        assert len(pairs) <= k
        assert pairs == sorted(pairs)
        assert not np.isnan(found.scores).any()
        assert len(set(found.item_ids)) == len(found)


@settings(max_examples=20)
@given(events)
def test_als_scores_are_numbers_whatever_happened(rows):
    dataset = shop(rows)
    source = Als(AlsConfig(embedding_size=3, epochs=2)).fit(dataset, rng=rng_for(0, "als"))
    for found in source.retrieve_many(dataset.queries([*dataset.users, "stranger"]), 10):
        assert np.isfinite(found.scores).all()


scores = st.lists(st.sampled_from([0.0, -1.5, 2.5, 1e-30, float("nan"), float("inf"), -float("inf")]), max_size=300)


@given(scores, st.integers(-1, 40), st.integers(1, 8))
def test_best_first_is_a_stable_sort_without_nan(values, k, repeats):
    array = np.array(values * repeats, dtype=np.float32)
    known = [place for place in range(len(array)) if not np.isnan(array[place])]
    expected = sorted(known, key=lambda place: (-array[place], place))[: max(k, 0)]
    assert best_first(array, k).tolist() == expected


@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_best_first_of_many_scores_is_exact(seed, k):
    rng = np.random.default_rng(seed)
    array = np.round(rng.normal(size=5000), int(rng.integers(0, 4))).astype(np.float32)
    array[rng.random(5000) < rng.random()] = np.nan
    expected = np.argsort(-np.nan_to_num(array, nan=-np.inf), kind="stable")[: min(k, int((~np.isnan(array)).sum()))]
    assert best_first(array, k).tolist() == expected.tolist()
