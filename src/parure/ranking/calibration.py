"""What a score means: the probability that the customer acts on the item, learned from what came true.

Two ways of fitting a curve that never falls are tried beside the general rate, which is the same for every score, and
what says better what it has not seen is kept:

* isotonic regression (Zadrozny & Elkan, Transforming classifier scores into accurate multiclass probability estimates,
  KDD 2002), on scores in bins of equal mass;
* beta calibration (Kull, Silva Filho & Flach, Beta calibration: a well-founded and easily implemented improvement on
  logistic calibration for binary classifiers, AISTATS 2017).

A blend's score is comparable within one query only, and somebody who comes every day acts on more than somebody who
was here once. So customers may be parted into bands by their activity, each with a curve of its own; again only if
that says better what was not seen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from parure.core.artifacts import load_json, save_json
from parure.core.config import Config
from parure.core.errors import InputError
from parure.core.native import native

Kind = Literal["constant", "isotonic", "beta"]
Values = NDArray[np.float64]

FILE_NAME: Final = "calibration.json"

_KNOTS: Final = 64
"""Pieces of a curve: enough that straight lines between them do not show, few enough to be found at once."""
_EDGE: Final = 0.01
"""Beta curves end so far inside (0, 1), where their logarithms are still tame."""
_PRIOR_ROWS: Final = 2.0
"""Every bin is fitted with so many rows more, of the general rate: no probability is 0 or 1."""


class CalibrationConfig(Config):
    """Parameters of :meth:`Calibration.fit`."""

    kind: Literal["auto", "constant", "isotonic", "beta"] = "auto"
    """Which curve: ``isotonic``, ``beta``, ``constant`` for the general rate, or the best one by log loss on rows that
    it was not fitted on."""
    bands: int = Field(default=3, ge=1, le=20)
    """Bands of activity that may have curves of their own, where that is better; 1 for one curve for everybody."""
    min_positive: int = Field(default=30, ge=1)
    """A curve or a band with fewer rows that came true is not fitted: it takes what it would be a part of."""


@dataclass(frozen=True)
class _Curve:
    """Probabilities at ascending scores; straight in between, level beyond."""

    scores: Values
    probabilities: Values

    def __call__(self, scores: NDArray[np.floating]) -> NDArray[np.float32]:
        return _read_off(scores, self.scores, self.probabilities)


@native
def _read_off(scores: NDArray[np.floating], knots: Values, heights: Values) -> NDArray[np.float32]:
    """``np.interp`` to the last bit, for which a dozen scores are over before its arguments are looked at."""
    found = np.empty(len(scores), np.float32)
    last = len(knots) - 1
    for place in range(len(scores)):
        score = np.float64(scores[place])
        at = np.searchsorted(knots, score, side="right") - 1
        if at < 0:
            found[place] = heights[0]
        elif at == last or knots[at] == score:
            found[place] = heights[at] if score == score or last == 0 else np.nan
        else:
            slope = (heights[at + 1] - heights[at]) / (knots[at + 1] - knots[at])
            found[place] = slope * (score - knots[at]) + heights[at]
    return found


class Calibration:
    """Turns a ranker's scores into probabilities.

    Args:
        kind: How the curves were made.
        edges: Activity from which the second band begins, the third ...; ascending.
        curves: For each band the scores and the probabilities of its curve, both ascending.
        outcome: What the probabilities are of, in a word, as in ``purchases``.
    """

    def __init__(
        self, kind: Kind, edges: Sequence[float], curves: Sequence[tuple[Values, Values]], *, outcome: str = ""
    ) -> None:
        self.kind: Kind = kind
        self.outcome = outcome
        self.edges = tuple(float(edge) for edge in edges)
        self._curves = tuple(_Curve(*curve) for curve in curves)

    @property
    def curves(self) -> list[tuple[Values, Values]]:
        """For each band the scores and the probabilities of its curve, both ascending."""
        return [(curve.scores, curve.probabilities) for curve in self._curves]

    @classmethod
    def fit(
        cls,
        scores: NDArray[np.floating],
        outcomes: NDArray[np.bool_],
        *,
        activity: NDArray[np.floating] | None = None,
        groups: NDArray[np.integer] | None = None,
        outcome: str = "",
        config: CalibrationConfig | None = None,
    ) -> Self:
        """Learn what scores meant; nothing about it is random.

        Args:
            scores: float[n], what the ranker said of items that were shown.
            outcomes: bool[n], whether the customer acted on them.
            activity: float[n], how active the customer of each row was; None for one curve for everybody.
            groups: int[n], rows of one group stay together when a part is held out to compare curves: weeks, so that
                what holds for one week only is found out. Two halves where None or all are of one group.
            outcome: What ``outcomes`` tells, in a word.
            config: Parameters; the defaults where None.

        Raises:
            InputError: The columns differ in length, there are none, or a score is no number.
        """
        config = config or CalibrationConfig()
        rows = _Rows(
            np.asarray(scores, np.float64),
            np.asarray(outcomes, np.float64),
            np.zeros(len(scores)) if activity is None else np.asarray(activity, np.float64),
        )
        rows.check()
        if rows.outcomes.sum() < config.min_positive:
            return cls("constant", (), [_constant(rows)], outcome=outcome)
        folds = _folds(len(scores), groups)
        plans = [
            (kind, edges) for edges in _bandings(rows, config) for kind in _FITTERS if config.kind in ("auto", kind)
        ]
        losses = [_held_out_loss(rows, folds, kind, edges, config) for kind, edges in plans]
        # On a tie the first stays: one curve before several, the general rate before isotonic, that before beta.
        kind, edges = plans[int(np.argmin(losses))]
        return cls(kind, edges, _fitted(rows, kind, edges, config), outcome=outcome)

    def predict(self, scores: NDArray[np.floating], activity: float = 0.0) -> NDArray[np.float32]:
        """Probabilities of one customer's candidates.

        Args:
            scores: float[n], what the ranker says.
            activity: How active the customer is, as in :meth:`fit`.

        Returns:
            float32[n], 0-1; the order of the scores is kept, though different scores may mean the same.

        Cost:
            About 3 us for 200 scores.
        """
        curve = self._curves[bisect_right(self.edges, activity)]
        return curve(scores)

    def predict_many(
        self, scores: NDArray[np.floating], activity: NDArray[np.floating] | None = None
    ) -> NDArray[np.float32]:
        """The same for rows of many customers, float32[n]: one value of ``activity`` a row."""
        found = np.empty(len(scores), np.float32)
        band = np.searchsorted(self.edges, np.zeros(len(scores)) if activity is None else activity, side="right")
        for number, curve in enumerate(self._curves):
            found[band == number] = curve(scores[band == number])
        return found

    def beside(self, strangers: Calibration) -> Calibration:
        """This one for customers of an activity of 0 or more, another's first curve for all below: for strangers."""
        curves = [strangers.curves[0], *self.curves]
        return Calibration(self.kind, (0.0, *self.edges), curves, outcome=self.outcome)

    @property
    def facts(self) -> dict[str, object]:
        """What a reader wants to know of it: what it counts, how the curves were made, and how many there are."""
        return {"counts": self.outcome, "curve": self.kind, "bands": len(self.edges) + 1}

    def to_dict(self) -> dict[str, object]:
        """What was learned, as JSON; :meth:`from_dict` reads it back unchanged."""
        curves = [
            {"scores": curve.scores.tolist(), "probabilities": curve.probabilities.tolist()} for curve in self._curves
        ]
        return {"kind": self.kind, "outcome": self.outcome, "edges": list(self.edges), "curves": curves}

    @classmethod
    def from_dict(cls, state: dict[str, object]) -> Self:
        """Read what :meth:`to_dict` gave.

        Raises:
            InputError: It is not a calibration.
        """
        try:
            return cls._restored(state)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"This is no calibration: {error}.", hint="Run: parure train") from None

    @classmethod
    def _restored(cls, state: dict[str, object]) -> Self:
        told: list[dict[str, list[float]]] = state["curves"]  # type: ignore[assignment]
        curves = [(np.array(each["scores"], np.float64), np.array(each["probabilities"], np.float64)) for each in told]
        edges: list[float] = state["edges"]  # type: ignore[assignment]
        if len(curves) != len(edges) + 1 or any(len(x) != len(y) or not len(x) for x, y in curves):
            raise ValueError("its curves and bands do not fit together")
        return cls(state["kind"], edges, curves, outcome=str(state["outcome"]))  # type: ignore[arg-type]

    def save(self, directory: Path) -> None:
        """Write it into an existing directory."""
        save_json(directory / FILE_NAME, self.to_dict())

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what :meth:`save` wrote."""
        return cls.from_dict(load_json(directory / FILE_NAME))


@dataclass(frozen=True)
class _Rows:
    """Scores, outcomes (0 or 1) and activity, float64[n] each."""

    scores: Values
    outcomes: Values
    activity: Values

    def where(self, mask: NDArray[np.bool_]) -> _Rows:
        return _Rows(self.scores[mask], self.outcomes[mask], self.activity[mask])

    def check(self) -> None:
        if not len(self.scores) == len(self.outcomes) == len(self.activity) or not len(self.scores):
            raise InputError(
                f"Got {len(self.scores):,} scores, {len(self.outcomes):,} outcomes and {len(self.activity):,} values of"
                " activity; expected as many of each, and at least one.",
                hint="Give one outcome for each item shown.",
            )
        if not np.isfinite(self.scores).all():
            raise InputError("A score is no number.", hint="Leave out the places of lists that stayed empty.")


def _folds(n: int, groups: NDArray[np.integer] | None) -> list[NDArray[np.bool_]]:
    """Which rows are held out, fold by fold."""
    if groups is not None and len(found := np.unique(groups)) > 1:
        return [np.asarray(groups == group) for group in found]
    second = np.arange(n) >= n // 2
    return [~second, second]


def _bandings(rows: _Rows, config: CalibrationConfig) -> list[tuple[float, ...]]:
    """Ways to part customers by activity: not at all, and where there is enough to learn from, in bands."""
    edges: list[float] = []
    told = np.sort(rows.activity[rows.outcomes > 0])
    for number in range(1, config.bands):
        edge = float(told[len(told) * number // config.bands])
        below = told[(told >= (edges[-1] if edges else -np.inf)) & (told < edge)]
        if len(below) >= config.min_positive and np.count_nonzero(told >= edge) >= config.min_positive:
            edges.append(edge)
    return [(), tuple(edges)] if edges else [()]


def _held_out_loss(
    rows: _Rows, folds: Sequence[NDArray[np.bool_]], kind: Kind, edges: tuple[float, ...], config: CalibrationConfig
) -> float:
    """Log loss of each fold under curves of the others, summed."""
    total = 0.0
    for held_out in folds:
        unseen, seen = rows.where(held_out), rows.where(~held_out)
        if len(seen.scores):
            made = Calibration(kind, edges, _fitted(seen, kind, edges, config))
            total += _log_loss(made.predict_many(unseen.scores, unseen.activity), unseen.outcomes)
    return total


def _log_loss(probabilities: NDArray[np.float32], outcomes: Values) -> float:
    p = probabilities.astype(np.float64)
    return float(-(outcomes * np.log(p) + (1 - outcomes) * np.log1p(-p)).sum())


def _fitted(
    rows: _Rows, kind: Kind, edges: tuple[float, ...], config: CalibrationConfig
) -> list[tuple[Values, Values]]:
    """One curve a band; a band with too little to learn from takes the curve of everybody."""
    bands = np.searchsorted(edges, rows.activity, side="right")
    everybody = _curve(rows, kind, config)
    parts = [rows.where(bands == number) for number in range(len(edges) + 1)]
    if len(parts) == 1:
        return [everybody]
    return [_curve(part, kind, config) if part.outcomes.sum() >= config.min_positive else everybody for part in parts]


def _curve(rows: _Rows, kind: Kind, config: CalibrationConfig) -> tuple[Values, Values]:
    if rows.outcomes.sum() < config.min_positive or rows.scores.min() == rows.scores.max():
        return _constant(rows)
    return _FITTERS[kind](rows)


def _constant(rows: _Rows) -> tuple[Values, Values]:
    """The general rate, whatever the score; half a row of each kind is added, so that it is neither 0 nor 1."""
    return np.array([0.0]), np.array([(rows.outcomes.sum() + 0.5) / (len(rows.outcomes) + 1)])


def _isotonic(rows: _Rows) -> tuple[Values, Values]:
    """Mean scores and rates of bins of equal mass, the rates made to rise."""
    inner = np.quantile(rows.scores, np.arange(1, _KNOTS) / _KNOTS)
    place = np.unique(np.searchsorted(np.unique(inner), rows.scores, side="right"), return_inverse=True)[1]
    count = np.bincount(place).astype(np.float64)
    score = np.bincount(place, rows.scores) / count
    rate = (np.bincount(place, rows.outcomes) + _PRIOR_ROWS * rows.outcomes.mean()) / (count + _PRIOR_ROWS)
    risen = isotonic_regression(rate, weights=count + _PRIOR_ROWS).x
    return score, _inside(np.asarray(risen))


def _beta(rows: _Rows) -> tuple[Values, Values]:
    """Logit p = a ln u - b ln(1 - u) + c, where u is the score moved into (0, 1), and neither a nor b is below 0."""
    low, high = float(rows.scores.min()), float(rows.scores.max())

    def columns(scores: Values) -> Values:
        u = _EDGE + (1 - 2 * _EDGE) * (scores - low) / (high - low)
        return np.column_stack([np.log(u), -np.log1p(-u), np.ones(len(u))])

    x, y = columns(rows.scores), rows.outcomes

    def loss(weights: Values) -> tuple[float, Values]:
        logit = x @ weights
        value = np.logaddexp(0, logit).sum() - y @ logit
        return float(value) / len(y), (expit(logit) - y) @ x / len(y)

    rate = (y.sum() + 0.5) / (len(y) + 1)
    start = np.array([0.5, 0.5, np.log(rate / (1 - rate))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)])
    knots = np.linspace(low, high, _KNOTS + 1)
    return knots, _inside(expit(columns(knots) @ found.x))


def _inside(probabilities: Values) -> Values:
    """Never quite 0 or 1, and rising in spite of rounding."""
    return np.maximum.accumulate(np.clip(probabilities, 1e-6, 1 - 1e-6))


_FITTERS: dict[Kind, Callable[[_Rows], tuple[Values, Values]]] = {
    "constant": _constant,
    "isotonic": _isotonic,
    "beta": _beta,
}
