"""A small shop on disk, as text that a test changes, and what ingest makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from parure.core.clock import to_us
from parure.ingest import IngestConfig, IngestResult, Tables, ingest

NOW_US = to_us(datetime(2025, 1, 1, tzinfo=UTC))

PRODUCTS = (
    "product_id,title,category,price,stock_status\np1,Ring,rings,34.50,in_stock\np2,Kette,chains,20.00,out_of_stock\n"
)
ORDERS = "order_id,customer_id,order_date,order_status,total_amount\no1,c1,2024-05-01 10:00:00,completed,34.50\n"
ORDER_ITEMS = "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,p1,1,34.50\n"


class SmallShop:
    """Input files in one folder and the shop in another."""

    def __init__(self, folder: Path) -> None:
        self.inputs = folder / "in"
        self.shop = folder / "shop"
        self.inputs.mkdir()

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.inputs / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def usual(self, *but: str) -> None:
        for name, text in (("products", PRODUCTS), ("orders", ORDERS), ("order_items", ORDER_ITEMS)):
            if name not in but:
                self.put(f"{name}.csv", text)

    def ingest(self, inputs: Sequence[Path | str] | None = None, **options: Any) -> IngestResult:
        config = options.pop("config", IngestConfig(threads=1))
        return ingest(self.shop, inputs or [self.inputs], config=config, now_us=NOW_US, **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as con:
            Tables(self.shop).connection_views(con)
            return con.execute(query).fetchall()

    def quarantine(self, table: str) -> list[dict[str, Any]]:
        with duckdb.connect() as con:
            found = con.execute(f"SELECT * FROM '{self.shop}/quarantine/{table}/*.parquet' ORDER BY line")
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
def small(tmp_path: Path) -> SmallShop:
    return SmallShop(tmp_path)
