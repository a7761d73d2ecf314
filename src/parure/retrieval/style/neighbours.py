"""Customers of like style."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core import best_first
from parure.retrieval.style.profiles import Vectors

_BLOCK: Final = 256


def style_neighbours(
    profiles: Vectors, wanted: NDArray[np.integer], k: int
) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """The rows most alike to given rows, by cosine, without the row itself.

    Args:
        profiles: float32[rows, size], of length 1; NaN for a row without a style, which is nobody's neighbour.
        wanted: Rows.
        k: How many at most.

    Returns:
        For each of ``wanted`` the neighbours' rows, nearest first, ties by row, and their cosines; none for a row
        without a style.

    Cost:
        One product of the wanted rows with all.
    """
    found = []
    for start in range(0, len(wanted), _BLOCK):
        rows = np.asarray(wanted[start : start + _BLOCK])
        for row, cosine in zip(rows, profiles[rows] @ profiles.T, strict=True):
            cosine[row] = np.nan
            best = best_first(cosine, k)
            found.append((best, cosine[best]))
    return found
