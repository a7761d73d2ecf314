"""A bundle that answers for surfaces: by name, for strangers, without consent, and when little is left."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parure.core import Query
from parure.core.errors import SettingsError
from parure.pipeline.answer import IMPERSONAL, Answers
from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, find_recipe
from parure.pipeline.recommend import Recommender
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain, Shopper
from parure.testing.drawn_shop import drawn_queries, drawn_shop

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


def of_style(name: str, **more: object) -> Answers:
    """Answers of a recipe that asks for five, by what looks like the page."""
    sources = [{"kind": "style", "of": "page", "quota": 2, "config": {"min_events": 1}}]
    recipe = Recipe.parse({"name": name, "k": 5, "sources": sources, **more}, where="test")
    return Answers(train(SHOP, Part.of(recipe, BoughtAgain.NEVER)), "v1")


@pytest.fixture(scope="module")
def narrow() -> Answers:
    """Two candidates at most, and a rule that holds back what is cheap, and what costs unlike the page."""
    return of_style("narrow", rules=[{"kind": "price_range", "config": {"min_price": 60.0}}])


def test_a_slate_that_rules_leave_short_is_filled_and_says_by_what() -> None:
    answer = of_style("short").recommend("a stranger", items=[SHOP.items.id_of(3)])
    assert len(answer.items) == 5
    assert answer.fallback == "popular"
    assert [item.source for item in answer.items][2:] == ["popular"] * 3


def test_what_fills_up_stands_behind_what_was_ranked_and_was_not_ranked_itself() -> None:
    boosts = {"entries": [{"name": "all", "where": ["price>0"], "factor": 5.0}]}
    sources = [{"kind": "style", "of": "page", "quota": 4, "config": {"min_events": 1}}]
    rules = [{"kind": "price_range"}, {"kind": "boosts", "config": boosts}]
    answers = of_style("behind", sources=sources, rules=rules)
    above_nothing = 0
    for item in range(20):
        page = [SHOP.items.id_of(item)]
        answer = answers.recommend(None, items=page)
        left = len(answers.recommender(answers.part(None)).slate(answers.request(None, items=page)))
        scores, filled = [each.score for each in answer.items], answer.items[left:]
        assert scores == sorted(scores, reverse=True)
        if 0 < left < 5:
            assert scores[left - 1] > scores[left] or scores[left - 1] == 0
            above_nothing += scores[left - 1] > scores[left]
        assert {(each.relevance, tuple(each.shares), each.confidence) for each in filled} == {(0.0, (), None)}
    assert above_nothing


def test_what_rules_take_is_made_up_from_below_the_pool_before_best_sellers_fill_up() -> None:
    sources = [{"kind": "style", "of": "page", "quota": 60, "config": {"min_events": 1}}]
    rules = [{"kind": "exclusions"}, {"kind": "complementary", "config": {"pairs": {"rings": ["watches"]}}}]
    small, large = (of_style("refill", sources=sources, rules=rules, pool_size=size) for size in (3, 60))
    categories = SHOP.item_table.column("category").to_pylist()
    refilled = 0
    for row in [row for row, category in enumerate(categories) if category == "rings"][:20]:
        page = [SHOP.items.id_of(row)]
        first, whole = (answers.recommend(None, items=page) for answers in (small, large))
        assert first.items == whole.items
        assert first.fallback == whole.fallback
        ranked = [item for item in first.items if item.shares]
        assert (first.fallback is None) == (len(ranked) == 5)
        refilled += len(ranked) == 5
    assert refilled > 10


def test_a_request_for_more_than_the_pool_gets_what_was_ranked_below_it() -> None:
    sources = [{"kind": "style", "of": "page", "quota": 60, "config": {"min_events": 1}}]
    answer = of_style("more", sources=sources, pool_size=10).recommend(None, 40, items=[SHOP.items.id_of(3)])
    assert [item.source for item in answer.items] == ["style"] * 40
    assert answer.fallback is None


def test_rules_that_leave_enough_of_the_pool_see_nothing_below_it(answers: Answers) -> None:
    part = answers.part("homepage")
    way = answers.recommender(part).way(answers.request("u0003", surface="homepage"))
    assert not way.widened
    assert len(way.ranked.item_ix) == part.recipe.pool_size


def test_all_that_was_held_back_is_counted_of_candidates_and_of_what_fills_up(narrow: Answers) -> None:
    page = [SHOP.items.id_of(3)]
    answer = narrow.recommend("u0003", items=page)
    told = narrow.trace(narrow.request("u0003", items=page))
    assert told.filled is not None
    expected = Counter({part.reason: part.count for part in told.forbidden})
    for step in (*told.steps, *told.filled.steps):
        expected[step.reason] += len(step.items)
    assert answer.removed == dict(expected)
    assert expected["unlike_page_price"] > sum(len(step.items) for step in told.steps)


def test_a_list_that_ends_since_no_more_was_found_does_not_blame_the_rules(narrow: Answers) -> None:
    answer = of_style("ends").recommend("u0003", 1000, items=[SHOP.items.id_of(3)])
    assert len(answer.items) < 1000
    assert answer.short == f"Only {len(answer.items)} of 1000 could be shown: no more were found."


@pytest.mark.parametrize("surface", ["homepage", "cart", "product_page"])
def test_ids_that_nobody_knows_do_not_hide_that_nothing_personal_spoke(answers: Answers, surface: str) -> None:
    nothing, unheard = (answers.recommend(None, surface=surface, items=items) for items in ((), ("NOPE",)))
    assert nothing.items == unheard.items
    assert nothing.fallback == unheard.fallback
    assert unheard.fallback


@pytest.mark.parametrize("surface", SURFACES)
def test_a_fallback_is_named_exactly_where_nothing_personal_spoke_or_best_sellers_filled_up(
    answers: Answers, surface: str
) -> None:
    kinds = {name: source.kind for name, source in answers.part(surface).source_of.items()}
    for user in list(SHOP.users)[:20]:
        answer = answers.recommend(user, surface=surface, items=[SHOP.items.id_of(5)])
        spoke = {name for item in answer.items for name in item.shares}
        alone = {name for name in spoke if kinds[name] in IMPERSONAL}
        named = alone if alone == spoke else set()
        named |= {"popular" for item in answer.items if not item.shares and item.source == "popular"}
        assert set((answer.fallback or "").split("+")) - {""} == named


def test_the_fallback_is_named_to_a_known_customer_of_whom_nothing_speaks() -> None:
    recipe = Recipe.parse({"name": "mixed", "sources": [
        {"kind": "style", "of": "page", "config": {"min_events": 1}}, {"kind": "popular"}
    ]}, where="test")  # fmt: skip
    answers = Answers(train(SHOP, Part.of(recipe, BoughtAgain.NEVER)), "v1")
    answer = answers.recommend("u0003")
    assert answer.known_user
    assert answer.fallback == "popular"
    assert answers.recommend("u0003", items=[SHOP.items.id_of(3)]).fallback is None


def test_nobody_known_stays_nobody_in_a_pseudonymised_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARURE_PSEUDONYM_KEY", "k" * 64)
    bundle = of_style("hidden").bundle
    bundle.facts["pseudonymised"] = True
    publish(bundle, tmp_path, now=datetime(2026, 5, 1, tzinfo=UTC))
    answers = Answers.open(tmp_path)
    for nobody in (None, ""):
        assert answers.recommend(nobody).user_id is None
        assert answers.trace(answers.request(nobody)).user_id is None
    assert answers.recommend("a stranger").user_id not in {None, "a stranger"}


def test_a_customer_is_looked_at_once_a_request(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Query] = []
    whole = Recommender.shopper

    def counted(recommender: Recommender, query: Query) -> Shopper:
        looked.append(query)
        return whole(recommender, query)

    monkeypatch.setattr(Recommender, "shopper", counted)
    answers.recommend("u0003", surface="cart", items=[SHOP.items.id_of(5)])
    assert len(looked) == 1


def test_many_threads_get_the_answers_that_one_gets(answers: Answers) -> None:
    asked = [
        replace(query, surface=surface, request_id=f"r{number}")
        for number, query in enumerate(drawn_queries(SHOP, 20, seed=3))
        for surface in SURFACES
    ]
    alone = [answers.answer(query, answers.part(query.surface)) for query in asked]
    # A bundle that has not answered yet: what is made at first use is made by all of them at once.
    fresh = Answers(answers.bundle, "v1")
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: fresh.answer(query, fresh.part(query.surface)), asked))
    assert together == alone


def test_confidence_is_left_out_where_it_was_not_learned(answers: Answers) -> None:
    assert all(item.confidence is None for item in answers.recommend("u0003", surface="homepage").items)


def test_a_slate_stays_short_where_the_rules_leave_nothing_and_says_so(answers: Answers) -> None:
    from parure.core.filters import ItemFilter

    query = replace(SHOP.query("u0003", k=5), item_filter=ItemFilter.of(["price<=0.01"]))
    answer = answers.answer(query)
    assert answer.items == ()
    assert answer.short
    assert "filtered_out" in answer.short
