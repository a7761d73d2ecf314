"""What sells in the categories that the customer buys from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.errors import ColumnError, did_you_mean
from parure.dataset import Dataset
from parure.retrieval.folded import BlockFoldedIn, Scores
from parure.retrieval.signals import Signal
from parure.retrieval.source import Source


class CategoryConfig(Config):
    """Parameters of :class:`Category`."""

    column: str = "category"
    """Column of the item table that says what is of one kind; items without a value are a kind of their own."""
    half_life_days: float | None = Field(default=60.0, gt=0, le=36_500)
    """After this many days a purchase says half as much about the customer; no decay where None."""
    popularity_half_life_days: float | None = Field(default=14.0, gt=0, le=36_500)
    """After this many days a purchase counts half in what sells; no decay where None."""
    strength: float = Field(default=10.0, gt=0, le=1e6)
    """How many (decayed) purchases the whole shop's taste counts for beside the customer's own."""
    popularity: float = Field(default=1.0, ge=0, le=1)
    """The power of the item's share of its category: 1 for what sells there, 0 for the customer's preference for the
    category alone, which items that nobody has bought have as well."""


class Category(Source[CategoryConfig]):
    """The share of a category in the customer's purchases, times the share of the item in its category's (to a power).

    The customer's shares have those of the whole mixed in, so that somebody without a history gets what sells.
    """

    kind: ClassVar[str] = "category"
    config_type: ClassVar[type[Config]] = CategoryConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Count; nothing is random.

        Raises:
            ColumnError: The item table has no such column.
        """
        del rng
        self._items = dataset.items
        self._category = self._categories(dataset)
        acts = self._acts_of_dataset(dataset)
        size = int(self._category.max(initial=-1)) + 1
        weight = Signal(half_life_days=self.config.half_life_days).worth(acts)
        # What is sent back or dismissed can outweigh the rest; nothing counts less than not at all.
        whole = np.maximum(np.bincount(self._category[acts.item_ix], weight, size), 0)
        self._whole = whole / max(float(whole.sum()), 1e-12)
        recent = Signal(half_life_days=self.config.popularity_half_life_days).worth(acts)
        sold = np.maximum(np.bincount(acts.item_ix, recent, len(dataset.items)), 0)
        of_category = np.bincount(self._category, sold, size)[self._category]
        share = np.where(sold > 0, sold / np.maximum(of_category, 1e-300), np.nan)
        power = self.config.popularity
        self._share = (np.power(share, power) if power else np.ones_like(share)).astype(np.float32)
        return self

    def _categories(self, dataset: Dataset) -> NDArray[np.int64]:
        """The number of each item's category, int64[items]."""
        table, column = dataset.item_table, self.config.column
        if column not in table.column_names:
            guess = did_you_mean(column, table.column_names)
            raise ColumnError(
                f"The item table has no column {column!r}" + (f", {guess}" if guess else "."),
                hint=f"It has {', '.join(table.column_names)}.",
            )
        encoded = table.column(column).combine_chunks().dictionary_encode()
        # Items without a value share the last number.
        numbers = encoded.indices.fill_null(len(encoded.dictionary))
        return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)

    def fold_in(self, queries: Sequence[Query]) -> BlockFoldedIn:
        """See :meth:`Source.fold_in`."""
        items = self.items
        acts = self._acts_of_queries(queries)
        weight = Signal(half_life_days=self.config.half_life_days).worth(acts)
        own = np.zeros((len(queries), len(self._whole)))
        np.add.at(own, (acts.row, self._category[acts.item_ix]), weight)
        own = np.maximum(own, 0)
        strength = self.config.strength
        tastes = (own + strength * self._whole) / (own.sum(axis=1, keepdims=True) + strength)

        def block(start: int, stop: int) -> Scores:
            return np.asarray(tastes[start:stop].astype(np.float32)[:, self._category] * self._share)

        return BlockFoldedIn(self.name, items, len(queries), block)

    def _arrays(self) -> dict[str, Array]:
        return {"category": self._category, "whole": self._whole, "share": self._share}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._category, self._whole, self._share = arrays["category"], arrays["whole"], arrays["share"]
