"""A catalogue with vectors of its pictures is all there is: what works works, and what cannot says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

METALS = ("gold", "silver")
KINDS = ("ring", "chain", "watch")
PRODUCTS = "product_id,title,category,price,image_url,stock_status,created_date\n" + "".join(
    f"{metal}-{kind},{metal.title()} {kind},{kind},99.50,{metal}-{kind}.jpg,"
    f"{'out_of_stock' if (metal, kind) == ('gold', 'watch') else 'in_stock'},{created}\n"
    for metal, created in zip(METALS, ("2023-01-10", "2024-03-01"), strict=True)
    for kind in KINDS
)


def run(shop: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parure", *arguments]
    environment = {**os.environ, "COLUMNS": "200", "PARURE_SHOP": str(shop)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def done(shop: Path, *arguments: str) -> str:
    finished = run(shop, *arguments)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return finished.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six products; vectors of one metal point one way, and within a metal ring and chain are nearest."""
    files, home = tmp_path_factory.mktemp("exports"), tmp_path_factory.mktemp("work") / "shop"
    (files / "products.csv").write_text(PRODUCTS)
    ids = [f"{metal}-{kind}" for metal in METALS for kind in KINDS]
    vectors = [[metal == "gold", metal == "silver", place / 10] for metal in METALS for place in range(3)]
    np.save(files / "emb.npy", np.array(vectors, np.float32))
    (files / "product_ids.txt").write_text("\n".join(ids) + "\n")
    done(home, "init", str(home))
    done(home, "ingest", str(files / "products.csv"), "--embeddings", str(files / "emb.npy"))
    done(home, "train")
    return home


def test_ingest_says_what_will_work_and_what_will_not(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text(PRODUCTS)
    said = done(tmp_path / "shop", "ingest", str(tmp_path / "products.csv"))
    assert "no orders or interactions" in said
    told = json.loads(done(tmp_path / "shop", "ingest", str(tmp_path / "products.csv"), "--json"))
    assert told["catalogue_only"] is True


def test_the_bundle_is_made_by_the_recipe_that_needs_no_events(shop: Path) -> None:
    listed = json.loads(done(shop, "inspect", "--json"))
    assert [bundle["recipe"] for bundle in listed["bundles"]] == ["catalogue"]
    assert listed["bundles"][0]["version"].startswith("2024-03-01")  # the day on which the newest product came


def test_alike_is_what_looks_alike(shop: Path) -> None:
    found = json.loads(done(shop, "similar", "gold-ring", "-k", "2", "--json"))
    ids = [item["item_id"] for item in found["items"]]
    assert len(ids) == 2
    assert ids[0] == "gold-chain"
    assert "gold-watch" not in ids  # it is out of stock


def test_a_customer_is_shown_the_range_under_the_name_of_what_answered(shop: Path) -> None:
    answer = json.loads(done(shop, "recommend", "somebody", "--json"))
    assert not answer["known_user"]
    assert answer["fallback"] == "new_arrivals+assortment"
    ids = [item["item_id"] for item in answer["items"]]
    assert set(ids[:3]) == {"silver-ring", "silver-chain", "silver-watch"}  # each category's newest first
    assert "gold-watch" not in ids  # it is out of stock


def test_quality_cannot_be_measured_without_purchases_and_says_so(shop: Path) -> None:
    refused = run(shop, "evaluate")
    assert refused.returncode == 1
    assert "The data holds no purchases" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_events_that_come_later_bring_the_usual_recipe_back(shop: Path, tmp_path: Path) -> None:
    rows = "interaction_id,customer_id,product_id,interaction_type,timestamp\n" + "".join(
        f"i{i},c{i % 2},{METALS[i % 2]}-{KINDS[i // 2]},view,2024-04-0{i + 1}T10:00:00Z\n" for i in range(6)
    )
    (tmp_path / "interactions.csv").write_text(rows)
    assert "no orders or interactions" not in done(shop, "ingest", str(tmp_path / "interactions.csv"))
    assert json.loads(done(shop, "train", "--json"))["recipe"] == "hybrid"
