"""Likenesses of a few items, read where their vectors stand: compiled loops.

BLAS would copy the vectors first, and share so small a product among threads that wait for each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native_sums

Rows = NDArray[np.int32]
Vectors = NDArray[np.float32]


@native_sums
def _four_by_two(a: Vectors, b: Vectors, c: Vectors, d: Vectors, x: Vectors, y: Vectors) -> Any:
    """Products of four vectors with two, all at once: each number that is read serves several sums."""
    ax = ay = bx = by = cx = cy = dx = dy = np.float32(0)
    for number in range(len(a)):
        one, two = x[number], y[number]
        ax += a[number] * one
        bx += b[number] * one
        cx += c[number] * one
        dx += d[number] * one
        ay += a[number] * two
        by += b[number] * two
        cy += c[number] * two
        dy += d[number] * two
    return ax, ay, bx, by, cx, cy, dx, dy


@native_sums
def _products(unit: Vectors, rows: Rows, others: Rows, halved: bool) -> Vectors:
    """Products of some rows of ``unit`` with others; where ``halved``, of rows with themselves, each pair once."""
    found = np.empty((len(rows), len(others)), np.float32)
    last, least = len(rows) - 1, len(others) - 1
    for item in range(0, len(rows), 4):
        # Where fewer are left the last stands in for what is not there.
        second, third, fourth = min(item + 1, last), min(item + 2, last), min(item + 3, last)
        a, b, c, d = unit[rows[item]], unit[rows[second]], unit[rows[third]], unit[rows[fourth]]
        for other in range(item if halved else 0, len(others), 2):
            beside = min(other + 1, least)
            ax, ay, bx, by, cx, cy, dx, dy = _four_by_two(a, b, c, d, unit[others[other]], unit[others[beside]])
            found[item, other], found[item, beside] = ax, ay
            found[second, other], found[second, beside] = bx, by
            found[third, other], found[third, beside] = cx, cy
            found[fourth, other], found[fourth, beside] = dx, dy
    return found


@native_sums
def cosines(unit: Vectors, rows: Rows, others: Rows) -> Vectors:
    """How alike some items and others are: float32[n, m] for int32[n] and int32[m] rows of unit vectors."""
    return _products(unit, rows, others, False)


@native_sums
def gram(unit: Vectors, rows: Rows) -> Vectors:
    """How alike some items are to each other, each pair worked out once: float32[n, n]."""
    found = _products(unit, rows, rows, True)
    for item in range(len(rows)):
        for other in range(item):
            found[item, other] = found[other, item]
    return found


@native_sums
def likenesses(vectors: Vectors, unit: Vectors, rows: Rows) -> Vectors:
    """How alike a few vectors of their own and some items are: float32[vectors, n]."""
    found = np.empty((len(vectors), len(rows)), np.float32)
    for place in range(len(rows)):
        item = unit[rows[place]]
        for style in range(len(vectors)):
            vector, product = vectors[style], np.float32(0)
            for column in range(len(item)):
                product += vector[column] * item[column]
            found[style, place] = product
    return found
