"""What parure doctor says of extras."""

from __future__ import annotations

import tomllib
from importlib import util
from pathlib import Path

import pytest

from parure.cli import health

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_every_extra_that_is_looked_for_can_be_installed() -> None:
    declared = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(health.EXTRAS) <= set(declared)


def test_an_extra_that_is_missing_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "EXTRAS", {"index": "no_such_module", "excel": "json"})
    assert util.find_spec("json") is not None
    (check,) = health._extras()
    assert (check.state, check.finding) == ("note", "not installed: index")
    assert "parure[index]" in check.hint
