"""Cut stones, round-polished stones, pearls and their settings."""

from __future__ import annotations

import numpy as np

from parure.demo.drawing.outlines import (
    TAU,
    Floats,
    Outline,
    box_outline,
    heart_outline,
    marquise_outline,
    oval_outline,
    pear_outline,
    round_outline,
)
from parure.demo.drawing.shapes import Cloud, Slot, ball, joined, outline_curve, plate, resampled, tube

CUTS: dict[str, Outline] = {
    "round": round_outline,
    "oval": oval_outline,
    "pear": pear_outline,
    "marquise": marquise_outline,
    "princess": box_outline(0.80, 0.80, 0.06),
    "emerald": box_outline(0.66, 0.95, 0.28),
    "heart": heart_outline,
}
"""Outline of each cut."""

_STEPPED = {"princess", "emerald"}


def _hash(*keys: Floats) -> Floats:
    """A number from 0 to 1 that is the same for equal keys."""
    mixed = sum(key * factor for key, factor in zip(keys, (12.9898, 78.233, 37.719), strict=False))
    return np.asarray(np.mod(np.sin(mixed) * 43758.5453, 1.0), np.float32)


def _brilliant(share: Floats, angle: Floats) -> Floats:
    """Brightness of the kites and triangles of a brilliant cut."""
    eighth = TAU / 8
    wave = np.abs(np.mod(angle / eighth, 1.0) - 0.5) * 2
    ring = (share > 0.20 + 0.14 * wave).astype(np.float32)
    ring += share > 0.52 - 0.10 * wave
    ring += share > 0.70 + 0.12 * wave
    ring += share > 0.88
    sector = np.floor(angle / (eighth / 2) + (ring % 2) * 0.5)
    value = _hash(sector % 16, ring)
    facing = 0.16 * np.sin(angle * 1.0 + 0.8) * share
    glow = 0.22 + 0.62 * value + facing + 0.10 * (share < 0.5)
    seam = np.abs(np.mod(angle / (eighth / 2) + (ring % 2) * 0.5, 1.0) - 0.5) > 0.46
    return np.asarray(np.clip(glow + 0.18 * seam * (value < 0.7), 0.03, 0.999), np.float32)


def _stepped(share: Floats, angle: Floats, sides: Floats) -> Floats:
    """Brightness of the long steps of an emerald or princess cut."""
    ring = np.floor(share * 5.0)
    value = _hash(sides, ring + 3)
    facing = np.asarray([0.22, 0.05, -0.12, 0.0], np.float32)[(sides.astype(np.int32) // 2) % 4]
    edge = np.mod(share * 5.0, 1.0) > 0.90
    table = share < 0.4
    sweep = 0.30 * np.sin(angle * 2 + 0.6) * table
    glow = 0.40 + 0.34 * value + facing + 0.16 * edge + sweep
    return np.asarray(np.clip(glow, 0.03, 0.999), np.float32)


def cut_stone(cut: str, size: float, density: float, *, slot: Slot = Slot.STONE) -> Cloud:
    """A faceted stone that looks to +z, ``size`` units from its middle to its edge."""
    outline = CUTS[cut]

    def glow(share: Floats, angle: Floats) -> Floats:
        if cut in _STEPPED:
            corner = np.arctan2(0.95, 0.66) if cut == "emerald" else TAU / 8
            side = np.floor(np.mod(angle + corner, TAU) / (TAU / 4)) * 2
            return _stepped(share, angle, side)
        return _brilliant(share, angle)

    return plate(outline, size, density, slot=slot, height=0.34, dome=3.0, glow=glow)


def cabochon(cut: str, size: float, density: float) -> Cloud:
    """A stone polished to a dome."""
    return plate(CUTS[cut], size, density, slot=Slot.STONE, height=0.62, dome=2.0)


def pearl(size: float, density: float) -> Cloud:
    """A pearl whose middle lies above the setting."""
    return ball(size, density, slot=Slot.STONE).moved(shift=(0, 0, size * 0.45))


def stone(family: str, cut: str, size: float, density: float) -> Cloud:
    """A stone of a family: faceted, cabochon or pearl."""
    if family == "pearl":
        return pearl(size, density)
    return cabochon(cut, size, density) if family == "cabochon" else cut_stone(cut, size, density)


def prongs(cut: str, size: float, density: float, *, count: int = 4, turned: float = 45.0) -> Cloud:
    """Claws that hold a stone, and the gallery under it."""
    outline = CUTS[cut]
    angle = np.radians(turned) + np.arange(count, dtype=np.float32) * TAU / count
    radius = outline(angle) * size
    parts = []
    for a, r in zip(angle, radius, strict=True):
        out = np.array([np.cos(a), np.sin(a)])
        path = np.array([[*(out * r * 0.75), -0.45 * size], [*(out * r * 1.05), 0.02], [*(out * r * 0.93), 0.2 * size]])
        parts.append(tube(path.astype(np.float32), 0.09 * size + 0.004, density, up=(out[1], -out[0], 0.1)))
        parts.append(ball(0.115 * size + 0.005, density).moved(shift=(*(out * r * 0.93), 0.2 * size)))
    gallery = outline_curve(outline, size * 0.86, z=-0.22 * size)
    parts.append(tube(gallery, 0.055 * size, density, closed=True))
    return joined(parts)


def bezel(cut: str, size: float, density: float) -> Cloud:
    """A smooth collar round a stone."""
    edge = outline_curve(CUTS[cut], size * 1.06, z=0.0)
    back = plate(CUTS[cut], size * 1.02, density * 0.7, height=-0.02).moved(shift=(0, 0, -0.1 * size))
    return joined([tube(edge, 0.10 * size, density, closed=True, flat=1.6), back])


def beads(curve: Floats, radius: float, density: float, *, slot: Slot = Slot.METAL) -> Cloud:
    """Small balls along a curve, one a point."""
    return ball(radius, density, slot=slot).copies(curve)


def halo(cut: str, size: float, density: float, *, stone_size: float) -> Cloud:
    """Small bright stones round a large one."""
    count = max(int(TAU * size * 1.18 / (stone_size * 2.15)), 8)
    ring = outline_curve(CUTS[cut], size + stone_size * 1.35, 400)
    centres = resampled(ring, count, closed=True)
    small = cut_stone("round", stone_size, density, slot=Slot.ACCENT)
    seat = plate(round_outline, stone_size * 1.3, density, height=0.05).moved(shift=(0, 0, -0.05 * stone_size))
    edge = tube(outline_curve(CUTS[cut], size + stone_size * 2.6), stone_size * 0.3, density, closed=True)
    under = plate(CUTS[cut], size + stone_size * 2.4, density, height=0.02).moved(shift=(0, 0, -stone_size * 0.5))
    return joined([joined([small, seat]).copies(centres), edge, under])


__all__ = [
    "CUTS",
    "beads",
    "bezel",
    "cabochon",
    "cut_stone",
    "halo",
    "pearl",
    "prongs",
    "stone",
]
