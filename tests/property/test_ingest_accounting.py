"""Whatever is in the files, every row is accounted for, and what is accepted keeps the contract."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from parure.core.clock import to_us
from parure.ingest import IngestConfig, Tables, ingest

NOW_US = to_us(datetime(2025, 1, 1, tzinfo=UTC))
CONFIG = IngestConfig(threads=1, memory_limit_mib=256)
# Shrinking would run hundreds of whole ingests.
FEW = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)

ids = st.sampled_from(["p1", "p2", "p3", "4", "ü", "", " p1 ", "NULL"])
users = st.sampled_from(["c1", "c2", "c3", "", "9"])
prices = st.sampled_from(
    ["1.00", "34,00 €", "1.234,50", "0", "-3", "NaN", "inf", "abc", "", "1e3", "99999999999", "0.10"]
)
days = st.sampled_from(
    ["2024-05-01", "2024-05-01 10:00:00", "2030-01-01", "1870-01-01", "yesterday", "", "2024-05-01T10:00:00+02:00"]
)
texts = st.one_of(
    st.sampled_from(["", "Ring", 'a "quoted" one', "two\nlines", "a,b;c", "Kette für Ännchen"]), st.text(max_size=8)
)
kinds = st.sampled_from(["view", "purchase", "Add to cart", "stare", ""])
quantities = st.sampled_from(["1", "2.5", "0", "-1", "1000000000", "x", "", "nan"])
orders_status = st.sampled_from(["completed", "Completed", "lost", "returned"])
numbers = st.integers(0, 6).map(lambda n: f"n{n}")

PRODUCTS = st.lists(
    st.tuples(ids, texts, texts, prices, st.sampled_from(["in_stock", "In Stock", "gone"])), min_size=1, max_size=8
)
ORDERS = st.lists(st.tuples(numbers, users, days, orders_status, prices), min_size=1, max_size=8)
ITEMS = st.lists(st.tuples(numbers, numbers, ids, quantities, prices), min_size=1, max_size=12)
INTERACTIONS = st.lists(st.tuples(numbers, users, ids, kinds, days), min_size=1, max_size=8)
JUNK = st.lists(
    st.sampled_from(["", "a,b", '"never closed,1,2', "x" * 50, "\x00,1,2,3,4", "1,2,3,4,5,6,7,8,9"]), max_size=3
)

HEADERS = {
    "products": ["product_id", "title", "category", "price", "stock_status"],
    "orders": ["order_id", "customer_id", "order_date", "order_status", "total_amount"],
    "order_items": ["order_item_id", "order_id", "product_id", "quantity", "unit_price"],
    "interactions": ["interaction_id", "customer_id", "product_id", "interaction_type", "timestamp"],
}


@st.composite
def shops(draw: st.DrawFn) -> dict[str, bytes]:
    """File contents a table, with rows of every kind and, at times, lines that are no rows."""
    rows = {"products": PRODUCTS, "orders": ORDERS, "order_items": ITEMS, "interactions": INTERACTIONS}
    files = {}
    for table, strategy in rows.items():
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
        writer.writerow(HEADERS[table])
        writer.writerows(draw(strategy))
        for junk in draw(JUNK):
            out.write(junk + "\n")
        encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]))
        files[table] = out.getvalue().encode(encoding, errors="replace")
    return files


class Bench:
    """A throw-away folder of files and a shop beside it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def write(self, files: dict[str, bytes], ending: str = ".csv") -> list[Path]:
        paths = []
        for name, content in files.items():
            path = self.folder / f"{name}{ending}"
            path.write_bytes(content)
            paths.append(path)
        return paths

    def ingest(self, paths: list[Path], shop: str = "shop"):
        return ingest(self.folder / shop, paths, config=CONFIG, now_us=NOW_US)

    def on_disk(self, shop: str = "shop") -> dict[str, bytes]:
        root = self.folder / shop
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


@FEW
@given(shops())
def test_rows_in_are_rows_accepted_plus_rows_quarantined(files):
    with Bench() as bench:
        result = bench.ingest(bench.write(files))
        for report in result.files:
            assert report.rows_in == report.rows_accepted + report.rows_quarantined
            assert sum(report.reasons.values()) == report.rows_quarantined
        with duckdb.connect() as con:
            aside = list((bench.folder / "shop" / "quarantine").rglob("*.parquet"))
            kept = sum(con.execute(f"SELECT count(*) FROM '{path}'").fetchall()[0][0] for path in aside)
            assert kept == result.rows_quarantined
            for path in aside:
                assert con.execute(f"SELECT count(*) FROM '{path}' WHERE reason = '' OR sentence = ''").fetchall() == [
                    (0,)
                ]


@FEW
@given(shops())
def test_what_is_accepted_keeps_the_contract(files):
    with Bench() as bench:
        bench.ingest(bench.write(files))
        with duckdb.connect() as con:
            Tables(bench.folder / "shop").connection_views(con)
            broken = {
                "keys": "SELECT product_id FROM products GROUP BY 1 HAVING count(*) > 1",
                "facts": "SELECT order_item_id FROM order_items GROUP BY 1 HAVING count(*) > 1",
                "orphans": "FROM order_items ANTI JOIN orders USING (order_id)",
                "unknown": "FROM order_items ANTI JOIN products USING (product_id)",
                "seen": "FROM interactions ANTI JOIN products USING (product_id)",
                "whose": "FROM interactions ANTI JOIN customers USING (customer_id)",
                "price": "FROM products WHERE price_cents <= 0 OR price_cents IS NULL OR title IS NULL",
                "line": "FROM order_items WHERE quantity <= 0 OR quantity > 100000 OR unit_price_cents <= 0",
                "number": "FROM order_items WHERE quantity IS NULL OR NOT isfinite(quantity)",
                "time": "FROM orders WHERE order_date > '2025-01-02' OR order_date < '1990-01-01'",
                "kind": "FROM interactions WHERE interaction_type NOT IN ('view', 'purchase', 'add_to_cart')",
                "status": "FROM orders WHERE order_status NOT IN ('completed', 'returned')",
            }
            for name, query in broken.items():
                assert con.execute(query).fetchall() == [], name


@FEW
@given(shops())
def test_taking_the_same_files_in_again_changes_no_byte(files):
    with Bench() as bench:
        paths = bench.write(files)
        first = bench.ingest(paths)
        before = bench.on_disk()
        again = bench.ingest(paths)
        assert not again.changed
        assert again.fingerprint == first.fingerprint
        assert [(r.table, r.rows_in, r.rows_accepted) for r in again.files] == [
            (r.table, r.rows_in, r.rows_accepted) for r in first.files
        ]
        assert bench.on_disk() == before


@FEW
@given(shops(), shops(), st.randoms())
def test_the_order_in_which_files_are_named_does_not_matter(first, second, random):
    with Bench() as bench:
        paths = bench.write(first) + bench.write({f"{name}_2": content for name, content in second.items()})
        forwards = bench.ingest(paths, "one")
        random.shuffle(paths)
        shuffled = bench.ingest(paths, "two")
        assert forwards.to_dict() == shuffled.to_dict()


@FEW
@given(shops())
def test_a_copy_under_another_name_adds_nothing(files):
    with Bench() as bench:
        bench.ingest(bench.write(files))
        before = bench.on_disk()
        copies = bench.write({f"{name}-copy": content for name, content in files.items()})
        assert not bench.ingest(copies).changed
        assert bench.on_disk() == before
