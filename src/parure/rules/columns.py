"""Columns of the item table as the arrays that rules look up, made once a dataset and shared by rules."""

from __future__ import annotations

from threading import local
from typing import Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core import UNKNOWN
from parure.core.columns import Sheet
from parure.core.errors import SettingsError, did_you_mean
from parure.core.native import native
from parure.dataset import Dataset

Codes = NDArray[np.int32]
Rows = NDArray[np.int32]

SEGMENTS: Final = ("small", "low_average", "average", "high")
"""Names of the four segments that customers' spending and items' prices are parted into, in ascending order."""


def codes(dataset: Dataset, column: str) -> tuple[Codes, tuple[str, ...]]:
    """A text column of the item table as numbers.

    Args:
        dataset: The shop.
        column: A column of the item table that holds text.

    Returns:
        int32[items], UNKNOWN where empty, and the names that the numbers stand for, in ascending order. A column that
        the shop lacks is empty.

    Raises:
        SettingsError: The column holds something else than text.
    """
    key = ("rule codes", column)
    if key not in dataset.memo:
        dataset.memo[key] = _codes(dataset, column)
    return cast("tuple[Codes, tuple[str, ...]]", dataset.memo[key])


def _codes(dataset: Dataset, column: str) -> tuple[Codes, tuple[str, ...]]:
    table = dataset.item_table
    if column not in table.column_names:
        return np.full(len(dataset.items), UNKNOWN, dtype=np.int32), ()
    kind = table.schema.field(column).type
    values = table.column(column)
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
    elif pa.types.is_null(kind):
        values = values.cast(pa.string())
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        text = [name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)]
        raise SettingsError(
            f"The column {column!r} of the item table holds {kind}, expected text {did_you_mean(column, text)}".rstrip()
            + ".",
            hint=f"Columns with text are: {', '.join(text)}.",
        )
    names = sorted(value for value in pc.unique(values).to_pylist() if value)
    found = pc.index_in(values, value_set=pa.array(names, values.type)).fill_null(UNKNOWN)
    return np.asarray(found.to_numpy(), dtype=np.int32), tuple(names)


def prices(dataset: Dataset) -> NDArray[np.float32]:
    """Price of each item in cents, float32[items]; NaN where unknown."""
    if "rule prices" not in dataset.memo:
        cents = dataset.item_table.column("price_cents").fill_null(0).to_numpy().astype(np.float32)
        dataset.memo["rule prices"] = np.where(cents > 0, cents, np.float32("nan"))
    return cast("NDArray[np.float32]", dataset.memo["rule prices"])


def price_segments(dataset: Dataset) -> NDArray[np.int8]:
    """Which quarter of the catalogue's prices each item is in, int8[items]: place in SEGMENTS; UNKNOWN without a price.

    A price on a border belongs below it.
    """
    if "rule price segments" not in dataset.memo:
        cents = prices(dataset)
        known = cents[~np.isnan(cents)]
        found = np.full(len(cents), UNKNOWN, dtype=np.int8)
        if len(known):
            borders = np.quantile(known, (0.25, 0.5, 0.75), method="inverted_cdf")
            found = np.where(np.isnan(cents), UNKNOWN, np.searchsorted(borders, cents)).astype(np.int8)
        dataset.memo["rule price segments"] = found
    return cast("NDArray[np.int8]", dataset.memo["rule price segments"])


def counts(dataset: Dataset, column: str) -> NDArray[np.float32]:
    """A column of numbers of the item table, as in ``buyers``: float32[items], 0 where empty or lacking."""
    table = dataset.item_table
    if column not in table.column_names:
        return np.zeros(len(table), dtype=np.float32)
    return np.asarray(table.column(column).fill_null(0).to_numpy(), dtype=np.float32)


class Tally:
    """Sums by code, in memory that is kept from request to request.

    Args:
        size: Number of codes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        # Each thread has sums of its own, so that requests answered side by side do not mix.
        self._own = local()

    @property
    def sums(self) -> NDArray[np.float32]:
        """float32[codes], all 0: for :func:`added_up`."""
        sums: NDArray[np.float32] | None = getattr(self._own, "sums", None)
        if sums is None:
            sums = self._own.sums = np.zeros(self._size, dtype=np.float32)
        return sums


@native
def added_up(
    sums: NDArray[np.float32],
    sheet: Sheet,
    column: int,
    rows: Rows,
    weights: NDArray[np.float32],
    at: Rows,
    start: float,
) -> NDArray[np.float32]:
    """For some items, the sum of the weights of those with the same code.

    Args:
        sums: float32[codes], see :class:`Tally`; 0 before and after.
        sheet: float32[items, columns].
        column: The one that holds the code of each item of the catalogue; UNKNOWN counts for nothing.
        rows: int32[n], rows of the catalogue, of which UNKNOWN counts for nothing.
        weights: float32[n], what each of them weighs.
        at: int32[m], rows of the catalogue.
        start: What is added to every sum.

    Returns:
        float32[m].
    """
    codes = np.full(len(rows), UNKNOWN, np.int32)
    for event in range(len(rows)):
        if rows[event] >= 0 and sheet[rows[event], column] >= 0:
            codes[event] = int(sheet[rows[event], column])
            sums[codes[event]] += weights[event]
    found = np.empty(len(at), np.float32)
    for place in range(len(at)):
        code = int(sheet[at[place], column])
        found[place] = start + sums[code] if code >= 0 else start
    for event in range(len(rows)):
        if codes[event] >= 0:
            sums[codes[event]] = 0
    return found
