"""Every rule that comes with parure keeps the contract."""

from dataclasses import replace

from parure.core.filters import ItemFilter
from parure.rules import Bought, BoughtAgain, BoughtConfig, Filtered, InStock, PriceSensitivity, Shopper
from parure.testing import RuleContract


class TestNeverAgain(RuleContract):
    def rule(self, dataset):
        return Bought(BoughtConfig(policy=BoughtAgain.NEVER)).fit(dataset)


class TestAfterTheCycle(RuleContract):
    def rule(self, dataset):
        return Bought(BoughtConfig(policy=BoughtAgain.AFTER_CYCLE)).fit(dataset)


class TestAlwaysAgain(RuleContract):
    def rule(self, dataset):
        return Bought(BoughtConfig(policy=BoughtAgain.ALWAYS)).fit(dataset)


class TestFiltered(RuleContract):
    def rule(self, dataset):
        return Filtered().fit(dataset)

    def shoppers(self, dataset):
        cheap = ItemFilter.between("price_cents", high=2000)
        asked = super().shoppers(dataset)
        return [*asked, *(Shopper(replace(one.query, item_filter=cheap), one.items) for one in asked)]


class TestInStock(RuleContract):
    def rule(self, dataset):
        return InStock().fit(dataset)


class TestPriceSensitivity(RuleContract):
    def rule(self, dataset):
        return PriceSensitivity().fit(dataset)
