"""Every format gives the same tables, and a mapping turns other shops' files into them."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import stat
from datetime import UTC, datetime

import duckdb
import pytest

from parure.core.errors import ColumnError, InputError, SettingsError
from parure.ingest import IngestConfig, Tables, parse_mapping, preset_names, read_preset

PRODUCTS = (
    "product_id,title,category,price,stock_status\np1,Ring,rings,34.50,in_stock\np2,Kette,chains,20.00,out_of_stock\n"
)


def products(small):
    return small.rows("SELECT product_id, title, category, price_cents, stock_status FROM products ORDER BY 1")


EXPECTED = [("p1", "Ring", "rings", 3450, "in_stock"), ("p2", "Kette", "chains", 2000, "out_of_stock")]


def as_rows():
    header, *lines = PRODUCTS.splitlines()
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]


def test_tab_separated_values_are_read(small):
    small.usual("products")
    small.put("products.tsv", PRODUCTS.replace(",", "\t"))
    small.ingest()
    assert products(small) == EXPECTED


def test_parquet_keeps_its_types(small):
    small.usual("products")
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT * REPLACE (price::DOUBLE AS price), [1, 2] AS tags, 7 AS shelf "
            f"FROM read_csv_auto('{small.put('x.csv', PRODUCTS)}')) "
            f"TO '{small.inputs}/products.parquet' (FORMAT parquet)"
        )
    small.ingest()
    assert products(small) == EXPECTED
    assert small.rows("SELECT tags, shelf FROM products LIMIT 1") == [("[1,2]", 7)]


def test_json_lines_are_read_and_broken_ones_set_aside(small):
    small.usual("products")
    lines = [json.dumps(row) for row in as_rows()]
    small.put("products.jsonl", "\n".join([lines[0], "{broken", "", "[1]", lines[1]]) + "\n")
    report = small.ingest().of("products")[0]
    assert products(small) == EXPECTED
    assert report.reasons == {"malformed_row": 2}
    assert [aside["line"] for aside in small.quarantine("products")] == [2, 4]


def test_a_workbook_with_a_sheet_a_table_is_read(small):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    small.usual("products", "orders")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Products"
    for row in [
        ["product_id", "title", "category", "price", "stock_status"],
        [1001, "Ring", "rings", 34.5, "in_stock"],
    ]:
        sheet.append(row)
    orders = book.create_sheet("orders")
    orders.append(["order_id", "customer_id", "order_date", "order_status", "total_amount"])
    orders.append(["o1", 7, datetime(2024, 5, 1, 10, tzinfo=UTC).replace(tzinfo=None), "completed", 34.5])
    book.save(small.inputs / "shop.xlsx")
    small.put("order_items.csv", "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,1001,1,34.50\n")
    small.ingest()
    assert small.rows("SELECT product_id, price_cents FROM products") == [("1001", 3450)]
    assert small.rows("SELECT customer_id, order_date::VARCHAR FROM orders") == [("7", "2024-05-01 10:00:00")]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE products (product_id TEXT, title TEXT, category TEXT, price REAL, stock_status TEXT)")
        con.executemany(
            "INSERT INTO products VALUES (:product_id, :title, :category, :price, :stock_status)", as_rows()
        )
        con.execute("CREATE TABLE sales (nr INTEGER, who TEXT, item TEXT, at TEXT, cents INTEGER)")
        con.execute("INSERT INTO sales VALUES (1, 'c1', 'p1', '2024-05-01 10:00:00', 3450)")
    con.close()
    return f"sqlite:///{path}"


SALES = """
[sources.products]
tables = ["products"]
[sources.sales]
query = "SELECT nr, who, item, at, cents FROM sales"
columns = ["nr", "who"]
[tables.products]
source = "products"
[tables.interactions]
source = "sales"
columns = {interaction_id = "nr", customer_id = "who", product_id = "item", timestamp = "at"}
constants = {interaction_type = "purchase"}
"""


def test_a_database_is_read_by_table_names_and_by_queries(small, database, tmp_path):
    pytest.importorskip("sqlalchemy")
    mapping = tmp_path / "sales.toml"
    mapping.write_text(SALES)
    small.ingest([database], mapping=mapping)
    assert products(small) == EXPECTED
    assert small.rows("SELECT customer_id, product_id, interaction_type, cents FROM interactions") == [
        ("c1", "p1", "purchase", "3450")
    ]
    assert not small.ingest([database], mapping=mapping).changed


def test_a_database_that_is_not_there_is_not_made(small, tmp_path):
    pytest.importorskip("sqlalchemy")
    with pytest.raises(InputError, match="no database file"):
        small.ingest([f"sqlite:///{tmp_path}/none.db"])
    assert not (tmp_path / "none.db").exists()


TICKETS = """
[sources.lines]
files = ["tickets*.csv"]
columns = ["ticket", "item"]

[tables.products]
source = "lines"
keep_unmapped = false
sql = '''
SELECT item AS product_id, min(_line) AS _line, any_value(name) AS title, median(price::DOUBLE) AS price
FROM lines GROUP BY item'''
constants = {category = "all", stock_status = "in_stock"}

[tables.orders]
source = "lines"
sql = '''
SELECT min(_line) AS _line, ticket AS order_id, any_value(who) AS customer_id, min(day) AS order_date,
  sum(price::DOUBLE) AS total_amount, any_value(state) AS order_status
FROM lines GROUP BY ticket -- one a ticket'''
[tables.orders.values.order_status]
"Fertig" = "completed"

[tables.order_items]
source = "lines"
columns = {order_id = "ticket", product_id = "item", unit_price = "price"}
expressions = {order_item_id = "ticket || '-' || item", quantity = "1"}
extra = {shelf = "upper(shelf)"}
keep_unmapped = false
[[tables.order_items.leave_out]]
when = "item = 'bag'"
code = "bags"
because = "Bags are not recommended."
"""

LINES = (
    "ticket,who,day,item,name,price,state,shelf\n"
    "t1,c1,2024-05-01 10:00:00,p1,Ring,10.00,fertig,a\n"
    "t1,c1,2024-05-01 10:00:00,bag,Bag,0.20,fertig,a\n"
    "t2,c2,2024-05-02 10:00:00,p1,Ring,12.00,Fertig,b\n"
    "t3,c2,2024-05-03 10:00:00,p1,Ring,12.00,offen,b\n"
)


def test_a_mapping_derives_tables_leaves_rows_out_and_keeps_their_lines(small, tmp_path):
    small.put("tickets_1.csv", LINES)
    mapping = tmp_path / "tickets.toml"
    mapping.write_text(TICKETS)
    result = small.ingest(mapping=mapping)
    assert small.rows("SELECT product_id, price_cents FROM products ORDER BY 1") == [("bag", 20), ("p1", 1200)]
    assert small.rows("SELECT order_id, total_amount_cents FROM orders ORDER BY 1") == [("t1", 1020), ("t2", 1200)]
    assert small.rows("SELECT order_item_id, shelf FROM order_items ORDER BY 1") == [("t1-p1", "A"), ("t2-p1", "B")]
    assert [(a["line"], a["reason"]) for a in small.quarantine("orders")] == [(5, "unknown_choice")]
    assert [(a["line"], a["reason"]) for a in small.quarantine("order_items")] == [(3, "bags"), (5, "orphan_order")]
    assert small.quarantine("order_items")[0]["sentence"] == "Bags are not recommended."
    assert result.rows_in == result.rows_accepted + result.rows_quarantined


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("tables.orders", "tables.ordres"), "did you mean 'orders'"),
        (("constants = {category", "constants = {categoy"), "did you mean 'category'"),
        (('source = "lines"\nkeep', 'source = "line"\nkeep'), "did you mean 'lines'"),
        (("because =", "becuase ="), "because"),
        (("[sources.lines]", "[sources.lines"), "not valid TOML"),
        (("extra = {shelf", "extra = {quantity"), "is taken"),
    ],
)
def test_a_wrong_mapping_is_refused_before_anything_is_read(change, message):
    with pytest.raises(SettingsError, match=message):
        parse_mapping(TICKETS.replace(*change), where="mine.toml")


def test_columns_and_sql_that_do_not_fit_the_file_are_refused(small, tmp_path):
    small.put("tickets.csv", LINES)
    mapping = tmp_path / "tickets.toml"
    mapping.write_text(TICKETS.replace('columns = ["ticket", "item"]', 'columns = ["tickt"]'))
    with pytest.raises(ColumnError, match="did you mean 'ticket'"):
        small.ingest(mapping=mapping)
    mapping.write_text(TICKETS.replace("median(price::DOUBLE)", "median(prise::DOUBLE)"))
    with pytest.raises(SettingsError, match="prise"):
        small.ingest(mapping=mapping)
    mapping.write_text(TICKETS.replace("upper(shelf)", "upper(shelv)"))
    with pytest.raises(SettingsError, match="shelv"):
        small.ingest(mapping=mapping)


def test_every_preset_is_valid_and_an_unknown_one_names_the_near_one():
    assert "complete_journey" in preset_names()
    for name in preset_names():
        assert read_preset(name).title
    with pytest.raises(SettingsError, match="did you mean 'complete_journey'"):
        read_preset("complet_journey")


def test_extra_columns_are_kept_and_never_hide_those_of_the_contract(small):
    small.usual("products")
    small.put(
        "products.csv",
        PRODUCTS.replace("stock_status", "stock_status,Shelf,price_cents").replace("stock\n", "stock,a,9\n"),
    )
    small.ingest()
    assert small.rows('SELECT "Shelf", price_cents, price_cents_extra FROM products ORDER BY product_id LIMIT 1') == [
        ("a", 3450, "9")
    ]
    assert list(Tables(small.shop).columns("products"))[-2:] == ["Shelf", "price_cents_extra"]


def test_headers_are_matched_without_regard_to_case_and_blanks(small):
    small.usual("products")
    small.put("products.csv", PRODUCTS.replace("product_id,title", "Product ID, TITLE "))
    small.ingest()
    assert products(small) == EXPECTED


CUSTOMERS = (
    "customer_id,email,registration_date,location_country,last_active_date\n"
    "c1,Ann@Shop.example,2024-01-01,DE,2024-05-01\n"
    ",x@y.example,2024-01-01,DE,2024-05-01\n"
)


def keyed(key, text):
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def test_customer_ids_and_addresses_are_stored_behind_the_keyed_hash(small, monkeypatch):
    monkeypatch.setenv("PARURE_PSEUDONYM_KEY", "0123456789abcdef")
    small.usual()
    small.put("customers.csv", CUSTOMERS)
    small.ingest(config=IngestConfig(pseudonymise=True))
    assert small.rows("SELECT customer_id, email FROM customers") == [
        (keyed("0123456789abcdef", "c1"), keyed("0123456789abcdef", "ann@shop.example"))
    ]
    assert small.rows("SELECT customer_id FROM orders") == [(keyed("0123456789abcdef", "c1"),)]
    everything = b"".join(path.read_bytes() for path in small.shop.rglob("*") if path.is_file())
    assert b"x@y.example" not in everything
    with pytest.raises(SettingsError, match="opposite"):
        small.ingest()


def test_the_key_is_made_once_for_its_owner_alone(small):
    small.usual()
    small.put("customers.csv", CUSTOMERS)
    small.ingest()
    key = small.shop / "pseudonym.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert small.rows("SELECT email FROM customers")[0][0] == keyed(key.read_text().strip(), "ann@shop.example")
    assert small.quarantine("customers")[0]["raw"].count("(hidden)") == 1


def test_an_ingest_that_was_killed_leaves_the_tables_as_they_were(small, monkeypatch):
    small.usual()
    small.ingest()
    before = Tables(small.shop).fingerprint
    small.put("products_2.csv", PRODUCTS.replace("p1", "p3"))
    monkeypatch.setattr("parure.ingest.ledger.Ledger.write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        small.ingest()
    monkeypatch.undo()
    assert Tables(small.shop).fingerprint == before
    assert len(products(small)) == 2
    small.ingest()
    assert len(products(small)) == 3
    assert not (small.shop / "tables" / ".work").exists()


def test_a_system_without_posix_locks_is_told_so(small, monkeypatch):
    small.usual()
    monkeypatch.setattr("parure.ingest.ledger._HAS_FLOCK", False)
    with pytest.raises(InputError, match="no file locks"):
        small.ingest()


def test_the_same_files_with_other_bounds_are_taken_in_instead_of_before(small):
    small.usual()
    lines = small.inputs / "order_items.csv"
    lines.write_text(lines.read_text() + "i2,o1,p2,7,20.00\n")
    tight = IngestConfig(threads=1, max_quantity=5)
    before = small.ingest(config=tight)
    assert before.of("order_items")[0].reasons == {"out_of_range": 1}
    assert not small.ingest(config=tight).changed
    after = small.ingest(config=IngestConfig(threads=1, max_quantity=10))
    report = after.of("order_items")[0]
    assert (report.rows_in, report.rows_accepted, report.reasons) == (2, 2, {})
    assert "settings have changed" in report.notes[0]
    assert after.rows_quarantined == 0
    assert small.rows("SELECT order_item_id FROM order_items ORDER BY 1") == [("i1",), ("i2",)]
    assert not list(small.shop.glob("quarantine/*/*.parquet"))
    assert len(list(small.shop.glob("tables/*/*.parquet"))) == 3
    assert small.ingest(config=tight).fingerprint == before.fingerprint


def test_what_is_taken_in_again_stays_older_than_what_came_after_it(small):
    small.usual()
    small.ingest()
    newer = small.put(
        "products-new.csv", PRODUCTS.replace("Ring", "Ring, new").replace("p1,Ring, new", 'p1,"Ring, new"')
    )
    small.ingest([newer])
    other = IngestConfig(threads=1, max_quantity=7)
    small.ingest([path for path in small.inputs.glob("*.csv") if path != newer], config=other)
    assert small.rows("SELECT title FROM products WHERE product_id = 'p1'") == [("Ring, new",)]


def test_the_same_files_in_another_dialect_are_taken_in_instead_of_before(small):
    small.usual()
    orders = small.inputs / "orders.csv"
    orders.write_text(orders.read_text().replace("2024-05-01 10:00:00", "03.04.2024 10:00"))
    small.ingest()
    american = IngestConfig.model_validate({"threads": 1, "dialect": {"date_format": "%m.%d.%Y %H:%M"}})
    result = small.ingest(config=american)
    assert result.rows_quarantined == 0
    assert small.rows("SELECT order_date FROM orders") == [(datetime(2024, 3, 4, 10, 0),)]  # noqa: DTZ001 - stored in UTC
