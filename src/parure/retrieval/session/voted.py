"""Queries folded in as what their neighbours voted for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from parure.core import Candidates, IdMap, best_first
from parure.retrieval.folded import FoldedIn, Rows, Scores
from parure.retrieval.session.voting import first_of

_FEW: Final = 64
"""Up to so many are found by putting each into its place."""


class VotedFoldedIn(FoldedIn):
    """Scores of few items, item by item; the source has nothing to say of the others.

    Leaner than a sparse matrix: a request costs a few microseconds besides the votes.

    Args:
        source: Name of the source.
        items: The catalogue.
        votes: For each query, int32[n] distinct item rows in any order, and float32[n], their scores.
    """

    def __init__(self, source: str, items: IdMap, votes: Sequence[tuple[Rows, Scores]]) -> None:
        self._source = source
        self._items = items
        self._votes = votes

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        found = []
        for position, (rows, scores) in enumerate(self._votes):
            if exclude is not None and len(exclude[position]):
                kept = ~np.isin(rows, exclude[position])
                rows, scores = rows[kept], scores[kept]
            if k <= _FEW:
                best, values = first_of(rows, scores, max(k, 0))
            else:
                order = np.argsort(rows)
                order = order[best_first(scores[order], k)]
                best, values = rows[order], scores[order]
            found.append(Candidates(self._source, self._items, best, values))
        return found

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        found = []
        for (voted, scores), wanted in zip(self._votes, rows, strict=True):
            result = np.full(len(wanted), np.nan, dtype=np.float32)
            if len(voted):
                order = np.argsort(voted)
                at = order[np.minimum(np.searchsorted(voted, wanted, sorter=order), len(voted) - 1)]
                hit = voted[at] == wanted
                result[hit] = scores[at[hit]]
            found.append(result)
        return found
