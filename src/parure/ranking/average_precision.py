"""AP@12 of many queries at once, over candidates with labels, fast enough for tuning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.ranking.ranker import Examples

CUTOFF = 12


class AveragePrecision:
    """AP@12 of rankings of the same candidates by different scores.

    Relevant items that no source found count as missed, as they do in an evaluation.

    Args:
        examples: The candidates and what came true of them.

    Cost:
        One matrix of queries x longest slate; a call makes one partial selection in each row of it.
    """

    def __init__(self, examples: Examples) -> None:
        counts = np.diff(examples.slates.offsets)
        width = max(int(counts.max(initial=0)), CUTOFF)
        self._query = examples.slates.query_of_row
        self._place = np.arange(len(self._query)) - np.repeat(examples.slates.offsets[:-1], counts)
        self._scores = np.full((len(counts), width), -np.inf, dtype=np.float32)
        self._labels = np.zeros((len(counts), width), dtype=np.float32)
        self._labels[self._query, self._place] = examples.labels
        self._possible = np.minimum(np.maximum(examples.relevant, 1), CUTOFF)

    def __call__(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Each query's value, float64[queries], for ``scores``, float32[n], one a candidate."""
        self._scores[self._query, self._place] = scores
        best = np.argpartition(-self._scores, CUTOFF - 1, axis=1)[:, :CUTOFF]
        order = np.argsort(-np.take_along_axis(self._scores, best, axis=1), axis=1, kind="stable")
        hits = np.take_along_axis(self._labels, np.take_along_axis(best, order, axis=1), axis=1)
        precision = np.cumsum(hits, axis=1) / np.arange(1, CUTOFF + 1)
        return np.asarray((hits * precision).sum(axis=1) / self._possible, dtype=np.float64)
