"""What boosted trees may begin from: the chance of a purchase that a blend's score goes with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from parure.ranking.blend import Blend, BlendConfig
from parure.ranking.ranker import Examples, Slates

Numbers = NDArray[np.float32]
Curve = NDArray[np.float64]

_LEAST: Final = 1e-4
"""Blend scores below this are taken for it, where the logarithm is read."""
_RIDGE: Final = 1e-6
"""Penalty on the weights, beside a mean loss."""
_STEPS: Final = 500
_TERMS: Final = 4


@dataclass(frozen=True)
class Base:
    """Log odds of a purchase by a blend's score.

    Attributes:
        config: The blend's parameters.
        features: Names of all feature columns.
        sources: Those of them that are sources' scores.
        curve: float64[4], log odds are its product with 1, the score, the score squared (with its sign) and its
            logarithm; none but the first below 0.
    """

    config: BlendConfig
    features: tuple[str, ...]
    sources: tuple[str, ...]
    curve: Curve

    @classmethod
    def fit(cls, config: BlendConfig, features: tuple[str, ...], sources: tuple[str, ...], examples: Examples) -> Self:
        """Read the curve off past weeks, by logistic regression."""
        base = cls(config, features, sources, np.zeros(_TERMS))
        scores = base._blend.score_many(base._slates(examples.slates))
        return cls(config, features, sources, _logistic(_terms(scores), (examples.labels > 0).astype(np.float64)))

    def score_many(self, slates: Slates) -> Numbers:
        """Log odds of every row, float32[n]."""
        return self._odds(self._blend.score_many(self._slates(slates)))

    def shares(self, slates: Slates) -> Numbers:
        """What each source has to do with them, and what every candidate gets: float32[n, sources + 1].

        The log odds of a score of 0 are nobody's. What a candidate has beyond them is shared out as its score is.
        """
        parts = self._blend.shares(self._slates(slates))
        whole = parts.sum(axis=1)
        nothing = self._odds(np.zeros(1, np.float32))
        lifted = self._odds(whole) - nothing
        scale = np.where(whole == 0, 0, lifted / np.where(whole == 0, 1, whole)).astype(np.float32)
        found = np.empty((len(parts), parts.shape[1] + 1), np.float32)
        found[:, :-1] = parts * scale[:, None]
        found[:, -1] = nothing
        return found

    def _odds(self, scores: Numbers) -> Numbers:
        return cast("Numbers", (_terms(scores) @ self.curve).astype(np.float32))

    @cached_property
    def _blend(self) -> Blend:
        return Blend(self.config, self.sources)

    @cached_property
    def _columns(self) -> list[int]:
        return [self.features.index(name) for name in self.sources]

    def _slates(self, slates: Slates) -> Slates:
        return Slates(slates.features[:, self._columns], slates.offsets)


def _terms(scores: Numbers) -> Curve:
    """float64[n, 4], none of which falls where the score rises."""
    wide = scores.astype(np.float64)
    return np.column_stack([np.ones_like(wide), wide, wide * np.abs(wide), np.log(np.maximum(wide, _LEAST))])


def _logistic(terms: Curve, came_true: Curve) -> Curve:
    """Weights of the terms under which the chances are likeliest; none but the first below 0: a better score stays so.

    Terms are scaled to like size on the way, and a slight ridge holds those that say the same apart.
    """
    rate = np.clip(came_true.mean(), 1e-6, 1 - 1e-6) if len(came_true) else 0.5
    size = np.maximum(np.sqrt((terms**2).mean(axis=0)), 1e-9) if len(terms) else np.ones(terms.shape[1])
    scaled = terms / size

    def loss(weights: Curve) -> tuple[float, Curve]:
        odds = scaled @ weights
        chance = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
        penalised = _RIDGE * np.concatenate([[0], weights[1:]])
        slope = scaled.T @ (chance - came_true) / max(len(scaled), 1) + penalised
        return float(np.mean(np.logaddexp(0, odds) - came_true * odds) + penalised @ weights / 2), slope

    start = np.zeros(terms.shape[1])
    start[0] = np.log(rate / (1 - rate))
    bounds = [(None, None), *[(0, None)] * (len(start) - 1)]
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _STEPS, "ftol": 1e-14, "gtol": 1e-9},
    )
    return np.asarray(found.x / size, dtype=np.float64)
