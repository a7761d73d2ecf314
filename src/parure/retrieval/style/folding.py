"""Queries folded in as one or several styles each, answered by products with all items or by a vector index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, IdMap, best_first
from parure.core.ids import UNKNOWN
from parure.index import VectorIndex
from parure.retrieval.folded import BlockFoldedIn, FoldedIn, Rows, Scores
from parure.retrieval.style.products import likenesses
from parure.retrieval.style.profiles import Vectors
from parure.retrieval.style.scale import LADDER, on_one_scale
from parure.retrieval.style.styles import Styles

_SPARE: Final = 1000
"""Where more items than this are excluded, the index is told so; up to it, so many more are asked for."""


def exact_fold(source: str, items: IdMap, styles: Styles, unit: Vectors, floor: float | None) -> BlockFoldedIn:
    """Queries answered by products with the vectors of all items.

    Args:
        source: Name of the source.
        items: The catalogue.
        styles: One row a query.
        unit: float32[items, size], of length 1 or NaN.
        floor: Items less alike to each of a query's styles have no score; None for all.
    """

    def block(start: int, stop: int) -> Scores:
        first, last = int(styles.offsets[start]), int(styles.offsets[stop])
        cosines = styles.vectors[first:last] @ unit.T
        if last - first == stop - start:
            return _floored(cosines, cosines, floor)
        scores = np.empty((stop - start, len(unit)), dtype=np.float32)
        for row in range(start, stop):
            own = cosines[styles.offsets[row] - first : styles.offsets[row + 1] - first]
            scores[row - start] = _exact_scores(own, styles.share[styles.of(row)], floor)
        return scores

    widest = int(np.diff(styles.offsets).max(initial=1))
    return BlockFoldedIn(source, items, len(styles), block, width=len(unit) * widest)


def _exact_scores(cosines: Scores, share: NDArray[np.float32], floor: float | None) -> Scores:
    if len(cosines) == 1:
        return _floored(cosines[0], cosines[0], floor)
    ladders = [each[best_first(each, LADDER)] for each in cosines]
    return _floored(on_one_scale(cosines, ladders, share), cosines.max(axis=0), floor)


def _floored(scores: Scores, likeness: Scores, floor: float | None) -> Scores:
    """The scores, NaN where even the nearest style is less alike than ``floor``."""
    return scores if floor is None else np.where(likeness >= floor, scores, np.float32(np.nan))


@dataclass(frozen=True)
class Nearest:
    """What finds the items nearest to a vector.

    Attributes:
        index: Holds the items that have a vector.
        row_of: int32[positions], the item row of each position of the index.
        unit: float32[items, size], of length 1 or NaN.
    """

    index: VectorIndex
    row_of: Rows
    unit: Vectors

    def search(self, vectors: Vectors, k: int, barred: Rows | None = None) -> list[tuple[Rows, Scores]]:
        """For each vector the rows of about the ``k`` nearest items, nearest first, with their likeness.

        Likeness is as exact as the index keeps vectors: to about 0.001 where it rounds them to eight bits.
        """
        allowed = None
        if barred is not None:
            free = np.ones(len(self.unit), dtype=bool)
            free[barred] = False
            allowed = free[self.row_of]
        positions, cosines = self.index.search(vectors, min(k, len(self.row_of)), allowed=allowed)
        rows = self.row_of.take(positions)
        # What is missing is missing at the end.
        if UNKNOWN not in positions[:, -1:].ravel().tolist():
            return list(zip(rows, cosines, strict=True))
        filled = positions != UNKNOWN
        return [(row[has], cosine[has]) for row, cosine, has in zip(rows, cosines, filled, strict=True)]

    def search_one(self, vectors: Vectors, k: int) -> tuple[Rows, Scores]:
        """The same for float32[1, size], in as few steps as a single request may take."""
        positions, cosines = self.index.search(vectors, min(k, len(self.row_of)))
        places, likeness = positions[0], cosines[0]
        if places[-1] == UNKNOWN:
            filled = places != UNKNOWN
            places, likeness = places[filled], likeness[filled]
        return self.row_of.take(places), likeness


class IndexedFoldedIn(FoldedIn):
    """Queries answered by a vector index.

    An index may keep vectors rounded. :meth:`score` is exact; the candidates of a query with one style come in the
    order, and with the likeness, of the rounded ones.

    Args:
        source: Name of the source.
        items: The catalogue.
        styles: One row a query.
        nearest: Finds items.
        floor: As in :func:`exact_fold`.
    """

    def __init__(self, source: str, items: IdMap, styles: Styles, nearest: Nearest, floor: float | None) -> None:
        self._source = source
        self._items = items
        self._styles = styles
        self._nearest = nearest
        self._floor = floor
        self._ladders: dict[int, list[Scores]] = {}

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        if k <= 0 or not len(self._nearest.row_of):
            return [self._candidates(*_NOTHING) for _ in range(len(self._styles))]
        if exclude is None and len(self._styles.vectors) == 1:
            # One request of one style: the index finds nothing for a vector of NaN.
            return [self._cut(*self._nearest.search_one(self._styles.vectors, k), k)]
        barred = [_NOTHING[0]] * len(self._styles) if exclude is None else exclude
        spare, at_once, alone = 0, list[int](), list[tuple[int, Rows]]()
        known = (~np.isnan(self._styles.vectors[:, 0])).tolist()
        for (start, stop), rows in zip(pairwise(self._styles.offsets.tolist()), barred, strict=True):
            if not known[start]:
                continue
            if len(rows) <= _SPARE:
                spare = max(spare, len(rows))
                at_once += range(start, stop)
            else:
                alone += [(style, rows) for style in range(start, stop)]
        found: dict[int, tuple[Rows, Scores]] = {}
        if at_once:
            vectors = self._styles.vectors
            # Somebody with several styles needs the ladders too, which the same search finds.
            width = k + spare if len(vectors) == len(self._styles) else max(k + spare, LADDER)
            pairs = self._nearest.search(vectors if len(at_once) == len(vectors) else vectors[at_once], width)
            found = dict(zip(at_once, pairs, strict=True))
        for style, rows in alone:
            found[style] = self._nearest.search(self._styles.vectors[style : style + 1], k, rows)[0]
        return [self._best(query, found, k, barred[query]) for query in range(len(self._styles))]

    def _best(self, query: int, found: dict[int, tuple[Rows, Scores]], k: int, barred: Rows) -> Candidates:
        part = self._styles.of(query)
        parts = [found[style] for style in range(part.start, part.stop) if style in found]
        if not parts:
            return self._candidates(*_NOTHING)
        several = len(parts) > 1
        rows, scores = parts[0]
        if several:
            rows = np.unique(np.concatenate([each for each, _ in parts]))
            cosines = likenesses(self._styles.vectors[self._styles.of(query)], self._nearest.unit, rows)
            if query not in self._ladders and len(barred) <= _SPARE:
                best_of = [np.searchsorted(rows, each[:LADDER]) for each, _ in parts]
                self._ladders[query] = [-np.sort(-own[places]) for own, places in zip(cosines, best_of, strict=True)]
            scores = self._on_one_scale(query, cosines)
        if len(barred):
            kept = ~np.isin(rows, barred)
            rows, scores = rows[kept], scores[kept]
        if several:
            best = best_first(scores, k)
            return self._candidates(rows[best], scores[best])
        return self._cut(rows, scores, k)

    def _cut(self, rows: Rows, scores: Scores, k: int) -> Candidates:
        """The first ``k`` of items that stand in order, as far as they are like enough."""
        if self._floor is not None:
            k = min(k, int((scores >= self._floor).sum()))
        if k < len(rows):
            rows, scores = rows[:k], scores[:k]
        return self._candidates(rows, scores)

    def _candidates(self, rows: Rows, scores: Scores) -> Candidates:
        return Candidates(self._source, self._items, rows, scores)

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`: exactly, whether the index would have found them or not."""
        return [self._scores(query, wanted) for query, wanted in enumerate(rows)]

    def _scores(self, query: int, rows: Rows) -> Scores:
        cosines = likenesses(self._styles.vectors[self._styles.of(query)], self._nearest.unit, rows)
        if len(cosines) == 1 or not len(rows):
            return _floored(cosines[0], cosines[0], self._floor)
        return self._on_one_scale(query, cosines)

    def _on_one_scale(self, query: int, cosines: Scores) -> Scores:
        """One score an item from its likeness to each of a query's styles, float32[styles, items]."""
        scores = on_one_scale(cosines, self._ladder(query), self._styles.share[self._styles.of(query)])
        return _floored(scores, cosines.max(axis=0), self._floor)

    def _ladder(self, query: int) -> list[Scores]:
        """Likenesses of the best items of each of a query's styles, best first."""
        if query not in self._ladders:
            found = self._nearest.search(self._styles.vectors[self._styles.of(query)], LADDER)
            self._ladders[query] = self._exact(query, [rows for rows, _ in found])
        return self._ladders[query]

    def _exact(self, query: int, rows: list[Rows]) -> list[Scores]:
        """For each of a query's styles the exact likenesses of some items, best first."""
        part, unit = self._styles.of(query), self._nearest.unit
        found = (
            likenesses(self._styles.vectors[style : style + 1], unit, each)[0]
            for style, each in zip(range(part.start, part.stop), rows, strict=True)
        )
        return [-np.sort(-cosines) for cosines in found]


_NOTHING: Final = (np.empty(0, np.int32), np.empty(0, np.float32))
