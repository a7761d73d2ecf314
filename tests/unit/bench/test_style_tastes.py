"""The benchmark of tastes: its measure by hand, and that a list by taste beats chance on a shop of two tastes."""

import numpy as np
import pytest

from bench.style_tastes import K, contenders, drawn_acts, ndcg
from parure.testing import checkerboard


def test_a_list_is_measured_against_the_best_there_is():
    gains = np.zeros((2, 20), dtype=np.float32)
    gains[:, [3, 5]] = (0.6, 0.2)
    found = ndcg([np.array([5, 3], np.int32), np.array([9], np.int32)], gains)
    second = 1 / np.log2(3)
    assert found == pytest.approx([(0.2 + 0.6 * second) / (0.6 + 0.2 * second), 0])


def test_every_way_of_recommending_is_judged_and_taste_beats_chance():
    shop = checkerboard()
    fans = [user for user in shop.users if user != "newcomer"]
    queries = shop.queries(fans)
    # Nine items, of which a list holds ten at most: what is judged is the order.
    metals = np.array([item.split("-")[0] for item in shop.items])
    ours = np.array([query.history.item_ids[0].split("-")[0] for query in queries])
    gains = (ours[:, None] == metals).astype(np.float32)
    lists = {case: ndcg(found, gains).mean() for case, found in _short(contenders, shop, queries).items()}
    assert lists["style"] > lists["random"]
    assert lists["style"] == pytest.approx(1, abs=0.06)
    assert set(lists) >= {"popular", "style_led", "style_median", "style_single", "style_90_days"}


def _short(judge, shop, queries):
    return {case: [items[:K] for items in lists] for case, lists in judge(shop, queries, 0).items()}


def test_drawn_events_are_sorted_and_of_the_size_asked_for():
    acts = drawn_acts(np.random.default_rng(0), 50, 20, 500)
    assert len(acts) == 500
    order = np.lexsort((-acts.age_days, acts.row))
    assert np.array_equal(order, np.arange(500))
    assert acts.item_ix.max() < 20
