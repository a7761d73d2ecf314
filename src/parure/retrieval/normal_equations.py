"""The normal equations of one history, set up and solved in one go (Cholesky, by the identity of Woodbury)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native_sums

Matrix = NDArray[np.float64]

_LEAST: Final = 1e-12
"""At least this share of what stood on the diagonal must be left."""


def turning(beginning: Matrix) -> Matrix:
    """The inverse of the transposed Cholesky factor L of a symmetric matrix, float64[size, size].

    Row vectors times it are z' = (L^-1 v)'; float64[0, 0] where the matrix is not positive definite.
    """
    factor = beginning.copy()
    if not _factored(factor, np.ones(len(factor)), np.diag(factor).copy()):
        return np.empty((0, 0))
    return np.asarray(np.linalg.inv(np.tril(factor).T), dtype=np.float64)


@native_sums
def solved(
    beginning: Matrix, turn: Matrix, vectors: NDArray[np.float32], rows: NDArray[np.int32], confidence: Matrix
) -> Matrix:
    """The vector x that solves (B + sum of (c - 1) v v') x = sum of c v, over the vectors v of a history.

    A history has fewer items than vectors have numbers, mostly: then equations between its items are solved in place of
    those between numbers, at a third to a half of the cost.

    Args:
        beginning: float64[size, size], B, symmetric.
        turn: What :func:`turning` makes of it.
        vectors: float32[items, size].
        rows: int32[n], those of the history, distinct.
        confidence: float64[n], c, none below 0.

    Returns:
        float64[size]; nothing where the equations have no single solution.
    """
    if len(rows) <= len(turn):
        return _by_items(turn, vectors, rows, confidence)
    return _by_numbers(beginning, vectors, rows, confidence)


@native_sums
def _by_items(turn: Matrix, vectors: NDArray[np.float32], rows: NDArray[np.int32], confidence: Matrix) -> Matrix:
    """:func:`solved` by as many equations as the history has items.

    With B = L L', vectors turned to z = L^-1 v, Z of a row each, R the roots of abs(c - 1) and S the signs of c - 1:
    x = L'^-1 Z' s, where s = c - R (S + R Z Z' R)^-1 R Z Z' c.
    """
    size, count = len(turn), len(rows)
    taken = np.empty((count, size))
    for at in range(count):
        line, vector = taken[at], vectors[rows[at]]
        for place in range(size):
            line[place] = vector[place]
    turned = np.dot(taken, turn)
    products = np.dot(turned, turned.T)
    root, sign = np.sqrt(np.abs(confidence - 1)), np.where(confidence < 1, -1.0, 1.0)
    right: Matrix = root * np.dot(products, confidence)
    size_of = np.empty(count)
    for at in range(count):
        for other in range(count):
            products[at, other] *= root[at] * root[other]
        size_of[at] = products[at, at] + 1
        products[at, at] += sign[at]
    if not (_factored(products, sign, size_of) and _substituted(products, sign, right)):
        return right[:0]
    found: Matrix = np.dot(turn, np.dot(confidence - root * right, turned))
    return found


@native_sums
def _by_numbers(beginning: Matrix, vectors: NDArray[np.float32], rows: NDArray[np.int32], confidence: Matrix) -> Matrix:
    """:func:`solved` by as many equations as vectors have numbers."""
    size = len(beginning)
    left, right, vector = beginning.copy(), np.zeros(size), np.empty(size)
    for at in range(len(rows)):
        for place in range(size):
            vector[place] = vectors[rows[at], place]
            right[place] += confidence[at] * vector[place]
        for place in range(size):
            weight, line = (confidence[at] - 1) * vector[place], left[place]
            for other in range(size):
                line[other] += weight * vector[other]
    sign, size_of = np.ones(size), np.diag(left).copy()
    return right if _factored(left, sign, size_of) and _substituted(left, sign, right) else right[:0]


@native_sums
def _factored(matrix: Matrix, sign: Matrix, size_of: Matrix) -> bool:
    """Turn the lower half of a symmetric matrix into F of F S F', where S has signs on its diagonal (Cholesky's for 1).

    False where it cannot be done without changing the order. It can where the part of each sign is definite, plus or
    minus (Vanderbei, Symmetric quasidefinite matrices, 1995).

    Args:
        matrix: float64[n, n], changed in place.
        sign: float64[n].
        size_of: float64[n], how large the parts are that each number on the diagonal is made of: of what is left of
            them less than a share of :data:`_LEAST`, rounding decides.
    """
    for column in range(len(matrix)):
        line, left = matrix[column], matrix[column, column]
        for place in range(column):
            left -= sign[place] * line[place] * line[place]
        if not sign[column] * left > _LEAST * size_of[column]:
            return False
        matrix[column, column] = np.sqrt(np.abs(left))
        for row in range(column + 1, len(matrix)):
            below, total = matrix[row], 0.0
            for place in range(column):
                total += sign[place] * below[place] * line[place]
            below[column] = sign[column] * (below[column] - total) / line[column]
    return True


@native_sums
def _substituted(factor: Matrix, sign: Matrix, right: Matrix) -> bool:
    """Solve with what :func:`_factored` made, in place of the right side."""
    for row in range(len(right)):
        for place in range(row):
            right[row] -= factor[row, place] * right[place]
        right[row] /= factor[row, row]
    for row in range(len(right)):
        right[row] *= sign[row]
    for row in range(len(right) - 1, -1, -1):
        right[row] /= factor[row, row]
        for place in range(row):
            right[place] -= factor[row, place] * right[row]
    return True
