"""What is drawn follows what is sold."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from parure.demo.attributes import FORMS, METALS, NEEDS_STONE, ORNAMENTS
from parure.demo.catalogue import Product, make_catalogue
from parure.demo.drawing.bands import VIEWS, Design
from parure.demo.drawing.materials import METALS as METAL_LIGHT
from parure.demo.drawing.materials import STONES as STONE_LIGHT
from parure.demo.drawing.render import WIDTH
from parure.demo.pictures import picture_names, pictures


def drawn(product: Product, view: int = 0) -> np.ndarray:
    ((_, picture),) = pictures([product], view)
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(np.float32)


@pytest.fixture(scope="module")
def ring() -> Product:
    product = make_catalogue(6, 1)[0]
    design = Design("rings", "solitaire ring", "minimal", "faceted", "round", 8.0, 0.3)
    return replace(product, design=design, metal="silver", stone="diamond")


def foreground(picture: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Mean colour where two variants of one design differ: the part whose material differs."""
    return picture[np.abs(picture - of).sum(2) > 25].mean(0)


def test_the_metal_decides_the_colour_of_the_hoop(ring):
    pictures_of = {metal: drawn(replace(ring, metal=metal)) for metal in METALS}
    warmth = {}
    for metal, picture in pictures_of.items():
        other = pictures_of["silver" if metal != "silver" else "yellow gold"]
        red, _, blue = foreground(picture, other)
        warmth[metal] = red - blue
    assert warmth["yellow gold"] > warmth["rose gold"] > warmth["white gold"] > warmth["silver"] - 1
    assert warmth["yellow gold"] > 60
    assert abs(warmth["platinum"]) < 15
    lightness = {
        metal: foreground(pictures_of[metal], pictures_of["yellow gold"]).mean() for metal in ("silver", "steel")
    }
    assert lightness["silver"] > lightness["steel"]


def test_the_stone_decides_the_colour_of_the_head(ring):
    clear = drawn(ring, view=2)
    channel = {"ruby": 0, "emerald": 1, "sapphire": 2}
    for stone, strongest in channel.items():
        colour = foreground(drawn(replace(ring, stone=stone), view=2), clear)
        assert int(np.argmax(colour)) == strongest


def test_each_ornament_and_each_form_looks_different(ring):
    def small(product: Product) -> np.ndarray:
        return drawn(product).reshape(32, WIDTH // 32, 32, WIDTH // 32, 3).mean((1, 3)).ravel()

    pendant = replace(ring.design, category="necklaces", form="pendant necklace")
    looks = [small(replace(ring, design=replace(pendant, ornament=ornament))) for ornament in ORNAMENTS]
    distance = np.array([[np.abs(a - b).max() for b in looks] for a in looks])
    assert distance[~np.eye(len(looks), dtype=bool)].min() > 12


@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_can_be_drawn_in_every_view_and_stays_in_the_picture(ring, form):
    family = NEEDS_STONE.get(form, ("faceted", "cabochon", "pearl", "none"))[0]
    for number, ornament in enumerate(ORNAMENTS):
        design = replace(ring.design, category=FORMS[form].category, form=form, ornament=ornament, family=family)
        design = replace(design, variety=number / len(ORNAMENTS), stone_mm=4.0 + number)
        product = replace(
            ring, design=design, stone={"faceted": "ruby", "cabochon": "onyx", "pearl": "pearl"}.get(family, "")
        )
        view = number % len(VIEWS)
        picture = drawn(product, view)
        assert picture.shape == (WIDTH, WIDTH, 3)
        assert picture.std() > 4


def test_what_can_be_sold_can_be_drawn():
    assert set(METALS) == set(METAL_LIGHT)
    products = make_catalogue(300, 2)
    assert {product.stone for product in products} - {""} <= set(STONE_LIGHT)


def test_names_of_pictures_start_with_the_products_id():
    assert picture_names("P00007", 3) == ["P00007.jpg", "P00007_2.jpg", "P00007_3.jpg"]
