"""Every ranker that comes with parure keeps the contract."""

from parure.ranking import Blend, BlendConfig
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
