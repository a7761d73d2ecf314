"""Several styles on one scale, so that a list ordered by score draws from each in proportion to its weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.retrieval.folded import Scores

LADDER: Final = 200
"""How many of the best items of the weightiest style mark its scale."""
_GRAIN: Final = 1e5
"""Likenesses are told apart to this part: sums in single precision are not surer."""


def on_one_scale(cosines: Scores, ladders: Sequence[Scores], share: NDArray[np.float32]) -> Scores:
    """One score an item from its likeness to each of a customer's styles.

    A style's best items are as many rungs of a ladder. The r-th best item of a style with share p gets the likeness
    that stands on rung ``r * p_0 / p`` of the weightiest style, whose share is p_0 and whose own items keep their
    likeness. So of the first n items about ``p * n`` come from each style, however large n, although one style's items
    may be far more alike to each other than another's. Beyond the last rung differences of likeness go on unchanged.
    An item has the best of its scores.

    Args:
        cosines: float32[styles, items], NaN where unknown.
        ladders: For each style the likenesses of its best items, best first; the weightiest style comes first.
        share: float32[styles], the largest first.

    Returns:
        float32[items].
    """
    best = _rounded(cosines[0])
    main = _rounded(ladders[0])
    rungs = np.arange(len(main)) + 0.5
    for cosine, ladder, ratio in zip(cosines[1:], ladders[1:], share[1:] / share[0], strict=True):
        own = _rounded(ladder)[: max(1, int(len(main) * ratio))]
        if not len(own) or not len(main):
            continue
        target = np.interp((np.arange(len(own)) + 0.5) / ratio, rungs, main)
        best = np.fmax(best, _mapped(_rounded(cosine), own, target))
    return best.astype(np.float32)


def _mapped(cosine: NDArray[np.float64], own: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Likenesses of one ladder (``own``, falling) read off another (``target``), both float64[rungs]."""
    # Items equally alike share the mean of their rungs.
    places, rung = np.unique(own, return_inverse=True)
    means = np.bincount(rung, target) / np.bincount(rung)
    mapped = np.interp(cosine, places, means)
    below, above = cosine < places[0], cosine > places[-1]
    mapped[below] = means[0] + cosine[below] - places[0]
    mapped[above] = means[-1] + cosine[above] - places[-1]
    return np.where(np.isnan(cosine), np.nan, mapped)


def _rounded(values: Scores) -> NDArray[np.float64]:
    return np.asarray(np.round(values.astype(np.float64) * _GRAIN) / _GRAIN)
