"""Every SQL file against numbers worked out by hand on one small shop."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import log2

import duckdb
import pytest

from parure.core.clock import to_us
from parure.dataset import DatasetBuilder, DatasetConfig
from parure.dataset.sql_files import sql_names
from parure.testing.small_shop import SmallShop


def noon(day: int) -> datetime:
    return datetime(2025, 1, day, 12, tzinfo=UTC)


def us(day: int) -> int:
    return to_us(noon(day))


def order(order_id: str, customer_id: str, day: int, status: str = "completed", **more: object) -> dict:
    return {"order_id": order_id, "customer_id": customer_id, "order_date": noon(day), "order_status": status, **more}


def line(order_id: str, product_id: str, quantity: int, cents: int) -> dict:
    return {"order_id": order_id, "product_id": product_id, "quantity": quantity, "unit_price_cents": cents}


def act(customer_id: str, product_id: str, kind: str, day: int, seconds: float | None = None) -> dict:
    return {
        "customer_id": customer_id,
        "product_id": product_id,
        "interaction_type": kind,
        "timestamp": noon(day),
        "interaction_duration": seconds,
    }


SHOP = SmallShop(
    products=[
        {"product_id": "b", "category": "ring", "price_cents": 2000, "sale_price_cents": 1500},
        {"product_id": "a", "category": "ring", "price_cents": 1000, "created_date": date(2025, 1, 1)},
        {"product_id": "c", "category": "watch", "price_cents": 500, "created_date": date(2025, 1, 30)},
    ],
    customers=[
        {"customer_id": "u1", "age": 30, "registration_date": date(2025, 1, 1)},
        {"customer_id": "u2", "age_group": "46+"},
        {"customer_id": "u3", "age": 17, "registration_date": date(2025, 1, 25)},
    ],
    orders=[
        order("o1", "u1", 2),
        order("o2", "u1", 12, "pending"),
        order("o3", "u2", 12, is_gift=True),
        order("o4", "u2", 13, "cancelled"),
        order("o5", "u2", 14, "returned"),
        order("o6", "u2", 16),
    ],
    order_items=[
        line("o1", "a", 1, 1000),
        line("o1", "b", 2, 2000),
        line("o2", "a", 3, 1000),
        line("o3", "a", 5, 1000),
        line("o4", "b", 1, 2000),
        line("o5", "b", 1, 2000),
        line("o6", "b", 1, 1000),
    ],
    interactions=[
        act("u1", "b", "add_to_cart", 11),
        act("u2", "b", "return", 17),
        act("u3", "a", "view", 20),
        act("u3", "c", "view", 20, 45.0),
        act("u3", "a", "purchase", 21),
        act("u1", "c", "purchase", 21),
    ],
    promotions=[
        {
            "promotion_id": "m1",
            "product_id": "a",
            "start_date": date(2025, 1, 11),
            "end_date": date(2025, 1, 17),
            "promotion_type": "mailer",
            "share": 0.5,
        },
        {"promotion_id": "m2", "product_id": "b", "start_date": date(2025, 1, 27), "end_date": date(2025, 1, 27)},
        {"promotion_id": "m3", "product_id": "b", "start_date": date(2025, 1, 29), "end_date": date(2025, 2, 4)},
    ],
)
CONFIG = DatasetConfig(half_life_days=10, cycle_min_repurchases=1, loyal_min_days=2)

# u1 has orders, so the purchase of c among the interactions is not counted; u3 has none, so the one of a is.
TASTE = [
    (0, 0, us(2), 6, 1, 1000, 10.0, 0),
    (0, 0, us(12), 6, 3, 1000, 10.0, 1),
    (0, 1, us(2), 6, 2, 2000, 10.0, 0),
    (0, 1, us(11), 3, 1, 1500, 3.0, -1),
    (1, 1, us(16), 6, 1, 1000, 10.0, 5),
    (1, 1, us(17), 7, 1, 1500, -10.0, -1),
    (2, 0, us(20), 1, 1, 1000, 1.0, -1),
    (2, 0, us(21), 6, 1, 1000, 10.0, -1),
    (2, 2, us(20), 1, 1, 500, 2.0, -1),
]
# Average unit price: u1 (1000 + 2000 + 1000) / 3 = 1333, u2 1000, u3 1000.
SPEND = [log2(1 + r) for r in (1000 / 1333, 1000 / 1333, 2000 / 1333, 1500 / 1333, 1, 1.5, 1, 1, 0.5)]
# Units a purchase: a (1 + 3 + 1) / 3, b (2 + 1) / 2. Views and returns stay at 1.
QUANTITY = [log2(1.6), log2(2.8), log2(7 / 3), 1, log2(5 / 3), 1, 1, log2(1.6), 1]


def midnight(month: int, day: int) -> int:
    return to_us(datetime(2025, month, day, tzinfo=UTC))


POPULARITY = {
    0: 10 * 0.5**1.9 + 10 * 0.5**0.9 + 0.5**0.1 + 10,
    1: 10 * 0.5**1.9 + 3 * 0.5**1.0 + 10 * 0.5**0.5 - 10 * 0.5**0.4,
    2: 2 * 0.5**0.1,
}

EXPECTED: dict[str, list[tuple]] = {
    "item_codes": [
        ("a", 0, to_us(datetime(2025, 1, 1, tzinfo=UTC)), "ring", 0, 1000),
        ("b", 1, None, "ring", 0, 1500),
        ("c", 2, to_us(datetime(2025, 1, 30, tzinfo=UTC)), "watch", 1, 500),
    ],
    "user_codes": [
        ("u1", 0, to_us(datetime(2025, 1, 1, tzinfo=UTC))),
        ("u2", 1, None),
        ("u3", 2, to_us(datetime(2025, 1, 25, tzinfo=UTC))),
    ],
    "order_codes": [
        ("o1", 0, 0, us(2), True, False, False),
        ("o2", 1, 0, us(12), True, False, False),
        ("o3", 2, 1, us(12), True, False, True),
        ("o4", 3, 1, us(13), False, False, False),
        ("o5", 4, 1, us(14), False, True, False),
        ("o6", 5, 1, us(16), True, False, False),
    ],
    "sales_lines": [
        (0, 0, us(2), 0, 1, 1000, True, False, False),
        (0, 0, us(12), 1, 3, 1000, True, False, False),
        (0, 1, us(2), 0, 2, 2000, True, False, False),
        (1, 0, us(12), 2, 5, 1000, True, False, True),
        (1, 1, us(13), 3, 1, 2000, False, False, False),
        (1, 1, us(14), 4, 1, 2000, False, True, False),
        (1, 1, us(16), 5, 1, 1000, True, False, False),
    ],
    "browsing": [
        (0, 1, us(11), 3, None),
        (0, 2, us(21), 6, None),
        (1, 1, us(17), 7, None),
        (2, 0, us(20), 1, None),
        (2, 0, us(21), 6, None),
        (2, 2, us(20), 1, 45.0),
    ],
    "plan": [
        (0, "mailer", midnight(1, 11), midnight(1, 18), 0.5),
        (1, "", midnight(1, 27), midnight(1, 28), 1.0),
        (1, "", midnight(1, 29), midnight(2, 5), 1.0),
    ],
    # Now is the 21st at noon: what starts from the 28th at noon on is not known yet.
    "known_promotions": [
        (0, "mailer", midnight(1, 11), midnight(1, 18), 0.5),
        (1, "", midnight(1, 27), midnight(1, 28), 1.0),
    ],
    "known_items": [
        (0, 0, "a", to_us(datetime(2025, 1, 1, tzinfo=UTC)), "ring", 0, 1000),
        (1, 1, "b", None, "ring", 0, 1500),
        (2, 2, "c", to_us(datetime(2025, 1, 30, tzinfo=UTC)), "watch", 1, 500),
    ],
    "known_users": [(0, 0, "u1"), (1, 1, "u2"), (2, 2, "u3")],
    # a: 1 + 3 + 5 units, the 5 a gift. b: 2 at 2000 and 1 at 1000 make 5000 / 3 = 1667; 1 returned, 1 cancelled.
    "sales": [(0, 3, 9, 9000, 5, 0, 0, us(2), 1000), (1, 2, 3, 5000, 0, 1, 1, us(2), 1667)],
    "item_prices": [(0, 0, 1000), (1, 1, 1500), (2, 2, 500)],
    "taste_events": TASTE,
    "repurchases": [
        (0, 0, 1, us(2), None),
        (0, 0, 3, us(12), us(2)),
        (0, 1, 2, us(2), None),
        (1, 1, 1, us(16), None),
        (2, 0, 1, us(21), None),
    ],
    "item_totals": [(0, 3, 2, 5), (1, 2, 2, 3)],
    "user_profiles": [
        (0, 3, 2, 6, 8000, 2, 1333, us(2), us(12), "loyal"),
        (1, 1, 1, 1, 1000, 1, 1000, us(16), us(16), "new"),
        (2, 1, 1, 1, 1000, 1, 1000, us(21), us(21), "new"),
    ],
    # Of three averages two are 1000: the first two borders are 1000, the third, three quarters of 3, is 1333.
    "spending_segments": [(0, "average"), (1, "small"), (2, "small")],
    "age_bands": [(0, "26-35"), (1, "46+")],
    "user_features": [
        (0, "26-35", "average", "loyal", 3, 2, 6, 8000, 2, 1333, us(2), us(12)),
        (1, "46+", "small", "new", 1, 1, 1, 1000, 1, 1000, us(16), us(16)),
        (2, None, "small", "new", 1, 1, 1, 1000, 1, 1000, us(21), us(21)),
    ],
    "spending_ratio": [(*row, ratio) for row, ratio in zip(TASTE, SPEND, strict=True)],
    "quantity_ratio": [(*row, s, q) for row, s, q in zip(TASTE, SPEND, QUANTITY, strict=True)],
    "recency_decay": [(0, POPULARITY[0], us(2)), (1, POPULARITY[1], us(2)), (2, POPULARITY[2], us(20))],
    "repurchase_cycles": [(0, 1, 10.0)],
    "item_features": [
        (0, 1000, us(2), to_us(datetime(2025, 1, 1, tzinfo=UTC)), 3, 2, 5, POPULARITY[0], 9, 9000, 10.0, True),
        (1, 1500, us(2), None, 2, 2, 3, POPULARITY[1], 3, 5000, 30.0, False),
        (2, 500, us(20), to_us(datetime(2025, 1, 30, tzinfo=UTC)), 0, 0, 0, POPULARITY[2], 0, 0, 30.0, False),
    ],
    # Weeks end on the 21st at noon; the one repeat is u1's second purchase of a on the 12th.
    "repeat_share": [("ring", 0, 2, 0), ("ring", 1, 1, 1), ("ring", 2, 2, 0)],
}


@pytest.fixture(scope="module")
def built():
    """A connection on which every transformation has run, as of now."""
    with duckdb.connect() as con:
        SHOP.connection_views(con)
        builder = DatasetBuilder(con, config=CONFIG)
        builder.at()
        yield con


def test_every_file_has_numbers_worked_out_by_hand():
    assert sorted(EXPECTED) == sql_names()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_gives_the_numbers_worked_out_by_hand(built, name):
    key = "2, item_ix, timestamp_us" if name in ("taste_events", "spending_ratio", "quantity_ratio") else "ALL"
    rows = built.sql(f"SELECT * FROM {name} ORDER BY {key.replace('2, ', 'user_ix, ')}").fetchall()
    assert len(rows) == len(EXPECTED[name])
    for got, expected in zip(rows, EXPECTED[name], strict=True):
        assert got == tuple(pytest.approx(e, abs=1e-6) if isinstance(e, float) else e for e in expected)


def test_a_moment_in_the_past_knows_neither_later_things_nor_later_prices():
    with DatasetBuilder(SHOP, config=CONFIG) as builder:
        past = builder.at(to_us(datetime(2025, 1, 13, tzinfo=UTC)))
    assert list(past.items) == ["a", "b"]
    assert list(past.users) == ["u1", "u2"]
    assert past.events.timestamp_us.tolist() == [us(2), us(2), us(11), us(12)]
    # b costs 1500 today and sold for 1000 later; until then it was only ever paid 2000.
    assert past.item_table.column("price_cents").to_pylist() == [1000, 2000]
    assert past.item_table.column("purchases").to_pylist() == [2, 1]
    assert past.user_table.column("avg_price_cents").to_pylist() == [1333, 0]
