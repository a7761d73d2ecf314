"""From checked tables to the immutable view that models train on; the SQL that does it lives in ``sql/``."""

from parure.dataset.dataset import Dataset, Events

__all__ = ["Dataset", "Events"]
