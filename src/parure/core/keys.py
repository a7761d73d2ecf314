"""Rows with scores as whole numbers, so that the best come first: by score, and of equal ones by row."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]
Keys = NDArray[np.int64]
"""int64[n], the smaller the better: the score in the upper half, the row in the lower one."""

_BITS: Final = 0x7FFFFFFF
_LOW: Final = 0xFFFFFFFF


@native
def keys_of(rows: Rows, scores: Scores) -> Keys:
    """Keys of some rows, less those whose score is NaN."""
    keys, found = np.empty(len(rows), np.int64), 0
    plain = scores + np.float32(0)  # turns -0 into 0, which equals it
    bits = plain.view(np.int32)
    for place in range(len(rows)):
        # Scores sort as their bits do, those below 0 the other way round.
        keys[found] = rows[place] - (np.int64(bits[place] if bits[place] >= 0 else -(bits[place] & _BITS)) << 32)
        found += not np.isnan(scores[place])
    return keys[:found]


@native
def told(keys: Keys) -> tuple[Rows, Scores]:
    """The rows and scores that keys were made of."""
    rows, scores = np.empty(len(keys), np.int32), np.empty(len(keys), np.float32)
    bits = scores.view(np.int32)
    for place in range(len(keys)):
        row = keys[place] & _LOW
        said = (row - keys[place]) >> 32
        rows[place], bits[place] = row, said if said >= 0 else -said - 2**31
    return rows, scores


@native
def score_of(key: int) -> float:
    """The score that a key was made of."""
    _, scores = told(np.full(1, key, np.int64))
    return scores[0]  # type: ignore[no-any-return]


@native
def select(keys: Keys, k: int) -> int:
    """Bring the ``k`` smallest of distinct keys to the front, the largest of them last; how many there are (Hoare)."""
    low, high, wanted = 0, len(keys) - 1, k - 1
    while low < high and wanted < len(keys):
        middle = keys[(low + high) // 2]
        left, right = low, high
        while left <= right:
            while keys[left] < middle:
                left += 1
            while keys[right] > middle:
                right -= 1
            if left <= right:
                keys[left], keys[right] = keys[right], keys[left]
                left += 1
                right -= 1
        if wanted <= right:
            high = right
        elif wanted >= left:
            low = left
        else:
            break
    return min(k, len(keys))


@native
def places(scores: Scores) -> Keys:
    """Keys of scores with their places for rows, less those that are NaN."""
    return keys_of(np.arange(len(scores)).astype(np.int32), scores)


@native
def rows_of_keys(keys: Keys) -> Rows:
    """The rows that keys were made of."""
    rows = np.empty(len(keys), np.int32)
    for place in range(len(keys)):
        rows[place] = keys[place] & _LOW
    return rows
