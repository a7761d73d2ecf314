"""What parure doctor says of the indexes in a bundle."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from parure.cli.health import _indexes
from parure.core import IdMap
from parure.index import ExactIndex, HnswIndex

ITEMS = IdMap.of(f"i{n:04}" for n in range(600))
VECTORS = np.random.default_rng(0).standard_normal((600, 32)).astype(np.float32)
BUNDLE = SimpleNamespace(dataset=SimpleNamespace(items=ITEMS, item_vectors=VECTORS))


def saved(folder: Path, index, vectors: np.ndarray) -> Path:
    index.upsert(list(ITEMS), vectors)
    index.delete(["i0005"])
    (folder / "index").mkdir(parents=True)
    index.save(folder / "index")
    return folder


def test_a_graph_is_measured_against_the_vectors_of_the_bundle(tmp_path: Path) -> None:
    (check,) = _indexes(saved(tmp_path, HnswIndex(32), VECTORS), BUNDLE)
    assert check.state == "ok"
    assert check.finding.startswith("hnsw, 599 vectors, ")
    assert "recall@100 0.9" in check.finding


def test_a_graph_that_misses_neighbours_is_noted_with_what_to_do(tmp_path: Path) -> None:
    (check,) = _indexes(saved(tmp_path, HnswIndex(32), VECTORS[::-1].copy()), BUNDLE)
    assert (check.state, "parure train" in check.hint) == ("note", True)


def test_an_exact_index_needs_no_measuring(tmp_path: Path) -> None:
    (check,) = _indexes(saved(tmp_path, ExactIndex(32), VECTORS), BUNDLE)
    assert check.finding.endswith("every one is looked at")


def test_a_bundle_without_vectors_or_without_an_index_has_no_check(tmp_path: Path) -> None:
    assert _indexes(tmp_path, BUNDLE) == []
    assert _indexes(tmp_path, SimpleNamespace(dataset=SimpleNamespace(items=ITEMS, item_vectors=None))) == []
