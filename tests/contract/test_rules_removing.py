"""Every rule that removes keeps the contract, in a shop in which it has something to remove."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from parure.core.clock import to_us
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
