"""Quotas: each source may bring as many candidates as are worth their place, by what past customers went on to buy."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core.progress import Silent
from parure.dataset import dataset_from_events, targets_of
from parure.pipeline.backtest import Moment
from parure.pipeline.quotas import Found, found_by, learned_quotas, with_quotas
from parure.pipeline.recipe import SourceSpec, recipe_from_toml
from parure.pipeline.train import Fitted
from parure.rules import BoughtAgain

START = datetime(2024, 1, 1, tzinfo=UTC)
DEEP = 30


def found(lists, bought):
    """What sources that say the same to everybody found of what each customer bought."""
    labels = tuple(lists)
    pairs = [(user, item) for user, items in enumerate(bought) for item in items]
    ranks = [[lists[label].index(item) if item in lists[label] else DEEP for label in labels] for _, item in pairs]
    return Found(
        labels,
        np.array(ranks, dtype=np.int64).reshape(len(pairs), len(labels)),
        np.array([1 / len(bought[user]) for user, _ in pairs]),
        [[np.array(lists[label], dtype=np.int32) for label in labels] for _ in bought],
        np.array([user for user, _ in pairs], dtype=np.int64),
        tuple(f"u{user}" for user in range(len(bought))),
    )


FIRST = list(range(30))
OTHER = list(range(5)) + list(range(100, 125))
"""Its first ten bring five that the first source has already."""
USELESS = list(range(200, 230))


def test_a_share_of_what_a_customer_bought_is_recalled():
    told = found({"a": FIRST, "b": OTHER}, [[3, 104], [15], [999]])
    assert told.recall({"a": 10, "b": 10}).tolist() == [1, 0, 0]
    assert told.recall({"a": 10}).tolist() == [0.5, 0, 0]
    assert told.recall({"a": 20, "b": 4}).tolist() == [0.5, 1, 0]
    assert told.only(["b"]).recall({"b": 30}).tolist() == [1, 0, 0]


def test_the_source_that_finds_most_for_each_new_candidate_goes_first():
    # Ten candidates of a find 2 purchases. Ten of b find 1 for 5 new ones, once a is there: as much for each of them,
    # and a's next ten find 1 for 10.
    told = found({"a": FIRST, "b": OTHER}, [[3], [7], [104], [15]])
    assert learned_quotas(told, budget=10, deep=DEEP) == {"a": 10, "b": 0}
    assert learned_quotas(told, budget=15, deep=DEEP) == {"a": 10, "b": 10}
    assert learned_quotas(told, budget=16, deep=DEEP) == {"a": 20, "b": 10}


def test_customers_count_alike_however_much_they_bought():
    # Four purchases of one customer weigh less than two of two others.
    told = found({"a": FIRST, "u": USELESS}, [[0, 1, 2, 3], [200], [201]])
    assert learned_quotas(told, budget=10, deep=DEEP) == {"a": 0, "u": 10}


def test_what_another_source_has_found_is_found_once():
    twin = [*reversed(FIRST[:10]), *range(300, 320)]
    told = found({"a": FIRST, "twin": twin}, [[3], [7], [15]])
    assert learned_quotas(told, budget=20, deep=DEEP) == {"a": 20, "twin": 0}


def test_a_source_that_finds_nothing_is_left_with_nothing_while_another_does():
    told = found({"a": FIRST, "useless": USELESS}, [[3], [15], [25]])
    assert learned_quotas(told, budget=30, deep=DEEP) == {"a": 30, "useless": 0}


def test_a_source_that_finds_something_further_down_only_gets_there():
    told = found({"a": FIRST, "b": OTHER}, [[25]])
    assert learned_quotas(told, budget=30, deep=DEEP)["a"] == 30


def test_what_no_source_has_is_not_taken_for_found_at_the_largest_quota():
    told = found({"a": FIRST, "b": USELESS}, [[999], [3]])
    quotas = learned_quotas(told, budget=60, deep=DEEP)
    assert told.recall(quotas).tolist() == [0, 1]
    assert max(quotas.values()) <= DEEP


@given(
    budget=st.integers(1, 90),
    deep=st.integers(1, DEEP),
    lists=st.lists(st.permutations(range(40)), min_size=1, max_size=4),
    bought=st.lists(st.lists(st.integers(0, 45), min_size=1, max_size=4, unique=True), min_size=1, max_size=6),
)
def test_the_budget_is_met_and_not_overdrawn_by_more_than_one_step(budget, deep, lists, bought):
    told = found({f"s{place}": list(items)[:DEEP] for place, items in enumerate(lists)}, bought)
    quotas = learned_quotas(told, budget=budget, deep=deep)
    assert all(0 <= quota <= deep for quota in quotas.values())
    brought = {
        item for label, quota in quotas.items() for item in told.lists[0][told.labels.index(label)][:quota].tolist()
    }
    assert len(brought) < budget + 10
    assert len(brought) >= budget or all(quota == deep for quota in quotas.values())


RECIPE = recipe_from_toml(
    """
name = "small"
[[sources]]
kind = "item_cf"
[[sources]]
kind = "popular"
quota = 50
""",
    where="test",
)


def test_a_source_of_quota_0_brings_one_candidate_and_one_without_a_quota_keeps_its_own():
    changed = with_quotas(RECIPE, {"item_cf": 0})
    assert [spec.quota for spec in changed.sources] == [1, 50]
    assert [spec.quota for spec in with_quotas(RECIPE, {"item_cf": 70, "popular": 10}).sources] == [70, 10]


@pytest.mark.parametrize("policy", [BoughtAgain.ALWAYS, BoughtAgain.NEVER])
def test_places_are_those_of_the_sources_own_lists(policy):
    rows = [
        (
            f"u{user}",
            f"i{(user * (1 + week % 2) + week) % 6}",
            START + timedelta(days=7 * week + user % 7),
            "purchase",
            1.0,
            100,
        )
        for user in range(14)
        for week in range(4)
    ]
    target = targets_of(dataset_from_events(rows), [0])[0]
    past = dataset_from_events(rows, as_of_us=target.as_of_us)
    moment = Moment(past, target, Fitted(past))
    told = found_by(moment, RECIPE.sources, policy, deep=20, seed=0, progress=Silent())
    truth = moment.truth(new_only=policy is BoughtAgain.NEVER)
    assert told.users == tuple(sorted(truth))
    assert np.bincount(told.user, weights=told.weight) == pytest.approx(np.ones(len(told.users)))
    source = moment.fitted.source(SourceSpec(kind="popular"))
    for place, row in enumerate(told.user.tolist()):
        user = told.users[row]
        listed = source.retrieve(past.query(user), 20).item_ix.tolist()
        if policy is BoughtAgain.NEVER:
            bought = set(past.items.rows_of(past.history(user).item_ids).tolist())
            listed = [item for item in listed if item not in bought]
        at = told.ranks[place, 1]
        item = past.items.rows_of(sorted(truth[user]))[place - int(np.searchsorted(told.user, row))]
        assert at == (listed.index(item) if item in listed else 20)
