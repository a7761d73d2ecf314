"""Recipes are data: validated before anything runs."""

from pathlib import Path

import pytest

from parure.core.errors import SettingsError
from parure.pipeline.recipe import find_recipe, recipe_from_toml, shipped_recipes

MINIMAL = """
name = "mine"
[[sources]]
kind = "popular"
"""


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_every_shipped_recipe_survives_a_round_trip_through_toml(name: str) -> None:
    recipe = shipped_recipes()[name]
    assert recipe_from_toml(recipe.to_toml(), where=name) == recipe


def test_the_fixed_hybrids_are_as_the_mission_states_them() -> None:
    recipes = shipped_recipes()
    first = recipes["als_item_cf_popular"]
    assert first.ranker.config["weights"] == {"als": 0.4, "item_cf": 0.4, "popular": 0.2}
    assert (first.pool_size, first.bought_again) == (200, "never")
    assert sum(source.quota for source in first.sources) == 200
    second = recipes["visual_collaborative_demographic"]
    assert second.ranker.config["weights"] == {
        "visual": 0.4,
        "collaborative": 0.35,
        "demographic": 0.15,
        "recency": 0.1,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINIMAL.replace("popular", "populer"), "unknown source 'populer' did you mean 'popular'"),
        (MINIMAL + '[[sources]]\nkind = "popular"\n', "two sources are called 'popular'"),
        (MINIMAL.replace("mine", "My Recipe"), "name"),
        (MINIMAL + "[ranker]\nkind = 'blond'\n", "unknown ranker 'blond' did you mean 'blend'"),
        (MINIMAL + "[ranker.config.weights]\npopulr = 1.0\n", "did you mean 'popular'"),
        (MINIMAL + "[sources.config]\nwindow_day = 7\n", "window_day"),
        ("name = 'empty'\n", "'sources' is required"),
        ("name = ", "is not TOML"),
        ("title = 1\n" + MINIMAL, "title"),
    ],
)
def test_a_wrong_recipe_is_refused_with_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        recipe_from_toml(text, where="test.toml")


def test_a_shops_own_recipe_wins_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "hybrid.toml").write_text(MINIMAL.replace("mine", "hybrid"))
    assert find_recipe("hybrid", tmp_path).labels == ("popular",)
    assert len(find_recipe("hybrid").labels) > 1


def test_an_unknown_recipe_lists_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"did you mean 'hybrid'.*als_item_cf_popular"):
        find_recipe("hybird")
