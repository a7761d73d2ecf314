"""Scores of different sources made comparable within each query."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from parure.ranking.ranker import Slates

Scale = Literal["log", "minmax", "rank", "raw"]


def scale(slates: Slates, how: Scale, *, floor: float = 0.01) -> NDArray[np.float32]:
    """Make the columns comparable within each query.

    Args:
        slates: The candidates and what the sources say of them.
        how: ``log``: ln(1 + score / (floor x best score)), so that weights act on orders of magnitude; scores below 0
            count as 0. ``minmax``: 0 for the worst candidate, 1 for the best. ``rank``: 1 for the first, 1/2 for the
            second ... ``raw``: as they are.
        floor: For ``log``: scores far below this share of the best one hardly differ.

    Returns:
        float32[n, features]; 0 where a source has nothing to say.
    """
    features = slates.features
    if how == "raw" or not len(features):
        return np.nan_to_num(features, nan=0.0)
    if how == "rank":
        return _reciprocal_ranks(slates)
    return _logs(slates, floor) if how == "log" else _minmax(slates)


def _logs(slates: Slates, floor: float) -> NDArray[np.float32]:
    scores = np.maximum(np.nan_to_num(slates.features, nan=0.0), 0)
    starts, rows = _query_starts(slates)
    unit = np.maximum.reduceat(scores, starts, axis=0)[rows] * np.float32(floor)
    return np.log1p(np.divide(scores, unit, out=np.zeros_like(scores), where=unit > 0)).astype(np.float32)


def _minmax(slates: Slates) -> NDArray[np.float32]:
    features = slates.features
    unknown = np.isnan(features)
    starts, rows = _query_starts(slates)
    low = np.minimum.reduceat(np.where(unknown, np.inf, features), starts, axis=0)[rows]
    span = np.maximum.reduceat(np.where(unknown, -np.inf, features), starts, axis=0)[rows] - low
    # Where all scores are equal, each says the same: count them as the best.
    scaled = np.where(span > 0, (features - low) / np.where(span > 0, span, 1), 1.0)
    return np.where(unknown, 0.0, scaled).astype(np.float32)


def _query_starts(slates: Slates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each query that has rows, and for each row the place of its query among those."""
    counts = np.diff(slates.offsets)
    filled = counts > 0
    return slates.offsets[:-1][filled], np.repeat(np.arange(filled.sum()), counts[filled])


def _reciprocal_ranks(slates: Slates) -> NDArray[np.float32]:
    """1 / rank within the query and column; 0 where there is no score."""
    features = slates.features
    result = np.zeros(features.shape, dtype=np.float32)
    query = slates.query_of_row
    for column in range(features.shape[1]):
        known = np.flatnonzero(~np.isnan(features[:, column]))
        order = known[np.lexsort((known, -features[known, column], query[known]))]
        starts = np.searchsorted(query[order], query[order], side="left")
        result[order, column] = 1.0 / (np.arange(len(order)) - starts + 1)
    return result
