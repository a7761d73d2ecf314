"""Which index suits how many vectors."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import Any, Final

import numpy as np

from parure.core.artifacts import load_json
from parure.core.errors import BundleError, did_you_mean
from parure.index.exact import ExactIndex
from parure.index.hnsw import HnswConfig, HnswIndex
from parure.index.vector_index import VectorIndex, Vectors

INDEXES: Final[dict[str, type[VectorIndex]]] = {index.kind: index for index in (ExactIndex, HnswIndex)}
"""Every kind of index, by the name under which it is saved."""

EXACT_UP_TO: Final = 2**24
"""Numbers in all vectors up to which each is looked at, 13,107 vectors of 1,280: about 4 ms a query on one core."""


def build_index(
    ids: Sequence[str], vectors: Vectors, *, rng: np.random.Generator, config: HnswConfig | None = None
) -> VectorIndex:
    """Build the index that suits the number of vectors: exact where that takes at most about 4 ms, else HNSW.

    Args:
        ids: Distinct ids; sorted ones make ties cheap.
        vectors: float32[len(ids), size]; rows of NaN, for ids without a vector, are left out.
        rng: Draws the levels of the graph; the same generator and vectors give the same index.
        config: Settings of HNSW, where it comes to that.

    Returns:
        The index; without faiss an exact one whatever the size, which is right and slower.

    Cost:
        Exact: one copy. HNSW: 0.6 ms a vector of 1,280 numbers on one core at 100,000, more at more.
    """
    scorable = np.asarray(~np.isnan(vectors).any(axis=1), dtype=bool)
    if not scorable.all():
        ids, vectors = [name for name, good in zip(ids, scorable.tolist(), strict=True) if good], vectors[scorable]
    seed = int(rng.integers(2**31))
    index: VectorIndex
    if vectors.size <= EXACT_UP_TO or util.find_spec("faiss") is None:
        index = ExactIndex(vectors.shape[1])
    else:
        index = HnswIndex(vectors.shape[1], config, seed=seed)
    index.upsert(ids, vectors)
    return index


def load_index(directory: Path) -> VectorIndex:
    """Read an index of whatever kind.

    Raises:
        BundleError: A file is missing or broken, or the kind is unknown.
        MissingExtraError: The package that it works with is not installed.
    """
    described: dict[str, Any] = load_json(directory / "index.json")
    kind = str(described.get("kind"))
    if kind not in INDEXES:
        raise BundleError(f"{directory} holds an unknown index {kind!r} {did_you_mean(kind, INDEXES)}.")
    return INDEXES[kind].load(directory)
