"""Features: everything a ranker is told of a candidate, in one table that past and present share."""

from parure.ranking.features.group import Feature
from parure.ranking.features.table import FEATURES, FeatureTable

__all__ = ["FEATURES", "Feature", "FeatureTable"]
