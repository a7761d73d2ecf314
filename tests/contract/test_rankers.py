"""Every ranker that comes with parure keeps the contract."""

import pytest

from parure.ranking import Blend, BlendConfig, Mmoe, MmoeConfig
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
