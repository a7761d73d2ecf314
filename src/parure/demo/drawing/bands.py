"""What a jewel is (its design), and what carries its head: chains, hoops and rows of stones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parure.demo.drawing.gems import beads, cut_stone, stone
from parure.demo.drawing.motifs import Head, hammered, scroll
from parure.demo.drawing.outlines import TAU, Floats, polygon_outline, round_outline
from parure.demo.drawing.render import Camera
from parure.demo.drawing.shapes import (
    Cloud,
    Slot,
    ball,
    circle,
    frames,
    joined,
    length_of,
    plate,
    resampled,
    rope,
    tube,
    turn,
    vector,
)

VIEWS = ("front", "scene", "detail")


@dataclass(frozen=True, slots=True)
class Design:
    """What decides a jewel's shape; its metal and its stone's colour are chosen later.

    Attributes:
        category: rings, necklaces, earrings, bracelets, watches or sets.
        form: Subcategory.
        ornament: Its setting.
        family: Of the stone: faceted, cabochon, pearl, or none.
        cut: Outline of the stone.
        stone_mm: Width of the stone.
        variety: 0 to 1, chooses between makes.
        chain: Kind of chain.
        strap: Of a watch: leather, mesh or links.
    """

    category: str
    form: str
    ornament: str
    family: str
    cut: str
    stone_mm: float
    variety: float
    chain: str = "cable"
    strap: str = "leather"

    def head(self, size: float, density: float) -> Head:
        """Its head at a size."""
        return Head(self.ornament, self.family, self.cut, size, density, self.variety)

    @property
    def large(self) -> float:
        """How large its stone is drawn, about 1."""
        return 0.82 + 0.36 * min(max((self.stone_mm - 3) / 8, 0), 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A jewel before a camera.

    Attributes:
        cloud: All of it, with what it lies on.
        camera: How it is looked at.
        ground: Name of the background.
        prop: Name of what it lies on, in PROPS; empty for none.
    """

    cloud: Cloud
    camera: Camera
    ground: str
    prop: str = ""


def chain(curve: Floats, kind: str, density: float, *, width: float = 0.022, closed: bool = False) -> Cloud:
    """A chain along a curve; ``width`` is half its width."""
    length = length_of(curve, closed=closed)
    if kind == "snake":
        grooves = ridges(int(length / width * 0.9))
        return tube(curve, width * 0.75, density, closed=closed, bump=grooves)
    if kind == "rope":
        return rope(curve, width, density, turns=length / width / 5.5, closed=closed)
    if kind == "ball":
        count = int(length / (width * 1.9))
        return beads(resampled(curve, count, closed=closed), width * 0.9, density)
    if kind == "pearls":
        count = int(length / (width * 4.1))
        return ball(width * 2.1, density, slot=Slot.STONE).copies(resampled(curve, count, closed=closed))
    return _links(curve, density, width=width, long=1.35 if kind == "cable" else 2.1, closed=closed)


def _links(curve: Floats, density: float, *, width: float, long: float, closed: bool) -> Cloud:
    half = width * long
    count = max(int(length_of(curve, closed=closed) / (half * 1.42)) // 2 * 2, 2)
    centres = resampled(curve, count, closed=closed)
    frame = frames(centres, (0, 0, 1), closed=closed)
    angle = np.linspace(0, TAU, 40, endpoint=False)
    path = np.stack([half * np.cos(angle), width * np.sin(angle), 0 * angle], 1).astype(np.float32)
    link = tube(path, width * 0.30, density, closed=True)
    turned = frame.copy()
    turned[1::2] = frame[1::2] @ turn(x=68)
    turned[::2] = frame[::2] @ turn(x=-22)
    return link.copies(centres, turned)


def ridges(count: int) -> Callable[[Floats, Floats], Floats]:
    """Grooves across a wire, so many along it."""

    def bump(along: Floats, angle: Floats) -> Floats:
        wave = np.sin(along * np.float32(count * TAU) + 0 * angle) * np.float32(0.45)
        return np.stack([wave, 0 * wave], -1)

    return bump


def band(design: Design, radius: float, density: float, *, wide: float = 0.075) -> Cloud:
    """The hoop of a ring or bangle in the x-y plane, worked as the ornament asks; ``wide`` is half its width."""
    path = circle(radius, 360)
    kind = design.ornament
    thick = wide * 0.55
    if kind == "twisted":
        return rope(
            path, wide * 0.85, density, turns=radius * TAU / wide / 4.2, closed=True, strands=2 + (design.variety > 0.5)
        )
    if kind == "hammered":
        hoop = tube(path, thick * 0.8, density, closed=True, flat=wide * 1.25 / (thick * 0.8), square=0.6)
        return hammered(hoop, strength=0.24, fineness=2.0 / wide)
    if kind == "filigree":
        rails = [tube(path + vector(0, 0, z), wide * 0.2, density, closed=True) for z in (-wide, wide)]
        return joined([*rails, _between(radius, wide, density)])
    if kind == "vintage":
        hoop = tube(path, thick * 0.75, density, closed=True, flat=wide / (thick * 0.75))
        count = int(radius * TAU / (wide * 0.62))
        edges = [circle(radius + thick * 0.5, count) + vector(0, 0, z) for z in (-wide * 0.95, wide * 0.95)]
        return joined([hoop, *[beads(edge, wide * 0.24, density) for edge in edges]])
    if kind == "art deco":
        steps = ((1.0, 0.5), (0.55, 0.95))
        return joined(
            tube(path, thick * h, density, closed=True, flat=wide * w / (thick * h), square=0.25) for w, h in steps
        )
    if kind == "geometric":
        corners = np.stack([*polygon_outline_path(8 if design.variety < 0.5 else 12, radius)], 1)
        return tube(
            resampled(corners, 720, closed=True), thick, density, closed=True, flat=wide / thick * 0.9, square=0.3
        )
    slim = 0.62 if kind in ("minimal", "heart", "celestial", "floral") else 0.8
    return tube(path, thick * 0.85, density, closed=True, flat=wide * slim / (thick * 0.85))


def polygon_outline_path(sides: int, radius: float) -> tuple[Floats, Floats, Floats]:
    """x, y and z of a polygon that stands on a flat side."""
    angle = np.linspace(0, TAU, 720, endpoint=False, dtype=np.float32)
    r = polygon_outline(sides, 180 / sides, 0.15)(angle) * radius * 1.03
    return (r * np.cos(angle)).astype(np.float32), (r * np.sin(angle)).astype(np.float32), np.zeros(720, np.float32)


def _between(radius: float, wide: float, density: float) -> Cloud:
    """Small curls between the rails of a filigree hoop."""
    count = int(radius * TAU / (wide * 1.7))
    angle = np.arange(count) * TAU / count
    centres = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], 1).astype(np.float32)
    return scroll(wide * 0.85, density, wire=wide * 0.14).copies(centres, outwards(angle))


def outwards(angle: Floats) -> Floats:
    """Rotations that make +z look away from the middle of a hoop, x along it: float32[n, 3, 3]."""
    cos, sin, none = np.cos(angle), np.sin(angle), 0 * angle
    along = np.stack([-sin, cos, none], 1)
    out = np.stack([cos, sin, none], 1)
    across = np.cross(out, along)
    return np.stack([along, across, out], 2).astype(np.float32)


def studded(radius: float, size: float, density: float, *, arc: float, family: str, cut: str, slot: Slot) -> Cloud:
    """Stones side by side on a hoop, over ``arc`` degrees about its top."""
    count = max(int(radius * np.radians(arc) / (size * 2.12)), 1)
    step = size * 2.12 / radius
    angle = np.pi / 2 + (np.arange(count) - (count - 1) / 2) * (TAU / count if arc >= 360 else step)
    one = cut_stone("round", size, density, slot=slot) if slot == Slot.ACCENT else stone(family, cut, size, density)
    seat = plate(round_outline, size * 1.08, density, height=0.05).moved(shift=(0, 0, -size * 0.12))
    claws = ball(size * 0.20, density).copies(
        np.array([[size * 0.95 * x, size * 0.78 * y, size * 0.12] for x in (-1, 1) for y in (-1, 1)], np.float32)
    )
    centres = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], 1).astype(np.float32)
    row = joined([one, seat, claws]).copies(centres, outwards(angle))
    if arc < 360:
        return row
    rails = [circle(radius - size * 0.2) + vector(0, 0, z) for z in (-size * 0.55, size * 0.55)]
    return joined([row, *[tube(rail, size * 0.22, density, closed=True, flat=1.5) for rail in rails]])
