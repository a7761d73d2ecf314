"""Past moments of customers and what they took next: what the towers learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parure.core import EventKind
from parure.core.clock import DAY_US
from parure.dataset import Dataset
from parure.retrieval.signals import acts_of_dataset
from parure.retrieval.two_tower.config import TwoTowerConfig
from parure.retrieval.two_tower.histories import Bags, Log

Ints = NDArray[np.int64]

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Batch:
    """Some moments, and what came after each.

    Attributes:
        user_ix: int64[moments].
        now_us: int64[moments].
        history: What was known at each moment; all of it earlier than what came after.
        moment: int64[n], which moment each of the following belongs to.
        taken: int64[n], items taken within the horizon, each once a moment.
        worth: float32[n], what each counts.
    """

    user_ix: Ints
    now_us: Ints
    history: Bags
    moment: Ints
    taken: Ints
    worth: NDArray[np.float32]


class Past:
    """All of a dataset's past, cut into moments anew for every epoch.

    A customer's past is cut into windows as long as the horizon, from a start of chance; the moment is where a window
    begins, what to foretell is what the customer took in it.

    Args:
        dataset: What is known.
        config: How it is learned.
        log: The dataset's events, as :func:`log_of` gives them.
    """

    def __init__(self, dataset: Dataset, config: TwoTowerConfig, log: Log) -> None:
        self._config = config
        self._log = log
        self._as_of_us = dataset.as_of_us
        self._horizon_us = config.horizon_days * DAY_US
        acts = log.acts
        liked = np.flatnonzero(acts.weight > 0)
        self._user = acts.row[liked].astype(np.int64)
        self._item = acts.item_ix[liked].astype(np.int64)
        self._time = acts.timestamp_us[liked]
        self._worth = (acts.weight[liked] / log.scale).astype(np.float32)
        self._first_bought = _first_bought(dataset, self._user, self._item)
        self._users = acts.shape[0]

    def __len__(self) -> int:
        return len(self._user)

    def steps(self) -> int:
        """About how many batches an epoch has; at least one."""
        back = np.floor((self._as_of_us - self._time) / self._horizon_us + 0.5).astype(np.int64)
        windows = np.unique(self._user * (int(back.max(initial=0)) + 1) + back) % (int(back.max(initial=0)) + 1)
        drawn = np.exp2(-windows * self._config.horizon_days / self._config.half_life_days).sum()
        return max(1, round(float(drawn) / self._config.batch_size))

    def frequency(self) -> NDArray[np.float64]:
        """How often each item is taken in what an epoch goes through, float64[items]; the sum is 1."""
        age_days = (self._as_of_us - self._time) / DAY_US
        again = self._time > self._first_bought
        worth = np.exp2(-age_days / self._config.half_life_days) * np.where(again, self._config.bought_weight, 1.0)
        total = np.bincount(self._item, worth * self._worth, minlength=self._log.acts.shape[1])
        return np.asarray(total / max(float(total.sum()), 1e-12))

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Moments in an order of chance, ``batch_size`` at a time; older ones are left out more often."""
        start = rng.random(self._users)
        back = (self._as_of_us - self._time) / self._horizon_us + start[self._user]
        window = np.floor(back).astype(np.int64)
        key = self._user * (int(window.max(initial=0)) + 1) + window
        # One row for each (moment, item): the strongest act stands for all.
        order = np.lexsort((-self._worth, self._item, key))
        same = (key[order][1:] == key[order][:-1]) & (self._item[order][1:] == self._item[order][:-1])
        order = order[np.concatenate([[True], ~same])]
        begins = np.flatnonzero(np.concatenate([[True], key[order][1:] != key[order][:-1]]))
        ends = np.append(begins[1:], len(order))
        age_days = window[order][begins] * self._config.horizon_days
        drawn = np.flatnonzero(rng.random(len(begins)) < np.exp2(-age_days / self._config.half_life_days))
        drawn = rng.permutation(drawn)
        for first in range(0, len(drawn), self._config.batch_size):
            chosen = drawn[first : first + self._config.batch_size]
            lengths = ends[chosen] - begins[chosen]
            moment = np.repeat(np.arange(len(chosen)), lengths)
            place = np.arange(len(moment)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            event = order[np.repeat(begins[chosen], lengths) + place]
            head = order[begins[chosen]]
            user = self._user[head]
            now = self._as_of_us - ((window[head] + 1 - start[user]) * self._horizon_us).astype(np.int64) - 1
            yield self._batch(user, now, moment, event)

    def _batch(self, user: Ints, now: Ints, moment: Ints, event: Ints) -> Batch:
        config = self._config
        bags = self._log.bags(user, now, length=config.history_length, half_lives=config.half_lives_days)
        again = self._first_bought[event] <= now[moment]
        worth = self._worth[event] * np.where(again, np.float32(config.bought_weight), np.float32(1))
        return Batch(user, now, bags, moment, self._item[event], worth.astype(np.float32))


def log_of(dataset: Dataset) -> Log:
    """The events of a dataset; the strongest kind of event that there is counts as 1."""
    acts = acts_of_dataset(dataset, purchases_only=False)
    return Log(acts, max(float(acts.weight.max(initial=0)), 1e-9))


def _first_bought(dataset: Dataset, user: Ints, item: Ints) -> Ints:
    """int64[n]: when each user first bought the item beside it; a moment without end where never."""
    events = dataset.events
    bought = events.kind == EventKind.PURCHASE
    width = max(len(dataset.items), 1)
    # Events stand in the order of time within a user, so the first of a pair is the earliest.
    pairs, first = np.unique(
        events.user_ix[bought].astype(np.int64) * width + events.item_ix[bought], return_index=True
    )
    if not len(pairs):
        return np.full(len(user), _NEVER)
    wanted = user * width + item
    at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    return np.where(pairs[at] == wanted, events.timestamp_us[bought][first[at]], _NEVER)
