"""Odd but sound inputs: what a shop really exports is read as it was meant, and said in the report."""

from __future__ import annotations

import gzip
import sqlite3

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parure.ingest import Dialect, IngestConfig

RINGS = (
    "product_id,title,category,price,stock_status\np1,Ring für Ärztin,rings,34.00,in_stock\np2,B,rings,1.00,in_stock\n"
)


def one(result, table):
    (report,) = result.of(table)
    return report


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_delimiter_other_than_the_comma_is_found(files, delimiter):
    files.write("products", files.text("products").replace(",", delimiter))
    report = one(files.ingest(), "products")
    assert report.rows_accepted == 2
    assert report.dialect["delimiter"] == delimiter


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
def test_umlauts_are_read_in_every_encoding(files, encoding):
    files.write("products", ("\ufeff" if encoding == "utf-16-le" else "") + RINGS, encoding=encoding)
    assert one(files.ingest(), "products").rows_accepted == 2
    assert files.rows("products", "title") == ["B", "Ring für Ärztin"]


def test_each_line_of_a_file_in_two_encodings_is_read_in_its_own(files):
    lines = RINGS.splitlines(keepends=True)
    content = lines[0].encode() + lines[1].encode("utf-8") + "p3,Über,rings,5.00,in_stock\n".encode("cp1252")
    files.write("products", content + lines[2].encode())
    report = one(files.ingest(), "products")
    assert files.rows("products", "title") == ["B", "Ring für Ärztin", "Über"]
    assert any("two encodings" in note for note in report.notes)


def test_text_that_was_read_twice_as_utf8_is_repaired_and_the_report_says_so(files):
    files.write("products", RINGS.encode().decode("latin-1"))
    report = one(files.ingest(), "products")
    assert files.rows("products", "title") == ["B", "Ring für Ärztin"]
    assert any("read twice" in note for note in report.notes)


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("34,00 €", 3400),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("€ 34.00", 3400),
        ("34,00 EUR", 3400),
        ("1 234,50 €", 123450),
        ("1'234.50", 123450),
        ("34,-", 3400),
        ("0.335", 34),
    ],
)
def test_prices_are_read_as_people_write_them(files, written, cents):
    rows = [f'p{place};Ring;rings;"{written}";in_stock' for place in range(1, 4)]
    files.write("products", "product_id;title;category;price;stock_status\n" + "\n".join(rows) + "\n")
    files.remove("order_items", "orders")
    assert one(files.ingest(), "products").reasons == {}
    assert set(files.rows("products", "price_cents")) == {cents}


def test_a_cell_with_line_breaks_is_one_cell(files):
    files.add("products", 'p8,"Ring\nof ""pure""\ngold",rings,5.00,in_stock', "p9,Ring,rings,6.00,in_stock")
    assert one(files.ingest(), "products").rows_in == 4
    assert 'Ring\nof "pure"\ngold' in files.rows("products", "title")


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_other_systems_are_line_ends(files, ending):
    files.write("products", files.text("products").replace("\n", ending))
    assert one(files.ingest(), "products").rows_accepted == 2


def test_ids_keep_their_leading_zeros(files):
    files.add("products", "00123,Ring,rings,5.00,in_stock", "123,Other,rings,5.00,in_stock")
    files.ingest()
    assert {"00123", "123"} <= set(files.rows("products", "product_id"))


@pytest.mark.parametrize("name", ["nan", "💍-1", "خاتم", "a b", "O'Neill", 'say "hi"', "1e5", "-1", "true"])
def test_an_id_may_be_any_text(files, name):
    quoted = '"' + name.replace('"', '""') + '"'
    files.add("products", f"{quoted},Ring,rings,5.00,in_stock")
    files.add("order_items", f"i9,o1,{quoted},1,5.00")
    assert files.ingest().rows_quarantined == 0
    assert name in files.rows("products", "product_id")


def test_ids_that_only_look_alike_are_not_the_same(files):
    files.add("products", "p1\u200b,Zero width,rings,5.00,in_stock", "P1,Upper case,rings,5.00,in_stock")
    assert one(files.ingest(), "products").rows_accepted == 4


def test_the_id_null_is_nothing_unless_the_shop_says_otherwise(files):
    files.add("products", "NULL,Ring,rings,5.00,in_stock")
    config = IngestConfig(missing_values=())
    assert one(files.ingest(config=config), "products").rows_accepted == 3
    assert "NULL" in files.rows("products", "product_id")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["13/04/2024", "03/04/2024"], ["2024-04-03", "2024-04-13"]),
        (["04/13/2024", "04/03/2024"], ["2024-04-03", "2024-04-13"]),
        (["13.04.2024", "03.04.2024"], ["2024-04-03", "2024-04-13"]),
    ],
)
def test_one_day_above_twelve_settles_the_order_of_day_and_month(files, days, expected):
    lines = [f"c{n},{day},DE,2024-05-01" for n, day in enumerate(days, 1)]
    files.write("customers", "\n".join([files.text("customers").splitlines()[0], *lines]) + "\n")
    files.ingest()
    assert sorted(files.rows("customers", "registration_date::VARCHAR")) == expected


def test_days_that_can_be_read_both_ways_are_said_to_be(files):
    lines = [f"c{n},0{n}/04/2024,DE,2024-05-01" for n in (1, 2)]
    files.write("customers", "\n".join([files.text("customers").splitlines()[0], *lines]) + "\n")
    report = one(files.ingest(), "customers")
    assert any("day or the month first" in note for note in report.notes)
    assert files.rows("customers", "registration_date::VARCHAR") == ["2024-04-01", "2024-04-02"]


@pytest.mark.parametrize(
    "written", ["1714557600", "1714557600000", "1714557600000000", "2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00Z"]
)
def test_moments_are_read_as_machines_write_them(files, written):
    lines = [f"v{n},c1,p1,view,{written}" for n in range(3)]
    files.write("interactions", "\n".join([files.text("interactions").splitlines()[0], *lines]) + "\n")
    files.ingest()
    assert set(files.rows("interactions", '"timestamp"::VARCHAR')) == {"2024-05-01 10:00:00"}


def test_a_time_zone_that_is_set_moves_times_to_utc(files):
    files.ingest(config=IngestConfig(dialect=Dialect(timezone="Europe/Berlin")))
    assert files.rows("orders", "order_date::VARCHAR") == ["2024-05-01 08:00:00", "2024-05-02 09:30:00"]


def test_columns_of_the_same_name_and_without_one_are_kept_apart(files):
    files.write(
        "products",
        "product_id,title,category,price,stock_status,note,note,\np1,A,r,1,in_stock,x,y,z\np2,B,r,1,in_stock,,,\n",
    )
    assert one(files.ingest(), "products").rows_accepted == 2
    columns = "product_id, note, note_7, column_8"
    assert files.rows("products", columns)[0] == ("p1", "x", "y", "z")


def test_header_names_may_differ_in_case_and_blanks(files):
    files.write("products", files.text("products").replace("product_id,title", " Product ID ,TITLE"))
    assert one(files.ingest(), "products").rows_accepted == 2


def test_nested_parquet_and_nested_json_become_text_columns(files):
    names = files.text("products").splitlines()[0].split(",")
    columns = list(zip(*(line.split(",") for line in files.text("products").splitlines()[1:]), strict=True))
    table = pa.table(
        {name: list(values) for name, values in zip(names, columns, strict=True)}
        | {"tags": [["a", "b"], []], "shape": [{"r": 1}, None]}
    )
    files.remove("products")
    pq.write_table(table, files.path("products", ".parquet"))
    assert one(files.ingest(), "products").rows_accepted == 2
    assert files.rows("products", "product_id, tags, shape")[0] == ("p1", '["a","b"]', '{"r":1}')


def test_nested_json_lines_keep_what_is_inside(files):
    lines = [
        '{"product_id": "p1", "title": "Ring", "category": "r", "price": 34.0, "stock_status": "in_stock",'
        ' "a": {"b": 1}}',
        '{"price": 20, "product_id": "p2", "title": "Chain", "category": "r", "stock_status": "in_stock", "new": true}',
    ]
    files.write("products", "\n".join(lines), ".jsonl")
    assert one(files.ingest(), "products").rows_accepted == 2
    assert files.rows("products", "product_id, price_cents, a, new") == [
        ("p1", 3400, '{"b":1}', None),
        ("p2", 2000, None, "true"),
    ]


def test_a_packed_file_is_read_as_if_it_were_not(files):
    files.write("products", gzip.compress(files.text("products").encode()), ".csv.gz")
    assert one(files.ingest(), "products").rows_accepted == 2


def test_an_excel_sheet_may_start_with_empty_rows_and_hold_numbers(files):
    book = openpyxl.Workbook()
    book.active.append([])
    for line in files.text("products").splitlines():
        cells = line.split(",")
        book.active.append([float(c) if c.replace(".", "").isdigit() else c for c in cells])
    files.remove("products")
    book.save(files.path("products", ".xlsx"))
    assert one(files.ingest(), "products").rows_accepted == 2
    assert files.rows("products", "price_cents") == [2000, 3400]


def test_a_database_gives_its_tables(files):
    with sqlite3.connect(files.folder / "shop.db") as database:
        for table in ("products", "customers", "orders", "order_items", "interactions"):
            names, *lines = (line.split(",") for line in files.text(table).splitlines())
            database.execute(f"CREATE TABLE {table} ({', '.join(names)})")
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", lines)
    database.close()
    result = files.ingest([f"sqlite:///{files.folder / 'shop.db'}"])
    assert result.rows_accepted == 10


def test_two_files_of_one_table_add_up(files):
    files.write("orders-2024", files.text("orders").replace("o1,", "o3,").replace("o2,", "o4,"))
    result = files.ingest()
    assert [report.rows_accepted for report in result.of("orders")] == [2, 2]
