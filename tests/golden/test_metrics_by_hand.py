"""Metrics worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from parure.core import IdMap
from parure.evaluation.metrics import METRICS, coverage, distinct, recall_curve, user_metrics
from parure.evaluation.truth import Truth, ranked_from_ids, ranked_matrix

ITEMS = IdMap.of("abcdefghijklmnopqrstuvwxyz")


def _scores(ranked: str, taken: str) -> dict[str, float]:
    truth = Truth.of({"user": set(taken)}, ITEMS)
    return dict(zip(METRICS, user_metrics(ranked_from_ids({"user": ranked}, truth), truth)[0], strict=True))


def test_hits_at_places_one_and_three_of_two_wanted() -> None:
    # precision at the hits: 1/1 and 2/3; gain 1 + 1/log2(4) = 1.5 of at best 1 + 1/log2(3) = 1.6309297535714573
    scores = _scores("axb", "ab")
    assert scores["map@12"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-12)
    assert scores["ndcg@10"] == pytest.approx(1.5 / 1.6309297535714573, abs=1e-12)
    assert scores["precision@10"] == pytest.approx(0.2)
    assert scores["hit_rate@10"] == 1
    assert scores["recall@10"] == 1


def test_a_hit_at_place_eleven_counts_for_map_and_recall_at_20_only() -> None:
    scores = _scores("bcdefghijka", "az")
    assert scores["map@12"] == pytest.approx((1 / 11) / 2)
    assert scores["recall@20"] == 0.5
    assert scores["ndcg@10"] == scores["hit_rate@10"] == scores["recall@10"] == scores["precision@10"] == 0


def test_more_wanted_than_places_is_judged_against_a_full_list() -> None:
    scores = _scores("abcdefghijkl", "abcdefghijklmnopqrstuvwx")
    assert scores["map@12"] == pytest.approx(1)
    assert scores["ndcg@10"] == pytest.approx(1)
    assert scores["recall@10"] == pytest.approx(10 / 24)


def test_a_short_list_is_scored_as_it_is() -> None:
    scores = _scores("a", "abc")
    assert scores["precision@10"] == pytest.approx(0.1)
    assert scores["map@12"] == pytest.approx(1 / 3)
    assert scores["recall@200"] == pytest.approx(1 / 3)


def test_a_user_without_a_list_scores_nothing() -> None:
    assert set(_scores("", "ab").values()) == {0.0}


def test_an_unknown_item_keeps_its_place_and_misses() -> None:
    assert _scores("?a", "a")["map@12"] == pytest.approx(0.5)
    assert _scores("?!", "a")["map@12"] == 0


def test_coverage_counts_the_different_items_of_the_first_ten_places() -> None:
    ranked = ranked_matrix([list(range(12)), [0, 1, 12], []])
    assert distinct(ranked).tolist() == [*range(10), 12]
    assert coverage(ranked, 26) == pytest.approx(11 / 26)


def test_the_recall_curve_rises_where_the_hits_are() -> None:
    truth = Truth.of({"ann": "ab", "bob": "c"}, ITEMS)
    ranked = ranked_from_ids({"ann": "axb", "bob": "xyzc"}, truth)
    curve = recall_curve(ranked, truth, np.array([1, 2, 3, 4]))
    assert curve.tolist() == pytest.approx([0.25, 0.25, 0.5, 1.0])
