"""Brands that a customer passes by are lowered."""

import numpy as np
import pytest

from parure.core import Event, EventKind, History, IdMap, Query
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import BrandAversion, Shopper
from parure.rules.brand_aversion import BrandAversionConfig

BRANDS = {"a": "acme", "b": "acme", "c": "zeta", "d": None}


EVERYTHING = IdMap.of([*BRANDS, "gone"])


def shop() -> Dataset:
    products = {item: {"brand": brand, "category": f"of {item}"} for item, brand in BRANDS.items()}
    return dataset_from_events([], products, as_of_us=1)


def factors(rule: BrandAversion, *events: tuple[str, str], weights: list[float] | None = None):
    """What the scores of a, b, c and d are multiplied by for somebody who did this, the items' map being another."""
    dataset = shop()
    made = [Event(item, EventKind[kind.upper()], when) for when, (item, kind) in enumerate(events)]
    history = History.of(made, weights or [1.0] * len(made), EVERYTHING)
    ones = np.ones(4, np.float32)
    slate = Slate.of(dataset.items, np.arange(4, dtype=np.int32), ones, ones[:, None], ("only",))
    after = rule.fit(dataset).apply(Shopper(Query(history, now_us=100), dataset.items), slate)
    return [round(float(score), 4) for score in after.scores]


def test_a_brand_seen_often_and_never_wanted_is_lowered_whichever_of_its_items_was_seen() -> None:
    looks = [("a", "view"), ("a", "impression"), ("b", "click")]
    assert factors(BrandAversion(BrandAversionConfig(min_times=3)), *looks) == [0.5, 0.5, 1, 1]
    assert factors(BrandAversion(BrandAversionConfig(min_times=4)), *looks) == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", ["purchase", "add_to_cart", "add_to_wishlist"])
def test_to_want_it_once_makes_up_for_every_look(kind: str) -> None:
    looks = [("a", "view")] * 50
    assert factors(BrandAversion(), *looks) == [0.5, 0.5, 1, 1]
    assert factors(BrandAversion(), *looks, ("b", kind)) == [1, 1, 1, 1]


def test_items_without_a_brand_and_items_that_are_gone_are_of_no_brand() -> None:
    assert factors(BrandAversion(), *[("d", "view")] * 9, *[("gone", "view")] * 9) == [1, 1, 1, 1]


def test_another_column_may_be_named() -> None:
    found = factors(BrandAversion(BrandAversionConfig(column="category")), *[("a", "view")] * 5)
    assert found == [0.5, 1, 1, 1]


def test_a_column_that_the_shop_lacks_leaves_everything_as_it_is() -> None:
    assert factors(BrandAversion(BrandAversionConfig(column="label")), *[("a", "view")] * 9) == [1, 1, 1, 1]
