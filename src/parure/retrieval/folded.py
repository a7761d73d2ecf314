"""Queries folded into a source, in the four shapes that sources need: dense, sparse, shared and factored scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from parure.core import Candidates, IdMap, best_first

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]

BLOCK_BYTES = 64 * 2**20
"""Dense scores are made in blocks of about this size, however many queries come at once."""


class FoldedIn(ABC):
    """Queries folded into one source: ask it for its best items, or for its scores of given items."""

    @abstractmethod
    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """The best ``k`` items for each query.

        Args:
            k: How many at most; fewer come back when the source knows fewer.
            exclude: For each query, item rows that must not come back; never changed afterwards.

        Returns:
            One :class:`Candidates` a query, best first, ties broken by item id.
        """

    @abstractmethod
    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """The source's scores of given items.

        Args:
            rows: For each query, item rows.

        Returns:
            For each query, float32 of the same length; NaN where the source has nothing to say.
        """


class DenseFoldedIn(FoldedIn):
    """Queries folded in as one score for every item.

    Args:
        source: Name of the source.
        items: The catalogue.
        scores: float32[queries, items]; NaN where the source has nothing to say.
    """

    def __init__(self, source: str, items: IdMap, scores: Scores) -> None:
        self._source = source
        self._items = items
        self._scores = scores

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        found = []
        for position, scores in enumerate(self._scores):
            if exclude is not None and len(exclude[position]):
                scores = scores.copy()
                scores[exclude[position]] = np.nan
            best = best_first(scores, k)
            found.append(Candidates(self._source, self._items, best, scores[best]))
        return found

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        return [scores[wanted] for scores, wanted in zip(self._scores, rows, strict=True)]


class BlockFoldedIn(FoldedIn):
    """Queries folded in as a recipe for dense scores, which are made a block of queries at a time.

    The block made last is kept, so that few queries, asked for their best items and then for scores, cost one pass.

    Args:
        source: Name of the source.
        items: The catalogue.
        queries: How many queries there are.
        block: Gives float32[stop - start, items] for queries start to stop; NaN where the source has nothing to say.
        width: How many numbers a query needs on the way, for the size of blocks; as many as items where None.
    """

    def __init__(
        self,
        source: str,
        items: IdMap,
        queries: int,
        block: Callable[[int, int], Scores],
        *,
        width: int | None = None,
    ) -> None:
        self._source = source
        self._items = items
        self._queries = queries
        self._block = block
        self._size = max(1, BLOCK_BYTES // (4 * max(len(items) if width is None else width, 1)))
        self._made: tuple[int, DenseFoldedIn] | None = None

    def _dense(self, start: int, stop: int) -> DenseFoldedIn:
        if self._made is None or self._made[0] != start:
            self._made = None  # frees the last block before the next one is made
            self._made = start, DenseFoldedIn(self._source, self._items, self._block(start, stop))
        return self._made[1]

    def _parts(self) -> list[tuple[int, int]]:
        return [(start, min(start + self._size, self._queries)) for start in range(0, self._queries, self._size)]

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        found: list[Candidates] = []
        for start, stop in self._parts():
            found += self._dense(start, stop).top(k, None if exclude is None else exclude[start:stop])
        return found

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        found: list[Scores] = []
        for start, stop in self._parts():
            found += self._dense(start, stop).score(rows[start:stop])
        return found


class SparseFoldedIn(FoldedIn):
    """Queries folded in as scores of few items; the source has nothing to say of the others.

    Args:
        source: Name of the source.
        items: The catalogue.
        scores: CSR of float32[queries, items]; what is not stored is NaN, a stored zero is a score.
    """

    def __init__(self, source: str, items: IdMap, scores: sp.csr_matrix) -> None:
        scores.sort_indices()
        self._source = source
        self._items = items
        self._scores = scores

    def _row(self, position: int) -> tuple[Rows, Scores]:
        part = slice(self._scores.indptr[position], self._scores.indptr[position + 1])
        return self._scores.indices[part], self._scores.data[part]

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        found = []
        for position in range(self._scores.shape[0]):
            rows, scores = self._row(position)
            if exclude is not None and len(exclude[position]):
                kept = ~np.isin(rows, exclude[position])
                rows, scores = rows[kept], scores[kept]
            best = best_first(scores, k)
            found.append(Candidates(self._source, self._items, rows[best].astype(np.int32), scores[best]))
        return found

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        found = []
        for position, wanted in enumerate(rows):
            known, scores = self._row(position)
            result = np.full(len(wanted), np.nan, dtype=np.float32)
            if len(known):
                at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
                hit = known[at] == wanted
                result[hit] = scores[at[hit]]
            found.append(result)
        return found


class SharedFoldedIn(FoldedIn):
    """Queries that share a few rankings, each ranked once however many queries read it.

    Args:
        source: Name of the source.
        items: The catalogue.
        rankings: float32[rankings, items]; NaN where the source has nothing to say.
        ranking_of: int[queries], the ranking that each query reads.
    """

    def __init__(self, source: str, items: IdMap, rankings: Scores, ranking_of: NDArray[np.integer]) -> None:
        self._source = source
        self._items = items
        self._rankings = rankings
        self._ranking_of = ranking_of

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        k = max(k, 0)
        spare = max((len(rows) for rows in exclude), default=0) if exclude is not None else 0
        # k items are left of the first k + spare, whichever ones a query excludes.
        orders = [best_first(scores, k + spare if k else 0) for scores in self._rankings]
        found = []
        for position, ranking in enumerate(self._ranking_of):
            best = orders[ranking]
            if exclude is not None and len(exclude[position]):
                barred = np.zeros(len(self._items), dtype=bool)
                barred[exclude[position]] = True
                best = best[~barred[best]]
            best = best[:k]
            found.append(Candidates(self._source, self._items, best, self._rankings[ranking, best]))
        return found

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        return [self._rankings[ranking, wanted] for ranking, wanted in zip(self._ranking_of, rows, strict=True)]


class FactoredFoldedIn(FoldedIn):
    """Queries folded in as vectors; an item's score is the product of its vector with the query's.

    Args:
        source: Name of the source.
        items: The catalogue.
        query_vectors: float32[queries, dim]; a row of NaN where nothing is known of the query.
        item_vectors: float32[items, dim]; a row of NaN where nothing is known of the item.
    """

    def __init__(self, source: str, items: IdMap, query_vectors: Scores, item_vectors: Scores) -> None:
        self._source = source
        self._items = items
        self._query_vectors = query_vectors
        self._item_vectors = item_vectors

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        blocks = BlockFoldedIn(
            self._source,
            self._items,
            len(self._query_vectors),
            lambda start, stop: self._query_vectors[start:stop] @ self._item_vectors.T,
        )
        return blocks.top(k, exclude)

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        pairs = zip(self._query_vectors, rows, strict=True)
        return [self._item_vectors[wanted] @ vector for vector, wanted in pairs]


__all__ = [
    "BlockFoldedIn",
    "DenseFoldedIn",
    "FactoredFoldedIn",
    "FoldedIn",
    "Rows",
    "Scores",
    "SharedFoldedIn",
    "SparseFoldedIn",
]
