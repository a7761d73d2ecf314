"""Every ranker that comes with parure keeps the contract."""

import pytest

from parure.ranking import Blend, BlendConfig, LambdaMart, LambdaMartConfig, Mmoe, MmoeConfig
from parure.testing import RankerContract


class TestBlend(RankerContract):
    def ranker(self, features):
        return Blend(BlendConfig(), features)


class TestBlendOfRanks(RankerContract):
    def ranker(self, features):
        return Blend(BlendConfig(scale="rank"), features)


class TestBlendOfRawScores(RankerContract):
    def ranker(self, features):
        return Blend(BlendConfig(scale="raw"), features)


class TestBlendOfLogs(RankerContract):
    def ranker(self, features):
        return Blend(BlendConfig(scale="log"), features)


class TestBlendWithWeightsForWhatIsNew(RankerContract):
    def ranker(self, features):
        new = {"good": 0.6, "noise": 0.1, "sparse": 0.0}
        return Blend(BlendConfig(scale="log", new_weights=new, own="sparse"), features)


class TestMmoe(RankerContract):
    def ranker(self, features):
        pytest.importorskip("torch")
        return Mmoe(MmoeConfig(epochs=40, batch_size=64, negatives=7), features)


class TestLambdaMart(RankerContract):
    def ranker(self, features):
        pytest.importorskip("lightgbm")
        return LambdaMart(LambdaMartConfig(trees=30, leaves=7, min_leaf=5), features)


class TestLambdaMartByPairs(RankerContract):
    def ranker(self, features):
        pytest.importorskip("lightgbm")
        config = LambdaMartConfig(objective="lambdarank", trees=30, leaves=7, min_leaf=5, row_fraction=0.8)
        return LambdaMart(config, features)


class TestLambdaMartOfSomeNegatives(RankerContract):
    def ranker(self, features):
        pytest.importorskip("lightgbm")
        return LambdaMart(LambdaMartConfig(trees=30, leaves=100, min_leaf=2, negatives=4), features)


class TestLambdaMartOfForests(RankerContract):
    def ranker(self, features):
        pytest.importorskip("lightgbm")
        config = LambdaMartConfig(forests=2, objective="both", trees=30, leaves=7, min_leaf=5, row_fraction=0.8)
        return LambdaMart(config, features)
