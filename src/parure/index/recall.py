"""How much of the right answer an index finds, measured on the vectors it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parure.index.slots import Positions
from parure.index.vector_index import Mask, VectorIndex, Vectors, unit_rows

_BLOCK_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Recall:
    """Share of the truly nearest that an index finds, over queries.

    Attributes:
        value: Mean.
        low: The 2.5th percentile of the mean over resampled queries.
        high: The 97.5th percentile.
        k: How many nearest were asked for.
        queries: How many queries it was measured with.
    """

    value: float
    low: float
    high: float
    k: int
    queries: int


def measure_recall(
    index: VectorIndex,
    vectors: Vectors,
    queries: Vectors,
    *,
    rng: np.random.Generator,
    k: int = 100,
    allowed: Mask | None = None,
) -> Recall:
    """Compare an index's answers with those of looking at every vector.

    Something found counts where it is as near as the k-th nearest, so that ties cost nothing.

    Args:
        index: The index.
        vectors: float32[positions, size], the vectors as they were put in; rows of NaN where no id stands.
        queries: float32[q, size].
        rng: Draws the resampled queries of the interval.
        k: How many nearest are asked for.
        allowed: bool[positions], which may be found.

    Cost:
        One product of all vectors with all queries.
    """
    found = index.search(queries, k, allowed=allowed)[0]
    usable = np.flatnonzero(~np.isnan(vectors[:, 0]) & (True if allowed is None else allowed))
    shares = shares_found(vectors, usable, unit_rows(queries), found, k)
    means = rng.choice(shares, (1000, len(shares))).mean(axis=1) if len(shares) else np.zeros(1)
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return Recall(float(shares.mean()) if len(shares) else 1.0, low, high, k, len(shares))


def shares_found(vectors: Vectors, usable: Positions, queries: Vectors, found: Positions, k: int) -> Vectors:
    """For each query, the share of its nearest ``k`` among usable vectors that was found: float32[queries]."""
    width = min(k, len(usable))
    best = np.full((len(queries), width), -np.inf, np.float32)
    step = max(1, _BLOCK_BYTES // (4 * max(len(queries) + vectors.shape[1], 1)))
    for start in range(0, len(usable) if width else 0, step):
        alike = queries @ unit_rows(vectors[usable[start : start + step]]).T
        both = np.concatenate([best, alike], axis=1)
        best = np.partition(both, both.shape[1] - width, axis=1)[:, -width:]
    shares = np.ones(len(queries), np.float32)
    for query in range(len(queries) if width else 0):
        rows = found[query][found[query] >= 0]
        # The last digits of a product differ with the number of vectors multiplied at once.
        shares[query] = (unit_rows(vectors[rows]) @ queries[query] >= best[query].min() - 1e-6).sum() / width
    return shares
