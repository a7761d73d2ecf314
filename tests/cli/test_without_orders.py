"""A shop that exports views and carts but no orders is trained and served by the same commands."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KINDS = ("ring", "chain", "watch", "brooch")
PRODUCTS = "product_id,title,category,price,image_url,stock_status\n" + "".join(
    f"{metal}-{kind},{metal.title()} {kind},{kind},99.50,{metal}-{kind}.jpg,in_stock\n"
    for metal in ("gold", "silver")
    for kind in KINDS
)


def done(*arguments: str, **settings: str) -> str:
    command = [sys.executable, "-m", "parure", *arguments]
    environment = {**os.environ, "COLUMNS": "200", **settings}
    finished = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return finished.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Even customers look at gold and odd ones at silver: three pieces each, one of which they put in the cart."""
    files, home = tmp_path_factory.mktemp("exports"), tmp_path_factory.mktemp("work") / "shop"
    lines = ["interaction_id,customer_id,product_id,interaction_type,timestamp"]
    for customer in range(16):
        metal = "gold" if customer % 2 == 0 else "silver"
        for week in range(3):
            moment = datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(days=7 * week + customer % 5)
            piece = f"{metal}-{KINDS[(week + customer // 2) % 4]}"
            kinds = ("view", "add_to_cart") if week == 2 else ("view",)
            for place, kind in enumerate(kinds):
                at = (moment + timedelta(minutes=place)).isoformat()
                lines.append(f"i{customer:02}{week}{place},c{customer:02},{piece},{kind},{at}")
    (files / "products.csv").write_text(PRODUCTS)
    (files / "interactions.csv").write_text("\n".join(lines) + "\n")
    done("init", str(home), "--currency", "EUR")
    done("ingest", str(files), PARURE_SHOP=str(home))
    return home


@pytest.mark.parametrize("recipe", ["als_item_cf_popular", "hybrid"])
def test_it_trains_and_recommends(shop: Path, recipe: str) -> None:
    done("train", "--recipe", recipe, PARURE_SHOP=str(shop))
    for customer in ("c00", "c01"):
        answer = json.loads(done("recommend", customer, "--json", PARURE_SHOP=str(shop)))
        assert answer["items"], answer
    assert json.loads(done("popular", "--json", PARURE_SHOP=str(shop)))["items"]
