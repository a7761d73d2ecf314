"""What is done to the merged candidates of one query, number by number: compiled."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.keys import best_places
from parure.core.native import native

Rows = NDArray[np.int32]
Numbers = NDArray[np.float32]
_WHISPER: Final = np.float32(1e-12)


@native
def best_rows(rows: Rows, scores: Numbers, shares: Numbers, included: Rows, size: int) -> tuple[Rows, Numbers, Numbers]:
    """The best ``size`` candidates, best first, and behind them those of the others that must be there.

    Args:
        rows: int32[n].
        scores: float32[n].
        shares: float32[n, voices].
        included: int32[m] ascending, rows of what must be there.
        size: How many.
    """
    order = best_places(scores)
    size = min(size, len(order))
    found = size
    for place in range(size, len(order) if len(included) else size):
        at = np.searchsorted(included, rows[order[place]])
        if at < len(included) and included[at] == rows[order[place]]:
            order[found] = order[place]
            found += 1
    kept, values = np.empty(found, np.int32), np.empty(found, np.float32)
    voices = np.empty((found, shares.shape[1]), np.float32)
    for place in range(found):
        kept[place], values[place], voices[place] = rows[order[place]], scores[order[place]], shares[order[place]]
    return kept, values, voices


@native
def mute(shares: Numbers, said: Numbers) -> None:
    """Leave nothing to sources that have nothing to say of a candidate: what they would have goes to the last voice.

    That a source is silent may count for a ranker; it is no reason to name it. Where none is left, the first that does
    say something keeps next to nothing, so that it can be named.

    Args:
        shares: float32[n, sources + 1], changed in place.
        said: float32[n, sources], their scores; NaN where they have nothing to say.
    """
    for row in range(len(shares)):
        speaks, left = -1, False
        for source in range(said.shape[1]):
            if np.isnan(said[row, source]):
                shares[row, -1] += shares[row, source]
                shares[row, source] = 0
            elif shares[row, source] != 0:
                left = True
            elif speaks < 0:
                speaks = source
        if speaks >= 0 and not left:
            shares[row, speaks] = _WHISPER


@native
def not_among(few: Rows, many: Rows) -> Rows:
    """What of a few rows is not among many, int32[m] ascending: int32[n]."""
    left = np.empty_like(few)
    n = 0
    for row in few:
        low, high = 0, len(many)
        while low < high:
            middle = (low + high) // 2
            if many[middle] < row:
                low = middle + 1
            else:
                high = middle
        if low == len(many) or many[low] != row:
            left[n] = row
            n += 1
    return left[:n]
