"""What sells: the same for everybody, over all time, lately, or in the category or price range being looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import FoldedIn, Scores, SharedFoldedIn
from parure.retrieval.ranked import RankedFoldedIn, Ranking
from parure.retrieval.signals import Acts, Signal
from parure.retrieval.source import Source


class PopularConfig(Config):
    """Parameters of :class:`Popular`."""

    purchases_weight: float = Field(default=0.4, ge=0, le=1)
    """Weight of how often an item was bought."""
    buyers_weight: float = Field(default=0.4, ge=0, le=1)
    """Weight of how many different customers bought it."""
    quantity_weight: float = Field(default=0.2, ge=0, le=1)
    """Weight of how many units were bought."""
    half_life_days: float | None = Field(default=14.0, gt=0, le=36_500)
    """After this many days a purchase counts half; no decay where None."""
    window_days: float | None = Field(default=None, gt=0, le=36_500)
    """Count the last days only; all time where None."""
    within: Literal["all", "category", "price"] = "all"
    """Where the query has items: rank everything, their categories, or their price range only."""
    price_range: float = Field(default=1.5, ge=1, le=100)
    """For ``within = "price"``: from the cheapest item's price divided by this to the dearest one's times this."""
    categories: tuple[str, ...] = ()
    """Rank these categories only; all where empty."""
    min_price_cents: int = Field(default=0, ge=0)
    """Rank items from this price on."""
    max_price_cents: int | None = Field(default=None, ge=0)
    """Rank items up to this price."""


class Popular(Source[PopularConfig]):
    """Weighted sum of purchases, distinct buyers and units, each divided by its maximum over the catalogue.

    Where the data has no purchases, all events take their place, by the weight of their kind.
    An item that was never bought in the window has no score.
    """

    kind: ClassVar[str] = "popular"
    config_type: ClassVar[type[Config]] = PopularConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Count; nothing is random."""
        del rng
        config = self.config
        self._items = dataset.items
        acts = self._acts_of_dataset(dataset)
        weight = Signal(half_life_days=config.half_life_days).worth(acts)
        if config.window_days is not None:
            recent = acts.age_days <= config.window_days
            acts, weight = acts.take(recent), weight[recent]
        self._prices = dataset.item_table.column("price_cents").fill_null(0).to_numpy().astype(np.int64)
        category = dataset.item_table.column("category").combine_chunks().dictionary_encode()
        self._categories = category.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int32)
        scores = popularity(acts, weight, (config.purchases_weight, config.buyers_weight, config.quantity_weight))
        wanted = self._wanted_categories(category.dictionary.to_pylist())
        self._scores: Scores = np.where(wanted & self._in_prices(), scores, np.nan).astype(np.float32)
        self._ranked = None
        return self

    def _wanted_categories(self, names: Sequence[str]) -> NDArray[np.bool_]:
        if not self.config.categories:
            return np.ones(len(self._categories), dtype=bool)
        return np.isin(self._categories, [i for i, name in enumerate(names) if name in self.config.categories])

    def _in_prices(self) -> NDArray[np.bool_]:
        high = self.config.max_price_cents
        kept = self._prices >= self.config.min_price_cents
        if high is not None:
            kept &= self._prices <= high
        return np.asarray(kept)

    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """See :meth:`Source.fold_in`; histories play no part, the items of a query only where ``within`` says so."""
        items = self.items
        keys = [self._key(query) for query in queries]
        if len(keys) == 1 and not keys[0]:
            if self._ranked is None:
                self._ranked = Ranking.of(self._scores)
            return RankedFoldedIn(self.name, items, self._ranked)
        distinct = list(dict.fromkeys(keys))
        rankings = np.stack([self._ranking(key) for key in distinct]) if distinct else np.empty((0, len(items)))
        place = {key: position for position, key in enumerate(distinct)}
        return SharedFoldedIn(
            self.name, items, rankings.astype(np.float32), np.array([place[key] for key in keys], dtype=np.int64)
        )

    def _key(self, query: Query) -> tuple[int, ...]:
        """What the ranking of a query depends on: categories, or a lowest and a highest price; empty for everything."""
        if self.config.within == "all" or not query.items:
            return ()
        rows = self.items.rows_of(query.items)
        rows = rows[rows != UNKNOWN]
        if self.config.within == "category":
            return tuple(np.unique(self._categories[rows]).tolist())
        prices = self._prices[rows]
        prices = prices[prices > 0]
        if self.config.within == "price" and len(prices):
            width = self.config.price_range
            return (int(np.ceil(prices.min() / width)), int(prices.max() * width))
        return ()

    _ranked: Ranking | None = None

    def _ranking(self, key: tuple[int, ...]) -> Scores:
        if not key:
            return self._scores
        if self.config.within == "category":
            kept = np.isin(self._categories, key)
        else:
            kept = (self._prices >= key[0]) & (self._prices <= key[1])
        return np.where(kept, self._scores, np.float32(np.nan))

    def _arrays(self) -> dict[str, Array]:
        return {"scores": self._scores, "prices": self._prices, "categories": self._categories}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._scores, self._prices, self._categories = arrays["scores"], arrays["prices"], arrays["categories"]
        self._ranked = None


def popularity(acts: Acts, weight: NDArray[np.float64], parts: tuple[float, float, float]) -> Scores:
    """Weighted purchases, distinct buyers and units of each item, each scaled to a maximum of 1.

    Args:
        acts: Purchases, or all events.
        weight: float64[n], how much each still counts.
        parts: Weights of purchases, buyers and units. A buyer counts as much as the sum of their purchases, at most 1.

    Returns:
        float32[items], NaN for items without purchases.
    """
    n_items = acts.shape[1]
    pairs = acts.sums(weight)
    columns = (
        np.bincount(acts.item_ix, weight, minlength=n_items),
        np.bincount(pairs.indices, np.minimum(pairs.data, 1.0), minlength=n_items),
        np.bincount(acts.item_ix, weight * acts.quantity, minlength=n_items),
    )
    total = np.zeros(n_items)
    for share, column in zip(parts, columns, strict=True):
        total += share * column / max(float(column.max(initial=0.0)), 1e-12)
    return np.where(columns[0] > 0, total, np.nan).astype(np.float32)
