"""One ranking that many queries read, put in order once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from parure.core import Candidates, IdMap, best_first
from parure.core.native import native
from parure.retrieval.folded import FoldedIn, Rows, Scores
from parure.retrieval.marks import Marks, barred_marks, is_marked


@dataclass(frozen=True)
class Ranking:
    """The items of a catalogue, best first.

    Attributes:
        scores: float32[items]; NaN for what is not ranked.
        order: int32[n], rows of the others, the best first, ties by row.
    """

    scores: Scores
    order: Rows

    @classmethod
    def of(cls, scores: Scores) -> Self:
        """Put float32[items] in order."""
        return cls(scores, best_first(scores, len(scores)))


class RankedFoldedIn(FoldedIn):
    """One query that reads a ranking.

    Args:
        source: Name of the source.
        items: The catalogue.
        ranking: The ranking.
    """

    def __init__(self, source: str, items: IdMap, ranking: Ranking) -> None:
        self._source = source
        self._items = items
        self._ranking = ranking

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        best = self._ranking.order[: max(k, 0)]
        if exclude is not None and len(exclude[0]):
            best = _first(self._ranking.order, max(k, 0), barred_marks(exclude[0], len(self._items)))
        return [Candidates(self._source, self._items, best, self._ranking.scores.take(best))]

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        (wanted,) = rows
        return [self._ranking.scores.take(wanted)]


@native
def _first(order: Rows, k: int, barred: Marks) -> Rows:
    """The first ``k`` that are not barred."""
    best, found = np.empty(min(k, len(order)), np.int32), 0
    for row in order:
        if found == len(best):
            break
        if not is_marked(barred, row):
            best[found] = row
            found += 1
    return best[:found]
