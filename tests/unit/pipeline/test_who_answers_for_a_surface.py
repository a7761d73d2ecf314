"""Which recipe of a bundle answers for which surface, whatever it is called; and that no two do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from parure.core.errors import SettingsError
from parure.dataset import Dataset
from parure.pipeline.answer import Answers
from parure.pipeline.bundle import load_bundle, publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe
from parure.pipeline.train import train
from parure.ranking import Blend, BlendConfig
from parure.rules import BoughtAgain

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def part(name: str, surface: str = "", *, title: str = "") -> Part:
    recipe = Recipe.parse(
        {"name": name, "surface": surface, "title": title, "sources": [{"kind": "item_cf"}, {"kind": "popular"}]},
        where="test",
    )
    return Part.of(recipe, BoughtAgain.ALWAYS)


def read_back(dataset: Dataset, shop: Path, main: Part, *surfaces: Part) -> Answers:
    publish(train(dataset, main, surfaces=surfaces), shop, now=NOW)
    return Answers(load_bundle(shop), "v")


def test_the_main_recipe_serves_its_surface_too(checkerboard: Dataset, tmp_path: Path) -> None:
    main = part("homepage", "homepage")
    for number, surfaces in enumerate(([], [main], [part("homepage", "homepage"), part("cart", "cart")])):
        answers = read_back(checkerboard, tmp_path / str(number), main, *surfaces)
        assert answers.part("homepage") is answers.part(None)
        assert answers.recommend("c00", surface="homepage").surface == "homepage"
        assert len(answers.bundle.parts) == max(1, len(surfaces))


def test_a_tuned_main_recipe_is_what_its_surface_answers_by(checkerboard: Dataset, tmp_path: Path) -> None:
    fixed = part("homepage", "homepage")
    ranker = Blend(BlendConfig(weights={"item_cf": 0.1, "popular": 0.9}), fixed.recipe.labels)
    tuned = Part.of(fixed.recipe, BoughtAgain.ALWAYS, ranker)
    answers = read_back(checkerboard, tmp_path, tuned, fixed)
    there, anywhere = (answers.recommend("c00", surface=surface).items for surface in ("homepage", None))
    assert [item.score for item in there] == [item.score for item in anywhere]
    assert answers.part("homepage").ranker.weights.tolist() == pytest.approx([0.1, 0.9])


def test_a_main_recipe_for_no_surface_is_asked_for_where_it_is_named_as_one(checkerboard: Dataset) -> None:
    main, cart = part("gifts"), part("cart", "cart")
    assert list(train(checkerboard, main, surfaces=[cart]).surfaces) == ["cart"]
    assert list(train(checkerboard, main, surfaces=[cart, main]).surfaces) == ["gifts", "cart"]


def test_a_recipe_answers_for_its_surface_whatever_it_is_called(checkerboard: Dataset, tmp_path: Path) -> None:
    answers = read_back(checkerboard, tmp_path, part("small"), part("my_cart", "cart"), part("gifts"))
    answer = answers.recommend("c00", surface="cart", items=["gold ring"])
    assert (answer.recipe, answer.surface, answer.title) == ("my_cart", "cart", "Complete your look")
    assert answers.part("gifts").recipe.name == "gifts"
    with pytest.raises(SettingsError, match="does not answer for 'my_cart'"):
        answers.recommend("c00", surface="my_cart")


@pytest.mark.parametrize(
    ("main", "surfaces", "told"),
    [
        (part("small"), [part("cart", "cart"), part("cart", "cart", title="another")], "are called 'cart'"),
        (part("small"), [part("cart", "cart"), part("cart", "cart")], "are called 'cart'"),
        (part("small"), [part("cart", "cart"), part("my_cart", "cart")], "'cart' and 'my_cart' both answer for 'cart'"),
        (part("my_cart", "cart"), [part("cart", "cart")], "'my_cart' and 'cart' both answer for 'cart'"),
        (part("cart", "cart", title="another"), [part("cart", "cart")], "are called 'cart'"),
    ],
)
def test_two_recipes_of_one_name_or_one_surface_are_refused(
    checkerboard: Dataset, main: Part, surfaces: list[Part], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        train(checkerboard, main, surfaces=surfaces)
