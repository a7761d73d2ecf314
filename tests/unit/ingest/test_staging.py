"""Scans that run ahead of the checks, and the look at the bytes that goes before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parure.ingest import ingest
from parure.ingest.config import IngestConfig
from parure.ingest.scan import scan_text

PRODUCTS = "product_id,title,category,price,stock_status\np1,Ring,Rings,10.00,in_stock\n"
CUSTOMERS = "customer_id,registration_date,location_country,last_active_date\nc1,2024-01-01,DE,2024-02-01\n"
ORDERS = "order_id,customer_id,order_date,order_status,total_amount\no1,c1,2024-01-05 10:00:00,completed,10.00\n"
LINES = "order_item_id,order_id,product_id,quantity,unit_price,final_price\n"


def write(folder: Path, lines: str) -> Path:
    folder.mkdir()
    texts = {"products": PRODUCTS, "customers": CUSTOMERS, "orders": ORDERS, "order_items": LINES + lines}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_a_byte_that_a_file_does_not_have_rules_out_the_words_that_need_it(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("a,b\n1,2\nN/A,3\n")
    facts = scan_text(path)[1]
    assert facts.may_hold("N/A")
    assert not facts.may_hold("null")
    assert not facts.may_hold("\\N")
    assert facts.may_hold("missing"[:1])


@pytest.mark.parametrize("word", ["NULL", "null", "\\N", "None", "N/A", "#N/A"])
def test_every_word_for_a_missing_value_is_understood_in_a_file_that_holds_it(tmp_path: Path, word: str) -> None:
    exports = write(tmp_path / "exports", f"l1,o1,p1,1,10.00,{word}\nl2,o1,p1,1,10.00,9.00\n")
    report = ingest(tmp_path / "shop", [exports])
    lines = next(file for file in report.files if file.table == "order_items")
    assert (lines.rows_accepted, lines.rows_quarantined) == (2, 0)


def test_a_row_that_names_two_unknown_parents_is_set_aside_once(tmp_path: Path) -> None:
    exports = write(tmp_path / "exports", "l1,o9,p9,1,10.00,10.00\nl2,o1,p9,1,10.00,10.00\nl3,o1,p1,1,10.00,10.00\n")
    report = ingest(tmp_path / "shop", [exports])
    lines = next(file for file in report.files if file.table == "order_items")
    assert (lines.rows_in, lines.rows_accepted, lines.rows_quarantined) == (3, 1, 2)


def test_one_thread_reads_one_file_at_a_time_with_the_same_result(tmp_path: Path) -> None:
    exports = write(tmp_path / "exports", "l1,o1,p1,1,10.00,10.00\n")
    one = ingest(tmp_path / "one", [exports], config=IngestConfig(threads=1))
    many = ingest(tmp_path / "many", [exports])
    assert one.fingerprint == many.fingerprint
    assert [file.rows_accepted for file in one.files] == [file.rows_accepted for file in many.files]
