"""Search by picture through a shop's files: encoded, stored, opened, asked."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from parure.ingest import ingest
from parure.pipeline.encode_shop import encode_shop
from parure.pipeline.search import Asked, ShopSearch
from parure.pipeline.settings import load_settings

NOW = datetime(2026, 5, 1, tzinfo=UTC)
STONES = {"blue": (40, 60, 190), "green": (30, 140, 80), "red": (190, 30, 60), "white": (235, 230, 225)}


def ring(stone: tuple[int, int, int]) -> Image.Image:
    """One design with a stone of some colour."""
    down, right = np.mgrid[-1:1:400j, -1:1:400j]
    pixels = np.full((400, 400, 3), 246, np.uint8)
    pixels[np.abs(np.hypot(right, 1.3 * down - 0.2) - 0.5) < 0.06] = (205, 165, 70)
    pixels[np.hypot(right - 0.05, down + 0.3) < 0.08] = stone
    return Image.fromarray(pixels)


def as_file(picture: Image.Image, quality: int = 90) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One design, with each of the stones."""
    place = tmp_path_factory.mktemp("shop")
    (place / "images").mkdir()
    lines = ["product_id,title,category,price,stock_status"]
    for name, stone in STONES.items():
        (place / "images" / f"{name}.jpg").write_bytes(as_file(ring(stone)))
        lines.append(f"{name},Ring {name},rings,10.00,in_stock")
    (place / "products.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ingest(place, [str(place / "products.csv")])
    encode_shop(place, now=NOW)
    return place


@pytest.mark.parametrize("name", STONES)
def test_a_changed_copy_of_a_picture_finds_its_product_first(shop: Path, name: str) -> None:
    search = ShopSearch.open(shop, load_settings(shop))
    picture = ring(STONES[name])
    for changed in (ImageOps.mirror(picture), picture.crop((20, 20, 380, 380)), picture.rotate(10, fillcolor="white")):
        found = search.search(Asked(picture=as_file(changed, quality=60)))
        assert found.item_ids[0] == name
        assert not any("second look" in note for note in found.notes)


def test_vectors_that_came_without_pictures_do_and_the_answer_says_so(shop: Path) -> None:
    thumbnails = shop / "vectors" / "thumbnails.arrow"
    kept = thumbnails.read_bytes()
    thumbnails.unlink()
    try:
        found = ShopSearch.open(shop, load_settings(shop)).search(Asked(picture=as_file(ring(STONES["red"]))))
    finally:
        thumbnails.write_bytes(kept)
    assert len(found.items) == len(STONES)
    assert any("second look" in note for note in found.notes)


def test_thumbnails_of_vectors_that_were_there_before_are_made_later(shop: Path) -> None:
    import sqlite3

    thumbnails = shop / "vectors" / "thumbnails.arrow"
    kept = thumbnails.read_bytes()
    with sqlite3.connect(shop / "cache" / "pictures.sqlite") as cache:
        cache.execute("DELETE FROM thumbnails")
    thumbnails.unlink()
    assert encode_shop(shop, now=NOW).computed == 0
    assert thumbnails.read_bytes() == kept
