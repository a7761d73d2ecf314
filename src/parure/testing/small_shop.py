"""A shop of a few rows written out by hand, as the tables that ``parure.dataset`` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from parure.ingest.schema import TABLES

Row = Mapping[str, Any]

_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR[]": pa.list_(pa.string()),
}


class SmallShop:
    """Tables of a few rows; a column of the contract that a row leaves out is empty.

    Args:
        products: One mapping a product; money as ``price_cents``, as in the checked tables.
        customers: One mapping a customer.
        orders: One mapping an order.
        order_items: One mapping an order line.
        interactions: One mapping an interaction.
        promotions: One mapping a promotion.
    """

    def __init__(
        self,
        *,
        products: Sequence[Row] = (),
        customers: Sequence[Row] = (),
        orders: Sequence[Row] = (),
        order_items: Sequence[Row] = (),
        interactions: Sequence[Row] = (),
        promotions: Sequence[Row] = (),
    ) -> None:
        self.tables: dict[str, Sequence[Row]] = {
            "products": products,
            "customers": customers,
            "orders": orders,
            "order_items": order_items,
            "interactions": interactions,
            "promotions": promotions,
        }

    def connection_views(self, con: duckdb.DuckDBPyConnection) -> None:
        """Create the views on a connection."""
        for name, rows in self.tables.items():
            con.register(name, _table(name, rows))


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    contract = {column.stored_name: _ARROW_TYPES[column.sql_type] for column in TABLES[name].columns}
    columns = {column: pa.array([row.get(column) for row in rows], kind) for column, kind in contract.items()}
    extra = dict.fromkeys(column for row in rows for column in row if column not in contract)
    columns.update({column: pa.array([row.get(column) for row in rows]) for column in extra})
    return pa.table(columns)
