"""Sentences, headings, dates and numbers in the customer's language."""

from string import Formatter

import pytest

from parure.pipeline.wording import languages, wording
from parure.rules import RULES

DAY = 20576  # 3 May 2026


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_the_same_sentences_with_the_same_placeholders():
    assert {"de", "en"} <= set(languages())
    shape = {
        language: {
            (section, key): placeholders(text)
            for section, texts in wording(language).templates.items()
            for key, text in texts.items()
        }
        for language in languages()
    }
    for language, found in shape.items():
        assert found == shape["en"], language


@pytest.mark.parametrize("language", languages())
def test_every_language_has_sentences_of_its_own(language):
    words = wording(language)
    for section in ("title", "own", "alike", "page", "general", "mark", "short"):
        assert all(text.strip() for text in words.templates[section].values())
    assert all("{likeness}" in text for text in words.templates["alike"].values())


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "en"), ("de", "de"), ("de-AT", "de"), ("DE", "de"), ("fr", "en"), ("", "en"), ("form", "en")],
)
def test_a_language_without_sentences_is_answered_in_english(language, spoken):
    assert wording(language).language == spoken


def test_dates_are_written_as_people_write_them():
    assert wording("en").day(DAY) == ("2026-05-03", "3 May 2026")
    assert wording("de").day(DAY) == ("2026-05-03", "3. Mai 2026")
    assert wording("de").day(0) == ("1970-01-01", "1. Januar 1970")
    assert wording("en").day(-1) == ("1969-12-31", "31 December 1969")


def test_numbers_have_the_language_s_marks():
    assert [wording(each).likenesses([0.834, 1]) for each in ("en", "de")] == [["0.83", "1.00"], ["0,83", "1,00"]]
    assert (wording("en").count(1_204_000), wording("de").count(1204)) == ("1,204,000", "1.204")


def test_headings_are_those_of_the_surface():
    titles = {surface: wording("en").text("title", surface) for surface in ("product_page", "cart", "elsewhere")}
    assert titles == {"product_page": "You may also like", "cart": "Complete your look", "elsewhere": "Recommended"}
    assert wording("de").text("title", "product_page") == "Das könnte Ihnen auch gefallen"
    assert wording("de").text("title", "homepage") == "Für Sie"


def test_what_rules_place_has_a_sentence_and_what_they_weigh_has_none():
    words = wording("en")
    assert words.mark("pinned") == "Chosen by the shop."
    assert words.mark("explored_random") == words.mark("explored_uncertain")
    assert words.mark("boosted") is None
    assert words.mark("pinnedx") is None


def test_every_reason_to_explore_or_pin_is_told():
    codes = [code for kind in ("explore", "pins") if kind in RULES for code in RULES[kind].reasons]
    assert all(wording(language).mark(code) for language in languages() for code in codes)
