"""``parure profile`` as a person or a script runs it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain
from parure.testing import checkerboard

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def profile(*arguments: str, shop: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parure", "profile", *arguments, "--shop", str(shop)]
    environment = {**os.environ, "COLUMNS": "120"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop")
    dataset = checkerboard()
    publish(train(dataset, Part.of(find_recipe("style_led"), BoughtAgain.NEVER)), home, now=NOW)
    return home


def test_a_profile_for_people_shows_styles_windows_and_neighbours(shop: Path) -> None:
    finished = profile("ada", "--window-days", "7", shop=shop)
    assert finished.returncode == 0, finished.stderr
    assert "3 interactions, one style" in finished.stdout
    assert "Style 1: 100% of the weight" in finished.stdout
    assert "gold-ring" in finished.stdout
    assert "Windows of 7 days" in finished.stdout
    assert "bea" in finished.stdout


def test_a_profile_for_machines_is_json(shop: Path) -> None:
    finished = profile("ada", "-k", "2", "--json", shop=shop)
    found = json.loads(finished.stdout)
    assert found["customer_id"] == "ada"
    assert len(found["styles"][0]["products"]) == len(found["neighbours"]) == 2


def test_somebody_without_a_style_is_told_what_is_missing(shop: Path) -> None:
    assert "0 interactions with products that have a picture, 3 are needed" in profile("newcomer", shop=shop).stdout


def test_what_is_unknown_or_missing_is_an_error_with_a_way_out(shop: Path, tmp_path: Path) -> None:
    stranger = profile("nobody", shop=shop)
    assert stranger.returncode == 1
    assert "nobody" in stranger.stderr
    plain = replace(checkerboard(), item_vectors=None)
    recipe = usable_sources(find_recipe("style_led"), plain)
    publish(train(plain, Part.of(recipe, BoughtAgain.NEVER)), tmp_path, now=NOW)
    without = profile("ada", shop=tmp_path)
    assert without.returncode == 1
    assert "parure encode" in without.stderr
