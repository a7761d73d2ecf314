"""The two towers: trained in PyTorch, served in numpy."""

from parure.retrieval.two_tower.config import TwoTowerConfig
from parure.retrieval.two_tower.source import TwoTower

__all__ = ["TwoTower", "TwoTowerConfig"]
