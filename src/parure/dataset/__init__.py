"""From checked tables to the immutable view that models train on; the SQL that does it lives in ``sql/``."""

from parure.dataset.build import DatasetBuilder, ShopTables, build_dataset
from parure.dataset.config import DatasetConfig, EventWeights
from parure.dataset.dataset import Dataset, Events
from parure.dataset.small import dataset_from_events
from parure.dataset.splits import Happened, Target, build_targets, targets_of, week_starts

__all__ = [
    "Dataset",
    "DatasetBuilder",
    "DatasetConfig",
    "EventWeights",
    "Events",
    "Happened",
    "ShopTables",
    "Target",
    "build_dataset",
    "build_targets",
    "dataset_from_events",
    "targets_of",
    "week_starts",
]
