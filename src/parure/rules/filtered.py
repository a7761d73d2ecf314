"""Whether an item is like what the query asks for."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from parure.core.config import Config
from parure.core.filters import ItemFilter
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.held import Held
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper


class FilteredConfig(Config):
    """It has no parameters: the query brings its filter."""


class Filtered(Rule[FilteredConfig]):
    """Holds back the items that do not pass the query's filter.

    Raises:
        SettingsError: When asked: the filter names a column that items do not have, or cannot be compared so.
    """

    kind: ClassVar[str] = "filtered"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"filtered_out": "not what was asked for"}
    config_type: ClassVar[type[Config]] = FilteredConfig

    def fit(self, dataset: Dataset) -> Self:
        """Keep the item table, with the columns that filters may ask for."""
        self._item_table = dataset.item_table
        everything = np.zeros(len(dataset.items), dtype=bool)
        self._last = ItemFilter(), Held.of(everything)
        return self

    def follow(self, dataset: Dataset) -> None:
        """Forget what the last filter meant."""
        self.fit(dataset)

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """The items that do not pass."""
        item_filter = shopper.query.item_filter
        if not item_filter.conditions:
            return None
        failing = self._failing(item_filter)
        return ("filtered_out", failing.rows) if len(failing) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without them."""
        item_filter = shopper.query.item_filter
        return self._failing(item_filter).dropped(slate, self.kind, "filtered_out") if item_filter.conditions else slate

    def _failing(self, item_filter: ItemFilter) -> Held:
        last, failing = self._last
        if item_filter != last:
            failing = Held.of(~item_filter.mask(self._item_table))
            # One assignment: a thread that reads meanwhile sees a filter and its own items.
            self._last = item_filter, failing
        return failing
