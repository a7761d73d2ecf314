"""Past sessions most like the current one vote for what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.clock import MINUTE_US
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import Rows, Scores
from parure.retrieval.session.sessions import Steps, StepWeights, gap_us, sessions_of
from parure.retrieval.session.voted import VotedFoldedIn
from parure.retrieval.session.voting import answer, packed
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
        steps = _distinct(steps, config.weights.table(), len(dataset.items), config.max_length)
        begins = steps.offsets()
        last = np.zeros(len(steps), dtype=bool)
        last[begins[1:] - 1] = True
        self._steps = packed(steps.item_ix, _places(steps), steps.kind, last)
        counts = np.bincount(steps.item_ix, minlength=len(dataset.items))
        rarity = np.log(max(steps.sessions, 1) / np.maximum(counts, 1))
        self._rarity = (1 + config.rarity * rarity).astype(np.float32)
        self._starts, self._lists = _newest(steps, begins, counts, config.sample)
        self._prepare()
        return self

    def _prepare(self) -> None:
        config = self.config
        ages = np.arange(1, _FURTHEST + 2)
        self._tables = (
            config.weights.table(),
            _powers(ages, config.decay),
            _powers(ages, config.vote_decay),
            self._rarity,
            # The item shared and its neighbours are one moment apart at least; in one basket there is no order.
            _powers(np.maximum(ages - 1, 1), config.distance_decay),
        )
        self._limits = (gap_us(config.gap_minutes), config.last_items, config.sample, config.neighbours)

    def fold_in(self, queries: Sequence[Query]) -> VotedFoldedIn:
        """See :meth:`Source.fold_in`; a query without a step in its history has no scores."""
        items = self.items
        return VotedFoldedIn(self.name, items, [self._scores(query) for query in queries])

    def _scores(self, query: Query) -> tuple[Rows, Scores]:
        history = query.history
        rows, scores, last_us = answer(
            history.rows_in(self.items),
            history.timestamp_us,
            history.kind,
            self._starts,
            self._lists,
            self._steps,
            self._tables,
            self._limits,
        )
        freshness = self._freshness(query.now_us - last_us)
        return rows, scores if freshness == 1 else scores * freshness

    def _freshness(self, since_us: int) -> np.float32:
        """What scores are multiplied by, so long after the last step."""
        config = self.config
        over_us = since_us - gap_us(config.gap_minutes)
        if config.stale_hours is None or over_us <= 0:
            return np.float32(1)
        return np.float32(1 / (1 + over_us / (config.stale_hours * _HOUR_US)))

    def _arrays(self) -> dict[str, Array]:
        return {"steps": self._steps, "rarity": self._rarity, "starts": self._starts, "lists": self._lists}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._steps, self._rarity = arrays["steps"], arrays["rarity"]
        self._starts, self._lists = arrays["starts"], arrays["lists"]
        self._prepare()


def _powers(ages: NDArray[np.int64], power: float) -> Scores:
    """1 / age to a power, float32."""
    return (ages**-power).astype(np.float32)


def _distinct(steps: Steps, weights: Scores, items: int, longest: int) -> Steps:
    """Each item of a session once: where it was touched last, with its weightiest kind.

    Sessions of fewer than two items are left out, and of long ones the last items are kept.
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
    return Steps(
        session=number[steps.session[kept]],
        item_ix=steps.item_ix[kept],
        timestamp_us=steps.timestamp_us[kept],
        kind=kinds[kept],
        sessions=int((lengths >= 2).sum()),
    )


def _places(steps: Steps) -> NDArray[np.uint8]:
    """The number of each step's moment within its session, uint8[n]; steps of one moment share it."""
    new_session = np.ones(len(steps), dtype=bool)
    new_session[1:] = steps.session[1:] != steps.session[:-1]
    moment = np.cumsum(new_session | np.append(True, np.diff(steps.timestamp_us) != 0)[: len(steps)])
    first = moment[new_session][np.cumsum(new_session) - 1]
    return np.asarray(np.minimum(moment - first, _FURTHEST), dtype=np.uint8)


def _newest(
    steps: Steps, begins: NDArray[np.int64], counts: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], Rows]:
    """For each item the newest sessions with it, newest first: where its list begins, int64[items + 1], and the lists.

    A session stands there by where it begins among all steps.
    """
    order = np.argsort(steps.item_ix[::-1], kind="stable")
    sessions = begins[steps.session[::-1][order]].astype(np.int32)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.concatenate([[0], np.cumsum(np.minimum(counts, most))]).astype(np.int64)
    return starts, sessions[place < most]
