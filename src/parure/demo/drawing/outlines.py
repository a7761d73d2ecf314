"""Outlines of stones, plates and petals: the distance of the edge from the middle, by angle, about 1 at the widest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TAU = 2.0 * np.pi

Floats = NDArray[np.floating[Any]]
"""Numbers of single precision; a small array may be double on its way."""

Outline = Callable[[Floats], Floats]
"""(angle) -> distance of the edge from the middle."""


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
