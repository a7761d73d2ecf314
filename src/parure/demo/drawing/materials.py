"""What surfaces look like: a colour for every direction a point can face, and a ramp of brightness for facets.

Metals mirror a studio: a large soft box overhead, strip lights beside, a light table below and a dark gap behind the
camera. Because the eye is far away, the mirrored colour depends on the normal alone, so each material is one small
table that a picture is looked up in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from parure.demo.drawing.outlines import Floats
from parure.demo.drawing.shapes import Slot

SIDE = 128
"""Directions along each axis of a material's table."""
CELLS = SIDE * SIDE
SLOTS = 8

Rgb = tuple[float, float, float]

METALS: dict[str, Rgb] = {
    "yellow gold": (1.00, 0.74, 0.29),
    "rose gold": (0.97, 0.66, 0.54),
    "white gold": (0.91, 0.89, 0.83),
    "silver": (0.95, 0.96, 0.98),
    "platinum": (0.80, 0.82, 0.86),
    "steel": (0.62, 0.65, 0.70),
}
"""Light that each metal throws back, by channel."""

STONES: dict[str, Rgb] = {
    "diamond": (0.90, 0.95, 1.00),
    "zirconia": (0.95, 0.95, 0.98),
    "sapphire": (0.07, 0.16, 0.72),
    "ruby": (0.80, 0.03, 0.14),
    "emerald": (0.02, 0.52, 0.25),
    "amethyst": (0.46, 0.16, 0.74),
    "aquamarine": (0.42, 0.80, 0.88),
    "garnet": (0.48, 0.03, 0.07),
    "citrine": (0.97, 0.66, 0.10),
    "morganite": (0.97, 0.66, 0.62),
    "peridot": (0.52, 0.76, 0.12),
    "topaz": (0.16, 0.52, 0.86),
    "pearl": (0.95, 0.92, 0.87),
    "onyx": (0.035, 0.035, 0.045),
    "turquoise": (0.16, 0.70, 0.70),
    "moonstone": (0.84, 0.88, 0.95),
    "rose quartz": (0.95, 0.72, 0.76),
    "lapis lazuli": (0.08, 0.14, 0.50),
}
"""Body colour of each stone."""


def _directions() -> tuple[Floats, Floats, Floats]:
    """Normals of a table's cells: nx, ny, nz, each float32[SIDE, SIDE]; rows go by ny."""
    axis = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE * 2 - 1
    ny, nx = np.meshgrid(axis, axis, indexing="ij")
    return nx, ny, np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0.0))


def _smooth(value: Floats, low: float, high: float) -> Floats:
    share = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _studio() -> tuple[Floats, Floats]:
    """Light that arrives by mirror from each normal, and the straight facing share: float32[SIDE, SIDE] each."""
    nx, ny, nz = _directions()
    rx, ry, rz = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1
    light = 0.30 + 0.22 * ry
    light += 1.05 * _smooth(ry + 0.25 * rz, 0.30, 0.62) * (0.75 + 0.25 * _smooth(-rx, -0.9, 0.2))
    light += 0.75 * _smooth(-rx, 0.62, 0.80) * _smooth(np.abs(ry), 0.75, 0.35)
    light += 0.45 * _smooth(rx, 0.70, 0.86) * _smooth(np.abs(ry - 0.1), 0.60, 0.25)
    light += 0.42 * _smooth(-ry, 0.45, 0.75)
    light += 0.30 * _smooth(rz, 0.55, 0.95) * _smooth(np.abs(rx + 0.25), 0.55, 0.1)
    light -= 0.20 * _smooth(-ry, 0.05, 0.30) * _smooth(-ry, 0.60, 0.40)
    return np.asarray(np.clip(light, 0.06, 1.55), np.float32), nz


def _bytes(colour: Floats) -> NDArray[np.uint8]:
    """Linear light as display bytes, highlights rolled off: uint8[CELLS, 3]."""
    rolled = np.where(colour > 0.75, 0.75 + 0.27 * np.tanh((colour - 0.75) / 0.42), colour)
    return np.asarray(np.clip(rolled, 0, 1) ** (1 / 1.55) * 255 + 0.5, np.uint8).reshape(-1, 3)


@cache
def metal(name: str) -> NDArray[np.uint8]:
    """The table of a polished metal: uint8[CELLS, 3]."""
    light, nz = _studio()
    tint = np.asarray(METALS[name], np.float32)
    edge = ((1 - nz) ** 5)[..., None]
    body = light[..., None] * (tint + (1 - tint) * edge * 0.5)
    white = np.maximum(light - 1.02, 0)[..., None] * 0.8
    return _bytes(body * (0.55 + 0.45 * tint) + white)


@cache
def smooth_stone(name: str) -> NDArray[np.uint8]:
    """The table of a stone that is polished round, or of a pearl: uint8[CELLS, 3]."""
    nx, ny, nz = _directions()
    light, _ = _studio()
    tint = np.asarray(STONES[name], np.float32)
    lit = np.clip(0.42 + 0.35 * ny - 0.16 * nx + 0.36 * nz, 0.08, 1.2)[..., None]
    shine = _smooth(light, 0.95, 1.3)[..., None]
    if name in ("pearl", "moonstone"):
        inner = np.stack([0.04 * nx, -0.02 * np.ones_like(nx), 0.05 * -ny], -1)
        spot = np.exp(-((nx + 0.34) ** 2 + (ny - 0.42) ** 2) / 0.045)[..., None]
        return _bytes(tint * (0.32 + 0.58 * lit) * (0.88 + 0.12 * nz[..., None]) + inner + 0.55 * spot)
    spot = np.exp(-((nx + 0.36) ** 2 + (ny - 0.44) ** 2) / 0.02)[..., None]
    return _bytes(tint * lit + 0.16 * shine + 0.8 * spot)


@cache
def faceted_stone(name: str) -> NDArray[np.uint8]:
    """The ramp of a cut stone from its darkest facet to its brightest: uint8[CELLS, 3]."""
    tint = np.asarray(STONES[name], np.float32)
    place = np.linspace(0, 1, CELLS, dtype=np.float32)
    pale = float(tint.mean()) > 0.85
    dark = tint * (0.30 if pale else 0.16)
    body = tint * (0.72 if pale else 0.80)
    bright = tint * 0.62 + 0.42
    stops = np.array([0.0, 0.42, 0.74, 0.93, 1.0])
    colours = np.stack([dark, body, (body + bright) / 2 + 0.06, bright + 0.1, np.full(3, 1.25)])
    ramp = np.stack([np.interp(place, stops, colours[:, channel]) for channel in range(3)], 1)
    return _bytes(ramp.astype(np.float32))


@cache
def matte(colour: Rgb, shine: float = 0.0) -> NDArray[np.uint8]:
    """The table of cloth, leather, card or a dial: uint8[CELLS, 3]."""
    nx, ny, nz = _directions()
    lit = np.clip(0.50 + 0.26 * ny - 0.10 * nx + 0.30 * nz, 0.1, 1.1)[..., None]
    spot = np.exp(-((nx + 0.3) ** 2 + (ny - 0.5) ** 2) / 0.12)[..., None]
    rim = ((1 - nz) ** 3)[..., None] * 0.08
    return _bytes(np.asarray(colour, np.float32) * lit + shine * spot + rim)


@cache
def ramp(colour: Rgb) -> NDArray[np.uint8]:
    """The ramp of a brushed dial from shade to light: uint8[CELLS, 3]."""
    place = np.linspace(0.55, 1.25, CELLS, dtype=np.float32)[:, None]
    return _bytes(np.asarray(colour, np.float32) * place + 0.06 * np.maximum(place - 1, 0))


def palette(tables: Mapping[Slot, NDArray[np.uint8]]) -> NDArray[np.uint32]:
    """Materials of one picture as packed pixels, by ``slot * CELLS + cell``: uint32[SLOTS * CELLS]; 0 is nothing."""
    packed = np.zeros((SLOTS * CELLS, 4), np.uint8)
    for slot, table in tables.items():
        rows = packed[int(slot) * CELLS : (int(slot) + 1) * CELLS]
        rows[:, :3] = table
        rows[:, 3] = 255
    return packed.view("<u4").ravel()
