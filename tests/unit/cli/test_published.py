"""What ``parure train`` says of confidence that could not be learned."""

from pathlib import Path

import pytest

from parure.cli.training import print_published
from parure.pipeline.recipe import find_recipe
from parure.pipeline.workflow import Published
from parure.rules import BoughtAgain

SWITCHED_OFF = "switched off in [train]"


def said(confidence: dict[str, dict[str, object]], without: dict[str, str], told: pytest.CaptureFixture[str]) -> str:
    facts = {"repeat_share": 0.1, "events": 9, "confidence": confidence, "uncalibrated": without}
    print_published(Published("v", find_recipe("homepage"), BoughtAgain.NEVER, facts), Path())
    return told.readouterr().out


def test_confidence_that_every_recipe_has_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert "confidence" not in said({"homepage": {"counts": "acts"}}, {}, capsys)


def test_what_no_recipe_has_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    told = said({}, {"homepage": SWITCHED_OFF, "cart": SWITCHED_OFF}, capsys)
    assert told.count("confidence") == 1
    assert f"Answers carry no confidence: {SWITCHED_OFF}" in told


def test_what_some_recipes_lack_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    told = said({"homepage": {"counts": "acts"}}, {"cart": "no carts", "email": "no carts"}, capsys)
    assert "Answers of cart, email carry no confidence: no carts" in told
    assert "homepage carry" not in told
