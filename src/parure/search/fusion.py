"""One list out of several: the scores of words, meaning and picture brought together.

*Scores* are laid over each other after each part was stretched to 0..1 over the items found. *Ranks* are summed as
``1 / (60 + rank)`` (Cormack, Clarke & Büttcher, *Reciprocal Rank Fusion outperforms Condorcet* (2009)). What is the
default was chosen by measurement; ``docs/search.md`` has the figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Method = Literal["scores", "ranks"]

RANK_CONSTANT = 60
"""How much the first places of a list count over the later ones: the larger, the less."""


def fuse(
    parts: Mapping[str, Scores],
    weights: Mapping[str, float],
    *,
    method: Method = "scores",
    from_zero: Collection[str] = (),
) -> Scores:
    """Bring the scores of several parts together.

    Args:
        parts: Name of a part -> float32[items], its scores of the same items; -inf where it says nothing of one.
        weights: Name of a part -> its weight; those of absent parts are spread over the others.
        method: Which way.
        from_zero: Parts whose scores have a zero of their own, from which they are stretched; others from their least.

    Returns:
        float32[items], in 0..1 for ``scores``.
    """
    total = sum(weights[name] for name in parts) or 1.0
    size = len(next(iter(parts.values()))) if parts else 0
    found = np.zeros(size, np.float64)
    for name, scores in parts.items():
        part = _stretched(scores, from_zero=name in from_zero) if method == "scores" else _by_rank(scores)
        found += weights[name] / total * part
    return found.astype(np.float32)


def _stretched(scores: Scores, *, from_zero: bool) -> NDArray[np.float64]:
    """Scores over 0..1; all 1 where all that speak are equal, 0 where a part says nothing."""
    said = np.isfinite(scores)
    if not said.any():
        return np.zeros(len(scores))
    low, high = 0.0 if from_zero else float(scores[said].min()), float(scores[said].max())
    if high == low:
        return np.where(said, 1.0, 0.0)
    return np.where(said, (np.where(said, scores, low).astype(np.float64) - low) / (high - low), 0.0)


def _by_rank(scores: Scores) -> NDArray[np.float64]:
    """``1 / (60 + rank)``; equal scores share the best rank among them, 0 where a part says nothing."""
    said = np.isfinite(scores)
    ordered = np.sort(-scores[said])
    rank = 1 + np.searchsorted(ordered, -scores, side="left")
    return np.where(said, 1.0 / (RANK_CONSTANT + rank), 0.0)
