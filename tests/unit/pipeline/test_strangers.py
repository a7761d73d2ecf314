"""What strangers have in common is found once, and nobody can tell from the answers."""

from dataclasses import replace

import numpy as np
import pytest

from parure.core.filters import ItemFilter
from parure.pipeline.answer import Answers
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import WITHDRAWN, BoughtAgain
from parure.testing.drawn_shop import drawn_shop

SURFACES = ("product_page", "homepage", "email", "cart", "post_purchase")
SHOP = drawn_shop(items=300, users=60, events=40, seed=5)
MINUTE_US = 60_000_000


@pytest.fixture(scope="module")
def bundle():
    main, *surfaces = (
        Part.of(usable_sources(find_recipe(name), SHOP), BoughtAgain.NEVER)
        for name in ("als_item_cf_popular", *SURFACES)
    )
    return train(SHOP, main, surfaces=surfaces)


@pytest.fixture
def answers(bundle):
    return Answers(bundle, "v1")


@pytest.fixture
def searches(answers, monkeypatch):
    """How often each of the surfaces has been looked for anew."""
    counts = dict.fromkeys(SURFACES, 0)
    for surface in SURFACES:
        recommender = answers.recommender(answers.part(surface))

        def counted(*args, of=surface, found=recommender._found_alone):
            counts[of] += 1
            return found(*args)

        monkeypatch.setattr(recommender, "_found_alone", counted)
    return counts


def _refused():
    column = SHOP.user_table.column("marketing_consent").to_pylist()
    return [SHOP.users.id_of(row) for row, told in enumerate(column) if told is False]


@pytest.mark.parametrize("surface", SURFACES)
def test_the_second_stranger_gets_what_a_first_one_would_have(answers, bundle, searches, surface):
    for number, user in enumerate([None, *_refused(), "a visitor", "another", None] * 2):
        got = answers.recommend(user, surface=surface, request_id=f"r{number}")
        alone = Answers(bundle, "v1").recommend(user, surface=surface, request_id=f"r{number}")
        assert got == alone
    assert searches[surface] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "u0003"},
        {"items": (SHOP.items.id_of(5),)},
        {"attributes": {"country": "DE"}},
        {"item_filter": ItemFilter.of(["price>=20"])},
        {"history": SHOP.history("u0003")},
        {"goals": {"purchase": 1.0}},
        {"now_us": SHOP.as_of_us + 2 * MINUTE_US},
        {"surface": "a corner"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_who_says_more_is_looked_for_anew(answers, searches, changes):
    part = answers.part("email")
    query = replace(answers.request(None, surface="email"), now_us=SHOP.as_of_us)
    answers.answer(query, part)
    answers.answer(query, part)
    assert searches["email"] == 1
    answers.answer(replace(query, **changes), part)
    assert searches["email"] == 2


@pytest.mark.parametrize("surface", SURFACES)
def test_whatever_strangers_ask_for_in_turn_they_get_what_they_would_alone(answers, bundle, surface):
    asked = [(k, language) for k in (3, 8, 250) for language in ("en", "de", "fr", "en")]
    # Twice in a row, and each after every other: what is kept for the second is there for the third.
    for number, (k, language) in enumerate([*asked, *asked[::-1], *asked[::2], *asked[1::3]]):
        wanted = {"k": k, "surface": surface, "language": language, "request_id": f"r{number}"}
        for user in ("a visitor", _refused()[0]):
            assert answers.recommend(user, **wanted) == Answers(bundle, "v1").recommend(user, **wanted)


def test_a_product_that_is_gone_is_gone_for_strangers_at_once(answers, searches):
    best = answers.recommend(None, surface="email").items[0].item_id
    answers.follow({best: {WITHDRAWN: True}})
    assert best not in {item.item_id for item in answers.recommend(None, surface="email").items}
    answers.follow({best: {WITHDRAWN: False}})
    assert answers.recommend(None, surface="email").items[0].item_id == best
    assert searches["email"] == 3


@pytest.mark.parametrize("asked", [{"k": 250}, {"exclude_purchased": True}, {"language": "de"}], ids=str)
def test_what_only_rules_and_reasons_look_at_makes_no_new_search(answers, bundle, searches, asked):
    part = answers.part("email")
    answers.answer(answers.request(None, surface="email"), part)
    query = replace(answers.request(None, surface="email"), **asked)
    assert answers.answer(query, part) == Answers(bundle, "v1").answer(query, part)
    assert searches["email"] == 1


def test_who_takes_consent_back_is_a_stranger_at_once(answers, bundle):
    known = next(SHOP.users.id_of(row) for row in range(len(SHOP.users)) if SHOP.users.id_of(row) not in _refused())
    stranger = answers.recommend(None, surface="email", request_id="r1").items
    assert answers.recommend(known, surface="email", request_id="r1").items != stranger
    answers.consents(known, agreed=False)
    assert answers.recommend(known, surface="email", request_id="r1").items == stranger
    answers.consents(known, agreed=None)
    assert answers.recommend(known, surface="email", request_id="r1").items != stranger


def test_many_at_once_find_what_one_at_a_time_does(answers, bundle):
    part = answers.part("homepage")
    queries = [answers.request(None, surface="homepage", request_id=f"r{number}") for number in range(5)]
    together = answers.answers(queries, part)
    alone = [Answers(bundle, "v1").answer(query, part) for query in queries]
    assert [[item.item_id for item in one.items] for one in together] == [
        [item.item_id for item in one.items] for one in alone
    ]
    assert np.allclose(
        [[item.relevance for item in one.items] for one in together],
        [[item.relevance for item in one.items] for one in alone],
    )
