"""``parure trace`` as a person or a script runs it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, find_recipe
from parure.pipeline.train import train
from parure.rules import BoughtAgain
from parure.testing import checkerboard

pytestmark = pytest.mark.slow
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def parure(*arguments: str, shop: Path, ask: str = "trace") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parure", ask, *arguments, "--shop", str(shop)]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop")
    dataset = checkerboard()
    publish(train(dataset, Part.of(find_recipe("style_led"), BoughtAgain.NEVER)), home, now=NOW)
    return home


def test_a_trace_for_people_shows_sources_rules_what_is_left_and_times(shop: Path) -> None:
    finished = parure("ada", "-k", "2", shop=shop)
    assert finished.returncode == 0, finished.stderr
    for part in ("What sources found", "What rules did", "What is left, best first", "Milliseconds:"):
        assert part in finished.stdout
    assert "bought_never" in finished.stdout
    assert "Merged:" in finished.stdout
    assert "not shown" in finished.stdout


def test_a_trace_for_machines_is_json_that_adds_up(shop: Path) -> None:
    finished = parure("ada", "-k", "2", "--items", "gold-ring", "--json", shop=shop)
    found = json.loads(finished.stdout)
    assert (found["user_id"], found["recipe"], found["items"]) == ("ada", "style_led", ["gold-ring"])
    removed = sum(len(step["items"]) for step in found["steps"] if step["effect"] == "removes")
    assert found["merged"]["ranked"] == removed + len(found["final"])


def test_nobody_can_be_traced_too(shop: Path) -> None:
    finished = parure("-k", "1", "--language", "de", shop=shop)
    assert finished.returncode == 0, finished.stderr
    assert "1 for nobody known" in finished.stdout


def test_a_surface_without_a_recipe_is_an_error_with_a_way_out(shop: Path) -> None:
    finished = parure("ada", "--surface", "carr", shop=shop)
    assert finished.returncode == 1
    assert "does not answer for 'carr'" in finished.stderr


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose recipe finds two items at most, and shows four."""
    home = tmp_path_factory.mktemp("short")
    style = {"kind": "style", "of": "page", "quota": 2, "config": {"min_events": 1}}
    recipe = Recipe.parse({"name": "narrow", "k": 4, "sources": [style]}, where="test")
    publish(train(checkerboard(), Part.of(recipe, BoughtAgain.ALWAYS)), home, now=NOW)
    return home


def test_a_trace_tells_of_what_fills_up_a_short_list_as_the_answer_does(short: Path) -> None:
    arguments = ("ada", "--items", "gold-ring", "--json")
    told, answer = (json.loads(parure(*arguments, shop=short, ask=ask).stdout) for ask in ("trace", "recommend"))
    shown = [each["item_id"] for each in (*told["final"], *told["filled"]["items"])]
    assert shown == [item["item_id"] for item in answer["items"]]
    assert len(shown) == 4
    assert told["filled"]["source"] == answer["fallback"] == "popular"
    finished = parure("ada", "--items", "gold-ring", shop=short)
    assert finished.returncode == 0, finished.stderr
    assert "Filled up with 2 of" in finished.stdout


def test_the_fallback_is_named_to_known_customers_and_to_strangers(short: Path) -> None:
    for who in ("ada", "a stranger"):
        finished = parure(who, "--items", "gold-ring", shop=short, ask="recommend")
        assert "Where nothing personal speaks, popular fills in." in finished.stdout
    personal = parure("ada", "-k", "2", "--items", "gold-ring", shop=short, ask="recommend")
    assert "fills in" not in personal.stdout
