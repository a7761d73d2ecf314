"""The rule that keeps to what the customer's orders come to."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from parure.core import Event, EventKind, History, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Budget, Shopper
from parure.rules.budget import BudgetConfig
from parure.testing.datasets import START

PRODUCTS = {name: {"price_cents": cents} for name, cents in (("a", 1000), ("b", 5000), ("c", 12_000), ("d", 12_001))}


def shop() -> Dataset:
    """Ada's two orders come to 100.00 and 60.00, one of two things; Bea has one order; Cleo's prices are unknown."""
    later = START + timedelta(days=9)
    rows = [
        ("ada", "a", START, "purchase", 5.0, 1000),
        ("ada", "b", START, "purchase", 1.0, 5000),
        ("ada", "b", later, "view", 1.0, 5000),
        ("ada", "b", later, "purchase", 1.0, 6000),
        ("bea", "a", START, "purchase", 1.0, 1000),
        ("cleo", "a", START, "purchase", 1.0, 0),
        ("cleo", "a", later, "purchase", 1.0, 0),
    ]
    return dataset_from_events(rows, {**PRODUCTS, "e": {}})


def kept(who: str, **config: object) -> str:
    dataset = shop()
    rows = np.arange(len(dataset.items), dtype=np.int32)
    scores = np.linspace(1, 0.5, len(rows), dtype=np.float32)
    slate = Slate.of(dataset.items, rows, scores, scores[:, None], ("only",))
    rule = Budget(BudgetConfig(**config)).fit(dataset)
    return "".join(rule.apply(Shopper(dataset.query(who), dataset.items), slate).item_ids)


def test_what_costs_half_more_than_an_order_is_too_dear() -> None:
    assert kept("ada") == "abce"  # (100 + 60) / 2 = 80.00, and half more is 120.00


def test_the_margin_above_can_be_set() -> None:
    assert kept("ada", above=0) == "abe"
    assert kept("ada", above=1) == "abcde"


def test_the_margin_below_is_off_until_set() -> None:
    assert kept("ada", below=0.5) == "bce"  # from 40.00
    assert kept("ada", below=1) == "abce"


@pytest.mark.parametrize("who", ["bea", "cleo", "a stranger"])
def test_somebody_without_a_known_budget_sees_everything(who: str) -> None:
    assert kept(who, below=0) == "abcde"


def test_one_order_is_enough_when_told_so() -> None:
    assert kept("bea", min_orders=1) == "ae"


def test_reasons_tell_dear_from_cheap() -> None:
    dataset = shop()
    rows = np.arange(len(dataset.items), dtype=np.int32)
    scores = np.ones(len(rows), dtype=np.float32)
    slate = Slate.of(dataset.items, rows, scores, scores[:, None], ("only",))
    after = Budget(BudgetConfig(below=0.5)).fit(dataset).apply(Shopper(dataset.query("ada"), dataset.items), slate)
    found = {part.reason: dataset.items.ids_of(part.item_ix) for part in after.removed}
    assert found == {"over_budget": ["d"], "under_budget": ["a"]}


def test_an_order_without_a_known_price_does_not_lower_the_average() -> None:
    events = [
        Event("a", EventKind.PURCHASE, DAY_US, price_cents=5000),
        Event("b", EventKind.PURCHASE, 2 * DAY_US),
        Event("c", EventKind.PURCHASE, 3 * DAY_US, price_cents=3000),
    ]
    items = IdMap.of(["a", "b", "c"])
    shopper = Shopper(Query(History.of(events, [10.0] * 3, items), now_us=4 * DAY_US), items)
    assert shopper.orders == 3
    assert shopper.avg_order_cents == 4000
