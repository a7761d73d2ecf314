"""Whether probabilities mean what they say: reliability curves and the expected calibration error.

Rows with probabilities of about the same size are put together in bins of about equal mass; in each the mean of what
was said stands against the share of what came true. The expected calibration error is the mean distance of the two,
weighed by rows (Naeini, Cooper & Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI
2015). Perfect probabilities have an error too, by chance, the larger the fewer rows there are; it is told beside it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError
from parure.evaluation.intervals import MEAN_RESAMPLES
from parure.evaluation.result import Reliability

Values = NDArray[np.float64]

BINS: Final = 15
"""Bins of a reliability curve."""

_BY_CHANCE: Final = 100
"""Times that outcomes are drawn from the probabilities, to see what error chance alone makes."""


def bins_of(predicted: NDArray[np.floating], bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each row, int64[n] from 0: at most ``bins`` of about equal mass; equal probabilities stay together."""
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins, method="higher"))
    return np.unique(np.searchsorted(edges, predicted, side="right"), return_inverse=True)[1].astype(np.int64)


def expected_calibration_error(
    predicted: NDArray[np.floating], outcomes: NDArray[np.bool_], *, bins: int = BINS
) -> float:
    """Mean distance of what was said and what came true, over bins of equal mass.

    Args:
        predicted: float[n], probabilities.
        outcomes: bool[n], what came true.
        bins: How many bins.

    Raises:
        InputError: The columns differ in length, are empty, or a probability is outside 0-1.
    """
    _check(predicted, outcomes)
    return _error(np.asarray(predicted, np.float64), np.asarray(outcomes, np.float64), bins_of(predicted, bins))


def reliability_curve(
    predicted: NDArray[np.floating],
    outcomes: NDArray[np.bool_],
    *,
    occasions: NDArray[np.integer] | None = None,
    case: str = "",
    target: str = "",
    bins: int = BINS,
    resamples: int = MEAN_RESAMPLES,
    seed: int = 0,
) -> Reliability:
    """What was said against what came true.

    Args:
        predicted: float[n], probabilities.
        outcomes: bool[n], what came true.
        occasions: int[n], which list each row stood in; lists are drawn anew as wholes for the intervals. Each row by
            itself where None.
        case: What said it.
        target: Of whom and until when.
        bins: How many bins.
        resamples: How often lists are drawn anew.
        seed: The same seed gives the same draws.

    Raises:
        InputError: The columns differ in length, are empty, or a probability is outside 0-1.
    """
    _check(predicted, outcomes)
    said, came = np.asarray(predicted, np.float64), np.asarray(outcomes, np.float64)
    place = bins_of(predicted, bins)
    rng = np.random.default_rng(seed)
    owner = np.arange(len(said)) if occasions is None else np.unique(occasions, return_inverse=True)[1]
    low, high = _intervals(came, place, owner, resamples, rng)
    rows = np.bincount(place)
    by_chance = [_error(said, (rng.random(len(said)) < said).astype(np.float64), place) for _ in range(_BY_CHANCE)]
    rate = np.full(len(came), came.mean())
    return Reliability(
        case=case,
        target=target,
        predicted=tuple((np.bincount(place, said) / rows).tolist()),
        observed=tuple((np.bincount(place, came) / rows).tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        rows=tuple(rows.tolist()),
        error=_error(said, came, place),
        error_by_chance=float(np.mean(by_chance)),
        log_loss=_log_loss(said, came),
        log_loss_of_rate=_log_loss(rate, came),
    )


def _check(predicted: NDArray[np.floating], outcomes: NDArray[np.bool_]) -> None:
    if len(predicted) != len(outcomes) or not len(predicted):
        raise InputError(
            f"Got {len(predicted):,} probabilities and {len(outcomes):,} outcomes; expected as many, and at least one."
        )
    if not ((predicted >= 0) & (predicted <= 1)).all():
        raise InputError("A probability is outside 0-1.", hint="Calibrate the scores first.")


def _error(said: Values, came: Values, place: NDArray[np.int64]) -> float:
    return float(np.abs(np.bincount(place, said) - np.bincount(place, came)).sum()) / len(said)


def _intervals(
    came: Values, place: NDArray[np.int64], owner: NDArray[np.integer], resamples: int, rng: np.random.Generator
) -> tuple[Values, Values]:
    """Ends of the intervals of the share that came true in each bin."""
    lists, bins = int(owner.max()) + 1, int(place.max()) + 1
    cell = owner * bins + place
    true = np.bincount(cell, came, minlength=lists * bins).reshape(lists, bins)
    rows = np.bincount(cell, minlength=lists * bins).reshape(lists, bins)
    shares = np.full((resamples, bins), np.nan)
    for number in range(resamples):
        drawn = np.bincount(rng.integers(lists, size=lists), minlength=lists).astype(np.float64)
        total = drawn @ rows
        np.divide(drawn @ true, total, out=shares[number], where=total > 0)
    low, high = np.nanpercentile(shares, [2.5, 97.5], axis=0)
    return low, high


def _log_loss(said: Values, came: Values) -> float:
    p = np.clip(said, 1e-9, 1 - 1e-9)
    return float(-(came * np.log(p) + (1 - came) * np.log1p(-p)).mean())
