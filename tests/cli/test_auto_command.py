"""``parure train --auto`` and ``parure recommend --goal`` as a person or a script runs them."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
KINDS = ("ring", "chain", "watch", "brooch", "pin", "clasp")
SETTINGS = """
[train]
recipe = "begin"
surfaces = []
ranker_weeks = 2
[auto]
sources = []
rankers = ["lambdamart"]
judged_weeks = 1
"""


def parure(*arguments: str, shop: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parure", *arguments, "--shop", str(shop)]
    environment = {**os.environ, "COLUMNS": "240", "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=180, check=False)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Even customers love gold and odd ones silver; each buys one piece a week, for seven weeks."""
    pytest.importorskip("lightgbm")
    home, exports = tmp_path_factory.mktemp("shop"), tmp_path_factory.mktemp("exports")
    products = [
        f"{metal}-{kind},{metal} {kind},{kind},{50 + place},{metal}-{kind}.jpg,in_stock"
        for metal in ("gold", "silver")
        for place, kind in enumerate(KINDS)
    ]
    orders, lines = [], []
    for customer in range(30):
        for week in range(7):
            number, day = f"o{customer:02}{week}", date(2024, 1, 1) + timedelta(days=7 * week + customer % 7)
            item = f"{('gold', 'silver')[customer % 2]}-{KINDS[(customer // 2 + week * (1 + customer % 3)) % 6]}"
            orders.append(f"{number},c{customer:02},{day},completed,50")
            lines.append(f"{number}-1,{number},{item},1,50")
    heads = {
        "products": "product_id,title,category,price,image_url,stock_status",
        "orders": "order_id,customer_id,order_date,order_status,total_amount",
        "order_items": "order_item_id,order_id,product_id,quantity,unit_price",
    }
    for (name, head), rows in zip(heads.items(), (products, orders, lines), strict=True):
        (exports / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")
    taken_in = parure("ingest", str(exports), shop=home)
    assert taken_in.returncode == 0, taken_in.stderr
    (home / "parure.toml").write_text(SETTINGS)
    (home / "recipes").mkdir()
    (home / "recipes" / "begin.toml").write_text('name = "begin"\n[[sources]]\nkind = "popular"\n')
    return home


def test_people_get_a_table_of_who_was_kept_out_and_why_and_a_report(shop: Path) -> None:
    finished = parure("train", "--auto", "--minutes", "0", shop=shop)
    assert finished.returncode == 0, finished.stderr
    for part in ("Against begin", "lambdamart", "map@12", "its gain over begin is", "Ranked by", "recipe auto"):
        assert part in finished.stdout
    page = shop / "reports" / "auto.html"
    assert str(page) in finished.stdout
    assert page.read_text().startswith("<!doctype html>")


def test_machines_get_the_contest_as_json(shop: Path) -> None:
    pytest.importorskip("optuna")
    finished = parure("train", "--auto", "--minutes", "0.01", "--json", shop=shop)
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout)
    assert [each["name"] for each in told["verdicts"]] == [
        "lambdamart",
        "lambdamart, mean of 4",
        "lambdamart, searched",
    ]
    assert told["published"]["recipe"] == "auto"
    assert told["search"]["trials"] >= 1
    assert Path(told["report"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--auto", "--tune"), "--auto and --tune exclude each other"), (("--minutes", "3"), "--minutes is for --auto")],
)
def test_what_does_not_go_together_is_refused(shop: Path, arguments: tuple[str, ...], message: str) -> None:
    finished = parure("train", *arguments, shop=shop)
    assert finished.returncode == 1
    assert message in finished.stderr


def test_a_goal_that_is_none_is_refused_with_the_one_that_was_meant(shop: Path) -> None:
    finished = parure("recommend", "c01", "--goal", "purchas=1", shop=shop)
    assert finished.returncode == 1
    assert "did you mean 'purchase'?" in finished.stderr
