"""Whether an item is like what the query asks for."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import IdMap, Query
from parure.core.filters import ItemFilter
from parure.core.slate import Removed
from parure.rules.rule import Rule


class Filtered(Rule):
    """Holds back the items that do not pass the query's filter.

    Args:
        item_table: One row an item of the catalogue, with the columns that filters may ask for.
    """

    name: ClassVar[str] = "filtered"

    def __init__(self, item_table: pa.Table) -> None:
        self._item_table = item_table
        self._last: tuple[ItemFilter, NDArray[np.int32]] = ItemFilter(), np.empty(0, np.int32)

    def forbid(self, query: Query, items: IdMap) -> Removed | None:
        """The items that do not pass; None where all do.

        Raises:
            SettingsError: The filter asks for a column that items do not have, or cannot be compared so.
        """
        del items
        last, rows = self._last
        if query.item_filter != last:
            rows = np.flatnonzero(~query.item_filter.mask(self._item_table)).astype(np.int32)
            # One assignment: a thread that reads meanwhile sees a filter and its own rows.
            self._last = query.item_filter, rows
        return Removed(self.name, "filtered_out", rows) if len(rows) else None
