"""Features of any scale, with gaps, as numbers around 0 that a net can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

CLIP: Final = 4.0
"""So many standard deviations from the mean at most: one outlier must not outshout all the rest."""
_ROWS: Final = 100_000
"""Means and deviations are taken from at most so many rows."""


@dataclass(frozen=True)
class Inputs:
    """How feature columns become the inputs of a net.

    A value x becomes sign(x) ln(1 + abs(x) / scale), less the mean, over the standard deviation, within :data:`CLIP`;
    what is missing becomes the mean, 0. Behind the columns follows a flag, 1 or 0, for every pattern of missing values:
    a source's score and rank are missing together and share one.

    Attributes:
        inverse_scale: float32[features], 1 / median of the absolute values other than 0.
        mean: float32[features], of the logarithms.
        inverse_deviation: float32[features], of the logarithms; 0 for a column that is always the same.
        flagged: int64[flags], the first column of each pattern.
    """

    inverse_scale: Numbers
    mean: Numbers
    inverse_deviation: Numbers
    flagged: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Numbers a row."""
        return len(self.mean) + len(self.flagged)

    @classmethod
    def fit(cls, features: Numbers, rng: np.random.Generator) -> Self:
        """Take scales and patterns from float32[n, features], of which a sample is looked at where there are many."""
        if len(features) > _ROWS:
            features = features[np.sort(rng.choice(len(features), _ROWS, replace=False))]
        inverse_scale = np.array([_inverse_scale(column) for column in features.T], np.float32)
        logs = _logs(features, inverse_scale)
        logs[~np.isfinite(logs)] = np.nan
        known = ~np.isnan(logs)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, logs, 0).sum(axis=0, dtype=np.float64) / count
        spread = np.sqrt((np.where(known, logs - mean, 0) ** 2).sum(axis=0) / count)
        even = spread <= 1e-6 * np.maximum(np.abs(mean), 1)
        inverse = np.where(even, 0, 1 / np.where(even, 1, spread))
        return cls(inverse_scale, mean.astype(np.float32), inverse.astype(np.float32), _patterns(np.isnan(features)))

    def apply(self, features: Numbers) -> Numbers:
        """The inputs, float32[n, size], of float32[n, features]."""
        values = _logs(features, self.inverse_scale)
        with np.errstate(invalid="ignore"):
            values -= self.mean
            values *= self.inverse_deviation
        np.clip(values, -CLIP, CLIP, out=values)
        # NaN is what was missing, or a column that is always the same and here is infinite.
        np.copyto(values, np.float32(0), where=np.isnan(values))
        if not len(self.flagged):
            return values
        return np.hstack([values, np.isnan(features[:, self.flagged]).astype(np.float32)])

    def owners(self) -> NDArray[np.int64]:
        """int64[size]: the feature column behind each input."""
        return np.concatenate([np.arange(len(self.mean)), self.flagged])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """What :meth:`from_arrays` takes."""
        return {
            "inverse_scale": self.inverse_scale,
            "mean": self.mean,
            "inverse_deviation": self.inverse_deviation,
            "flagged": self.flagged,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What :meth:`to_arrays` gave."""
        names = ("inverse_scale", "mean", "inverse_deviation", "flagged")
        return cls(*(arrays[name] for name in names))


def _logs(features: Numbers, inverse_scale: Numbers) -> Numbers:
    logs = np.abs(features)
    with np.errstate(over="ignore"):
        logs *= inverse_scale
    logs += np.float32(1)
    np.log(logs, out=logs)
    return np.copysign(logs, features, out=logs)


def _inverse_scale(column: Numbers) -> float:
    size = np.abs(column[np.isfinite(column) & (column != 0)]).astype(np.float64)
    middle = float(np.median(size)) if len(size) else 0.0
    # A column of nothing but numbers next to 0 says nothing: it is left at 1, where it stays next to 0.
    return 1 / middle if middle > 1e-30 else 1.0


def _patterns(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first column of each distinct pattern of missing values, of those that differ from row to row."""
    some = np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0))
    if not len(some):
        return np.empty(0, np.int64)
    first = np.unique(missing[:, some], axis=1, return_index=True)[1]
    return np.asarray(some[np.sort(first)], dtype=np.int64)
