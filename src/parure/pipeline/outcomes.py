"""What became of candidates in the week after a past moment: the labels of a ranker that learns several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core import UNKNOWN, EventKind, IdMap
from parure.dataset import Dataset, Happened
from parure.ranking import TASKS

Rows = NDArray[np.int32]
Keys = NDArray[np.int64]

_KINDS: Final = {
    "click": (EventKind.VIEW, EventKind.CLICK),
    "add_to_cart": (EventKind.ADD_TO_CART,),
    "purchase": (EventKind.PURCHASE,),
}
"""The events by which a task comes true; ``spend`` is read from the prices of purchases."""

_NOBODY: Final = ""
"""Stands for somebody without an id; no customer is called so."""


@dataclass(frozen=True)
class Outcomes:
    """What customers did in one week, ready to be asked of any candidate.

    Attributes:
        users: The map of the customers: everybody there ever was.
        item_count: How many items the catalogue of the moment holds.
        done: For each task that the shop records, ascending user * item_count + item of where it came true; of
            ``spend`` those pairs whose price is known.
        unsure: Ascending keys of purchases whose price nobody knows.
        average_cents: float64[users], the mean unit price of what each had bought before the moment; 0 for nothing.
    """

    users: IdMap
    item_count: int
    done: dict[str, Keys]
    unsure: Keys
    average_cents: NDArray[np.float64]

    @classmethod
    def of(cls, dataset: Dataset, happened: Happened) -> Self:
        """Count one week.

        Args:
            dataset: What was known when it began.
            happened: What was done in it. Items that were not in the catalogue then are left out.

        Cost:
            A sort of the week's events.
        """
        e = happened.events
        item_ix = happened.items.translate(dataset.items)[e.item_ix]
        known = item_ix != UNKNOWN
        keys = e.user_ix[known].astype(np.int64) * len(dataset.items) + item_ix[known]
        kind, price = e.kind[known], e.price_cents[known]
        done = {
            task: np.unique(keys[np.isin(kind, kinds)])
            for task, kinds in _KINDS.items()
            if np.isin(dataset.events.kind, kinds).any() or np.isin(e.kind, kinds).any()
        }
        average = _averages(dataset, happened.users)
        bought = kind == EventKind.PURCHASE
        paid = _known_prices(dataset, item_ix[known][bought], price[bought])
        above, unsure = _above(keys[bought], e.user_ix[known][bought], paid, average)
        if average.any():
            done["spend"] = above
        return cls(happened.users, len(dataset.items), done, unsure, average)

    def labels(self, user_ids: Sequence[str | None], rows: Sequence[Rows]) -> NDArray[np.float32]:
        """Which of the tasks came true of candidates.

        Args:
            user_ids: Who asked, one a query; None for somebody without an id, of whom nothing can be told.
            rows: The candidates of each query, int32[n] rows of the moment's catalogue.

        Returns:
            float32[n, tasks] for the n candidates of all queries, in the order of
            :data:`~parure.ranking.TASKS`: 1 or 0. NaN in the column of a task that the shop does not record, in
            all columns for somebody unknown, and in that of ``spend`` where the customer has no average yet or the
            price paid is not known.

        Cost:
            One binary search a candidate and task.
        """
        asking = self.users.rows_of(_NOBODY if user_id is None else user_id for user_id in user_ids)
        user_ix = np.repeat(asking, [len(found) for found in rows]).astype(np.int64)
        keys = user_ix * self.item_count + np.concatenate([np.empty(0, np.int32), *rows])
        labels = np.full((len(keys), len(TASKS)), np.nan, dtype=np.float32)
        for task, done in self.done.items():
            labels[:, TASKS.index(task)] = _among(keys, done)
        spend = labels[:, TASKS.index("spend")]
        spend[(self.average_cents[user_ix] <= 0) | _among(keys, self.unsure)] = np.nan
        labels[user_ix == UNKNOWN] = np.nan
        return labels


def _among(keys: Keys, ascending: Keys) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(keys), dtype=bool)
    place = np.minimum(np.searchsorted(ascending, keys), len(ascending) - 1)
    return np.asarray(ascending[place] == keys)


def _averages(dataset: Dataset, users: IdMap) -> NDArray[np.float64]:
    """The mean unit price of what each of ``users`` had bought before the moment, 0 for nothing."""
    theirs = pc.fill_null(dataset.user_table.column("avg_price_cents"), 0).to_numpy().astype(np.float64)
    place = users.translate(dataset.users)
    return np.where(place == UNKNOWN, 0.0, np.append(theirs, 0.0)[place])


def _known_prices(dataset: Dataset, item_ix: Rows, price_cents: NDArray[np.int64]) -> NDArray[np.int64]:
    """What was paid for a unit; the catalogue's price where the event does not tell, 0 where that does not either."""
    listed = pc.fill_null(dataset.item_table.column("price_cents"), 0).to_numpy()
    return np.where(price_cents > 0, price_cents, listed[item_ix]).astype(np.int64)


def _above(
    keys: Keys, user_ix: Rows, price_cents: NDArray[np.int64], average_cents: NDArray[np.float64]
) -> tuple[Keys, Keys]:
    """Distinct keys bought above the customer's own average, and those of which no price is known.

    What was bought twice in the week counts by the higher price.
    """
    pairs, first, place = np.unique(keys, return_index=True, return_inverse=True)
    highest = np.zeros(len(pairs), dtype=np.int64)
    np.maximum.at(highest, place, price_cents)
    return pairs[highest > average_cents[user_ix[first]]], pairs[highest <= 0]
