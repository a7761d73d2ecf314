"""What rules say of candidates, noted down one by one and carried out in one go."""

from __future__ import annotations

from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.columns import Sheet
from parure.core.native import native
from parure.core.steps import Effect

Mask = NDArray[np.bool_]
Rows = NDArray[np.int32]
Verdict = NDArray[np.float32]
"""float32[n], what a rule says of each candidate: a factor for its score; :data:`GONE` removes it."""
GONE: Final = np.float32(-1)
STAYS: Final = np.float32(1)

Note = tuple[Effect, str, str, bytes, Verdict | bytes]
"""Effect, rule, reason; how the verdict is found, as :data:`LOOK` packs it, and the numbers that takes."""

LOOK: Final = Struct("=6d")
"""How a verdict is found: one of the numbers below, the place of the column that is looked at, and up to four more."""
_SIZE: Final = 6
GIVEN: Final = 0
"""The numbers of the note are the verdict."""
TAKEN: Final = 1
"""The column is."""
CODED: Final = 2
"""The column holds places in the numbers of the note, of which the look says how many there are; -1 is the last."""
OUTSIDE: Final = 3
"""What lies below the first number of the look, or above the second, is removed; NaN lies nowhere."""
RISING: Final = 4
"""What lies above the first number and up to the second is raised: see :meth:`Slate.raise_between`."""

AS_GIVEN: Final = LOOK.pack(GIVEN, 0, 0, 0, 0, 0)
NO_SHEET: Final = np.empty((0, 1), np.float32)


@native
def carried_out(
    looks: NDArray[np.float64], told: NDArray[np.float32], sheet: Sheet, item_ix: Rows, kept: Mask, scores: Verdict
) -> tuple[Mask, Verdict, Mask, Verdict, NDArray[np.int64]]:
    """What becomes of candidates by some notes, one after the other.

    Args:
        looks: float64[m * 6], how the verdict of each note is found.
        told: float32, the numbers of all notes, one note's after the other's.
        sheet: float32[items, columns].
        item_ix: int32[n], the candidates.
        kept: bool[n], those that are still there.
        scores: float32[n].

    Returns:
        Which candidates each note touches, bool[m, n], the verdicts, float32[m, n], what stays, its scores, and keys.
        Sorted, the keys have the places of the kept candidates in their lower halves, best first,
        and of equal ones the ranker's better one: scores of 0 or more sort as their bits do.
    """
    n, m = len(item_ix), len(looks) // _SIZE
    where, verdicts = np.empty((m, n), np.bool_), np.empty((m, n), np.float32)
    kept, scores = kept.copy(), scores.copy()
    slots, near = _looked_up(looks, sheet, item_ix)
    start = 0
    for step in range(m):
        verdict = verdicts[step]
        look = looks[step * _SIZE : step * _SIZE + _SIZE]
        start += _judge(verdict, look, told[start:], near[slots[int(look[1])]])
        touched = where[step]
        is_any = False
        for place in range(n):
            touched[place] = kept[place] & (verdict[place] != 1)
            is_any |= touched[place]
        if not is_any:
            continue
        for place in range(n):
            kept[place] &= verdict[place] >= 0
            scores[place] *= verdict[place] if verdict[place] >= 0 else STAYS
    bits = scores.view(np.int32)
    keys = np.empty(n, np.int64)
    count = 0
    for place in range(n):
        keys[count] = place - (np.int64(bits[place]) << 32)
        count += kept[place]
    return where, verdicts, kept, scores, keys[:count]


@native
def _looked_up(
    looks: NDArray[np.float64], sheet: Sheet, item_ix: Rows
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The columns that notes look at, float32[used + 1, n], and in which row of it each stands, int64[columns].

    Each candidate's line of the sheet is read once, and what is done with a column then goes by several candidates at
    once. The last row stands for columns that are not looked at.
    """
    columns = np.empty(sheet.shape[1], np.int64)
    slots = np.full(sheet.shape[1], -1, np.int64)
    used = 0
    for step in range(0, len(looks), _SIZE):
        at = int(looks[step + 1])
        if looks[step] != GIVEN and slots[at] < 0:
            slots[at], columns[used] = used, at
            used += 1
    near = np.empty((used + 1, len(item_ix)), np.float32)
    for place in range(len(item_ix) if used else 0):
        row = item_ix[place]
        for slot in range(used):
            near[slot, place] = sheet[row, columns[slot]]
    return slots, near


@native
def _judge(verdict: Verdict, look: NDArray[np.float64], told: NDArray[np.float32], column: NDArray[np.float32]) -> int:
    """Fill in one verdict, from the candidates' values in a column; how many of the numbers told that took."""
    how, n = int(look[0]), len(verdict)
    if how == GIVEN:
        verdict[:] = told[:n]
        return n
    if how == CODED:
        size = int(look[2])
        for place in range(n):
            code = int(column[place])
            verdict[place] = told[code if code >= 0 else size - 1]
        return size
    first, second, lift, slope = look[2], look[3], look[4], look[5]
    if how == TAKEN:
        verdict[:] = column
    elif how == OUTSIDE:
        for place in range(n):
            verdict[place] = GONE if (column[place] < first) | (column[place] > second) else STAYS
    else:
        span = second - first if second > first else 1.0
        for place in range(n):
            value = column[place]
            raised = 1 + lift * (1 - slope + slope * ((value - first) / span))
            verdict[place] = raised if (first < value) & (value <= second) else STAYS
    return 0


@native
def keep_places(keys: NDArray[np.int64]) -> None:
    """Leave the places of keys, in their lower halves, alone."""
    for at in range(len(keys)):
        keys[at] &= 0xFFFFFFFF


@native
def untouched(n: int) -> tuple[Mask, NDArray[np.int64]]:
    """What so many candidates begin with: bool[n], all of them kept, and intp[n], in order."""
    return np.ones(n, np.bool_), np.arange(n)
