"""The weighted sum of sources."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core.errors import SettingsError
from parure.ranking import Blend, BlendConfig, Examples, Slates
from parure.ranking.average_precision import MeanAveragePrecision
from parure.ranking.blend import scale

NAN = np.nan


def slates(*queries: list[list[float]]) -> Slates:
    offsets = np.cumsum([0, *(len(q) for q in queries)]).astype(np.int64)
    return Slates(np.array([row for q in queries for row in q], dtype=np.float32), offsets)


def test_minmax_maps_each_query_to_0_and_1_and_silence_to_0() -> None:
    scaled = scale(slates([[1, 10], [3, NAN], [2, 30]], [[7, 5]]), "minmax")
    assert scaled.tolist() == [[0, 0], [1, 0], [0.5, 1], [1, 1]]


def test_rank_gives_one_over_the_place() -> None:
    scaled = scale(slates([[5, NAN], [9, 2], [7, 3]], [[1, 1]]), "rank")
    assert np.allclose(scaled, [[1 / 3, 0], [1, 0.5], [0.5, 1], [1, 1]])


def test_weights_not_named_share_what_is_missing_to_one() -> None:
    blend = Blend(BlendConfig(weights={"als": 0.4}), ["als", "popular", "style"])
    assert blend.weights.tolist() == pytest.approx([0.4, 0.3, 0.3])


def test_the_score_is_the_sum_of_the_shares() -> None:
    blend = Blend(BlendConfig(weights={"a": 0.4, "b": 0.6}), ["a", "b"])
    some = slates([[1, 2], [3, 1], [2, NAN]])
    assert np.allclose(blend.shares(some).sum(axis=1), blend.score_many(some))
    assert blend.score_many(some).tolist() == pytest.approx([0.6, 0.4, 0.2])


def test_a_weight_for_an_unknown_source_names_the_near_one() -> None:
    with pytest.raises(SettingsError, match="did you mean 'item_cf'"):
        Blend(BlendConfig(weights={"item_fc": 1.0}), ["als", "item_cf"])


def test_tuning_finds_the_source_that_tells_the_truth() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(4000) < 0.05).astype(np.float32)
    features = np.column_stack([rng.random(4000), labels + rng.random(4000)]).astype(np.float32)
    offsets = np.arange(0, 4001, 100)
    relevant = labels.reshape(40, 100).sum(axis=1).astype(np.int64)
    examples = Examples(Slates(features, offsets), labels, relevant)
    blend = Blend(BlendConfig(), ["noise", "truth"])
    measure = MeanAveragePrecision(examples)
    before = measure(blend.score_many(examples.slates))
    after = measure(blend.fit(examples, rng=rng).score_many(examples.slates))
    assert after > before
    assert blend.weights[1] > 0.8


def test_a_saved_blend_scores_the_same(tmp_path: Path) -> None:
    blend = Blend(BlendConfig(weights={"a": 0.25}, scale="rank"), ["a", "b"])
    blend.save(tmp_path)
    again = Blend.load(tmp_path)
    some = slates([[1, 2], [3, 1]])
    assert again.features == ("a", "b")
    assert np.array_equal(again.score_many(some), blend.score_many(some))


def test_average_precision_by_hand() -> None:
    # Query 1: hits at places 1 and 3 of two relevant: (1 + 2/3) / 2. Query 2: one relevant, not among candidates: 0.
    examples = Examples(
        Slates(np.zeros((5, 1), np.float32), np.array([0, 3, 5])),
        np.array([1, 0, 1, 0, 0], np.float32),
        np.array([2, 1]),
    )
    scores = np.array([3, 2, 1, 5, 4], np.float32)
    assert MeanAveragePrecision(examples)(scores) == pytest.approx((1 + 2 / 3) / 2 / 2)


def test_an_empty_query_does_no_harm() -> None:
    some = slates([], [[1.0, 2.0]], [])
    assert Blend(BlendConfig(), ["a", "b"]).score_many(some).tolist() == [1.0]


@given(st.lists(st.lists(st.floats(-1e3, 1e3, width=32) | st.just(NAN), min_size=2, max_size=2), max_size=30))
def test_scaled_scores_lie_between_0_and_1_and_keep_the_order(rows: list[list[float]]) -> None:
    some = Slates(np.array(rows, dtype=np.float32).reshape(-1, 2), np.array([0, len(rows)]))
    scaled = scale(some, "minmax")
    assert ((scaled >= 0) & (scaled <= 1)).all()
    for column in range(2):
        known = ~np.isnan(some.features[:, column])
        order = np.argsort(some.features[known, column], kind="stable")
        assert (np.diff(scaled[known, column][order]) >= 0).all()
