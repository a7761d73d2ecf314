"""The page of one customer: whole, self-contained, and true to what the bundle says."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from parure.core.errors import UnknownIdError
from parure.dataset import Dataset
from parure.pipeline.answer import Answers
from parure.pipeline.demo_page import PageOptions, ShownSearch, customer_page
from parure.pipeline.demo_places import visits
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.style_profiler import CustomerStyleProfiler
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain

OPTIONS = PageOptions(shop="Gold & Silver", currency="EUR", links=[("Map of taste", "taste_map.html")])


def red_square() -> bytes:
    written = BytesIO()
    Image.new("RGB", (40, 40), "red").save(written, "PNG")
    return written.getvalue()


def no_pictures(ids):
    return [None] * len(ids)


@pytest.fixture(scope="module")
def answers(checkerboard: Dataset) -> Answers:
    """Gold looks one way and silver another."""
    ids = checkerboard.items.ids_of(np.arange(len(checkerboard.items)))
    vectors = np.array([[1, 0, i / 50] if "gold" in name else [0, 1, i / 50] for i, name in enumerate(ids)], np.float32)
    dataset = replace(checkerboard, item_vectors=vectors)
    main, *surfaces = (
        Part.of(usable_sources(find_recipe(name), dataset), BoughtAgain.NEVER)
        for name in ("catalogue", "product_page", "homepage", "email", "cart", "post_purchase")
    )
    return Answers(train(dataset, main, surfaces=surfaces), "v1")


def page_of(answers: Answers, customer: str, *searches: ShownSearch, pictures=no_pictures, places=()) -> str:
    profiler = CustomerStyleProfiler(answers.bundle.dataset)
    return customer_page(
        answers, profiler, customer, searches=searches, pictures=pictures, options=OPTIONS, places=places
    )


class _Text(HTMLParser):
    """Text by the id of the section it stands in, and what would be loaded."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.section = ""
        self.texts: dict[str, str] = {}
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.section = given.get("id", "") if tag == "section" else self.section
        self.loads += [v for k, v in attrs if k == "src" and not v.startswith("data:")]

    def handle_data(self, data):
        self.texts[self.section] = self.texts.get(self.section, "") + data


def test_it_shows_what_was_bought_and_picks_what_was_not(answers: Answers) -> None:
    text = _Text(page_of(answers, "c00")).texts
    history = answers.bundle.dataset.history("c00")
    bought = {history.items.id_of(int(row)).title() for row in history.item_ix}
    assert all(title in text["bought"] for title in bought)
    picked = [item.title for item in answers.recommend("c00", 1).items]
    assert picked[0] not in bought
    assert picked[0] in text["picks"]
    assert "Because you bought Gold" in text["picks"]


def test_neighbours_are_those_of_the_same_taste(answers: Answers) -> None:
    neighbours = re.findall(r"c\d\d", _Text(page_of(answers, "c01")).texts["neighbours"])
    assert neighbours
    assert {int(name[1:]) % 2 for name in neighbours} == {1}


def test_searches_stand_with_what_was_asked_and_found(answers: Answers) -> None:
    words = ShownSearch("By words", "<gold> ring", [("gold ring", 0.9), ("no such product", 0.1)], notes=["A note."])
    picture = ShownSearch("By picture", "", [], picture=red_square())
    page = page_of(answers, "c00", words, picture)
    text = _Text(page).texts["search"]
    for shown in ("By words", "<gold> ring", "Gold Ring", "no such product", "A note.", "Nothing was found."):
        assert shown in text
    assert page.count('src="data:image/jpeg;base64,') == 1


def test_pictures_stand_on_one_sheet_and_nothing_is_loaded(answers: Answers) -> None:
    page = page_of(answers, "c00", pictures=lambda ids: [red_square() if "gold" in i else None for i in ids])
    assert page.count("url(data:image/jpeg;base64,") == 1
    assert "background-position" in page
    assert _Text(page).loads == []
    assert not re.findall(r"https?://", page)


def test_every_place_stands_with_its_products_reasons_and_what_was_held_back(answers: Answers) -> None:
    places = visits(answers, "c00")
    page = page_of(answers, "c00", places=places)
    text = _Text(page).texts["places"]
    assert "Five places in the shop" in text
    for place in places:
        assert f'id="place-{place.surface}"' in page
        assert place.answer.title in text
        for pick in place.answer.items:
            assert pick.title in text
            assert pick.reason in text
    assert "In the cart" in text
    assert "Just ordered" in text
    assert "bought already" in text
    assert "the customer has it" in text
    assert "confidence not measured" in text


def test_a_place_without_its_products_says_so(answers: Answers) -> None:
    places = [replace(place, items=()) for place in visits(answers, "c00")]
    text = _Text(page_of(answers, "c00", places=places)).texts["places"]
    assert "has not ordered anything yet" in text
    assert "has not filled a cart yet" in text
    assert "Just ordered" not in text


def test_a_confidence_is_a_bar_and_a_number(answers: Answers) -> None:
    place = next(place for place in visits(answers, "c00") if place.answer.items)
    first, *others = place.answer.items
    sure = replace(place, answer=replace(place.answer, items=(first._replace(confidence=0.08), *others)))
    page = page_of(answers, "c00", places=[sure])
    assert "8.0 %" in _Text(page).texts["places"]
    assert "width: 100.0%" in page
    assert "One place in the shop" in page


def test_one_request_is_told_from_its_sources_to_what_is_left(answers: Answers) -> None:
    text = _Text(page_of(answers, "c00", places=visits(answers, "c00"))).texts["trace"]
    for stage in ("What sources found", "Merged and ranked", "What rules did", "What is left", "How long"):
        assert stage in text
    assert "visual" in text
    assert "left by the rules" in text


def test_without_places_there_is_neither_their_section_nor_a_trace(answers: Answers) -> None:
    sections = _Text(page_of(answers, "c00")).texts
    assert not {"places", "trace"} & set(sections)


def test_the_page_needs_no_script(answers: Answers) -> None:
    assert "<script" not in page_of(answers, "c00", places=visits(answers, "c00"))


def test_somebody_unknown_has_no_page(answers: Answers) -> None:
    with pytest.raises(UnknownIdError):
        page_of(answers, "nobody")
