"""Prices and customers are parted into four, and what is far from the customer's part is lowered."""

from dataclasses import replace

import numpy as np
import pytest

from parure.core import Event, EventKind, History, Query
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import SegmentFit, Shopper
from parure.rules.segment_fit import SegmentFitConfig

PRICES = {"a": 100, "b": 200, "c": 300, "d": 400, "e": 0}
"""One item in each quarter, and one without a price."""


def shop(**segments: str) -> Dataset:
    """Four customers who each bought the item of one quarter, with the segments given."""
    rows = [(f"buyer of {item}", item, 1, "purchase", 1.0, cents) for item, cents in PRICES.items() if cents]
    customers = {f"buyer of {item}": {"spending_segment": segment} for item, segment in segments.items()}
    return dataset_from_events(rows, {item: {"price_cents": cents} for item, cents in PRICES.items()}, customers)


def factors(dataset: Dataset, query: Query, rule: SegmentFit | None = None) -> list[float]:
    """What the scores of a, b, c, d and e are multiplied by."""
    n = len(dataset.items)
    ones = np.ones(n, np.float32)
    slate = Slate.of(dataset.items, np.arange(n, dtype=np.int32), ones, ones[:, None], ("only",))
    after = (rule or SegmentFit()).fit(dataset).apply(Shopper(query, dataset.items), slate)
    return [round(float(score), 4) for score in after.scores]


def who_paid(*cents: int) -> Query:
    events = [Event("a", EventKind.PURCHASE, day, price_cents=price) for day, price in enumerate(cents)]
    return Query(History.of(events, [1.0] * len(events)), now_us=100)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("small", [1, 0.95, 0.85, 0.7, 1]),
        ("low_average", [0.95, 1, 0.95, 0.85, 1]),
        ("average", [0.85, 0.95, 1, 0.95, 1]),
        ("high", [0.7, 0.85, 0.95, 1, 1]),
    ],
)
def test_the_further_away_the_lower(segment: str, expected: list[float]) -> None:
    asked = replace(who_paid(), attributes={"spending_segment": segment})
    assert factors(shop(), asked) == expected


@pytest.mark.parametrize(("paid", "place"), [(100, 0), (101, 1), (200, 1), (300, 2), (400, 3), (9999, 3)])
def test_a_stranger_is_placed_by_what_they_paid_on_average(paid: int, place: int) -> None:
    assert factors(shop(), who_paid(paid)).index(1) == place


def test_the_average_is_over_purchases() -> None:
    assert factors(shop(), who_paid(100, 300)).index(1) == 1


def test_borders_between_customers_are_those_of_the_dataset() -> None:
    dataset = shop(a="small", b="small", c="low_average", d="high")
    # Up to 200 is small, up to 300 low average; nobody is average, so that is up to 300 too.
    assert [factors(dataset, who_paid(cents)).index(1) for cents in (200, 201, 300, 301)] == [0, 1, 1, 3]


def test_somebody_of_no_segment_who_bought_nothing_sees_everything_as_it_is() -> None:
    assert factors(shop(), who_paid()) == [1, 1, 1, 1, 1]
    assert factors(shop(), replace(who_paid(), attributes={"spending_segment": "platinum"})) == [1, 1, 1, 1, 1]


def test_in_a_shop_that_sold_nothing_the_catalogue_says_what_is_dear() -> None:
    dataset = dataset_from_events([], {item: {"price_cents": cents} for item, cents in PRICES.items()}, as_of_us=1)
    assert factors(dataset, who_paid(250)).index(1) == 2


def test_without_any_price_nothing_happens() -> None:
    dataset = dataset_from_events([], {item: {} for item in PRICES}, as_of_us=1)
    assert factors(dataset, who_paid(250)) == [1, 1, 1, 1, 1]


def test_factors_are_settable_and_checked() -> None:
    rule = SegmentFit(SegmentFitConfig(factors=(0.5, 0.25, 0)))
    asked = replace(who_paid(), attributes={"spending_segment": "small"})
    assert factors(shop(), asked, rule) == [1, 0.5, 0.25, 0, 1]
    with pytest.raises(SettingsError, match=r"factors\.1"):
        SegmentFitConfig.parse({"factors": (1, 2, 1)}, where="test")
