"""One query's way: retrieve, merge, filter, score, order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core import IdMap, Query, best_first
from parure.core.slate import Removed, Slate
from parure.ranking import Ranker, Slates
from parure.retrieval import Source
from parure.rules import Rule

CHUNK = 64
"""Queries worked on at once: enough to share matrix products, few enough that dense scores stay small."""

Rows = NDArray[np.int32]


class Recommender:
    """Answers queries with fitted parts.

    Args:
        items: The catalogue.
        sources: Fitted sources with the number of candidates that each may bring.
        ranker: Scores the merged candidates; its features are the sources' scores.
        rules: What may be shown, in order of application.
        pool_size: How many ranked items are kept.
    """

    def __init__(
        self,
        items: IdMap,
        sources: Sequence[tuple[Source[Any], int]],
        ranker: Ranker[Any],
        rules: Sequence[Rule],
        *,
        pool_size: int = 200,
    ) -> None:
        self.items = items
        self.sources = tuple(sources)
        self.ranker = ranker
        self.rules = tuple(rules)
        self.pool_size = pool_size

    def slate(self, query: Query) -> Slate:
        """The ranked pool of one query, best first, with the account of what was removed."""
        return self.slates([query])[0]

    def slates(self, queries: Sequence[Query]) -> list[Slate]:
        """The same for many queries, at less cost."""
        found: list[Slate] = []
        for start in range(0, len(queries), CHUNK):
            found += self._slates_of_chunk(queries[start : start + CHUNK])
        return found

    def _slates_of_chunk(self, queries: Sequence[Query]) -> list[Slate]:
        removed = [self._forbidden(query) for query in queries]
        pool, rows = self.pool(queries, [_rows_of(parts) for parts in removed])
        scores = self.ranker.score_many(pool)
        shares = self.ranker.shares(pool)
        slates = []
        for position, query in enumerate(queries):
            part = slice(int(pool.offsets[position]), int(pool.offsets[position + 1]))
            best = best_first(scores[part], self.pool_size)
            slate = Slate(
                self.items,
                rows[position][best],
                scores[part][best],
                shares[part][best],
                self.ranker.features,
                tuple(removed[position]),
            )
            for rule in self.rules:
                slate = rule.apply(query, slate)
            slates.append(slate)
        return slates

    def pool(self, queries: Sequence[Query], exclude: Sequence[Rows]) -> tuple[Slates, list[Rows]]:
        """Candidates of all sources, merged, with every source's score of every candidate.

        Args:
            queries: The queries.
            exclude: For each query, item rows that must not be candidates.

        Returns:
            The features, and for each query the item rows they belong to, ascending.
        """
        folded = [(source.fold_in(queries), quota) for source, quota in self.sources]
        tops = [part.top(quota, exclude) for part, quota in folded]
        rows = [np.unique(np.concatenate([top[q].item_ix for top in tops])) for q in range(len(queries))]
        columns = [np.concatenate(part.score(rows)) for part, _ in folded]
        offsets = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
        return Slates(np.column_stack(columns), offsets), rows

    def excluded(self, query: Query) -> Rows:
        """Item rows that the rules forbid for a query whatever their scores."""
        return _rows_of(self._forbidden(query))

    def _forbidden(self, query: Query) -> list[Removed]:
        parts = (rule.forbid(query, self.items) for rule in self.rules)
        return [part for part in parts if part is not None]


def _rows_of(removed: Sequence[Removed]) -> Rows:
    if not removed:
        return np.empty(0, np.int32)
    return np.concatenate([part.item_ix for part in removed])
