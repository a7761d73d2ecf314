"""The made-up shop: whole, the same every time, and its customers choose by their tastes."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from parure.core.errors import MissingInputError
from parure.demo import DemoSize, MadeShop, made_catalogue, make_shop, truth_scores
from parure.demo.attributes import STYLES
from parure.ingest import ingest

CONTRACT = {
    "products": "product_id title description category subcategory brand collection price sale_price image_url "
    "additional_images material color gender age_group stone_type weight size stock_status created_date",
    "customers": "customer_id email registration_date gender age age_group location_country location_state "
    "location_city postal_code preferred_language income_bracket customer_segment lifetime_value total_orders "
    "avg_order_value preferred_categories preferred_materials marketing_consent last_active_date",
    "orders": "order_id customer_id order_date order_status total_amount discount_amount payment_method "
    "shipping_method delivery_date num_items is_gift occasion",
    "order_items": "order_item_id order_id product_id quantity unit_price discount_applied final_price",
    "interactions": "interaction_id customer_id product_id interaction_type timestamp session_id "
    "interaction_duration device_type referrer_source",
}


def rows_of(shop: MadeShop, table: str) -> list[dict[str, str]]:
    with (shop.directory / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hashes(directory: Path) -> dict[str, str]:
    found = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> MadeShop:
    return make_shop(tmp_path_factory.mktemp("tiny") / "shop", size=DemoSize.tiny(), seed=3)


@pytest.fixture(scope="module")
def unpictured(tmp_path_factory: pytest.TempPathFactory) -> MadeShop:
    size = DemoSize(products=600, customers=800, views=0)
    return make_shop(tmp_path_factory.mktemp("unpictured") / "shop", size=size, seed=5)


def test_the_tiny_shop_has_the_rows_it_promises(tiny):
    assert {name: tiny.rows[name] for name in ("customers", "orders", "interactions")} == {
        "customers": 20,
        "orders": 40,
        "interactions": 120,
    }
    for name, count in tiny.rows.items():
        assert len(rows_of(tiny, name)) == count


def test_every_column_of_the_contract_is_there_and_filled_somewhere(unpictured):
    for table, names in CONTRACT.items():
        rows = rows_of(unpictured, table)
        for name in names.split():
            if name != "additional_images":
                assert any(row[name] for row in rows), (table, name)


def test_ingest_takes_in_every_row(tiny, unpictured, tmp_path):
    for shop in (tiny, unpictured):
        result = ingest(tmp_path / shop.directory.parent.name, [shop.directory])
        assert {file.table for file in result.files} == set(CONTRACT)
        for file in result.files:
            assert file.rows_in == file.rows_accepted == shop.rows[file.table]
            assert file.rows_quarantined == 0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_shop(tiny, tmp_path):
    again = make_shop(tmp_path / "again", size=DemoSize.tiny(), seed=3)
    other = make_shop(tmp_path / "other", size=DemoSize.tiny(), seed=4)
    assert again.fresh
    assert hashes(again.directory) == hashes(tiny.directory)
    assert hashes(other.directory)["products.csv"] != hashes(tiny.directory)["products.csv"]


def test_a_shop_that_is_there_already_is_left_alone_and_a_damaged_one_is_made_anew(tmp_path):
    size = DemoSize(products=6, customers=3, views=1)
    first = make_shop(tmp_path / "shop", size=size)
    before = hashes(first.directory)
    assert not make_shop(tmp_path / "shop", size=size).fresh
    (first.directory / "orders.csv").write_text("broken")
    assert make_shop(tmp_path / "shop", size=size).fresh
    (first.images / "P00001.jpg").unlink()
    assert make_shop(tmp_path / "shop", size=size).fresh
    assert hashes(first.directory) == before


def test_every_picture_that_the_products_name_is_there(tiny):
    for row in rows_of(tiny, "products"):
        assert (tiny.directory / row["image_url"]).read_bytes()[:2] == b"\xff\xd8"


def test_customers_buy_in_their_own_styles_far_more_than_others_do(unpictured):
    products, _ = made_catalogue(unpictured.directory)
    style_of = {product.product_id: product.style for product in products}
    truth = pq.read_table(unpictured.truth).to_pylist()
    styles = {row["customer_id"]: set(row["styles"][:3]) for row in truth}
    order = {row["order_id"]: row for row in rows_of(unpictured, "orders")}
    bought = [(order[line["order_id"]], style_of[line["product_id"]]) for line in rows_of(unpictured, "order_items")]
    own = [style in styles[o["customer_id"]] for o, style in bought if o["is_gift"] == "false"]
    given = [style in styles[o["customer_id"]] for o, style in bought if o["is_gift"] == "true"]
    made = Counter(style_of.values())
    chance = np.mean([sum(made[s] for s in some) / len(products) for some in styles.values()])
    assert np.mean(own) > 2 * chance
    # Gifts are chosen to somebody else's taste.
    assert np.mean(given) < np.mean(own) - 0.15


def test_what_customers_buy_later_is_ranked_high_by_the_truth_and_not_by_chance(unpictured):
    place = {row["product_id"]: at for at, row in enumerate(rows_of(unpictured, "products"))}
    orders = {row["order_id"]: row for row in rows_of(unpictured, "orders") if row["is_gift"] == "false"}
    lines = [line for line in rows_of(unpictured, "order_items") if line["order_id"] in orders]
    recent = [line for line in lines if orders[line["order_id"]]["order_date"] >= "2026-07-01"]
    users = [orders[line["order_id"]]["customer_id"] for line in recent]
    scores = truth_scores(unpictured.directory, users)
    assert scores.shape == (len(users), len(place))
    assert scores.dtype == np.float32
    items = np.array([place[line["product_id"]] for line in recent])
    rank = (scores > scores[np.arange(len(items)), items][:, None]).mean(1)
    popular = Counter(place[line["product_id"]] for line in lines)
    counts = np.array([popular[i] for i in range(len(place))])
    popular_rank = (counts[None, :] > counts[items][:, None]).mean(1)
    assert np.mean(rank) < 0.10
    assert np.mean(rank) < np.mean(popular_rank)


def test_the_truth_of_an_unknown_customer_or_place_is_an_error(unpictured, tmp_path):
    with pytest.raises(MissingInputError, match="no customer 'nobody'"):
        truth_scores(unpictured.directory, ["nobody"])
    with pytest.raises(MissingInputError, match="holds no made-up shop"):
        truth_scores(tmp_path, ["C0000001"])


def test_the_shop_is_busier_before_christmas_and_gives_more(unpictured):
    orders = rows_of(unpictured, "orders")
    month = Counter(order["order_date"][5:7] for order in orders)
    assert month["12"] > 1.2 * month["10"]
    gifts = [order["is_gift"] == "true" for order in orders if order["order_date"][5:7] == "12"]
    rest = [order["is_gift"] == "true" for order in orders if order["order_date"][5:7] in ("08", "09", "10")]
    assert np.mean(gifts) > 2 * np.mean(rest)
    assert {order["occasion"] for order in orders if order["is_gift"] == "true"} >= {"christmas", "birthday"}


def test_nothing_is_looked_at_before_it_arrived_or_bought_before_it_was_seen(unpictured):
    created = {row["product_id"]: row["created_date"] for row in rows_of(unpictured, "products")}
    first: dict[tuple[str, str], str] = {}
    for row in rows_of(unpictured, "interactions"):
        assert row["timestamp"][:10] >= created[row["product_id"]]
        key = (row["customer_id"], row["product_id"])
        if row["interaction_type"] == "view":
            first.setdefault(key, row["timestamp"])
        if row["interaction_type"] == "purchase":
            assert row["timestamp"] >= first[key]


def test_orders_add_up(unpictured):
    total: Counter[str] = Counter()
    for line in rows_of(unpictured, "order_items"):
        cents = round(float(line["final_price"]) * 100)
        unit, off = (round(float(line[name]) * 100) for name in ("unit_price", "discount_applied"))
        assert cents == unit * int(line["quantity"]) - off
        total[line["order_id"]] += cents
    orders = rows_of(unpictured, "orders")
    assert all(round(float(order["total_amount"]) * 100) == total[order["order_id"]] for order in orders)
    spent: Counter[str] = Counter()
    for order in orders:
        if order["order_status"] != "cancelled":
            spent[order["customer_id"]] += total[order["order_id"]]
    for row in rows_of(unpictured, "customers"):
        assert round(float(row["lifetime_value"]) * 100) == spent[row["customer_id"]]


def test_customers_of_a_further_group_do_not_change_the_first(tmp_path):
    small = make_shop(tmp_path / "a", size=DemoSize(products=30, customers=2000, sessions=2, views=0))
    large = make_shop(tmp_path / "b", size=DemoSize(products=30, customers=2500, sessions=2, views=0))
    assert large.rows["customers"] == 2500
    first = (small.directory / "interactions.csv").read_bytes()
    assert (large.directory / "interactions.csv").read_bytes().startswith(first)
    ids = [row["interaction_id"] for row in rows_of(large, "interactions")]
    assert len(set(ids)) == len(ids)


def test_every_style_is_made_and_liked(unpictured):
    products, _ = made_catalogue(unpictured.directory)
    assert {product.style for product in products} == set(STYLES)
    assert {row["styles"][0] for row in pq.read_table(unpictured.truth).to_pylist()} == set(STYLES)
