"""The pages on rankers, learned sources and training that chooses by itself say what the code does."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from parure.pipeline.contest import Outcome
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.settings import AutoSection, TrainSection
from parure.ranking import RANKERS, TASKS
from parure.ranking.mmoe import Goals
from parure.retrieval import SOURCES

DOCS = Path(__file__).resolve().parents[3] / "docs"
SOURCE = '\nname = "shown"\n[[sources]]\nkind = "repurchase"\n[[sources]]\nkind = "ease"\n'


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", page(name), re.DOTALL)


def test_every_ranker_has_a_section() -> None:
    assert re.findall(r"^## `(\w+)`$", page("rankers.md"), re.MULTILINE) == list(RANKERS)


@pytest.mark.parametrize("block", blocks("rankers.md"))
def test_rankers_that_are_shown_can_be_put_into_a_recipe(block: str) -> None:
    recipe = recipe_from_toml(SOURCE + block, where="rankers.md")
    assert recipe.build_ranker().kind == tomllib.loads(block)["ranker"]["kind"]


def test_goals_that_are_shown_are_the_default_ones() -> None:
    (shown,) = (tomllib.loads(block) for block in blocks("rankers.md") if 'kind = "mmoe"' in block)
    assert shown["ranker"]["config"]["goals"] == Goals().model_dump()
    assert all(f"`{task}`" in page("rankers.md") for task in TASKS)


def test_sources_that_are_tried_have_a_section_and_are_there() -> None:
    named = re.findall(r"^## `(\w+)`$", page("learned-sources.md"), re.MULTILINE)
    assert named == list(AutoSection().sources)
    assert set(named) <= set(SOURCES)


@pytest.mark.parametrize("block", blocks("learned-sources.md"))
def test_sources_that_are_shown_can_be_put_into_a_recipe(block: str) -> None:
    recipe_from_toml(f'name = "shown"\n{block}', where="learned-sources.md")


def test_every_outcome_of_a_contest_is_explained() -> None:
    part = page("auto-training.md").split("\nOutcomes:\n")[1]
    named = re.findall(r"^\| ([a-z ]+) \| [a-z]", part, re.MULTILINE)[1:]
    assert sorted(named) == sorted(get_args(Outcome))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("judged_weeks", AutoSection().judged_weeks),
        ("judged_customers", AutoSection().judged_customers),
        ("candidates", AutoSection().candidates),
        ("forests", AutoSection().forests),
        ("ranker_weeks", TrainSection().ranker_weeks),
        ("ranker_customers", TrainSection().ranker_customers),
    ],
)
def test_defaults_that_stand_beside_a_setting_are_those_of_the_code(name: str, value: int) -> None:
    shown = re.findall(rf"`{name}` \(([\d,]+)\)", page("auto-training.md") + page("rankers.md"))
    assert shown
    assert {int(number.replace(",", "")) for number in shown} == {value}
