"""Broken rows: each kind goes to quarantine under its reason and line, and the sound rows around it are kept.

A case is a function that breaks the files; its first line says what is wrong. ``@case`` says which table loses which
lines, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Break = Callable[[Any], object]
CASES: list[tuple[Break, str, list[tuple[int, str]]]] = []


def case(table: str, *lines: tuple[int, str]) -> Callable[[Break], Break]:
    """Register a case: ``table`` must lose exactly these (line, reason)."""

    def register(function: Break) -> Break:
        CASES.append((function, table, list(lines)))
        return function

    return register


# -- cells ------------------------------------------------------------------------------------------------------------


@case("order_items", (4, "out_of_range"))
def quantity_of_a_billion(files):
    """A quantity of 1e9."""
    files.add("order_items", "i9,o1,p1,1e9,34.00")


@case("order_items", (4, "out_of_range"), (5, "out_of_range"))
def quantity_zero_or_negative(files):
    """No units, or a negative number of them."""
    files.add("order_items", "i8,o1,p1,0,34.00", "i9,o1,p1,-2,34.00")


@case("products", (4, "nonpositive_price"), (5, "nonpositive_price"))
def price_zero_or_negative(files):
    """A product that costs nothing, or less."""
    files.add("products", "p8,Ring,rings,0,in_stock", "p9,Ring,rings,-5.00,in_stock")


@case("products", (4, "bad_type"), (5, "bad_type"), (6, "bad_type"))
def price_nan_or_infinite(files):
    """A price of NaN or infinity."""
    files.add("products", "p7,R,r,nan,in_stock", "p8,R,r,inf,in_stock", "p9,R,r,-Infinity,in_stock")


@case("products", (4, "bad_type"), (5, "missing_value"))
def price_word_or_empty(files):
    """A price that is a word, and one that is missing."""
    files.add("products", "p8,Ring,rings,cheap,in_stock", "p9,Ring,rings,,in_stock")


@case("products", (4, "out_of_range"))
def price_beyond_reason(files):
    """A price of a trillion."""
    files.add("products", "p9,Ring,rings,1000000000000,in_stock")


@case("products", (4, "unknown_choice"))
def stock_status_unknown(files):
    """A stock status that is not in the list."""
    files.add("products", "p9,Ring,rings,5.00,perhaps")


@case("interactions", (4, "unknown_choice"))
def interaction_type_unknown(files):
    """An interaction that is not in the list."""
    files.add("interactions", "v9,c1,p1,stare,2024-05-01 10:00:00")


@case("orders", (4, "unknown_choice"))
def order_status_unknown(files):
    """An order status that is not in the list."""
    files.add("orders", "o9,c1,2024-05-01 10:00:00,lost,10.00")


@case("customers", (4, "missing_value"), (5, "missing_value"))
def id_empty_or_blank(files):
    """An empty id, and one of blanks."""
    files.add("customers", ",2023-01-01,DE,2024-05-01", "   ,2023-01-01,DE,2024-05-01")


# -- times ------------------------------------------------------------------------------------------------------------


@case("interactions", (4, "future_time"))
def time_in_the_future(files):
    """An event a year from now."""
    files.add("interactions", "v9,c1,p1,view,2025-05-01 10:00:00")


@case("interactions", (4, "absurd_time"), (5, "future_time"))
def year_one_and_year_9999(files):
    """Events of the years 1 and 9999."""
    files.add("interactions", "v8,c1,p1,view,0001-01-01 00:00:00", "v9,c1,p1,view,9999-12-31 00:00:00")


@case("orders", (4, "bad_type"))
def day_that_is_not_in_the_calendar(files):
    """The 30th of February."""
    files.add("orders", "o9,c1,2024-02-30 10:00:00,completed,10.00")


@case("customers", (4, "bad_type"))
def german_day_that_is_not_in_the_calendar(files):
    """31.02.2024 among German dates."""
    lines = ["customer_id,registration_date,location_country,last_active_date"]
    lines += ["c1,15.01.2023,DE,01.05.2024", "c2,20.02.2023,AT,02.05.2024", "c9,31.02.2024,DE,01.05.2024"]
    files.write("customers", "\n".join(lines))


# -- ids --------------------------------------------------------------------------------------------------------------


@case("products", (4, "duplicate_id"))
def id_twice_in_a_file(files):
    """The same product id twice in one file: the first one stays."""
    files.add("products", "p1,Other,rings,1.00,in_stock")


@case("orders", (2, "already_present"))
def id_again_in_another_file(files):
    """An order that another file has brought already."""
    files.write("orders-2", files.text("orders").replace("o2,", "o3,").replace("o1,c1,2024", "o1,c1,2023"))
    # The lines of order o3 are in no file, which is no fault.


@case("orders", (4, "orphan_customer"))
def order_of_nobody(files):
    """An order of a customer who is not there."""
    files.add("orders", "o9,nobody,2024-05-01 10:00:00,completed,10.00")


@case("order_items", (4, "orphan_order"), (5, "orphan_product"))
def line_of_no_order_or_product(files):
    """Order lines whose order or product is not there."""
    files.add("order_items", "i8,nowhere,p1,1,1.00", "i9,o1,nothing,1,1.00")


@case("interactions", (4, "orphan_product"), (5, "orphan_customer"))
def interaction_with_nothing_or_nobody(files):
    """Interactions with a product or of a customer who are not there."""
    files.add("interactions", "v8,c1,nothing,view,2024-05-01 10:00:00", "v9,nobody,p1,view,2024-05-01 10:00:00")


@case("order_items", (4, "orphan_order"))
def line_of_a_rejected_order(files):
    """A line whose order was set aside goes with it."""
    files.add("orders", "o9,c1,never,completed,10.00")
    files.add("order_items", "i9,o9,p1,1,1.00")


# -- lines ------------------------------------------------------------------------------------------------------------


@case("products", (4, "malformed_row"))
def too_many_cells(files):
    """A line with more cells than the header."""
    files.add("products", "p9,Ring, with a comma,rings,5.00,in_stock")


@case("products", (4, "malformed_row"))
def too_few_cells(files):
    """A line with fewer cells than the header."""
    files.add("products", "p9,Ring,rings")


@case("products", (4, "malformed_row"))
def quote_that_never_closes(files):
    """A quote that is opened and never closed takes its own line only."""
    files.add("products", 'p8,"Ring,rings,5.00,in_stock', "p9,Ring,rings,5.00,in_stock")


@case("products", (4, "malformed_row"))
def nul_bytes(files):
    """NUL bytes inside a line."""
    files.add("products", "p9,Ri\0ng,rings,5.00,in_stock")


@case("products", (4, "malformed_row"))
def five_megabytes_in_a_cell(files):
    """A cell of five megabytes."""
    files.add("products", f"p9,{'x' * 5_000_000},rings,5.00,in_stock", "p8,Ring,rings,5.00,in_stock")


@case("products", (6, "bad_type"))
def fault_after_a_quoted_line_break(files):
    """A fault after a cell with line breaks is named by its physical line."""
    files.add("products", 'p8,"Ring\nof gold",rings,5.00,in_stock', "p9,Ring,rings,cheap,in_stock")


@case("products", (3, "malformed_row"), (5, "bad_type"))
def broken_json_line(files):
    """JSON Lines with a broken line and an array in place of an object."""
    sound = '{"product_id": "%s", "title": "Ring", "category": "rings", "price": %s, "stock_status": "in_stock"}'
    lines = [sound % ("p1", 34), sound % ("p2", 20), '{"product_id": "p8", "title"', sound % ("p3", 5)]
    lines.append(sound % ("p9", '"cheap"'))
    files.write("products", "\n".join(lines), ".jsonl")


@pytest.mark.parametrize(("function", "table", "lines"), [pytest.param(*c, id=c[0].__name__) for c in CASES])
def test_a_broken_row_is_set_aside_under_its_reason_and_line(files, function, table, lines):
    function(files)
    result = files.ingest()
    assert files.quarantine(table) == sorted(lines)
    for report in result.files:
        assert report.rows_in == report.rows_accepted + report.rows_quarantined
        assert sum(report.reasons.values()) == report.rows_quarantined
    assert {"p1", "p2"} <= set(files.rows("products", "product_id"))
    assert {"c1", "c2"} <= set(files.rows("customers", "customer_id"))
    assert {"o1", "o2"} <= set(files.rows("orders", "order_id"))


def test_every_case_says_what_is_wrong_in_one_line():
    assert all(function.__doc__ and "\n" not in function.__doc__ for function, _, _ in CASES)
