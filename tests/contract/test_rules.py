"""Every rule that comes with parure keeps the contract."""

import numpy as np

from parure.rules import Bought, BoughtAgain
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
