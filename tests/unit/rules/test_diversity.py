"""The first k are good, and not all alike."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import History, IdMap, Query
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Diversity, Shopper
from parure.rules.diversity import DiversityConfig, by_determinant, by_marginal_relevance
from parure.rules.vectors import SIZE, small_vectors

EAST, NORTH = (1.0, 0.0), (0.0, 1.0)


def shop(vectors: list[tuple[float, ...]] | np.ndarray | None, categories: list[str | None] | None = None) -> Dataset:
    n = len(vectors) if vectors is not None else len(categories or [])
    products = {f"{place:05}": {"category": (categories or [None] * n)[place]} for place in range(n)}
    dataset = dataset_from_events([], products, as_of_us=1)
    return replace(dataset, item_vectors=None if vectors is None else np.array(vectors, np.float32))


def shown(dataset: Dataset, scores: list[float], k: int, **config) -> tuple[list[int], list[int]]:
    """The order after the rule, and the candidates that its step names."""
    column = np.array(scores, np.float32)
    slate = Slate.of(dataset.items, np.arange(len(scores), dtype=np.int32), column, column[:, None], ("only",))
    query = Query(History.empty(IdMap.of([])), now_us=1, k=k)
    after = Diversity(DiversityConfig(**config)).fit(dataset).apply(Shopper(query, dataset.items), slate)
    where = np.flatnonzero(after.steps[0].where).tolist() if after.steps else []
    return after.ranked().tolist(), where


def test_marginal_relevance_of_four_worked_by_hand() -> None:
    """Two twins that point east, one between and one north; lambda is a half, so that halves are compared.

    First 0. Then 1 has .9 - 1 = -.1, 2 has .6 - .8 = -.2, 3 has .2 - 0 = .2: 3. Then 1 has .9 - 1 = -.1, and 2 has
    .6 - .8 = -.2, since it is .8 like 0 and .6 like 3: 1.
    """
    vectors = np.array([EAST, EAST, (0.8, 0.6), NORTH], np.float32)
    relevance = np.array([1, 0.9, 0.6, 0.2], np.float32)
    assert by_marginal_relevance(relevance, vectors @ vectors.T, 4, 0.5).tolist() == [0, 3, 1, 2]


def test_the_determinant_of_four_worked_by_hand() -> None:
    """The same four with lambda a fifth, so that 2 a is 1: the gain of i is exp(r_i) times what is left of 1.

    Likeness counts 0.95. First 0. Then 1 has exp(.9) (1 - .95^2) = .240, 2 has exp(.6) (1 - .76^2) = .770, 3 has
    exp(.2) = 1.221: 3. Then 1 has .240 still; 2 loses (.95 * .6)^2 too: exp(.6) (1 - .5776 - .3249) = .178: 1.
    """
    vectors = np.array([EAST, EAST, (0.8, 0.6), NORTH], np.float32)
    relevance = np.array([1, 0.9, 0.6, 0.2], np.float32)
    assert by_determinant(relevance, vectors @ vectors.T, 4, 0.2).tolist() == [0, 3, 1, 2]


@given(st.integers(2, 7), st.integers(0, 2**32 - 1), st.floats(0, 0.8))
@settings(deadline=None)
def test_each_step_of_the_determinant_is_the_best_there_is(n: int, seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevance = rng.random(n)
    likeness = vectors @ vectors.T
    chosen = by_determinant(relevance.astype(np.float32), likeness.astype(np.float32), n, weight).tolist()
    quality = np.exp(2 * weight / (1 - weight) * (relevance - 1))
    kernel = quality[:, None] * (0.95 * likeness + 0.05 * np.eye(n)) * quality
    for place in range(n):
        worth = {
            i: np.linalg.slogdet(kernel[np.ix_(tried := [*chosen[:place], i], tried)])[1]
            for i in range(n)
            if i not in chosen[:place]
        }
        assert worth[chosen[place]] >= max(worth.values()) - 1e-3


@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0, 1))
@settings(deadline=None)
def test_each_step_of_marginal_relevance_is_the_best_there_is(n: int, seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevance, likeness = rng.random(n).astype(np.float32), vectors @ vectors.T
    chosen = by_marginal_relevance(relevance, likeness, n, weight).tolist()
    assert sorted(chosen) == list(range(n))
    for place in range(n):
        before = chosen[:place]
        worth = {
            i: weight * relevance[i] - (1 - weight) * max([0.0, *(likeness[i, j] for j in before)])
            for i in range(n)
            if i not in before
        }
        assert worth[chosen[place]] >= max(worth.values()) - 1e-5


@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_twins_are_parted_by_something_else(method: str) -> None:
    dataset = shop([EAST, EAST, NORTH, NORTH])
    assert shown(dataset, [1, 0.9, 0.8, 0], 2, method=method, relevance=0.5) == ([0, 2, 1, 3], [2])


@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_without_vectors_the_same_category_is_alike(method: str) -> None:
    dataset = shop(None, ["ring", "ring", "chain", "ring"])
    assert shown(dataset, [1, 0.9, 0.8, 0], 2, method=method, relevance=0.5) == ([0, 2, 1, 3], [2])


@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_an_item_without_vector_or_category_is_like_nothing(method: str) -> None:
    nowhere = (float("nan"), float("nan"))
    assert shown(shop([EAST, EAST, nowhere, nowhere]), [1, 0.9, 0.8, 0.7], 3, method=method, relevance=0.3)[0] == [
        0,
        2,
        3,
        1,
    ]
    dataset = shop(None, ["ring", "ring", None, None])
    assert shown(dataset, [1, 0.9, 0.8, 0.7], 3, method=method, relevance=0.3)[0] == [0, 2, 3, 1]


def test_both_is_the_mean_of_the_two() -> None:
    # Like 0 are 1 by vector, 2 by category, 3 by neither; 1 and 2 are half like it.
    dataset = shop([EAST, EAST, NORTH, NORTH], ["ring", "chain", "ring", "chain"])
    config = {"likeness": "both", "relevance": 0.01}
    assert shown(dataset, [1, 0.9, 0.8, 0.7], 2, **config)[0] == [0, 3, 1, 2]
    assert shown(dataset, [1, 0.9, 0.8, 0.7], 2, likeness="column", relevance=0.01)[0] == [0, 1, 2, 3]
    assert shown(dataset, [1, 0.9, 0.8, 0.7], 2, likeness="vectors", relevance=0.01)[0] == [0, 2, 1, 3]


def test_only_the_window_is_looked_at() -> None:
    dataset = shop([EAST, EAST, EAST, NORTH])
    assert shown(dataset, [1, 0.9, 0.8, 0.7], 2, relevance=0.3, window=1)[0] == [0, 1, 2, 3]
    assert shown(dataset, [1, 0.9, 0.8, 0.7], 2, relevance=0.3, window=2)[0] == [0, 3, 1, 2]


@pytest.mark.parametrize(
    ("dataset", "config"),
    [
        (shop([EAST, EAST, NORTH]), {"relevance": 1}),
        (shop(None, [None, None, None]), {}),
        (shop(None, ["ring", "ring", "chain"]), {"likeness": "vectors"}),
        (shop([EAST, EAST, NORTH]), {"likeness": "column"}),
        (shop([(float("nan"),) * 2] * 3), {}),
    ],
)
def test_where_there_is_nothing_to_go_by_the_order_stays(dataset: Dataset, config: dict) -> None:
    assert shown(dataset, [1, 0.9, 0.1], 2, **config) == ([0, 1, 2], [])


def test_equal_scores_are_parted_by_difference_alone() -> None:
    assert shown(shop([EAST, EAST, NORTH]), [0.5, 0.5, 0.5], 2)[0] == [0, 2, 1]


@given(
    st.integers(2, 40),
    st.integers(2, 12),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["mmr", "dpp"]),
    st.floats(0, 0.999),
)
@settings(deadline=None)
def test_the_first_k_are_less_alike_and_the_rest_keeps_its_order(
    n: int, k: int, seed: int, method: str, relevance: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = np.sort(rng.random(n).astype(np.float32))[::-1]
    order, moved = shown(shop(vectors), scores.tolist(), k, method=method, relevance=relevance)
    assert sorted(order) == list(range(n))
    rest = order[k:]
    assert rest == sorted(rest)
    # What moved up is named, and nothing else.
    assert set(moved) == {item for place, item in enumerate(order[:k]) if item > place}
    assert order[0] == 0 or relevance < 1e-3


def test_small_vectors_keep_the_cosines_of_a_shop_whose_pictures_have_few_themes() -> None:
    rng = np.random.default_rng(0)
    themes = rng.standard_normal((12, 200))
    vectors = (rng.random((600, 12)) @ themes + 0.2 * rng.standard_normal((600, 200))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[7] = np.nan
    small = small_vectors(shop(vectors))
    assert small is not None
    assert small.shape == (600, SIZE)
    assert not small[7].any()
    known = [i for i in range(600) if i != 7]
    assert np.allclose(np.linalg.norm(small[known], axis=1), 1, atol=1e-5)
    pairs = np.array(list(combinations(known[:60], 2))).T
    error = (small[pairs[0]] * small[pairs[1]]).sum(axis=1) - (vectors[pairs[0]] * vectors[pairs[1]]).sum(axis=1)
    assert np.abs(error).mean() < 0.01


def test_short_vectors_are_kept_as_they_are() -> None:
    small = small_vectors(shop([(3.0, 4.0), EAST]))
    assert small is not None
    assert np.allclose(small, [(0.6, 0.8), EAST])
    assert small_vectors(shop(None, ["ring"])) is None
