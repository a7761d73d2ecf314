"""A small sound shop whose files a test then breaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from parure.core.clock import to_us
from parure.ingest import IngestResult, Tables, ingest

SOUND = {
    "products": [
        "product_id,title,category,price,stock_status",
        "p1,Ring,rings,34.00,in_stock",
        "p2,Chain,chains,20.00,out_of_stock",
    ],
    "customers": [
        "customer_id,registration_date,location_country,last_active_date",
        "c1,2023-01-15,DE,2024-05-01",
        "c2,2023-02-20,AT,2024-05-02",
    ],
    "orders": [
        "order_id,customer_id,order_date,order_status,total_amount",
        "o1,c1,2024-05-01 10:00:00,completed,34.00",
        "o2,c2,2024-05-02 11:30:00,completed,40.00",
    ],
    "order_items": [
        "order_item_id,order_id,product_id,quantity,unit_price",
        "i1,o1,p1,1,34.00",
        "i2,o2,p2,2,20.00",
    ],
    "interactions": [
        "interaction_id,customer_id,product_id,interaction_type,timestamp",
        "v1,c1,p1,view,2024-05-01 09:55:00",
        "v2,c2,p2,click,2024-05-02 11:00:00",
    ],
}


class Files:
    """The files of a shop, one a table, and what ingest makes of them. New rows stand from line 4 on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "in"
        self.shop = folder / "shop"
        self.folder.mkdir()
        for table, lines in SOUND.items():
            self.path(table).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def path(self, table: str, ending: str = ".csv") -> Path:
        return self.folder / f"{table}{ending}"

    def text(self, table: str) -> str:
        return "\n".join(SOUND[table]) + "\n"

    def add(self, table: str, *lines: str) -> None:
        with self.path(table).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def write(self, table: str, content: str | bytes, ending: str = ".csv", encoding: str = "utf-8") -> None:
        """Replace the file of a table."""
        self.path(table).unlink(missing_ok=True)
        raw = content if isinstance(content, bytes) else content.encode(encoding)
        self.path(table, ending).write_bytes(raw)

    def remove(self, *tables: str) -> None:
        for table in tables:
            self.path(table).unlink()

    def ingest(self, inputs: Sequence[Path | str] | None = None, **settings: Any) -> IngestResult:
        from datetime import UTC, datetime

        settings.setdefault("now_us", to_us(datetime(2024, 6, 1, tzinfo=UTC)))
        return ingest(self.shop, [self.folder] if inputs is None else inputs, **settings)

    def rows(self, table: str, columns: str) -> list[Any]:
        """Accepted rows in the order of their first column; single values where there is one column."""
        with duckdb.connect() as con:
            Tables(self.shop).connection_views(con)
            found = con.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def quarantine(self, table: str) -> list[tuple[int, str]]:
        """(line, reason) of the rows set aside."""
        files = sorted((self.shop / "quarantine" / table).glob("*.parquet"))
        if not files:
            return []
        with duckdb.connect() as con:
            paths = [str(file) for file in files]
            return con.execute("SELECT line, reason FROM read_parquet($1) ORDER BY ALL", [paths]).fetchall()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
