"""A query by itself goes another way than many at once, and comes to the same."""

import numpy as np
import pytest

from parure.core import best_first
from parure.core.clock import rng_for
from parure.core.keys import keys_of, select, told
from parure.retrieval import Als, AlsConfig, ItemCf, ItemCfConfig, Popular
from parure.retrieval.marks import distinct, is_marked, marks_of
from parure.retrieval.normal_equations import turning
from parure.retrieval.products import Catalogue, VectorFoldedIn
from parure.retrieval.ranked import Ranking
from parure.testing.drawn_shop import drawn_shop

NOTHING = np.empty(0, np.int32)
SHOP = drawn_shop(items=200, users=40, events=30, seed=3)


def vectors(rng, items, size, spread):
    """Vectors some of which are much longer than others, and a few that are zero."""
    lengths = np.exp(rng.normal(scale=spread, size=(items, 1)))
    found = (rng.normal(size=(items, size)) * lengths).astype(np.float32)
    found[rng.random(items) < 0.05] = 0
    return found


def exact(catalogue, vector, k, exclude):
    scores = catalogue @ vector
    scores[~catalogue.any(axis=1)] = np.nan
    scores[exclude] = np.nan
    best = best_first(scores, k)
    return best, scores[best]


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("size", [1, 7, 64, 130])
@pytest.mark.parametrize("k", [1, 30, 5000])
@pytest.mark.parametrize("is_turned", [False, True])
def test_the_largest_products_are_found_exactly(size, spread, k, is_turned):
    rng = np.random.default_rng(size)
    items = vectors(rng, 3000, size, spread)
    if is_turned:
        # Directions of very different size.
        items *= np.exp(rng.normal(scale=2, size=size)).astype(np.float32)
    squares = items.astype(np.float64).T @ items + 0.01 * np.eye(size)
    catalogue = Catalogue.of(items, turning(squares) if is_turned else None)
    for _ in range(5):
        vector = rng.normal(size=size).astype(np.float32)
        exclude = rng.choice(3000, 100, replace=False).astype(np.int32)
        rows, scores = catalogue.best(vector, k, exclude)
        expected, values = exact(items, vector, k, exclude)
        assert rows.dtype == np.int32
        assert scores.dtype == np.float32
        # Sums are off by a share of the lengths, however small they come out.
        lengths = np.linalg.norm(items[rows], axis=1) * np.linalg.norm(vector)
        assert (np.abs(scores - values) <= 1e-6 * lengths + 1e-6).all()
        # Near ties may stand the other way round, for sums are added up in another order.
        assert len(set(rows.tolist()) ^ set(expected.tolist())) <= 2


def test_equal_products_come_in_the_order_of_rows_and_all_of_a_tie_on_the_border_are_seen():
    items = np.ones((1000, 3), np.float32)
    rows, scores = Catalogue.of(items).best(np.ones(3, np.float32), 10, np.array([0, 5], np.int32))
    assert rows.tolist() == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert scores.tolist() == [3.0] * 10


def test_items_too_short_for_the_border_are_not_missed():
    rng = np.random.default_rng(0)
    items = vectors(rng, 20_000, 64, 1.5)
    looked_at = np.linalg.norm(items, axis=1)
    vector = rng.normal(size=64).astype(np.float32)
    rows, scores = Catalogue.of(items).best(vector, 50, NOTHING)
    # What could not reach the border by its length alone is most of them.
    assert (looked_at * np.linalg.norm(vector) >= scores[-1]).mean() < 0.5
    assert rows.tolist() == exact(items, vector, 50, NOTHING)[0].tolist()


@pytest.mark.parametrize("vector", [np.full(4, np.nan, np.float32), np.zeros(4, np.float32)])
def test_a_query_of_which_nothing_is_known_finds_nothing_or_ties(vector):
    catalogue = Catalogue.of(np.eye(4, dtype=np.float32))
    rows, scores = catalogue.best(vector, 2, NOTHING)
    assert rows.tolist() == ([] if np.isnan(vector[0]) else [0, 1])
    assert not np.isnan(scores).any()


def test_a_catalogue_without_vectors_finds_nothing_and_knows_no_score():
    catalogue = Catalogue.of(np.zeros((3, 5), np.float32))
    folded = VectorFoldedIn("als", SHOP.items, np.ones(5, np.float32), catalogue)
    assert catalogue.best(np.ones(5, np.float32), 2, NOTHING)[0].tolist() == []
    assert np.isnan(folded.score([np.arange(3, dtype=np.int32)])[0]).all()


def test_keys_sort_as_scores_and_rows_do_and_give_both_back():
    rows = np.array([4, 3, 2, 1, 0, 9], np.int32)
    scores = np.array([1.5, -2.0, -0.0, 0.0, np.nan, np.inf], np.float32)
    keys = keys_of(rows, scores)
    assert len(keys) == 5
    keys.sort()
    assert told(keys)[0].tolist() == [9, 4, 1, 2, 3]
    assert told(keys)[1].tolist() == [np.inf, 1.5, 0.0, 0.0, -2.0]


@pytest.mark.parametrize("k", [0, 1, 17, 400, 401, 1000])
def test_the_smallest_keys_come_to_the_front(k):
    keys = np.random.default_rng(k).permutation(400).astype(np.int64)
    found = select(keys, k)
    assert sorted(keys[:found].tolist()) == list(range(min(k, 400)))
    if 0 < k <= 400:
        assert keys[k - 1] == k - 1


def test_rows_are_marked_and_come_once_and_ascending():
    rows = np.array([130, 0, 63, 64, 130, 127, 0], np.int32)
    marks = marks_of(np.append(rows, np.int32(-1)), 131)
    assert [row for row in range(131) if is_marked(marks, row)] == [0, 63, 64, 127, 130]
    assert distinct(rows, 131).tolist() == [0, 63, 64, 127, 130]
    assert distinct(NOTHING, 0).tolist() == []


def test_a_ranking_leaves_out_what_it_has_no_score_for():
    ranking = Ranking.of(np.array([1.0, np.nan, 3.0, 1.0], np.float32))
    assert ranking.order.tolist() == [2, 0, 3]


SOURCES = {
    "als": lambda signal: Als(AlsConfig(embedding_size=8, epochs=3, alpha=3.0, **signal)),
    "als without bm25": lambda signal: Als(AlsConfig(embedding_size=8, epochs=3, rescale="none", **signal)),
    "item_cf": lambda signal: ItemCf(ItemCfConfig(**signal)),
    "item_cf with itself": lambda signal: ItemCf(ItemCfConfig(own=0.5, similarity="rp3beta", **signal)),
    "popular": lambda signal: Popular(),
}
SIGNALS = [
    {},
    {"weighting": "spend", "purchases_only": False},
    {"weighting": "count", "half_lives": ((0.5, 10.0), (1.0, 60.0)), "order_half_lives": ((0.5, 2.0),)},
    {"weighting": "binary", "half_life_days": None},
]


@pytest.mark.parametrize("signal", SIGNALS, ids=["usual", "spend", "several", "binary"])
@pytest.mark.parametrize("name", SOURCES)
def test_one_query_gets_what_it_gets_among_many(name, signal):
    source = SOURCES[name](signal).fit(SHOP, rng=rng_for(0, "test"))
    queries = SHOP.queries([*SHOP.users, "stranger"])
    everything = np.arange(len(SHOP.items), dtype=np.int32)
    barred = [everything[place % 3 :: 7] for place in range(len(queries))]
    many = source.fold_in(queries)
    scores, tops = many.score([everything] * len(queries)), many.top(20, barred)
    for query, expected, top, rows in zip(queries, scores, tops, barred, strict=True):
        alone = source.fold_in([query])
        assert alone.score([everything])[0] == pytest.approx(expected, rel=1e-4, abs=1e-5, nan_ok=True)
        found = alone.top(20, [rows])[0]
        assert found.scores == pytest.approx(top.scores, rel=1e-4, abs=1e-5)
        assert not set(found.item_ix.tolist()) & set(rows.tolist())
        assert len(set(found.item_ix.tolist()) ^ set(top.item_ix.tolist())) <= 2
        assert alone.top(0)[0].item_ix.tolist() == []
