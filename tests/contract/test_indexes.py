"""Every index that comes with parure keeps the contract."""

from parure.index import ExactIndex, HnswConfig, HnswIndex
from parure.testing import VectorIndexContract


class TestExact(VectorIndexContract):
    def index(self, size):
        return ExactIndex(size)


class TestHnsw(VectorIndexContract):
    recall = 0.95

    def index(self, size):
        return HnswIndex(size)


class TestHnswThatCompactsSeldom(VectorIndexContract):
    recall = 0.95

    def index(self, size):
        return HnswIndex(size, HnswConfig(compact_above=0.9, neighbours=8, ef_search=40))


class TestHnswThatCompactsAlways(VectorIndexContract):
    recall = 0.95

    def index(self, size):
        return HnswIndex(size, HnswConfig(compact_above=0.001))
