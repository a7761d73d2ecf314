"""Boosted trees without the library that grew them: read from its text, scored by compiled code."""

from parure.ranking.trees.forest import Forest, Missing, Tree
from parure.ranking.trees.lightgbm_text import forest_from_lightgbm
from parure.ranking.trees.scorer import TreeScorer, scorer_of

__all__ = ["Forest", "Missing", "Tree", "TreeScorer", "forest_from_lightgbm", "scorer_of"]
