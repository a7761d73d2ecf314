"""Trees read from LightGBM's text are scored as LightGBM scores them."""

import numpy as np
import pytest

from parure.core.errors import BundleError
from parure.ranking.trees import Forest, forest_from_lightgbm, scorer_of

BY_HAND = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=regression
feature_names=a b c
feature_infos=none none none
tree_sizes=1 1

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
split_gain=10 4
threshold=0.5 2
decision_type=10 8
left_child=1 -1
right_child=-2 -3
leaf_value=1 2 4
leaf_weight=1 1 1
leaf_count=20 50 30
internal_value=0 0
internal_weight=0 0
internal_count=100 50
is_linear=0
shrinkage=1


Tree=1
num_leaves=2
num_cat=0
split_feature=2
split_gain=3
threshold=1
decision_type=4
left_child=-1
right_child=-2
leaf_value=0.25 -0.25
leaf_weight=1 1
leaf_count=60 40
internal_value=0
internal_weight=0
internal_count=100
is_linear=0
shrinkage=0.1


end of trees
"""
"""At ``a <= 0.5`` or unknown, then ``b <= 2`` (unknown: right): 1, otherwise 4; at ``a > 0.5``: 2. At ``c <= 1`` (0 and
unknown: right): 0.25, otherwise -0.25."""

LEAVES = (4, 31, 32, 33, 64, 100)


def scores_of(forest: Forest, features):
    return scorer_of(forest, [0] * forest.features, 1).scores(np.array(features, dtype=np.float32))


def drawn(rng, n, columns=12):
    """Columns without and with missing values, often zero, of few values, and with infinite ones."""
    features = rng.standard_normal((n, columns)).astype(np.float32)
    features[:, ::3][rng.random((n, columns))[:, ::3] < 0.2] = np.nan
    features[:, 1::4][rng.random((n, columns))[:, 1::4] < 0.3] = 0
    features[:, 2::5] = np.round(features[:, 2::5] * 2) / 2
    features[:, 3::7][rng.random((n, columns))[:, 3::7] < 0.02] = np.inf
    features[:, 3::7][rng.random((n, columns))[:, 3::7] < 0.02] = -np.inf
    return features


def grown(leaves, *, seed=0, trees=20, rows=6000, columns=12, **more):
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(seed)
    features = drawn(rng, rows, columns)
    known = np.nan_to_num(features, posinf=3, neginf=-3)
    labels = known[:, 0] + known[:, 1] * known[:, 2] + np.isnan(features[:, 3]) + rng.standard_normal(rows) > 0.5
    parameters = {"objective": "binary", "num_leaves": leaves, "num_threads": 1, "verbose": -1, **more}
    return lightgbm.train(parameters, lightgbm.Dataset(features, labels), trees)


def awkward(forest, rng, n):
    """Rows of drawn values, thresholds, their neighbours and the ends of what there is."""
    features = drawn(rng, n, forest.features)
    column = np.concatenate([tree.feature for tree in forest.trees])
    exact = np.clip(np.concatenate([tree.threshold for tree in forest.trees]), -1e38, 1e38).astype(np.float32)
    towards = np.where(rng.random(len(exact)) < 0.5, -np.inf, np.inf).astype(np.float32)
    values = np.where(rng.random(len(exact)) < 0.5, exact, np.nextafter(exact, towards))
    picks = rng.integers(len(values), size=3 * n)
    features[rng.integers(n, size=3 * n), column[picks]] = values[picks]
    tiny = np.float32(1e-35)
    ends = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1e-36, -1e-36, tiny, -tiny, 3e38, -3e38], dtype=np.float32)
    features[rng.integers(n, size=n), rng.integers(forest.features, size=n)] = rng.choice(ends, n)
    return features


@pytest.mark.parametrize(
    ("row", "score"),
    [
        ([0, 2, 0.5], 1.25),
        ([0.5, 2.5, 1], 4.25),
        ([np.nan, 0, 2], 0.75),
        ([np.nan, np.nan, np.nan], 3.75),
        ([0.6, 0, 0], 1.75),
        ([0.6, 0, 1e-36], 1.75),
        ([-np.inf, np.inf, -np.inf], 4.25),
        ([np.inf, -np.inf, np.inf], 1.75),
    ],
)
def test_trees_worked_by_hand_are_scored_so(row, score):
    assert scores_of(forest_from_lightgbm(BY_HAND), [row]).tolist() == [score]


def test_what_each_voice_adds_is_as_worked_by_hand():
    # a and b are two voices, c is none's. Expected of tree 0: (20 + 2 x 50 + 4 x 30) / 100 = 2.4, left of its root
    # (20 + 120) / 50 = 2.8; of tree 1: 0.25 x (60 - 40) / 100 = 0.05.
    scorer = scorer_of(forest_from_lightgbm(BY_HAND), [0, 1, 2], 3)
    scores, shares = scorer.scores_and_shares(np.array([[0, 0, 0.5], [0, 5, 5], [1, 0, 0.5]], dtype=np.float32))
    assert scores.tolist() == [1.25, 3.75, 2.25]
    expected = [[0.4, -1.8, 2.45 + 0.2], [0.4, 1.2, 2.45 - 0.3], [-0.4, 0, 2.45 + 0.2]]
    assert np.allclose(shares, expected, atol=1e-6)


def test_thresholds_between_two_single_precision_numbers_keep_them_apart():
    below, above = np.float32(0.1), np.nextafter(np.float32(0.1), np.float32(1))
    between = (float(below) + float(above)) / 2
    forest = forest_from_lightgbm(BY_HAND.replace("threshold=0.5 2", f"threshold={between!r} 2"))
    assert scores_of(forest, [[below, 5, 0], [above, 5, 0]]).tolist() == [3.75, 1.75]


def test_no_rows_give_no_scores():
    assert scores_of(forest_from_lightgbm(BY_HAND), np.empty((0, 3))).tolist() == []


def test_trees_that_are_one_leaf_give_its_value():
    head, tree = BY_HAND.split("Tree=0")[0], "Tree=0\nnum_leaves=1\nnum_cat=0\nleaf_value=-1.5\n\nend of trees\n"
    scorer = scorer_of(forest_from_lightgbm(head + tree), [0, 0, 1], 2)
    scores, shares = scorer.scores_and_shares(np.zeros((20, 3), dtype=np.float32))
    assert scores.tolist() == [-1.5] * 20
    assert shares.tolist() == [[0, -1.5]] * 20


@pytest.mark.parametrize("leaves", LEAVES)
@pytest.mark.parametrize(
    "missing", [{}, {"zero_as_missing": True}, {"use_missing": False}], ids=["nan", "zero", "none"]
)
def test_scores_are_those_of_lightgbm(leaves, missing):
    model = grown(leaves, **missing)
    forest = forest_from_lightgbm(model.model_to_string())
    rows = awkward(forest, np.random.default_rng(1), 3000)
    assert np.abs(scores_of(forest, rows) - model.predict(rows, raw_score=True)).max() < 1e-5


@pytest.mark.slow
def test_scores_are_those_of_lightgbm_on_ten_thousand_slates():
    model = grown(31, trees=100, rows=20_000, columns=40)
    forest = forest_from_lightgbm(model.model_to_string())
    scorer, rng = scorer_of(forest, [0] * 40, 1), np.random.default_rng(2)
    for _ in range(10_000):
        slate = awkward(forest, rng, 200)
        assert np.abs(scorer.scores(slate) - model.predict(slate, raw_score=True)).max() < 1e-5


@pytest.mark.parametrize("leaves", [31, 64, 100])
def test_shares_add_up_and_leave_the_scores_alone(leaves):
    forest = forest_from_lightgbm(grown(leaves).model_to_string())
    scorer = scorer_of(forest, [number % 5 for number in range(12)], 20)
    rows = awkward(forest, np.random.default_rng(3), 700)
    scores, shares = scorer.scores_and_shares(rows)
    assert np.array_equal(scores, scorer.scores(rows))
    assert shares.shape == (700, 20)
    assert np.abs(shares.sum(axis=1) - scores).max() < 1e-5


@pytest.mark.parametrize("count", [1, 15, 16, 17, 255, 256, 257, 300])
def test_how_many_rows_are_scored_at_once_changes_nothing(count):
    forest = forest_from_lightgbm(BY_HAND)
    rows = np.random.default_rng(0).uniform(-1, 3, (count, 3))
    alone = [scores_of(forest, rows[place : place + 1])[0] for place in range(count)]
    assert scores_of(forest, rows).tolist() == alone


def test_columns_cut_out_of_a_wider_table_are_scored_alike():
    forest = forest_from_lightgbm(BY_HAND)
    wide = np.random.default_rng(0).uniform(-1, 3, (40, 6)).astype(np.float32)
    assert np.array_equal(scores_of(forest, wide[:, :3]), scores_of(forest, wide[:, :3].copy()))


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("decision_type=10 8", "decision_type=10 9", "categories"),
        ("num_cat=0", "num_cat=1", "categories"),
        ("is_linear=0", "is_linear=1", "linear"),
        ("num_class=1", "num_class=3", "scores a row"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3", "3 scores a row"),
        ("version=v4", "version=v9", "version"),
        ("label_index=0", "average_output", "random forest"),
        ("end of trees", "", "cut short"),
        ("tree\nversion", "ree\nversion", "no model of trees"),
        ("left_child=1 -1", "left_child=1 -2", "child of none or of two"),
        ("left_child=1 -1", "left_child=1 -9", "child of none or of two"),
        ("left_child=1 -1", "left_child=-1 1", "behind its children"),
        ("split_feature=0 1", "split_feature=0 3", "outside 0 to 2"),
        ("split_feature=0 1", "split_feature=0", "holds 1 numbers, expected 2"),
        ("threshold=0.5 2", "threshold=0.5 nan", "threshold"),
        ("threshold=0.5 2", "threshold=0.5 two", "two"),
        ("threshold=0.5 2\n", "", "threshold"),
        ("decision_type=10 8", "decision_type=10 12", "missing values"),
    ],
)
def test_models_of_another_sort_and_broken_ones_are_refused(was, becomes, said):
    assert was in BY_HAND
    with pytest.raises(BundleError, match=said):
        forest_from_lightgbm(BY_HAND.replace(was, becomes, 1))


def test_a_model_with_splits_of_categories_is_refused():
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 8, (2000, 1)).astype(np.float32)
    data = lightgbm.Dataset(kinds, kinds[:, 0] % 3, categorical_feature=[0])
    model = lightgbm.train({"num_threads": 1, "verbose": -1, "min_data_per_group": 1}, data, 3)
    with pytest.raises(BundleError, match="categories"):
        forest_from_lightgbm(model.model_to_string())


@pytest.mark.parametrize("leaves", [(7, 31), (31, 64), (20, 100)])
def test_the_mean_of_forests_of_any_sizes_is_the_mean_of_their_scores(leaves):
    boosters = [grown(size, seed=seed, trees=10 + seed) for seed, size in enumerate(leaves)]
    mean = Forest.mean([forest_from_lightgbm(booster.model_to_string()) for booster in boosters])
    features = awkward(mean, np.random.default_rng(3), 500)
    expected = np.mean([booster.predict(features, raw_score=True) for booster in boosters], axis=0)
    assert len(mean.trees) == 21
    assert np.abs(scores_of(mean, features) - expected).max() < 1e-5


def test_the_mean_of_one_forest_is_that_forest():
    forest = forest_from_lightgbm(BY_HAND)
    assert np.array_equal(Forest.mean([forest]).trees[0].value, forest.trees[0].value)
