"""The pages on surfaces, rules and tuning say what the code does, and what they show holds."""

import json
import re
import sys
from dataclasses import fields, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from parure.core.recommendation import Answer, Evidence, Recommendation
from parure.pipeline.recipe import Recipe, recipe_from_toml, shipped_recipes
from parure.pipeline.settings import ShopSettings, load_settings
from parure.pipeline.train import usable_sources
from parure.pipeline.tuning import tuned
from parure.rules import RULES, Bought, Filtered, Rule, Withdrawn
from parure.testing import RuleContract, checkerboard

DOCS = Path(__file__).resolve().parents[3] / "docs"
KINDS: dict[str, type[Rule[Any]]] = {rule.kind: rule for rule in (Withdrawn, Filtered, Bought, *RULES.values())}
SURFACES = {recipe.surface: recipe for recipe in shipped_recipes().values() if recipe.surface}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)


def table(text: str, head: str) -> list[list[str]]:
    """The rows of the table whose first heading is ``head``, cell by cell."""
    found = re.search(rf"^\| {head} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"no table that begins with {head!r}"
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found[1].splitlines()]


def sections() -> dict[str, str]:
    """What stands on the page of rules about each of them."""
    parts = re.split(r"^### `(\w+)`$", page("rules.md"), flags=re.MULTILINE)
    return {kind: text.split("\n## ")[0] for kind, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_rule_has_a_section_under_its_effect() -> None:
    assert sorted(sections()) == sorted(KINDS)
    for part in page("rules.md").split("\n## Rules that ")[1:]:
        verb = part.split("\n")[0].rstrip("s")
        for kind in re.findall(r"^### `(\w+)`$", part, re.MULTILINE):
            assert KINDS[kind].effect.rstrip("s") == verb, kind


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_reason_code_of_a_rule_stands_in_its_section(kind: str) -> None:
    (line,) = re.findall(r"^Reasons: (.*)\.$", sections()[kind], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", line)) == set(KINDS[kind].reasons)


@pytest.mark.parametrize("kind", sorted(RULES))
def test_defaults_that_stand_beside_a_parameter_are_those_of_the_rule(kind: str) -> None:
    shown = re.findall(r"`(\w+)` \(([^)]+)\)", sections()[kind])
    default = RULES[kind].config_type().model_dump(mode="json")
    for name, value in shown:
        if name in default:
            same = str(default[name]).lower().removesuffix(".0")
            assert value.strip("`").removesuffix(".0") == same, f"{name} is {default[name]}"


def test_the_table_of_rules_tells_what_each_recipe_applies() -> None:
    names = re.search(r"^\| rule \| it \| (.*) \|$", page("rules.md"), re.MULTILINE)
    assert names
    surfaces = names[1].split(" | ")
    assert sorted(surfaces) == sorted(SURFACES)
    rows = table(page("rules.md"), "rule")
    assert sorted(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows))) == sorted(KINDS)
    for cell, effect, *there in rows:
        kind = cell.strip("[`").split("`")[0]
        assert effect == KINDS[kind].effect
        for surface, mark in zip(surfaces, there, strict=True):
            named = kind in {spec.kind for spec in SURFACES[surface].rules}
            assert mark == ("always" if kind not in RULES else "yes" if named else ""), (kind, surface)


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_every_shipped_recipe_is_named(name: str) -> None:
    assert f"`{name}`" in page("surfaces.md" if name in SURFACES else "recipes.md")


def weights(recipe: Recipe) -> set[str]:
    """The weights of a recipe as the page writes them, less those that only fill up."""
    found = zip(recipe.labels, recipe.build_ranker().weights, strict=True)
    return {f"{w:.2f} `{label}`" for label, w in found if w >= 0.01}


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_weights_and_lengths_of_surfaces_are_those_of_their_recipes(surface: str) -> None:
    (row,) = (row for row in table(page("surfaces.md"), "surface") if row[0] == f"`{surface}`")
    assert set(re.findall(r"[\d.]+ `\w+`", row[2])) == weights(SURFACES[surface])
    assert row[3] == str(SURFACES[surface].k)


@pytest.mark.parametrize("surface", ["product_page", "email"])
def test_weights_without_pictures_are_those_that_are_left(surface: str) -> None:
    part = page("surfaces.md").split("### A shop without pictures")[1]
    without = replace(checkerboard(), item_vectors=None)
    (row,) = (row for row in table(part, "surface") if row[0] == f"`{surface}`")
    assert set(re.findall(r"[\d.]+ `\w+`", row[1])) == weights(usable_sources(SURFACES[surface], without))


def test_settings_shown_are_read_and_can_be_kept_in_a_bundle(tmp_path: Path) -> None:
    shown = [*blocks("rules.md", "toml"), blocks("tuning.md", "toml")[0], blocks("surfaces.md", "toml")[1]]
    assert len(shown) > len(RULES) - 5
    for text in shown:
        (tmp_path / "parure.toml").write_text(text, encoding="utf-8")
        settings = load_settings(tmp_path, {})
        assert settings.model_dump(exclude_unset=True), text
        for recipe in SURFACES.values():
            inside = tuned(recipe, settings.tuning, settings.rules)
            assert recipe_from_toml(inside.to_toml(), where="bundle") == inside


def test_the_tuning_file_turns_the_knobs_it_names(tmp_path: Path) -> None:
    (tmp_path / "parure.toml").write_text(blocks("tuning.md", "toml")[0], encoding="utf-8")
    variables = dict(re.findall(r"(PARURE_\w+__\w+)=([\d.]+)", page("tuning.md")))
    settings: Any = load_settings(tmp_path)
    assert settings.tuning.weights == {"als": 0.4, "item_cf": 0.4, "popular": 0.2}
    assert (settings.rules.upsell.factor, settings.rules.price_sensitivity.max_ratio) == (0.3, 1.5)
    assert settings.dataset.segment_quantiles == (0.25, 0.5, 0.75)
    changed: Any = load_settings(tmp_path, variables)
    assert (changed.tuning.pool_size, changed.rules.explore.share, changed.rules.upsell.factor) == (100, 0.2, 0.5)


def test_knobs_stand_where_the_tuning_page_says() -> None:
    default = ShopSettings().model_dump(mode="json")
    for knob, _, where, value in table(page("tuning.md"), "knob"):
        for names, section in re.findall(r"((?:`\w+`(?:, | and )?)+) in `\[([\w.]+)\]`", where):
            place = default
            for part in section.split("."):
                place = place[part]
            for name in re.findall(r"`(\w+)`", names):
                assert name in place, f"{knob}: [{section}] has no {name}"
            (first, *others) = re.findall(r"`(\w+)`", names)
            if not others and isinstance(place[first], float):
                assert str(place[first]).removesuffix(".0") in value, f"{knob} is {place[first]}"


@pytest.mark.parametrize(("name", "number"), [("surfaces.md", 0), ("tuning.md", 1), ("recipes.md", 0)])
def test_recipes_shown_hold(name: str, number: int) -> None:
    recipe = recipe_from_toml(blocks(name, "toml")[number], where=name)
    assert recipe_from_toml(recipe.to_toml(), where="again") == recipe


def test_the_answer_shown_has_the_fields_of_an_answer() -> None:
    (text,) = blocks("surfaces.md", "json")
    answer = json.loads(text)
    assert set(answer) == {field.name for field in fields(Answer)}
    assert set(answer["items"][0]) == {*Recommendation._fields, "shares"} - {"voices", "added"}
    for name in (*Evidence._fields, *answer["items"][0]):
        assert f"`{name}`" in page("surfaces.md") or name in {"item_id", "category", "price_cents"}, name


def test_the_rule_of_ones_own_keeps_the_contract(tmp_path: Path) -> None:
    (tmp_path / "margin.py").write_text("\n".join(blocks("rules.md", "python")), encoding="utf-8")
    spec = spec_from_file_location("margin", tmp_path / "margin.py")
    assert spec
    assert spec.loader
    made = module_from_spec(spec)
    sys.modules["margin"] = made  # where pydantic looks for what stands under the fields
    try:
        spec.loader.exec_module(made)
    finally:
        del sys.modules["margin"]
    suite: RuleContract = made.TestMargin()
    names = [name for name in dir(suite) if name.startswith("test_")]
    assert len(names) > 5
    for name in names:
        getattr(suite, name)()
    dataset = suite.dataset()
    after = suite.rule(dataset).apply(suite.shoppers(dataset)[0], suite.slate(dataset))
    assert [step.reason for step in after.steps] == ["good_margin"]
