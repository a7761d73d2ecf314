"""What a file's bytes and values look like is found out, reported, and can be set."""

from __future__ import annotations

import gzip

import duckdb
import pytest

from parure.core.errors import ColumnError, SettingsError
from parure.ingest import Dialect, IngestConfig
from parure.ingest.cells import MACROS
from parure.ingest.detect import find_currency, find_date_format, find_decimal, find_delimiter, has_offsets

PRODUCTS = "product_id,title,category,price,stock_status\np1,{},rings,34.50,in_stock\n"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_each_delimiter_is_found(mark):
    assert (
        find_delimiter(f"product_id{mark}title{mark}price\np1{mark}a, b; c{mark}3\n", {"product_id", "title"}) == mark
    )


def test_commas_inside_quotes_do_not_pass_for_delimiters():
    head = 'id;text\n1;"a, b, c"\n2;"d, e, f"\n'
    assert find_delimiter(head) == ";"


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["34,00 €", "5,5"], ","),
        (["34.00", "5"], "."),
        (["1.234,50"], ","),
        (["1,234.50"], "."),
        (["12", "7"], ""),
        (["1,234"], ""),
    ],
)
def test_the_decimal_mark_is_found_or_left_open(values, mark):
    assert find_decimal(values) == mark


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("34.50", 34.5, 34.5),
        ("34,00 €", 34.0, 34.0),
        ("€ 34", 34.0, 34.0),
        ("EUR 1.234,50", 1234.5, 1234.5),
        ("$1,234.50", 1234.5, 1234.5),
        ("1,234", 1234.0, 1.234),
        ("1.234", 1.234, 1234.0),
        ("1.234.567", 1234567.0, 1234567.0),
        ("1 234,50", 1234.5, 1234.5),
        ("1'234.50", 1234.5, 1234.5),
        ("1\u00a0234,50\u00a0€", 1234.5, 1234.5),
        ("12,-", 12.0, 12.0),
        ("-5,00", -5.0, -5.0),
        ("12 34", None, None),
        ("1.2.3", None, None),
        ("12abc34", None, None),
        ("abc", None, None),
        ("", None, None),
    ],
)
def test_amounts_are_read_as_people_write_them(text, point, comma):
    with duckdb.connect() as con:
        con.execute(MACROS)
        assert con.execute("SELECT parure_amount($1, false), parure_amount($1, true)", [text]).fetchone() == (
            point,
            comma,
        )


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["2024-05-01", "2024-05-02 10:00:00"], "iso"),
        (["2024-05-01T10:00:00+02:00"], "iso"),
        (["01.05.2024", "31.12.2024"], "%d.%m.%Y"),
        (["31/12/2024", "01/05/2024"], "%d/%m/%Y"),
        (["12/31/2024", "05/01/2024"], "%m/%d/%Y"),
        (["12/31/2024 14:05"], "%m/%d/%Y %H:%M"),
        (["12/31/2024 02:05 PM"], "%m/%d/%Y %I:%M %p"),
        (["31.12.24"], "%d.%m.%y"),
        (["03/04/2024"], "day or month first"),
        (["1714557600", "1714557601"], "epoch_s"),
        (["1714557600000"], "epoch_ms"),
        (["1714557600000000"], "epoch_us"),
        (["20240501"], "%Y%m%d"),
        (["1 June 2024"], "%d %B %Y"),
        (["2024/05/01"], "%Y/%m/%d"),
        ([], "iso"),
    ],
)
def test_the_date_format_is_found(values, found):
    assert find_date_format(values) == found


def test_currencies_and_offsets_are_found():
    assert find_currency(["34,00 €", "5 €", "$3"]) == "EUR"
    assert find_currency(["12.00 USD"]) == "USD"
    assert find_currency(["12.00"]) == ""
    assert has_offsets(["2024-05-01T10:00:00+02:00"])
    assert has_offsets(["2024-05-01T10:00:00Z"])
    assert not has_offsets(["2024-05-01", "2024-05-01 10:00:00"])


def titles(small):
    return [row[0] for row in small.rows("SELECT title FROM products ORDER BY product_id")]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PRODUCTS.format("Grüße").encode("utf-8"), "utf-8"),
        (PRODUCTS.format("Grüße").encode("utf-8-sig"), "utf-8 with byte order mark"),
        (PRODUCTS.format("Grüße").encode("cp1252"), "cp1252"),
        (PRODUCTS.format("Grüße").encode("utf-16"), "utf-16"),
        (PRODUCTS.format("Gruss").encode("ascii"), "ascii"),
    ],
)
def test_each_encoding_is_read_and_reported(small, content, encoding):
    small.usual("products", "order_items")
    small.put("products.csv", content)
    small.put("order_items.csv", "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,p1,1,34.50\n")
    result = small.ingest()
    assert result.of("products")[0].dialect["encoding"] == encoding
    assert titles(small) == ["Gruss" if encoding == "ascii" else "Grüße"]


def test_text_that_was_read_twice_is_repaired_and_reported(small):
    small.usual("products")
    small.put("products.csv", PRODUCTS.format("Ring fÃ¼r SIE, SÃO PAULO".replace(",", "")))
    report = small.ingest().of("products")[0]
    assert titles(small) == ["Ring für SIE SÃO PAULO"]
    assert "read twice" in report.notes[0]


def test_each_line_of_a_file_in_two_encodings_is_read_in_its_own(small):
    small.usual("products")
    lines = [PRODUCTS.format("Größe").encode("utf-8"), "p2,Fläche,rings,1.00,in_stock\n".encode("cp1252")]
    small.put("products.csv", b"".join(lines))
    report = small.ingest().of("products")[0]
    assert titles(small) == ["Größe", "Fläche"]
    assert report.dialect["encoding"] == "cp1252 and utf-8"
    assert "two encodings" in report.notes[0]


def test_a_packed_file_is_read(small):
    small.usual("products")
    small.put("products.csv.gz", gzip.compress(PRODUCTS.format("Grüße").encode()))
    assert small.ingest().of("products")[0].rows_accepted == 1
    assert titles(small) == ["Grüße"]


def test_a_german_file_is_read(small):
    small.usual("products", "orders")
    small.put(
        "products.csv",
        "product_id;title;category;price;stock_status\np1;Ring;Ringe;34,00 €;In Stock\n"
        "p2;Kette;Ketten;1.234,50 €;out of stock\n",
    )
    small.put(
        "orders.csv",
        "order_id;customer_id;order_date;order_status;total_amount\no1;c1;01.05.2024 14:30;completed;1.234\n",
    )
    result = small.ingest()
    assert small.rows("SELECT price_cents, stock_status FROM products ORDER BY 1") == [
        (3400, "in_stock"),
        (123450, "out_of_stock"),
    ]
    assert small.rows("SELECT order_date::VARCHAR, total_amount_cents FROM orders") == [("2024-05-01 14:30:00", 123400)]
    assert result.of("products")[0].dialect["currency"] == "EUR"
    assert result.of("orders")[0].dialect["date_format"] == {"order_date": "%d.%m.%Y %H:%M"}


def orders_on(*moments):
    rows = "".join(f"o{i},c1,{moment},completed,1.00\n" for i, moment in enumerate(moments))
    return "order_id,customer_id,order_date,order_status,total_amount\n" + rows


def moments(small):
    return [row[0] for row in small.rows("SELECT order_date::VARCHAR FROM orders ORDER BY order_id")]


def test_the_whole_column_decides_between_day_and_month_first(small):
    small.usual("orders", "order_items")
    small.put("order_items.csv", "order_item_id,order_id,product_id,quantity,unit_price\ni1,o0,p1,1,1\n")
    small.put("orders.csv", orders_on(*["03/04/2024"] * 3_000, "04/25/2024"))
    report = small.ingest().of("orders")[0]
    assert report.dialect["date_format"]["order_date"] == "%m/%d/%Y"
    assert moments(small)[0] == "2024-03-04 00:00:00"


def test_dates_that_fit_both_orders_are_read_with_the_day_first_and_noted(small):
    small.usual("orders")
    small.put("orders.csv", orders_on("03/04/2024", "05/06/2024"))
    report = small.ingest().of("orders")[0]
    assert moments(small) == ["2024-04-03 00:00:00", "2024-06-05 00:00:00"]
    assert "day or the month first" in report.notes[0]


def test_offsets_are_moved_to_utc_and_other_times_are_taken_in_the_zone_that_was_set(small):
    small.usual("orders")
    small.put("orders.csv", orders_on("2024-07-01 10:00:00", "2024-07-01T10:00:00-05:00", "2024-07-01T10:00:00Z"))
    config = IngestConfig(threads=1, dialect=Dialect(timezone="Europe/Berlin"))
    small.ingest(config=config)
    assert moments(small) == ["2024-07-01 08:00:00", "2024-07-01 15:00:00", "2024-07-01 10:00:00"]


@pytest.mark.parametrize("value", ["1714557600", "1714557600000", "1714557600000000"])
def test_epochs_are_read(small, value):
    small.usual("orders")
    small.put("orders.csv", orders_on(value))
    small.ingest()
    assert moments(small) == ["2024-05-01 10:00:00"]


def test_an_unknown_time_zone_names_the_near_one(small):
    small.usual()
    with pytest.raises(SettingsError, match="Europe/Berlin"):
        small.ingest(config=IngestConfig(dialect=Dialect(timezone="Europe/Berlim")))


def test_a_delimiter_that_was_set_wrongly_is_pointed_at(small):
    small.usual("products")
    small.put("products.csv", "product_id;title;category;price;stock_status\np1;Ring;rings;3;in_stock\n")
    with pytest.raises(ColumnError, match="check its delimiter"):
        small.ingest(config=IngestConfig(dialect=Dialect(delimiter=",")))


def test_what_is_set_wins_over_what_is_detected(small):
    small.usual("orders")
    small.put("orders.csv", orders_on("03/04/2024"))
    small.ingest(config=IngestConfig(dialect=Dialect(date_format="%m/%d/%Y")))
    assert moments(small) == ["2024-03-04 00:00:00"]
