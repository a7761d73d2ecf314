"""A merchandiser's pins: what, at which place, where, and from when to when."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from parure.core import History, IdMap, Query
from parure.core.clock import to_us
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Pins, Shopper
from parure.rules.pins import PinsConfig

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def shop() -> Dataset:
    products = {
        name: {"category": "rings" if name in "ab" else "chains", "price_cents": 1000 * place, "brand": "acme"}
        for place, name in enumerate("abcdef", start=1)
    }
    return dataset_from_events([], products, as_of_us=1)


def slate_of(dataset: Dataset) -> Slate:
    n = len(dataset.items)
    scores = np.linspace(1, 0.5, n, dtype=np.float32)
    return Slate.of(dataset.items, np.arange(n, dtype=np.int32), scores, scores[:, None], ("only",))


def query(**changes) -> Query:
    return replace(Query(History.empty(IdMap.of([])), now_us=to_us(NOW)), **changes)


def pinned(*entries: dict, gone: str = "", **asked) -> str:
    """The order after the pins, with some items removed before."""
    dataset = shop()
    slate = slate_of(dataset)
    slate = slate.drop(np.array([name in gone for name in dataset.items]), "another", "gone")
    rule = Pins(PinsConfig.parse({"entries": entries}, where="test")).fit(dataset)
    return "".join(rule.apply(Shopper(query(**asked), dataset.items), slate).item_ids)


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (None, None, True),
        ("2026-05-10", None, True),
        ("2026-05-11", None, False),
        (None, "2026-05-10", True),
        (None, "2026-05-09", False),
        ("2026-05-01", "2026-05-31", True),
    ],
)
def test_first_and_last_day_are_days_on_which_it_holds(starts: str | None, ends: str | None, holds: bool) -> None:
    days = {name: day for name, day in (("starts", starts), ("ends", ends)) if day}
    assert pinned({"item_id": "f", "place": 1, **days}).startswith("f") == holds


def test_it_holds_on_its_surfaces_only() -> None:
    pin = {"item_id": "f", "place": 1, "surfaces": ["email"]}
    assert [pinned(pin, surface=name)[0] for name in ("email", "homepage")] == ["f", "a"]


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match="before it starts"):
        PinsConfig.parse({"entries": [{"item_id": "a", "starts": "2026-05-02", "ends": "2026-05-01"}]}, where="test")


def test_a_pinned_item_stands_at_its_place_and_the_others_around_it() -> None:
    assert pinned({"item_id": "e", "place": 2}) == "aebcdf"
    assert pinned({"item_id": "a", "place": 4}) == "bcdaef"
    assert pinned({"item_id": "e", "place": 5}, {"item_id": "f", "place": 1}) == "fabced"


def test_of_two_for_one_place_the_second_has_the_next() -> None:
    assert pinned({"item_id": "f", "place": 2}, {"item_id": "e", "place": 2}) == "afebcd"


def test_a_place_behind_the_last_is_the_last() -> None:
    assert pinned({"item_id": "a", "place": 100}) == "bcdefa"
    assert pinned({"item_id": "a", "place": 100}, {"item_id": "b", "place": 200}) == "cdefab"


def test_an_item_pinned_twice_has_the_first_of_its_places() -> None:
    assert pinned({"item_id": "f", "place": 3}, {"item_id": "f", "place": 1}) == "fabcde"


def test_what_another_rule_removed_stays_removed() -> None:
    assert pinned({"item_id": "f", "place": 1}, {"item_id": "e", "place": 2}, gone="f") == "aebcd"
    assert pinned({"item_id": "f", "place": 1}, gone="abcdef") == ""


def test_a_pin_may_ask_for_a_category_on_the_page() -> None:
    pin = {"item_id": "f", "place": 1, "page_category": "rings"}
    assert [pinned(pin, items=page)[0] for page in (("a",), ("c",), ("c", "b"), (), ("unheard of",))] == list("fafaa")
    assert pinned({**pin, "page_category": "boats"}, items=("a",))[0] == "a"


def test_pinned_items_are_candidates_whoever_asks() -> None:
    dataset = shop()
    entries = [
        {"item_id": "f", "place": 1},
        {"item_id": "f", "place": 3},
        {"item_id": "b", "place": 2, "surfaces": ["email"]},
        {"item_id": "unheard of"},
    ]
    rule = Pins(PinsConfig.parse({"entries": entries}, where="test")).fit(dataset)
    wanted = {
        surface: rule.include(Shopper(query(surface=surface), dataset.items)).tolist() for surface in ("email", "cart")
    }
    assert wanted == {"email": [1, 5], "cart": [5]}
    assert Pins().fit(dataset).include(Shopper(query(), dataset.items)) is None


def test_the_step_names_the_pinned() -> None:
    dataset = shop()
    rule = Pins(PinsConfig.parse({"entries": [{"item_id": "c", "place": 1}]}, where="test")).fit(dataset)
    step = rule.apply(Shopper(query(), dataset.items), slate_of(dataset)).steps[0]
    assert (step.reason, np.flatnonzero(step.where).tolist()) == ("pinned", [2])
