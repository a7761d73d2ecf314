"""Quality on weeks that the models have not seen: the same pipeline code, moved back in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core import IdMap, Query
from parure.core.clock import rng_for
from parure.core.progress import Progress
from parure.dataset import Dataset, Target
from parure.pipeline.outcomes import Outcomes
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, SourceSpec
from parure.pipeline.recommend import CHUNK, Recommender
from parure.pipeline.train import Fitted, recommender_of
from parure.ranking import Examples, Ranker
from parure.rules import Bought, BoughtAgain, BoughtConfig, Shopper

Rows = NDArray[np.int32]
Lists = dict[str, Rows]
"""User id -> ranked item rows, best first."""


@dataclass(frozen=True)
class Moment:
    """One past moment: what was known then, and what came true in the week after.

    Attributes:
        dataset: What was known.
        target: What came true.
        fitted: Sources fitted on what was known.
    """

    dataset: Dataset
    target: Target
    fitted: Fitted

    def truth(self, *, new_only: bool) -> Mapping[str, set[str]]:
        """Who bought what; with ``new_only``, less what they had bought before."""
        return self.target.truth_new if new_only else self.target.truth

    def queries(self, *, new_only: bool) -> list[Query]:
        """The queries of everybody who bought something, in the order of their ids."""
        return self.dataset.queries(sorted(self.truth(new_only=new_only)))

    def of_some(self, most: int, *, seed: int) -> Moment:
        """The same of so many of those who bought something, at most, drawn by chance; sources fitted stay fitted."""
        users = sorted(self.target.truth)
        if len(users) <= most:
            return self
        rng = rng_for(seed, f"judged {self.target.weeks_back}")
        drawn = {users[place] for place in rng.choice(len(users), most, replace=False).tolist()}
        truth, new = (
            {user: items for user, items in told.items() if user in drawn}
            for told in (self.target.truth, self.target.truth_new)
        )
        return replace(self, target=replace(self.target, truth=truth, truth_new=new))

    def queries_of_all(self) -> list[Query]:
        """The queries of everybody known before who did something in the week, in the order of their ids."""
        return self.dataset.queries(self.active())

    def active(self) -> list[str]:
        """The ids of everybody known before who did something in the week, ascending."""
        there = self.target.happened
        active = there.users.ids_of(np.unique(there.events.user_ix))
        return sorted(user for user in active if user in self.dataset.users)


def source_lists(moment: Moment, spec: SourceSpec, *, size: int, new_only: bool, progress: Progress) -> Lists:
    """What one source alone would have recommended."""
    source = moment.fitted.source(spec)
    queries = moment.queries(new_only=new_only)
    hide = Bought(BoughtConfig(policy=BoughtAgain.NEVER)).fit(moment.dataset)
    lists: Lists = {}
    with progress.step(f"rank with {spec.label}", total=len(queries)) as bar:
        for chunk in _chunks(queries):
            exclude = [_bought(hide, q, moment.dataset.items) for q in chunk] if new_only else None
            for query, found in zip(chunk, source.fold_in(chunk).top(size, exclude), strict=True):
                lists[str(query.user_id)] = found.item_ix
            bar.advance(len(chunk))
    return lists


def recipe_lists(
    moment: Moment,
    recipe: Recipe,
    ranker: Ranker[Any],
    policy: BoughtAgain,
    *,
    size: int,
    new_only: bool,
    progress: Progress,
) -> Lists:
    """What a recipe would have recommended, under a policy for bought items."""
    recommender = _recommender(moment, recipe, ranker, policy)
    queries = moment.queries(new_only=new_only)
    lists: Lists = {}
    with progress.step(f"rank with {recipe.name}", total=len(queries)) as bar:
        for chunk in _chunks(queries):
            for query, slate in zip(chunk, recommender.slates(chunk), strict=True):
                lists[str(query.user_id)] = slate.best(size)
            bar.advance(len(chunk))
    return lists


def random_lists(moment: Moment, *, size: int, new_only: bool, seed: int) -> Lists:
    """Lists drawn by chance: the floor of every comparison."""
    rng = rng_for(seed, "random")
    catalogue = len(moment.dataset.items)
    take = min(size, catalogue)
    users = sorted(moment.truth(new_only=new_only))
    return {user: rng.choice(catalogue, take, replace=False).astype(np.int32) for user in users}


def examples(
    moment: Moment,
    recipe: Recipe,
    policy: BoughtAgain,
    *,
    new_only: bool,
    everybody: bool = False,
    most: int | None = None,
    seed: int = 0,
    progress: Progress,
) -> Examples:
    """Candidates and features as of the moment, labelled with what came true: what a ranker learns from.

    Args:
        moment: The moment.
        recipe: Its sources find candidates, its ranker says what is to be told of them.
        policy: Whether bought items are candidates.
        new_only: Take purchases of what was new to the customer as true, and no others.
        everybody: Ask for everybody who did something in the week; for those who bought something where False.
        most: Ask for so many customers at most, drawn by chance; all where None.
        seed: What is drawn follows from it.
        progress: Where to report to.
    """
    recommender = _recommender(moment, recipe, recipe.build_ranker(), policy)
    truth = moment.truth(new_only=new_only)
    queries = moment.queries_of_all() if everybody else moment.queries(new_only=new_only)
    if most is not None and len(queries) > most:
        drawn = rng_for(seed, f"examples {moment.target.weeks_back}").choice(len(queries), most, replace=False)
        queries = [queries[place] for place in sorted(drawn.tolist())]
    outcomes = Outcomes.of(moment.dataset, moment.target.happened)
    parts = []
    with progress.step(f"candidates for {recipe.name}", total=len(queries)) as bar:
        for chunk in _chunks(queries):
            exclude = [recommender.excluded(query) for query in chunk]
            slates, rows = recommender.pool(chunk, exclude)
            bought = [moment.dataset.items.rows_of(truth.get(str(query.user_id), ())) for query in chunk]
            labels = [np.isin(found, true).astype(np.float32) for found, true in zip(rows, bought, strict=True)]
            relevant = np.array([len(b) for b in bought], dtype=np.int64)
            week = np.full(len(chunk), moment.target.weeks_back, dtype=np.int64)
            tasks = outcomes.labels([query.user_id for query in chunk], rows)
            parts.append(Examples(slates, np.concatenate(labels), relevant, week, tasks))
            bar.advance(len(chunk))
    return Examples.concatenate(parts)


def _recommender(moment: Moment, recipe: Recipe, ranker: Ranker[Any], policy: BoughtAgain) -> Recommender:
    return recommender_of(moment.fitted.part(Part(recipe, ranker, policy)), moment.dataset)


def _chunks(queries: Sequence[Query]) -> Iterable[Sequence[Query]]:
    return (queries[start : start + CHUNK] for start in range(0, len(queries), CHUNK))


def _bought(rule: Bought, query: Query, items: IdMap) -> Rows:
    forbidden = rule.forbid(Shopper(query, items))
    return np.empty(0, np.int32) if forbidden is None else forbidden[1]
