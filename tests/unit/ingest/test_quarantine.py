"""A row that breaks a rule is set aside with its file, line, reason, a sentence and the row itself."""

from __future__ import annotations

import json

import pytest

from parure.core.errors import ColumnError, InputError, MissingInputError, SettingsError
from parure.ingest import IngestConfig

PRODUCTS = "product_id,title,category,price,stock_status"


def product_fault(small, row):
    small.usual("products", "order_items")
    small.put("order_items.csv", "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,ok,1,34.50\n")
    small.put("products.csv", f"{PRODUCTS}\nok,Ring,rings,3.00,in_stock\n{row}\n")
    report = small.ingest().of("products")[0]
    assert (report.rows_in, report.rows_accepted, report.rows_quarantined) == (2, 1, 1)
    return small.quarantine("products")[0]


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        (",Ring,rings,3,in_stock", "missing_value", "product_id"),
        ("p2,  ,rings,3,in_stock", "missing_value", "title"),
        ("p2,Ring,rings,,in_stock", "missing_value", "price"),
        ("p2,Ring,rings,NULL,in_stock", "missing_value", "price"),
        ("p2,Ring,rings,NaN,in_stock", "bad_type", "price"),
        ("p2,Ring,rings,inf,in_stock", "bad_type", "price"),
        ("p2,Ring,rings,cheap,in_stock", "bad_type", "price"),
        ("p2,Ring,rings,0,in_stock", "nonpositive_price", "price"),
        ("p2,Ring,rings,-5.00,in_stock", "nonpositive_price", "price"),
        ("p2,Ring,rings,99999999999,in_stock", "out_of_range", "price"),
        ("p2,Ring,rings,3,sold", "unknown_choice", "stock_status"),
        ("ok,Ring,rings,3,in_stock", "duplicate_id", "product_id"),
        ("p2,Ring,rings", "malformed_row", ""),
        ("p2,Ring,rings,3,in_stock,more", "malformed_row", ""),
        ('p2,"Ring,rings,3,in_stock', "malformed_row", ""),
        ("p2,Ri\0ng,rings,3,in_stock", "malformed_row", ""),
    ],
)
def test_a_bad_product_names_its_reason(small, row, reason, column):
    aside = product_fault(small, row)
    assert (aside["file"], aside["line"], aside["reason"], aside["column"]) == ("products.csv", 3, reason, column)
    assert aside["sentence"].endswith(".")
    assert aside["reasons"][0] == (f"{reason}:{column}" if column else reason)


def test_a_row_with_several_faults_lists_them_all(small):
    aside = product_fault(small, "p2,,rings,-1,sold")
    assert aside["reason"] == "missing_value"
    assert aside["reasons"] == ["missing_value:title", "nonpositive_price:price", "unknown_choice:stock_status"]
    assert json.loads(aside["raw"])["price"] == "-1"


def test_a_price_with_comma_and_sign_among_points_is_read(small):
    small.usual("products")
    small.put("products.csv", f'{PRODUCTS}\np1,Ring,rings,3.00,in_stock\np2,Ring,rings,"34,00 €",in_stock\n')
    assert small.ingest().of("products")[0].rows_accepted == 2
    assert small.rows("SELECT price_cents FROM products ORDER BY 1") == [(300,), (3400,)]


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("orders", "o9,c1,2031-01-01,completed,1", "future_time"),
        ("orders", "o9,c1,1870-01-01,completed,1", "absurd_time"),
        ("orders", "o9,c1,soon,completed,1", "bad_type"),
        ("orders", "o9,c1,2024-01-01,lost,1", "unknown_choice"),
        ("orders", "o9,c1,2024-01-01,completed,-1", "out_of_range"),
        ("order_items", "i9,o1,p1,1000000000,1", "out_of_range"),
        ("order_items", "i9,o1,p1,0,1", "out_of_range"),
        ("order_items", "i9,o1,p1,nan,1", "bad_type"),
        ("order_items", "i9,o1,p1,1,0", "nonpositive_price"),
        ("order_items", "i9,o8,p1,1,1", "orphan_order"),
        ("order_items", "i9,o1,p8,1,1", "orphan_product"),
    ],
)
def test_a_bad_fact_names_its_reason(small, table, row, reason):
    small.usual()
    path = small.inputs / f"{table}.csv"
    path.write_text(path.read_text() + row + "\n")
    small.ingest()
    aside = small.quarantine(table)
    assert [(a["line"], a["reason"]) for a in aside] == [(3, reason)]


def test_a_customer_nobody_listed_is_an_orphan_only_where_customers_are_given(small):
    small.usual()
    assert small.ingest().customers_derived
    assert small.rows("SELECT customer_id, registration_date::VARCHAR FROM customers") == [("c1", "2024-05-01")]
    small.put(
        "customers.csv",
        "customer_id,registration_date,location_country,last_active_date\nc1,2024-01-01,DE,2024-05-01\n",
    )
    small.put(
        "orders_2.csv", "order_id,customer_id,order_date,order_status,total_amount\no2,c7,2024-05-01,completed,1\n"
    )
    result = small.ingest()
    assert not result.customers_derived
    assert result.of("orders")[-1].reasons == {"orphan_customer": 1}


def test_lines_are_physical_lines_where_cells_hold_line_breaks(small):
    small.usual("products")
    small.put("products.csv", f'{PRODUCTS}\np1,"Ring\nof\r\ngold",rings,1,in_stock\n\np2,Ring,rings,0,in_stock\n')
    small.ingest()
    assert [a["line"] for a in small.quarantine("products")] == [6]
    assert small.rows("SELECT title FROM products")[0][0].startswith("Ring\nof")


def test_after_an_endless_quote_the_next_lines_are_read(small):
    small.usual("products")
    small.put(
        "products.csv", f'{PRODUCTS}\np1,Ring,rings,1,in_stock\np2,"Ring,rings,1,in_stock\np3,Ring,rings,1,in_stock\n'
    )
    report = small.ingest().of("products")[0]
    assert (report.rows_in, report.rows_accepted, report.reasons) == (3, 2, {"malformed_row": 1})


def test_an_optional_cell_may_be_empty_but_not_nonsense(small):
    small.usual("products", "order_items")
    small.put("order_items.csv", "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,p1,1,34.50\n")
    rows = [
        "p1,R,r,1,in_stock,,",
        "p2,R,r,1,in_stock,nan,2024-01-01",
        "p3,R,r,1,in_stock,heavy,",
        "p4,R,r,1,in_stock,2,soon",
    ]
    small.put("products.csv", f"{PRODUCTS},weight,created_date\n" + "\n".join(rows) + "\n")
    small.ingest()
    assert [(a["line"], a["reason"], a["column"]) for a in small.quarantine("products")] == [
        (4, "bad_type", "weight"),
        (5, "bad_type", "created_date"),
    ]


def test_a_key_taken_in_before_is_a_newer_version_of_a_product_and_a_fault_of_an_order(small):
    small.usual()
    small.ingest()
    small.put("products_2.csv", f"{PRODUCTS}\np1,New ring,rings,40.00,in_stock\n")
    small.put(
        "orders_2.csv", "order_id,customer_id,order_date,order_status,total_amount\no1,c1,2024-05-01,completed,1\n"
    )
    result = small.ingest()
    assert result.of("orders")[-1].reasons == {"already_present": 1}
    assert small.rows("SELECT title FROM products ORDER BY product_id") == [("New ring",), ("Kette",)]


def test_free_lines_are_taken_where_the_shop_says_so(small):
    small.usual("order_items")
    small.put("order_items.csv", "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,p1,1,0\n")
    assert small.ingest(config=IngestConfig(free_lines=True)).rows_quarantined == 0


def test_a_missing_required_column_names_the_near_one(small):
    small.usual("products")
    small.put("products.csv", PRODUCTS.replace("product_id", "produkt_id") + "\np1,Ring,rings,3,in_stock\n")
    with pytest.raises(ColumnError, match=r"got 'produkt_id', did you mean product_id\?"):
        small.ingest()


def test_products_alone_are_a_shop_and_orders_without_lines_are_not(small):
    small.usual("orders", "order_items")
    assert small.ingest().catalogue_only
    assert small.rows("SELECT count(*) FROM customers") == [(0,)]
    small.usual("order_items")
    with pytest.raises(MissingInputError, match="The table order_items"):
        small.ingest()
    small.usual()
    assert not small.ingest().catalogue_only


def test_events_in_a_file_of_a_misspelled_name_are_not_silently_left_out(small):
    small.usual("orders", "order_items")
    small.put("interaction.csv", "interaction_id\n1\n")
    with pytest.raises(MissingInputError, match=r"The table interactions .* similar name: did you mean 'interaction'"):
        small.ingest()


def test_a_missing_table_names_the_near_file(small):
    small.usual("products")
    small.put("prodcuts.csv", f"{PRODUCTS}\np1,Ring,rings,3,in_stock\n")
    with pytest.raises(MissingInputError, match="prodcuts"):
        small.ingest()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (PRODUCTS.encode() + b"\n", "no rows"),
        (",".join(f"c{i}" for i in range(10_000)).encode() + b"\n", "10,000 columns"),
    ],
)
def test_a_file_without_a_table_in_it_is_refused(small, content, message):
    small.usual("products")
    small.put("products.csv", content)
    with pytest.raises(InputError, match=message):
        small.ingest()
    assert not (small.shop / "tables" / "ledger.json").exists()


def test_a_packed_file_that_is_cut_off_is_refused(small):
    import gzip

    small.usual("products")
    small.put("products.csv.gz", gzip.compress(b"x" * 100_000)[:-20])
    with pytest.raises(InputError, match="cut off"):
        small.ingest()


def test_a_loop_of_links_and_a_path_that_is_not_there_are_refused(small):
    loop = small.inputs / "products.csv"
    loop.symlink_to(loop)
    with pytest.raises(MissingInputError):
        small.ingest([loop])
    with pytest.raises(MissingInputError, match="no file or directory"):
        small.ingest([small.inputs / "nowhere.csv"])


def test_a_day_that_is_none_is_refused(small):
    small.usual()
    with pytest.raises(SettingsError, match="1990-01-01"):
        small.ingest(config=IngestConfig(earliest="long ago"))


PROMOTIONS = "promotion_id,product_id,start_date,end_date,promotion_type,share"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("m9,p1,2025-03-02,2025-03-01,mailer,1", "ends_before_start"),
        ("m9,p1,2025-03-02,,mailer,1", "missing_value"),
        ("m9,p8,2025-03-02,2025-03-05,mailer,1", "orphan_product"),
        ("m9,p1,2025-03-02,2025-03-05,mailer,1.5", "out_of_range"),
    ],
)
def test_a_bad_promotion_names_its_reason(small, row, reason):
    small.usual()
    small.put("promotions.csv", f"{PROMOTIONS}\nm1,p1,2025-03-01,2025-03-01,mailer,0.5\n{row}\n")
    report = small.ingest().of("promotions")[0]
    assert (report.rows_in, report.rows_accepted, report.reasons) == (2, 1, {reason: 1})


def test_a_promotion_whose_key_comes_again_is_a_newer_version_of_it(small):
    small.usual()
    small.put("promotions.csv", f"{PROMOTIONS}\nm1,p1,2025-03-01,2025-03-07,mailer,0.5\n")
    small.ingest()
    later = small.put("promotions_2.csv", f"{PROMOTIONS}\nm1,p1,2025-03-08,2025-03-14,display,\n")
    small.ingest([later])
    found = small.rows("SELECT start_date::VARCHAR, promotion_type, share FROM promotions")
    assert found == [("2025-03-08", "display", None)]
