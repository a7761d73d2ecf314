"""What age an item is made for, as shops write it."""

import numpy as np
import pytest

from parure.core import History, IdMap, Query
from parure.core.slate import Slate
from parure.dataset import dataset_from_events
from parure.rules import AgeFit, Shopper
from parure.rules.age_fit import AgeFitConfig, age_range


def lowered(rule: AgeFit, words: list[str | None], attributes: dict[str, str]) -> list[bool]:
    """Which items, one for each word, are lowered for a customer."""
    products = {f"{place:03}": {"age_group": word} for place, word in enumerate(words)}
    dataset = dataset_from_events([], products, as_of_us=1)
    query = Query(History.empty(IdMap.of([])), now_us=1, attributes=attributes)
    ones = np.ones(len(words), np.float32)
    slate = Slate.of(dataset.items, np.arange(len(words), dtype=np.int32), ones, ones[:, None], ("only",))
    after = rule.fit(dataset).apply(Shopper(query, dataset.items), slate)
    return [bool(score < 1) for score in after.scores]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("26-35", (26, 35)),
        ("26 - 35", (26, 35)),
        ("18\N{EN DASH}25", (18, 25)),
        ("3 to 5 years", (3, 5)),
        ("46+", (46, float("inf"))),
        ("ab 60", (60, float("inf"))),
        ("65 and over", (65, float("inf"))),
        ("under 18", (0, 17)),
        ("<18", (0, 17)),
        ("40", (40, 40)),
        ("Adult", (18, float("inf"))),
        ("kids", (2, 13)),
        ("Erwachsene", (18, float("inf"))),
        ("all ages", (0, float("inf"))),
        ("", (0, float("inf"))),
    ],
)
def test_words_for_ages_are_understood(text: str, years: tuple[float, float]) -> None:
    assert age_range(text) == years


def test_what_is_made_for_another_age_is_lowered() -> None:
    words = ["18-25", "26-35", "46+", "adult", "kids", None, "all"]
    assert lowered(AgeFit(), words, {"age_band": "26-35"}) == [True, False, True, False, True, False, False]
    assert lowered(AgeFit(), words, {"age_band": "46+"}) == [True, True, False, False, True, False, False]


@pytest.mark.parametrize("attributes", [{}, {"age_band": ""}, {"age_band": "who knows"}])
def test_to_a_customer_of_no_known_age_everything_fits(attributes: dict[str, str]) -> None:
    assert lowered(AgeFit(), ["18-25", "46+", "kids"], attributes) == [False] * 3


def test_it_can_be_switched_off() -> None:
    assert lowered(AgeFit(AgeFitConfig(enabled=False)), ["kids"], {"age_band": "46+"}) == [False]
