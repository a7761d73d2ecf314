"""How many candidates each source may bring: learned from what past weeks' customers went on to buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.clock import rng_for
from parure.core.progress import Progress
from parure.pipeline.backtest import Moment, source_lists
from parure.pipeline.recipe import Recipe, SourceSpec
from parure.rules import BoughtAgain

_STEP: Final = 10
"""Candidates that a quota grows by."""
_LOOKED_AT: Final = 300
"""Customers whose lists say how many candidates of a source another has found already."""

Ranks = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """Where each source had what customers went on to buy.

    Attributes:
        labels: Names of the sources.
        ranks: int64[pairs, sources], one row a customer and bought item: its place in each source's list, from 0; the
            longest list's length where it is not in it.
        weight: float64[pairs], 1 over the number of items that the customer bought, so that customers count alike.
        lists: For some of the customers, each source's list: int32[rows of the catalogue], best first.
        user: int64[pairs], the customer of each row.
        users: Ids of the customers.
    """

    labels: tuple[str, ...]
    ranks: Ranks
    weight: NDArray[np.float64]
    lists: Sequence[Sequence[NDArray[np.int32]]]
    user: NDArray[np.int64]
    users: tuple[str, ...]

    def only(self, labels: Sequence[str]) -> Found:
        """The same for some of the sources."""
        at = [self.labels.index(label) for label in labels]
        lists = [[of_user[place] for place in at] for of_user in self.lists]
        return Found(tuple(labels), self.ranks[:, at], self.weight, lists, self.user, self.users)

    def recall(self, quotas: Mapping[str, int]) -> NDArray[np.float64]:
        """Share of what each customer bought that is among the candidates, float64[users]."""
        limit = np.array([quotas.get(label, 0) for label in self.labels])
        covered = (self.ranks < limit).any(axis=1)
        return np.asarray(np.bincount(self.user, weights=self.weight * covered, minlength=len(self.users)), np.float64)


def found_by(
    moment: Moment, specs: Sequence[SourceSpec], policy: BoughtAgain, *, deep: int, seed: int, progress: Progress
) -> Found:
    """Ask each source for everybody who bought something in the week after a moment.

    Args:
        moment: The moment.
        specs: The sources.
        policy: Whether bought items are candidates.
        deep: How long a list is looked at.
        seed: Whose lists are kept follows from it.
        progress: Where to report to.
    """
    new_only = policy is BoughtAgain.NEVER
    truth = moment.truth(new_only=new_only)
    users = sorted(truth)
    columns, kept = [], []
    looked_at = sorted(rng_for(seed, "quotas").choice(len(users), min(_LOOKED_AT, len(users)), replace=False).tolist())
    bought = [moment.dataset.items.rows_of(sorted(truth[user])) for user in users]
    for spec in specs:
        lists = source_lists(moment, spec, size=deep, new_only=new_only, progress=progress)
        columns.append(
            np.concatenate([_places(lists[user], rows, deep) for user, rows in zip(users, bought, strict=True)])
        )
        kept.append([lists[users[place]] for place in looked_at])
    sizes = np.array([len(rows) for rows in bought])
    return Found(
        tuple(spec.label for spec in specs),
        np.column_stack(columns),
        np.repeat(1 / sizes, sizes),
        list(zip(*kept, strict=True)),
        np.repeat(np.arange(len(users)), sizes),
        tuple(users),
    )


def learned_quotas(found: Found, *, budget: int, deep: int) -> dict[str, int]:
    """Quotas that together find most of what was bought with about so many candidates a customer.

    From nothing, again and again the source whose next few candidates find most, for each candidate that no other has
    brought, may bring those; where none of them finds anything, the one that finds most further down, and in the end
    the one with the smallest quota: few customers' purchases do not say that the rest of a list is worthless. A source
    that never finds anything by itself may be left with 0.

    Args:
        found: Where the sources had it.
        budget: Candidates a customer, on average, each counted once.
        deep: The largest quota.
    """
    quotas = np.zeros(len(found.labels), dtype=np.int64)
    have: list[set[int]] = [set() for _ in found.lists]
    covered = np.zeros(len(found.ranks), dtype=bool)
    while sum(map(len, have)) < budget * max(len(have), 1):
        open_to = np.flatnonzero(quotas < deep)
        if not len(open_to):
            break
        best = _most_worth(found, quotas, covered, have, open_to, deep)
        more = min(quotas[best] + _STEP, deep)
        for of_user, seen in zip(found.lists, have, strict=True):
            seen.update(of_user[best][quotas[best] : more].tolist())
        quotas[best] = more
        covered |= found.ranks[:, best] < quotas[best]
    return dict(zip(found.labels, quotas.tolist(), strict=True))


def _most_worth(
    found: Found,
    quotas: Ranks,
    covered: NDArray[np.bool_],
    have: Sequence[set[int]],
    open_to: NDArray[np.intp],
    deep: int,
) -> int:
    """The source that may bring the next few candidates."""
    brings = [_new(found, have, int(place), int(quotas[place])) for place in open_to]
    for reach in (_STEP, deep):
        gains = [
            float(found.weight[~covered & (found.ranks[:, p] < min(quotas[p] + reach, deep))].sum()) for p in open_to
        ]
        rates = [gain / max(new, 1) for gain, new in zip(gains, brings, strict=True)]
        if any(rates):
            return int(open_to[int(np.argmax(rates))])
    return int(open_to[int(np.argmin(quotas[open_to]))])


def with_quotas(recipe: Recipe, quotas: Mapping[str, int]) -> Recipe:
    """The recipe with other quotas; a source of 0 brings one candidate, and its score still counts."""
    sources = tuple(
        spec.model_copy(update={"quota": max(quotas.get(spec.label, spec.quota), 1)}) for spec in recipe.sources
    )
    return recipe.model_copy(update={"sources": sources})


def _places(ranked: NDArray[np.int32], wanted: NDArray[np.int32], missing: int) -> Ranks:
    """Where each of the wanted rows stands in a list."""
    if not len(ranked):
        return np.full(len(wanted), missing, dtype=np.int64)
    order = np.argsort(ranked)
    at = order[np.minimum(np.searchsorted(ranked, wanted, sorter=order), len(ranked) - 1)]
    return np.where(ranked[at] == wanted, at, missing).astype(np.int64)


def _new(found: Found, have: Sequence[set[int]], place: int, quota: int) -> int:
    """How many candidates a source's next few would add over the customers looked at."""
    return sum(
        len(set(of_user[place][quota : quota + _STEP].tolist()) - seen)
        for of_user, seen in zip(found.lists, have, strict=True)
    )
