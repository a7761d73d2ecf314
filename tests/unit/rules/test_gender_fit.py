"""Whose gender an item is made for, as shops write it."""

import numpy as np
import pytest

from parure.core import History, IdMap, Query
from parure.core.slate import Slate
from parure.dataset import dataset_from_events
from parure.rules import GenderFit, Shopper
from parure.rules.gender_fit import GenderFitConfig, gender_of

FEMALE, MALE, ANY = 0, 1, 2


def lowered(rule: GenderFit, words: list[str | None], attributes: dict[str, str]) -> list[bool]:
    """Which items, one for each word, are lowered for a customer."""
    products = {f"{place:03}": {"gender": word} for place, word in enumerate(words)}
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
    assert lowered(GenderFit(), words, {"gender": "female"}) == [False, True, False, False]
    assert lowered(GenderFit(), words, {"gender": "m"}) == [True, False, False, False]


@pytest.mark.parametrize("attributes", [{}, {"gender": ""}, {"gender": "divers"}])
def test_to_a_customer_of_no_known_gender_everything_fits(attributes: dict[str, str]) -> None:
    assert lowered(GenderFit(), ["women", "men"], attributes) == [False, False]


def test_it_can_be_switched_off() -> None:
    assert lowered(GenderFit(GenderFitConfig(enabled=False)), ["men"], {"gender": "female"}) == [False]


def test_a_factor_of_0_leaves_a_score_of_0() -> None:
    assert lowered(GenderFit(GenderFitConfig(factor=0)), ["men", "women"], {"gender": "female"}) == [True, False]
