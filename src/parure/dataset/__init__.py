"""From checked tables to the immutable view that models train on; the SQL that does it lives in ``sql/``."""

from parure.dataset.build import DatasetBuilder, ShopTables, build_dataset
from parure.dataset.config import DatasetConfig, EventWeights
from parure.dataset.dataset import Dataset, Events
from parure.dataset.small import dataset_from_events

__all__ = [
    "Dataset",
    "DatasetBuilder",
    "DatasetConfig",
    "EventWeights",
    "Events",
    "ShopTables",
    "build_dataset",
    "dataset_from_events",
]
