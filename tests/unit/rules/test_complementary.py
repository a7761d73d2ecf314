"""The rule that shows what goes with the cart."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Complementary, Shopper
from parure.rules.complementary import ComplementaryConfig
from parure.testing.datasets import START

KINDS = {"b": "bracelets", "e": "earrings", "n": "necklaces", "r": "rings", "w": "watches"}


def shop(orders: dict[str, int], extra: str = "") -> Dataset:
    """So many orders of these items: ``n1e2`` is the first necklace with the second earring."""
    rows = []
    for contents, times in orders.items():
        items = [contents[at : at + 2] for at in range(0, len(contents), 2)]
        for _ in range(times):
            moment = START + timedelta(hours=len(rows))
            rows += [("ada", item, moment, "purchase", 1.0, 100) for item in items]
    names = {f"{kind}{n}" for kind in KINDS for n in (1, 2)} | {row[1] for row in rows}
    products = {name: {"category": KINDS.get(name[0])} for name in names}
    return dataset_from_events(rows, {**products, **({extra: {}} if extra else {})}, as_of_us=2**60)


def kept(dataset: Dataset, *cart: str, **config: object) -> str:
    """First letters of the kinds that are left."""
    rule = Complementary(ComplementaryConfig(**config)).fit(dataset)
    rows = np.arange(len(dataset.items), dtype=np.int32)
    scores = np.linspace(1, 0.5, len(rows), dtype=np.float32)
    slate = Slate.of(dataset.items, rows, scores, scores[:, None], ("only",))
    after = rule.apply(Shopper(dataset.query("ada", items=cart), dataset.items), slate)
    return "".join(sorted({item[0] for item in after.item_ids}))


JEWELLER = shop({"n1e1": 40, "n2e2": 40, "r1b1": 40, "r2b2": 40, "n1r1": 12, "n1n2": 12, "w1": 30, "w1e1": 2})


def test_earrings_go_with_a_necklace_and_bracelets_with_a_ring() -> None:
    assert kept(JEWELLER, "n1") == "e"
    assert kept(JEWELLER, "e2") == "n"
    assert kept(JEWELLER, "r1") == "b"


def test_what_goes_with_anything_in_the_cart_is_shown() -> None:
    assert kept(JEWELLER, "n1", "r2") == "be"


def test_an_empty_cart_or_one_of_kinds_of_which_little_is_known_holds_nothing_back() -> None:
    everything = "benrw"
    assert kept(JEWELLER) == everything
    assert kept(JEWELLER, "unheard of") == everything
    assert kept(JEWELLER, "w1") == everything  # bought alone, but for two orders
    assert kept(shop({}), "n1") == everything


def test_a_kind_of_which_little_is_known_leaves_the_rest_of_the_cart_to_speak() -> None:
    assert kept(JEWELLER, "w1", "n1") == "e"


def test_items_without_a_kind_complement_nothing() -> None:
    dataset = shop({"n1e1": 40}, extra="x1")
    assert kept(dataset, "n1") == "e"
    assert kept(dataset, "x1") == "benrwx"


def test_a_kind_complements_itself_where_people_buy_two_of_it() -> None:
    # Of 200 items in orders of two, each of four kinds has a quarter. Rings stand with rings in all of 25 orders:
    # 50 draws where chance has 12.5, and with ten more on both sides 2.67 times as often.
    pairs = shop({"r1r2": 25, "n1e1": 25, "n1b1": 25, "e1b1": 25})
    assert kept(pairs, "r1") == "benrw"  # nothing is known to go with rings
    assert kept(pairs, "r1", min_own_lift=2.66) == "r"
    assert kept(pairs, "r1", min_own_lift=2.67) == "benrw"


def test_the_lift_is_as_worked_by_hand() -> None:
    # Along with a necklace come 30 earrings and 10 rings. Of the 100 other things sold, 50 are earrings and 50 rings,
    # so chance has 20 and 20: with ten more on both sides 40/30 and 20/30.
    dataset = shop({"n1e1": 30, "n1r1": 10, "e1": 20, "r1": 40})
    assert kept(dataset, "n1") == "e"
    assert kept(dataset, "n1", min_lift=1.334) == "benrw"
    assert kept(dataset, "n1", min_lift=0.66) == "er"
    assert kept(dataset, "n1", min_lift=1.49, shrinkage=0) == "e"


def test_a_big_order_counts_no_more_than_its_items() -> None:
    big = "".join(f"e{n}" for n in range(9)) + "n1"
    dataset = shop({big: 10, "n1b1": 12, "e1": 0, "b1": 60})
    # A necklace goes ten times into a big order and twelve times with a bracelet: bracelets are 72 of the 162 others
    # sold, so chance has 9.8 of the 22 draws.
    assert "b" in kept(dataset, "n1")


def test_units_of_one_item_are_one_item() -> None:
    twice = dataset_from_events(
        [("ada", item, START + timedelta(hours=n), "purchase", 2.0, 100) for n in range(30) for item in ("r1", "r1")],
        {"r1": {"category": "rings"}, "n1": {"category": "necklaces"}},
    )
    assert kept(twice, "r1", min_own_lift=0) == "nr"


def test_told_pairs_stand_in_place_of_what_is_learned() -> None:
    assert kept(JEWELLER, "n1", pairs={"necklaces": ("watches", "rings", "gone")}) == "rw"
    assert kept(JEWELLER, "r1", pairs={"necklaces": ("watches",)}) == "b"
    assert kept(JEWELLER, "n1", "r1", pairs={"necklaces": ("watches",)}, learn=False) == "w"
    assert kept(JEWELLER, "n1", pairs={"gone": ("watches",)}) == "e"


def test_with_two_kinds_in_all_one_goes_with_the_other() -> None:
    assert kept(shop({"n1e1": 13, "e1": 29, "n2": 7}), "n1") == "e"


def test_another_column_may_tell_the_kind() -> None:
    dataset = shop({"n1e1": 40})
    assert kept(dataset, "n1", column="brand") == "benrw"


def test_it_tells_what_goes_with_a_kind() -> None:
    rule = Complementary(ComplementaryConfig(pairs={"watches": ("rings", "earrings")})).fit(JEWELLER)
    assert rule.complements("necklaces") == ("earrings",)
    assert rule.complements("watches") == ("earrings", "rings")
    assert rule.complements("tiaras") == ()


@pytest.mark.parametrize("times", [9, 10])
def test_ten_orders_are_needed(times: int) -> None:
    assert kept(shop({"n1e1": times, "r1b1": 40}), "n1") == ("e" if times == 10 else "benrw")


def test_what_two_recipes_share_is_learned_once_and_told_pairs_stay_with_their_own() -> None:
    dataset = shop({"n1e1": 40})
    assert kept(dataset, "n1", pairs={"necklaces": ("watches",)}) == "w"
    assert kept(dataset, "n1") == "e"
