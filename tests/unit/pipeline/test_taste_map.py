"""The map of taste: what looks alike lies together, and the page carries all it needs."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from parure.core.errors import InputError, MissingExtraError
from parure.dataset import Dataset
from parure.pipeline import taste_map as module
from parure.pipeline.bundle import Bundle
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.taste_map import TasteMap, TasteMapConfig, taste_map
from parure.pipeline.taste_map_page import map_page, map_picture
from parure.pipeline.thumbnails import product_pictures, sheet_of, thumbnail
from parure.pipeline.train import train
from parure.rules import BoughtAgain

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PCA = TasteMapConfig(layouts=("pca",))


def picture(colour: str, size: tuple[int, int] = (30, 40), mode: str = "RGB", kind: str = "PNG") -> bytes:
    written = BytesIO()
    Image.new(mode, size, colour).save(written, kind)
    return written.getvalue()


@pytest.fixture(scope="module")
def dataset(checkerboard: Dataset) -> Dataset:
    """Gold points one way and silver another, each piece a little off."""
    ids = checkerboard.items.ids_of(np.arange(len(checkerboard.items)))
    vectors = np.random.default_rng(0).normal(scale=0.1, size=(len(ids), 6))
    vectors[:, 0] += [1.0 if "gold" in item else 0.0 for item in ids]
    vectors[:, 1] += [0.0 if "gold" in item else 1.0 for item in ids]
    return replace(checkerboard, item_vectors=vectors.astype(np.float32))


@pytest.fixture(scope="module")
def bundle(dataset: Dataset) -> Bundle:
    return train(dataset, Part.of(find_recipe("catalogue"), BoughtAgain.ALWAYS))


@pytest.fixture(scope="module")
def drawn(bundle: Bundle) -> TasteMap:
    return taste_map(bundle, PCA)


@pytest.fixture(scope="module")
def page(drawn: TasteMap) -> str:
    hostile = replace(drawn, titles=("</script><img src=x>", *drawn.titles[1:]))
    pictures = [picture("gold" if "gold" in item else "silver") for item in drawn.product_ids]
    return map_page(hostile, [None, *pictures[1:]], shop="Gold & Silver", currency="EUR", thumbnail_px=24)


def is_gold(ids: tuple[str, ...]) -> np.ndarray:
    return np.array(["gold" in item for item in ids])


def test_what_looks_alike_lies_together(drawn: TasteMap) -> None:
    points, gold = drawn.layouts["pca"], is_gold(drawn.product_ids)
    apart = np.linalg.norm(points[gold].mean(axis=0) - points[~gold].mean(axis=0))
    assert apart > 2 * points[gold].std(axis=0).max()
    assert points.min() >= 0
    assert points.max() <= 1
    assert (gold[drawn.alike[:, 0]] == gold).all()


def test_a_customer_stands_among_what_they_bought(drawn: TasteMap) -> None:
    assert len(set(drawn.customer_ids)) == 12
    likes_gold = np.array([int(owner[1:]) % 2 == 0 for owner in drawn.customer_ids])
    gold = is_gold(drawn.product_ids)
    assert (gold[drawn.near[:, 0]] == likes_gold).all()
    centre = drawn.layouts["pca"][gold].mean(axis=0)
    distance = np.linalg.norm(drawn.places["pca"] - centre, axis=1)
    assert distance[likes_gold].max() < distance[~likes_gold].min()


def test_of_a_large_catalogue_the_best_sellers_are_shown(bundle: Bundle) -> None:
    shown = taste_map(bundle, PCA.model_copy(update={"most_products": 3, "most_customers": 2}))
    assert (len(shown.product_ids), shown.catalogue_size) == (3, 8)
    assert (len(set(shown.customer_ids)), shown.customers_size) == (2, 12)
    sold = dict(zip(bundle.dataset.items, bundle.dataset.item_table.column("purchases").to_pylist(), strict=True))
    assert min(sold[i] for i in shown.product_ids) >= sorted(sold.values())[-3]


def test_the_colours_come_from_columns_with_few_values(drawn: TasteMap) -> None:
    assert set(drawn.columns["category"]) == {"ring", "chain", "watch", "brooch"}
    assert "title" not in drawn.columns


def test_a_bundle_without_vectors_is_refused(dataset: Dataset) -> None:
    bare = replace(dataset, item_vectors=None)
    bundle = train(bare, Part.of(find_recipe("als_item_cf_popular"), BoughtAgain.ALWAYS))
    with pytest.raises(InputError, match="0 products with a vector"):
        taste_map(bundle, PCA)


def test_umap_that_is_not_installed_names_its_extra(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "umap_is_there", lambda: False)
    with pytest.raises(MissingExtraError, match=r"parure\[map\]"):
        taste_map(bundle)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("umap") is None, reason="umap-learn is not installed: pip install parure[map]")
def test_umap_keeps_neighbours_and_the_same_seed_gives_the_same_map(bundle: Bundle) -> None:
    config = TasteMapConfig(layouts=("umap",), neighbours=4)
    first, second = taste_map(bundle, config), taste_map(bundle, config)
    assert np.array_equal(first.layouts["umap"], second.layouts["umap"])
    points, gold = first.layouts["umap"], is_gold(first.product_ids)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(len(points))
    assert (gold[distance.argmin(axis=1)] == gold).all()


# -- the page ---------------------------------------------------------------------------------------------------------


class _Seen(HTMLParser):
    """Elements that are open, addresses that are loaded, and the data."""

    VOID = frozenset({"meta", "link", "br", "img", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.data = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [str(v) for k, v in attrs if k in {"src", "href"} and not str(v).startswith(("#", "data:"))]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script" and data.startswith("{"):
            self.data = data


def test_the_page_is_whole_and_holds_every_product(page: str, drawn: TasteMap) -> None:
    seen = _Seen()
    seen.feed(page)
    assert seen.open == []
    data = json.loads(seen.data)
    assert tuple(data["ids"]) == drawn.product_ids
    assert data["titles"][0] == "</script><img src=x>"  # text of a shop is text, whatever it says
    assert data["cells"] == [-1, *range(len(drawn.product_ids) - 1)]
    assert len(data["layouts"]["pca"]["products"]) == 2 * len(drawn.product_ids)
    assert len(data["owners"]) == len(data["near"]) == len(data["layouts"]["pca"]["customers"]) // 2


def test_the_page_loads_nothing_from_elsewhere(page: str) -> None:
    seen = _Seen()
    seen.feed(page)
    assert seen.loads == []
    assert "@import" not in page
    addresses = set(re.findall(r"https?://[^\s\"')]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not an address


def test_the_picture_to_hand_on_is_a_png(drawn: TasteMap) -> None:
    pictures = [picture("gold")] * (len(drawn.product_ids) - 1) + [None]
    with Image.open(BytesIO(map_picture(drawn, pictures, shop="Gold & Silver"))) as opened:
        assert opened.format == "PNG"
        assert opened.width > 800
        assert len(opened.convert("RGB").getcolors(maxcolors=1 << 24)) > 50


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_draws_every_product_and_chooses_one(page: str, drawn: TasteMap, tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text(page, encoding="utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking"
    )
    address = (tmp_path / "map.html").as_uri() + f"#product={drawn.product_ids[1].replace(' ', '%20')}"
    command = [str(CHROMIUM), *flags.split(), f"--user-data-dir={tmp_path}", "--virtual-time-budget=3000", "--dump-dom"]
    environment = {**os.environ, "HOME": str(tmp_path)}
    told = subprocess.run(
        [*command, address], capture_output=True, text=True, timeout=60, check=True, env=environment
    ).stdout
    marks = re.findall(r'<div class="([^"]*)" data-i=', told)
    assert sum("p" in mark.split() for mark in marks) == len(drawn.product_ids)
    assert sum("chosen" in mark.split() for mark in marks) == 1
    assert "Looks most like it" in told


# -- thumbnails -------------------------------------------------------------------------------------------------------


def test_a_thumbnail_holds_the_whole_picture_on_the_colour_of_its_corners() -> None:
    small = thumbnail(picture("red", (100, 20)), 50)
    assert small is not None
    assert small.size == (50, 50)
    assert small.getpixel((2, 2)) == small.getpixel((25, 25)) == (255, 0, 0)


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("P", "GIF")])
def test_every_kind_of_picture_becomes_one(mode: str, kind: str) -> None:
    small = thumbnail(picture(0 if mode in {"L", "P"} else "black", mode=mode, kind=kind), 16)  # type: ignore[arg-type]
    assert small is not None
    assert small.mode == "RGB"


def test_what_is_no_picture_has_no_place_on_the_sheet() -> None:
    sheet = sheet_of([picture("red"), b"nothing of the kind", None, picture("blue"), picture("green")[:60]], size=16)
    assert sheet.place == (0, -1, -1, 1, -1)
    with Image.open(BytesIO(sheet.jpeg)) as opened:
        assert opened.size == (32, 16)
        assert opened.getpixel((8, 8))[0] > 200
        assert opened.getpixel((24, 8))[2] > 200


def test_pictures_are_found_by_id_below_the_folder_and_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "images" / "010").mkdir(parents=True)
    (tmp_path / "images" / "010" / "a.png").write_bytes(picture("red"))
    found = product_pictures(["a", "b", "c"], [None, "https://example.org/b.jpg", None], shop=tmp_path)
    assert [each is not None for each in found] == [True, False, False]


# -- room on the map --------------------------------------------------------------------------------------------------


def test_a_crowd_gets_room_and_keeps_its_side_of_the_map() -> None:
    rng = np.random.default_rng(0)
    crowd = np.concatenate([rng.normal(0, 0.01, (200, 2)), rng.normal(5, 0.01, (200, 2))])
    spread = module._spread(crowd, 0.75)
    inside = (spread - spread.min(axis=0)) / np.ptp(spread, axis=0)
    distance = np.linalg.norm(inside[:, None] - inside[None], axis=2) + np.eye(len(inside))
    assert np.median(distance.min(axis=1)) > 0.4 / np.sqrt(len(inside))
    assert (inside[:200].mean(axis=0) < inside[200:].mean(axis=0)).all()
    assert np.array_equal(module._spread(crowd, 0.75), spread)


def test_wide_gaps_shrink_and_the_order_stays() -> None:
    points = np.array([[0.0, 0.0], [1.0, 3.0], [2.0, 1.0], [100.0, 2.0]])
    narrowed = module._narrowed(points, 0.8)
    assert np.array_equal(np.argsort(narrowed, axis=0), np.argsort(points, axis=0))
    gaps = np.diff(np.sort(narrowed[:, 0]))
    assert gaps[2] / gaps[0] < 98 / 2


def test_a_style_between_two_groups_stays_with_the_weightier() -> None:
    points = np.array([[0, 0], [0.01, 0], [0, 0.01], [1, 1], [1.01, 1]], np.float32)
    (place,) = module._among(np.full((1, 5), 0.8, np.float32), points)
    assert np.linalg.norm(place) < 0.1
