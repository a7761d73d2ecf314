"""A weighted sum of scores made comparable from the worst to the best, for the candidates of one query: compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native

Numbers = NDArray[np.float32]


@native
def blended(features: Numbers, weights: Numbers, own: int) -> tuple[Numbers, Numbers]:
    """Scores, float32[n], and what each source adds to them, float32[n, sources]; see :func:`scale`, ``minmax``.

    Args:
        features: float32[n, sources], NaN where a source has nothing to say.
        weights: float32[tasks, sources]: of one task, or of two.
        own: With two tasks, the source that scores what was bought before: what it is silent about reads the second.
    """
    count, sources = features.shape
    low, high = np.full(sources, np.inf, np.float32), np.full(sources, -np.inf, np.float32)
    for row in range(count):
        for source in range(sources):
            # A comparison with NaN is false.
            if features[row, source] < low[source]:
                low[source] = features[row, source]
            if features[row, source] > high[source]:
                high[source] = features[row, source]
    scores, shares = np.empty(count, np.float32), np.empty((count, sources), np.float32)
    for row in range(count):
        task = 1 if len(weights) > 1 and np.isnan(features[row, own]) else 0
        total = np.float32(0)
        for source in range(sources):
            scaled, span = np.float32(0), high[source] - low[source]
            if not np.isnan(features[row, source]):
                # Where all scores are equal, each says the same: count them as the best.
                scaled = (features[row, source] - low[source]) / span if span > 0 else np.float32(1)
            shares[row, source] = scaled * weights[task, source]
            total += shares[row, source]
        scores[row] = total
    return scores, shares
