"""Past sessions most like the current one vote for what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import PairsFoldedIn, Rows, Scores
from parure.retrieval.session.sessions import MINUTE_US, Steps, StepWeights, gap_us, sessions_of
from parure.retrieval.session.voting import current, nearest, votes
from parure.retrieval.source import Source

_FURTHEST: Final = 255
"""Moments of a session are numbered up to this; later ones share the number."""
_HOUR_US: Final = 60 * MINUTE_US


class SessionKnnConfig(Config):
    """Parameters of :class:`SessionKnn`."""

    weights: StepWeights = StepWeights()
    """What a step counts by its kind, in the current session and in past ones."""
    gap_minutes: float | None = Field(default=30.0, gt=0, le=5_256_000)
    """A longer pause ends a session; None: all that a customer ever did is one."""
    stale_hours: float | None = Field(default=24.0, gt=0, le=876_000)
    """Scores are halved when the customer's last session has been over for this long, a third after twice as long;
    None: they are not."""
    sample: int = Field(default=500, ge=1, le=1_000_000)
    """So many past sessions are compared with the current one: the newest that share an item with it."""
    neighbours: int = Field(default=100, ge=1, le=100_000)
    """So many of them vote: the most alike."""
    last_items: int = Field(default=10, ge=1, le=1000)
    """So many items of the current session are looked at: the last ones."""
    max_length: int = Field(default=50, ge=2, le=10_000)
    """So many items of a past session are kept: the last ones."""
    decay: float = Field(default=0.5, ge=0, le=10)
    """How fast older items of the current session lose weight in finding neighbours: 1 / age to this power, where the
    last moment has age 1."""
    vote_decay: float = Field(default=0.5, ge=0, le=10)
    """Likewise, how much less a neighbour's votes count the older the newest item is that it shares."""
    distance_decay: float = Field(default=0.75, ge=0, le=10)
    """Likewise, how much less a vote counts the more moments lie, in the neighbour, between the item and the one
    shared."""
    rarity: float = Field(default=0.5, ge=0, le=10)
    """How much rare items are preferred: a vote counts 1 + this times the log of sessions over those with the item."""


class SessionKnn(Source[SessionKnnConfig]):
    """An item's score is the sum of what the nearest past sessions that hold it count: VMIS-kNN.

    After Kersbergen, Sprangers and Schelter, "Serenade" (SIGMOD 2022): the index holds for each item the newest
    sessions with it, and a request merges the lists of the current session's items, weighted by how long ago they were
    touched. Votes are weighted as in VS-kNN (Ludewig and Jannach 2018), and by distance within the neighbour as in STAN
    (Garg et al. 2019).

    Cost:
        Fit: a few sorts of all steps. A query: ``sample`` times ``last_items``, plus the items of ``neighbours``
        sessions; neither grows with the catalogue or the number of sessions.
    """

    kind: ClassVar[str] = "session_knn"
    config_type: ClassVar[type[Config]] = SessionKnnConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """List the newest sessions of each item; nothing is random."""
        del rng
        config = self.config
        self._items = dataset.items
        self._purchases_only = False
        steps = sessions_of(dataset, config.weights, gap_us(config.gap_minutes))
        steps, places = _distinct(steps, config.weights.table(), len(dataset.items), config.max_length)
        self._offsets = steps.offsets()
        self._steps, self._places, self._kinds = steps.item_ix, places, steps.kind
        counts = np.bincount(steps.item_ix, minlength=len(dataset.items))
        rarity = np.log(max(steps.sessions, 1) / np.maximum(counts, 1))
        self._rarity = (1 + config.rarity * rarity).astype(np.float32)
        self._starts, self._lists = _newest(steps, counts, config.sample)
        self._prepare()
        return self

    def _prepare(self) -> None:
        config = self.config
        self._weights = config.weights.table()
        ages = np.arange(1, _FURTHEST + 2)
        self._decay, self._vote_decay = (_powers(ages, power) for power in (config.decay, config.vote_decay))
        # The item shared and its neighbours are one moment apart at least; in one basket there is no order.
        self._by_distance = _powers(np.maximum(ages - 1, 1), config.distance_decay)

    def fold_in(self, queries: Sequence[Query]) -> PairsFoldedIn:
        """See :meth:`Source.fold_in`; a query without a step in its history has no scores."""
        items = self.items
        return PairsFoldedIn(self.name, items, [self._scores(query) for query in queries])

    def _scores(self, query: Query) -> tuple[Rows, Scores]:
        config, history = self.config, query.history
        rows = history.rows_in(self.items)
        pause_us = gap_us(config.gap_minutes)
        items, places, worth, last_us = current(
            rows, history.timestamp_us, history.kind, self._weights, pause_us, config.last_items
        )
        ages = np.minimum(places, _FURTHEST)
        sessions, near, shared = nearest(
            items,
            worth * self._decay[ages],
            self._starts,
            self._lists,
            config.sample,
            config.neighbours,
        )
        near *= self._vote_decay[ages][shared] * self._freshness(query.now_us - last_us)
        return votes(
            sessions,
            near,
            items[shared],
            self._offsets,
            self._steps,
            self._places,
            self._kinds,
            self._weights,
            self._rarity,
            self._by_distance,
        )

    def _freshness(self, since_us: int) -> np.float32:
        """What scores are multiplied by, so long after the last step."""
        config = self.config
        over_us = since_us - gap_us(config.gap_minutes)
        if config.stale_hours is None or over_us <= 0:
            return np.float32(1)
        return np.float32(1 / (1 + over_us / (config.stale_hours * _HOUR_US)))

    def _arrays(self) -> dict[str, Array]:
        return {
            "offsets": self._offsets,
            "steps": self._steps,
            "places": self._places,
            "kinds": self._kinds,
            "rarity": self._rarity,
            "starts": self._starts,
            "lists": self._lists,
        }

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._offsets, self._steps, self._places = arrays["offsets"], arrays["steps"], arrays["places"]
        self._kinds, self._rarity = arrays["kinds"], arrays["rarity"]
        self._starts, self._lists = arrays["starts"], arrays["lists"]
        self._prepare()


def _powers(ages: NDArray[np.int64], power: float) -> Scores:
    """1 / age to a power, float32."""
    return (ages**-power).astype(np.float32)


def _distinct(steps: Steps, weights: Scores, items: int, longest: int) -> tuple[Steps, NDArray[np.uint8]]:
    """Each item of a session once: where it was touched last, with its weightiest kind.

    Sessions of fewer than two items are left out, and of long ones the last items are kept.

    Returns:
        The steps, and the number of each one's moment within its session, uint8.
    """
    cell = steps.session * items + steps.item_ix
    by_time = np.argsort(cell, kind="stable")
    last = np.append(cell[by_time][1:] != cell[by_time][:-1], True)[: len(cell)]
    kinds = steps.kind.copy()
    # Two sorts that agree on where cells end: one has the last step there, the other the weightiest.
    kinds[by_time[last]] = steps.kind[np.lexsort((weights[steps.kind], cell))[last]]
    kept = np.sort(by_time[last])
    session = steps.session[kept]
    lengths = np.bincount(session, minlength=steps.sessions)
    from_end = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(kept))
    long_enough = (lengths >= 2)[session] & (from_end <= longest)
    kept = kept[long_enough]
    number = np.cumsum(lengths >= 2) - 1
    made = Steps(
        session=number[steps.session[kept]],
        item_ix=steps.item_ix[kept],
        timestamp_us=steps.timestamp_us[kept],
        kind=kinds[kept],
        sessions=int((lengths >= 2).sum()),
    )
    return made, _places(made)


def _places(steps: Steps) -> NDArray[np.uint8]:
    """The number of each step's moment within its session; steps of one moment share it."""
    new_session = np.ones(len(steps), dtype=bool)
    new_session[1:] = steps.session[1:] != steps.session[:-1]
    moment = np.cumsum(new_session | np.append(True, np.diff(steps.timestamp_us) != 0)[: len(steps)])
    first = moment[new_session][np.cumsum(new_session) - 1]
    return np.asarray(np.minimum(moment - first, _FURTHEST), dtype=np.uint8)


def _newest(steps: Steps, counts: NDArray[np.int64], most: int) -> tuple[NDArray[np.int64], Rows]:
    """Where the list of each item begins, int64[items + 1], and the lists: its newest sessions, newest first."""
    order = np.argsort(steps.item_ix[::-1], kind="stable")
    sessions = steps.session[::-1][order].astype(np.int32)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.concatenate([[0], np.cumsum(np.minimum(counts, most))]).astype(np.int64)
    return starts, sessions[place < most]
