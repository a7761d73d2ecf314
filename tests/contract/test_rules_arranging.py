"""The rules that arrange candidates keep the contract."""

from dataclasses import replace

import numpy as np
import pytest

from parure.rules import Caps, Diversity, Explore, Pins, Shopper
from parure.rules.caps import CapsConfig
from parure.rules.diversity import DiversityConfig
from parure.rules.explore import ExploreConfig
from parure.rules.pins import PinsConfig
from parure.testing import RuleContract
from parure.testing.checks import require


class ArrangingContract(RuleContract):
    """The contract, for lists of a few of the items that there are."""

    def shoppers(self, dataset):
        asked = super().shoppers(dataset)
        few = [
            Shopper(replace(one.query, k=k, request_id=f"{k}-{number}"), one.items)
            for number, one in enumerate(asked)
            for k in (1, 2, 4, 6)
        ]
        return [*asked, *few]

    def test_it_does_something_here_and_says_so(self) -> None:
        steps = [step for _, _, _, after in self._cases() for step in after.steps]
        require(bool(steps), "the rule never did anything: the test shows nothing")
        require(all(np.count_nonzero(step.where) for step in steps), "a step that is about nobody")

    def test_the_order_is_that_of_its_step(self) -> None:
        for _, _, _, after in self._cases():
            for step in after.steps:
                require(np.array_equal(step.order, after.ranked()), "the step tells another order")

    def test_what_was_removed_before_stays_removed(self) -> None:
        dataset = self.dataset()
        rule, slate = self.rule(dataset), self.slate(dataset)
        gone = np.arange(len(slate.item_ix)) % 2 == 0
        slate = slate.drop(gone, "another", "gone")
        for shopper in self.shoppers(dataset):
            after = rule.apply(shopper, slate)
            require(sorted(after.ranked().tolist()) == np.flatnonzero(~gone).tolist(), "it came back, or more went")


class TestDiversityByVectors(ArrangingContract):
    def rule(self, dataset):
        return Diversity().fit(dataset)


class TestDiversityOfEachKind:
    @pytest.mark.parametrize("likeness", ["vectors", "column", "both"])
    @pytest.mark.parametrize("method", ["mmr", "dpp"])
    def test_it_keeps_the_contract(self, method, likeness) -> None:
        class Suite(ArrangingContract):
            def rule(self, dataset):
                return Diversity(DiversityConfig(method=method, likeness=likeness, relevance=0.3)).fit(dataset)

            def slate(self, dataset):
                """All gold before all silver."""
                slate = super().slate(dataset)
                return replace(slate, item_ix=np.sort(slate.item_ix))

        suite = Suite()
        for name in dir(suite):
            if name.startswith("test_"):
                getattr(suite, name)()


class TestCaps(ArrangingContract):
    def rule(self, dataset):
        return Caps(CapsConfig(category=1, brand=1, price_band=1)).fit(dataset)


class TestExplore(ArrangingContract):
    def rule(self, dataset):
        return Explore(ExploreConfig(share=0.5)).fit(dataset)


class TestExploreThePopular(ArrangingContract):
    def rule(self, dataset):
        return Explore(ExploreConfig(share=0.5, source="popular", among=1)).fit(dataset)


class TestExploreTheUncertain(ArrangingContract):
    def rule(self, dataset):
        return Explore(ExploreConfig(share=0.5, source="uncertain", among=2)).fit(dataset)


class TestPins(ArrangingContract):
    def rule(self, dataset):
        entries = [
            {"item_id": "unsold", "place": 2},
            {"item_id": "gold-ring", "place": 2},
            {"item_id": "gold-ring", "place": 5},
            {"item_id": "silver-ring", "place": 400, "page_category": "gold"},
            {"item_id": "unheard of", "place": 1},
        ]
        return Pins(PinsConfig.parse({"entries": entries}, where="test")).fit(dataset)
