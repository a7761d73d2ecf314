"""Features of a five-event history, worked by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from math import log

import numpy as np
import pyarrow as pa
import pytest

from parure.core.clock import DAY_US, to_us
from parure.dataset import dataset_from_events
from parure.ranking.features import FeatureTable

NOW = to_us(datetime(2026, 3, 31, 12, tzinfo=UTC))
MINUTE_US = 60_000_000


def ago(days: float) -> int:
    return NOW - int(days * DAY_US)


ROWS = [
    ("ada", "ring", ago(60), "purchase", 1, 10_000),
    ("ada", "ring", ago(20), "purchase", 2, 8_000),
    ("ada", "chain", ago(20), "purchase", 1, 5_000),
    ("ada", "chain", ago(6), "add_to_cart", 1, 5_000),
    ("ada", "brooch", NOW - 10 * MINUTE_US, "view", 1, 3_000),
    ("bea", "ring", ago(3), "purchase", 1, 9_000),
    ("bea", "brooch", ago(2), "view", 1, 3_000),
    ("bea", "ring", ago(1), "return", 1, 9_000),
]
PRODUCTS = {
    "brooch": {"title": "silver brooch", "category": "pins", "brand": "Lumen", "price_cents": 3_000},
    "chain": {"title": "gold chain", "category": "chains", "brand": "Aura", "price_cents": 5_000},
    "pearl": {"title": "silver pearl brooch", "category": "pins", "brand": None, "price_cents": 0},
    "ring": {
        "title": "gold ring",
        "category": "rings",
        "brand": "Lumen",
        "price_cents": 9_500,
        "cycle_days": 40.0,
        "created_us": ago(100),
    },
}
PLAN = pa.table(
    {
        "item_ix": pa.array([1, 3, 3], pa.int32()),
        "promotion_type": ["display", "display", "mailer"],
        "start_us": [ago(50), ago(1), ago(-3.5)],
        "end_us": [ago(43), ago(-2), ago(-20)],
        "share": pa.array([1.0, 0.5, 1.0], pa.float32()),
    }
)
VECTORS = np.array([[1, 0], [0.6, 0.8], [np.nan, np.nan], [0, 1]], np.float32)


@pytest.fixture(scope="module")
def told():
    """Item and feature to the value that ada gets."""
    customers = {"ada": {"spending_segment": "average", "age_band": "26-35"}, "bea": {"age_band": "18-25"}}
    dataset = dataset_from_events(ROWS, PRODUCTS, customers, as_of_us=NOW)
    dataset = replace(dataset, promotions=PLAN, item_vectors=VECTORS)
    table = FeatureTable.fit(dataset, ["one", "two"])
    scores = np.array([[0.5, np.nan], [0.5, 3.0], [0.9, -1.0], [0.1, np.nan]], np.float32)
    features = table.build(dataset.query("ada"), np.arange(4, dtype=np.int32), scores)
    return {
        (item, name): float(features[row, column])
        for row, item in enumerate(dataset.items)
        for column, name in enumerate(table.names)
    }


WEIGHTS = {"rings": 10 * 2**-1 + 10 * 2 ** (-1 / 3), "chains": 10 * 2 ** (-1 / 3) + 3 * 2**-0.1, "pins": 1.0}
LIKED = [(10, 8_500), (10, 8_500), (10, 5_000), (3, 5_000), (1, 3_000)]
USUAL = sum(weight * log(price) for weight, price in LIKED) / 34
SPREAD = (sum(weight * log(price) ** 2 for weight, price in LIKED) / 34 - USUAL**2) ** 0.5


@pytest.mark.parametrize(
    ("item", "feature", "value"),
    [
        ("brooch", "one_rank", 2),
        ("chain", "one_rank", 2),
        ("pearl", "one_rank", 1),
        ("ring", "one_rank", 4),
        ("chain", "two_rank", 1),
        ("ring", "two_rank", None),
        ("chain", "sources_top_20", 2),
        ("chain", "best_rank", 1),
        ("ring", "own_purchases", 2),
        ("ring", "own_purchases_7d", 0),
        ("ring", "own_purchases_28d", 1),
        ("ring", "own_purchases_91d", 2),
        ("ring", "own_decayed_28d", 2 ** (-60 / 28) + 2 ** (-20 / 28)),
        ("ring", "own_decayed_120d", 2**-0.5 + 2 ** (-1 / 6)),
        ("ring", "own_decayed_orders", 2**-0.1 + 1),
        ("ring", "own_units", 3),
        ("ring", "own_share_of_orders", 1.0),
        ("chain", "own_share_of_orders", 0.5),
        ("ring", "own_days_since_purchase", 20),
        ("ring", "own_orders_since_purchase", 0),
        ("ring", "own_days_since_first", 60),
        ("ring", "own_gap_days", 40),
        ("ring", "own_lateness", 0.5),
        ("chain", "own_lateness", None),
        ("ring", "own_cycle_place", 0.5),
        ("chain", "own_carts_7d", 1),
        ("chain", "own_days_since_cart", 6),
        ("chain", "own_session_carts", 0),
        ("brooch", "own_session_views", 1),
        ("brooch", "own_days_since_view", 10 / 1440),
        ("brooch", "own_purchases", 0),
        ("brooch", "own_days_since_purchase", None),
        ("ring", "own_returns", 0),
        ("ring", "own_wishes", None),
        ("ring", "category_share", WEIGHTS["rings"] / sum(WEIGHTS.values())),
        ("pearl", "category_share", 1 / sum(WEIGHTS.values())),
        ("ring", "brand_share", (WEIGHTS["rings"] + 1) / sum(WEIGHTS.values())),
        ("pearl", "brand_share", None),
        ("ring", "material_share", None),
        ("chain", "category_days_since", 6),
        ("pearl", "category_session", 1),
        ("ring", "category_orders", 2),
        ("ring", "category_lateness", 0.5),
        ("ring", "category_item_share", 1),
        ("pearl", "category_item_share", 0),
        ("ring", "price_to_own_category", 0),
        ("ring", "item_price", log(8_500)),
        ("pearl", "item_price", None),
        ("ring", "item_discount", 1 - 8_500 / 9_000),
        ("chain", "price_to_customer", log(5_000) - USUAL),
        ("chain", "price_distance", (log(5_000) - USUAL) / SPREAD),
        ("ring", "customer_price", USUAL),
        ("ring", "item_purchases_7d", log(2)),
        ("ring", "item_purchases_28d", log(3)),
        ("ring", "item_purchases", log(4)),
        ("ring", "item_buyers", log(3)),
        ("ring", "item_popularity_rank", 0),
        ("chain", "item_popularity_rank", log(2)),
        ("ring", "item_trend", log((1 + 0.125) / (0.5 + 0.125))),
        ("ring", "item_days_since_sale", 3),
        ("ring", "item_repeat_share", 0.5),
        ("ring", "item_lines_per_buyer", 1.5),
        ("brooch", "item_lines_per_buyer", None),
        ("ring", "item_cycle_days", 40),
        ("brooch", "item_views_7d", log(3)),
        ("brooch", "item_conversion", 0),
        ("ring", "item_return_share", 1 / 3),
        ("ring", "item_age_days", 100),
        ("brooch", "item_age_days", 2),
        ("ring", "item_season", None),
        ("ring", "promotion_count", 2),
        ("ring", "promotion_first", 0.5 * 2 / 7),
        ("ring", "promotion_second", 3.5 / 7),
        ("ring", "promotion_most", 0.5),
        ("ring", "promotion_sum", 1 / 7 + 0.5),
        ("ring", "promotion_days_left", 2),
        ("ring", "promotion_starts_in_days", 3.5),
        ("ring", "promotion_before", 0.5 / 7),
        ("chain", "promotion_sum", 0),
        ("chain", "promotion_usual", 7 / 91),
        ("chain", "look_to_last", 0.6),
        ("pearl", "look_to_last", None),
        ("brooch", "look_to_last", 1),
        ("brooch", "look_to_last_5", 0.6),
        ("ring", "look_to_last_20", 0.8),
        ("ring", "gender_lift", None),
        ("ring", "customer_events", 5),
        ("ring", "customer_purchases", 3),
        ("ring", "customer_orders", 2),
        ("ring", "customer_items", 2),
        ("ring", "customer_basket_lines", 1.5),
        ("ring", "customer_gap_days", 40),
        ("ring", "customer_lateness", 0.5),
        ("ring", "customer_days_since_visit", 10 / 1440),
        ("ring", "customer_session_events", 1),
        ("ring", "customer_repeat_share", 1 / 3),
        ("ring", "customer_segment", 2),
        ("ring", "customer_age_band", 1),
        ("ring", "customer_gender", None),
    ],
)
def test_a_feature_is_what_its_line_says(told, item, feature, value):
    if value is None:
        assert np.isnan(told[item, feature])
    else:
        assert told[item, feature] == pytest.approx(value, rel=1e-3, abs=1e-4)


def test_words_that_go_together_make_titles_alike(told):
    # The customer saw the silver brooch last: the silver pearl brooch reads like it, the gold ring does not.
    assert told["pearl", "words_to_last"] > told["ring", "words_to_last"]


def test_what_a_group_of_customers_buys_more_than_others_has_a_lift():
    women = [(f"w{n}", "ring", ago(5), "purchase", 1, 100) for n in range(20)]
    men = [(f"m{n}", "chain" if n < 15 else "ring", ago(5), "purchase", 1, 100) for n in range(20)]
    customers = {f"w{n}": {"gender": "female"} for n in range(20)} | {f"m{n}": {"gender": "male"} for n in range(20)}
    dataset = dataset_from_events([*women, *men], None, customers, as_of_us=NOW)
    table = FeatureTable.fit(dataset, [])
    found = table.build(dataset.query("w1"), np.array([0, 1], np.int32), np.empty((2, 0), np.float32))
    # Half of all purchases are women's: of 15 chains 7.5 were to be expected, of 25 rings 12.5.
    lift = found[:, table.names.index("gender_lift")]
    assert lift == pytest.approx([log((0 + 5) / (7.5 + 5)), log((20 + 5) / (12.5 + 5))], rel=1e-5)


def test_a_month_in_which_an_item_sells_well_shows_from_a_year_of_data_on():
    rows = [("ada", "ring", ago(30.5 * month + 1), "purchase", 1, 100) for month in range(13)]
    rows += [("bea", "star", ago(2), "purchase", 1, 100)] * 40
    dataset = dataset_from_events(rows, as_of_us=NOW)
    table = FeatureTable.fit(dataset, [])
    found = table.build(dataset.query("ada"), np.array([0, 1], np.int32), np.empty((2, 0), np.float32))
    ring, star = found[:, table.names.index("item_season")]
    assert star > 0.1
    # Nearly all of this month's sales are the star's: the ring sells little now, by the shop's year.
    assert ring < 0
