"""Solid shapes as clouds of surface points with normals: the clay that the jewels are made of.

A cloud is so dense that its points, drawn one pixel each, leave no holes; ``density`` says how many points lie along
one unit of length. The picture is two units wide and high, x to the right, y up, z towards the eye.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
TAU = 2.0 * np.pi


class Slot(IntEnum):
    """What a surface is made of; which material that is, a picture's palette says."""

    METAL = 1
    SECOND_METAL = 2
    STONE = 3
    ACCENT = 4
    PROP = 5
    DIAL = 6
    STRAP = 7


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points on surfaces.

    Attributes:
        points: float32[n, 3].
        normals: float32[n, 3], unit length, outwards.
        glow: float32[n], brightness from 0 to 1 of a facet, or -1 where the normal decides.
        slots: uint8[n], :class:`Slot` numbers.
    """

    points: Floats
    normals: Floats
    glow: Floats
    slots: NDArray[np.uint8]

    @classmethod
    def of(cls, points: Floats, normals: Floats, slot: Slot, glow: Floats | None = None) -> Cloud:
        """A cloud of one material; points and normals in any shape that ends in 3."""
        flat = np.ascontiguousarray(points, np.float32).reshape(-1, 3)
        n = len(flat)
        shine = np.full(n, -1.0, np.float32) if glow is None else np.ascontiguousarray(glow, np.float32).reshape(-1)
        unit = np.ascontiguousarray(normals, np.float32).reshape(-1, 3)
        return cls(flat, unit, shine, np.full(n, int(slot), np.uint8))

    def moved(self, rotation: Floats | None = None, shift: Sequence[float] = (0, 0, 0), scale: float = 1.0) -> Cloud:
        """The cloud scaled, then turned, then shifted; columns of ``rotation`` are where x, y and z go."""
        points, normals = self.points * np.float32(scale), self.normals
        if rotation is not None:
            points, normals = points @ rotation.T, normals @ rotation.T
        return Cloud(points + np.asarray(shift, np.float32), normals, self.glow, self.slots)

    def copies(self, centres: Floats, rotations: Floats | None = None, scales: Floats | None = None) -> Cloud:
        """One copy a centre, float32[m, 3], each with its rotation, float32[m, 3, 3], and scale, float32[m]."""
        m = len(centres)
        points = np.broadcast_to(self.points, (m, *self.points.shape))
        normals = np.broadcast_to(self.normals, (m, *self.normals.shape))
        if scales is not None:
            points = points * scales[:, None, None].astype(np.float32)
        if rotations is not None:
            turn = np.ascontiguousarray(rotations.transpose(0, 2, 1), np.float32)
            points, normals = points @ turn, normals @ turn
        points = points + centres[:, None, :].astype(np.float32)
        return Cloud(
            points.reshape(-1, 3), normals.reshape(-1, 3).copy(), np.tile(self.glow, m), np.tile(self.slots, m)
        )


def joined(clouds: Iterable[Cloud]) -> Cloud:
    """Several clouds as one."""
    parts = list(clouds)
    return Cloud(
        np.concatenate([c.points for c in parts]),
        np.concatenate([c.normals for c in parts]),
        np.concatenate([c.glow for c in parts]),
        np.concatenate([c.slots for c in parts]),
    )


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Floats:
    """The rotation by degrees about z, then x, then y: float32[3, 3]."""
    a, b, c = np.radians([x, y, z])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return (about_y @ about_x @ about_z).astype(np.float32)


def unit(vectors: Floats) -> Floats:
    """Vectors at length 1."""
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None]
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def resampled(curve: Floats, count: int, *, closed: bool = False) -> Floats:
    """``count`` points at equal distances along a curve, float[m, 3]."""
    corners = np.vstack([curve, curve[:1]]) if closed else np.asarray(curve)
    steps = np.sqrt((np.diff(corners, axis=0) ** 2).sum(1))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, along[-1], count, endpoint=not closed)
    return np.stack([np.interp(at, along, corners[:, axis]) for axis in range(3)], 1).astype(np.float32)


def length_of(curve: Floats, *, closed: bool = False) -> float:
    """Length of a curve."""
    corners = np.vstack([curve, curve[:1]]) if closed else curve
    return float(np.sqrt((np.diff(corners, axis=0) ** 2).sum(1)).sum())


def frames(curve: Floats, up: Sequence[float], *, closed: bool = False) -> Floats:
    """A frame a point: columns are tangent, side and up, as near to ``up`` as can be: float32[m, 3, 3]."""
    if closed:
        tangent = np.roll(curve, -1, 0) - np.roll(curve, 1, 0)
    else:
        tangent = np.gradient(curve, axis=0)
    tangent = unit(np.asarray(tangent, np.float32))
    side = unit(np.cross(np.asarray(up, np.float32), tangent))
    return np.stack([tangent, side, np.cross(tangent, side)], 2).astype(np.float32)


Bump = Callable[[Floats, Floats], Floats]
"""(place along 0..1 [m, 1], angle around [1, k]) -> how far the surface tilts, float32[m, k, 2]."""


def tube(
    curve: Floats,
    radius: float | Floats,
    density: float,
    *,
    slot: Slot = Slot.METAL,
    closed: bool = False,
    up: Sequence[float] = (0, 0, 1),
    flat: float = 1.0,
    square: float = 1.0,
    bump: Bump | None = None,
) -> Cloud:
    """A wire along a curve.

    Args:
        curve: float[m, 3].
        radius: Half its width, across ``up``; one number or one a curve point.
        density: Points along one unit.
        slot: What it is made of.
        closed: Whether the end meets the start.
        up: Direction that its upper side looks to.
        flat: Height over width.
        square: 1 for a round section, less for one with edges.
        bump: Small tilts of the surface, as hammering leaves them.
    """
    count = max(int(length_of(curve, closed=closed) * density * 1.05), 8)
    centre = resampled(curve, count, closed=closed)
    r = np.broadcast_to(np.float32(radius), (len(np.atleast_1d(radius)),))
    r = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(r)), r).astype(np.float32)[:, None]
    across, upwards, tilt_a, tilt_b, angle = _section(float(r.max()) * density, flat, square)
    frame = frames(centre, up, closed=closed)
    side, top = frame[:, None, :, 1], frame[:, None, :, 2]
    points = centre[:, None, :] + side * (r * across)[..., None] + top * (r * upwards)[..., None]
    normals = side * tilt_a[..., None] + top * tilt_b[..., None]
    if bump is not None:
        tilt = bump(np.linspace(0, 1, count, dtype=np.float32)[:, None], angle)
        normals = normals + frame[:, None, :, 0] * tilt[..., :1]
        normals = unit(normals + np.cross(frame[:, None, :, 0], normals) * tilt[..., 1:])
    return Cloud.of(points, normals, slot)


def _section(widest: float, flat: float, square: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The outline of a wire's section at equal distances: two places, two parts of the normal, and the angle."""
    angle = np.linspace(0, TAU, 721)
    cos, sin = np.cos(angle), np.sin(angle)
    across = np.sign(cos) * np.abs(cos) ** square
    upwards = np.sign(sin) * np.abs(sin) ** square * flat
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(across), np.diff(upwards)))])
    count = max(int(along[-1] * widest * 1.05), 8)
    angle = np.interp(np.linspace(0, along[-1], count, endpoint=False), along, angle)
    cos, sin = np.cos(angle), np.sin(angle)
    tilt_a = np.sign(cos) * np.abs(cos) ** (2 - square)
    tilt_b = np.sign(sin) * np.abs(sin) ** (2 - square) / flat
    size = np.hypot(tilt_a, tilt_b)
    found = (
        np.sign(cos) * np.abs(cos) ** square,
        np.sign(sin) * np.abs(sin) ** square * flat,
        tilt_a / size,
        tilt_b / size,
        angle,
    )
    a, b, c, d, e = (part.astype(np.float32)[None, :] for part in found)
    return a, b, c, d, e


def rope(
    curve: Floats, radius: float, density: float, *, turns: float, strands: int = 2, closed: bool = False
) -> Cloud:
    """Wires twisted about a curve; ``turns`` over its whole length."""
    count = max(int(turns * 14), 60)
    centre = resampled(curve, count, closed=closed)
    frame = frames(centre, (0.2, 0.3, 1), closed=closed)
    place = np.linspace(0, TAU * round(turns), count, endpoint=not closed)
    thick = radius * (0.58 if strands == 2 else 0.5)
    parts = []
    for strand in range(strands):
        angle = place + TAU * strand / strands
        offset = frame[:, :, 1] * np.cos(angle)[:, None] + frame[:, :, 2] * np.sin(angle)[:, None]
        wire = (centre + offset * (radius - thick * 0.8)).astype(np.float32)
        parts.append(tube(wire, thick, density, closed=closed, up=(0.31, 0.2, 1)))
    return joined(parts)


def ball(radius: float, density: float, *, slot: Slot = Slot.METAL, stretch: Sequence[float] = (1, 1, 1)) -> Cloud:
    """A ball, or an ellipsoid where stretched."""
    count = max(int(2 * TAU * (radius * density) ** 2 * 1.5), 60)
    row = np.arange(count) + 0.5
    z = 1 - 2 * row / count
    angle = np.mod(row * (np.pi * (1 + 5**0.5)), TAU)
    flat = np.sqrt(np.maximum(1 - z * z, 0))
    sphere = np.stack([flat * np.cos(angle), flat * np.sin(angle), z], 1).astype(np.float32)
    factors = np.asarray(stretch, np.float32)
    return Cloud.of(sphere * radius * factors, unit(sphere / factors), slot)


Outline = Callable[[Floats], Floats]
"""(angle) -> distance of the edge from the middle."""


def plate(
    outline: Outline,
    size: float,
    density: float,
    *,
    slot: Slot = Slot.METAL,
    height: float = 0.1,
    dome: float = 2.0,
    glow: Callable[[Floats, Floats], Floats] | None = None,
) -> Cloud:
    """A domed plate that looks to +z, with its rim at z = 0.

    Args:
        outline: Its shape.
        size: What the outline is multiplied by.
        density: Points along one unit.
        slot: What it is made of.
        height: Of the dome over ``size``.
        dome: 2 is round, more is flat with a rounded edge.
        glow: (share of the way to the edge, angle) -> brightness.
    """
    widest = size * float(outline(np.linspace(0, TAU, 180, dtype=np.float32)).max())
    rings = max(int(widest * 1.25 * density), 5)
    around = max(int(TAU * widest * density), 24)
    share = (
        np.sqrt((np.arange(rings, dtype=np.float32) + 0.5) / rings)
        if rings < 9
        else (np.arange(rings, dtype=np.float32) + 0.5) / rings
    )[:, None]
    angle = np.linspace(0, TAU, around, endpoint=False, dtype=np.float32)[None, :]
    edge = outline(angle) * size
    slope = np.gradient(edge[0], TAU / around)[None, :].astype(np.float32)
    radius = share * edge
    cos, sin = np.cos(angle), np.sin(angle)
    top = np.broadcast_to(height * size * (1 - share**dome), radius.shape)
    points = np.stack([radius * cos, radius * sin, top], -1)
    fall = height * size * dome * share ** (dome - 1) / np.maximum(edge, 1e-4)
    lean = -slope / np.maximum(edge, 1e-4)
    normals = unit(np.stack([fall * (cos - lean * -sin), fall * (sin - lean * cos), np.ones_like(radius)], -1))
    brightness = (
        None if glow is None else glow(np.broadcast_to(share, radius.shape), np.broadcast_to(angle, radius.shape))
    )
    return Cloud.of(points, normals, slot, brightness)


def circle(radius: float, count: int = 240, *, start: float = 0.0, end: float = 360.0, plane: str = "xy") -> Floats:
    """An arc by degrees; a full circle leaves its last point out. ``plane`` xz stands like a ring seen from its front."""
    full = abs(end - start) >= 360
    angle = np.radians(np.linspace(start, end, count, endpoint=not full))
    first, second, none = radius * np.cos(angle), radius * np.sin(angle), np.zeros(count)
    columns = {"xy": (first, second, none), "xz": (first, none, second)}[plane]
    return np.stack(columns, 1).astype(np.float32)


def outline_curve(outline: Outline, size: float, count: int = 200, z: float = 0.0) -> Floats:
    """The edge of an outline as a closed curve."""
    angle = np.linspace(0, TAU, count, endpoint=False, dtype=np.float32)
    radius = outline(angle) * size
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(count, z, np.float32)], 1)


# Outlines: distance of the edge by angle, about 1 at the widest.


def round_outline(angle: Floats) -> Floats:
    """A circle."""
    return np.ones_like(angle)


def oval_outline(angle: Floats) -> Floats:
    """An upright oval."""
    return np.asarray(1 / np.sqrt((np.cos(angle) / 0.76) ** 2 + np.sin(angle) ** 2), np.float32)


def _traced(points: NDArray[np.float64]) -> Outline:
    """The outline of a closed path round the middle."""
    angle = np.mod(np.arctan2(points[:, 1], points[:, 0]), TAU)
    order = np.argsort(angle)
    angles, radii = angle[order], np.hypot(points[:, 0], points[:, 1])[order]

    def outline(at: Floats) -> Floats:
        return np.asarray(np.interp(np.mod(at, TAU), angles, radii, period=TAU), np.float32)

    return outline


def _marquise() -> Outline:
    lens = np.radians(np.linspace(-56, 56, 150))
    side = np.stack([np.cos(lens) - np.cos(lens[0]), np.sin(lens)], 1) / np.sin(lens[-1])
    return _traced(np.vstack([side, -side]))


def _pear() -> Outline:
    belly = np.radians(np.linspace(-205, 25, 150))
    drop = np.stack([0.64 * np.cos(belly), 0.64 * np.sin(belly) - 0.30], 1)
    share = np.linspace(0, 1, 40)[1:, None]
    tip = np.array([[0.0, 1.0]])
    bulge = np.sin(np.pi * share) * 0.05 * np.array([[1.0, 0.4]])
    right = drop[-1:] * (1 - share) + tip * share + bulge
    return _traced(np.vstack([drop, right, right * [[-1, 1]]]))


def _heart() -> Outline:
    t = np.linspace(0, TAU, 300, endpoint=False)
    x, y = 16 * np.sin(t) ** 3, 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return _traced(np.stack([x, y + 2.4], 1) / 16.5)


marquise_outline = _marquise()
"""An upright pointed oval."""
pear_outline = _pear()
"""A drop with its point up."""
heart_outline = _heart()
"""A heart with its point down."""


def polygon_outline(sides: int, turned: float = 0.0, soft: float = 0.0) -> Outline:
    """A regular polygon; ``turned`` by degrees, ``soft`` from 0 (sharp) to 1 (a circle)."""

    def outline(angle: Floats) -> Floats:
        wedge = TAU / sides
        away = np.mod(angle - np.radians(turned) + wedge / 2, wedge) - wedge / 2
        sharp = np.cos(np.pi / sides) / np.cos(away)
        return np.asarray(sharp * (1 - soft) + soft, np.float32)

    return outline


def box_outline(width: float, height: float, corner: float = 0.12) -> Outline:
    """A rectangle of half ``width`` and half ``height``, its corners cut."""

    def outline(angle: Floats) -> Floats:
        cos, sin = np.abs(np.cos(angle)), np.abs(np.sin(angle))
        sides = np.minimum(width / np.maximum(cos, 1e-4), height / np.maximum(sin, 1e-4))
        return np.asarray(np.minimum(sides, (width + height - corner) / (cos + sin)), np.float32)

    return outline


def star_outline(points: int, depth: float = 0.5, turned: float = 90.0) -> Outline:
    """A star; ``depth`` from 0 (none) to 1."""

    def outline(angle: Floats) -> Floats:
        wedge = TAU / points
        away = np.abs(np.mod(angle - np.radians(turned) + wedge / 2, wedge) - wedge / 2) / (wedge / 2)
        return np.asarray(1 / (1 + away * depth / (1 - depth)), np.float32)

    return outline


def petal_outline(petals: int, depth: float = 0.3) -> Outline:
    """A flower seen from above."""

    def outline(angle: Floats) -> Floats:
        return np.asarray(1 - depth + depth * np.abs(np.cos((angle - np.pi / 2) * petals / 2)) ** 0.7, np.float32)

    return outline
