"""Columns of the item table as the arrays that rules look up, made once a dataset and shared by rules."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core import UNKNOWN
from parure.core.errors import SettingsError, did_you_mean
from parure.dataset import Dataset

Codes = NDArray[np.int32]


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
