"""What is a little dearer than usual is raised, within the budget."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, Query
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Shopper, Upsell
from parure.rules.upsell import UpsellConfig


def shop(prices: list[int]) -> Dataset:
    products = {f"{place:03}": {"price_cents": cents} for place, cents in enumerate(prices)}
    return dataset_from_events([], products, as_of_us=1)


def factors(prices: list[int], paid: list[tuple[int, int]], **config: float) -> list[float]:
    """What scores of items of these prices are multiplied by, for somebody who paid these prices at these moments."""
    dataset = shop(prices)
    events = [Event("000", EventKind.PURCHASE, when, price_cents=cents) for when, cents in paid]
    query = Query(History.of(events, [1.0] * len(events)), now_us=10**6)
    ones = np.ones(len(prices), np.float32)
    slate = Slate.of(dataset.items, np.arange(len(prices), dtype=np.int32), ones, ones[:, None], ("only",))
    after = Upsell(UpsellConfig(**config)).fit(dataset).apply(Shopper(query, dataset.items), slate)
    return [round(float(score), 5) for score in after.scores]


PRICES = [900, 1000, 1100, 1250, 1500, 1501, 0]
TWO_OF_A_THOUSAND = [(1, 1000), (1, 1000)]
"""One order of two: the average price is 1000, the average order 2000."""


def test_the_raise_follows_the_formula() -> None:
    # The ceiling is 1.5 * 1000. At 1100: 1 + .2 * (.5 + .5 * 100/500) = 1.12; at 1250: 1.15; at 1500: 1.2.
    assert factors(PRICES, TWO_OF_A_THOUSAND) == [1, 1, 1.12, 1.15, 1.2, 1, 1]


def test_with_all_weight_on_the_price_the_raise_is_in_proportion() -> None:
    assert factors(PRICES, TWO_OF_A_THOUSAND, price_weight=1) == [1, 1, 1.04, 1.1, 1.2, 1, 1]


def test_without_weight_on_the_price_all_dearer_ones_are_raised_alike() -> None:
    assert factors(PRICES, TWO_OF_A_THOUSAND, price_weight=0, factor=1) == [1, 1, 2, 2, 2, 1, 1]


def test_a_factor_of_0_switches_it_off() -> None:
    assert factors(PRICES, TWO_OF_A_THOUSAND, factor=0) == [1] * 7


def test_what_an_order_usually_costs_is_a_ceiling_too() -> None:
    # Two orders of one: the average order is 1000, so that nothing above 1200 is raised.
    assert factors(PRICES, [(1, 1000), (2, 1000)], price_weight=0) == [1, 1, 1.2, 1, 1, 1, 1]


def test_an_average_order_below_the_average_price_leaves_nothing_to_raise() -> None:
    assert factors(PRICES, TWO_OF_A_THOUSAND, max_order_ratio=0.4) == [1] * 7


def test_for_somebody_who_bought_nothing_nothing_changes() -> None:
    assert factors(PRICES, []) == [1] * 7


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=30),
    st.integers(1, 10**6),
    st.floats(0, 1),
    st.floats(0, 1),
)
@settings(deadline=None)
def test_only_what_is_dearer_and_affordable_is_raised_and_by_no_more_than_the_factor(
    prices: list[int], paid: int, factor: float, price_weight: float
) -> None:
    found = factors(prices, [(1, paid), (1, paid)], factor=factor, price_weight=price_weight)
    assert all(1 <= each <= 1 + factor + 1e-4 for each in found)
    assert all(each == 1 for each, price in zip(found, prices, strict=True) if price <= paid or price > 1.501 * paid)
