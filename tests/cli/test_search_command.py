"""``parure search`` and the ways of being alike, as somebody at a terminal uses them."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from parure.cli.app import app
from parure.core.errors import ParureError
from parure.ingest.embeddings import store_vectors

run = CliRunner()

TITLES = {
    "p1": ("Goldring mit Saphir", "rings", "299.00"),
    "p2": ("Ring aus Silber", "rings", "35.00"),
    "p3": ("Ohrringe mit Perle", "earrings", "39.00"),
    "p4": ("Halskette in Gold", "necklaces", "199.00"),
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four products that two customers bought two by two."""
    monkeypatch.setenv("PARURE_SEARCH__MODEL", "none")
    files, shop = tmp_path / "files", tmp_path / "shop"
    files.mkdir()
    products = ["product_id,title,category,price,image_url,stock_status"]
    products += [f"{i},{title},{kind},{price},{i}.jpg,in_stock" for i, (title, kind, price) in TITLES.items()]
    orders = ["order_id,customer_id,order_date,order_status,total_amount"]
    lines = ["order_item_id,order_id,product_id,quantity,unit_price"]
    for number in range(24):
        user, items = ("ada", ("p1", "p4")) if number % 2 else ("bob", ("p2", "p3"))
        orders.append(f"o{number},{user}{number % 4},2024-0{1 + number // 4}-0{1 + number % 4},completed,10")
        lines += [f"l{number}{item},o{number},{item},1,10" for item in items]
    for name, rows in {"products": products, "orders": orders, "order_items": lines}.items():
        (files / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert run.invoke(app, ["init", str(shop)]).exit_code == 0
    assert run.invoke(app, ["ingest", str(files), "--shop", str(shop)]).exit_code == 0
    return shop


def asked(shop: Path, *arguments: str) -> dict:
    result = run.invoke(app, ["search", *arguments, "--shop", str(shop), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_words_are_found_with_prices_and_what_found_them(shop: Path) -> None:
    found = asked(shop, "Goldringe")
    assert found["items"][0]["item_id"] == "p1"
    assert found["items"][0]["price_cents"] == 29900
    assert set(found["items"][0]["found_by"]) == {"words"}


def test_a_filter_and_facets_go_with_it(shop: Path) -> None:
    found = asked(shop, "Ring", "--filter", "price<=100", "--facets")
    assert found["items"][0]["item_id"] == "p2"
    assert "p1" not in [item["item_id"] for item in found["items"]]
    assert found["facets"]["category"]["values"][0]["filter"] == ["category=rings"]


def test_people_get_a_table_and_notes(shop: Path) -> None:
    result = run.invoke(app, ["search", "Halskete", "--shop", str(shop), "--facets"])
    assert result.exit_code == 0
    assert "Halskette in Gold" in result.stdout
    assert "was read as halskette" in result.stderr


def test_a_filter_alone_lists_what_passes(shop: Path) -> None:
    assert asked(shop, "--filter", "category=rings")["total"] == 2


def test_a_value_that_no_product_has_is_said(shop: Path) -> None:
    assert "did you mean 'rings'" in " ".join(asked(shop, "Ring", "--filter", "category=Rings")["notes"])


def test_nothing_to_look_for_is_an_error_with_an_example(shop: Path) -> None:
    result = run.invoke(app, ["search", "--shop", str(shop)])
    assert isinstance(result.exception, ParureError)
    assert "parure search" in result.exception.hint


def test_changed_products_are_found_without_anything_else_to_do(shop: Path, tmp_path: Path) -> None:
    assert asked(shop, "Brosche")["total"] == 0
    more = tmp_path / "more"
    more.mkdir()
    (more / "products.csv").write_text(
        "product_id,title,category,price,image_url,stock_status\n"
        "p5,Brosche,brooches,20.00,p5.jpg,in_stock\np2,Siegelring,rings,35.00,p2.jpg,in_stock\n",
        encoding="utf-8",
    )
    assert run.invoke(app, ["ingest", str(more), "--shop", str(shop)]).exit_code == 0
    assert [item["item_id"] for item in asked(shop, "Brosche")["items"]] == ["p5"]
    assert [item["item_id"] for item in asked(shop, "Siegelring")["items"]] == ["p2"]
    assert asked(shop, "Silber")["total"] == 0
    assert len(list((shop / "search").iterdir())) == 1


def test_a_broken_copy_of_the_engine_is_made_again(shop: Path) -> None:
    asked(shop, "Ring")
    next((shop / "search").glob("*/words.npz")).write_bytes(b"broken")
    assert asked(shop, "Goldring")["items"][0]["item_id"] == "p1"


def test_synonyms_of_the_settings_are_used(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "synonyms.txt").write_text("Collier, Halskette\n", encoding="utf-8")
    monkeypatch.setenv("PARURE_SEARCH__SYNONYMS", "synonyms.txt")
    assert asked(shop, "Collier")["items"][0]["item_id"] == "p4"


def test_alike_by_eye_by_purchases_and_mixed_are_three_lists(shop: Path) -> None:
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store_vectors(shop, list(TITLES), vectors, "hand", "2024-01-01")
    assert run.invoke(app, ["train", "--shop", str(shop)]).exit_code == 0

    def alike(mode: str) -> list[str]:
        result = run.invoke(app, ["similar", "p1", "--mode", mode, "--shop", str(shop), "--json"])
        assert result.exit_code == 0, result.output
        return [item["item_id"] for item in json.loads(result.stdout)["items"]]

    assert alike("visual")[0] == "p2"
    assert alike("bought_together")[0] == "p4"
    assert set(alike("mixed")[:2]) == {"p2", "p4"}


def test_a_customers_style_and_feed_take_part(shop: Path) -> None:
    vectors = np.eye(4, dtype=np.float32)
    store_vectors(shop, list(TITLES), vectors, "hand", "2024-01-01")
    assert run.invoke(app, ["train", "--shop", str(shop)]).exit_code == 0
    found = asked(shop, "Gold", "--user", "ada1", "--personal", "1")
    assert "style" in found["items"][0]["found_by"]
    within = asked(shop, "--filter", "price>=1", "--user", "ada1", "--feed")
    assert within["total"] <= 4
