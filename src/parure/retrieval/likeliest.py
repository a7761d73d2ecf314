"""Which of some items speaks most for each of some others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]


@native
def likeliest(likeness: Scores, weight: Scores) -> tuple[Rows, Scores]:
    """For each row of a matrix the column that adds most, -1 where none does, and the likeness there."""
    found, alike = np.full(len(likeness), -1, np.int32), np.zeros(len(likeness), np.float32)
    for item in range(len(likeness)):
        most = np.float32(0)
        for other in range(len(weight)):
            # A comparison with NaN, where nothing is known, is false.
            if likeness[item, other] * weight[other] > most:
                most = likeness[item, other] * weight[other]
                found[item] = other
                alike[item] = likeness[item, other]
    return found, alike
