"""Rows of a catalogue as bits: whether one is among many, at next to no cost for making and for asking."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native

Rows = NDArray[np.int32]
Marks = NDArray[np.uint64]
"""uint64[items // 64 + 1], one bit a row of the catalogue; uint64[0] where none is marked."""

_NONE: Final[Marks] = np.empty(0, np.uint64)


@native
def marks_of(rows: Rows, size: int) -> Marks:
    """The bits of some rows of a catalogue of ``size`` items; rows below 0 are passed over."""
    marks = np.zeros(size // 64 + 1, np.uint64)
    for row in rows:
        if row >= 0:
            marks[row >> 6] |= np.uint64(1) << np.uint64(row & 63)
    return marks


class _Barred:
    """The bits of the rows that were asked for last: the sources of a request all bar the same."""

    def __init__(self) -> None:
        self._last: tuple[Rows, int, Marks] | None = None

    def __call__(self, rows: Rows, size: int) -> Marks:
        """What :func:`marks_of` gives, for rows that never change once they are made."""
        if not len(rows):
            return _NONE
        last = self._last
        if last is None or last[0] is not rows or last[1] != size:
            # One assignment: a thread that reads meanwhile sees what belongs together.
            self._last = last = rows, size, marks_of(rows, size)
        return last[2]


barred_marks = _Barred()


@native
def is_marked(marks: Marks, row: int) -> bool:
    """Whether a row, 0 or more, is among those marked."""
    return len(marks) > 0 and marks[row >> 6] >> np.uint64(row & 63) & np.uint64(1) != 0


@native
def distinct(rows: Rows, size: int) -> Rows:
    """Some rows of a catalogue of ``size`` items, each once and ascending: int32[n]."""
    marks = marks_of(rows, size)
    once = np.empty(len(rows), np.int32)
    found = 0
    for word in range(len(marks)):
        bits = marks[word]
        while bits:
            lowest = bits & (~bits + np.uint64(1))
            # Halved again and again: where the only bit stands.
            place, half = 0, 32
            while half:
                if lowest >> np.uint64(place + half):
                    place += half
                half >>= 1
            once[found] = word * 64 + place
            found += 1
            bits ^= lowest
    return once[:found]
