"""Whether an item is like what the query asks for."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from parure.core.config import Config
from parure.core.filters import ItemFilter
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
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
        self._last: tuple[ItemFilter, NDArray[np.bool_], Rows] = ItemFilter(), everything, np.empty(0, np.int32)
        return self

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """The items that do not pass."""
        rows = self._failing(shopper.query.item_filter)[1]
        return ("filtered_out", rows) if len(rows) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without them."""
        failing, rows = self._failing(shopper.query.item_filter)
        return slate.drop(failing[slate.item_ix], self.kind, "filtered_out") if len(rows) else slate

    def _failing(self, item_filter: ItemFilter) -> tuple[NDArray[np.bool_], Rows]:
        last, failing, rows = self._last
        if item_filter != last:
            failing = ~item_filter.mask(self._item_table)
            rows = np.flatnonzero(failing).astype(np.int32)
            # One assignment: a thread that reads meanwhile sees a filter and its own items.
            self._last = item_filter, failing, rows
        return failing, rows
