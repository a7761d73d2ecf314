"""One query's way: retrieve, merge, filter, score, order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, History, IdMap, Query, best_first
from parure.core.slate import Removed, Slate
from parure.pipeline.recipe import SourceSpec
from parure.ranking import Ranker, Slates
from parure.retrieval import FoldedIn, Source
from parure.rules import Rule, Shopper

CHUNK = 64
"""Queries worked on at once: enough to share matrix products, few enough that dense scores stay small."""

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Passage:
    """One query's way through all stages.

    Attributes:
        shopper: Who asked, as far as the rules let the later stages see it.
        found: What each source found, best first.
        included: int32[n], items that had to be candidates.
        rows: int32[n], all candidates, ascending.
        scores: float32[n], the ranker's score of each.
        ranked: The best of them, before any rule.
        slate: After all rules.
        ms: Milliseconds that each stage took, in order.
    """

    shopper: Shopper
    found: tuple[Candidates, ...]
    included: Rows
    rows: Rows
    scores: NDArray[np.float32]
    ranked: Slate
    slate: Slate
    ms: dict[str, float]


class _Watch:
    """Times stages by name."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.ms[stage] = (perf_counter() - start) * 1000


class Recommender:
    """Answers queries with fitted parts.

    Args:
        items: The catalogue.
        sources: Fitted sources, each with its entry in the recipe: what it goes by, how many candidates it may bring.
        ranker: Scores the merged candidates; its features are the sources' scores.
        rules: What may be shown, in order of application.
        pool_size: How many ranked items are kept.
    """

    def __init__(
        self,
        items: IdMap,
        sources: Sequence[tuple[Source[Any], SourceSpec]],
        ranker: Ranker[Any],
        rules: Sequence[Rule[Any]],
        *,
        pool_size: int = 200,
    ) -> None:
        self.items = items
        self.sources = tuple(sources)
        self.ranker = ranker
        self.rules = tuple(rules)
        self.pool_size = pool_size

    def slate(self, query: Query) -> Slate:
        """The ranked pool of one query after its rules, with the account of what they did."""
        return self.slates([query])[0]

    def slates(self, queries: Sequence[Query]) -> list[Slate]:
        """The same for many queries, at less cost."""
        found: list[Slate] = []
        for start in range(0, len(queries), CHUNK):
            found += self._slates_of_chunk(queries[start : start + CHUNK])
        return found

    def _slates_of_chunk(self, queries: Sequence[Query]) -> list[Slate]:
        shoppers = [self.shopper(query) for query in queries]
        forbidden = [self._forbidden(shopper) for shopper in shoppers]
        included = [self._included(shopper, parts) for shopper, parts in zip(shoppers, forbidden, strict=True)]
        pool, rows = self.pool(
            [shopper.query for shopper in shoppers], [_rows_of(parts) for parts in forbidden], included
        )
        scores = self.ranker.score_many(pool)
        shares = self.ranker.shares(pool)
        slates = []
        for position, shopper in enumerate(shoppers):
            part = slice(int(pool.offsets[position]), int(pool.offsets[position + 1]))
            slate = self._ranked(rows[position], scores[part], shares[part], included[position], forbidden[position])
            for rule in self.rules:
                slate = rule.apply(shopper, slate)
            slates.append(slate)
        return slates

    def passage(self, query: Query) -> Passage:
        """The same way as :meth:`slate`, with all that was found and dropped on it, and how long each stage took."""
        watch = _Watch()
        with watch("admit"):
            shopper = self.shopper(query)
        with watch("forbid"):
            forbidden = self._forbidden(shopper)
            barred, included = [_rows_of(forbidden)], self._included(shopper, forbidden)
        heard, folded, tops = self._heard([shopper.query]), list[FoldedIn](), list[list[Candidates]]()
        for source, spec in self.sources:
            with watch(f"retrieve {spec.label}"):
                folded.append(source.fold_in(heard[spec.of]))
                tops.append(folded[-1].top(spec.quota, barred))
        with watch("merge"):
            pool, (rows,) = self._merged(folded, tops, [included])
        with watch("rank"):
            scores = self.ranker.score_many(pool)
            ranked = slate = self._ranked(rows, scores, self.ranker.shares(pool), included, forbidden)
        for rule in self.rules:
            with watch(f"rule {rule.kind}"):
                slate = rule.apply(shopper, slate)
        return Passage(shopper, tuple(top for (top,) in tops), included, rows, scores, ranked, slate, watch.ms)

    def _ranked(
        self,
        rows: Rows,
        scores: NDArray[np.float32],
        shares: NDArray[np.float32],
        included: Rows,
        forbidden: Sequence[Removed],
    ) -> Slate:
        """The best of one query's pool, as rules get it."""
        best = self._kept_of_pool(scores, rows, included)
        return Slate.of(self.items, rows[best], scores[best], shares[best], self.ranker.features, tuple(forbidden))

    def shopper(self, query: Query) -> Shopper:
        """Who asks, as far as the rules let the later stages see it."""
        for rule in self.rules:
            query = rule.admit(query)
        return Shopper(query, self.items)

    def _kept_of_pool(self, scores: NDArray[np.float32], rows: Rows, included: Rows) -> NDArray[np.int32]:
        """Positions of the best ``pool_size`` candidates, best first, and of those that must be there."""
        best = best_first(scores, self.pool_size)
        if not len(included) or len(best) == len(scores):
            return best
        wanted = np.flatnonzero(np.isin(rows, included)).astype(np.int32)
        missing = wanted[~np.isin(wanted, best)]
        return np.concatenate([best, missing[best_first(scores[missing], len(missing))]])

    def pool(
        self, queries: Sequence[Query], exclude: Sequence[Rows], include: Sequence[Rows] = ()
    ) -> tuple[Slates, list[Rows]]:
        """Candidates of all sources, merged, with every source's score of every candidate.

        Args:
            queries: The queries.
            exclude: For each query, item rows that must not be candidates.
            include: For each query, item rows that must be, whatever the sources find; none where empty.

        Returns:
            The features, and for each query the item rows they belong to, ascending.
        """
        folded = self.folded(queries)
        tops = [part.top(spec.quota, exclude) for part, (_, spec) in zip(folded, self.sources, strict=True)]
        return self._merged(folded, tops, include or [np.empty(0, np.int32)] * len(queries))

    def _merged(
        self, folded: Sequence[FoldedIn], tops: Sequence[Sequence[Candidates]], include: Sequence[Rows]
    ) -> tuple[Slates, list[Rows]]:
        """What the sources found and what must be there, once each, with every source's score of it."""
        rows = [np.unique(np.concatenate([also, *(top[q].item_ix for top in tops)])) for q, also in enumerate(include)]
        columns = [np.concatenate(part.score(rows)) for part in folded]
        offsets = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
        return Slates(np.column_stack(columns), offsets), rows

    def folded(self, queries: Sequence[Query]) -> list[FoldedIn]:
        """The queries as each source takes them in: with their history, or with what is on the page in its place."""
        heard = self._heard(queries)
        return [source.fold_in(heard[spec.of]) for source, spec in self.sources]

    def _heard(self, queries: Sequence[Query]) -> dict[str, Sequence[Query]]:
        """The queries by what sources go by."""
        if all(spec.of == "history" for _, spec in self.sources):
            return {"history": queries}
        return {"history": queries, "page": [replace(query, history=self._page(query)) for query in queries]}

    def _page(self, query: Query) -> History:
        return History.of_rows(self.items, Shopper(query, self.items).page, now_us=query.now_us)

    def excluded(self, query: Query) -> Rows:
        """Item rows that the rules forbid for a query whatever their scores."""
        return _rows_of(self._forbidden(self.shopper(query)))

    def _forbidden(self, shopper: Shopper) -> list[Removed]:
        parts = ((rule, rule.forbid(shopper)) for rule in self.rules)
        return [Removed(rule.kind, *found) for rule, found in parts if found is not None]

    def _included(self, shopper: Shopper, forbidden: Sequence[Removed]) -> Rows:
        """Item rows that must be candidates, less those that may not be."""
        parts = [rows for rule in self.rules if (rows := rule.include(shopper)) is not None]
        if not parts:
            return np.empty(0, np.int32)
        wanted = np.unique(np.concatenate(parts)).astype(np.int32)
        for part in forbidden:
            # What is forbidden may be most of the catalogue: it is looked up in, not gone through.
            near = part.item_ix.take(part.item_ix.searchsorted(wanted), mode="clip")
            wanted = wanted[near != wanted]
        return wanted


def _rows_of(removed: Sequence[Removed]) -> Rows:
    if not removed:
        return np.empty(0, np.int32)
    return np.concatenate([part.item_ix for part in removed])
