"""Solid shapes as clouds of surface points with normals: the clay that the jewels are made of.

A cloud is so dense that its points, drawn one pixel each, leave no holes; ``density`` says how many points lie along
one unit of length. The picture is two units wide and high, x to the right, y up, z towards the eye.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from parure.demo.drawing.outlines import TAU, Floats, Outline


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
class Chunk:
    """Points on surfaces of one material.

    Attributes:
        points: float32[n, 3].
        normals: float32[n, 3], unit length, outwards.
        glow: float32[n], brightness from 0 to 1 of each facet; None where the normal decides.
        slot: What it is made of.
    """

    points: Floats
    normals: Floats
    glow: Floats | None
    slot: Slot


@dataclass(frozen=True, slots=True)
class Cloud:
    """A solid shape.

    Attributes:
        chunks: Its surfaces, in no order.
    """

    chunks: tuple[Chunk, ...]

    @classmethod
    def of(cls, points: Floats, normals: Floats, slot: Slot, glow: Floats | None = None) -> Cloud:
        """A cloud of one material; points and normals in any shape that ends in 3."""
        flat = np.ascontiguousarray(points, np.float32).reshape(-1, 3)
        shine = None if glow is None else np.ascontiguousarray(glow, np.float32).reshape(-1)
        return cls((Chunk(flat, np.ascontiguousarray(normals, np.float32).reshape(-1, 3), shine, slot),))

    @property
    def points(self) -> Floats:
        """All points: float32[n, 3]."""
        return np.concatenate([chunk.points for chunk in self.chunks])

    def moved(self, rotation: Floats | None = None, shift: Sequence[float] = (0, 0, 0), scale: float = 1.0) -> Cloud:
        """The cloud scaled, then turned, then shifted; columns of ``rotation`` are where x, y and z go."""
        matrix = np.eye(3, dtype=np.float32) if rotation is None else np.asarray(rotation, np.float32)
        away = np.asarray(shift, np.float32)
        scaled = (matrix * np.float32(scale)).T
        return Cloud(
            tuple(
                Chunk(c.points @ scaled + away, c.normals if rotation is None else c.normals @ matrix.T, c.glow, c.slot)
                for c in self.chunks
            )
        )

    def copies(self, centres: Floats, rotations: Floats | None = None, scales: Floats | None = None) -> Cloud:
        """One copy a centre, float32[m, 3], each with its rotation, float32[m, 3, 3], and scale, float32[m]."""
        m = len(centres)
        away = np.asarray(centres, np.float32)[:, None, :]
        factor = np.float32(1) if scales is None else np.asarray(scales, np.float32)[:, None, None]
        found = []
        for c in self.chunks:
            if rotations is None:
                points = c.points[None] * factor + away
                normals = np.tile(c.normals, (m, 1))
            else:
                turned = np.ascontiguousarray(rotations.transpose(0, 2, 1), np.float32)
                points = c.points @ (turned * factor) + away
                normals = (c.normals @ turned).reshape(-1, 3)
            glow = None if c.glow is None else np.tile(c.glow, m)
            found.append(Chunk(points.reshape(-1, 3), normals, glow, c.slot))
        return Cloud(tuple(found))


def joined(clouds: Iterable[Cloud]) -> Cloud:
    """Several clouds as one."""
    return Cloud(tuple(chunk for cloud in clouds for chunk in cloud.chunks))


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Floats:
    """The rotation by degrees about z, then x, then y: float32[3, 3]."""
    a, b, c = np.radians([x, y, z])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z, np.float32)


def vector(x: float, y: float, z: float) -> Floats:
    """A point or a shift: float32[3]."""
    return np.array([x, y, z], np.float32)


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
    along = np.roll(curve, -1, 0) - np.roll(curve, 1, 0) if closed else np.asarray(np.gradient(curve, axis=0))
    tangent = unit(along)
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
    radii = np.atleast_1d(radius)
    r = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(radii)), radii).astype(np.float32)[:, None]
    across, upwards, tilt_a, tilt_b, angle = _section(float(r.max()) * density, flat, square)
    frame = frames(centre, up, closed=closed)
    side, top = frame[:, None, :, 1], frame[:, None, :, 2]
    points = centre[:, None, :] + side * (r * across)[..., None] + top * (r * upwards)[..., None]
    normals: Floats = side * tilt_a[..., None] + top * tilt_b[..., None]
    if bump is not None:
        tilt = bump(np.linspace(0, 1, count, dtype=np.float32)[:, None], angle)
        normals = normals + frame[:, None, :, 0] * tilt[..., :1]
        normals = unit(np.asarray(normals + np.cross(frame[:, None, :, 0], normals) * tilt[..., 1:]))
    return Cloud.of(points, normals, slot)


def _section(widest: float, flat: float, square: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The outline of a wire's section at equal distances: two places, two parts of the normal, and the angle."""
    # A squared section rushes past its four axes, so the angles are close there.
    t = np.linspace(0, 1, 241)[:-1] ** 3
    quarter = TAU / 4 * t / (t + (1 - np.cbrt(t)) ** 3)
    angle = np.append(np.concatenate([quarter + k * TAU / 4 for k in range(4)]), TAU)
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


def circle(radius: float, count: int = 240, *, start: float = 0.0, end: float = 360.0) -> Floats:
    """An arc by degrees; a full circle leaves its last point out."""
    full = abs(end - start) >= 360
    angle = np.radians(np.linspace(start, end, count, endpoint=not full))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(count)], 1).astype(np.float32)


def outline_curve(outline: Outline, size: float, count: int = 200, z: float = 0.0) -> Floats:
    """The edge of an outline as a closed curve."""
    angle = np.linspace(0, TAU, count, endpoint=False, dtype=np.float32)
    radius = outline(angle) * size
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(count, z, np.float32)], 1)
