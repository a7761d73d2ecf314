"""``parure batch`` as a night job runs it: a real process over a shop that was trained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain
from parure.testing.drawn_shop import drawn_shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shop")
    data = drawn_shop(items=120, users=30, events=20, seed=3)
    parts = [
        Part.of(usable_sources(find_recipe(name), data), BoughtAgain.NEVER)
        for name in ("als_item_cf_popular", "homepage")
    ]
    publish(train(data, parts[0], surfaces=parts[1:]), home, now=datetime(2026, 1, 1, tzinfo=UTC))
    return home


def run(*arguments: str, shop: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parure", "batch", "--shop", str(shop), *arguments]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_a_batch_writes_everybodys_list_and_says_what_it_wrote(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "made" / "lists.parquet"
    finished = run("--output", str(file), "-k", "4", "--processes", "2", shop=shop)
    assert finished.returncode == 0, finished.stderr
    assert "120 recommendations for 30 customers, 4 each" in finished.stdout
    table = pq.read_table(file)
    assert table.column_names == ["user_id", "rank", "item_id", "score", "source"]
    assert len(table) == 120


def test_a_surface_and_chosen_customers_with_reasons(shop: Path, tmp_path: Path) -> None:
    file, chosen = tmp_path / "lists.parquet", tmp_path / "chosen.csv"
    chosen.write_text("customer_id\nu0004\n\na stranger\n", encoding="utf-8")
    arguments = ("--output", str(file), "--surface", "homepage", "-k", "3", "--users", str(chosen), "--reasons")
    finished = run(*arguments, "--language", "de", "--json", shop=shop)
    assert finished.returncode == 0, finished.stderr
    report = json.loads(finished.stdout)
    assert (report["customers"], report["rows"], report["recipe"]) == (2, 6, "homepage")
    rows = pq.read_table(file).to_pylist()
    assert [row["user_id"] for row in rows] == ["u0004"] * 3 + ["a stranger"] * 3
    assert all(row["reason"] for row in rows)


def test_a_list_of_customers_that_cannot_be_read_is_said(shop: Path, tmp_path: Path) -> None:
    finished = run("--output", str(tmp_path / "lists.parquet"), "--users", str(tmp_path / "none.txt"), shop=shop)
    assert finished.returncode == 1
    assert "one customer id a line" in finished.stderr
