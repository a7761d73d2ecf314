"""The head of a jewel, for rings, pendants, drops and clasps: a stone, or bare metal, in the ornament's setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parure.demo.drawing.gems import CUTS, beads, bezel, cut_stone, halo, prongs, stone
from parure.demo.drawing.outlines import (
    TAU,
    Floats,
    box_outline,
    heart_outline,
    oval_outline,
    petal_outline,
    polygon_outline,
    round_outline,
    star_outline,
)
from parure.demo.drawing.shapes import (
    Chunk,
    Cloud,
    Slot,
    ball,
    circle,
    joined,
    outline_curve,
    plate,
    resampled,
    rope,
    tube,
    turn,
    unit,
    vector,
)


@dataclass(frozen=True, slots=True)
class Head:
    """What a head is made from.

    Attributes:
        ornament: Its setting.
        family: Of the stone: faceted, cabochon, pearl, or none.
        cut: Outline of the stone.
        size: Half the width of the whole, about.
        density: Points along one unit.
        variety: 0 to 1, chooses between makes of the same ornament.
    """

    ornament: str
    family: str
    cut: str
    size: float
    density: float
    variety: float

    @property
    def bare(self) -> bool:
        """Whether there is no stone."""
        return self.family == "none"

    def stone(self, share: float, *, lift: float = 0.0) -> Cloud:
        """The main stone, or a polished boss where there is none, ``share`` of the head's size."""
        size = self.size * share
        if self.bare:
            return plate(CUTS[self.cut], size * 0.9, self.density, height=0.35, dome=2.4).moved(shift=(0, 0, lift))
        return stone(self.family, self.cut, size, self.density).moved(shift=(0, 0, lift))

    def held(self, share: float, *, lift: float = 0.0) -> Cloud:
        """The stone with what holds it."""
        body = self.stone(share, lift=lift)
        if self.bare:
            return body
        size = self.size * share
        if self.family == "faceted" and self.cut not in ("marquise", "heart"):
            claws = prongs(self.cut, size, self.density, count=4 if self.variety < 0.6 else 6, turned=45)
            return joined([body, claws.moved(shift=(0, 0, lift))])
        if self.family == "pearl":
            return joined([body, tube(circle(size * 0.72, 80), size * 0.12, self.density, closed=True)])
        return joined([body, bezel(self.cut, size, self.density).moved(shift=(0, 0, lift))])


def hammered(cloud: Cloud, *, strength: float = 0.30, fineness: float = 26.0) -> Cloud:
    """The cloud with the dents of a hammer in its metal."""
    return Cloud(tuple(_beaten(c, strength, fineness) if c.slot == Slot.METAL else c for c in cloud.chunks))


def _beaten(chunk: Chunk, strength: float, fineness: float) -> Chunk:
    x, y, z = np.ascontiguousarray((chunk.points * np.float32(fineness)).T)
    tilt = np.stack(
        [
            np.sin(x * 1.7 + 1.9 * np.sin(y * 1.1 + z)) + 0.6 * np.sin(z * 2.3 + x),
            np.sin(y * 1.9 + 1.7 * np.sin(x * 1.3 + 0.5 * z)) + 0.6 * np.sin(x * 2.1 - y),
            np.sin(z * 1.8 + 1.6 * np.sin(x + y * 1.2)),
        ],
        1,
    )
    return replace(chunk, normals=unit(chunk.normals + tilt * np.float32(strength)))


def spread(cloud: Cloud, radius: float, count: int, *, turned: float = 0.0, lift: float = 0.0) -> Cloud:
    """Copies round the middle, each turned to look outwards along its own x axis."""
    angle = np.radians(turned) + np.arange(count) * TAU / count
    centres = np.stack([np.cos(angle) * radius, np.sin(angle) * radius, np.full(count, lift)], 1).astype(np.float32)
    rotations = np.stack([turn(z=float(np.degrees(a))) for a in angle])
    return cloud.copies(centres, rotations)


def scroll(size: float, density: float, *, wire: float = 0.0) -> Cloud:
    """A wire rolled in at its end, as filigree has them."""
    angle = np.linspace(0, 2.6 * np.pi, 70)
    radius = size * (0.12 + 0.88 * (1 - angle / angle[-1]))
    path = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros_like(angle)], 1)
    return tube(path.astype(np.float32), wire or size * 0.14, density)


def _minimal(head: Head) -> Cloud:
    if head.bare and head.variety < 0.35:
        bar = np.array([[-head.size, 0, 0], [head.size, 0, 0]], np.float32)
        ends = ball(head.size * 0.10, head.density).copies(bar)
        return joined([tube(bar, head.size * 0.10, head.density), ends])
    if head.bare and head.variety < 0.7:
        return tube(circle(head.size * 0.62), head.size * 0.10, head.density, closed=True)
    if head.bare:
        return plate(round_outline, head.size * 0.72, head.density, height=0.16, dome=3)
    return head.held(0.62)


def _twisted(head: Head) -> Cloud:
    ring = outline_curve(CUTS[head.cut], head.size * 0.86)
    twist = rope(ring, head.size * 0.13, head.density, turns=16, closed=True)
    return joined([head.held(0.62), twist])


def _hammered(head: Head) -> Cloud:
    outline = (round_outline, oval_outline, polygon_outline(5, 90, 0.6))[int(head.variety * 2.99)]
    disc = plate(outline, head.size, head.density, height=0.14, dome=3)
    beaten = hammered(disc, strength=0.26, fineness=7.5 / head.size)
    return beaten if head.bare else joined([beaten, head.held(0.36, lift=head.size * 0.14)])


def _filigree(head: Head) -> Cloud:
    size, density = head.size, head.density
    count = 8 if head.variety < 0.5 else 6
    curl = scroll(size * 0.26, density)
    mirrored = curl.moved(rotation=np.diag([1, -1, 1]).astype(np.float32))
    wide = 180.0 / count
    parts = [
        head.held(0.36, lift=size * 0.06),
        spread(curl, size * 0.72, count, turned=wide * 0.55),
        spread(mirrored, size * 0.72, count, turned=-wide * 0.55),
        tube(circle(size * 0.46), size * 0.045, density, closed=True),
        tube(circle(size), size * 0.05, density, closed=True),
        beads(circle(size * 1.09, 44), size * 0.055, density),
    ]
    return joined(parts)


def _art_deco(head: Head) -> Cloud:
    size, density = head.size, head.density
    frame = box_outline(0.78, 1.0, 0.36) if head.variety < 0.6 else polygon_outline(8, 22.5)
    parts = [
        tube(outline_curve(frame, size), size * 0.07, density, closed=True, square=0.4, flat=1.5),
        tube(outline_curve(frame, size * 0.74), size * 0.05, density, closed=True, square=0.4, flat=2.0),
        head.held(0.46, lift=size * 0.06),
    ]
    ray = np.array([[size * 0.76, 0, 0], [size * 0.98, 0, 0]], np.float32)
    parts.append(spread(tube(ray, size * 0.035, density, square=0.4), 0.0, 16, turned=11.25))
    baguette = plate(box_outline(0.10, 0.30, 0.05), size, density, slot=Slot.ACCENT, height=0.12, dome=3, glow=_bright)
    for x, tilt in ((-0.62, 0.0), (0.62, 0.0)):
        parts.append(baguette.moved(rotation=turn(z=tilt), shift=(x * size, 0, size * 0.06)))
    fan = [baguette.moved(rotation=turn(z=a), shift=(0, y * size, size * 0.05)) for a, y in ((90, 0.84), (90, -0.84))]
    return joined(parts + fan)


def _bright(share: Floats, angle: Floats) -> Floats:
    return np.asarray(0.62 + 0.3 * np.sin(np.floor(angle * 4 / TAU) * 2.4 + 1) - 0.1 * (share > 0.7), np.float32)


def _geometric(head: Head) -> Cloud:
    sides = (3, 6, 4, 5)[int(head.variety * 3.99)]
    frame = polygon_outline(sides, 90)
    wire = tube(
        resampled(outline_curve(frame, head.size * 1.05, 720), 300, closed=True),
        head.size * 0.085,
        head.density,
        closed=True,
        square=0.35,
        flat=1.2,
    )
    inner = tube(
        outline_curve(polygon_outline(sides, 90 + 180 / sides), head.size * 0.60, 360),
        head.size * 0.045,
        head.density,
        closed=True,
        square=0.35,
    )
    middle = head.stone(0.32) if head.bare else head.held(0.36)
    return joined([wire, inner, middle])


def _floral(head: Head) -> Cloud:
    size, density = head.size, head.density
    petals = (5, 6, 8)[int(head.variety * 2.99)]

    def petal_shape(angle: Floats) -> Floats:
        return np.asarray(oval_outline(angle + np.pi / 2) * (1 + 0.1 * np.cos(angle)), np.float32)

    petal = plate(petal_shape, size * 0.44, density, height=-0.30, dome=2)
    # The crease along a petal's middle catches the light.
    chunk = petal.chunks[0]
    y = chunk.points[:, 1] / np.float32(size)
    crease = np.stack([0 * y, 0.9 * np.tanh(y * 14) * np.exp(-np.abs(y) * 9), 0 * y], 1)
    creased = Cloud((replace(chunk, normals=unit(chunk.normals + crease)),)).moved(rotation=turn(y=-14))
    flower = spread(creased, size * 0.60, petals, turned=90)
    rim = tube(outline_curve(petal_shape, size * 0.44), size * 0.03, density, closed=True).moved(rotation=turn(y=-14))
    parts = [flower, spread(rim, size * 0.60, petals, turned=90), head.held(0.34, lift=size * 0.12)]
    if head.variety > 0.4:
        parts.append(spread(ball(size * 0.05, density), size * 0.36, petals * 2, turned=0, lift=size * 0.08))
    return joined(parts)


def _heart(head: Head) -> Cloud:
    size, density = head.size, head.density
    if head.bare and head.variety < 0.5:
        return plate(heart_outline, size, density, height=0.30, dome=2.6)
    wire = tube(outline_curve(heart_outline, size * 1.08), size * 0.09, density, closed=True)
    if head.variety < 0.75:
        inside = head.held(0.40).moved(shift=(0, -size * 0.10, 0))
        return joined([wire, inside])
    small = cut_stone("round", size * 0.095, density, slot=Slot.ACCENT)
    path = resampled(outline_curve(heart_outline, size * 1.02, 400), 26, closed=True)
    seat = tube(outline_curve(heart_outline, size * 1.02), size * 0.14, density, closed=True, flat=0.5)
    studded = small.copies(path + vector(0, 0, size * 0.06))
    return joined([seat, studded, head.held(0.34).moved(shift=(0, -size * 0.10, 0))])


def _vintage(head: Head) -> Cloud:
    size, density = head.size, head.density
    crown = halo(head.cut, size * 0.54, density, stone_size=size * 0.10)
    edge = outline_curve(CUTS[head.cut], size * 0.98, 500)
    grain = beads(resampled(edge, 46, closed=True), size * 0.045, density)
    skirt = plate(petal_outline(12, 0.10), size * 1.10, density, height=0.06, dome=4).moved(shift=(0, 0, -size * 0.16))
    parts = [head.held(0.52, lift=size * 0.05), crown, grain]
    return joined([*parts, skirt] if head.variety < 0.5 else parts)


def _celestial(head: Head) -> Cloud:
    size, density = head.size, head.density
    star = plate(star_outline(8 if head.variety < 0.5 else 5, 0.52), size, density, height=0.22, dome=1.2)
    if head.variety < 0.7:
        rays = star_outline(4, 0.75)
        cross = plate(rays, size * 1.15, density, height=0.10, dome=1.2).moved(rotation=turn(z=22.5))
        return joined([star, cross, head.held(0.30, lift=size * 0.14)])
    angle = np.radians(np.linspace(55, 305, 90))
    moon = np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1).astype(np.float32) * np.float32(size)
    width = (0.02 + 0.24 * np.sin(np.linspace(0, np.pi, 90))).astype(np.float32) * np.float32(size)
    small = star.moved(shift=(size * 0.5, 0.05, 0), scale=0.42)
    return joined(
        [tube(moon, width, density, flat=0.5), small, head.held(0.24).moved(shift=(-size * 0.85, 0, size * 0.1))]
    )


ORNAMENTS: dict[str, Callable[[Head], Cloud]] = {
    "minimal": _minimal,
    "twisted": _twisted,
    "hammered": _hammered,
    "filigree": _filigree,
    "art deco": _art_deco,
    "geometric": _geometric,
    "floral": _floral,
    "heart": _heart,
    "vintage": _vintage,
    "celestial": _celestial,
}


def motif(head: Head) -> Cloud:
    """The head of a jewel, looking to +z."""
    return ORNAMENTS[head.ornament](head)
