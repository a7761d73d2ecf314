"""Draws the whole catalogue: a design is worked out once a view, and coloured for each metal and stone it comes in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from parure.core.progress import Progress
from parure.demo.attributes import STONES
from parure.demo.catalogue import Product
from parure.demo.drawing.bands import VIEWS
from parure.demo.drawing.jewels import PROPS, arranged
from parure.demo.drawing.materials import faceted_stone, matte, metal, palette, ramp, smooth_stone
from parure.demo.drawing.render import Camera, Layer, background, jpeg, layer, painted, seen
from parure.demo.drawing.shapes import Slot

_GROUNDS = {
    "white": ((253, 252, 251), (242, 240, 237), False),
    "pearl": ((247, 244, 241), (229, 224, 219), False),
    "sand": ((240, 231, 221), (224, 211, 196), True),
    "rose": ((244, 230, 226), (230, 211, 206), False),
    "sage": ((228, 232, 224), (209, 216, 205), False),
    "slate": ((218, 221, 226), (194, 199, 206), False),
}
_PROPS = {
    "sand": (0.93, 0.86, 0.78),
    "rose": (0.42, 0.36, 0.40),
    "sage": (0.97, 0.96, 0.93),
}
_DIALS = {
    "white": (0.90, 0.90, 0.88),
    "black": (0.05, 0.05, 0.06),
    "blue": (0.06, 0.12, 0.30),
    "rose": (0.90, 0.66, 0.58),
    "green": (0.05, 0.22, 0.15),
}
_LEATHERS = ((0.26, 0.13, 0.07), (0.05, 0.05, 0.05), (0.42, 0.24, 0.12), (0.10, 0.13, 0.22))


def picture_names(product_id: str, views: int) -> list[str]:
    """File names of a product's pictures: ``P00001.jpg``, ``P00001_2.jpg``, ``P00001_3.jpg``."""
    return [f"{product_id}.jpg", *(f"{product_id}_{number}.jpg" for number in range(2, views + 1))]


def draw_all(products: Sequence[Product], directory: Path, *, views: int, progress: Progress) -> None:
    """Draw every product and write its pictures.

    Args:
        products: The catalogue, variants of a design side by side.
        directory: Where the pictures go.
        views: How many of each product, 1 to 3.
        progress: Where the work reports to.
    """
    directory.mkdir(parents=True, exist_ok=True)
    designs = [list(group) for _, group in groupby(products, key=lambda product: product.design_number)]
    jobs = [(group, view) for group in designs for view in range(views)]
    with progress.step("Drawing", len(products) * views) as step, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done in pool.map(lambda job: _draw(job[0], job[1], directory), jobs):
            step.advance(done)


def _draw(group: Sequence[Product], view: int, directory: Path) -> int:
    for product, picture in pictures(group, view):
        (directory / picture_names(product.product_id, view + 1)[view]).write_bytes(picture)
    return len(group)


def pictures(group: Iterable[Product], view: int) -> Iterable[tuple[Product, bytes]]:
    """The pictures of a design's variants in one view, as JPEG.

    Args:
        group: Products of one design.
        view: Row of VIEWS.
    """
    group = list(group)
    scene = arranged(group[0].design, VIEWS[view])
    behind = _prop(scene.prop, scene.camera) if scene.prop else None
    shape = seen(scene.cloud, scene.camera, _ground(scene.ground), behind)
    for product in group:
        yield product, jpeg(painted(shape, _colours(product, scene.ground)))


_props: dict[str, Layer] = {}


def _prop(name: str, camera: Camera) -> Layer:
    """What jewels are shown on, drawn once: all scenes with it share a camera."""
    if name not in _props:
        _props[name] = layer(PROPS[name](1.5 * camera.density), camera)
    return _props[name]


@cache
def _ground(name: str) -> NDArray[np.uint8]:
    top, bottom, horizon = _GROUNDS[name]
    return background(top, bottom, horizon=horizon)


def _colours(product: Product, ground: str) -> NDArray[np.uint32]:
    stone = product.stone or "diamond"
    smooth = product.stone != "" and STONES[product.stone].family != "faceted"
    marks = "steel" if product.dial == "white" and product.metal == "silver" else product.metal
    leather = _LEATHERS[int(product.design.variety * 97) % len(_LEATHERS)]
    return palette(
        {
            Slot.METAL: metal(product.metal),
            Slot.SECOND_METAL: metal(marks),
            Slot.STONE: smooth_stone(stone) if smooth else faceted_stone(stone),
            Slot.ACCENT: faceted_stone("diamond"),
            Slot.PROP: matte(_PROPS.get(ground, (0.9, 0.9, 0.9))),
            Slot.DIAL: ramp(_DIALS[product.dial]),
            Slot.STRAP: matte(leather, 0.05),
        }
    )
