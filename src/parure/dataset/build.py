"""From the shop's checked tables to a :class:`Dataset` as of any moment.

The work has two halves. Ids are strings and dear to compare, so the first half numbers them once and keeps every order
line and interaction on integers. The second half reads only what lies before the moment asked for, as often as needed:
an evaluation that wants the view of four different weeks pays for the strings once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from types import TracebackType
from typing import Any, Protocol, Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core import IdMap
from parure.core.progress import Progress, Silent
from parure.dataset._sorting import event_order
from parure.dataset._tables import item_query, user_query
from parure.dataset.config import DatasetConfig
from parure.dataset.dataset import Dataset, Events
from parure.dataset.sql_files import Value, duckdb_macros, render

_SHOP_STEPS = ("item_codes", "user_codes", "order_codes", "sales_lines", "browsing", "plan")
_EVENT_STEPS = (
    "known_items",
    "known_users",
    "sales",
    "item_prices",
    "taste_events",
    "repurchases",
    "user_profiles",
    "item_totals",
)
_FEATURE_STEPS = (
    "spending_segments",
    "age_bands",
    "user_features",
    "recency_decay",
    "repurchase_cycles",
    "item_features",
    "repeat_share",
    "known_promotions",
)
_VIEWS = ("spending_ratio", "quantity_ratio")
"""Steps that only add a column: as views they are computed while the events are read out."""

_EVERYBODY = 2**62


class ShopTables(Protocol):
    """Checked tables that can be laid before a DuckDB connection; ``parure.ingest.Tables`` is one."""

    def connection_views(self, con: duckdb.DuckDBPyConnection) -> None:
        """Create the views products, customers, orders, order_items and interactions, and promotions where planned."""


class DatasetBuilder:
    """Builds datasets of one shop as of different moments.

    Args:
        source: The shop's tables, or a DuckDB connection on which their views exist. On a given connection
            temporary tables named like the SQL files are made, and dropped by :meth:`close`.
        config: How tables become signals; the defaults where None.
        progress: Where the steps report to.

    Cost:
        One pass over the tables; the order lines stay in DuckDB as integers, about 40 bytes a line.
    """

    def __init__(
        self,
        source: duckdb.DuckDBPyConnection | ShopTables,
        *,
        config: DatasetConfig | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._config = config or DatasetConfig()
        self._progress = progress or Silent()
        self._owns_connection = not isinstance(source, duckdb.DuckDBPyConnection)
        self._con = _connect(source)
        self._con.execute(duckdb_macros())
        self._stands_in = self._allow_no_plan()
        self._run(_SHOP_STEPS, "Numbering the shop's ids", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the temporary tables, and the connection where it is our own."""
        if self._owns_connection:
            self._con.close()
            return
        for name in reversed(_VIEWS):
            self._con.execute(f"DROP VIEW IF EXISTS temp.{name}")
        for name in (*_SHOP_STEPS, *_EVENT_STEPS, *_FEATURE_STEPS, *(("promotions",) if self._stands_in else ())):
            self._con.execute(f"DROP TABLE IF EXISTS temp.{name}")

    def newest_us(self) -> int:
        """The moment of the newest order or interaction; -1 in a shop where nothing happened yet."""
        rows = self._con.sql(
            "SELECT MAX(newest) FROM (SELECT MAX(timestamp_us) AS newest FROM order_codes"
            " UNION ALL SELECT MAX(timestamp_us) FROM browsing)"
        ).fetchall()
        return -1 if rows[0][0] is None else int(rows[0][0])

    def at(self, as_of_us: int | None = None, *, users_sample: int | None = None) -> Dataset:
        """Build the dataset of one moment; nothing at or after it is seen.

        Args:
            as_of_us: Microseconds since 1970 UTC; just after the newest event where None (the newest product where
                nothing happened yet), and then the whole catalogue and every customer is known.
            users_sample: Keep at most this many customers, the same ones each time. What was sold of an item, and its
                price, are still counted over everybody.
        """
        moment = as_of_us if as_of_us is not None else self._now_us()
        is_now = as_of_us is None
        values = _parameters(self._config, moment, is_now=is_now, users_sample=users_sample)
        self._run(_EVENT_STEPS, "Weighing events", values)
        for name in _VIEWS:
            self._con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {render(name, **values)}")
        columns = _columns(self._arrow("SELECT * FROM quantity_ratio"))
        # numpy puts the events in order while DuckDB goes on with the features; neither holds the interpreter.
        with ThreadPoolExecutor(max_workers=1) as beside:
            sorting = beside.submit(_events, columns)
            self._run(_FEATURE_STEPS, "Counting features", values)
            item_table = _in_row_order(self._arrow(item_query(self._columns("products"), is_now=is_now)))
            user_table = _in_row_order(self._arrow(user_query(self._columns("customers"), is_now=is_now)))
            events, digest = sorting.result()
        promotions = self._arrow("SELECT * FROM known_promotions ORDER BY ALL")
        return Dataset(
            users=IdMap(user_table.column("user_id").combine_chunks()),
            items=IdMap(item_table.column("item_id").combine_chunks()),
            events=events,
            item_table=item_table,
            user_table=user_table,
            as_of_us=moment,
            fingerprint=_fingerprint(digest, (item_table, user_table, promotions), self._config, moment),
            repeat_share=self._arrow("SELECT * FROM repeat_share ORDER BY category NULLS LAST, weeks_back"),
            promotions=promotions,
        )

    def _now_us(self) -> int:
        """Just after the newest event; without events just after the newest product came, and 0 where none is dated."""
        newest = self.newest_us()
        if newest < 0:
            newest = self._con.sql("SELECT COALESCE(MAX(created_us), -1) FROM item_codes").fetchall()[0][0]
        return int(newest) + 1

    def _allow_no_plan(self) -> bool:
        """A connection that was given may have no promotion plan: then an empty one stands in; whether it does."""
        there = {row[0] for row in self._con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        if "promotions" in there:
            return False
        self._con.execute(
            "CREATE TEMP TABLE promotions (product_id VARCHAR, promotion_type VARCHAR,"
            " start_date DATE, end_date DATE, share DOUBLE)"
        )
        return True

    def _run(self, steps: Iterable[str], label: str, values: dict[str, Value]) -> None:
        names = list(steps)
        with self._progress.step(label, total=len(names)) as bar:
            for name in names:
                self._con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {render(name, **values)}")
                bar.advance()

    def _columns(self, view: str) -> list[str]:
        return list(self._con.table(view).columns)

    def _arrow(self, query: str) -> pa.Table:
        return self._con.sql(query).to_arrow_table()


def build_dataset(
    source: duckdb.DuckDBPyConnection | ShopTables,
    *,
    config: DatasetConfig | None = None,
    as_of_us: int | None = None,
    users_sample: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Build the dataset of one moment; for several moments of one shop use :class:`DatasetBuilder`.

    Args:
        source: The shop's tables, or a DuckDB connection on which their views exist.
        config: How tables become signals; the defaults where None.
        as_of_us: See :meth:`DatasetBuilder.at`.
        users_sample: See :meth:`DatasetBuilder.at`.
        progress: Where the steps report to.

    Returns:
        The dataset. The same tables, configuration and moment give the same arrays, byte for byte.
    """
    with DatasetBuilder(source, config=config, progress=progress) as builder:
        return builder.at(as_of_us, users_sample=users_sample)


def _connect(source: duckdb.DuckDBPyConnection | ShopTables) -> duckdb.DuckDBPyConnection:
    if isinstance(source, duckdb.DuckDBPyConnection):
        return source
    con = duckdb.connect()
    # Rows are put in order at the end, by event_order; until then keeping theirs would only cost.
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    source.connection_views(con)
    return con


def _parameters(config: DatasetConfig, moment: int, *, is_now: bool, users_sample: int | None) -> dict[str, Value]:
    """The values of all parameters in the files of one moment."""
    return {
        "as_of_us": moment,
        "is_now": is_now,
        "most_users": users_sample if users_sample is not None else _EVERYBODY,
        "long_view_s": config.long_view_s,
        "half_life_days": config.half_life_days,
        "plan_days": config.plan_days,
        "ratio_low": config.ratio_low,
        "ratio_high": config.ratio_high,
        "min_repurchases": config.cycle_min_repurchases,
        "default_cycle_days": config.cycle_default_days,
        "loyal_min_days": config.loyal_min_days,
        **{f"weight_{name}": value for name, value in config.weights.model_dump().items()},
        **{f"quantile_{i}": value for i, value in enumerate(config.segment_quantiles, 1)},
        **{f"start_{i}": value for i, value in enumerate(config.age_band_starts, 1)},
        **{f"band_{i}": value for i, value in enumerate(config.age_bands, 1)},
    }


def _in_row_order(table: pa.Table) -> pa.Table:
    """Rows by their row number, which is left out; in DuckDB all the text would travel through the sort."""
    return table.drop_columns("row").take(np.argsort(table.column("row").to_numpy())).combine_chunks()


def _columns(table: pa.Table) -> dict[str, NDArray[Any]]:
    """A table's columns as arrays of their own, so that the table can go."""
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _events(columns: dict[str, NDArray[Any]]) -> tuple[Events, bytes]:
    """The events in their one order, and a hash of what the shop recorded of them. Takes the columns away."""
    order = event_order(columns)
    # One by one: of tens of millions of events there is not room for all columns twice.
    events = Events(**{name: columns.pop(name)[order] for name in list(columns)})
    digest = sha256()
    for name in ("user_ix", "item_ix", "timestamp_us", "kind", "quantity", "price_cents"):
        digest.update(getattr(events, name).data)
    return events, digest.digest()


def _fingerprint(events: bytes, tables: Iterable[pa.Table], config: DatasetConfig, moment: int) -> str:
    """A hash of what was read, how, and as of when."""
    digest = sha256(json.dumps([config.model_dump(), moment], sort_keys=True).encode())
    digest.update(events)
    for table in tables:
        for name in table.column_names:
            digest.update(name.encode())
            for values in _plain(table.column(name)):
                digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:32]


def _plain(column: pa.ChunkedArray) -> list[NDArray[Any]]:
    """An Arrow column as arrays whose bytes depend on its values only, not on padding or what lies under a null."""
    array = column.combine_chunks()
    arrays = [array.is_null().to_numpy(zero_copy_only=False)]
    if pa.types.is_list(array.type):
        lengths = pc.fill_null(pc.list_value_length(array), 0)
        return [*arrays, lengths.to_numpy(), *_plain(pa.chunked_array([pc.list_flatten(array)]))]
    if not pa.types.is_integer(array.type) and not pa.types.is_floating(array.type):
        array = array.cast(pa.large_string())
    if not pa.types.is_large_string(array.type):
        return [*arrays, pc.fill_null(array, 0).to_numpy(zero_copy_only=False)]
    filled = pc.fill_null(array, "")
    text = np.frombuffer(filled.buffers()[2] or b"", np.uint8)
    offsets = np.frombuffer(filled.buffers()[1], np.int64)[filled.offset : filled.offset + len(filled) + 1]
    return [*arrays, np.diff(offsets), text[offsets[0] : offsets[-1]]] if len(filled) else arrays
