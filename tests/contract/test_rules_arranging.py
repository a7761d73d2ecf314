"""The rules that arrange candidates keep the contract."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core.slate import Effect, Slate
from parure.rules import (
    AgeFit,
    Boosts,
    BrandAffinity,
    BrandAversion,
    Caps,
    Diversity,
    Explore,
    GenderFit,
    Pins,
    SegmentFit,
    Shopper,
    Upsell,
)
from parure.rules.boosts import BoostsConfig
from parure.rules.brand_affinity import BrandAffinityConfig
from parure.rules.brand_aversion import BrandAversionConfig
from parure.rules.caps import CapsConfig
from parure.rules.diversity import DiversityConfig
from parure.rules.explore import ExploreConfig
from parure.rules.pins import PinsConfig
from parure.rules.upsell import UpsellConfig
from parure.testing import RuleContract, checkerboard
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
                return Slate.of(slate.items, np.sort(slate.item_ix), slate.given, slate.shares, slate.sources)

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


def _rules_in_a_row():
    """Every rule that reweighs or arranges, set so that it has much to do, in an order that recipes may have."""
    entries = [{"where": ["category=gold"], "factor": 3}, {"items": ["unsold"], "factor": 0.1}]
    pinned = [{"item_id": "unsold", "place": 2}, {"item_id": "gold-ring", "place": 7}]
    return (
        SegmentFit(),
        Upsell(UpsellConfig(factor=1)),
        BrandAversion(BrandAversionConfig(column="category", min_times=1)),
        BrandAffinity(BrandAffinityConfig(column="category")),
        GenderFit(),
        AgeFit(),
        Boosts(BoostsConfig.parse({"entries": entries}, where="test")),
        Diversity(DiversityConfig(method="dpp")),
        Caps(CapsConfig(category=2, price_band=2)),
        Explore(ExploreConfig(share=0.5)),
        Pins(PinsConfig.parse({"entries": pinned}, where="test")),
    )


SHOP = checkerboard()
ROW = tuple(rule.fit(SHOP) for rule in _rules_in_a_row())
WHO = tuple(SHOP.query(name) for name in (*SHOP.users, "a stranger"))


@st.composite
def slates(draw) -> Slate:
    """Any of the items in any order, with any scores, some removed already."""
    rows = np.array(draw(st.lists(st.integers(0, len(SHOP.items) - 1), unique=True)), dtype=np.int32)
    scores = sorted(draw(st.lists(st.floats(-5, 5, width=32), min_size=len(rows), max_size=len(rows))), reverse=True)
    column = np.array(scores, dtype=np.float32)
    slate = Slate.of(SHOP.items, rows, column, column[:, None], ("only",))
    gone = draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    return slate.drop(np.array(gone, dtype=bool), "in_stock", "out_of_stock")


@given(slates(), st.sampled_from(WHO), st.integers(1, 12), st.text(max_size=3))
@settings(max_examples=300, deadline=None)
def test_all_of_them_in_a_row_lose_and_double_nothing_and_bring_nothing_back(slate, query, k, request_id) -> None:
    shopper = Shopper(replace(query, k=k, request_id=request_id), SHOP.items)
    kept = np.flatnonzero(slate.kept).tolist()
    for rule in ROW:
        after = rule.apply(shopper, slate)
        assert sorted(after.ranked().tolist()) == kept
        assert {step.effect for step in after.steps[len(slate.steps) :]} <= {rule.effect}
        if rule.effect is Effect.REWEIGHS:
            assert after.order is None
            assert np.isfinite(after.scores).all()
            assert (after.scores >= 0).all()
        else:
            assert after.scores is slate.scores
        for step in after.steps[len(slate.steps) :]:
            assert not np.count_nonzero(step.where & ~slate.kept)
        slate = after
    assert len(slate.best(k)) == min(k, len(kept))
