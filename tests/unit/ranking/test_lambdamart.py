"""LambdaMART: what it learns from, what it says, and that it answers without the library that grew its trees."""

import importlib
import json
import sys

import numpy as np
import pytest

from parure.core.clock import rng_for
from parure.core.errors import BundleError, InputError, MissingExtraError, NotFittedError, SettingsError
from parure.core.processors import shared_by
from parure.ranking import Examples, LambdaMart, LambdaMartConfig, Slates
from parure.testing.checks import bytes_of

FEATURES = ("als", "als_rank", "price", "popular", "popular_rank")
SMALL = {
    "trees": 15,
    "leaves": 7,
    "min_leaf": 5,
    "learning_rate": 0.1,
    "reg": 0.0,
    "feature_fraction": 1.0,
    "row_fraction": 1.0,
    "bins": 255,
}


@pytest.fixture(autouse=True)
def _lightgbm():
    pytest.importorskip("lightgbm")


def examples(*, queries=60, candidates=20, weeks=2, seed=0, noise=1.0):
    """What als scores high is bought, unless it is dear; popular knows half of the items."""
    rng = np.random.default_rng(seed)
    n = queries * candidates
    als, price, popular = rng.random(n), rng.random(n), rng.random(n)
    popular[rng.random(n) < 0.5] = np.nan
    chance = 8 * (als - 0.7) - 4 * (price > 0.5) + noise * rng.standard_normal(n)
    labels = (chance > 1).astype(np.float32)
    columns = [als, ranks(als, candidates), price, popular, ranks(popular, candidates)]
    slates = Slates(np.column_stack(columns).astype(np.float32), np.arange(0, n + 1, candidates))
    week = np.repeat(np.arange(1, weeks + 1), -(-queries // weeks))[:queries]
    return Examples(slates, labels, labels.reshape(queries, -1).sum(axis=1).astype(np.int64), week)


def ranks(scores, candidates):
    """Place of each score among its query's, 1 for the best; unknown where it is."""
    place = np.argsort(np.argsort(-scores.reshape(-1, candidates), axis=1), axis=1).ravel() + 1.0
    return np.where(np.isnan(scores), np.nan, place)


def fitted(told=None, features=FEATURES, **config):
    return LambdaMart(LambdaMartConfig(**{**SMALL, **config}), features).fit(
        examples() if told is None else told, rng=rng_for(0, "test")
    )


def chances(ranker, told):
    return 1 / (1 + np.exp(-ranker.score_many(told.slates).astype(np.float64)))


def test_sources_have_a_voice_each_and_all_else_is_other():
    assert LambdaMart(LambdaMartConfig(), FEATURES).voices == ("als", "popular", "other")


def test_a_rank_whose_source_is_no_feature_is_other():
    assert LambdaMart(LambdaMartConfig(), ("price", "page_rank")).voices == ("other",)


def test_the_voice_of_a_source_speaks_for_what_the_source_scores_high():
    told = examples()
    shares, als = fitted(told).shares(told.slates), told.slates.features[:, 0]
    assert shares[als > 0.9, 0].mean() > 0.5 > 0 > shares[als < 0.5, 0].mean()
    assert np.abs(shares[:, 1]).mean() < 0.5 * np.abs(shares[:, 0]).mean()


def test_scores_and_shares_in_one_pass_are_those_of_two():
    told = examples()
    ranker = fitted(told)
    scores, shares = ranker.scores_and_shares(told.slates)
    assert np.array_equal(scores, ranker.score_many(told.slates))
    assert np.array_equal(shares, ranker.shares(told.slates))


def test_useful_features_are_the_important_ones():
    importance = fitted().importance()
    assert set(importance) == set(FEATURES)
    assert list(importance.values()) == sorted(importance.values(), reverse=True)
    assert {next(iter(importance)), "price"} <= {"als", "als_rank", "price"}
    assert importance["price"] > importance["popular"]


@pytest.mark.parametrize("objective", ["binary", "lambdarank"])
def test_what_was_bought_comes_first_in_weeks_not_seen(objective):
    told = examples(seed=1, noise=0.3)
    best = fitted(objective=objective).score_many(told.slates).reshape(-1, 20).argmax(axis=1)
    bought = told.labels.reshape(-1, 20)
    some = bought.sum(axis=1) > 0
    assert bought[np.arange(len(best)), best][some].mean() > 0.8


def test_scores_are_log_odds_of_being_bought():
    told = examples(queries=400)
    assert chances(fitted(told), told).mean() == pytest.approx(told.labels.mean(), rel=0.03)


def test_few_negatives_stand_for_all():
    told = examples(queries=400)
    assert told.labels.mean() < 0.25
    assert chances(fitted(told, negatives=3), told).mean() == pytest.approx(told.labels.mean(), rel=0.15)


def test_of_a_query_with_few_others_all_are_kept():
    told = examples()
    alike = fitted(told, negatives=20)
    assert np.array_equal(alike.score_many(told.slates), fitted(told).score_many(told.slates))


def test_depth_leaves_out_what_no_source_puts_in_front():
    told = examples()
    near = (told.slates.features[:, [1, 4]] <= 5).any(axis=1)
    # What lies further down may be labelled as it likes: it is not looked at.
    other = Examples(told.slates, np.where(near, told.labels, 1).astype(np.float32), told.relevant, told.week)
    scores = [fitted(each, depth=5).score_many(told.slates) for each in (told, other)]
    assert np.array_equal(*scores)
    assert not np.array_equal(scores[0], fitted(told).score_many(told.slates))


@pytest.mark.parametrize("weeks", [1, 3])
def test_with_patience_trees_that_bring_nothing_are_not_kept(weeks):
    rng = np.random.default_rng(99)
    told = examples(weeks=weeks)
    chance = Examples(told.slates, (rng.random(len(told.labels)) < 0.2).astype(np.float32), told.relevant, told.week)
    assert len(fitted(chance, trees=200, patience=3).forest.trees) < 20
    assert len(fitted(chance, trees=200).forest.trees) == 200


def test_shares_of_features_and_rows_follow_the_seed():
    told = examples()
    config = LambdaMartConfig(**{**SMALL, "feature_fraction": 0.6, "row_fraction": 0.5})
    scores = [
        LambdaMart(config, FEATURES).fit(told, rng=np.random.default_rng(seed)).score_many(told.slates)
        for seed in (0, 0, 1)
    ]
    assert np.array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


@pytest.mark.parametrize("objective", ["binary", "lambdarank"])
def test_any_number_of_threads_grows_the_same_trees(tmp_path, monkeypatch, objective):
    monkeypatch.setattr("parure.ranking.growing._WORTH_THREADS", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    saved = []
    for jobs in (1, 2):
        directory = tmp_path / str(jobs)
        directory.mkdir()
        with shared_by(jobs):
            fitted(examples(queries=200), objective=objective, row_fraction=0.7).save(directory)
        saved.append(bytes_of(directory))
    assert saved[0] == saved[1]


def test_a_saved_ranker_answers_where_lightgbm_is_not_installed(tmp_path, monkeypatch):
    told = examples()
    ranker = fitted(told)
    ranker.save(tmp_path)
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("lightgbm")
    loaded = LambdaMart.load(tmp_path)
    assert np.array_equal(loaded.score_many(told.slates), ranker.score_many(told.slates))
    assert np.array_equal(loaded.shares(told.slates), ranker.shares(told.slates))
    with pytest.raises(MissingExtraError, match=r"parure\[ranker\]"):
        fitted(told)


def test_what_is_saved_is_text_that_lightgbm_reads(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    told = examples()
    ranker = fitted(told)
    ranker.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.txt", "ranker.json"]
    model = lightgbm.Booster(model_file=tmp_path / "model.txt")
    assert np.allclose(model.predict(told.slates.features, raw_score=True), ranker.score_many(told.slates), atol=1e-5)


def test_one_that_learned_nothing_says_so(tmp_path):
    ranker = LambdaMart(LambdaMartConfig(), FEATURES)
    for ask in (ranker.importance, lambda: ranker.shares(examples().slates), lambda: ranker.save(tmp_path)):
        with pytest.raises(NotFittedError, match="parure train"):
            ask()


@pytest.mark.parametrize("label", [0, 1])
def test_where_all_candidates_fared_alike_there_is_nothing_to_learn(label):
    told = examples()
    alike = Examples(told.slates, np.full_like(told.labels, label), told.relevant, told.week)
    with pytest.raises(InputError, match="candidates to learn from were bought"):
        fitted(alike)


def test_no_candidates_at_all_are_refused():
    nothing = Examples(
        Slates(np.empty((0, 5), np.float32), np.zeros(3, np.int64)), np.empty(0, np.float32), np.zeros(2, np.int64)
    )
    with pytest.raises(InputError, match="0 of 0 candidates"):
        fitted(nothing)


def test_lists_too_long_to_be_sorted_are_refused():
    told = examples(queries=1, candidates=10_001)
    with pytest.raises(SettingsError, match="10001 candidates of one query"):
        fitted(told, objective="lambdarank")
    fitted(told, objective="lambdarank", negatives=50)


def test_trees_of_another_number_of_features_are_refused(tmp_path):
    fitted().save(tmp_path)
    described = json.loads((tmp_path / "ranker.json").read_text())
    described["features"] = described["features"][:4]
    (tmp_path / "ranker.json").write_text(json.dumps(described))
    with pytest.raises(BundleError, match="from 5 features, expected 4"):
        LambdaMart.load(tmp_path)


def test_a_bundle_without_its_trees_is_refused(tmp_path):
    fitted().save(tmp_path)
    (tmp_path / "model.txt").unlink()
    with pytest.raises(BundleError, match=r"model\.txt"):
        LambdaMart.load(tmp_path)


@pytest.mark.parametrize("objective", ["binary", "lambdarank", "both"])
def test_the_mean_of_forests_is_the_mean_of_what_lightgbm_predicts(tmp_path, objective):
    lightgbm = pytest.importorskip("lightgbm")
    told = examples()
    ranker = fitted(told, forests=3, objective=objective, negatives=10, row_fraction=0.7)
    ranker.save(tmp_path)
    files = ["model.txt", "model_1.txt", "model_2.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*files, "ranker.json"]
    predicted = [
        lightgbm.Booster(model_file=tmp_path / name).predict(told.slates.features, raw_score=True) for name in files
    ]
    assert np.abs(predicted[0] - predicted[1]).max() > 0.01
    assert np.abs(np.mean(predicted, axis=0) - ranker.score_many(told.slates)).max() < 1e-5
    loaded = LambdaMart.load(tmp_path)
    assert np.array_equal(loaded.score_many(told.slates), ranker.score_many(told.slates))
    assert np.array_equal(loaded.shares(told.slates), ranker.shares(told.slates))


def test_the_first_of_some_forests_is_that_which_would_grow_alone():
    assert fitted(forests=2)._ready.texts[0] == fitted()._ready.texts[0]


def test_both_objectives_are_learned_in_turns():
    config = LambdaMartConfig(forests=3, objective="both")
    assert config.objectives == ("binary", "lambdarank", "binary")


def test_both_objectives_need_two_forests():
    with pytest.raises(SettingsError, match="needs two forests"):
        LambdaMartConfig.parse({"objective": "both"}, where="test")


def test_a_bundle_that_lacks_one_of_its_forests_is_refused(tmp_path):
    fitted(forests=2).save(tmp_path)
    (tmp_path / "model_1.txt").unlink()
    with pytest.raises(BundleError, match=r"model_1\.txt"):
        LambdaMart.load(tmp_path)
