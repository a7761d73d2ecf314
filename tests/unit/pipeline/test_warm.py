"""The first answers of a new installation."""

from parure.core.progress import Silent
from parure.pipeline.answer import Answers
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.pipeline.warm import warm_up
from parure.rules import BoughtAgain
from parure.testing.drawn_shop import drawn_shop

SHOP = drawn_shop(items=200, users=40, events=30, seed=3)


def test_every_recipe_of_a_bundle_answers_once() -> None:
    main, cart = (
        Part.of(usable_sources(find_recipe(name), SHOP), BoughtAgain.NEVER) for name in ("als_item_cf_popular", "cart")
    )
    answers = Answers(train(SHOP, main, surfaces=[cart]), "v1")
    warm_up(answers, Silent())
    assert set(answers._ready) == {"als_item_cf_popular", "cart"}


def test_a_shop_without_customers_is_warmed_up_too() -> None:
    empty = drawn_shop(items=50, users=0, events=0, seed=1)
    part = Part.of(usable_sources(find_recipe("catalogue"), empty), BoughtAgain.NEVER)
    answers = Answers(train(empty, part), "v1")
    warm_up(answers, Silent())
    assert set(answers._ready) == {"catalogue"}
