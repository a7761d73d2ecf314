"""The places in the shop on the demo's page: whose product page, which cart, which order, and what is said of them."""

from __future__ import annotations

import pytest

from parure.core import Event, EventKind, History, IdMap
from parure.core.clock import DAY_US
from parure.core.errors import UnknownIdError
from parure.pipeline.answer import Answers
from parure.pipeline.demo_places import (
    CART,
    last_looked_at,
    last_order,
    left_in_cart,
    meaning_of,
    surest,
    tags_on,
    tone_of,
    traced_visit,
    visits,
    words_for,
)
from parure.pipeline.demo_trace import NEXT, TracedVisit
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import RULES, BoughtAgain
from parure.testing.drawn_shop import drawn_shop

SURFACES = ("product_page", "homepage", "email", "cart", "post_purchase")
SHOP = drawn_shop(items=300, users=60, events=40, seed=5)


def history(*events: tuple[float, EventKind, str]) -> History:
    """Events by day, kind and product."""
    told = [Event(item, kind, int(day * DAY_US)) for day, kind, item in events]
    return History.of(told, [1.0] * len(told), IdMap.of("abcdef"))


@pytest.fixture(scope="module")
def answers() -> Answers:
    main, *surfaces = (
        Part.of(usable_sources(find_recipe(name), SHOP), BoughtAgain.NEVER)
        for name in ("als_item_cf_popular", *reversed(SURFACES))
    )
    return Answers(train(SHOP, main, surfaces=surfaces), "v1")


def test_the_product_page_is_that_of_the_product_looked_at_last() -> None:
    past = history((1, EventKind.VIEW, "a"), (2, EventKind.CLICK, "b"), (3, EventKind.PURCHASE, "c"))
    assert last_looked_at(past) == ["b"]
    assert last_looked_at(history((1, EventKind.PURCHASE, "c"))) == ["c"]
    assert last_looked_at(history()) == []


def test_the_cart_holds_what_was_neither_taken_out_nor_bought() -> None:
    past = history(
        (1.0, EventKind.ADD_TO_CART, "a"),
        (9.0, EventKind.ADD_TO_CART, "b"),
        (9.1, EventKind.ADD_TO_CART, "c"),
        (9.2, EventKind.REMOVE_FROM_CART, "c"),
        (9.3, EventKind.ADD_TO_CART, "d"),
        (9.4, EventKind.PURCHASE, "d"),
        (9.5, EventKind.ADD_TO_CART, "e"),
    )
    assert left_in_cart(past) == ["e", "b"]  # a was put in more than a day before e


def test_the_cart_shows_a_product_once_and_no_more_than_fit() -> None:
    several = history(*((1 + place / 10, EventKind.ADD_TO_CART, item) for place, item in enumerate("abcba")))
    assert left_in_cart(several) == ["a", "b"]
    assert len(left_in_cart(several)) == CART
    assert left_in_cart(history((1, EventKind.VIEW, "a"))) == []


def test_the_last_order_is_all_that_was_bought_at_its_moment() -> None:
    past = history(
        (1, EventKind.PURCHASE, "a"),
        (2, EventKind.PURCHASE, "b"),
        (2, EventKind.PURCHASE, "c"),
        (3, EventKind.VIEW, "d"),
    )
    assert last_order(past) == ["b", "c"]
    assert last_order(history((3, EventKind.VIEW, "d"))) == []


def test_a_customer_comes_by_every_place_that_the_bundle_answers_for(answers: Answers) -> None:
    seen = visits(answers, "u0003")
    assert tuple(place.surface for place in seen) == SURFACES
    past = SHOP.history("u0003")
    by_name = {place.surface: place for place in seen}
    assert by_name["product_page"].items == tuple(last_looked_at(past))
    assert by_name["post_purchase"].items == tuple(last_order(past))
    assert by_name["cart"].items
    assert by_name["homepage"].items == by_name["email"].items == ()
    for place in seen:
        again = answers.recommend("u0003", surface=place.surface, items=place.items, language=place.language)
        assert place.answer == again
        assert place.answer.items


def test_somebody_unknown_comes_by_no_place(answers: Answers) -> None:
    with pytest.raises(UnknownIdError):
        visits(answers, "nobody")


def test_a_bundle_without_surfaces_has_no_places_and_no_trace(answers: Answers) -> None:
    alone = Answers(train(SHOP, Part.of(usable_sources(find_recipe("catalogue"), SHOP), BoughtAgain.NEVER)), "v1")
    assert visits(alone, "u0003") == []
    assert traced_visit([]) is None


def test_the_cart_is_traced_and_the_account_adds_up(answers: Answers) -> None:
    visit = traced_visit(visits(answers, "u0003"))
    assert visit is not None
    assert visit.surface == "cart"
    traced = TracedVisit.of(answers, visit, "u0003")
    found, merged, ranked, left, *_, shown = (count for count, _ in traced.stages)
    removed = sum(deed.count for deed in traced.deeds if deed.done == "removed")
    assert found >= merged >= ranked >= left
    assert shown == len(visit.answer.items)
    assert ranked - removed == left
    assert [each.item_id for each in traced.shown] == [pick.item_id for pick in visit.answer.items]
    assert len(traced.listed) <= shown + NEXT
    pictured = set(traced.products())
    assert {item_id for deed in traced.deeds for item_id, _ in deed.pictured} <= pictured
    assert {each.item_id for each in traced.listed} <= pictured


def test_every_code_of_every_rule_is_told_in_words() -> None:
    for rule in RULES.values():
        for code, meaning in rule.reasons.items():
            assert meaning_of(code) == meaning
            assert "_" not in words_for(code)
            assert tone_of(code) in {"", "good", "warn"}
    assert words_for("something_else") == meaning_of("something_else") == "something else"


def test_every_tag_of_the_shelves_is_explained_once(answers: Answers) -> None:
    seen = visits(answers, "u0003")
    tags = tags_on(seen)
    assert [tag for tag, _ in tags] == sorted(
        {words_for(code) for place in seen for pick in place.answer.items for code in pick.marks}
    )
    assert all(meanings for _, meanings in tags)


def test_confidence_that_was_not_measured_has_no_surest_pick(answers: Answers) -> None:
    assert surest(visits(answers, "u0003")) is None
