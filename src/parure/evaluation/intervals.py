"""How sure a mean over users is: bootstrap intervals, resampling users.

Users are drawn with replacement as often as there are users, which is one multinomial draw a resample; the mean of a
resample is then a weighted mean. The draws depend on the number of users and the seed alone, so every contender of
one comparison is judged on the same resamples, and a difference of two is a paired one. Follows Efron & Tibshirani,
*An Introduction to the Bootstrap* (1993), percentile intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True)
class Group:
    """Columns to average over some of the users.

    Attributes:
        values: float64[members, columns], without NaN.
        rows: int64[members], which users they are; None where all are.
    """

    values: Values
    rows: NDArray[np.int64] | None = None


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
    return bootstrap_groups(len(values), [Group(values)], resamples=resamples, seed=seed)[0]


def bootstrap_groups(
    users: int, groups: Sequence[Group], *, resamples: int = MEAN_RESAMPLES, seed: int = 0
) -> list[Interval]:
    """Means over several groups of the same users, all from the same draws of all users.

    The draws cost the most, so that many groups are hardly dearer than one. The mean of a group in one resample is
    that over its members drawn; resamples in which none of them was drawn are left out.

    Args:
        users: How many users there are in all.
        groups: What to average.
        resamples: How often users are drawn anew.
        seed: The same seed and number of users give the same draws.

    Returns:
        One interval a group.
    """
    means = [np.empty((resamples, group.values.shape[1])) for group in groups]
    rng = np.random.default_rng(seed)
    share = np.full(users, 1 / max(users, 1))
    step = max(1, _CELLS // max(users, 1))
    for start in range(0, resamples if users else 0, step):
        drawn = slice(start, min(start + step, resamples))
        weights = rng.multinomial(users, share, size=drawn.stop - start) / users
        for group, found in zip(groups, means, strict=True):
            found[drawn] = _weighted_means(weights, group)
    return [_interval(group.values, found) for group, found in zip(groups, means, strict=True)]


def paired(a: Values, b: Values, *, resamples: int = DIFFERENCE_RESAMPLES, seed: int = 0) -> Interval:
    """Mean difference ``a - b`` over the same users, with its 95 % interval.

    Args:
        a: float64[users, columns].
        b: float64[users, columns], or [users, 1] to hold one reference against every column.
        resamples: How often users are drawn anew.
        seed: As in :func:`bootstrap`.
    """
    return bootstrap(a - b, resamples=resamples, seed=seed)


def defined_groups(values: Values) -> list[tuple[list[int], Group]]:
    """Part columns that hold NaN into groups that do not: each column over the users for whom it is defined.

    Args:
        values: float64[users, columns], NaN where a user has no value.

    Returns:
        For each different set of users, the columns defined for just them, and the group. Columns that are defined
        for nobody are left out.
    """
    defined = ~np.isnan(values)
    left = [column for column in range(values.shape[1]) if defined[:, column].any()]
    made = []
    while left:
        alike = [column for column in left if np.array_equal(defined[:, column], defined[:, left[0]])]
        left = [column for column in left if column not in alike]
        rows = np.flatnonzero(defined[:, alike[0]])
        made.append((alike, Group(values[rows][:, alike], rows)))
    return made


def _weighted_means(weights: Values, group: Group) -> Values:
    """float64[resamples, columns]; NaN where no member was drawn."""
    if group.rows is None:
        return np.asarray(weights @ group.values)
    part = weights[:, group.rows]
    total = part.sum(axis=1, keepdims=True)
    found = np.full((len(weights), group.values.shape[1]), np.nan)
    np.divide(part @ group.values, total, out=found, where=total > 0)
    return found


def _interval(values: Values, means: Values) -> Interval:
    """The mean of the members themselves, and the percentiles of the resampled means."""
    if not len(values):
        nothing = np.full(values.shape[1], np.nan)
        return Interval(nothing, nothing, nothing)
    low, high = np.percentile(means[~np.isnan(means).any(axis=1)], [2.5, 97.5], axis=0)
    return Interval(values.mean(axis=0), low, high)
