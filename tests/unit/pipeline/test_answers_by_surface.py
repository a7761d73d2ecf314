"""A bundle that answers for surfaces: by name, for strangers, without consent, and when little is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parure.core.errors import SettingsError
from parure.pipeline.answer import Answers
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain
from parure.testing.drawn_shop import drawn_shop

SURFACES = ("product_page", "homepage", "email", "cart", "post_purchase")
SHOP = drawn_shop(items=300, users=60, events=40, seed=5)


@pytest.fixture(scope="module")
def answers() -> Answers:
    main, *surfaces = (
        Part.of(usable_sources(find_recipe(name), SHOP), BoughtAgain.NEVER)
        for name in ("als_item_cf_popular", *SURFACES)
    )
    return Answers(train(SHOP, main, surfaces=surfaces), "v1")


def someone(*, agreed: bool) -> str:
    column = SHOP.user_table.column("marketing_consent").to_pylist()
    return next(SHOP.users.id_of(row) for row, told in enumerate(column) if told is agreed)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("user", ["u0003", "a stranger", None])
def test_every_surface_answers_everybody(answers: Answers, surface: str, user: str | None) -> None:
    page = [SHOP.items.id_of(5), SHOP.items.id_of(17)]
    answer = answers.recommend(user, surface=surface, items=page, language="de")
    recipe = answers.part(surface).recipe
    assert answer.surface == recipe.name == surface
    assert answer.title
    assert len(answer.items) == recipe.k or answer.short
    assert not {item.item_id for item in answer.items} & set(page)
    assert all(item.reason for item in answer.items)
    assert all(0 <= item.relevance <= 1 for item in answer.items)


def test_a_surface_that_the_bundle_lacks_is_named_with_a_near_miss(answers: Answers) -> None:
    with pytest.raises(SettingsError, match="did you mean 'homepage'"):
        answers.recommend("u0003", surface="homepag")


def test_without_consent_nothing_of_the_customer_shows(answers: Answers) -> None:
    told, stranger = (answers.recommend(user, surface="email") for user in (someone(agreed=False), "a stranger"))
    assert told.known_user
    assert [item.item_id for item in told.items] == [item.item_id for item in stranger.items]
    assert [item.reason for item in told.items] == [item.reason for item in stranger.items]
    assert all(item.evidence is None for item in told.items)
    asked = answers.recommend(someone(agreed=True), surface="email")
    assert [item.item_id for item in asked.items] != [item.item_id for item in stranger.items]


def test_the_same_request_id_gets_the_same_answer(answers: Answers) -> None:
    first, again = (answers.recommend("u0003", surface="homepage", request_id="r1") for _ in range(2))
    assert first == again
    explored = {
        tuple(item.item_id for item in answers.recommend("u0003", surface="homepage", request_id=f"r{n}").items)
        for n in range(20)
    }
    assert len(explored) > 1


def test_a_slate_that_rules_leave_short_is_filled_and_says_by_what() -> None:
    wanted = SHOP.items.id_of(3)
    recipe = Recipe.parse(
        {
            "name": "narrow",
            "k": 5,
            "sources": [{"kind": "style", "of": "page", "quota": 2, "config": {"min_events": 1}}],
        },
        where="test",
    )
    answers = Answers(train(SHOP, Part.of(recipe, BoughtAgain.NEVER)), "v1")
    answer = answers.recommend("a stranger", items=[wanted])
    assert len(answer.items) == 5
    assert answer.fallback == "popular"
    assert [item.source for item in answer.items][2:] == ["popular"] * 3


def test_confidence_is_left_out_where_it_was_not_learned(answers: Answers) -> None:
    assert all(item.confidence is None for item in answers.recommend("u0003", surface="homepage").items)


def test_a_slate_stays_short_where_the_rules_leave_nothing_and_says_so(answers: Answers) -> None:
    from parure.core.filters import ItemFilter

    query = replace(SHOP.query("u0003", k=5), item_filter=ItemFilter.of(["price<=0.01"]))
    answer = answers.answer(query)
    assert answer.items == ()
    assert answer.short
    assert "filtered_out" in answer.short
