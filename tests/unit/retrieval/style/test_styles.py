"""Several styles a customer: found where there are several, not where there is one."""

import numpy as np
import pytest
import scipy.sparse as sp

from parure.index import unit_rows
from parure.retrieval.style import StyleSplit, Taste, Weights, split_styles
from parure.retrieval.style.grouping import silhouette
from parure.retrieval.style.scale import on_one_scale
from parure.retrieval.style.styles import style_labels

SPLIT = StyleSplit()


def around(centres, each, *, spread, seed=0, size=64):
    """Unit vectors in tight groups around random directions."""
    rng = np.random.default_rng(seed)
    middles = unit_rows(rng.normal(size=(centres, size)).astype(np.float32))
    noise = rng.normal(size=(centres, each, size)).astype(np.float32) * spread / np.sqrt(size)
    return unit_rows((middles[:, None] + noise).reshape(centres * each, size))


@pytest.mark.parametrize("planted", [2, 3, 4])
def test_planted_styles_are_found_in_their_number(planted):
    for seed in range(5):
        items = around(planted, 6, spread=0.6, seed=seed)
        labels = style_labels(items, np.ones(len(items), np.float32), SPLIT)
        assert len(set(labels.tolist())) == planted
        assert all(len(set(labels[start : start + 6].tolist())) == 1 for start in range(0, len(items), 6))


def test_one_style_stays_one():
    for seed in range(20):
        items = around(1, 24, spread=0.8, seed=seed)
        assert not style_labels(items, np.ones(24, np.float32), SPLIT).any()


def test_things_without_any_style_are_not_split_into_small_groups():
    rng = np.random.default_rng(0)
    split = 0
    for _ in range(20):
        items = unit_rows(rng.normal(size=(24, 64)).astype(np.float32))
        split += bool(style_labels(items, np.ones(24, np.float32), SPLIT).any())
    assert split == 0


def test_the_first_style_is_the_weightiest():
    items = around(2, 5, spread=0.3)
    weights = np.array([1] * 5 + [4] * 5, dtype=np.float32)
    assert style_labels(items, weights, SPLIT).tolist() == [1] * 5 + [0] * 5


def test_a_style_needs_items_of_its_own():
    items = np.concatenate([around(1, 10, spread=0.3), around(1, 2, spread=0.3, seed=9)])
    weights = np.ones(12, np.float32)
    assert not style_labels(items, weights, SPLIT).any()
    assert style_labels(items, weights, StyleSplit(style_min_items=2)).tolist() == [0] * 10 + [1] * 2


def test_an_odd_purchase_does_not_hide_two_styles():
    items = np.concatenate([around(2, 6, spread=0.3), around(1, 1, spread=0.3, seed=9)])
    labels = style_labels(items, np.ones(13, np.float32), SPLIT)
    assert sorted(np.bincount(labels).tolist()) == [6, 7]


def test_items_beyond_the_heaviest_join_the_nearest_style():
    items = around(2, 60, spread=0.3)
    weights = np.linspace(1, 2, 120).astype(np.float32)
    labels = style_labels(items, weights, SPLIT)
    assert len(set(labels[:60].tolist())) == len(set(labels[60:].tolist())) == 1
    assert labels[0] != labels[60]


def test_silhouette_by_hand():
    # Distances: within the groups .1 and .3, between them 1.
    gram = np.array([[1, 0.9, 0, 0], [0.9, 1, 0, 0], [0, 0, 1, 0.7], [0, 0, 0.7, 1]], dtype=np.float32)
    labels = np.array([0, 0, 1, 1])
    distance = 1 - gram
    assert silhouette(distance, np.ones(4), labels) == pytest.approx((0.9 + 0.7) / 2)
    assert silhouette(distance, np.array([3.0, 3, 1, 1]), labels) == pytest.approx((3 * 0.9 + 0.7) / 4)
    # An item alone in its group counts 0.
    assert silhouette(distance[:3, :3], np.ones(3), np.array([0, 0, 1])) == pytest.approx(0.9 * 2 / 3)


def test_rows_with_one_and_with_several_styles_stand_side_by_side():
    unit = np.concatenate([around(2, 5, spread=0.3), around(1, 5, spread=0.3, seed=5)])
    weights = np.zeros((4, 15), dtype=np.float32)
    weights[0, 10:] = 1
    weights[1, :5], weights[1, 5:10] = 1, 3
    weights[3, 0] = 1
    matrix = sp.csr_matrix(weights)
    found = split_styles(Taste(Weights.of(matrix), np.diff(matrix.indptr).astype(np.int64)), unit, SPLIT)
    assert len(found) == 4
    assert np.diff(found.offsets).tolist() == [1, 2, 1, 1]
    assert found.share.tolist() == [1, 0.75, 0.25, 1, 1]
    assert np.isnan(found.vectors).any(axis=1).tolist() == [False, False, False, True, True]
    assert found.vectors[1] == pytest.approx(unit_rows(unit[5:10].sum(axis=0, keepdims=True))[0], abs=1e-5)
    assert found.weights.matrix[2].indices.tolist() == [0, 1, 2, 3, 4]


def test_one_style_at_most_where_set():
    unit = around(2, 5, spread=0.3)
    matrix = sp.csr_matrix(np.ones((1, 10), dtype=np.float32))
    found = split_styles(Taste(Weights.of(matrix), np.array([10])), unit, StyleSplit(max_styles=1))
    assert found.share.tolist() == [1]


def draws(shares, cosines, k):
    """How many of the best k items come from each style's own half of the items."""
    ladders = [-np.sort(-each)[:200] for each in cosines]
    scores = on_one_scale(cosines, ladders, np.array(shares, dtype=np.float32))
    best = np.argsort(-scores, kind="stable")[:k]
    own = cosines.argmax(axis=0)
    return np.bincount(own[best], minlength=len(shares)).tolist()


@pytest.mark.parametrize("k", [4, 12, 40, 100])
def test_a_list_draws_from_each_style_in_proportion_however_long_it_is(k):
    rng = np.random.default_rng(0)
    # The second style's items are far more alike to it than the first one's.
    cosines = np.full((2, 600), -0.5, dtype=np.float32)
    cosines[0, :300] = rng.uniform(0.2, 0.4, 300)
    cosines[1, 300:] = rng.uniform(0.7, 0.95, 300)
    assert draws([0.75, 0.25], cosines, k) == pytest.approx([0.75 * k, 0.25 * k], abs=1)


def test_items_of_the_weightiest_style_keep_their_likeness():
    cosines = np.array([[0.9, 0.5, 0.1, 0], [0, 0.1, 0.8, 0.2]], dtype=np.float32)
    ladders = [-np.sort(-each) for each in cosines]
    scores = on_one_scale(cosines, ladders, np.array([0.5, 0.5], dtype=np.float32))
    # The best of the second style stands beside the best of the first, the second beside the second.
    assert scores == pytest.approx([0.9, 0.5, 0.9, 0.5])


def test_an_item_without_a_vector_has_no_score_on_any_scale():
    cosines = np.array([[0.9, np.nan], [0.2, np.nan]], dtype=np.float32)
    scores = on_one_scale(cosines, [cosines[0, :1], cosines[1, :1]], np.array([0.6, 0.4], dtype=np.float32))
    assert np.isnan(scores).tolist() == [False, True]
