"""The data-quality report: figures worked by hand, and pages that are complete in themselves."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from parure.core.errors import MissingInputError
from parure.ingest import ingest
from parure.ingest.embeddings import ingest_embeddings
from parure.ingest.quality import quality
from parure.ingest.report import read_as, report_html, terminal, write_report

PRODUCTS = """product_id,title,category,price,stock_status,description
p1,Ring,rings,10.00,in_stock,Silver
p2,Chain,chains,20.00,in_stock,
p3,<script>alert(1)</script>,rings,40.00,in_stock,
p4,Unsold,rings,80.00,out_of_stock,
"""
ORDERS = """order_id,customer_id,order_date,order_status,total_amount
o1,c1,2024-01-01 10:00:00,completed,40.00
o2,c1,2024-01-09 10:00:00,completed,10.00
o3,c2,2024-02-01 10:00:00,completed,10.00
o4,c2,2024-02-02 10:00:00,cancelled,10.00
"""
# c1 buys p1 and p2, then p1 again; c2 buys p1 twice in one order, and cancels another p1: one repeat in five purchases.
LINES = """order_item_id,order_id,product_id,quantity,unit_price
i1,o1,p1,1,10.00
i2,o1,p2,1,20.00
i3,o2,p1,1,10.00
i4,o3,p1,1,10.00
i5,o3,p1,1,10.00
i6,o4,p1,1,10.00
i7,o3,gone,1,10.00
"""


@pytest.fixture
def shop(tmp_path):
    files = {"products": PRODUCTS, "orders": ORDERS, "order_items": LINES}
    (tmp_path / "in").mkdir()
    for name, text in files.items():
        (tmp_path / "in" / f"{name}.csv").write_text(text, encoding="utf-8")
    ingest(tmp_path / "shop", [tmp_path / "in"])
    return tmp_path / "shop"


def test_a_purchase_is_a_repeat_only_when_an_earlier_order_had_the_product(shop):
    repeat = quality(shop)["repeat"]
    assert (repeat["purchases"], repeat["repeats"]) == (5, 1)
    assert repeat["share"] == pytest.approx(0.2)
    assert repeat["months"] == [
        {"month": "2024-01", "purchases": 3, "repeats": 1, "share": pytest.approx(1 / 3)},
        {"month": "2024-02", "purchases": 2, "repeats": 0, "share": 0},
    ]
    assert [(c["category"], c["purchases"]) for c in repeat["categories"]] == [("rings", 4), ("chains", 1)]


def test_purchases_are_counted_once_and_gifts_are_not_the_buyers_taste(tmp_path):
    (tmp_path / "products.csv").write_text(PRODUCTS)
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,order_date,order_status,total_amount,is_gift\n"
        "o1,c1,2024-01-01 10:00:00,completed,10.00,false\no2,c1,2024-01-02 10:00:00,completed,20.00,true\n"
    )
    (tmp_path / "order_items.csv").write_text(
        "order_item_id,order_id,product_id,quantity,unit_price\ni1,o1,p1,1,10.00\ni2,o2,p2,1,20.00\n"
    )
    (tmp_path / "interactions.csv").write_text(
        "interaction_id,customer_id,product_id,interaction_type,timestamp\n"
        "1,c1,p1,purchase,2024-01-01 10:00:05\n2,c2,p1,purchase,2024-01-03 10:00:00\n"
    )
    ingest(tmp_path / "shop", [tmp_path])
    repeat = quality(tmp_path / "shop")["repeat"]
    # The order of c1, which the interactions repeat, and what c2, who has no order, bought by the interactions.
    assert (repeat["purchases"], repeat["repeats"]) == (2, 0)


def test_long_tails_count_what_was_never_bought_and_how_unequal_the_rest_is(shop):
    items = quality(shop)["popularity"]["items"]
    assert (items["known"], items["active"], items["never"], items["once"], items["max"]) == (4, 2, 2, 1, 4)
    assert items["curve"] == [[1, 4], [2, 1]]
    assert items["lorenz"] == [[0.0, 0.0], [0.5, pytest.approx(0.2)], [1.0, 1.0]]
    assert items["gini"] == pytest.approx(0.3)


def test_sparsity_counts_pairs_once(shop):
    sparsity = quality(shop)["sparsity"]
    assert sparsity == {"products": 2, "customers": 2, "pairs": 3, "density": 0.75, "purchases": 5}


def test_volumes_are_by_the_week_of_their_monday(shop):
    volumes = quality(shop)["volumes"]
    assert volumes["days"] == 33
    assert [(w["week"], w["orders"], w["lines"]) for w in volumes["weeks"]] == [
        ("2024-01-01", 1, 2),
        ("2024-01-08", 1, 1),
        ("2024-01-29", 2, 3),
    ]


def test_missing_values_are_shares_of_rows(shop):
    columns = {c["column"]: c for c in quality(shop)["tables"]["products"]["columns"]}
    assert columns["description"]["missing"] == pytest.approx(0.75)
    assert columns["title"]["missing_rows"] == 0
    assert columns["brand"]["missing"] == 1
    assert columns["price_cents"]["need"] == "required"


def test_prices_are_in_whole_units_and_every_product_is_in_a_bin(shop):
    prices = quality(shop)["prices"]
    assert (prices["quantiles"]["min"], prices["quantiles"]["max"]) == (10, 80)
    assert sum(b["products"] for b in prices["histogram"]) == 4
    assert all(b["from"] < b["to"] for b in prices["histogram"])


def test_the_quarantine_is_shown_by_reason_with_its_rows(shop):
    quarantine = quality(shop)["quarantine"]
    assert quarantine["rows"] == 1
    (reason,) = quarantine["reasons"]
    assert (reason["table"], reason["reason"], reason["rows"]) == ("order_items", "orphan_product", 1)
    (sample,) = reason["samples"]
    assert (sample["file"], sample["line"]) == ("order_items.csv", 8)
    assert "gone" in sample["raw"]


def test_rows_in_of_all_files_add_up_with_embeddings_among_them(shop, tmp_path):
    np.save(tmp_path / "v.npy", np.array([[1.0, 0.0], [0.0, 0.0]]))
    (tmp_path / "product_ids.txt").write_text("p1\np2\n")
    ingest_embeddings(tmp_path / "v.npy", shop)
    measured = quality(shop)
    assert measured["accounting"] == {"rows_in": 17, "rows_accepted": 15, "rows_quarantined": 2}
    assert {r["reason"] for r in measured["quarantine"]["reasons"]} == {"orphan_product", "all_zero"}


def test_the_numbers_are_plain_json(shop):
    measured = quality(shop)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured


class Page(HTMLParser):
    """Collects tags, ids and what the page would load from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.loads, self.scripts = [], [], [], 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.loads += [given[a] for a in ("src", "href") if (given.get(a) or "").startswith(("http", "//", "file"))]
        self.scripts += tag == "script"
        if tag not in {"meta", "link", "br", "img", "path", "use", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag


def test_the_page_is_well_formed_loads_nothing_and_escapes_what_shops_write(shop):
    page = Page()
    page.feed(report_html(quality(shop)))
    assert page.open == []
    assert page.loads == []
    assert page.scripts == 0
    assert len(page.ids) == len(set(page.ids))


def test_the_same_tables_give_the_same_page(shop, tmp_path):
    write_report(quality(shop), tmp_path / "a.html")
    write_report(quality(shop), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_terminal_form_names_files_tables_and_reasons(shop):
    console = Console(width=120, record=True, file=Path("/dev/null").open("w"))  # noqa: SIM115 - closed below
    console.print(terminal(quality(shop)))
    text = console.export_text()
    console.file.close()
    assert re.search(r"order_items\s+order_items\.csv.*7\s+6\s+1", text)
    assert "order_items.csv line 8" in text
    assert "20.0% of purchases" in text


def test_a_shop_with_interactions_and_no_purchase_still_has_a_report(tmp_path):
    (tmp_path / "products.csv").write_text(PRODUCTS)
    (tmp_path / "interactions.csv").write_text(
        "interaction_id,customer_id,product_id,interaction_type,timestamp\n1,c,p1,view,2024-01-01 10:00:00\n"
    )
    ingest(tmp_path / "shop", [tmp_path])
    measured = quality(tmp_path / "shop")
    assert measured["repeat"]["share"] is None
    assert measured["sparsity"]["density"] is None
    assert "There is no purchase yet" in report_html(measured)


def test_a_shop_without_tables_says_what_to_do(tmp_path):
    with pytest.raises(MissingInputError, match="parure ingest"):
        quality(tmp_path)


def test_a_detected_form_reads_as_words():
    dialect = {"format": "text", "encoding": "cp1252", "delimiter": "\t", "decimal": {"price": ","}, "currency": "EUR"}
    assert read_as(dialect) == "text, cp1252, tab separated, decimal comma, currency EUR"
