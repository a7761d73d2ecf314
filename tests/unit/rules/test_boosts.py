"""A merchandiser's boosts and buries: what, where, and from when to when."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from parure.core import History, IdMap, Query
from parure.core.clock import to_us
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Boosts, Shopper
from parure.rules.boosts import BoostsConfig

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


def boosted(*entries: dict, **asked) -> tuple[list[float], list[str]]:
    """What scores are multiplied by, and the reasons."""
    dataset = shop()
    before = slate_of(dataset)
    rule = Boosts(BoostsConfig.parse({"entries": entries}, where="test")).fit(dataset)
    after = rule.apply(Shopper(query(**asked), dataset.items), before)
    return np.round(after.scores / before.scores, 3).tolist(), [step.reason for step in after.steps]


def test_a_boost_is_for_what_meets_all_conditions_and_for_what_is_named() -> None:
    found = boosted({"where": ["category=chains", "price<=40"], "items": ["a", "unheard of"], "factor": 2})
    assert found == ([2, 1, 2, 2, 1, 1], ["boosted"])


def test_a_factor_below_1_buries() -> None:
    assert boosted({"items": ["b"], "factor": 0.25}) == ([1, 0.25, 1, 1, 1, 1], ["buried"])


def test_boosts_and_buries_are_told_apart_and_several_are_multiplied() -> None:
    entries = [{"items": ["a"], "factor": 2}, {"items": ["a", "b"], "factor": 3}, {"items": ["b", "c"], "factor": 0.5}]
    assert boosted(*entries) == ([6, 1.5, 0.5, 1, 1, 1], ["boosted", "buried"])


def test_any_number_of_boosts_leaves_scores_that_are_numbers() -> None:
    days = [{"starts": f"2026-01-{day:02}"} for day in range(1, 30)]
    found = boosted(*({"items": ["a"], "factor": 100, **day} for day in days for _ in range(20)))
    assert found[0] == [1e6, 1, 1, 1, 1, 1]


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
    assert boosted({"items": ["a"], "factor": 2, **days})[0][0] == (2 if holds else 1)


def test_it_holds_to_the_last_moment_of_the_last_day() -> None:
    last = to_us(datetime(2026, 5, 10, 23, 59, 59, 999_999, tzinfo=UTC))
    entry = {"items": ["a"], "factor": 2, "ends": "2026-05-10"}
    assert boosted(entry, now_us=last)[0][0] == 2
    assert boosted(entry, now_us=last + 1)[0][0] == 1


def test_it_holds_on_its_surfaces_only() -> None:
    entry = {"items": ["a"], "factor": 2, "surfaces": ["email", "cart"]}
    assert [boosted(entry, surface=name)[0][0] for name in ("email", "cart", "homepage")] == [2, 2, 1]


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match="neither 'where' nor 'items'"):
        BoostsConfig.parse({"entries": [{"name": "sale", "factor": 2}]}, where="test")
    with pytest.raises(SettingsError, match="did you mean 'category'"):
        boosted({"where": ["categry=rings"], "factor": 2})
