"""From a cloud of points to a picture: what hides what, shadows and corners once a shape, colours once a variant."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from parure.demo.drawing.materials import CELLS, SIDE
from parure.demo.drawing.outlines import Floats
from parure.demo.drawing.shapes import Chunk, Cloud, Slot

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
        """Points along one unit; the few holes that they leave are closed afterwards."""
        return 0.8 * WIDTH / 2 * FINE * self.zoom


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


@dataclass(frozen=True, slots=True)
class Layer:
    """What a camera sees of a cloud, pixel by pixel on the fine grid.

    Attributes:
        cells: int32[n], place in a palette; 0 is nothing.
        near: uint16[n], how near it is; 0 where nothing is.
        sample: float32[m, 3], some of the points, turned: enough for a shadow.
    """

    cells: NDArray[np.int32]
    near: NDArray[np.uint16]
    sample: Floats


_SIDE = WIDTH * FINE
_BATCH = 120_000
_HOLE = 400
"""Depth behind which a single pixel counts as a hole, in steps of 1/16000 unit."""


def layer(cloud: Cloud, camera: Camera) -> Layer:
    """Work out what of a cloud a camera sees.

    Cost:
        About 30 ms a million points.
    """
    rotation = camera.rotation.astype(np.float32)
    cells = np.zeros(_SIDE * _SIDE, np.int32)
    near = np.zeros(_SIDE * _SIDE, np.uint16)
    total = sum(len(chunk.points) for chunk in cloud.chunks)
    every = max(total // 60_000, 1)
    sample = []
    for points, normals, glow, slot in _batches(cloud.chunks):
        sample.append(points[::every] @ rotation.T)
        _draw(points, normals, glow, slot, rotation, camera, cells, near)
    _without_holes(cells.reshape(_SIDE, _SIDE), near.reshape(_SIDE, _SIDE))
    return Layer(cells, near, np.concatenate(sample))


def _batches(chunks: Sequence[Chunk]) -> Iterator[tuple[Floats, Floats, Floats | None, Slot]]:
    """The surfaces in pieces that stay near the processor: large chunks cut, small ones of a kind put together."""
    small: dict[tuple[Slot, bool], list[Chunk]] = {}
    for chunk in chunks:
        if len(chunk.points) < _BATCH // 4:
            small.setdefault((chunk.slot, chunk.glow is None), []).append(chunk)
            continue
        for low in range(0, len(chunk.points), _BATCH):
            part = slice(low, low + _BATCH)
            yield chunk.points[part], chunk.normals[part], None if chunk.glow is None else chunk.glow[part], chunk.slot
    for (slot, plain), alike in small.items():
        glow = None if plain else np.concatenate([c.glow for c in alike if c.glow is not None])
        yield np.concatenate([c.points for c in alike]), np.concatenate([c.normals for c in alike]), glow, slot


def _draw(
    points: Floats,
    normals: Floats,
    glow: Floats | None,
    slot: Slot,
    rotation: Floats,
    camera: Camera,
    cells: NDArray[np.int32],
    near: NDArray[np.uint16],
) -> None:
    """Put those points of a batch that face the eye and lie before what is drawn already into ``cells``."""
    facing = np.flatnonzero(normals @ rotation[2] > np.float32(-0.02))
    scale = np.float32(_SIDE / 2 * camera.zoom)
    centre = np.array([*camera.centre, 0.0], np.float32)
    matrix = rotation.T * np.array([scale, -scale, 16000], np.float32)
    shift = centre * np.array([-scale, scale, 0], np.float32) + np.array([_SIDE / 2, _SIDE / 2, 32000], np.float32)
    x, y, z = np.ascontiguousarray((points[facing] @ matrix + shift).T)
    inside = (x >= 0) & (x < _SIDE) & (y >= 0) & (y < _SIDE)
    if not inside.all():
        facing, x, y, z = facing[inside], x[inside], y[inside], z[inside]
    depth = np.clip(z, 1, 65534).astype(np.uint16)
    place = y.astype(np.int32) * _SIDE + x.astype(np.int32)
    before = np.flatnonzero(depth > near[place])
    # On 16-bit keys a stable sort is a radix sort; among equal places numpy keeps the value assigned last, the nearest.
    order = before[np.argsort(depth[before], kind="stable")]
    at = place[order]
    near[at] = depth[order]
    chosen = facing[order]
    cells[at] = _codes(normals[chosen] @ rotation[:2].T, None if glow is None else glow[chosen], slot)


def seen(cloud: Cloud, camera: Camera, ground: NDArray[np.uint8], behind: Layer | None = None) -> Shape:
    """A cloud on its ground.

    Args:
        cloud: What is drawn.
        camera: From where.
        ground: uint8[WIDTH, WIDTH, 3], what lies behind.
        behind: What else stands there, seen by the same camera.
    """
    front = layer(cloud, camera)
    if behind is None:
        shadow = _shadow(front.sample, camera)
        cells, near = front.cells, front.near
    else:
        shadow = _shadow(behind.sample, camera)
        nearer = behind.near > front.near
        cells = np.where(nearer & (behind.cells > 0), behind.cells, front.cells)
        near = np.maximum(front.near, behind.near)
    return _on_ground(cells.reshape(_SIDE, _SIDE), _corners(near.reshape(_SIDE, _SIDE)), shadow, ground)


def _on_ground(
    cells: NDArray[np.int32], light: NDArray[np.uint8], shadow: NDArray[np.uint8], ground: NDArray[np.uint8]
) -> Shape:
    full = Image.fromarray((cells > 0) * np.uint8(255)).reduce(FINE)
    left, top, right, bottom = full.getbbox() or (0, 0, 1, 1)
    lit = Image.fromarray(255 - (shadow >> 1))
    free = ImageChops.multiply(lit, ImageChops.invert(full))
    behind = ImageChops.multiply(Image.fromarray(ground), Image.merge("RGB", (free, free, free)))
    cut = np.ascontiguousarray(cells[top * FINE : bottom * FINE, left * FINE : right * FINE])
    grey = Image.fromarray(light[top:bottom, left:right])
    return Shape(cut, (left, top), Image.merge("RGB", (grey, grey, grey)), behind)


def _codes(normals: Floats, glow: Floats | None, slot: Slot) -> NDArray[np.int32]:
    """Places in a palette by normals, float32[n, 2], or by the brightness of facets."""
    if glow is None:
        across = ((normals + np.float32(1)) * np.float32(SIDE / 2)).astype(np.int32)
        np.clip(across, 0, SIDE - 1, out=across)
        return np.asarray(across[:, 1] * SIDE + across[:, 0] + int(slot) * CELLS)
    # A facet glitters with what it faces, beside its own brightness.
    bright = glow + np.float32(0.10) * (normals[:, 1] - np.float32(0.4) * normals[:, 0])
    return np.asarray((np.clip(bright, 0, 0.9999) * CELLS).astype(np.int32) + int(slot) * CELLS)


def _without_holes(cells: NDArray[np.int32], near: NDArray[np.uint16]) -> None:
    """A pixel that lies far behind its neighbours on both sides was missed by the points: it takes a neighbour's."""
    step = np.uint16(_HOLE)
    for before, here, after in (
        (np.s_[:, :-2], np.s_[:, 1:-1], np.s_[:, 2:]),
        (np.s_[:-2], np.s_[1:-1], np.s_[2:]),
    ):
        hole = np.minimum(near[before], near[after])
        found = np.flatnonzero(hole > np.minimum(near[here], 65000) + step)
        cells[here].flat[found] = cells[before].flat[found]
        near[here].flat[found] = hole.flat[found]


def _corners(near: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Darken what lies behind its surroundings: a depth picture, less its own blur."""
    coarse = near[::_COARSE, ::_COARSE]
    known = coarse > 0
    filled = Image.fromarray((coarse >> 8).astype(np.uint8))
    weight = Image.fromarray(known * np.uint8(255))
    dark = np.zeros(coarse.shape, np.float32)
    fine = coarse.astype(np.float32) / 256
    for size, strength in ((2, 0.020), (5, 0.012)):
        mean = np.asarray(filled.filter(ImageFilter.BoxBlur(size)), np.float32)
        share = np.asarray(weight.filter(ImageFilter.BoxBlur(size)), np.float32) / 255
        dark += np.clip(mean / np.maximum(share, 0.02) - fine - 1.0, 0, 18) * np.float32(strength)
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
    dark: Floats = np.zeros((side, side), np.float32)
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
