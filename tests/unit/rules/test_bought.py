"""The rule that holds back what a customer has bought."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, IdMap, Query
from parure.core.clock import DAY_US
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Bought, BoughtAgain, BoughtConfig, Shopper, bought_again_from
from parure.testing.datasets import START

ITEMS = IdMap.of(["bread", "milk", "ring"])


def query(*events: tuple[str, EventKind, float], now_day: float = 100.0) -> Query:
    made = [Event(item, kind, int(day * DAY_US)) for item, kind, day in events]
    return Query(History.of(made, [1.0] * len(made), ITEMS), now_us=int(now_day * DAY_US))


def shop(cycle_days: tuple[float, float, float] = (30, 30, 30)) -> Dataset:
    """A shop that sells the three items, with the cycles given."""
    dataset = dataset_from_events([("somebody", item, START, "purchase", 1.0, 100) for item in ITEMS])
    place = dataset.item_table.schema.get_field_index("cycle_days")
    table = dataset.item_table.set_column(place, "cycle_days", pa.array(cycle_days, pa.float64()))
    return replace(dataset, item_table=table)


def bought(policy: BoughtAgain, cycle_days: tuple[float, float, float] = (30, 30, 30)) -> Bought:
    return Bought(BoughtConfig(policy=policy)).fit(shop(cycle_days))


def forbidden(rule: Bought, asked: Query) -> list[str]:
    found = rule.forbid(Shopper(asked, ITEMS))
    return [] if found is None else ITEMS.ids_of(found[1])


def test_never_forbids_each_bought_item_once() -> None:
    asked = query(("ring", EventKind.PURCHASE, 1), ("ring", EventKind.PURCHASE, 2), ("milk", EventKind.PURCHASE, 3))
    assert forbidden(bought(BoughtAgain.NEVER), asked) == ["milk", "ring"]


def test_a_look_is_not_a_purchase() -> None:
    assert forbidden(bought(BoughtAgain.NEVER), query(("ring", EventKind.VIEW, 1))) == []


def test_always_forbids_nothing() -> None:
    assert forbidden(bought(BoughtAgain.ALWAYS), query(("ring", EventKind.PURCHASE, 1))) == []


def test_after_cycle_counts_from_the_latest_purchase() -> None:
    rule = bought(BoughtAgain.AFTER_CYCLE, (7, 30, 365))
    asked = query(
        ("bread", EventKind.PURCHASE, 90),  # ten days ago, cycle 7: may come back
        ("milk", EventKind.PURCHASE, 10),
        ("milk", EventKind.PURCHASE, 80),  # twenty days ago, cycle 30: waits
        ("ring", EventKind.PURCHASE, 1),  # ninety-nine days ago, cycle a year: waits
    )
    assert forbidden(rule, asked) == ["milk", "ring"]


def test_the_reason_names_the_policy() -> None:
    found = bought(BoughtAgain.NEVER).forbid(Shopper(query(("ring", EventKind.PURCHASE, 1)), ITEMS))
    assert found is not None
    assert found[0] == "bought_never"


def test_items_outside_the_catalogue_are_passed_over() -> None:
    history = History.of([Event("unheard of", EventKind.PURCHASE, 0)], [1.0])
    assert forbidden(bought(BoughtAgain.NEVER), Query(history, now_us=DAY_US)) == []


@pytest.mark.parametrize(("share", "policy"), [(0.0, "never"), (0.149, "never"), (0.15, "always"), (0.5, "always")])
def test_the_policy_is_read_from_the_repeat_share(share: float, policy: str) -> None:
    assert bought_again_from(share) == policy


@given(st.lists(st.tuples(st.sampled_from(["bread", "milk", "ring"]), st.floats(0, 100)), max_size=20))
def test_a_stricter_policy_forbids_at_least_as_much(past: list[tuple[str, float]]) -> None:
    asked = query(*[(item, EventKind.PURCHASE, day) for item, day in past])
    never = set(forbidden(bought(BoughtAgain.NEVER), asked))
    after = set(forbidden(bought(BoughtAgain.AFTER_CYCLE, (7, 30, 365)), asked))
    always = set(forbidden(bought(BoughtAgain.ALWAYS), asked))
    assert always <= after <= never == {item for item, _ in past}
