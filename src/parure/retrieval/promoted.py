"""What is promoted these days, by how much more promoted products sell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import brentq

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import Scores, SharedFoldedIn
from parure.retrieval.signals import Acts
from parure.retrieval.source import Source

_LARGEST_LIFT = 100.0


class PromotedConfig(Config):
    """Parameters of :class:`Promoted`."""

    promotion_types: tuple[str, ...] = ()
    """Look at these kinds of promotion only (mailer, display ...); all where empty."""
    horizon_days: float = Field(default=7.0, gt=0, le=365)
    """How many days ahead of the query the plan matters."""
    strength: float = Field(default=20.0, gt=0, le=1e6)
    """Purchases of an imaginary product that promotions leave cold, added to those counted: a kind of promotion with
    few purchases has little lift."""


class Promoted(Source[PromotedConfig]):
    """How many times as much as usual a product is expected to sell in the coming days, by the shop's promotion plan.

    The lift of each kind of promotion is learned: products sell at a rate of their own, and at ``lift`` times that rate
    while promoted; the lift is the one under which as many purchases fall into promoted days as were counted
    (conditional maximum likelihood of a Poisson rate). A product's score is ``1 + (lift - 1) x share``, for the
    strongest of its promotions, where ``share`` is how much of the horizon, and of the stores, it covers. A product
    without a promotion scores 1; one that nobody bought and nothing promotes has no score.
    """

    kind: ClassVar[str] = "promoted"
    config_type: ClassVar[type[Config]] = PromotedConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn the lifts; nothing is random."""
        del rng
        self._items = dataset.items
        acts = self._acts_of_dataset(dataset)
        plan = dataset.promotions
        kinds = plan.column("promotion_type").combine_chunks().dictionary_encode()
        names = kinds.dictionary.to_pylist()
        kind_of_row = kinds.indices.to_numpy()
        wanted = self.config.promotion_types or tuple(sorted(names))
        columns = _columns(plan)
        self.lifts: dict[str, float] = {}
        gain = np.zeros(len(columns.share), dtype=np.float32)
        for name in (name for name in wanted if name in names):
            rows = np.flatnonzero(kind_of_row == names.index(name))
            lift = _lift(columns.take(rows), acts, dataset.as_of_us, self.config.strength)
            self.lifts[name] = lift
            gain[rows] = (lift - 1) * columns.share[rows]
        self._keep_ahead(columns, gain, dataset.as_of_us)
        self._usual: Scores = np.where(np.bincount(acts.item_ix, minlength=len(dataset.items)) > 0, 1, np.nan).astype(
            np.float32
        )
        return self

    def _keep_ahead(self, plan: _Plan, gain: Scores, as_of_us: int) -> None:
        """Keep what can still matter to a query, in an order of its own."""
        ahead = np.flatnonzero((plan.end_us > as_of_us) & (gain > 0))
        ahead = ahead[np.lexsort((plan.end_us[ahead], plan.start_us[ahead], gain[ahead], plan.item_ix[ahead]))]
        self._rows, self._gain = plan.item_ix[ahead], gain[ahead]
        self._start_us, self._end_us = plan.start_us[ahead], plan.end_us[ahead]

    def fold_in(self, queries: Sequence[Query]) -> SharedFoldedIn:
        """See :meth:`Source.fold_in`; the answer hangs on the moment of the query alone."""
        moments, place = np.unique(np.array([query.now_us for query in queries], np.int64), return_inverse=True)
        rankings = np.empty((len(moments), len(self.items)), dtype=np.float32)
        for ranking, now_us in zip(rankings, moments, strict=True):
            ranking[:] = self._ranking(int(now_us))
        return SharedFoldedIn(self.name, self.items, rankings, place.astype(np.int64))

    def _ranking(self, now_us: int) -> Scores:
        horizon_us = self.config.horizon_days * DAY_US
        covered = np.minimum(self._end_us, now_us + horizon_us) - np.maximum(self._start_us, now_us)
        gain = self._gain * np.clip(covered / horizon_us, 0, 1).astype(np.float32)
        most = np.zeros(len(self.items), dtype=np.float32)
        np.maximum.at(most, self._rows, gain)
        return np.where(most > 0, 1 + most, self._usual).astype(np.float32)

    def _arrays(self) -> dict[str, Array]:
        return {
            "rows": self._rows,
            "gain": self._gain,
            "start_us": self._start_us,
            "end_us": self._end_us,
            "usual": self._usual,
            "lift_names": np.array(list(self.lifts), dtype=np.str_),
            "lifts": np.array(list(self.lifts.values()), dtype=np.float64),
        }

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._rows, self._gain, self._usual = arrays["rows"], arrays["gain"], arrays["usual"]
        self._start_us, self._end_us = arrays["start_us"], arrays["end_us"]
        self.lifts = dict(zip(arrays["lift_names"].tolist(), arrays["lifts"].tolist(), strict=True))


class _Plan:
    """Promotions in columns of equal length."""

    def __init__(
        self, item_ix: NDArray[np.int32], start_us: NDArray[np.int64], end_us: NDArray[np.int64], share: Scores
    ) -> None:
        self.item_ix, self.start_us, self.end_us, self.share = item_ix, start_us, end_us, share

    def take(self, rows: NDArray[np.intp]) -> _Plan:
        """Some of the rows."""
        return _Plan(self.item_ix[rows], self.start_us[rows], self.end_us[rows], self.share[rows])


def _columns(plan: pa.Table) -> _Plan:
    return _Plan(*(plan.column(name).to_numpy() for name in ("item_ix", "start_us", "end_us", "share")))


def _lift(plan: _Plan, acts: Acts, as_of_us: int, strength: float) -> float:
    """How many times as much products sell while promoted; 1 where promotions did nothing or never ran."""
    if not len(acts.item_ix):
        return 1.0
    n_items = acts.shape[1]
    start_us = int(acts.timestamp_us.min())
    span_us = as_of_us - start_us
    first, last = np.clip(plan.start_us - start_us, 0, span_us), np.clip(plan.end_us - start_us, 0, span_us)
    # Purchases as (item, moment) on one sorted line: those within a promotion lie between two positions.
    bought = np.sort(acts.item_ix.astype(np.int64) * (span_us + 1) + (acts.timestamp_us - start_us))
    item = plan.item_ix.astype(np.int64) * (span_us + 1)
    within = np.searchsorted(bought, item + last) - np.searchsorted(bought, item + first)
    promoted = float((plan.share * within).sum())
    share_of_time = np.minimum(np.bincount(plan.item_ix, plan.share * (last - first) / span_us, n_items), 1.0)
    purchases = np.bincount(acts.item_ix, minlength=n_items).astype(np.float64)
    there = (share_of_time > 0) & (purchases > 0)
    time, count = share_of_time[there], purchases[there]

    def missing(lift: float) -> float:
        expected = (count * lift * time / (lift * time + 1 - time)).sum() + strength * lift / (lift + 1)
        return float(expected - promoted - strength / 2)

    if missing(1.0) >= 0:
        return 1.0
    return _LARGEST_LIFT if missing(_LARGEST_LIFT) <= 0 else float(brentq(missing, 1.0, _LARGEST_LIFT, xtol=1e-6))
