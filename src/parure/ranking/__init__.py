"""Rankers: candidates with features in, scores out."""

from collections.abc import Mapping
from typing import Any

from parure.ranking.blend import Blend, BlendConfig
from parure.ranking.calibration import Calibration, CalibrationConfig
from parure.ranking.features import FEATURES, FeatureTable
from parure.ranking.growing import LambdaMartConfig
from parure.ranking.lambdamart import LambdaMart
from parure.ranking.mmoe import Mmoe, MmoeConfig
from parure.ranking.ranker import OTHER, TASKS, Examples, Ranker, Slates

RANKERS: Mapping[str, type[Ranker[Any]]] = {Blend.kind: Blend, LambdaMart.kind: LambdaMart, Mmoe.kind: Mmoe}
"""Every ranker by its kind, as recipes name it."""

__all__ = [
    "FEATURES",
    "OTHER",
    "RANKERS",
    "TASKS",
    "Blend",
    "BlendConfig",
    "Calibration",
    "CalibrationConfig",
    "Examples",
    "FeatureTable",
    "LambdaMart",
    "LambdaMartConfig",
    "Mmoe",
    "MmoeConfig",
    "Ranker",
    "Slates",
]
