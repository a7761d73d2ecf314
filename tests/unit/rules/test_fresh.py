"""The rule that shows new items only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parure.core.clock import DAY_US, to_us
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Fresh, Shopper
from parure.rules.fresh import FreshConfig

FIRST = datetime(2026, 1, 1, 15, tzinfo=UTC)


def shop() -> Dataset:
    """Dated and undated items, and a first sale of each ``sold-N`` on day N."""
    rows = [("ada", f"sold-{day:03}", FIRST + timedelta(days=day), "purchase", 1.0, 100) for day in (0, 29, 30, 100)]
    created = {f"made-{day:03}": {"created_us": to_us(FIRST + timedelta(days=day))} for day in (0, 110, 300)}
    return dataset_from_events(rows, {**created, "undated": {}})


def kept(dataset: Dataset, day: float, **config: object) -> list[str]:
    rows = np.arange(len(dataset.items), dtype=np.int32)
    scores = np.linspace(1, 0.5, len(rows), dtype=np.float32)
    slate = Slate.of(dataset.items, rows, scores, scores[:, None], ("only",))
    query = replace(dataset.query("ada"), now_us=to_us(FIRST + timedelta(days=day)))
    rule = Fresh(FreshConfig(**config)).fit(dataset)
    shopper = Shopper(query, dataset.items)
    after = rule.apply(shopper, slate)
    forbidden = rule.forbid(shopper)
    gone = [] if forbidden is None else dataset.items.ids_of(forbidden[1])
    assert sorted([*gone, *after.item_ids]) == list(dataset.items)
    return after.item_ids


def test_items_are_new_for_ninety_days() -> None:
    assert kept(shop(), 120) == ["made-110", "sold-030", "sold-100"]
    assert kept(shop(), 121) == ["made-110", "sold-100"]


def test_an_item_is_new_on_its_last_day_to_the_end_of_the_day() -> None:
    assert "sold-030" in kept(shop(), 120 + 8.9 / 24)
    assert "sold-030" not in kept(shop(), 120 + 9.1 / 24)


def test_what_was_there_when_the_data_begin_is_not_new() -> None:
    assert kept(shop(), 32) == ["made-000", "sold-030"]
    assert kept(shop(), 32, settling_days=0) == ["made-000", "sold-000", "sold-029", "sold-030"]


def test_an_item_whose_date_lies_ahead_is_not_here_yet() -> None:
    assert "made-300" not in kept(shop(), 299)
    assert kept(shop(), 300) == ["made-300"]


def test_how_long_items_are_new_can_be_set() -> None:
    assert kept(shop(), 120, max_age_days=10) == ["made-110"]


def test_a_day_without_anything_new_shows_nothing() -> None:
    assert kept(shop(), 2000) == []


def test_a_shop_that_tells_no_dates_is_left_as_it_is() -> None:
    dataset = dataset_from_events([("ada", "ring", FIRST, "purchase", 1.0, 100)], {"stud": {}})
    assert kept(dataset, 1) == ["ring", "stud"]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=8))
def test_the_answer_does_not_depend_on_the_days_asked_before(days: list[int]) -> None:
    dataset = shop()
    rule = Fresh().fit(dataset)
    for day in days:
        query = replace(dataset.query("ada"), now_us=dataset.as_of_us + day * DAY_US)
        one, other = (
            rule.forbid(Shopper(query, dataset.items)),
            Fresh().fit(dataset).forbid(Shopper(query, dataset.items)),
        )
        assert (one is None) == (other is None)
        assert one is None or other is None or one[1].tolist() == other[1].tolist()
