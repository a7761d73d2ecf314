"""What trees begin from: a curve from a blend's score to the log odds of a purchase, shared out among the sources."""

import numpy as np
import pytest

from parure.core.clock import rng_for
from parure.ranking import BlendConfig, Examples, LambdaMart, LambdaMartConfig, Slates
from parure.ranking.base import Base

FEATURES = ("als", "als_rank", "price", "popular", "popular_rank")
SOURCES = ("als", "popular")
RAW = BlendConfig(weights={"als": 0.75, "popular": 0.25}, scale="raw")
TREES = {"trees": 10, "leaves": 7, "min_leaf": 20}


def slates(queries, candidates=50, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.random((queries * candidates, len(FEATURES))).astype(np.float32)
    features[rng.random(len(features)) < 0.3, 3] = np.nan
    return Slates(features, np.arange(0, len(features) + 1, candidates))


def blended(features):
    return 0.75 * features[:, 0].astype(np.float64) + 0.25 * np.nan_to_num(features[:, 3].astype(np.float64))


def examples(odds, queries=400, seed=0):
    """Items are bought by the odds of their blended score alone."""
    told = slates(queries, seed=seed)
    chance = 1 / (1 + np.exp(-odds(blended(told.features))))
    labels = (np.random.default_rng(seed + 1).random(len(chance)) < chance).astype(np.float32)
    return Examples(told, labels, labels.reshape(queries, -1).sum(axis=1).astype(np.int64))


def rising(score):
    return -4 + 3 * score + 0.5 * np.log(np.maximum(score, 1e-4))


def base_of(odds=rising, **kwargs):
    return Base.fit(RAW, FEATURES, SOURCES, examples(odds, **kwargs))


@pytest.mark.parametrize("odds", [rising, lambda score: -3 + 2 * score * score, lambda score: 1 + np.log(score + 1e-3)])
def test_the_curve_recovers_the_odds_that_were_planted(odds):
    unseen = slates(20, seed=9)
    found, planted = base_of(odds, queries=2000).score_many(unseen), odds(blended(unseen.features))
    assert np.abs(found - planted).mean() < 0.1
    assert np.corrcoef(found, planted)[0, 1] > 0.99


def test_what_is_expected_in_all_is_what_came_true():
    told = examples(rising)
    chance = 1 / (1 + np.exp(-Base.fit(RAW, FEATURES, SOURCES, told).score_many(told.slates).astype(np.float64)))
    assert chance.mean() == pytest.approx(told.labels.mean(), rel=1e-3)


def test_shares_sum_to_the_score():
    base, unseen = base_of(), slates(20, seed=3)
    shares = base.shares(unseen)
    assert shares.shape == (len(unseen.features), len(SOURCES) + 1)
    assert shares.sum(axis=1) == pytest.approx(base.score_many(unseen), abs=1e-4)


def test_what_a_source_adds_is_in_proportion_to_its_part_of_the_blend_and_never_against():
    base, unseen = base_of(), slates(20, seed=3)
    als, popular = unseen.features[:, 0], np.nan_to_num(unseen.features[:, 3])
    shares = base.shares(unseen)
    assert (shares[:, :2] >= 0).all()
    assert shares[:, 0] * 0.25 * popular == pytest.approx(shares[:, 1] * 0.75 * als, abs=1e-4)
    assert np.ptp(shares[:, 2]) == 0


def test_a_candidate_of_which_no_source_says_anything_has_what_is_everybodys():
    nothing = Slates(np.full((2, len(FEATURES)), np.nan, np.float32), np.array([0, 2]))
    shares = base_of().shares(nothing)
    assert (shares[:, :2] == 0).all()
    assert shares[:, 2] == pytest.approx(base_of().score_many(nothing))


def test_where_nothing_or_everything_was_bought_the_curve_stays_finite():
    for label in (0, 1):
        told = slates(10)
        alike = Examples(told, np.full(len(told.features), label, np.float32), np.full(10, 50 * label))
        assert np.isfinite(Base.fit(RAW, FEATURES, SOURCES, alike).score_many(told)).all()


@pytest.fixture(scope="module")
def ranker():
    pytest.importorskip("lightgbm")
    config = LambdaMartConfig(**TREES, base=RAW)
    return LambdaMart(config, FEATURES).fit(examples(rising), rng=rng_for(0, "test"))


def test_trees_that_have_nothing_to_mend_leave_the_chance_as_the_curve_says(ranker):
    unseen = slates(20, seed=5)
    assert np.corrcoef(ranker.score_many(unseen), rising(blended(unseen.features)))[0, 1] > 0.95


def test_trees_mend_what_the_blend_gets_wrong():
    pytest.importorskip("lightgbm")
    told = examples(rising)
    dear = told.slates.features[:, 2] > 0.5
    cheap_alone = Examples(told.slates, np.where(dear, 0, told.labels).astype(np.float32), told.relevant)
    config = LambdaMartConfig(**{**TREES, "trees": 25, "learning_rate": 0.3, "feature_fraction": 1.0}, base=RAW)
    fitted = LambdaMart(config, FEATURES).fit(cheap_alone, rng=rng_for(0, "test"))
    scores = fitted.score_many(told.slates)
    assert scores[~dear].mean() > scores[dear].mean() + 1
    assert fitted.importance()["price"] == max(fitted.importance().values())


def test_scores_shares_and_both_in_one_pass_agree(ranker):
    unseen = slates(20, seed=6)
    scores, shares = ranker.scores_and_shares(unseen)
    assert scores == pytest.approx(ranker.score_many(unseen), abs=1e-4)
    assert shares.sum(axis=1) == pytest.approx(scores, abs=1e-4)
    assert np.array_equal(shares, ranker.shares(unseen))
    assert ranker.voices == ("als", "popular", "other")


def test_a_saved_ranker_begins_from_the_same_curve(ranker, tmp_path):
    ranker.save(tmp_path)
    loaded, unseen = LambdaMart.load(tmp_path), slates(20, seed=7)
    assert np.array_equal(loaded.score_many(unseen), ranker.score_many(unseen))
    assert np.array_equal(loaded.shares(unseen), ranker.shares(unseen))
    assert loaded.config == ranker.config


def test_without_a_base_it_begins_from_nothing(ranker):
    bare = LambdaMart(LambdaMartConfig(**TREES), FEATURES).fit(examples(rising), rng=rng_for(0, "test"))
    unseen = slates(5, seed=8)
    assert not np.allclose(bare.score_many(unseen), ranker.score_many(unseen))
