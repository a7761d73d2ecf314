"""What ``parure demo`` prints of the places in the shop, and that the commands it names do what they say."""

import json
import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parure.cli.demo import ask_again, print_places
from parure.pipeline.answer import Answers
from parure.pipeline.bundle import publish
from parure.pipeline.demo_places import traced_visit, visits
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain
from parure.testing.drawn_shop import drawn_shop

WHO = "u0003"
SURFACES = ("product_page", "homepage", "email", "cart", "post_purchase")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("my shop")
    dataset = drawn_shop(items=300, users=60, events=40, seed=5)
    main, *surfaces = (
        Part.of(usable_sources(find_recipe(name), dataset), BoughtAgain.NEVER)
        for name in ("als_item_cf_popular", *SURFACES)
    )
    publish(train(dataset, main, surfaces=surfaces), home, now=datetime(2026, 5, 1, tzinfo=UTC))
    return home


def test_every_place_is_named_with_what_stands_beside_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = visits(Answers.open(shop), WHO)
    print_places(places)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(places)
    for line, place in zip(lines, places, strict=True):
        assert place.title in line
        assert all(item in line for item in place.items)


def test_without_places_nothing_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_places([])
    assert capsys.readouterr().out == ""
    assert ask_again([], WHO, Path("shop")) == {}


@pytest.mark.slow
def test_the_commands_named_give_what_the_page_shows(shop: Path) -> None:
    places = visits(Answers.open(shop), WHO)
    traced = traced_visit(places)
    assert traced is not None
    recommend, trace = (shlex.split(command) for command in ask_again(places, WHO, shop).values())
    assert [recommend[:3], trace[:3]] == [["./run", "parure", "recommend"], ["./run", "parure", "trace"]]
    answer, told = (_asked(command[2:]) for command in (recommend, trace))
    shown = [pick.item_id for pick in traced.answer.items]
    assert [pick["item_id"] for pick in answer["items"]] == shown
    assert told["items"] == list(traced.items)
    assert [each["item_id"] for each in told["final"] if each["shown"]] == shown[: len(told["final"])]


def _asked(arguments: list[str]) -> dict:
    command = [sys.executable, "-m", "parure", *arguments, "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
