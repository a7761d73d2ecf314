"""What the neighbours of a history's items add up to: compiled, for one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, IdMap
from parure.core.keys import best_of
from parure.core.native import native
from parure.retrieval.folded import FoldedIn, Rows, Scores
from parure.retrieval.marks import Marks, barred_marks, is_marked

Slots = NDArray[np.int32]
Sums = tuple[Slots, Rows, Scores]
_NONE: Final[Rows] = np.empty(0, np.int32)


class SummedFoldedIn(FoldedIn):
    """One query folded in as scores of few items, in a hash table; the source has nothing to say of the others.

    Args:
        source: Name of the source.
        items: The catalogue.
        sums: As :func:`summed` gives them.
    """

    def __init__(self, source: str, items: IdMap, sums: Sums) -> None:
        self._source = source
        self._items = items
        self._sums = sums

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        _, rows, scores = self._sums
        barred = barred_marks(_NONE if exclude is None else exclude[0], len(self._items))
        return [Candidates(self._source, self._items, *_best(rows, scores, max(k, 0), barred))]

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        (wanted,) = rows
        return [_found(*self._sums, wanted)]


@native
def summed(
    items: Rows, values: Scores, indptr: NDArray[np.integer], indices: Rows, data: Scores
) -> tuple[Slots, Rows, Scores]:
    """One row times a sparse matrix.

    Args:
        items: int32[m], what the row holds.
        values: float32[m], how much.
        indptr: The matrix, CSR.
        indices: Likewise.
        data: Likewise.

    Returns:
        A hash table as large as needed: for each slot a place in the others, -1 for none; int32[n], distinct columns in
        no order; float32[n], their sums.
    """
    total = 0
    for item in items:
        total += indptr[item + 1] - indptr[item]
    size = 16
    while size < 2 * total:
        size *= 2
    slots = np.full(size, -1, np.int32)
    rows, sums = np.empty(total, np.int32), np.empty(total, np.float32)
    found = 0
    for at in range(len(items)):
        value = values[at]
        for place in range(indptr[items[at]], indptr[items[at] + 1]):
            row = indices[place]
            slot = _slot(slots, rows, row)
            if slots[slot] < 0:
                slots[slot], rows[found], sums[found] = found, row, value * data[place]
                found += 1
            else:
                sums[slots[slot]] += value * data[place]
    return slots, rows[:found], sums[:found]


@native
def _slot(slots: Slots, rows: Rows, row: int) -> np.int64:
    """Where a row stands in the table, or would."""
    last = len(slots) - 1
    slot = (np.int64(row) * 2654435761 >> 7) & last
    while slots[slot] >= 0 and rows[slots[slot]] != row:
        slot = (slot + 1) & last
    return slot


@native
def _best(rows: Rows, scores: Scores, k: int, barred: Marks) -> tuple[Rows, Scores]:
    """The best ``k`` of the rows that are not barred, best first."""
    left, values, found = np.empty_like(rows), np.empty_like(scores), 0
    for place in range(len(rows)):
        left[found], values[found] = rows[place], scores[place]
        found += not is_marked(barred, rows[place])
    return best_of(left[:found], values[:found], k)


@native
def _found(slots: Slots, rows: Rows, sums: Scores, wanted: Rows) -> Scores:
    """The sums of some rows, NaN for one without."""
    scores = np.empty(len(wanted), np.float32)
    for place in range(len(wanted)):
        at = slots[_slot(slots, rows, wanted[place])]
        scores[place] = sums[at] if at >= 0 else np.nan
    return scores
