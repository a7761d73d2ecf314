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

_RUN: Final = 64
"""So many keys are put in order by counting; half and twice as many take about as long in all."""
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
def in_order(keys: Keys) -> Keys:
    """Keys, the smallest first: short runs by counting, and these merged.

    Neither guesses which of two is smaller, as what sorts by branches does, wrong at every other step.
    """
    ordered = np.empty_like(keys)
    for start in range(0, len(keys), _RUN):
        _count(keys[start : start + _RUN], ordered[start : start + _RUN])
    size, other = _RUN, np.empty_like(keys)
    while size < len(keys):
        for start in range(0, len(keys), 2 * size):
            _merge(ordered[start : start + size], ordered[start + size : start + 2 * size], other[start:])
        ordered, other = other, ordered
        size *= 2
    return ordered


@native
def _count(keys: Keys, ordered: Keys) -> None:
    """Put keys in order by how many are smaller than each, several compared at once."""
    for place in range(len(keys)):
        key, smaller = keys[place], 0
        for other in range(len(keys)):
            smaller += (keys[other] < key) | ((keys[other] == key) & (other < place))
        ordered[smaller] = key


@native
def _merge(left: Keys, right: Keys, merged: Keys) -> None:
    """Put two runs of keys in order together."""
    one = other = 0
    while one < len(left) and other < len(right):
        is_left = left[one] < right[other]
        merged[one + other] = left[one] if is_left else right[other]
        one, other = one + is_left, other + (not is_left)
    merged[one + other : one + len(right)] = right[other:]
    merged[one + len(right) : len(left) + len(right)] = left[one:]


@native
def best_of(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The ``k`` rows with the largest scores, largest first, ties by row, and their scores; NaN is left out."""
    keys = keys_of(rows, scores)
    return told(in_order(keys[: select(keys, k)]))


@native
def best_places(scores: Scores) -> Rows:
    """The places of some scores, the largest first, ties by place; NaN is left out."""
    return rows_of_keys(in_order(places(scores)))


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
