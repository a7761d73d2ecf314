"""Caps on kinds among those shown, and places for what would not have been."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import History, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Caps, Explore, Rule, Shopper
from parure.rules.caps import CapsConfig
from parure.rules.explore import Chance, ExploreConfig


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


def explored(k: int = 12, n: int = 60, **asked) -> tuple[list[int], list[int]]:
    """The order, and what was explored, a fifth of the places being given away."""
    after = apply(Explore(ExploreConfig(share=0.2)), shop("." * n), k, **asked)
    return after.ranked().tolist(), [row for step in after.steps for row in np.flatnonzero(step.where).tolist()]


def test_the_same_request_is_answered_the_same_and_others_otherwise() -> None:
    asked = {"request_id": "one", "user_id": "ada"}
    again = explored(**asked)
    assert explored(**asked) == again
    assert explored(**asked, now_us=2 * DAY_US - 1) == again
    others = [{"request_id": "two"}, {"user_id": "bob"}, {"now_us": 2 * DAY_US}]
    assert all(explored(**{**asked, **other}) != again for other in others)


@given(st.text(max_size=20), st.integers(2, 30), st.integers(0, 60))
def test_explored_items_come_from_below_and_take_any_place_but_the_first(request: str, k: int, n: int) -> None:
    order, found = explored(k, n, request_id=request)
    assert sorted(order) == list(range(n))
    assert all(row >= k for row in found)
    assert set(order[:k]) - set(range(k)) == set(found)
    assert 0 not in order or order[0] == 0
    rest = [row for row in order if row not in found]
    assert rest == sorted(rest)
    assert len(found) <= 0.2 * k + 1


def test_on_average_the_share_is_that_of_the_settings_and_every_place_and_item_has_its_turn() -> None:
    found = [explored(request_id=str(number)) for number in range(1500)]
    assert sum(len(rows) for _, rows in found) / (1500 * 12) == pytest.approx(0.2, abs=0.01)
    places = Counter(order.index(row) for order, rows in found for row in rows)
    items = Counter(row for _, rows in found for row in rows)
    # 3,600 draws: 327 a place and 75 an item, give or take 4 standard deviations.
    assert set(places) == set(range(1, 12))
    assert all(255 < count < 400 for count in places.values())
    assert set(items) == set(range(12, 60))
    assert all(40 < count < 110 for count in items.values())


@pytest.mark.parametrize(
    ("source", "expected"), [("popular", {55, 56, 57, 58, 59}), ("uncertain", {12, 13, 14, 15, 16})]
)
def test_the_popular_are_those_of_most_buyers_and_the_uncertain_those_of_fewest(
    source: str, expected: set[int]
) -> None:
    rule = Explore(ExploreConfig(share=0.2, source=source, among=5))
    steps = [apply(rule, shop("." * 60), 12, request_id=str(number)).steps[0] for number in range(60)]
    assert {step.reason for step in steps} == {f"explored_{source}"}
    assert {row for step in steps for row in np.flatnonzero(step.where).tolist()} == expected


@pytest.mark.parametrize(("k", "n", "share"), [(1, 60, 0.5), (12, 12, 0.2), (12, 5, 0.2), (12, 60, 0)])
def test_without_room_or_share_nothing_is_explored(k: int, n: int, share: float) -> None:
    dataset = shop("." * n)
    assert apply(Explore(ExploreConfig(share=share)), dataset, k).steps == ()


@given(st.integers(0, 20), st.integers(0, 20), st.text(max_size=5))
def test_a_sample_holds_each_number_once(number: int, size: int, name: str) -> None:
    chance = Chance(Shopper(Query(History.empty(IdMap.of([])), now_us=0, request_id=name), IdMap.of([])))
    found = chance.sample(number, size)
    assert len(set(found)) == len(found) == min(number, size)
    assert all(0 <= each < size for each in found)
    assert 0 <= chance.part() < 1
