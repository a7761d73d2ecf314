"""Variety, novelty and the share of the catalogue, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from parure.dataset import Dataset
from parure.evaluation.beyond import ItemFacts, category_diversity, gini, novelty, tail_share, vector_diversity
from parure.evaluation.truth import ranked_matrix

NOBODY = -1


def _facts(category: list[int], buyers: list[int], tail: list[bool]) -> ItemFacts:
    n = len(category)
    return ItemFacts(
        category=np.array(category, np.int32),
        buyers=np.array(buyers, np.int64),
        users=7,
        known=n,
        tail=np.array(tail),
        fresh=np.zeros(n, bool),
    )


FACTS = _facts([0, 0, 1, NOBODY], [7, 3, 1, 0], [False, False, True, True])


def test_diversity_is_the_share_of_pairs_of_different_category() -> None:
    # 0-0, 0-1, 0-1: two of three pairs differ; the item without a category is left out.
    ranked = ranked_matrix([[0, 1, 2, 3], [0, 1], [0, 3], []], depth=10)
    assert category_diversity(ranked, FACTS).tolist() == pytest.approx([2 / 3, 0, np.nan, np.nan], nan_ok=True)


def test_diversity_by_looks_is_the_mean_cosine_distance() -> None:
    vectors = np.array([[1, 0], [0, 1], [-1, 0], [np.nan, np.nan]], np.float32)
    ranked = ranked_matrix([[0, 1, 2], [0, 2, 3], [0, 3], [0, 99]], depth=10)
    # distances 1, 2, 1; then 2 alone; then nothing to compare.
    found = vector_diversity(ranked, vectors)
    assert found.tolist() == pytest.approx([4 / 3, 2, np.nan, np.nan], nan_ok=True)


def test_novelty_is_the_mean_surprise_in_bits() -> None:
    # (7+1)/(7+1) 0 bits, (3+1)/8 1 bit, (1+1)/8 2 bits, (0+1)/8 3 bits
    ranked = ranked_matrix([[0, 1], [2, 3], [3], []], depth=10)
    assert novelty(ranked, FACTS).tolist() == pytest.approx([0.5, 2.5, 3, np.nan], nan_ok=True)


def test_only_the_first_places_count() -> None:
    ranked = ranked_matrix([[0, 3]], depth=10)
    assert novelty(ranked, FACTS, k=1)[0] == 0


def test_the_tail_share_counts_items_outside_the_best_sellers() -> None:
    assert tail_share(ranked_matrix([[0, 1, 2]], depth=10), FACTS)[0] == pytest.approx(1 / 3)


def test_gini_is_nought_when_all_share_alike_and_high_when_one_takes_all() -> None:
    assert gini(ranked_matrix([[0, 1], [2, 3]], depth=10), 4) == pytest.approx(0)
    assert gini(ranked_matrix([[0], [0], [0]], depth=10), 4) == pytest.approx(3 / 4)
    assert np.isnan(gini(ranked_matrix([[], []], depth=10), 4))


def test_the_best_sellers_are_the_fewest_that_make_half_of_all_purchases(shop: Dataset) -> None:
    facts = ItemFacts.of(shop)
    sold = shop.item_table.column("purchases").to_numpy()
    head = np.sort(sold[~facts.tail])
    assert head.sum() >= sold.sum() / 2 > head[1:].sum()
    assert head.min() >= sold[facts.tail].max()


def test_items_first_sold_in_the_last_four_weeks_are_new(shop: Dataset) -> None:
    facts = ItemFacts.of(shop)
    assert shop.items.ids_of(np.flatnonzero(facts.fresh)) == [f"item{n}" for n in range(24, 30)]


def test_vectors_are_taken_at_unit_length_and_empty_ones_as_missing(shop: Dataset) -> None:
    vectors = np.full((len(shop.items), 3), 2, np.float32)
    vectors[4] = 0
    facts = ItemFacts.of(shop, vectors=vectors)
    assert facts.vectors is not None
    assert np.linalg.norm(facts.vectors[0]) == pytest.approx(1)
    assert np.isnan(facts.vectors[4]).all()
