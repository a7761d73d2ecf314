"""One list out of several: the scores of words, meaning and picture brought together.

*Scores* are laid over each other. Words come as the squared share of the ideal score that a product reaches, so that
they count little where the catalogue knows few of the words typed, and decide where it knows all; likeness of meaning
or picture is stretched to 0..1 over the items found. *Ranks* are summed as ``1 / (60 + rank)`` (Cormack, Clarke &
Büttcher, *Reciprocal Rank Fusion outperforms Condorcet and Individual Rank Learning Methods* (2009)). What is the
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
    shares: Collection[str] = (),
) -> Scores:
    """Bring the scores of several parts together.

    Args:
        parts: Name of a part -> float32[items], its scores of the same items; -inf where it says nothing of one.
        weights: Name of a part -> its weight; those of absent parts are spread over the others.
        method: Which way.
        shares: Parts whose scores are in 0..1 already and are taken as they are, 0 where they say nothing.

    Returns:
        float32[items], in 0..1 for ``scores``.
    """
    total = sum(weights[name] for name in parts) or 1.0
    size = len(next(iter(parts.values()))) if parts else 0
    found = np.zeros(size, np.float64)
    for name, scores in parts.items():
        part = _by_rank(scores) if method == "ranks" else _taken(scores) if name in shares else _stretched(scores)
        found += weights[name] / total * part
    return found.astype(np.float32)


def _taken(scores: Scores) -> NDArray[np.float64]:
    return np.where(np.isfinite(scores), scores, 0.0).astype(np.float64)


def _stretched(scores: Scores) -> NDArray[np.float64]:
    """Scores over 0..1; all 1 where all that speak are equal, 0 where a part says nothing."""
    said = np.isfinite(scores)
    if not said.any():
        return np.zeros(len(scores))
    low, high = float(scores[said].min()), float(scores[said].max())
    if high == low:
        return np.where(said, 1.0, 0.0)
    return np.where(said, (np.where(said, scores, low).astype(np.float64) - low) / (high - low), 0.0)


def _by_rank(scores: Scores) -> NDArray[np.float64]:
    """``1 / (60 + rank)``; equal scores share the best rank among them, 0 where a part says nothing."""
    said = np.isfinite(scores)
    ordered = np.sort(-scores[said])
    rank = 1 + np.searchsorted(ordered, -scores, side="left")
    return np.where(said, 1.0 / (RANK_CONSTANT + rank), 0.0)
