"""Every rule that comes with parure keeps the contract."""

from dataclasses import replace

import numpy as np

from parure.core.filters import ItemFilter
from parure.rules import Bought, BoughtAgain, Filtered
from parure.testing import RuleContract


class TestNeverAgain(RuleContract):
    def rule(self, dataset):
        return Bought(BoughtAgain.NEVER)


class TestAfterTheCycle(RuleContract):
    def rule(self, dataset):
        return Bought(BoughtAgain.AFTER_CYCLE, np.full(len(dataset.items), 10, np.float32))


class TestAlwaysAgain(RuleContract):
    def rule(self, dataset):
        return Bought(BoughtAgain.ALWAYS)


class TestFiltered(RuleContract):
    def rule(self, dataset):
        return Filtered(dataset.item_table)

    def queries(self, dataset):
        cheap = ItemFilter.between("price_cents", high=2000)
        asked = super().queries(dataset)
        return [*asked, *(replace(query, item_filter=cheap) for query in asked)]
