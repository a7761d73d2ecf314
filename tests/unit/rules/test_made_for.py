"""Gender and age: whom an item is made for, as shops write it."""

import numpy as np
import pytest

from parure.core import History, IdMap, Query
from parure.core.slate import Slate
from parure.dataset import dataset_from_events
from parure.rules import AgeFit, GenderFit, Shopper
from parure.rules.age_fit import AgeFitConfig, age_range
from parure.rules.gender_fit import GenderFitConfig, gender_of

FEMALE, MALE, ANY = 0, 1, 2


def lowered(rule: AgeFit | GenderFit, column: str, words: list[str | None], attributes: dict[str, str]) -> list[bool]:
    """Which items, one for each word, are lowered for a customer."""
    products = {f"{place:03}": {column: word} for place, word in enumerate(words)}
    dataset = dataset_from_events([], products, as_of_us=1)
    query = Query(History.empty(IdMap.of([])), now_us=1, attributes=attributes)
    ones = np.ones(len(words), np.float32)
    slate = Slate.of(dataset.items, np.arange(len(words), dtype=np.int32), ones, ones[:, None], ("only",))
    after = rule.fit(dataset).apply(Shopper(query, dataset.items), slate)
    return [bool(score < 1) for score in after.scores]


@pytest.mark.parametrize(
    ("gender", "words"),
    [
        (
            FEMALE,
            [
                "women",
                "Women's",
                "FEMALE",
                "f",
                "w",
                "Damen",
                "girls",
                "Women\N{RIGHT SINGLE QUOTATION MARK}s",
                "femme",
            ],
        ),
        (MALE, ["men", "Men's", "male", "M", " Herren ", "m.", "Boys", "uomo", "menswear"]),
        (ANY, ["unisex", "", "divers", "damen & herren", "mends", "all", "x"]),
    ],
)
def test_words_for_genders_are_understood(gender: int, words: list[str]) -> None:
    assert [gender_of(word) for word in words] == [gender] * len(words)


def test_what_is_made_for_another_gender_is_lowered() -> None:
    words = ["women", "Herren", "unisex", None]
    assert lowered(GenderFit(), "gender", words, {"gender": "female"}) == [False, True, False, False]
    assert lowered(GenderFit(), "gender", words, {"gender": "m"}) == [True, False, False, False]


@pytest.mark.parametrize("attributes", [{}, {"gender": ""}, {"gender": "divers"}])
def test_to_a_customer_of_no_known_gender_everything_fits(attributes: dict[str, str]) -> None:
    assert lowered(GenderFit(), "gender", ["women", "men"], attributes) == [False, False]


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
    assert lowered(AgeFit(), "age_group", words, {"age_band": "26-35"}) == [
        True,
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert lowered(AgeFit(), "age_group", words, {"age_band": "46+"}) == [True, True, False, False, True, False, False]


@pytest.mark.parametrize("attributes", [{}, {"age_band": ""}, {"age_band": "who knows"}])
def test_to_a_customer_of_no_known_age_everything_fits(attributes: dict[str, str]) -> None:
    assert lowered(AgeFit(), "age_group", ["18-25", "46+", "kids"], attributes) == [False] * 3


def test_each_can_be_switched_off() -> None:
    off = GenderFit(GenderFitConfig(enabled=False)), AgeFit(AgeFitConfig(enabled=False))
    assert lowered(off[0], "gender", ["men"], {"gender": "female"}) == [False]
    assert lowered(off[1], "age_group", ["kids"], {"age_band": "46+"}) == [False]


def test_a_factor_of_0_leaves_a_score_of_0() -> None:
    assert lowered(GenderFit(GenderFitConfig(factor=0)), "gender", ["men", "women"], {"gender": "female"}) == [
        True,
        False,
    ]
