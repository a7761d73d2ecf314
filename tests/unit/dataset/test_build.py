from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from parure.dataset import DatasetBuilder, DatasetConfig, build_dataset
from parure.dataset._sorting import event_order
from parure.testing.small_shop import SmallShop

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def shop(**more) -> SmallShop:
    return SmallShop(
        products=[
            {"product_id": "a", "price_cents": 100, "stock_status": "out_of_stock", "gem type": "opal", "units": 7}
        ],
        customers=[
            {
                "customer_id": f"u{i}",
                "email": "x",
                "location_country": "DE",
                "home_store": "s1",
                "customer_segment": "vip",
                "registration_date": date(2024, 1, 1),
            }
            for i in range(9)
        ],
        orders=[
            {"order_id": f"o{i}", "customer_id": f"u{i}", "order_date": NOON, "order_status": "completed"}
            for i in range(9)
        ],
        order_items=[
            {"order_id": f"o{i}", "product_id": "a", "quantity": 1, "unit_price_cents": 100} for i in range(9)
        ],
        **more,
    )


class _Watched:
    """Progress that remembers what it was told."""

    def __init__(self):
        self.told = {}

    def step(self, label, total=None):
        @contextmanager
        def opened():
            self.told[label] = [total, 0]
            yield SimpleNamespace(
                advance=lambda amount=1.0: self.told[label].__setitem__(1, self.told[label][1] + amount)
            )

        return opened()


def test_an_empty_shop_gives_an_empty_dataset():
    dataset = build_dataset(SmallShop())
    assert (len(dataset.users), len(dataset.items), len(dataset.events), dataset.as_of_us) == (0, 0, 0, 0)


def test_the_shops_own_columns_are_kept_and_what_is_counted_goes_first():
    dataset = build_dataset(shop())
    assert dataset.item_table.column("gem type").to_pylist() == ["opal"]
    assert dataset.item_table.column("units").to_pylist() == [9]
    assert dataset.item_table.column("in_stock").to_pylist() == [False]
    assert dataset.attributes("u0")["home_store"] == "s1"
    assert dataset.attributes("u0")["country"] == "DE"
    assert "email" not in dataset.user_table.column_names


def test_of_the_past_nothing_is_told_that_only_today_knows():
    with DatasetBuilder(shop()) as builder:
        now, past = builder.at(), builder.at(builder.newest_us() + 1)
    assert now.user_table.column("customer_segment").to_pylist() == ["vip"] * 9
    assert past.user_table.column("customer_segment").to_pylist() == [None] * 9
    assert past.item_table.column("in_stock").to_pylist() == [True]
    assert past.fingerprint != now.fingerprint


def test_a_sample_of_customers_is_the_same_each_time():
    one, other = (build_dataset(shop(), users_sample=4) for _ in range(2))
    assert len(one.users) == 4
    assert one.users == other.users
    assert len(one.events) == 4
    assert one.item_table.column("sold_units").to_pylist() == [9]


def test_a_given_connection_is_left_as_it_was():
    with duckdb.connect() as con:
        shop().connection_views(con)
        before = con.sql("SHOW ALL TABLES").fetchall()
        build_dataset(con)
        assert con.sql("SHOW ALL TABLES").fetchall() == before


def test_the_fingerprint_changes_with_data_configuration_and_moment():
    usual = build_dataset(shop())
    prints = {
        usual.fingerprint,
        build_dataset(shop(), config=DatasetConfig(half_life_days=9)).fingerprint,
        build_dataset(shop(), as_of_us=usual.as_of_us + 1).fingerprint,
        build_dataset(
            shop(interactions=[{"customer_id": "u0", "product_id": "a", "interaction_type": "view", "timestamp": NOON}])
        ).fingerprint,
    }
    assert len(prints) == 4
    assert build_dataset(shop()).fingerprint == usual.fingerprint


def test_progress_is_told_step_by_step():
    watched = _Watched()
    build_dataset(shop(), progress=watched)
    assert len(watched.told) == 3
    assert all(total == done for total, done in watched.told.values())


def test_a_long_view_counts_more_than_a_short_one():
    views = [
        {
            "customer_id": "u0",
            "product_id": "a",
            "interaction_type": "view",
            "timestamp": NOON,
            "interaction_duration": seconds,
        }
        for seconds in (None, 30.0, 30.1)
    ]
    events = build_dataset(shop(interactions=views)).events
    assert sorted(events.weight[(events.user_ix == 0) & ~events.purchases].tolist()) == [1, 1, 2]


@pytest.mark.parametrize("widest", [10, 2**61])
def test_events_are_ordered_alike_whether_their_keys_fit_one_number_or_not(widest):
    rng = np.random.default_rng(0)
    n = 500
    columns = {
        "user_ix": rng.integers(0, 5, n).astype(np.int32),
        "timestamp_us": rng.integers(0, 4, n) * (widest // 4) + rng.integers(0, 2, n),
        "item_ix": rng.integers(0, 3, n).astype(np.int32),
        "kind": rng.integers(1, 3, n).astype(np.int8),
        "basket": rng.integers(-1, 2, n).astype(np.int32),
        "quantity": rng.integers(1, 3, n).astype(np.float32),
        "price_cents": rng.integers(0, 3, n),
        "weight": rng.integers(0, 2, n).astype(np.float32),
    }
    names = ("user_ix", "timestamp_us", "item_ix", "kind", "basket", "quantity", "price_cents", "weight")
    order = event_order(columns)
    got = list(zip(*(columns[name][order].tolist() for name in names), strict=True))
    assert got == sorted(zip(*(columns[name].tolist() for name in names), strict=True))
    assert sorted(order) == list(range(n))
