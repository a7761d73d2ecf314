"""Scored items, on their way from a source to the shop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parure.core.ids import IdMap
from parure.core.keys import places, rows_of_keys


@dataclass(slots=True)
class Candidates:
    """Items that one source proposes for one query, best first. Never changed once they are made.

    Attributes:
        source: Name of the source that found them.
        items: The map that ``item_ix`` refers to.
        item_ix: int32[n], distinct rows of ``items``.
        scores: float32[n], descending; comparable only within one source and query.
    """

    source: str
    items: IdMap
    item_ix: NDArray[np.int32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.item_ix)

    @property
    def item_ids(self) -> list[str]:
        """The items' ids, best first."""
        return self.items.ids_of(self.item_ix)

    def pairs(self) -> list[tuple[str, float]]:
        """(item id, score), best first."""
        return list(zip(self.item_ids, self.scores.tolist(), strict=True))


def best_first(scores: NDArray[np.floating], k: int) -> NDArray[np.int32]:
    """Positions of the ``k`` largest scores, largest first; ties go to the smaller position, NaN is left out.

    Args:
        scores: float[n].
        k: How many at most.

    Returns:
        int32[<=k]. Because item rows are in id order, ties are broken by item id.

    Cost:
        One comparison of n values, a partial selection of a sixteenth of them, and a sort of about 2 k.
    """
    if k <= 0 or not len(scores):
        return np.empty(0, np.int32)
    if len(scores) <= _FEW and scores.dtype == np.float32:
        keys = places(scores)
        keys.sort()
        return rows_of_keys(keys[:k])
    usable = np.flatnonzero(scores >= _border(scores, k))
    if len(usable) < k:
        usable = np.flatnonzero(~np.isnan(scores))
    values = scores[usable]
    if len(usable) > k:
        # Everything at or above the k-th value, so that a tie on the border is broken by position, not by chance.
        near = values >= np.partition(values, len(values) - k)[len(values) - k]
        usable, values = usable[near], values[near]
    order = np.argsort(-values, kind="stable")[:k]
    return usable[order].astype(np.int32)


_STRIDE = 16
_FEW = 1024
"""Up to so many are sooner sorted as whole numbers than narrowed down."""


def _border(scores: NDArray[np.floating], k: int) -> float:
    """A value that a few more than ``k`` scores reach, guessed from a sample; NaN where there is nothing to guess."""
    sample = -scores[::_STRIDE]
    rank = k * 3 // (2 * _STRIDE) + 8
    if rank >= len(sample):
        return float("nan")
    return -float(np.partition(sample, rank)[rank])
