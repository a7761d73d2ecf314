"""The rule that holds back what is out of season."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from parure.core.clock import to_us
from parure.core.errors import SettingsError
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events
from parure.rules import Season, Shopper
from parure.rules.season import SeasonConfig, SeasonOf

FIRST = datetime(2025, 1, 1, 12, tzinfo=UTC)
MONTHS = range(1, 13)
CATEGORIES = {"band": "rings", "hoop": "earrings", "star": "christmas", "tree": "christmas", "one-off": "christmas"}


def shop(sells: Callable[[str, datetime], int], *, days: int = 365, items: Iterable[str] = CATEGORIES) -> Dataset:
    """What each item sells on each day."""
    rows = [
        ("ada", item, FIRST + timedelta(days=day, minutes=turn), "purchase", 1.0, 100)
        for day in range(days)
        for item in items
        for turn in range(sells(item, FIRST + timedelta(days=day)))
    ]
    end = to_us(FIRST + timedelta(days=days))
    return dataset_from_events(rows, {item: {"category": CATEGORIES[item]} for item in CATEGORIES}, as_of_us=end)


def christmas(item: str, day: datetime) -> int:
    """Rings and earrings every day; christmas things in the last two months, bar a few of January."""
    if CATEGORIES[item] != "christmas":
        return 1
    if item == "one-off":
        return 0
    return 3 if day.month >= 11 else int((day.month, day.day) == (1, 1))


def out(dataset: Dataset, rule: Season, when: datetime) -> set[str]:
    """What is held back at a moment."""
    rule.fit(dataset)
    rows = np.arange(len(dataset.items), dtype=np.int32)
    scores = np.linspace(1, 0.5, len(rows), dtype=np.float32)
    slate = Slate.of(dataset.items, rows, scores, scores[:, None], ("only",))
    shopper = Shopper(replace(dataset.query("ada"), now_us=to_us(when)), dataset.items)
    gone = set(dataset.items) - set(rule.apply(shopper, slate).item_ids)
    forbidden = rule.forbid(shopper)
    assert gone == (set() if forbidden is None else set(dataset.items.ids_of(forbidden[1])))
    return gone


def months_out(dataset: Dataset, rule: Season) -> dict[str, list[int]]:
    """The months in the middle of which each item is held back."""
    found: dict[str, list[int]] = {}
    for month in MONTHS:
        for item in out(dataset, rule, datetime(2027, month, 15, tzinfo=UTC)):
            found.setdefault(item, []).append(month)
    return found


def test_christmas_things_are_not_shown_in_july() -> None:
    dataset = shop(christmas)
    july, december = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert out(dataset, Season(), july) == {"star", "tree", "one-off"}  # the last by its category
    assert out(dataset, Season(), december) == set()


def test_a_season_keeps_the_months_beside_it() -> None:
    assert months_out(shop(christmas), Season())["star"] == list(range(2, 10))


def test_a_learned_season_begins_so_many_days_earlier_as_asked() -> None:
    rule = Season(SeasonConfig(lead_days=20))
    assert "star" in out(shop(christmas), rule, datetime(2026, 9, 10, tzinfo=UTC))
    assert "star" not in out(shop(christmas), rule, datetime(2026, 9, 11, tzinfo=UTC))


def test_what_is_new_has_no_season() -> None:
    dataset = shop(lambda item, day: 1 if CATEGORIES[item] != "christmas" else 3 * (day.month >= 11))
    assert months_out(dataset, Season()) == {}


def test_what_came_and_was_gone_for_a_year_has_a_season() -> None:
    def sells(item: str, day: datetime) -> int:
        return 1 if CATEGORIES[item] != "christmas" else 3 * (day.month >= 11 and day.year == 2025)

    assert months_out(shop(sells, days=670), Season())["star"] == list(range(2, 10))


def test_a_shop_that_grows_or_closes_for_a_month_has_no_seasons() -> None:
    growing = shop(lambda item, day: 0 if day.month == 8 else day.month, items=("band", "hoop"))
    assert months_out(growing, Season()) == {}


def test_an_item_that_was_sold_out_for_two_months_has_no_season() -> None:
    gap = shop(lambda item, day: 0 if item == "hoop" and day.month in (5, 6) else 3, items=("band", "hoop"))
    assert months_out(gap, Season(SeasonConfig(peak=1))) == {}


def test_few_sales_say_nothing() -> None:
    few = shop(lambda item, day: christmas(item, day) * (day.day == 1))
    assert months_out(few, Season()) == {}


def test_less_than_a_year_says_nothing() -> None:
    assert months_out(shop(christmas, days=320), Season()) == {}


def test_an_item_that_sells_by_itself_all_year_is_not_taken_for_its_category() -> None:
    def sells(item: str, day: datetime) -> int:
        if item == "tree":
            return int(day.day % 2 == 0)
        return 20 * christmas(item, day) if item == "star" else 1

    found = months_out(shop(sells, items=("band", "star", "tree")), Season())
    assert "tree" not in found
    assert found["star"] == found["one-off"]


def test_told_seasons_stand_over_learned_ones_and_begin_as_told() -> None:
    told = SeasonOf(filter=("category=christmas",), months=(6,))
    rule = Season(SeasonConfig(seasons=(told,), lead_days=30))
    assert months_out(shop(christmas), rule)["star"] == [month for month in MONTHS if month != 6]
    assert "star" in out(shop(christmas), rule, datetime(2026, 5, 31, 23, tzinfo=UTC))
    assert "star" not in out(shop(christmas), rule, datetime(2026, 6, 1, 1, tzinfo=UTC))


def test_of_two_told_seasons_both_count_and_none_is_for_never() -> None:
    told = (
        SeasonOf(filter=("category=rings",), months=(1, 2)),
        SeasonOf(filter=("category=rings|earrings",), months=(12,)),
        SeasonOf(filter=("category=christmas",), months=()),
    )
    found = months_out(shop(christmas), Season(SeasonConfig(seasons=told, learn=False)))
    assert found["band"] == list(range(3, 12))
    assert found["hoop"] == list(range(1, 12))
    assert found["star"] == list(MONTHS)


def test_nothing_is_learned_without_sales_or_when_told_so() -> None:
    assert months_out(shop(lambda item, day: 0), Season()) == {}
    assert months_out(shop(christmas), Season(SeasonConfig(learn=False))) == {}


def test_a_filter_that_cannot_be_read_or_names_no_column_is_refused() -> None:
    with pytest.raises(SettingsError, match="names no column"):
        SeasonConfig.parse({"seasons": [{"filter": ["=rings"], "months": [1]}]}, where="rule 'season'")
    nowhere = SeasonConfig(seasons=(SeasonOf(filter=("categry=rings",), months=(1,)),))
    with pytest.raises(SettingsError, match="did you mean 'category'"):
        Season(nowhere).fit(shop(christmas))


def test_what_two_recipes_share_is_learned_once_and_told_seasons_stay_with_their_own() -> None:
    dataset, july = shop(christmas), datetime(2026, 7, 1, tzinfo=UTC)
    told = SeasonOf(filter=("category=christmas",), months=(7,))
    assert out(dataset, Season(SeasonConfig(seasons=(told,))), july) == set()
    assert "star" in out(dataset, Season(), july)
