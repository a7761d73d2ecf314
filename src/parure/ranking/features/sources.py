"""What the sources say of a candidate, and how it stands among the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native
from parure.ranking.features.group import Feature, Floats

TOP: Final = 20
"""So many are the best of a source."""

AGREEMENT: Final = (
    Feature("sources_top_20", "sources", "sources", "how many sources have it among their best 20 of the candidates"),
    Feature("best_rank", "sources", "place", "its best rank with any source"),
)


def source_features(sources: Sequence[str]) -> tuple[Feature, ...]:
    """The columns of some sources: the score and the rank of each."""
    found: list[Feature] = []
    for name in sources:
        found.append(Feature(name, "sources", "score", f"what the source {name} says of it"))
        found.append(Feature(f"{name}_rank", "sources", "place", f"its rank by {name} among the candidates, from 1"))
    return (*found, *AGREEMENT)


def fill_sources(out: Floats, scores: Floats) -> None:
    """Write the columns of :func:`source_features`, the first ones of a request's table.

    Candidates with the same score share the better rank.

    Args:
        out: float32[n, features].
        scores: float32[n, sources], NaN where a source has nothing to say.
    """
    keys = _keys(np.ascontiguousarray(scores).view(np.int32))
    # Here, for numpy sorts whole numbers without a branch: what is compiled guesses wrong at every other step.
    keys.sort(axis=1)
    _ranked(out, scores, keys)


@native
def _keys(bits: NDArray[np.int32]) -> NDArray[np.int64]:
    """int64[sources, n]: sorted, their lower halves are the candidates with the highest scores first.

    The bits of a number, read as a whole number, are in the order of their numbers; those below 0 in the reverse.
    """
    n, sources = bits.shape
    keys = np.empty((sources, n), np.int64)
    for row in range(n):
        for source in range(sources):
            number = np.int64(bits[row, source])
            if number < 0:
                number ^= np.int64(0x7FFFFFFF)
            keys[source, row] = (-number << 32) | row
    return keys


@native
def _ranked(out: Floats, scores: Floats, keys: NDArray[np.int64]) -> None:
    """Scores and ranks, and what they have in common."""
    n, sources = scores.shape
    last = 2 * sources
    for row in range(n):
        out[row, last] = 0
        out[row, last + 1] = np.nan
    for source in range(sources):
        place, rank, before = 0, 0, np.float32(np.nan)
        for key in keys[source]:
            row = key & 0xFFFFFFFF
            score = scores[row, source]
            out[row, 2 * source] = score
            out[row, 2 * source + 1] = np.nan
            if np.isnan(score):
                continue
            place += 1
            if score != before:
                rank, before = place, score
            out[row, 2 * source + 1] = rank
            out[row, last] += rank <= TOP
            if not out[row, last + 1] <= rank:
                out[row, last + 1] = rank
