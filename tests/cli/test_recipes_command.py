"""``parure recipes`` as a person or a script runs it."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

OWN = """
name = "window"
title = "What stands in the window"
k = 3
bought_again = "always"
[[sources]]
kind = "popular"
[[rules]]
kind = "exclusions"
[rules.config]
items = ["chain"]
"""


def run(*arguments: str, shop: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "220", "PARURE_SHOP": str(shop)}
    command = [sys.executable, "-m", "parure", "recipes", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a recipe of its own; in two weeks twenty customers bought a ring, a chain, and a ring again."""
    folder = tmp_path_factory.mktemp("exports")
    kinds = ("ring", "chain", "watch", "brooch")
    products = [f"{kind},{kind.title()},{kind},99.00,{kind}.jpg,in_stock" for kind in kinds]
    orders, lines = [], []
    for customer in range(20):
        for number, (kind, day) in enumerate((("ring", 1), ("chain", 3), ("ring", 12))):
            order, when = f"o{customer}-{number}", date(2024, 1, 1) + timedelta(days=day)
            orders.append(f"{order},c{customer},{when},completed,99.00")
            lines.append(f"{order}-1,{order},{kind},1,99.00")
    tables = {
        "products": ("product_id,title,category,price,image_url,stock_status", products),
        "orders": ("order_id,customer_id,order_date,order_status,total_amount", orders),
        "order_items": ("order_item_id,order_id,product_id,quantity,unit_price", lines),
    }
    for name, (head, rows) in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")
    home = tmp_path_factory.mktemp("work") / "shop"
    for arguments in (["init", str(home)], ["ingest", str(folder), "--shop", str(home)]):
        command = [sys.executable, "-m", "parure", *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    (home / "recipes").mkdir()
    (home / "recipes" / "window.toml").write_text(OWN)
    return home


def test_all_recipes_are_listed_with_those_of_the_shop(shop: Path) -> None:
    assert "window (own)" in run("list", shop=shop).stdout
    listed = {each["name"]: each for each in json.loads(run("list", "--json", shop=shop).stdout)}
    assert {"product_page", "homepage", "email", "cart", "post_purchase", "hybrid", "window"} <= set(listed)
    assert listed["window"] == {
        "name": "window",
        "title": "What stands in the window",
        "surface": "",
        "k": 3,
        "sources": ["popular"],
        "rules": ["exclusions"],
        "own": True,
    }


def test_a_recipe_that_is_shown_can_be_saved_and_holds(shop: Path, tmp_path: Path) -> None:
    shown = run("show", "cart", shop=shop)
    assert shown.returncode == 0, shown.stderr
    (tmp_path / "cart.toml").write_text(shown.stdout)
    checked = run("check", str(tmp_path / "cart.toml"), shop=shop)
    assert checked.returncode == 0, checked.stderr
    assert "holds: cart" in checked.stdout


def test_what_is_wrong_with_a_file_is_named(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text(OWN.replace('"popular"', '"populer"'))
    finished = run("check", str(tmp_path / "broken.toml"), shop=shop)
    assert finished.returncode == 1
    assert "did you mean 'popular'?" in finished.stderr
    missing = run("check", str(tmp_path / "nothing.toml"), "--json", shop=shop)
    assert missing.returncode == 1
    assert json.loads(missing.stderr)["error"]["code"] == "input_missing"


def test_a_preview_says_what_a_rule_costs(shop: Path) -> None:
    finished = run("preview", "window", shop=shop)
    assert finished.returncode == 0, finished.stderr
    assert "window on 20 occasions of homepage" in finished.stdout
    assert "exclusions" in finished.stdout
    found = json.loads(run("preview", "window", "--rule", "exclusions", "--json", shop=shop).stdout)
    without = {figure["metric"]: figure for figure in found["rules"]["exclusions"]}
    # Two products were known before the week, and with the rule one of them is shown.
    assert without["changed"]["difference"] == 1.0
    assert without["coverage"]["difference"] == -0.5
    table = run("preview", "window", "--markdown", shop=shop).stdout
    assert table.startswith("| rule | NDCG@3 |")


def test_a_rule_that_the_recipe_lacks_is_an_error_with_a_way_out(shop: Path) -> None:
    rule = run("preview", "window", "--rule", "exclusion", shop=shop)
    assert rule.returncode == 1
    assert "did you mean 'exclusions'?" in rule.stderr
