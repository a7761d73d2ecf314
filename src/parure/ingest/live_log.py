"""What a server took in, as more rows of the shop's tables.

The log is one Parquet file, written anew before each training. What was bought stands in it beside what was looked at:
where the shop has orders, purchases after the newest of them are orders too, until the shop brings its own.
"""

# ruff: noqa: S608 - all that goes into the SQL is quoted

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Final

import pyarrow as pa

from parure.ingest.cells import literal, quoted

LIVE_LOG: Final = "store/log.parquet"
"""Where it lies, below the shop's directory."""

LIVE_SCHEMA: Final = pa.schema(
    [
        ("event_id", pa.string()),
        ("user_id", pa.string()),
        ("item_id", pa.string()),
        ("kind", pa.string()),
        ("moment", pa.timestamp("us")),
        ("session_id", pa.string()),
        ("duration_s", pa.float64()),
        ("quantity", pa.float64()),
        ("price_cents", pa.int64()),
        ("order_id", pa.string()),
    ]
)
"""Its columns: an event a row; ``session_id``, ``duration_s``, ``price_cents`` and ``order_id`` may be empty."""

_INTERACTION: Final = {
    "interaction_id": "event_id",
    "customer_id": "user_id",
    "product_id": "item_id",
    "interaction_type": "kind",
    "timestamp": "moment",
    "session_id": "session_id",
    "interaction_duration": "duration_s",
}
_ORDER: Final = {
    "order_id": "_order",
    "customer_id": "min(user_id)",
    "order_date": "min(moment)",
    "order_status": "'completed'",
    "total_amount_cents": "sum(quantity * price_cents)",
    "num_items": "count(*)",
}
_LINE: Final = {
    "order_item_id": "event_id",
    "order_id": "_order",
    "product_id": "item_id",
    "quantity": "quantity",
    "unit_price_cents": "coalesce(price_cents, 0)",
}
_NAMED_ORDER: Final = "concat('live ', coalesce(order_id, event_id)) AS _order"
"""Orders of the log are named apart from the shop's: which of those it will bring itself is not known."""


class LiveLog:
    """The log of one shop.

    Args:
        shop: The project directory.
    """

    def __init__(self, shop: Path) -> None:
        self._path = shop / LIVE_LOG

    def __bool__(self) -> bool:
        return self._path.is_file()

    @property
    def fingerprint(self) -> str:
        """Hash of its content."""
        with self._path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def views(
        self, views: Mapping[str, str], columns: Mapping[str, Mapping[str, str]], *, has_orders: bool
    ) -> dict[str, str]:
        """The views of orders, order_items and interactions with the log's rows.

        Args:
            views: SQL of the views without it.
            columns: Stored column -> DuckDB type, of each.
            has_orders: Whether the shop has orders of its own.
        """
        rows = f"read_parquet({literal(str(self._path))})"
        given = f"SELECT interaction_id FROM ({views['interactions']}) WHERE interaction_id IS NOT NULL"
        fresh = f"SELECT * FROM {rows} WHERE event_id NOT IN ({given})"
        if not has_orders:
            return {"interactions": _union(views["interactions"], _INTERACTION, columns["interactions"], f"({fresh})")}
        newest = f"(SELECT coalesce(max(order_date), TIMESTAMP '1970-01-01') FROM ({views['orders']}))"
        bought = f"(SELECT *, {_NAMED_ORDER} FROM {rows} WHERE kind = 'purchase' AND moment > {newest})"
        others = f"({fresh} AND kind <> 'purchase')"
        return {
            "interactions": _union(views["interactions"], _INTERACTION, columns["interactions"], others),
            "orders": _union(views["orders"], _ORDER, columns["orders"], f"{bought} GROUP BY _order"),
            "order_items": _union(views["order_items"], _LINE, columns["order_items"], bought),
        }


def _union(view: str, cells: Mapping[str, str], columns: Mapping[str, str], rows: str) -> str:
    chosen = ", ".join(f"CAST({cells.get(name, 'NULL')} AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
    return f"{view} UNION ALL SELECT {chosen} FROM {rows}"
