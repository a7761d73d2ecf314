"""A weighted sum of the sources' scores, made comparable first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.errors import SettingsError, did_you_mean
from parure.ranking.average_precision import MeanAveragePrecision
from parure.ranking.ranker import Examples, Ranker, Slates

Scale = Literal["minmax", "rank", "raw"]


class BlendConfig(Config):
    """Parameters of :class:`Blend`."""

    weights: dict[str, float] = Field(default_factory=dict)
    """Weight of each source by its name; sources left out share what is missing to 1, or all weigh the same."""
    scale: Scale = "minmax"
    """How scores are made comparable within a query: ``minmax`` (0 for the worst candidate, 1 for the best), ``rank``
    (1 for the first, 1/2 for the second ...), ``raw`` (as they are)."""
    rounds: int = Field(default=3, ge=1, le=20)
    """How often tuning goes over all weights."""


class Blend(Ranker[BlendConfig]):
    """Sum of weights times scaled scores; a source that has nothing to say of an item adds 0.

    The weights stand in the recipe, or :meth:`fit` tunes them on past weeks: coordinate ascent on MAP@12, over a
    grid that halves its step each round, started from the recipe's weights.
    """

    kind: ClassVar[str] = "blend"
    config_type: ClassVar[type[Config]] = BlendConfig

    def __init__(self, config: BlendConfig, features: Sequence[str]) -> None:
        super().__init__(config, features)
        for name in config.weights:
            if name not in self.features:
                raise SettingsError(
                    f"The blend weighs {name!r}, which is not a source of the recipe {did_you_mean(name, features)}.",
                    hint=f"Its sources are {', '.join(features)}.",
                )
        self.weights = _complete(config.weights, self.features)

    def fit(self, examples: Examples, *, rng: np.random.Generator) -> Self:
        """Tune the weights on past weeks; nothing about it is random."""
        del rng
        scaled = scale(examples.slates, self.config.scale)
        weights = self.weights.astype(np.float64)

        measure = MeanAveragePrecision(examples)

        def quality(candidate: NDArray[np.float64]) -> float:
            return measure(scaled @ candidate.astype(np.float32))

        best = quality(weights)
        step = 1.0
        for _ in range(self.config.rounds):
            for column in range(len(weights)):
                for trial in _trials(weights, column, step):
                    value = quality(trial)
                    if value > best:
                        best, weights = value, trial
            step /= 2
        self.weights = (weights / max(weights.sum(), 1e-12)).astype(np.float32)
        return self

    def score_many(self, slates: Slates) -> NDArray[np.float32]:
        """See :meth:`Ranker.score_many`."""
        return cast("NDArray[np.float32]", scale(slates, self.config.scale) @ self.weights)

    def shares(self, slates: Slates) -> NDArray[np.float32]:
        """See :meth:`Ranker.shares`."""
        return cast("NDArray[np.float32]", scale(slates, self.config.scale) * self.weights)

    def _state(self) -> dict[str, object]:
        return {"weights": [float(w) for w in self.weights]}

    def _restore(self, state: dict[str, object]) -> None:
        self.weights = np.array(state["weights"], dtype=np.float32)


def scale(slates: Slates, how: Scale) -> NDArray[np.float32]:
    """Make the columns comparable within each query: float32[n, features], NaN becomes 0."""
    features = slates.features
    if how == "raw" or not len(features):
        return np.nan_to_num(features, nan=0.0)
    if how == "rank":
        return _reciprocal_ranks(slates)
    filled_low = np.where(np.isnan(features), np.inf, features)
    filled_high = np.where(np.isnan(features), -np.inf, features)
    starts, rows = _query_starts(slates)
    low = np.minimum.reduceat(filled_low, starts, axis=0)[rows]
    span = np.maximum.reduceat(filled_high, starts, axis=0)[rows] - low
    # Where all scores are equal, each says the same: count them as the best.
    scaled = np.where(span > 0, (features - low) / np.where(span > 0, span, 1), 1.0)
    return np.where(np.isnan(features), 0.0, scaled).astype(np.float32)


def _query_starts(slates: Slates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each query that has rows, and for each row the place of its query among those."""
    counts = np.diff(slates.offsets)
    filled = counts > 0
    return slates.offsets[:-1][filled], np.repeat(np.arange(filled.sum()), counts[filled])


def _reciprocal_ranks(slates: Slates) -> NDArray[np.float32]:
    """1 / rank within the query and column; 0 where there is no score."""
    features = slates.features
    result = np.zeros(features.shape, dtype=np.float32)
    query = slates.query_of_row
    for column in range(features.shape[1]):
        known = np.flatnonzero(~np.isnan(features[:, column]))
        order = known[np.lexsort((known, -features[known, column], query[known]))]
        starts = np.searchsorted(query[order], query[order], side="left")
        result[order, column] = 1.0 / (np.arange(len(order)) - starts + 1)
    return result


def _complete(weights: dict[str, float], features: Sequence[str]) -> NDArray[np.float32]:
    """One weight a feature; those not named share what is missing to 1."""
    missing = [name for name in features if name not in weights]
    rest = max(1.0 - sum(weights.values()), 0.0) / len(missing) if missing else 0.0
    return np.array([weights.get(name, rest) for name in features], dtype=np.float32)


def _trials(weights: NDArray[np.float64], column: int, step: float) -> list[NDArray[np.float64]]:
    """Weights with one of them moved: switched off, and scaled down and up by the step."""
    scale_of_all = max(float(weights.max()), 1e-6)
    here = weights[column]
    values = {0.0, here / (1 + step), here * (1 + step), here + 0.1 * step * scale_of_all}
    trials = []
    for value in sorted(values - {here}):
        trial = weights.copy()
        trial[column] = value
        trials.append(trial)
    return trials
