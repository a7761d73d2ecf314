"""The rule that holds back what a customer has bought."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, IdMap, Query
from parure.core.clock import DAY_US
from parure.rules import Bought, BoughtAgain, bought_again_from

ITEMS = IdMap.of(["bread", "milk", "ring"])


def query(*events: tuple[str, EventKind, float], now_day: float = 100.0) -> Query:
    made = [Event(item, kind, int(day * DAY_US)) for item, kind, day in events]
    return Query(History.of(made, [1.0] * len(made), ITEMS), now_us=int(now_day * DAY_US))


def forbidden(rule: Bought, asked: Query) -> list[str]:
    removed = rule.forbid(asked, ITEMS)
    return [] if removed is None else ITEMS.ids_of(removed.item_ix)


def test_never_forbids_each_bought_item_once() -> None:
    asked = query(("ring", EventKind.PURCHASE, 1), ("ring", EventKind.PURCHASE, 2), ("milk", EventKind.PURCHASE, 3))
    assert forbidden(Bought(BoughtAgain.NEVER), asked) == ["milk", "ring"]


def test_a_look_is_not_a_purchase() -> None:
    assert forbidden(Bought(BoughtAgain.NEVER), query(("ring", EventKind.VIEW, 1))) == []


def test_always_forbids_nothing() -> None:
    assert forbidden(Bought(BoughtAgain.ALWAYS), query(("ring", EventKind.PURCHASE, 1))) == []


def test_after_cycle_counts_from_the_latest_purchase() -> None:
    cycles = np.array([7, 30, 365], dtype=np.float32)
    rule = Bought(BoughtAgain.AFTER_CYCLE, cycles)
    asked = query(
        ("bread", EventKind.PURCHASE, 90),  # ten days ago, cycle 7: may come back
        ("milk", EventKind.PURCHASE, 10),
        ("milk", EventKind.PURCHASE, 80),  # twenty days ago, cycle 30: waits
        ("ring", EventKind.PURCHASE, 1),  # ninety-nine days ago, cycle a year: waits
    )
    assert forbidden(rule, asked) == ["milk", "ring"]


def test_the_reason_names_the_policy() -> None:
    removed = Bought(BoughtAgain.NEVER).forbid(query(("ring", EventKind.PURCHASE, 1)), ITEMS)
    assert removed is not None
    assert (removed.rule, removed.reason) == ("bought", "bought_never")


def test_after_cycle_without_cycles_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle_days"):
        Bought(BoughtAgain.AFTER_CYCLE)


def test_items_outside_the_catalogue_are_passed_over() -> None:
    history = History.of([Event("unheard of", EventKind.PURCHASE, 0)], [1.0])
    assert forbidden(Bought(BoughtAgain.NEVER), Query(history, now_us=DAY_US)) == []


@pytest.mark.parametrize(("share", "policy"), [(0.0, "never"), (0.149, "never"), (0.15, "always"), (0.5, "always")])
def test_the_policy_is_read_from_the_repeat_share(share: float, policy: str) -> None:
    assert bought_again_from(share) == policy


@given(st.lists(st.tuples(st.sampled_from(["bread", "milk", "ring"]), st.floats(0, 100)), max_size=20))
def test_a_stricter_policy_forbids_at_least_as_much(bought: list[tuple[str, float]]) -> None:
    asked = query(*[(item, EventKind.PURCHASE, day) for item, day in bought])
    cycles = np.array([7, 30, 365], dtype=np.float32)
    never = set(forbidden(Bought(BoughtAgain.NEVER), asked))
    after = set(forbidden(Bought(BoughtAgain.AFTER_CYCLE, cycles), asked))
    always = set(forbidden(Bought(BoughtAgain.ALWAYS), asked))
    assert always <= after <= never == {item for item, _ in bought}
