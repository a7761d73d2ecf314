"""The made-up shop of any size: like the one that it stands for, and the same for the same seed."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from bench.large_shop import ARTICLES, CUSTOMERS, LINES, LargeShop
from parure.ingest import ingest


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    LargeShop(0.005).write(folder)
    return folder


def figures(query: str, files: Path) -> tuple[float, ...]:
    lines = f"read_csv('{files / 'transactions_train.csv'}', all_varchar = true) AS lines"
    with duckdb.connect() as con:
        return con.execute(query.replace("LINES", lines)).fetchall()[0]  # type: ignore[no-any-return]


def test_a_share_of_the_shop_has_that_share_of_everything(files: Path) -> None:
    (lines,) = figures("SELECT count(*) FROM LINES", files)
    assert lines == pytest.approx(0.005 * LINES, rel=0.02)
    assert (files / "customers.csv").read_bytes().count(b"\n") - 1 == round(0.005 * CUSTOMERS)
    assert (files / "articles.csv").read_bytes().count(b"\n") - 1 == round(0.005 * ARTICLES)


def test_customers_buy_as_much_as_those_whom_they_stand_for(files: Path) -> None:
    median, mean = figures(
        "SELECT median(n), avg(n) FROM (SELECT count(*) AS n FROM LINES GROUP BY customer_id)", files
    )
    assert median == pytest.approx(9, abs=2)
    assert mean == pytest.approx(23.5, abs=2)
    (order,) = figures("SELECT avg(n) FROM (SELECT count(*) AS n FROM LINES GROUP BY customer_id, t_dat)", files)
    assert order == pytest.approx(3.5, abs=0.5)


def test_articles_sell_as_unevenly(files: Path) -> None:
    median, mean = figures("SELECT median(n), avg(n) FROM (SELECT count(*) AS n FROM LINES GROUP BY article_id)", files)
    assert mean > 3 * median


def test_lines_stand_in_the_order_of_their_days(files: Path) -> None:
    with (files / "transactions_train.csv").open(newline="") as lines:
        days = [line["t_dat"] for line in csv.DictReader(lines)]
    assert days == sorted(days)
    assert (days[0], days[-1]) == ("2018-09-20", "2020-09-22")


def test_the_same_seed_gives_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        LargeShop(0.0005, seed).write(tmp_path / name)
    content = {name: (tmp_path / name / "transactions_train.csv").read_bytes() for name in ("one", "again", "other")}
    assert content["one"] == content["again"] != content["other"]


def test_every_row_passes_the_preset_of_the_files_that_they_stand_for(tmp_path: Path) -> None:
    LargeShop(0.0005).write(tmp_path / "exports")
    result = ingest(tmp_path / "shop", [tmp_path / "exports"], preset="h_and_m")
    assert {file.table for file in result.files} == {"products", "customers", "orders", "order_items"}
    assert not [file.table for file in result.files if file.rows_quarantined]
