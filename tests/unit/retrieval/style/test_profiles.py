"""Profiles: means and medians on the sphere, consistency, and how many customers are worked on at once."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import EventKind
from parure.core.clock import DAY_US
from parure.dataset import dataset_from_events
from parure.index import unit_rows
from parure.retrieval.signals import acts_of_dataset
from parure.retrieval.style import Taste, Weights, known_rows, profiles, style_profiles, taste_of

NOW = 1000 * DAY_US


def taste(weights):
    """A taste of given weights, one event a cell."""
    matrix = sp.csr_matrix(np.array(weights, dtype=np.float32))
    return Taste(Weights.of(matrix), np.diff(matrix.indptr).astype(np.int64))


def degrees(*angles):
    """Unit vectors in the plane."""
    radians = np.radians(angles)
    return np.column_stack([np.cos(radians), np.sin(radians)]).astype(np.float32)


def angle_of(vector):
    return float(np.degrees(np.arctan2(vector[1], vector[0])))


def acts_of(*rows):
    """Rows (user, item, days ago, kind) on items a, b, c."""
    events = [(user, item, int(NOW - ago * DAY_US), kind, 1, 100) for user, item, ago, kind in rows]
    return acts_of_dataset(dataset_from_events(events, {i: {} for i in "abc"}, as_of_us=NOW + 1), purchases_only=False)


ALL = np.ones(3, dtype=bool)


def test_events_count_by_kind_and_age():
    acts = acts_of(("u", "a", 60, "purchase"), ("u", "b", 30, "add_to_cart"), ("u", "b", 0, "view"))
    found = taste_of(acts, ALL, half_life_days=30)
    # 10 / 4 for the purchase, 3 / 2 + 1 for cart and view; nothing for c.
    assert found.weights.matrix.toarray() == pytest.approx(np.array([[2.5, 2.5, 0]]))
    assert found.events.tolist() == [3]


def test_a_longer_half_life_keeps_more_of_what_is_old():
    acts = acts_of(("u", "a", 90, "purchase"), ("u", "b", 0, "purchase"))
    assert taste_of(acts, ALL, half_life_days=90).weights.matrix.toarray()[0] == pytest.approx([5, 10, 0])
    assert taste_of(acts, ALL, half_life_days=30).weights.matrix.toarray()[0] == pytest.approx([1.25, 10, 0])
    assert taste_of(acts, ALL, half_life_days=None).weights.matrix.toarray()[0] == pytest.approx([10, 10, 0])


def test_what_was_sent_back_and_what_was_only_shown_does_not_count():
    acts = acts_of(
        ("u", "a", 3, "purchase"), ("u", "a", 2, "return"), ("u", "b", 1, "impression"), ("u", "c", 1, "click")
    )
    found = taste_of(acts, ALL, half_life_days=None)
    assert found.weights.matrix.toarray()[0].tolist() == [0, 0, 0.5]
    assert found.events.tolist() == [2]


def test_a_taste_of_long_ago_is_as_sharp_as_one_of_today():
    rows = [("u", "a", 40, "purchase"), ("u", "b", 10, "view")]
    recent = taste_of(acts_of(*rows), ALL, half_life_days=1)
    old = taste_of(acts_of(*((u, i, ago + 900, kind) for u, i, ago, kind in rows)), ALL, half_life_days=1)
    assert old.weights.matrix.toarray() == pytest.approx(recent.weights.matrix.toarray())
    assert old.weights.matrix.toarray()[0, 1] == pytest.approx(1)


def test_items_without_a_vector_do_not_count():
    acts = acts_of(("u", "a", 2, "view"), ("u", "b", 1, "view"), ("u", "c", 0, "view"))
    vectors = np.array([[1, 0], [np.nan, 1], [0, 0]], dtype=np.float32)
    known = known_rows(unit_rows(vectors))
    assert known.tolist() == [True, False, False]
    assert taste_of(acts, known, half_life_days=None).events.tolist() == [1]


def test_the_mean_is_the_direction_of_the_weighted_sum():
    found = style_profiles(taste([[3, 4]]), degrees(0, 90), min_events=1)
    assert found.vectors[0] == pytest.approx([0.6, 0.8])


def test_too_few_events_give_no_profile():
    found = style_profiles(taste([[1, 1, 0], [1, 1, 1], [0, 0, 0]]), degrees(0, 10, 20), min_events=3)
    assert np.isnan(found.vectors).all(axis=1).tolist() == [True, False, True]
    assert found.events.tolist() == [2, 3, 0]


def test_opposite_items_give_no_direction():
    found = style_profiles(taste([[1, 1]]), np.array([[1, 0], [-1, 0]], dtype=np.float32), min_events=1)
    assert np.isnan(found.vectors).all()


def test_in_the_plane_the_median_is_the_middle_item():
    found = style_profiles(taste([[1, 1, 1]]), degrees(0, 10, 90), min_events=1, average="median")
    assert angle_of(found.vectors[0]) == pytest.approx(10, abs=0.3)


def test_the_median_stays_with_the_heavier_half_however_far_off_the_rest_is():
    unit = degrees(0, 120)
    mean, median = (
        style_profiles(taste([[1.2, 1]]), unit, min_events=1, average=kind).vectors[0] for kind in ("mean", "median")
    )
    assert angle_of(mean) > 50
    assert angle_of(median) == pytest.approx(0, abs=0.3)


def brute_consistency(weights, unit):
    used = np.flatnonzero(weights)
    pairs = [(i, j) for i in used for j in used if i < j]
    products = [weights[i] * weights[j] for i, j in pairs]
    return np.average([float(unit[i] @ unit[j]) for i, j in pairs], weights=products)


def test_consistency_is_the_mean_likeness_of_pairs():
    found = style_profiles(taste([[1, 1, 1]]), degrees(0, 60, 120), min_events=1)
    assert found.consistency[0] == pytest.approx((0.5 + 0.5 - 0.5) / 3, abs=1e-6)


def test_one_item_has_no_consistency():
    found = style_profiles(taste([[1, 0], [1, 1e-9]]), degrees(0, 60), min_events=1)
    assert np.isnan(found.consistency).all()


weights_of_four = st.lists(st.floats(0.1, 10), min_size=4, max_size=4)


@settings(max_examples=50)
@given(weights_of_four, st.integers(0, 1000))
def test_the_closed_form_of_consistency_is_that_of_all_pairs(weights, seed):
    unit = unit_rows(np.random.default_rng(seed).normal(size=(4, 6)).astype(np.float32))
    found = style_profiles(taste([weights]), unit, min_events=1)
    assert found.consistency[0] == pytest.approx(brute_consistency(np.array(weights), unit), abs=1e-5)


@settings(max_examples=50)
@given(weights_of_four, st.integers(0, 1000), st.sampled_from(["mean", "median"]))
def test_profiles_have_length_one_and_ignore_the_scale_of_weights(weights, seed, average):
    unit = unit_rows(np.random.default_rng(seed).normal(size=(4, 6)).astype(np.float32))
    one, tenfold = (
        style_profiles(taste([np.array(weights) * by]), unit, min_events=1, average=average).vectors[0]
        for by in (1, 10)
    )
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    assert one == pytest.approx(tenfold, abs=2e-3)


@settings(max_examples=50)
@given(weights_of_four, st.integers(0, 1000), st.integers(0, 3))
def test_more_weight_on_an_item_moves_the_profile_towards_it(weights, seed, item):
    unit = unit_rows(np.random.default_rng(seed).normal(size=(4, 6)).astype(np.float32))
    more = np.array(weights)
    more[item] += 5
    before, after = style_profiles(taste([weights, more]), unit, min_events=1).vectors
    assert after @ unit[item] >= before @ unit[item] - 1e-5


@settings(max_examples=30)
@given(weights_of_four, st.integers(0, 1000))
def test_the_median_has_no_larger_sum_of_distances_than_the_mean(weights, seed):
    unit = unit_rows(np.random.default_rng(seed).normal(size=(4, 6)).astype(np.float32))

    def cost(centre):
        return float(np.array(weights) @ np.linalg.norm(unit - centre, axis=1))

    mean, median = (
        style_profiles(taste([weights]), unit, min_events=1, average=kind).vectors[0] for kind in ("mean", "median")
    )
    assert cost(median) <= cost(mean) + 1e-4


events = st.lists(
    st.tuples(
        st.sampled_from("uv"),
        st.sampled_from("abc"),
        st.integers(0, 50),
        st.sampled_from([EventKind.PURCHASE, EventKind.VIEW, EventKind.ADD_TO_CART, EventKind.RETURN]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=50)
@given(events, st.randoms())
def test_the_order_in_which_events_came_in_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = (taste_of(acts_of(*each), ALL, half_life_days=30) for each in (rows, shuffled))
    assert np.array_equal(one.weights.matrix.toarray(), other.weights.matrix.toarray())


def test_chunks_of_customers_give_what_all_at_once_give(monkeypatch):
    rng = np.random.default_rng(0)
    many = Taste(Weights.of(sp.random(50, 30, 0.2, "csr", dtype=np.float32, random_state=rng)), np.full(50, 5))
    unit = unit_rows(rng.normal(size=(30, 8)).astype(np.float32))
    for average in ("mean", "median"):
        whole = style_profiles(many, unit, average=average)
        with monkeypatch.context() as patched:
            patched.setattr(profiles, "_CHUNK_BYTES", 4 * 8 * 7)
            parts = style_profiles(many, unit, average=average)
        assert parts.vectors == pytest.approx(whole.vectors, abs=1e-4, nan_ok=True)
        assert parts.consistency == pytest.approx(whole.consistency, abs=1e-5, nan_ok=True)


def test_nobody_and_no_items_are_answered():
    nobody = style_profiles(
        Taste(Weights.of(sp.csr_matrix((0, 3), dtype=np.float32)), np.empty(0, np.int64)), degrees(0, 1, 2)
    )
    assert nobody.vectors.shape == (0, 2)
    empty = replace(nobody, events=np.empty(0, np.int64))
    assert len(empty.consistency) == 0
