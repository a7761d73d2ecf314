"""Brands that a customer passes by are lowered, those that they like are raised."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, IdMap, Query
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import BrandAffinity, BrandAversion, Shopper
from parure.rules.brand_affinity import BrandAffinityConfig
from parure.rules.brand_aversion import BrandAversionConfig
from parure.rules.columns import Tally

BRANDS = {"a": "acme", "b": "acme", "c": "zeta", "d": None}
EVERYTHING = IdMap.of([*BRANDS, "gone"])


def shop() -> Dataset:
    products = {item: {"brand": brand, "category": f"of {item}"} for item, brand in BRANDS.items()}
    return dataset_from_events([], products, as_of_us=1)


def factors(rule: BrandAversion | BrandAffinity, *events: tuple[str, str], weights: list[float] | None = None):
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


def test_another_column_may_be_named() -> None:
    found = factors(BrandAversion(BrandAversionConfig(column="category")), *[("a", "view")] * 5)
    assert found == [0.5, 1, 1, 1]


def test_a_column_that_holds_no_text_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected text"):
        BrandAffinity(BrandAffinityConfig(column="price_cents")).fit(shop())


def test_a_column_that_the_shop_lacks_leaves_everything_as_it_is() -> None:
    assert factors(BrandAversion(BrandAversionConfig(column="label")), *[("a", "view")] * 9) == [1, 1, 1, 1]


_CODES = st.lists(st.integers(-1, 6), max_size=30).map(lambda codes: np.array(codes, dtype=np.intp))


@given(st.lists(st.tuples(_CODES, _CODES), max_size=4))
def test_sums_are_of_one_request_each(requests: list[tuple[np.ndarray, np.ndarray]]) -> None:
    tally = Tally(7)
    for codes, at in requests:
        expected = [float(np.count_nonzero(codes == code)) if code >= 0 else 0.0 for code in at.tolist()]
        assert tally.sums(codes, np.ones(len(codes), np.float32), at).tolist() == expected


def test_threads_do_not_add_to_each_others_sums() -> None:
    tally, codes = Tally(3), np.array([0, 1, 1], dtype=np.intp)
    right = []

    def ask() -> None:
        found = [tally.sums(codes, np.ones(3, np.float32), codes).tolist() for _ in range(500)]
        right.append(all(sums == [1, 2, 2] for sums in found))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 4
