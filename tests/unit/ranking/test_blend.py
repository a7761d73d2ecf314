"""The weighted sum of sources."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core.errors import SettingsError
from parure.ranking import Blend, BlendConfig, Examples, Slates
from parure.ranking.average_precision import AveragePrecision
from parure.ranking.listwise import softmax_weights
from parure.ranking.scaling import scale

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


def test_logs_are_of_the_share_of_the_best_score_and_silence_is_0() -> None:
    scaled = scale(slates([[10, 4], [1, NAN], [0, -1]], [[NAN, 0]]), "log", floor=0.1)
    best = np.log(11)
    assert np.allclose(scaled, [[best, best], [np.log(2), 0], [0, 0], [0, 0]])


def test_logs_do_not_depend_on_the_unit_of_a_score() -> None:
    some = slates([[10, 4], [1, 3]], [[2, 2]])
    larger = Slates(some.features * np.float32(1024), some.offsets)
    assert np.allclose(scale(some, "log"), scale(larger, "log"))


def test_what_was_bought_before_and_what_is_new_have_weights_of_their_own() -> None:
    config = BlendConfig(weights={"repurchase": 1, "als": 0}, new_weights={"repurchase": 0, "als": 0.5}, scale="raw")
    blend = Blend(config, ["repurchase", "als"])
    assert blend.score_many(slates([[3, 8], [NAN, 4], [0, 6]])).tolist() == [3, 2, 0]


def test_weights_for_what_is_new_need_the_source_that_tells_it() -> None:
    with pytest.raises(SettingsError, match="'repurchase', which is not a source"):
        Blend(BlendConfig(new_weights={"als": 1.0}), ["als", "popular"])


def lists(rng: np.random.Generator, truth: np.ndarray, week: np.ndarray | None = None) -> Examples:
    """Lists of 100 candidates; one feature is noise, one points at what was bought as far as ``truth`` says."""
    labels = (rng.random((len(truth), 100)) < 0.05).astype(np.float32)
    features = np.stack([rng.random(labels.shape), labels * truth[:, None] + rng.random(labels.shape)], axis=-1)
    offsets = np.arange(0, labels.size + 1, 100)
    some = Slates(features.reshape(-1, 2).astype(np.float32), offsets)
    return Examples(some, labels.ravel(), labels.sum(axis=1).astype(np.int64), week)


def test_tuning_finds_the_source_that_tells_the_truth() -> None:
    examples = lists(np.random.default_rng(0), np.ones(40))
    blend = Blend(BlendConfig(), ["noise", "truth"])
    measure = AveragePrecision(examples)
    before = measure(blend.score_many(examples.slates)).mean()
    after = measure(blend.fit(examples, rng=np.random.default_rng(0)).score_many(examples.slates)).mean()
    assert after > before
    assert blend.weights[1] > 0.8


def test_tuning_keeps_the_weights_of_the_recipe_where_a_week_speaks_against_others() -> None:
    # The second feature points at what was bought in weeks 3 and 4, and away from it in week 2.
    week = np.repeat([4, 3, 2], 40)
    examples = lists(np.random.default_rng(0), np.where(week > 2, 1.0, -1.0), week)
    blend = Blend(BlendConfig(weights={"noise": 0.5, "truth": 0.5}), ["noise", "truth"])
    assert blend.fit(examples, rng=np.random.default_rng(0)).weights.tolist() == [0.5, 0.5]


def test_tuning_on_what_is_new_leaves_the_weights_for_the_rest_in_proportion() -> None:
    examples = lists(np.random.default_rng(0), np.ones(40))
    own = np.full((len(examples.labels), 1), NAN, np.float32)
    slates_ = Slates(np.hstack([own, examples.slates.features]), examples.slates.offsets)
    config = BlendConfig(weights={"repurchase": 0.5, "noise": 0.3, "truth": 0.2}, new_weights={"noise": 0.5})
    blend = Blend(config, ["repurchase", "noise", "truth"])
    blend.fit(Examples(slates_, examples.labels, examples.relevant), rng=np.random.default_rng(0))
    assert blend.new_weights[2] > 0.8 * blend.new_weights.sum()
    assert blend.weights / blend.weights.sum() == pytest.approx([0.5, 0.3, 0.2])


def test_likeliest_weights_by_hand() -> None:
    # Three lists of two; the candidate with the feature is bought in two of them: odds 2, so the weight is ln 2.
    columns = np.array([[1], [0]] * 3, np.float32)
    labels = np.array([1, 0, 1, 0, 0, 1], np.float32)
    query = np.repeat(np.arange(3), 2)
    found = softmax_weights(columns, labels, query, start=np.zeros(1), reg=0)
    assert found == pytest.approx([np.log(2)], abs=1e-3)


def test_columns_that_never_differ_keep_their_weight() -> None:
    columns = np.array([[1, 7], [0, 7]], np.float32)
    found = softmax_weights(
        columns, np.array([1, 0], np.float32), np.zeros(2, np.int64), start=np.array([9.0, 3.0]), reg=1
    )
    assert found[1] == 3
    assert found[0] != 9


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
    assert AveragePrecision(examples)(scores).tolist() == pytest.approx([(1 + 2 / 3) / 2, 0])


@given(
    st.lists(st.tuples(*[st.one_of(st.just(NAN), st.floats(-9, 9, width=32))] * 3), max_size=20),
    st.sampled_from([{}, {"b": 0.5, "a": 0.5}]),
)
def test_the_candidates_of_one_query_are_scored_as_among_many(rows: list[list[float]], new: dict[str, float]) -> None:
    blend = Blend(BlendConfig(weights={"a": 0.2, "b": 0.3}, new_weights=new, own="c"), ["a", "b", "c"])
    features = np.array(rows, np.float32).reshape(-1, 3)
    alone = blend.scores_and_shares(Slates(features, np.array([0, len(rows)])))
    among = blend.scores_and_shares(Slates(features, np.array([0, len(rows), len(rows)])))
    assert alone[0] == pytest.approx(among[0], abs=1e-6)
    assert alone[1] == pytest.approx(among[1], abs=1e-6)


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
