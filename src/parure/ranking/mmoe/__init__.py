"""A net of shared experts that predicts several tasks at once; trained with PyTorch, served without it."""

from parure.ranking.mmoe.config import Goals, LossWeights, MmoeConfig
from parure.ranking.mmoe.ranker import Mmoe

__all__ = ["Goals", "LossWeights", "Mmoe", "MmoeConfig"]
