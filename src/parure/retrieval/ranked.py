"""One ranking that many queries read, put in order once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from parure.core import Candidates, IdMap, best_first
from parure.core.native import native
from parure.retrieval.folded import FoldedIn, Rows, Scores
from parure.retrieval.marks import Marks, barred_marks, is_marked

_NONE: Final[Rows] = np.empty(0, np.int32)


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
        barred = barred_marks(_NONE if exclude is None else exclude[0], len(self._items))
        found = _first(self._ranking.order, self._ranking.scores, max(k, 0), barred)
        return [Candidates(self._source, self._items, *found)]

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        (wanted,) = rows
        return [_at(self._ranking.scores, wanted)]


@native
def _at(scores: Scores, rows: Rows) -> Scores:
    """The scores of some rows."""
    found = np.empty(len(rows), np.float32)
    for place in range(len(rows)):
        found[place] = scores[rows[place]]
    return found


@native
def _first(order: Rows, scores: Scores, k: int, barred: Marks) -> tuple[Rows, Scores]:
    """The first ``k`` that are not barred, and their scores."""
    most = min(k, len(order))
    best, values, found = np.empty(most, np.int32), np.empty(most, np.float32), 0
    for row in order:
        if found == len(best):
            break
        if not is_marked(barred, row):
            best[found], values[found] = row, scores[row]
            found += 1
    return best[:found], values[:found]
