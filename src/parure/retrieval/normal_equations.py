"""The normal equations of one history, set up and solved in one go (Cholesky)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native_sums

Matrix = NDArray[np.float64]

_LEAST: Final = 1e-12
"""Of what stood on the diagonal at least this share must be left, else rounding decides."""


@native_sums
def solved(beginning: Matrix, vectors: NDArray[np.float32], rows: NDArray[np.int32], confidence: Matrix) -> Matrix:
    """The vector x that solves (B + sum of (c - 1) v v') x = sum of c v, over the vectors v of a history.

    Numpy and LAPACK take three times as long, for calls and copies.

    Args:
        beginning: float64[size, size], B, symmetric.
        vectors: float32[items, size].
        rows: int32[n], those of the history.
        confidence: float64[n], c.

    Returns:
        float64[size]; nothing where the equations have no single solution.
    """
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
    return right if _factored(left) and _substituted(left, right) else right[:0]


@native_sums
def _factored(matrix: Matrix) -> bool:
    """Turn the lower half of a symmetric matrix into its Cholesky factor; False where it is not positive definite."""
    for column in range(len(matrix)):
        line, left = matrix[column], matrix[column, column]
        for place in range(column):
            left -= line[place] * line[place]
        if not left > _LEAST * matrix[column, column]:
            return False
        matrix[column, column] = np.sqrt(left)
        for row in range(column + 1, len(matrix)):
            below, total = matrix[row], 0.0
            for place in range(column):
                total += below[place] * line[place]
            below[column] = (below[column] - total) / line[column]
    return True


@native_sums
def _substituted(factor: Matrix, right: Matrix) -> bool:
    """Solve with a Cholesky factor, in place of the right side."""
    for row in range(len(right)):
        for place in range(row):
            right[row] -= factor[row, place] * right[place]
        right[row] /= factor[row, row]
    for row in range(len(right) - 1, -1, -1):
        right[row] /= factor[row, row]
        for place in range(row):
            right[place] -= factor[row, place] * right[row]
    return True
