"""Other rules for a recipe, with the shop's knobs over them."""

import pytest

from parure.core.errors import SettingsError
from parure.pipeline.recipe import RuleSpec
from parure.pipeline.rule_change import Change, misfit
from parure.pipeline.settings import ShopSettings
from parure.rules import RULES
from parure.testing.drawn_shop import drawn_shop


def _settings(**sections):
    return ShopSettings.parse(sections, where="test")


def _rule(kind, **config):
    return RuleSpec(kind=kind, config=config)


def test_what_is_as_in_the_settings_is_left_out_and_holds_all_the_same(tmp_path):
    settings = _settings(rules={"caps": {"category": 3}})
    change = Change.of(tmp_path, settings, "homepage", [_rule("caps", category=3, brand=2, price_band=0)])
    assert [rule.config for rule in change.own.rules] == [{"brand": 2}]
    (caps,) = change.in_force.build_rules()
    assert [caps.config.category, caps.config.brand, caps.config.price_band] == [3, 2, 0]


def test_a_default_that_the_settings_change_can_be_had_back(tmp_path):
    settings = _settings(rules={"caps": {"category": 3}})
    change = Change.of(tmp_path, settings, "homepage", [_rule("caps", category=6)])
    assert [rule.config for rule in change.own.rules] == [{"category": 6}]
    assert change.in_force.build_rules()[0].config.category == 6


def test_what_the_settings_set_cannot_be_emptied_by_a_recipe(tmp_path):
    settings = _settings(rules={"budget": {"below": 0.5}})
    with pytest.raises(SettingsError, match="'below' cannot be empty"):
        Change.of(tmp_path, settings, "homepage", [_rule("budget", below=None)])


def test_a_rule_that_is_switched_off_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="'caps' is switched off"):
        Change.of(tmp_path, _settings(tuning={"switched_off": ["caps"]}), "homepage", [_rule("caps")])


def test_all_else_of_the_recipe_stays(tmp_path):
    before = Change.of(tmp_path, _settings(), "homepage", []).own
    after = Change.of(tmp_path, _settings(), "homepage", [_rule("in_stock")]).own
    assert after.model_copy(update={"rules": ()}) == before


def test_a_rule_that_the_data_cannot_be_held_against_is_told():
    dataset = drawn_shop()
    assert misfit(RULES["in_stock"](), dataset) == ""
    exclusions = RULES["exclusions"]
    wrong = exclusions(exclusions.config_type.parse({"filters": ["nowhere=1"]}, where="test"))
    assert "nowhere" in misfit(wrong, dataset)
