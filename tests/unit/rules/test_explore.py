"""Places for what would not have been shown."""

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
from parure.rules import Explore, Rule, Shopper
from parure.rules.explore import ExploreConfig, _seed, begun, part, sample


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
@settings(deadline=None)
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
@settings(deadline=None)
def test_a_sample_holds_each_number_once(number: int, size: int, name: str) -> None:
    chance = begun(_seed(Shopper(Query(History.empty(IdMap.of([])), now_us=0, request_id=name), IdMap.of([]))))
    found = sample(chance, number, size).tolist()
    assert len(set(found)) == len(found) == min(number, size)
    assert all(0 <= each < size for each in found)
    assert 0 <= part(chance) < 1
