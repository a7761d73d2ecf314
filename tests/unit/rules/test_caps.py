"""Caps on kinds among those shown."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import History, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Caps, Rule, Shopper
from parure.rules.caps import CapsConfig


def shop(categories: str, brands: str = "", prices: list[int] | None = None) -> Dataset:
    """Items 000, 001 ... whose category and brand are the letters given; a dot is none."""
    n = len(categories)
    products = {
        f"{place:03}": {
            "category": None if categories[place] == "." else categories[place],
            "brand": None if not brands or brands[place] == "." else brands[place],
            "price_cents": (prices or [0] * n)[place],
            "buyers": place,
        }
        for place in range(n)
    }
    return dataset_from_events([], products, as_of_us=1)


def slate_of(dataset: Dataset) -> Slate:
    n = len(dataset.items)
    scores = np.linspace(1, 0, n, dtype=np.float32)
    return Slate.of(dataset.items, np.arange(n, dtype=np.int32), scores, scores[:, None], ("only",))


def apply(rule: Rule, dataset: Dataset, k: int, **asked) -> Slate:
    query = replace(Query(History.empty(IdMap.of([])), now_us=DAY_US, k=k), **asked)
    return rule.fit(dataset).apply(Shopper(query, dataset.items), slate_of(dataset))


def capped(dataset: Dataset, k: int, **config: int) -> tuple[list[int], list[int]]:
    """The order, and who stepped back."""
    after = apply(Caps(CapsConfig(**{"category": 0, "brand": 0, **config})), dataset, k)
    return after.ranked().tolist(), [row for step in after.steps for row in np.flatnonzero(step.where).tolist()]


def test_what_is_one_too_many_steps_back_behind_the_others() -> None:
    assert capped(shop("rrrrcb"), 4, category=2) == ([0, 1, 4, 5, 2, 3], [2, 3])


def test_only_as_many_as_needed_step_back() -> None:
    # With 0, 1 and 4 the three are found: 5 stays where it is, one more r though it be.
    assert capped(shop("rrrrcrb"), 3, category=2) == ([0, 1, 4, 5, 6, 2, 3], [2, 3])


def test_a_list_that_would_stay_short_is_filled_up_with_them() -> None:
    assert capped(shop("rrrr"), 3, category=1) == ([0, 1, 2, 3], [1, 2, 3])


def test_what_has_no_category_is_not_counted() -> None:
    assert capped(shop("...."), 3, category=1) == ([0, 1, 2, 3], [])


def test_caps_of_several_kinds_all_hold_and_what_one_sends_back_is_not_counted_by_the_others() -> None:
    # 1 is one r too many, so that its brand x is still free for 2.
    assert capped(shop("rrcb", "xxxy"), 3, category=1, brand=2) == ([0, 2, 3, 1], [1])


def test_bands_of_prices_are_the_quarters_of_the_shop() -> None:
    prices = [100, 110, 120, 500, 510, 900, 910, 2000]
    # The quarters end at 110, 500 and 900.
    assert capped(shop("........", prices=prices), 4, price_band=1) == ([0, 2, 4, 6, 7, 1, 3, 5], [1, 3, 5])


@pytest.mark.parametrize("config", [{}, {"category": 3}, {"category": 4, "brand": 9}])
def test_without_caps_or_with_wide_ones_nothing_moves(config: dict[str, int]) -> None:
    assert capped(shop("rrrrcb"), 3, **config) == ([0, 1, 2, 3, 4, 5], [])


@given(
    st.text("rcb.", min_size=1, max_size=40),
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(0, 9),
)
@settings(deadline=None)
def test_no_cap_is_passed_where_there_are_others(categories: str, k: int, category: int, brand: int, seed: int) -> None:
    brands = "".join(np.random.default_rng(seed).choice(list("xyz."), len(categories)))
    order, back = capped(shop(categories, brands), k, category=category, brand=brand)
    assert sorted(order) == list(range(len(categories)))
    assert order[len(order) - len(back) :] == back
    assert [row for row in order if row not in back] == sorted(set(order) - set(back))
    first = [row for row in order if row not in back][:k]
    for names, cap in ((categories, category), (brands, brand)):
        counts = Counter(names[row] for row in first if names[row] != ".")
        assert not counts or max(counts.values()) <= cap
