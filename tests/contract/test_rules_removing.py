"""Every rule that removes keeps the contract, in a shop in which it has something to remove."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core.clock import to_us
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Budget, Complementary, Consent, Exclusions, Fresh, PriceRange, Season, Shopper
from parure.rules.budget import BudgetConfig
from parure.rules.complementary import ComplementaryConfig
from parure.rules.consent import ConsentConfig
from parure.rules.exclusions import ExclusionsConfig
from parure.rules.price_range import PriceRangeConfig
from parure.rules.season import SeasonConfig, SeasonOf
from parure.testing import RuleContract, checkerboard_of_views, nobody

JANUARY = datetime(2026, 1, 1, 12, tzinfo=UTC)
PRODUCTS = {
    "star": ("christmas", 4000),
    "bauble": ("christmas", 900),
    "ring": ("rings", 12000),
    "band": ("rings", 3000),
    "stud": ("earrings", 5000),
    "hoop": ("earrings", 0),
}


@cache
def a_year() -> Dataset:
    """A year of a jeweller who sells rings with earrings all year round, and christmas things in December."""
    rows = []
    for day in range(365):
        now = JANUARY + timedelta(days=day)
        who = f"customer-{day % 7}"
        rows += [
            (who, "band", now, "purchase", 1.0, 3000),
            (who, ("stud", "hoop")[day % 2], now, "purchase", 1.0, 5000),
        ]
        if now.month == 12:
            rows += [(who, item, now + timedelta(hours=1), "purchase", 4.0, 900) for item in ("star", "bauble")]
    for kind, item in (("dismiss", "ring"), ("remove_from_cart", "star"), ("return", "band")):
        rows.append(("customer-3", item, JANUARY + timedelta(days=364, hours=3), kind, 1.0, 0))
    created = {"ring": JANUARY + timedelta(days=330), "band": JANUARY + timedelta(days=500)}
    products = {
        name: {"category": category, "price_cents": price, "created_us": to_us(created.get(name, JANUARY))}
        for name, (category, price) in PRODUCTS.items()
    }
    customers = {f"customer-{n}": {"marketing_consent": (True, False, None)[n % 3]} for n in range(7)}
    return dataset_from_events(rows, products, customers)


class Removing(RuleContract):
    """The contract, and that the rule does remove something from somebody."""

    def dataset(self) -> Dataset:
        return a_year()

    def shoppers(self, dataset: Dataset) -> list[Shopper]:
        asked = super().shoppers(dataset)
        in_july = [replace(one.query, now_us=to_us(datetime(2027, 7, 1, tzinfo=UTC))) for one in asked]
        cart = dataset.query("customer-3", items=["star", "band"])
        return [*asked, *(Shopper(query, dataset.items) for query in (*in_july, cart))]

    def test_it_removes_something_and_not_everything(self) -> None:
        kept = {len(after) for _, _, _, after in self._cases()}
        assert min(kept) < len(PRODUCTS)
        assert max(kept) > 0

    @pytest.mark.parametrize("shop", [nobody, checkerboard_of_views])
    def test_a_shop_that_tells_little_is_no_trouble(self, shop) -> None:
        dataset = shop()
        rule, slate = self.rule(dataset), self.slate(dataset)
        for shopper in super().shoppers(dataset):
            rule.apply(shopper, slate)


class TestExclusions(Removing):
    def rule(self, dataset):
        return Exclusions(ExclusionsConfig(items=("star", "gone"), filters=("price<=10",))).fit(dataset)


class TestWhatCustomersTurnedDown(Removing):
    def rule(self, dataset):
        return Exclusions().fit(dataset)


class TestPriceRange(Removing):
    def rule(self, dataset):
        return PriceRange(PriceRangeConfig(min_price=10, max_price=100)).fit(dataset)


class TestPriceAroundThePage(Removing):
    def rule(self, dataset):
        return PriceRange().fit(dataset)


class TestBudget(Removing):
    def rule(self, dataset):
        return Budget(BudgetConfig(above=0.2, below=0.5)).fit(dataset)


class TestFresh(Removing):
    def rule(self, dataset):
        return Fresh().fit(dataset)


class TestLearnedSeason(Removing):
    def rule(self, dataset):
        return Season(SeasonConfig(min_sales=24, out_below=0.3)).fit(dataset)


class TestToldSeason(Removing):
    def rule(self, dataset):
        return Season(SeasonConfig(seasons=(SeasonOf(filter=("category=rings",), months=(5,)),))).fit(dataset)


class TestComplementary(Removing):
    def rule(self, dataset):
        return Complementary().fit(dataset)


class TestComplementaryPairs(Removing):
    def rule(self, dataset):
        return Complementary(ComplementaryConfig(pairs={"christmas": ("earrings",)}, learn=False)).fit(dataset)


class TestConsent(Removing):
    def rule(self, dataset):
        return Consent(ConsentConfig(without=("customer-0",))).fit(dataset)

    def test_it_removes_something_and_not_everything(self) -> None:
        assert {len(after) for _, _, _, after in self._cases()} == {len(PRODUCTS)}


RULES = (
    Exclusions(ExclusionsConfig(categories=("rings",))),
    PriceRange(PriceRangeConfig(max_price=100)),
    Budget(BudgetConfig(below=0.5)),
    Fresh(),
    Season(SeasonConfig(min_sales=24, out_below=0.3)),
    Complementary(),
    Consent(),
)


@cache
def fitted():
    return tuple(rule.fit(a_year()) for rule in RULES)


@settings(deadline=None)  # the first of them fits the rules
@given(
    order=st.permutations(range(len(PRODUCTS))),
    scores=st.lists(st.floats(0, 1, width=32), min_size=len(PRODUCTS), max_size=len(PRODUCTS)),
    candidates=st.integers(0, len(PRODUCTS)),
    cart=st.lists(st.sampled_from([*PRODUCTS, "unheard of"]), max_size=3),
    who=st.sampled_from(["customer-0", "customer-1", "customer-3", "a stranger"]),
    day=st.integers(0, 800),
    rules=st.permutations(range(len(RULES))),
    k=st.integers(1, 8),
)
def test_all_rules_in_any_order_keep_the_order_and_the_account(order, scores, candidates, cart, who, day, rules, k):
    dataset = a_year()
    query = replace(dataset.query(who, items=cart, k=k), now_us=to_us(JANUARY + timedelta(days=day)))
    chosen = [fitted()[place] for place in rules]
    for rule in chosen:
        query = rule.admit(query)
    shopper = Shopper(query, dataset.items)
    rows = np.array(order[:candidates], dtype=np.int32)
    given_scores = np.sort(np.array(scores[:candidates], dtype=np.float32))[::-1]
    slate = before = Slate.of(dataset.items, rows, given_scores, given_scores[:, None], ("only",))
    for rule in chosen:
        slate = rule.apply(shopper, slate)
        _, forbidden = rule.forbid(shopper) or ("", np.empty(0, np.int32))
        assert not set(forbidden.tolist()) & set(slate.item_ix[slate.kept].tolist())
    shown = slate.best(k).tolist()
    assert len(shown) == len(set(shown)) <= k
    assert slate.item_ids == [name for name in before.item_ids if name in set(slate.item_ids)]
    gone = [row for part in slate.removed for row in part.item_ix.tolist()]
    assert sorted([*gone, *slate.item_ix[slate.kept].tolist()]) == sorted(rows.tolist())
