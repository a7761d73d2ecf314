"""One query's way: retrieve, merge, filter, score, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, History, IdMap, Query
from parure.core.columns import lay_side_by_side
from parure.core.slate import Removed, Slate
from parure.dataset import Dataset
from parure.pipeline.merged import best_rows, mute, not_among
from parure.pipeline.recipe import SourceSpec
from parure.pipeline.stages import Asked, Scored, Way
from parure.pipeline.strangers import Strangers
from parure.ranking import TASKS, FeatureTable, Ranker, Slates
from parure.retrieval import FoldedIn, Source
from parure.retrieval.marks import distinct
from parure.rules import Rule, Shopper

CHUNK = 64
"""Queries worked on at once: enough to share matrix products, few enough that dense scores stay small."""

Rows = NDArray[np.int32]
_NONE: Final[Rows] = np.empty(0, np.int32)


@dataclass(frozen=True)
class Passage:
    """One query's way through all stages, with all that was found and dropped on it.

    Attributes:
        way: Through ranker and rules.
        found: What each source found, best first.
        included: int32[n], items that had to be candidates.
        rows: int32[n], all candidates, ascending.
        scores: float32[n], the ranker's score of each.
        ms: Milliseconds that each stage took, in order.
    """

    way: Way
    found: tuple[Candidates, ...]
    included: Rows
    rows: Rows
    scores: NDArray[np.float32]
    ms: dict[str, float]


class _Watch:
    """Times stages by name: each from the end of the one before."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._last = perf_counter()

    def mark(self, stage: str) -> None:
        """A stage has just ended."""
        now = perf_counter()
        self.ms[stage] = self.ms.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now


class Recommender:
    """Answers queries with fitted parts.

    Args:
        items: The catalogue.
        sources: Fitted sources, each with its entry in the recipe: what it goes by, how many candidates it may bring.
        ranker: Scores the merged candidates.
        rules: What may be shown, in order of application.
        table: Makes the features that the ranker reads of the candidates; None where it reads the sources' scores.
        pool_size: How many ranked items rules get; all of them where rules leave fewer of those than are wanted.
        users: Everybody whom the sources know; without them whoever gives an id counts as known.

    Attributes:
        leaves_to_chance: Whether a rule leaves something to chance, so that equal queries may have different slates.
    """

    def __init__(
        self,
        items: IdMap,
        sources: Sequence[tuple[Source[Any], SourceSpec]],
        ranker: Ranker[Any],
        rules: Sequence[Rule[Any]],
        *,
        table: FeatureTable | None = None,
        pool_size: int = 200,
        users: IdMap | None = None,
    ) -> None:
        self.items = items
        self._table = table
        self.sources = tuple(sources)
        self._goes_by_page = any(spec.of == "page" for _, spec in self.sources)
        self.ranker = ranker
        self.rules = tuple(rules)
        self.pool_size = pool_size
        lay_side_by_side(column for rule in self.rules for column in rule.columns)
        # Most rules have nothing to say before there is a slate.
        self._admitting = [rule for rule in self.rules if type(rule).admit is not Rule.admit]
        self._hearing = [rule for rule in self.rules if type(rule).hears is not Rule.hears]
        self._forbidding = [rule for rule in self.rules if type(rule).forbid is not Rule.forbid]
        self._including = [rule for rule in self.rules if type(rule).include is not Rule.include]
        self.leaves_to_chance = any(rule.by_chance for rule in self.rules)
        # For each rule that forbids, what it last left of which rows: most say the same from request to request.
        self._left: dict[str, tuple[Rows, Rows, Rows]] = {}
        self._strangers = Strangers(users)

    def follow(self, dataset: Dataset, rows: Rows) -> None:
        """Take in that stock, prices or the catalogue changed; see :meth:`parure.rules.Rule.follow`.

        Args:
            dataset: The one that its rules were fitted on, as it is now.
            rows: int32[n], the items that changed.
        """
        for rule in self.rules:
            rule.follow(dataset)
            for column in rule.columns:
                column.follow(rows)
        self._strangers.forget()

    def slate(self, query: Query) -> Slate:
        """The ranked pool of one query after its rules, with the account of what they did."""
        return self.slates([query])[0]

    def slates(self, queries: Sequence[Query]) -> list[Slate]:
        """The same for many queries, at less cost."""
        return [way.slate for way in self.ways(queries)]

    def way(self, query: Query) -> Way:
        """The same way as :meth:`slate`, with who asked as the rules see it."""
        shopper = self.shopper(query)
        alike = self._strangers.found(shopper.query)
        if alike is not None:
            before, scored = alike
            return self._ruled(Asked(shopper, before.forbidden, before.included), scored)
        asked = self.asked(shopper)
        scored, _ = self._found_alone(asked)
        self._strangers.keep(asked, scored)
        return self._ruled(asked, scored)

    def ways(self, queries: Sequence[Query]) -> list[Way]:
        """The same for many queries, at less cost."""
        if len(queries) == 1:
            return [self.way(queries[0])]
        found: list[Way] = []
        for start in range(0, len(queries), CHUNK):
            found += self._ways_of_chunk(queries[start : start + CHUNK])
        return found

    def _ways_of_chunk(self, queries: Sequence[Query]) -> list[Way]:
        asked = [self.asked(self.shopper(query)) for query in queries]
        pool, rows = self.pool(
            [one.shopper.query for one in asked],
            [_rows_of(one.forbidden) for one in asked],
            [one.included for one in asked],
        )
        scores, shares = self._scored(pool)
        ways = []
        for position, one in enumerate(asked):
            part = slice(int(pool.offsets[position]), int(pool.offsets[position + 1]))
            ways.append(self._ruled(one, Scored(rows[position], scores[part], shares[part])))
        return ways

    def passage(self, query: Query) -> Passage:
        """The same way as :meth:`slate`, with all that was found and dropped on it, and how long each stage took."""
        watch = _Watch()
        shopper = self.shopper(query)
        watch.mark("admit")
        asked = self.asked(shopper)
        watch.mark("forbid")
        scored, found = self._found_alone(asked, watch)
        way = self._ruled(asked, scored, watch)
        return Passage(way, tuple(found), asked.included, scored.rows, scored.scores, watch.ms)

    def _found_alone(self, asked: Asked, watch: _Watch | None = None) -> tuple[Scored, list[Candidates]]:
        """The candidates of one query, scored, and what each source found: as :meth:`pool` does it for many."""
        query, barred = asked.shopper.query, [_rows_of(asked.forbidden)]
        heard = self._heard([query])
        folded: list[FoldedIn] = []
        found: list[Candidates] = []
        for source, spec in self.sources:
            part = source.fold_in(heard[spec.of])
            folded.append(part)
            found += part.top(spec.quota, barred)
            if watch:
                watch.mark(f"retrieve {spec.label}")
        rows = distinct(np.concatenate([asked.included, *[each.item_ix for each in found]]), len(self.items))
        # Filled line by line and then turned: what NumPy makes of a list it has to look at first.
        scored = np.empty((len(folded), len(rows)), np.float32)
        for line, part in enumerate(folded):
            (scored[line],) = part.score([rows])
        features, offsets = np.ascontiguousarray(scored.T), _offsets_of(len(rows))
        if self._table is not None:
            features = self._table.build_many([query], [rows], features, offsets)
        if watch:
            watch.mark("merge")
        scores, shares = self._scored(Slates(features, offsets, _goals([query])))
        return Scored(rows, scores, shares), found

    def asked(self, shopper: Shopper) -> Asked:
        """What rules say to somebody before anything is looked for."""
        forbidden = self._forbidden(shopper)
        return Asked(shopper, tuple(forbidden), self._included(shopper, forbidden))

    def _ruled(self, asked: Asked, scored: Scored, watch: _Watch | None = None) -> Way:
        """One query's candidates through ranker and rules: the best of them, and all where those do not suffice."""
        size, widened = self.pool_size, False
        while True:
            ranked = slate = self._ranked(asked, scored, size)
            if watch:
                watch.mark("rank")
            for rule in self.rules:
                slate = rule.apply(asked.shopper, slate)
                if watch:
                    watch.mark(f"rule {rule.kind}")
            if size >= len(scored.rows) or len(slate.ranked()) >= asked.shopper.query.k:
                return Way(asked.shopper, ranked, slate, widened)
            size, widened = len(scored.rows), True

    def _ranked(self, asked: Asked, scored: Scored, size: int) -> Slate:
        """The best ``size`` candidates, and those that must be there, before any rule."""
        if size == self.pool_size and scored.ranked is not None:
            return scored.ranked
        best = best_rows(scored.rows, scored.scores, scored.shares, asked.included, size)
        ranked = Slate.of(self.items, *best, self.ranker.voices, asked.forbidden)
        if size == self.pool_size:
            scored.ranked = ranked
        return ranked

    def hears(self, user_id: str | None) -> bool:
        """Whether what is known of a customer may count; see :meth:`parure.rules.Rule.hears`."""
        for rule in self._hearing:  # noqa: SIM110 - twice as fast as all()
            if not rule.hears(user_id):
                return False
        return True

    def shopper(self, query: Query) -> Shopper:
        """Who asks, as far as the rules let the later stages see it."""
        for rule in self._admitting:
            query = rule.admit(query)
        return Shopper(query, self.items)

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
        size, must = len(self.items), include or [_NONE] * len(queries)
        rows = [
            distinct(np.concatenate([also, *[top[q].item_ix for top in tops]]), size) for q, also in enumerate(must)
        ]
        offsets = np.array([0, *accumulate([len(each) for each in rows])], np.int64)
        features = np.empty((int(offsets[-1]), len(folded)), np.float32)
        for column, part in enumerate(folded):
            scores = part.score(rows)
            features[:, column] = scores[0] if len(scores) == 1 else np.concatenate(scores)
        if self._table is not None:
            features = self._table.build_many(queries, rows, features, offsets)
        return Slates(features, offsets, _goals(queries)), rows

    def _scored(self, pool: Slates) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The ranker's scores of candidates, none below 0, and what its voices have to do with them."""
        scores, shares = self.ranker.scores_and_shares(pool)
        if self._table is not None:
            mute(shares, pool.features[:, : 2 * len(self.sources) : 2])
        # What is compiled reads numbers of single precision.
        return np.asarray(self.ranker.as_worth(scores), np.float32), np.asarray(shares, np.float32)

    def folded(self, queries: Sequence[Query]) -> list[FoldedIn]:
        """The queries as each source takes them in: with their history, or with what is on the page in its place."""
        heard = self._heard(queries)
        return [source.fold_in(heard[spec.of]) for source, spec in self.sources]

    def _heard(self, queries: Sequence[Query]) -> dict[str, Sequence[Query]]:
        """The queries by what sources go by."""
        if not self._goes_by_page:
            return {"history": queries}
        return {"history": queries, "page": [replace(query, history=self._page(query)) for query in queries]}

    def _page(self, query: Query) -> History:
        return History.of_rows(self.items, Shopper(query, self.items).page, now_us=query.now_us)

    def excluded(self, query: Query) -> Rows:
        """Item rows that the rules forbid for a query whatever their scores."""
        return _rows_of(self._forbidden(self.shopper(query)))

    def _forbidden(self, shopper: Shopper) -> list[Removed]:
        forbidden = []
        for rule in self._forbidding:
            found = rule.forbid(shopper)
            if found is not None:
                forbidden.append(Removed(rule.kind, *found))
        return forbidden

    def _included(self, shopper: Shopper, forbidden: Sequence[Removed]) -> Rows:
        """Item rows that must be candidates, less those that may not be."""
        parts = [rows for rule in self._including if (rows := rule.include(shopper)) is not None]
        if not parts:
            return _NONE
        wanted = parts[0]
        if len(parts) > 1:
            wanted = np.array(sorted({row for rows in parts for row in rows.tolist()}), dtype=np.int32)
        for part in forbidden:
            wanted = self._less(wanted, part)
        return wanted

    def _less(self, wanted: Rows, part: Removed) -> Rows:
        """The rows wanted less those that a rule forbids: the same array where it forbids none of them."""
        last = self._left.get(part.rule)
        if last is not None and last[0] is wanted and last[1] is part.item_ix:
            return last[2]
        # What is forbidden may be most of the catalogue: it is looked up in, not gone through.
        left = not_among(wanted, part.item_ix)
        if len(left) == len(wanted):
            left = wanted
        # One assignment: a thread that reads meanwhile sees what belongs together.
        self._left[part.rule] = wanted, part.item_ix, left
        return left


def _goals(queries: Sequence[Query]) -> NDArray[np.float32] | None:
    """What queries want of their items, a row of NaN for one that leaves it to the ranker; None where all do."""
    for query in queries:
        if query.goals:
            break
    else:
        return None
    rows = [
        [query.goals.get(task, 0.0) for task in TASKS] if query.goals else [np.nan] * len(TASKS) for query in queries
    ]
    return np.array(rows, dtype=np.float32)


def _offsets_of(count: int) -> NDArray[np.int64]:
    """Where the candidates of one query begin and end."""
    offsets = np.zeros(2, np.int64)
    offsets[1] = count
    return offsets


def _rows_of(removed: Sequence[Removed]) -> Rows:
    if not removed:
        return _NONE
    if len(removed) == 1:
        return removed[0].item_ix
    return np.concatenate([part.item_ix for part in removed])
