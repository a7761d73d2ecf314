"""Brands that a customer likes are raised."""

import numpy as np
import pytest

from parure.core import Event, EventKind, History, IdMap, Query
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import BrandAffinity, Shopper
from parure.rules.brand_affinity import BrandAffinityConfig

BRANDS = {"a": "acme", "b": "acme", "c": "zeta", "d": None}


EVERYTHING = IdMap.of([*BRANDS, "gone"])


def shop() -> Dataset:
    products = {item: {"brand": brand, "category": f"of {item}"} for item, brand in BRANDS.items()}
    return dataset_from_events([], products, as_of_us=1)


def factors(rule: BrandAffinity, *events: tuple[str, str], weights: list[float] | None = None):
    """What the scores of a, b, c and d are multiplied by for somebody who did this, the items' map being another."""
    dataset = shop()
    made = [Event(item, EventKind[kind.upper()], when) for when, (item, kind) in enumerate(events)]
    history = History.of(made, weights or [1.0] * len(made), EVERYTHING)
    ones = np.ones(4, np.float32)
    slate = Slate.of(dataset.items, np.arange(4, dtype=np.int32), ones, ones[:, None], ("only",))
    after = rule.fit(dataset).apply(Shopper(Query(history, now_us=100), dataset.items), slate)
    return [round(float(score), 4) for score in after.scores]


def test_items_without_a_brand_and_items_that_are_gone_are_of_no_brand() -> None:
    assert factors(BrandAffinity(), ("d", "purchase"), ("gone", "purchase")) == [1, 1, 1, 1]


def test_a_liked_brand_is_raised_by_its_share_of_what_is_liked() -> None:
    # Of 10 + 6 + 4 the brand acme has 16; what was sent back counts for nothing.
    events = [("a", "purchase"), ("b", "add_to_wishlist"), ("c", "add_to_cart"), ("c", "return")]
    found = factors(BrandAffinity(), *events, weights=[10, 6, 4, -10])
    assert found == [1.16, 1.16, 1.04, 1]


def test_who_likes_one_brand_only_raises_it_by_the_whole_lift() -> None:
    assert factors(BrandAffinity(BrandAffinityConfig(max_lift=0.5)), ("c", "view")) == [1, 1, 1.5, 1]


def test_who_likes_nothing_changes_nothing() -> None:
    assert factors(BrandAffinity()) == [1, 1, 1, 1]
    assert factors(BrandAffinity(), ("a", "dismiss"), weights=[-5]) == [1, 1, 1, 1]


def test_a_column_that_holds_no_text_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected text"):
        BrandAffinity(BrandAffinityConfig(column="price_cents")).fit(shop())
