"""The order of what was found where it does not go by relevance."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Sort = Literal["relevance", "price_asc", "price_desc", "newest"]


def sorted_places(
    table: pa.Table, rows: NDArray[np.int64], scores: NDArray[np.floating], sort: Sort
) -> NDArray[np.int64]:
    """Places of the rows found, the first to be shown first.

    Args:
        table: The catalogue.
        rows: int64[n], rows of it.
        scores: float[n], how relevant each is: what is equal in the order, or unknown, goes by that.
        sort: Anything but ``relevance``.

    Returns:
        int64[n].
    """
    key = -_newness(table, rows) if sort == "newest" else _price(table, rows)
    if sort == "price_desc":
        key = -key
    # NaN, for what is not known, comes last either way.
    return np.lexsort((-scores, key))


def _price(table: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    cents = table.column("price_cents").take(pa.array(rows)).fill_null(0).to_numpy().astype(np.float64)
    return np.where(cents > 0, cents, np.nan)


def _newness(table: pa.Table, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Days since 1970 of when each came into the catalogue."""
    if "created_date" not in table.column_names:
        return np.full(len(rows), np.nan)
    days = table.column("created_date").cast(pa.date32()).take(pa.array(rows)).cast(pa.int32())
    return np.asarray(days.cast(pa.float64()).fill_null(np.nan).to_numpy())
