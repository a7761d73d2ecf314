"""How sure a mean over users is: bootstrap intervals, resampling users.

Users are drawn with replacement as often as there are users, which is one multinomial draw a resample; the mean of a
resample is then a weighted mean. The draws depend on the number of users and the seed alone, so every contender of
one comparison is judged on the same resamples, and a difference of two is a paired one. Follows Efron & Tibshirani,
*An Introduction to the Bootstrap* (1993), percentile intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

MEAN_RESAMPLES = 1000
"""Resamples for the interval of a mean."""
DIFFERENCE_RESAMPLES = 2000
"""Resamples for the interval of a difference."""

_CELLS = 1 << 22
"""Weights held at once: 32 MB."""


@dataclass(frozen=True)
class Interval:
    """Means of several columns with their 95 % intervals.

    Attributes:
        value: float64[columns].
        low: float64[columns], 2.5th percentile of the resampled means.
        high: float64[columns], 97.5th percentile.
    """

    value: Values
    low: Values
    high: Values


def bootstrap(values: Values, *, resamples: int = MEAN_RESAMPLES, seed: int = 0) -> Interval:
    """Mean of each column over users, with its 95 % interval.

    Args:
        values: float64[users, columns], without NaN. Put all contenders side by side: the draws are made once.
        resamples: How often users are drawn anew.
        seed: The same seed and number of users give the same draws.

    Returns:
        The means and intervals, one a column; NaN where there are no users.

    Cost:
        users x resamples binomial draws, in chunks: memory stays near 64 MB however many users there are.
    """
    users, columns = values.shape
    if not users:
        nothing = np.full(columns, np.nan)
        return Interval(nothing, nothing, nothing)
    rng = np.random.default_rng(seed)
    share = np.full(users, 1 / users)
    step = max(1, _CELLS // users)
    means = np.empty((resamples, columns))
    for start in range(0, resamples, step):
        stop = min(start + step, resamples)
        means[start:stop] = (rng.multinomial(users, share, size=stop - start) / users) @ values
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return Interval(values.mean(axis=0), low, high)


def paired(a: Values, b: Values, *, resamples: int = DIFFERENCE_RESAMPLES, seed: int = 0) -> Interval:
    """Mean difference ``a - b`` over the same users, with its 95 % interval.

    Args:
        a: float64[users, columns].
        b: float64[users, columns], or [users, 1] to hold one reference against every column.
        resamples: How often users are drawn anew.
        seed: As in :func:`bootstrap`.
    """
    return bootstrap(a - b, resamples=resamples, seed=seed)


def bootstrap_defined(values: Values, *, resamples: int = MEAN_RESAMPLES, seed: int = 0) -> Interval:
    """As :func:`bootstrap`, each column over the users for whom it is defined (not NaN).

    Columns that are defined for the same users share their draws.
    """
    columns = values.shape[1]
    result = Interval(np.full(columns, np.nan), np.full(columns, np.nan), np.full(columns, np.nan))
    defined = ~np.isnan(values)
    left = set(range(columns))
    while left:
        first = min(left)
        alike = [c for c in sorted(left) if np.array_equal(defined[:, c], defined[:, first])]
        left.difference_update(alike)
        part = bootstrap(values[defined[:, first]][:, alike], resamples=resamples, seed=seed)
        result.value[alike], result.low[alike], result.high[alike] = part.value, part.low, part.high
    return result
