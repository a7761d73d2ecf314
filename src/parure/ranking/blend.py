"""A weighted sum of the sources' scores, made comparable first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.errors import SettingsError, did_you_mean
from parure.ranking.average_precision import AveragePrecision
from parure.ranking.blending import blended
from parure.ranking.listwise import softmax_weights
from parure.ranking.ranker import Examples, Ranker, Slates
from parure.ranking.scaling import Scale, scale


class BlendConfig(Config):
    """Parameters of :class:`Blend`."""

    weights: dict[str, float] = Field(default_factory=dict)
    """Weight of each source by its name; sources left out share what is missing to 1, or all weigh the same."""
    new_weights: dict[str, float] = Field(default_factory=dict)
    """Likewise for items that the customer has not bought before; the same weights as for the others where empty."""
    own: str = "repurchase"
    """For ``new_weights``: name of the source that scores an item only if the customer bought it before."""
    scale: Scale = "minmax"
    """How scores are made comparable within a query: ``log`` (logarithm of the score's share of the best one, from 0
    up), ``minmax`` (0 for the worst candidate, 1 for the best), ``rank`` (1 for the first, 1/2 for the second ...),
    ``raw`` (as they are)."""
    floor: float = Field(default=0.01, gt=0, le=1)
    """For ``log``: scores far below this share of the best one hardly differ."""
    reg: float = Field(default=0.001, ge=0, le=1000)
    """For tuning: ridge penalty on the weights."""
    depth: int = Field(default=100, ge=2, le=10_000)
    """For tuning: weights learn to sort the first so many candidates of each query."""


class Blend(Ranker[BlendConfig]):
    """Sum of weights times scaled scores; a source that has nothing to say of an item adds 0.

    What was bought before and what is new to the customer are two tasks, so each may have weights of its own. They
    stand in the recipe. :meth:`fit` learns others from past weeks and keeps them only if, learned without a week, they
    are at least as good there as the recipe's: in each of the weeks, by MAP@12.
    """

    kind: ClassVar[str] = "blend"
    config_type: ClassVar[type[Config]] = BlendConfig

    def __init__(self, config: BlendConfig, features: Sequence[str]) -> None:
        super().__init__(config, features)
        _require_sources([*config.weights, *config.new_weights], self.features)
        if config.new_weights:
            _require_sources([config.own], self.features)
        rows = [config.weights, config.new_weights] if config.new_weights else [config.weights]
        self.task_weights = np.stack([_complete(row, self.features) for row in rows])

    @property
    def weights(self) -> NDArray[np.float32]:
        """Weights of the sources, float32[features], for items bought before or for all."""
        return cast("NDArray[np.float32]", self.task_weights[0])

    @property
    def new_weights(self) -> NDArray[np.float32]:
        """Weights of the sources, float32[features], for items that are new to the customer."""
        return cast("NDArray[np.float32]", self.task_weights[-1])

    @property
    def in_force(self) -> BlendConfig:
        """The configuration with the weights that it goes by now, those that :meth:`fit` learned, to six digits."""
        rows = [
            {name: round(float(weight), 6) for name, weight in zip(self.features, row, strict=True)}
            for row in self.task_weights
        ]
        return self.config.model_copy(update={"weights": rows[0], "new_weights": rows[-1] if len(rows) > 1 else {}})

    def fit(self, examples: Examples, *, rng: np.random.Generator) -> Self:
        """Tune the weights on past weeks; nothing about it is random.

        With examples of one week only, the two halves of its queries stand in for weeks.
        """
        del rng
        learner = _Learner(examples, self)
        if learner.learned_is_better():
            learned = learner.learn(np.ones(len(examples.relevant), dtype=bool))
            self.task_weights = (learned / max(float(learned.sum(axis=1).max()), 1e-12)).astype(np.float32)
        return self

    def scaled(self, slates: Slates) -> NDArray[np.float32]:
        """The sources' scores, made comparable: float32[n, features]."""
        return scale(slates, self.config.scale, floor=self.config.floor)

    def task(self, slates: Slates) -> NDArray[np.int64]:
        """Which row of weights each candidate reads, int64[n]."""
        if len(self.task_weights) == 1:
            return np.zeros(len(slates.features), dtype=np.int64)
        return np.isnan(slates.features[:, self.features.index(self.config.own)]).astype(np.int64)

    def score_many(self, slates: Slates) -> NDArray[np.float32]:
        """See :meth:`Ranker.score_many`."""
        return self.scores_and_shares(slates)[0]

    def shares(self, slates: Slates) -> NDArray[np.float32]:
        """See :meth:`Ranker.shares`."""
        return cast("NDArray[np.float32]", self.scaled(slates) * self.task_weights[self.task(slates)])

    def scores_and_shares(self, slates: Slates) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See :meth:`Ranker.scores_and_shares`."""
        if len(slates.offsets) == 2 and self.config.scale == "minmax":
            own = self.features.index(self.config.own) if len(self.task_weights) > 1 else 0
            return blended(slates.features, self.task_weights, own)
        shares = self.shares(slates)
        return cast("NDArray[np.float32]", shares.sum(axis=1)), shares

    def _state(self) -> dict[str, object]:
        return {"weights": [[float(weight) for weight in row] for row in self.task_weights]}

    def _restore(self, state: dict[str, object]) -> None:
        self.task_weights = np.array(state["weights"], dtype=np.float32)


class _Learner:
    """Learns weights from some queries and compares them with the ranker's on others."""

    def __init__(self, examples: Examples, ranker: Blend) -> None:
        self._examples = examples
        self._start = ranker.task_weights.astype(np.float64)
        self._reg = ranker.config.reg
        self._scaled = ranker.scaled(examples.slates)
        self._task = ranker.task(examples.slates)
        self._query = examples.slates.query_of_row
        self._kept = _first(self._scores(self._start), self._query, ranker.config.depth)
        self._columns = _columns(self._scaled[self._kept], self._task[self._kept], len(self._start))

    def learn(self, queries: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Weights by the examples of ``queries``, bool[queries]: float64[tasks, features]."""
        rows = queries[self._query[self._kept]]
        kept = self._kept[rows]
        flat = softmax_weights(
            self._columns[rows],
            self._examples.labels[kept],
            self._query[kept],
            start=self._start.ravel(),
            reg=self._reg,
        )
        return flat.reshape(self._start.shape)

    def learned_is_better(self) -> bool:
        """Whether learned weights hold their own in every fold that they did not see, and gain in one."""
        folds = _folds(self._examples)
        precision = AveragePrecision(self._examples)
        before = precision(self._scores(self._start))
        gains = []
        for fold in np.unique(folds):
            unseen = folds == fold
            after = precision(self._scores(self.learn(~unseen)))
            gains.append(float((after - before)[unseen].mean()))
        return bool(gains) and min(gains) >= 0 and max(gains) > 0

    def _scores(self, weights: NDArray[np.float64]) -> NDArray[np.float32]:
        by_task = self._scaled @ weights.T.astype(np.float32)
        return np.take_along_axis(by_task, self._task[:, None], axis=1)[:, 0]


def _folds(examples: Examples) -> NDArray[np.int64]:
    """The part that each query belongs to, int64[queries]: its week, or one of two halves where all are of one week."""
    if len(np.unique(examples.weeks)) > 1:
        return examples.weeks
    return np.arange(len(examples.relevant)) % 2


def _first(scores: NDArray[np.float32], query: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Rows of the ``n`` best candidates of each query, ascending."""
    order = np.lexsort((-scores, query))
    place = np.arange(len(order)) - np.searchsorted(query, query[order])
    return np.sort(order[place < n])


def _columns(scaled: NDArray[np.float32], task: NDArray[np.int64], tasks: int) -> NDArray[np.float32]:
    """One block of columns a task, 0 in the rows of other tasks: float32[n, tasks * features]."""
    return np.hstack([np.where((task == number)[:, None], scaled, np.float32(0)) for number in range(tasks)])


def _require_sources(names: Sequence[str], features: Sequence[str]) -> None:
    for name in names:
        if name not in features:
            raise SettingsError(
                f"The blend weighs {name!r}, which is not a source of the recipe {did_you_mean(name, features)}.",
                hint=f"Its sources are {', '.join(features)}.",
            )


def _complete(weights: Mapping[str, float], features: Sequence[str]) -> NDArray[np.float32]:
    """One weight a feature; those not named share what is missing to 1."""
    missing = [name for name in features if name not in weights]
    rest = max(1.0 - sum(weights.values()), 0.0) / len(missing) if missing else 0.0
    return np.array([weights.get(name, rest) for name in features], dtype=np.float32)
