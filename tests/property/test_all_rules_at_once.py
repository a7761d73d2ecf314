"""All rules on, one after the other, over slates drawn by chance: nothing forbidden is shown, nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from parure.core import Query
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.pipeline.recipe import Recipe
from parure.rules import RULES, Bought, BoughtAgain, BoughtConfig, Rule, Shopper
from parure.testing.drawn_shop import drawn_queries, drawn_shop, drawn_slate, every_rule

K = 12


@dataclass(frozen=True)
class Drawn:
    """A shop, its rules, and what it must never show to anybody."""

    dataset: Dataset
    rules: tuple[Rule[Any], ...]
    banned: NDArray[np.bool_]
    cents: NDArray[np.float64]


def drawn(**size: int) -> Drawn:
    dataset = drawn_shop(**size)
    recipe = Recipe.parse(
        {"name": "every_rule", "sources": [{"kind": "popular"}], "rules": every_rule(dataset)}, where="test"
    )
    bought = Bought(BoughtConfig(policy=BoughtAgain.NEVER))
    rules = tuple(rule.fit(dataset) for rule in (bought, *recipe.build_rules()))
    (excluded,) = (set(entry["config"]["items"]) for entry in every_rule(dataset) if entry["kind"] == "exclusions")
    columns = {name: dataset.item_table.column(name).to_pylist() for name in ("in_stock", "brand", "category")}
    banned = np.array(
        [
            not in_stock or brand == "brand L" or category == "christmas" or item in excluded
            for item, in_stock, brand, category in zip(dataset.items, *columns.values(), strict=True)
        ]
    )
    cents = dataset.item_table.column("price_cents").fill_null(0).to_numpy().astype(np.float64)
    return Drawn(dataset, rules, banned, cents)


def served(shop: Drawn, query: Query, slate: Slate) -> tuple[Shopper, Slate]:
    for rule in shop.rules:
        query = rule.admit(query)
    shopper = Shopper(query, shop.dataset.items)
    for rule in shop.rules:
        slate = rule.apply(shopper, slate)
    return shopper, slate


def check(shop: Drawn, before: Slate, after: Slate, shopper: Shopper) -> None:
    shown = after.ranked()
    rows = after.item_ix[shown]
    assert len(after.best(K)) <= K
    assert len(np.unique(rows)) == len(rows)
    assert not shop.banned[rows].any()
    assert not np.isin(rows, shopper.page).any()
    assert not np.isin(rows, shopper.bought).any()
    cents = shop.cents[rows]
    assert not ((cents > 0) & (cents < 500)).any()
    if shopper.avg_price_cents > 0:
        assert (cents <= 4 * shopper.avg_price_cents).all()
    if shopper.orders > 1 and shopper.avg_order_cents > 0:
        assert (cents <= 2.5 * shopper.avg_order_cents).all()
    gone = sum(int(np.count_nonzero(s.where)) for s in after.steps if s.effect is Effect.REMOVES)
    assert gone + len(rows) == len(before.item_ix)
    assert np.array_equal(np.sort(shown), np.flatnonzero(after.kept))
    scores = before.scores
    order = None
    for step in after.steps:
        if step.effect is Effect.REWEIGHS:
            assert order is None, "scores changed after a rule had arranged the items"
            scores = scores * step.factor
        elif step.effect is Effect.ARRANGES:
            order = step.order
    assert np.array_equal(scores, after.scores)
    assert (scores >= 0).all()
    if order is None:
        assert (np.diff(scores[shown]) <= 0).all()


def test_the_shop_asks_every_rule() -> None:
    shop = drawn()
    assert {rule.kind for rule in shop.rules} == {*RULES, "bought"}


@pytest.mark.slow
def test_a_hundred_thousand_slates_break_no_rule() -> None:
    shop = drawn(items=400, users=80, seed=1)
    rng = np.random.default_rng(2)
    queries = drawn_queries(shop.dataset, 500, seed=3, k=K)
    acted: set[str] = set()
    for number in range(100_000):
        # A tenth of them as long as a request's, the others short, so that rules run out of candidates.
        before = drawn_slate(shop.dataset, rng, int(rng.integers(0, 60)) if number % 10 else 200)
        shopper, after = served(shop, queries[number % len(queries)], before)
        check(shop, before, after, shopper)
        acted.update(step.rule for step in after.steps)
    # Consent works before there is a slate.
    assert acted == {*RULES, "bought"} - {"consent"}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(0, 250), items=st.integers(1, 300), users=st.integers(1, 20))
def test_shops_of_any_size_break_no_rule(seed: int, size: int, items: int, users: int) -> None:
    shop = drawn(items=items, users=users, seed=seed)
    rng = np.random.default_rng(seed)
    for query in drawn_queries(shop.dataset, 3, seed=seed, k=K):
        before = drawn_slate(shop.dataset, rng, size)
        shopper, after = served(shop, query, before)
        check(shop, before, after, shopper)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(0, 250))
def test_the_same_request_gets_the_same_answer(seed: int, size: int) -> None:
    shop = drawn(items=100, users=5, seed=seed)
    for query in drawn_queries(shop.dataset, 2, seed=seed, k=K):
        slates = [drawn_slate(shop.dataset, np.random.default_rng(seed), size) for _ in range(2)]
        one, other = (served(shop, query, slate)[1] for slate in slates)
        assert one.item_ids == other.item_ids
