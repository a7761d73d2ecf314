"""What costs what the customer is used to pay."""

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
from parure.retrieval.folded import BlockFoldedIn, Scores
from parure.retrieval.signals import Acts, Signal
from parure.retrieval.source import Source

_LEAST_SPREAD: Final = 0.05
"""Prices five percent apart are never told apart more sharply."""


class PriceAffinityConfig(Config):
    """Parameters of :class:`PriceAffinity`."""

    half_life_days: float | None = Field(default=180.0, gt=0, le=36_500)
    """After this many days a purchase counts half; no decay where None."""
    strength: float = Field(default=3.0, gt=0, le=1e6)
    """How many (decayed) purchases the whole shop's prices count for beside the customer's own."""


class PriceAffinity(Source[PriceAffinityConfig]):
    """The density of an item's price among those that the customer pays: a normal curve over log prices.

    Mean and spread of the customer's log prices are shrunk towards those of all purchases, so that somebody without a
    history gets what most people pay. Prices are those of the catalogue; items without one have no score.
    """

    kind: ClassVar[str] = "price_affinity"
    config_type: ClassVar[type[Config]] = PriceAffinityConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Take mean and spread of what is paid; nothing is random."""
        del rng
        self._items = dataset.items
        prices = dataset.item_table.column("price_cents").fill_null(0).to_numpy().astype(np.float64)
        self._log_price = np.log(np.where(prices > 0, prices, np.nan)).astype(np.float32)
        acts = self._acts_of_dataset(dataset)
        whole = self._sums(acts, 1, np.zeros(len(acts), dtype=np.int64))
        if not whole[0, 0] and not np.isnan(self._log_price).all():
            # Nothing of a known price was bought: what is on offer stands for what is paid.
            offered = self._log_price[~np.isnan(self._log_price)].astype(np.float64)
            whole = np.array([[len(offered), offered.sum(), (offered**2).sum()]])
        count = max(float(whole[0, 0]), 1e-12)
        mean = float(whole[0, 1]) / count
        self._whole = np.array([mean, max(float(whole[0, 2]) / count - mean**2, _LEAST_SPREAD**2)])
        return self

    def _sums(self, acts: Acts, rows: int, row: NDArray[np.integer]) -> NDArray[np.float64]:
        """Weight, weighted log prices and their squares of each row, float64[rows, 3]."""
        worth = Signal(half_life_days=self.config.half_life_days).worth(acts)
        x = self._log_price[acts.item_ix].astype(np.float64)
        # What is sent back or dismissed says nothing about prices.
        worth = np.where(np.isnan(x), 0, np.maximum(worth, 0))
        x = np.nan_to_num(x)
        return np.column_stack([np.bincount(row, worth * x**power, rows) for power in (0, 1, 2)])

    def tastes(self, queries: Sequence[Query]) -> NDArray[np.float64]:
        """Mean and spread (standard deviation) of each query's log prices in cents, float64[queries, 2]."""
        acts = self._acts_of_queries(queries)
        weight, first, second = self._sums(acts, len(queries), acts.row).T
        mean_of_all, variance_of_all = self._whole
        strength = self.config.strength
        mean = (first + strength * mean_of_all) / (weight + strength)
        around = np.maximum(second - 2 * mean * first + weight * mean**2, 0)
        variance = (around + strength * variance_of_all) / (weight + strength)
        return np.column_stack([mean, np.maximum(np.sqrt(variance), _LEAST_SPREAD)])

    def fold_in(self, queries: Sequence[Query]) -> BlockFoldedIn:
        """See :meth:`Source.fold_in`."""
        items, tastes = self.items, self.tastes(queries).astype(np.float32)

        def block(start: int, stop: int) -> Scores:
            mean, spread = tastes[start:stop, :1], tastes[start:stop, 1:]
            away = (self._log_price[None, :] - mean) / spread
            return np.asarray(np.exp(-0.5 * away**2) / (spread * np.float32(np.sqrt(2 * np.pi))))

        return BlockFoldedIn(self.name, items, len(queries), block)

    def _arrays(self) -> dict[str, Array]:
        return {"log_price": self._log_price, "whole": self._whole}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._log_price, self._whole = arrays["log_price"], arrays["whole"]
