"""The rule that holds back what is never shown, what is on the page and what was turned down."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, Query
from parure.core.clock import DAY_US, to_us
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Exclusions, Shopper
from parure.rules.exclusions import ExclusionsConfig

NOW_US = to_us(datetime(2026, 5, 1, tzinfo=UTC))
PRODUCTS = {
    "band": {"category": "rings", "brand": "Acme", "price_cents": 90_000},
    "hoop": {"category": "earrings", "brand": "Orion", "price_cents": 4_000},
    "plain": {"price_cents": 500},
    "ruby": {"category": "rings", "brand": "Orion", "price_cents": 200_000},
    "stud": {"category": "earrings", "brand": "Acme", "price_cents": 2_000},
}
DATASET: Dataset = dataset_from_events([], PRODUCTS, as_of_us=NOW_US)


def slate() -> Slate:
    rows = np.arange(len(PRODUCTS), dtype=np.int32)
    scores = np.linspace(1, 0.5, len(rows), dtype=np.float32)
    return Slate.of(DATASET.items, rows, scores, scores[:, None], ("only",))


def shopper(*events: tuple[str, EventKind, float], items: tuple[str, ...] = ()) -> Shopper:
    """Somebody who did things so many days ago."""
    made = [Event(item, kind, NOW_US - int(days * DAY_US)) for item, kind, days in events]
    return Shopper(Query(History.of(made, [1.0] * len(made), DATASET.items), NOW_US, items=items), DATASET.items)


def gone(who: Shopper | None = None, **config: object) -> dict[str, str]:
    """Item to reason of what is held back."""
    rule = Exclusions(ExclusionsConfig(**config)).fit(DATASET)
    after = rule.apply(who or shopper(), slate())
    return {name: part.reason for part in after.removed for name in DATASET.items.ids_of(part.item_ix)}


def test_nothing_is_held_back_from_somebody_new_on_an_empty_page() -> None:
    assert gone() == {}


def test_items_are_excluded_by_id_and_unheard_of_ones_passed_over() -> None:
    assert gone(items=("ruby", "sold long ago")) == {"ruby": "excluded"}


def test_categories_are_excluded_and_an_item_without_one_is_in_none() -> None:
    assert gone(categories=("rings", "watches")) == {"band": "excluded", "ruby": "excluded"}


def test_another_column_may_hold_the_categories() -> None:
    assert set(gone(categories=("Acme",), column="brand")) == {"band", "stud"}


def test_an_item_is_excluded_by_any_filter_and_by_a_list_when_all_of_it_holds() -> None:
    assert set(gone(filters=("price<10", "brand=Orion"))) == {"plain", "hoop", "ruby"}
    assert set(gone(filters=(("brand=Orion", "price>=1000"),))) == {"ruby"}


def test_what_is_excluded_is_not_even_looked_for() -> None:
    found = Exclusions(ExclusionsConfig(items=("ruby",))).fit(DATASET).forbid(shopper())
    assert found is not None
    assert (found[0], DATASET.items.ids_of(found[1])) == ("excluded", ["ruby"])


def test_what_is_on_the_page_is_left_out_unless_told_otherwise() -> None:
    assert gone(shopper(items=("stud", "unheard of"))) == {"stud": "on_page"}
    assert gone(shopper(items=("stud",)), on_page=False) == {}


@pytest.mark.parametrize(
    ("kind", "days", "reason"),
    [
        (EventKind.DISMISS, 3000, "dismissed"),
        (EventKind.REMOVE_FROM_CART, 6.9, "removed_from_cart"),
        (EventKind.REMOVE_FROM_CART, 7.1, None),
        (EventKind.RETURN, 89, "returned"),
        (EventKind.RETURN, 91, None),
        (EventKind.VIEW, 1, None),
    ],
)
def test_what_was_turned_down_stays_away_for_a_while(kind: EventKind, days: float, reason: str | None) -> None:
    assert gone(shopper(("hoop", kind, days))) == ({} if reason is None else {"hoop": reason})


def test_the_days_can_be_set_and_0_is_for_not_at_all() -> None:
    dismissed = shopper(("hoop", EventKind.DISMISS, 10))
    assert gone(dismissed, dismissed_days=20) == {"hoop": "dismissed"}
    assert gone(dismissed, dismissed_days=5) == {}
    assert gone(dismissed, dismissed_days=0) == {}


def test_the_last_word_counts() -> None:
    changed_mind = shopper(("hoop", EventKind.DISMISS, 5), ("hoop", EventKind.ADD_TO_CART, 4))
    assert gone(changed_mind) == {}
    and_back = shopper(
        ("hoop", EventKind.ADD_TO_CART, 5), ("hoop", EventKind.DISMISS, 4), ("hoop", EventKind.REMOVE_FROM_CART, 3)
    )
    assert gone(and_back, removed_from_cart_days=1) == {"hoop": "dismissed"}
    looked_again = shopper(("hoop", EventKind.DISMISS, 5), ("hoop", EventKind.VIEW, 4))
    assert gone(looked_again) == {"hoop": "dismissed"}


def test_an_item_that_the_catalogue_lacks_is_no_trouble() -> None:
    history = History.of([Event("unheard of", EventKind.DISMISS, NOW_US - 1)], [1.0])
    assert gone(Shopper(Query(history, NOW_US), DATASET.items)) == {}


def test_a_filter_that_cannot_be_read_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match=r"'filters'.*empty value"):
        ExclusionsConfig.parse({"filters": ["brand="]}, where="rule 'exclusions'")


def test_a_filter_on_a_column_that_items_lack_is_refused_when_fitted() -> None:
    with pytest.raises(SettingsError, match="did you mean 'brand'"):
        Exclusions(ExclusionsConfig(filters=("brnd=Acme",))).fit(DATASET)


KINDS = [EventKind.DISMISS, EventKind.REMOVE_FROM_CART, EventKind.RETURN, EventKind.ADD_TO_CART, EventKind.VIEW]


@given(st.lists(st.tuples(st.sampled_from(sorted(PRODUCTS)), st.sampled_from(KINDS)), max_size=12))
def test_an_item_is_away_exactly_when_its_last_word_is_no(past: list[tuple[str, EventKind]]) -> None:
    who = shopper(*((item, kind, 1 - place / 100) for place, (item, kind) in enumerate(past)))
    words = [(item, kind is not EventKind.ADD_TO_CART) for item, kind in past if kind is not EventKind.VIEW]
    assert set(gone(who)) == {item for item, is_no in dict(words).items() if is_no}
