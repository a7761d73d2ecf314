"""The knobs of a shop over what recipes say."""

import pytest

from parure.core.errors import SettingsError
from parure.pipeline.recipe import Recipe, find_recipe
from parure.pipeline.settings import load_settings
from parure.pipeline.settings_reference import settings_toml
from parure.pipeline.tuning import RulesSection, TuningSection, refuse_unknown_weights, tuned

RECIPE = Recipe.parse(
    {
        "name": "small",
        "sources": [{"kind": "als"}, {"kind": "popular"}],
        "ranker": {"config": {"weights": {"als": 0.7, "popular": 0.3}}},
        "rules": [{"kind": "in_stock"}, {"kind": "price_sensitivity"}],
    },
    where="test",
)


def rules(**sections):
    return RulesSection.parse(sections, where="test")


def test_without_knobs_a_recipe_stays_as_it_is():
    assert tuned(RECIPE, TuningSection(), rules()) == RECIPE
    assert tuned(find_recipe("hybrid"), TuningSection(), rules()) == find_recipe("hybrid")


def test_pool_size_and_weights_hold_for_every_recipe():
    found = tuned(RECIPE, TuningSection(pool_size=50, weights={"als": 0.4, "item_cf": 0.4}), rules())
    assert found.pool_size == 50
    assert found.build_ranker().weights.tolist() == pytest.approx([0.4, 0.3])


def test_a_rule_takes_the_parameters_of_the_shop_where_the_recipe_is_silent():
    found = tuned(RECIPE, TuningSection(), rules(price_sensitivity={"max_ratio": 2.0}))
    assert found.rules[1].build().config.max_ratio == 2.0
    outspoken = Recipe.parse(
        {**RECIPE.model_dump(), "rules": [{"kind": "price_sensitivity", "config": {"max_ratio": 1.2}}]}, where="test"
    )
    assert tuned(outspoken, TuningSection(), rules(price_sensitivity={"max_ratio": 2.0})).rules == outspoken.rules


def test_a_rule_can_be_switched_off_everywhere():
    found = tuned(RECIPE, TuningSection(switched_off=("price_sensitivity",)), rules())
    assert [spec.kind for spec in found.rules] == ["in_stock"]


def test_switching_off_what_is_no_rule_is_refused():
    with pytest.raises(SettingsError, match="did you mean 'in_stock'"):
        tuned(RECIPE, TuningSection(switched_off=("in_stok",)), rules())


def test_a_weight_of_a_source_that_no_recipe_has_is_refused():
    recipes = [RECIPE, find_recipe("homepage")]
    refuse_unknown_weights(TuningSection(weights={"als": 0.4, "recent": 0.2}), recipes)
    with pytest.raises(SettingsError, match=r"'alss'.*did you mean 'als'"):
        refuse_unknown_weights(TuningSection(weights={"als": 0.4, "alss": 0.4}), recipes)


def test_the_file_and_the_environment_set_the_parameters_of_rules(tmp_path):
    (tmp_path / "parure.toml").write_text("[rules.price_sensitivity]\nmax_ratio = 1.8\n")
    assert load_settings(tmp_path, {}).rules.price_sensitivity.max_ratio == 1.8
    environment = {"PARURE_RULES__PRICE_SENSITIVITY__MAX_RATIO": "2.5"}
    assert load_settings(tmp_path, environment).rules.price_sensitivity.max_ratio == 2.5


def test_weights_survive_the_written_settings(tmp_path):
    settings = load_settings(tmp_path, {"PARURE_TUNING__WEIGHTS": '{als = 0.4, "item cf" = 0.6}'})
    (tmp_path / "parure.toml").write_text(settings_toml(settings))
    assert load_settings(tmp_path, {}) == settings


def test_a_weight_reaches_the_blend_that_trees_begin_from_and_no_ranker_without_one():
    sources = ({"kind": "als"}, {"kind": "popular"})
    tuning = TuningSection(weights={"als": 0.4})
    base = {"kind": "lambdamart", "config": {"trees": 9, "base": {"weights": {"als": 0.1, "popular": 0.9}}}}
    begun = tuned(Recipe.parse({"name": "x", "sources": sources, "ranker": base}, where="test"), tuning, RulesSection())
    assert begun.ranker.config == {"trees": 9, "base": {"weights": {"als": 0.4, "popular": 0.9}}}
    for ranker in ({"kind": "lambdamart"}, {"kind": "mmoe"}):
        bare = Recipe.parse({"name": "x", "sources": sources, "ranker": ranker}, where="test")
        assert tuned(bare, tuning, RulesSection()).ranker.config == {}
