"""The rule that keeps to a range of prices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import PriceRange, Shopper
from parure.rules.price_range import PriceRangeConfig


def shop(*cents: int) -> Dataset:
    """Items a, b, c ... at these prices; 0 for an unknown one."""
    return dataset_from_events([], {chr(97 + i): {"price_cents": each} for i, each in enumerate(cents)}, as_of_us=1)


def kept(dataset: Dataset, page: tuple[str, ...] = (), **config: object) -> str:
    rule = PriceRange(PriceRangeConfig(**config)).fit(dataset)
    rows = np.arange(len(dataset.items), dtype=np.int32)
    scores = np.linspace(1, 0.5, len(rows), dtype=np.float32)
    slate = Slate.of(dataset.items, rows, scores, scores[:, None], ("only",))
    shopper = Shopper(dataset.query("", items=page), dataset.items)
    after = rule.apply(shopper, slate)
    forbidden = rule.forbid(shopper)
    assert forbidden is None or not set(forbidden[1].tolist()) & set(after.best(100).tolist())
    return "".join(after.item_ids)


PRICES = shop(1000, 1990, 2000, 5000, 10_000, 10_001, 0)


def test_without_anything_on_the_page_all_prices_pass() -> None:
    assert kept(PRICES) == "abcdefg"


def test_bounds_are_in_whole_money_and_belong_to_the_range() -> None:
    assert kept(PRICES, min_price=19.90, max_price=100) == "bcdeg"
    assert kept(PRICES, min_price=19.91) == "cdefg"
    assert kept(PRICES, max_price=0) == "g"


def test_items_cost_from_half_to_twice_what_the_page_does() -> None:
    assert kept(PRICES, page=("d",)) == "deg"  # 50.00: from 25.00 to 100.00
    assert kept(PRICES, page=("a", "d")) == "abcdeg"  # from half of 10.00 to twice 50.00
    assert kept(PRICES, page=("d",), page_low=0.3, page_high=1) == "bcdg"  # from 15.00 to 50.00


def test_a_page_without_a_known_price_holds_nothing_back() -> None:
    assert kept(PRICES, page=("g", "unheard of")) == "abcdefg"
    assert kept(shop(0, 0), page=("a",), min_price=5) == "ab"


def test_the_band_around_the_page_can_be_left_out() -> None:
    assert kept(PRICES, page=("d",), around_page=False) == "abcdefg"


def test_a_range_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(SettingsError, match="which is more than max_price"):
        PriceRangeConfig.parse({"min_price": 20, "max_price": 10}, where="rule 'price_range'")


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=20), st.data())
def test_the_items_on_the_page_lie_in_their_own_range(cents: list[int], data: st.DataObject) -> None:
    dataset = shop(*cents)
    page = data.draw(st.lists(st.sampled_from(list(dataset.items)), max_size=4))
    assert set(page) <= set(kept(dataset, page=tuple(page)))
