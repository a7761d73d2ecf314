"""What must hold of the dataset of any shop."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import EventKind, IdMap
from parure.core.clock import to_us
from parure.dataset import (
    Dataset,
    Events,
    build_dataset,
    dataset_from_events,
)
from parure.retrieval.signals import Signal, Weighting, acts_of_dataset, acts_of_queries
from parure.testing.small_shop import SmallShop

START = datetime(2025, 3, 1, tzinfo=UTC)
KINDS = [kind for kind in EventKind if kind != EventKind.PURCHASE]
PRICES = {"i0": 500, "i1": 1000, "i2": 2000, "i3": 3333}

users = st.sampled_from(["u0", "u1", "u2", "u3"])
items = st.sampled_from(sorted(PRICES))
moments = st.integers(0, 60 * 4).map(lambda quarter: START + timedelta(hours=6 * quarter))
purchases = st.tuples(users, items, moments, st.just(EventKind.PURCHASE), st.integers(1, 5), st.integers(0, 3000))
acts = st.tuples(users, items, moments, st.sampled_from(KINDS), st.just(1), st.none())
event_rows = st.lists(st.one_of(purchases, acts), max_size=25).map(
    lambda rows: [(*row[:5], PRICES[row[1]] if row[5] is None else row[5]) for row in rows]
)
few = settings(max_examples=10, deadline=None)


def shop_of(rows: list[tuple], before: datetime | None = None) -> SmallShop:
    """Purchases of one user at one moment as one order, everything else as interactions."""
    rows = [row for row in rows if before is None or row[2] < before]
    bought = [row for row in rows if row[3] == EventKind.PURCHASE]
    return SmallShop(
        products=[{"product_id": i, "category": i[-1], "price_cents": cents} for i, cents in PRICES.items()],
        customers=[{"customer_id": "u9", "gender": "f"}],
        orders=[
            {"order_id": f"{u} {t}", "customer_id": u, "order_date": t, "order_status": "completed"}
            for u, t in sorted({(row[0], row[2]) for row in bought})
        ],
        order_items=[
            {"order_id": f"{u} {t}", "product_id": i, "quantity": n, "unit_price_cents": cents}
            for u, i, t, _, n, cents in bought
        ],
        interactions=[
            {"customer_id": u, "product_id": i, "interaction_type": kind.name.lower(), "timestamp": t}
            for u, i, t, kind, _, _ in rows
            if kind != EventKind.PURCHASE
        ],
    )


def assert_equal(one: Dataset, other: Dataset) -> None:
    assert one.users == other.users
    assert one.items == other.items
    for field in fields(Events):
        np.testing.assert_array_equal(getattr(one.events, field.name), getattr(other.events, field.name))
    assert one.item_table.equals(other.item_table)
    assert one.user_table.equals(other.user_table)
    assert one.repeat_share.equals(other.repeat_share)
    assert one.as_of_us == other.as_of_us
    assert one.fingerprint == other.fingerprint


@few
@given(rows=event_rows, moment=moments)
def test_what_happens_at_or_after_a_moment_leaves_no_trace_before_it(rows, moment):
    as_of_us = to_us(moment)
    with_future = build_dataset(shop_of(rows), as_of_us=as_of_us)
    without_future = build_dataset(shop_of(rows, before=moment), as_of_us=as_of_us)
    assert_equal(with_future, without_future)
    assert (with_future.events.timestamp_us < as_of_us).all()


@few
@given(rows=event_rows, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, seed):
    shuffled = list(rows)
    seed.shuffle(shuffled)
    assert_equal(build_dataset(shop_of(rows)), build_dataset(shop_of(shuffled)))


@few
@given(rows=event_rows)
def test_a_dataset_written_by_hand_means_what_the_sql_says(rows):
    by_hand = dataset_from_events(rows, {i: {"price_cents": cents} for i, cents in PRICES.items()}, {"u9": {}})
    by_sql = build_dataset(shop_of(rows))
    assert by_hand.users == by_sql.users
    assert by_hand.items == by_sql.items
    for field in fields(Events):
        if field.name != "basket":
            got, expected = getattr(by_hand.events, field.name), getattr(by_sql.events, field.name)
            assert got.dtype == expected.dtype
            np.testing.assert_allclose(got, expected, rtol=1e-6)
    for name in ("price_cents", "first_seen_us", "purchases", "buyers", "units"):
        assert by_hand.item_table.column(name).to_pylist() == by_sql.item_table.column(name).to_pylist()
    for name in ("purchases", "unique_items", "avg_price_cents", "last_purchase_us", "loyalty"):
        assert by_hand.user_table.column(name).to_pylist() == by_sql.user_table.column(name).to_pylist()


@pytest.mark.parametrize("purchases_only", [True, False])
@pytest.mark.parametrize("weighting", get_args(Weighting))
@given(rows=event_rows, half_life=st.one_of(st.none(), st.floats(0.5, 400)))
@settings(max_examples=15, deadline=None)
def test_folding_a_user_in_gives_the_row_of_training(rows, half_life, weighting, purchases_only):
    dataset = dataset_from_events(rows, {item: {} for item in PRICES}, {"u9": {}})
    signal = Signal(weighting=weighting, half_life_days=half_life, purchases_only=purchases_only)
    fitted = acts_of_dataset(dataset, purchases_only=purchases_only).matrix(signal)
    names = list(reversed(list(dataset.users)))
    folded = acts_of_queries(dataset.queries(names), dataset.items, purchases_only=purchases_only).matrix(signal)
    np.testing.assert_array_equal(folded.toarray(), fitted.toarray()[::-1])
    assert fitted.dtype == np.float32
    assert (fitted.data > 0).all()


@given(rows=event_rows)
@settings(max_examples=15, deadline=None)
def test_folding_in_under_another_catalogue_skips_what_it_does_not_hold(rows):
    dataset = dataset_from_events(rows, {item: {} for item in PRICES}, {"u9": {}})
    fewer = IdMap.of(["i1", "i3", "zz"])
    signal = Signal(purchases_only=False)
    folded = acts_of_queries(dataset.queries(dataset.users), fewer, purchases_only=False).matrix(signal)
    whole = acts_of_dataset(dataset, purchases_only=False).matrix(signal).toarray()
    np.testing.assert_array_equal(folded.toarray()[:, :2], whole[:, [1, 3]])
    assert folded[:, [2]].nnz == 0
