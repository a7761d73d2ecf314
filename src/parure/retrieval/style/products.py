"""Likenesses of a few items, read where their vectors stand: compiled loops.

BLAS would copy the vectors first, and share so small a product among threads that wait for each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native, native_sums

Rows = NDArray[np.int32]
Vectors = NDArray[np.float32]


@native_sums
def _four_by_four(
    a: Vectors, b: Vectors, c: Vectors, d: Vectors, w: Vectors, x: Vectors, y: Vectors, z: Vectors
) -> Any:
    """Products of four vectors with four, all at once: each number that is read serves several sums."""
    aw = ax = ay = az = bw = bx = by = bz = cw = cx = cy = cz = dw = dx = dy = dz = np.float32(0)
    for number in range(len(a)):
        one, two, three, four = w[number], x[number], y[number], z[number]
        aw += a[number] * one
        bw += b[number] * one
        cw += c[number] * one
        dw += d[number] * one
        ax += a[number] * two
        bx += b[number] * two
        cx += c[number] * two
        dx += d[number] * two
        ay += a[number] * three
        by += b[number] * three
        cy += c[number] * three
        dy += d[number] * three
        az += a[number] * four
        bz += b[number] * four
        cz += c[number] * four
        dz += d[number] * four
    return (aw, ax, ay, az), (bw, bx, by, bz), (cw, cx, cy, cz), (dw, dx, dy, dz)


@native_sums
def _products(unit: Vectors, rows: Rows, others: Rows, halved: bool) -> Vectors:
    """Products of some rows of ``unit`` with others; where ``halved``, of rows with themselves, each pair once."""
    found = np.empty((len(rows), len(others)), np.float32)
    for item in range(0, len(rows), 4):
        # Where fewer are left the last stands in for what is not there.
        here = _four_from(item, len(rows))
        a, b, c, d = unit[rows[here[0]]], unit[rows[here[1]]], unit[rows[here[2]]], unit[rows[here[3]]]
        for other in range(item if halved else 0, len(others), 4):
            there = _four_from(other, len(others))
            w, x = unit[others[there[0]]], unit[others[there[1]]]
            y, z = unit[others[there[2]]], unit[others[there[3]]]
            products = _four_by_four(a, b, c, d, w, x, y, z)
            for place in range(4):
                for beside in range(4):
                    found[here[place], there[beside]] = products[place][beside]
    return found


@native
def _four_from(first: int, count: int) -> tuple[int, int, int, int]:
    """Four places from one on; the last again where there are no more."""
    return first, min(first + 1, count - 1), min(first + 2, count - 1), min(first + 3, count - 1)


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
