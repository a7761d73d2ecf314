"""Vector indexes: which vectors are most alike to a vector, exactly or nearly, and the stores that keep them."""

from parure.index.choose import EXACT_UP_TO, INDEXES, build_index, load_index
from parure.index.exact import ExactConfig, ExactIndex
from parure.index.hnsw import HnswConfig, HnswIndex
from parure.index.recall import Recall, measure_recall
from parure.index.store import EmbeddedVectorStore, Hit, VectorStore
from parure.index.vector_index import VectorIndex, unit_rows

__all__ = [
    "EXACT_UP_TO",
    "EmbeddedVectorStore",
    "INDEXES",
    "ExactConfig",
    "ExactIndex",
    "Hit",
    "HnswConfig",
    "HnswIndex",
    "Recall",
    "VectorIndex",
    "VectorStore",
    "build_index",
    "load_index",
    "measure_recall",
    "unit_rows",
]
