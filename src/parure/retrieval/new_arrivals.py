"""What came in lately, for everybody or by the customer's taste in categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import pyarrow.compute as pc
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import BlockFoldedIn, Scores
from parure.retrieval.groups import GroupCounts
from parure.retrieval.signals import Signal
from parure.retrieval.source import Source

_UNDATED = np.iinfo(np.int64).min


class NewArrivalsConfig(Config):
    """Parameters of :class:`NewArrivals`."""

    half_life_days: float = Field(default=14.0, gt=0, le=3650)
    """After this many days an item is half as new."""
    max_age_days: float = Field(default=90.0, gt=0, le=36_500)
    """Older items are not new."""
    affinity: float = Field(default=1.0, ge=0, le=100)
    """How much the share of the item's category in the customer's purchases counts; 0 for the same list for all."""
    affinity_half_life_days: float = Field(default=90.0, gt=0, le=36_500)
    """Decay of the purchases that make up that share."""
    popularity: float = Field(default=0.5, ge=0, le=100)
    """How much the item's popularity counts, against the most popular item that is new."""
    columns: tuple[str, ...] = ()
    """Popularity among customers alike: columns of the user table; among all where empty."""
    strength: float = Field(default=100.0, gt=0, le=1e9)
    """For ``columns``: how many purchases of the whole are mixed in."""
    min_users: int = Field(default=20, ge=1, le=1_000_000)
    """For ``columns``: customers of smaller groups are served with the whole."""


class NewArrivals(Source[NewArrivalsConfig]):
    """Newness, halving with age, times one plus category affinity plus popularity.

    An item is new by the shop's created date, or by its first event where there is none.
    """

    kind: ClassVar[str] = "new_arrivals"
    config_type: ClassVar[type[Config]] = NewArrivalsConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Read dates, categories and popularity; nothing is random."""
        del rng
        self._items = dataset.items
        table = dataset.item_table
        born = pc.coalesce(table.column("created_us"), table.column("first_seen_us")).fill_null(_UNDATED)
        self._born_us = born.to_numpy().astype(np.int64)
        category = table.column("category").combine_chunks().dictionary_encode().indices
        self._category = category.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int32)
        config = self.config
        self._groups = GroupCounts.of(
            dataset, self._acts_of_dataset(dataset), config.columns, config.affinity_half_life_days, config.min_users
        )
        return self

    def fold_in(self, queries: Sequence[Query]) -> BlockFoldedIn:
        """See :meth:`Source.fold_in`."""
        return BlockFoldedIn(self.name, self.items, len(queries), lambda start, stop: self._scores(queries[start:stop]))

    def _scores(self, queries: Sequence[Query]) -> Scores:
        config = self.config
        newness = np.stack([self._newness(query.now_us) for query in queries])
        boost = np.ones_like(newness)
        if config.affinity:
            boost += config.affinity * self._affinity(queries)
        if config.popularity:
            for row, query in enumerate(queries):
                boost[row] += config.popularity * self._popularity(query, newness[row])
        return (newness * boost).astype(np.float32)

    def _newness(self, now_us: int) -> Scores:
        """2 to the power of minus age over half-life; NaN for items that are too old, undated or not here yet."""
        dated = self._born_us != _UNDATED
        age_days = np.where(dated, now_us - np.where(dated, self._born_us, 0), -1) / DAY_US
        is_new = (age_days >= 0) & (age_days <= self.config.max_age_days)
        return np.where(is_new, np.exp2(-age_days / self.config.half_life_days), np.nan).astype(np.float32)

    def _affinity(self, queries: Sequence[Query]) -> Scores:
        """The share of each item's category in each customer's decayed purchases; 0 where there are none."""
        acts = self._acts_of_queries(queries)
        # One column more than there are categories: items without one land there and are left at 0.
        shares = np.zeros((len(queries), int(self._category.max(initial=UNKNOWN)) + 2), dtype=np.float32)
        weight = Signal(half_life_days=self.config.affinity_half_life_days).worth(acts)
        np.add.at(shares, (acts.row, self._category[acts.item_ix]), weight.astype(np.float32))
        shares[:, -1] = 0
        np.maximum(shares, 0, out=shares)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
        return np.asarray(shares[:, self._category], dtype=np.float32)

    def _popularity(self, query: Query, newness: Scores) -> Scores:
        shares = self._groups.shares(self._groups.find(self.config.columns, query.attributes), self.config.strength)
        shares = np.where(np.isnan(newness), 0, np.nan_to_num(shares))
        return np.asarray(shares / max(float(shares.max(initial=0)), 1e-12), dtype=np.float32)

    def _arrays(self) -> dict[str, Array]:
        return {"born_us": self._born_us, "category": self._category, **self._groups.arrays()}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._born_us, self._category = arrays["born_us"], arrays["category"]
        self._groups = GroupCounts.restore(arrays)
