"""Candidates above a border only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parure.core import Candidates
from parure.retrieval.folded import FoldedIn, Rows, Scores


class ThresholdFoldedIn(FoldedIn):
    """Folded queries that have nothing to say of items below a score.

    Args:
        inner: The queries with all scores.
        threshold: The lowest score that counts.
    """

    def __init__(self, inner: FoldedIn, threshold: float) -> None:
        self._inner = inner
        self._threshold = threshold

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        return [self._above(found) for found in self._inner.top(k, exclude)]

    def _above(self, found: Candidates) -> Candidates:
        # Best first: what is near enough is the beginning.
        kept = int((found.scores >= self._threshold).sum())
        return Candidates(found.source, found.items, found.item_ix[:kept], found.scores[:kept])

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        return [np.where(scores >= self._threshold, scores, np.float32(np.nan)) for scores in self._inner.score(rows)]
