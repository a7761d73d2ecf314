"""From a cloud of points to a picture: what hides what, shadows and corners once a shape, colours once a variant."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from parure.demo.drawing.materials import CELLS, SIDE
from parure.demo.drawing.shapes import Cloud, Floats

WIDTH = 512
"""Width and height of a picture, in pixels."""
FINE = 2
"""Each pixel is drawn as so many by so many."""
_COARSE = 4
"""Shadows and corners are worked out on a grid so many times coarser."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How a shape is looked at.

    Attributes:
        rotation: float32[3, 3], turns the shape before the eye sees it.
        zoom: Enlargement; at 1 the picture is two units wide.
        centre: The point that comes to the middle, after turning.
        floor: Height of the table under the shape, after turning; None where it hangs before a wall.
    """

    rotation: Floats
    zoom: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    floor: float | None = None

    @property
    def density(self) -> float:
        """Points along one unit that leave no holes."""
        return WIDTH / 2 * FINE * self.zoom


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as one camera sees it, on its ground, still without its own colours.

    Attributes:
        cells: int32[rows, columns] on the fine grid, cut to what is not empty: place in a palette; 0 is nothing.
        corner: Left and upper edge of that cut, in pixels.
        light: Share of light that corners let through, cut likewise: an RGB picture.
        behind: The ground with the shadow on it, as much of it as the shape lets through: an RGB picture.
    """

    cells: NDArray[np.int32]
    corner: tuple[int, int]
    light: Image.Image
    behind: Image.Image


def seen(cloud: Cloud, camera: Camera, ground: NDArray[np.uint8]) -> Shape:
    """Work out what of a cloud a camera sees.

    Args:
        cloud: What is drawn.
        camera: From where.
        ground: uint8[WIDTH, WIDTH, 3], what lies behind.

    Cost:
        About 50 ms a million points.
    """
    width = WIDTH * FINE
    rotation = camera.rotation.astype(np.float32)
    facing = np.flatnonzero(cloud.normals @ rotation[2] > np.float32(-0.02))
    shadow = _shadow(cloud.points[:: max(len(cloud.points) // 60_000, 1)] @ rotation.T, camera)
    points = cloud.points[facing] @ rotation.T
    scale = np.float32(width / 2 * camera.zoom)
    column = ((points[:, 0] - np.float32(camera.centre[0])) * scale + np.float32(width / 2)).astype(np.int32)
    row = (np.float32(width / 2) - (points[:, 1] - np.float32(camera.centre[1])) * scale).astype(np.int32)
    inside = np.flatnonzero((column >= 0) & (column < width) & (row >= 0) & (row < width))
    if len(inside) < len(facing):
        facing, column, row, points = facing[inside], column[inside], row[inside], points[inside]
    depth = np.clip((points[:, 2] + np.float32(2)) * np.float32(16000), 0, 65534).astype(np.uint16)
    # On 16-bit keys a stable sort is a radix sort; among equal places numpy keeps the value assigned last, the nearest.
    order = np.argsort(depth, kind="stable")
    place = (row * width + column)[order]
    nearest = np.full(width * width, -1, np.int32)
    nearest[place] = order
    hit = np.flatnonzero(nearest >= 0)
    order = nearest[hit]
    cells = np.zeros(width * width, np.int32)
    chosen = facing[order]
    cells[hit] = _codes(cloud.normals[chosen] @ rotation.T, cloud.glow[chosen], cloud.slots[chosen])
    near = np.zeros(width * width, np.uint16)
    near[hit] = depth[order]
    return _on_ground(_without_holes(cells.reshape(width, width)), _corners(near.reshape(width, width)), shadow, ground)


def _on_ground(
    cells: NDArray[np.int32], light: NDArray[np.uint8], shadow: NDArray[np.uint8], ground: NDArray[np.uint8]
) -> Shape:
    there = (cells > 0).reshape(WIDTH, FINE, WIDTH, FINE).sum((1, 3), dtype=np.uint16)
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    free = 255 - there * np.uint16(255) // np.uint16(FINE * FINE)
    lit = ground.astype(np.uint16) * (255 - (shadow >> 1)).astype(np.uint16)[..., None] // 255
    behind = (lit * free[..., None] // 255).astype(np.uint8)
    cut = np.ascontiguousarray(cells[top * FINE : bottom * FINE, left * FINE : right * FINE])
    grey = Image.fromarray(light[top:bottom, left:right])
    return Shape(cut, (int(left), int(top)), Image.merge("RGB", (grey, grey, grey)), Image.fromarray(behind))


def _codes(normals: Floats, glow: Floats, slots: NDArray[np.uint8]) -> NDArray[np.int32]:
    half = np.float32(SIDE / 2)
    limit = SIDE - 1
    cell = np.minimum((normals[:, 1] * half + half).astype(np.int32), limit) * SIDE
    cell += np.minimum((normals[:, 0] * half + half).astype(np.int32), limit)
    shining = np.flatnonzero(glow >= 0)
    # A facet glitters with what it faces, beside its own brightness.
    bright = glow[shining] + 0.10 * (normals[shining, 1] - 0.4 * normals[shining, 0])
    cell[shining] = (np.clip(bright, 0, 0.9999) * CELLS).astype(np.int32)
    np.maximum(cell, 0, out=cell)
    cell += slots.astype(np.int32) * CELLS
    return cell


def _without_holes(cells: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pixels that no point fell on, though their neighbours on both sides were hit, take a neighbour's cell."""
    for before, here, after in (
        (cells[:, :-2], cells[:, 1:-1], cells[:, 2:]),
        (cells[:-2], cells[1:-1], cells[2:]),
    ):
        hole = (here == 0) & (before != 0) & (after != 0)
        np.copyto(here, before, where=hole)
    return cells


def _corners(near: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Darken what lies behind its surroundings: a depth picture, less its own blur."""
    half = near[::2, ::2]
    known = half > 0
    filled = Image.fromarray(np.where(known, half >> 8, 0).astype(np.uint8))
    weight = Image.fromarray((known * np.uint8(255)).astype(np.uint8))
    dark = np.zeros(half.shape, np.float32)
    fine = half.astype(np.float32) / 256
    for size, strength in ((3, 0.020), (9, 0.012)):
        mean = np.asarray(filled.filter(ImageFilter.BoxBlur(size)), np.float32)
        share = np.asarray(weight.filter(ImageFilter.BoxBlur(size)), np.float32) / 255
        dark += np.clip(mean / np.maximum(share, 0.02) - fine - 1.0, 0, 18) * strength
    light = np.where(known, 255 * (1 - np.clip(dark, 0, 0.55)), 255).astype(np.uint8)
    return np.asarray(Image.fromarray(light).resize((WIDTH, WIDTH), Image.Resampling.BILINEAR))


def _shadow(points: Floats, camera: Camera) -> NDArray[np.uint8]:
    """The soft shadow that falls on the table, or on the wall behind."""
    side = WIDTH // _COARSE
    thin = points
    scale = side / 2 * camera.zoom
    layers = []
    if camera.floor is None:
        lift = thin[:, 2] + 0.35
        where = (thin[:, 0] + 0.10 * lift + 0.03, thin[:, 1] - 0.16 * lift - 0.03)
        layers += [(*where, 2.2, 0.30), (*where, 7.0, 0.30)]
    else:
        lift = np.maximum(thin[:, 1] - camera.floor, 0)
        depth = thin[:, 2] * 0.28
        layers.append((thin[:, 0] + 0.20 * lift, camera.floor + 0.03 * lift - depth, 5.0, 0.34))
        low = lift < 0.12
        layers.append((thin[low, 0], camera.floor + 0.3 * lift[low] - depth[low], 1.6, 0.42))
    dark = np.zeros((side, side), np.float32)
    for x, y, blur, strength in layers:
        column = ((x - camera.centre[0]) * scale + side / 2).astype(np.int32)
        row = (side / 2 - (y - camera.centre[1]) * scale).astype(np.int32)
        inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
        mask = np.zeros((side, side), np.uint8)
        mask[row[inside], column[inside]] = 255
        soft = Image.fromarray(mask).filter(ImageFilter.GaussianBlur(blur * camera.zoom**0.5))
        dark = 1 - (1 - dark) * (1 - np.asarray(soft, np.float32) / 255 * strength)
    picture = Image.fromarray((np.clip(dark, 0, 1) * 255).astype(np.uint8))
    return np.asarray(picture.resize((WIDTH, WIDTH), Image.Resampling.BICUBIC))


def background(top: tuple[int, int, int], bottom: tuple[int, int, int], *, horizon: bool) -> NDArray[np.uint8]:
    """A light ground that darkens softly to its corners: uint8[WIDTH, WIDTH, 3]."""
    y, x = np.mgrid[-1 : 1 : WIDTH * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    share = 1 / (1 + np.exp(-(y - 0.15) * (9.0 if horizon else 2.5)))
    colour = np.asarray(top, np.float32) * (1 - share[..., None]) + np.asarray(bottom, np.float32) * share[..., None]
    corners = 1 - 0.07 * np.clip((x * x + (y - 0.1) ** 2) - 0.25, 0, 2)
    return np.asarray(np.clip(colour * corners[..., None], 0, 255), np.uint8)


def painted(shape: Shape, colours: NDArray[np.uint32]) -> Image.Image:
    """Colour a shape: look its cells up in a palette, shrink, and lay it on its ground.

    Cost:
        About 4 ms.
    """
    height, width = shape.cells.shape
    fine = Image.frombuffer("RGBX", (width, height), colours[shape.cells], "raw", "RGBX", 0, 1)
    front = ImageChops.multiply(fine.reduce(FINE).convert("RGB"), shape.light)
    picture = shape.behind.copy()
    left, top = shape.corner
    box = (left, top, left + front.width, top + front.height)
    picture.paste(ImageChops.add(picture.crop(box), front), box)
    return picture


def jpeg(picture: Image.Image) -> bytes:
    """The picture as JPEG bytes."""
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=88)
    return held.getvalue()
