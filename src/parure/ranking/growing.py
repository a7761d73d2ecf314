"""How forests are grown: their parameters, the rows that they learn from, and LightGBM's part in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import cycle, islice
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from parure.core.config import Config
from parure.core.errors import InputError, MissingExtraError, SettingsError
from parure.core.processors import threads
from parure.ranking.blend import BlendConfig
from parure.ranking.ranker import Examples

Objective = Literal["binary", "lambdarank"]
_MOST_ROWS: Final = 10_000
"""LightGBM sorts no longer list than this."""
_WORTH_THREADS = 20_000
"""From so many rows on, learning uses more than one thread."""


class LambdaMartConfig(Config):
    """Parameters of :class:`LambdaMart`."""

    base: BlendConfig | None = None
    """Begin from the chance of a purchase that this blend of the sources' scores goes with, and learn what it gets
    wrong; from nothing where None."""
    forests: int = Field(default=1, ge=1, le=16)
    """How many forests are grown, each by its own seed and from rows drawn anew; a candidate's score is the mean of
    theirs. Time to learn and to answer grows with them, memory does not."""
    objective: Literal["binary", "lambdarank", "both"] = "binary"
    """What is learned: ``binary``, the chance that a candidate is bought (log loss); ``lambdarank``, to put what is
    bought in front (NDCG); ``both`` in turns, the first forest the chance, for two or more forests."""
    trees: int = Field(default=100, ge=1, le=5000)
    """How many trees a forest has."""
    leaves: int = Field(default=31, ge=2, le=1024)
    """Leaves of a tree, at most. Up to 64 are scored several times as fast as more."""
    learning_rate: float = Field(default=0.05, ge=0.001, le=1)
    """Share of a tree's advice that is taken."""
    min_leaf: int = Field(default=100, ge=1, le=1_000_000)
    """Candidates that a leaf is learned from, at least."""
    reg: float = Field(default=10.0, ge=0, le=10_000)
    """Ridge penalty on the leaves' values."""
    feature_fraction: float = Field(default=0.35, gt=0, le=1)
    """Share of the features that each tree may look at."""
    row_fraction: float = Field(default=0.8, gt=0, le=1)
    """Share of the candidates that each tree learns from."""
    bins: int = Field(default=63, ge=2, le=255)
    """Steps that a feature's values are sorted into for learning; fewer are faster."""
    depth: int | None = Field(default=None, ge=2, le=10_000)
    """Learn from the candidates that are among the first so many of any source; from all where None."""
    negatives: int | None = Field(default=None, ge=1, le=10_000)
    """Learn from all that was bought and so many other candidates of each query, drawn by chance; from all where
    None. With ``binary`` they weigh as much as those that they stand for."""
    patience: int | None = Field(default=None, ge=1, le=1000)
    """Stop when so many trees in a row brought nothing on queries held out: those of the last week, or a fifth where
    all are of one. None: grow all trees, from all queries."""

    @model_validator(mode="after")
    def _both_need_two(self) -> Self:
        if self.objective == "both" and self.forests == 1:
            raise ValueError("objective 'both' needs two forests or more, got 1; set forests")
        return self

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What each forest learns."""
        turns: tuple[Objective, ...] = ("binary", "lambdarank") if self.objective == "both" else (self.objective,)
        return tuple(islice(cycle(turns), self.forests))


@dataclass(frozen=True)
class Lesson:
    """What forests are grown from.

    Attributes:
        examples: Past moments with what came true of them.
        ranks: Columns of the sources' ranks.
        begun: float32[n], scores that the trees mend; they begin from nothing where None.
    """

    examples: Examples
    ranks: Sequence[int]
    begun: NDArray[np.float32] | None


def grown(config: LambdaMartConfig, lesson: Lesson, *, rng: np.random.Generator) -> list[str]:
    """Grow the forests, one after the other.

    Returns:
        Each in LightGBM's own text.

    Raises:
        InputError: Nothing was bought among the candidates, or all of them, so that there is nothing to learn.
        MissingExtraError: LightGBM is not installed.
        SettingsError: ``lambdarank`` is to sort more than 10,000 candidates of a query.
    """
    lightgbm = _lightgbm()
    near = _near(config, lesson)
    return [_forest(lightgbm, config, objective, lesson, near, rng) for objective in config.objectives]


def _forest(
    lightgbm: Any,
    config: LambdaMartConfig,
    objective: Objective,
    lesson: Lesson,
    near: NDArray[np.int64],
    rng: np.random.Generator,
) -> str:
    """One forest, from rows of its own."""
    examples = lesson.examples
    drawn = _drawn(examples, near, config, rng)
    bought = int((examples.labels[drawn.rows] > 0).sum())
    if bought in (0, len(drawn.rows)):
        raise InputError(
            f"{bought} of {len(drawn.rows)} candidates to learn from were bought, expected some of them.",
            hint="Let the examples reach over more weeks, or use the ranker blend.",
        )
    held = _held_out(config, examples, rng)[drawn.query]
    training = _table(lightgbm, objective, lesson, drawn.take(~held))
    watched, stop = [], []
    if held.any():
        watched = [_table(lightgbm, objective, lesson, drawn.take(held), reference=training)]
        stop = [lightgbm.early_stopping(config.patience, verbose=False)]
    seed = int(rng.integers(2**31 - 1))
    parameters = _parameters(config, objective, seed, len(drawn.rows))
    booster = lightgbm.train(parameters, training, config.trees, valid_sets=watched, callbacks=stop)
    # How many threads this machine has is no part of what was learned.
    return re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", booster.model_to_string())


def _near(config: LambdaMartConfig, lesson: Lesson) -> NDArray[np.int64]:
    """Rows within the configured depth of some source, ascending."""
    examples = lesson.examples
    if config.depth is None or not len(lesson.ranks):
        return np.arange(len(examples.labels))
    return np.flatnonzero((examples.slates.features[:, lesson.ranks] <= config.depth).any(axis=1))


def _held_out(config: LambdaMartConfig, examples: Examples, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Queries that only say when to stop, bool[queries]; none unless somebody is to stop."""
    weeks = examples.weeks
    if config.patience is None or not len(weeks):
        return np.zeros(len(weeks), dtype=bool)
    if weeks.min() != weeks.max():
        # Weeks are counted backwards from the day of training.
        return np.asarray(weeks == weeks.min())
    return np.asarray(rng.permutation(len(weeks)) < len(weeks) // 5)


def _table(lightgbm: Any, objective: Objective, lesson: Lesson, drawn: _Drawn, *, reference: Any = None) -> Any:
    """Rows as LightGBM reads them."""
    examples = lesson.examples
    features = examples.slates.features
    if len(drawn.rows) < len(features):
        features = features[drawn.rows]
    ranked = objective == "lambdarank"
    counts = np.unique(drawn.query, return_counts=True)[1]
    if ranked and counts.max(initial=0) > _MOST_ROWS:
        raise SettingsError(
            f"lambdarank was given {counts.max()} candidates of one query, expected at most {_MOST_ROWS}.",
            hint="Set negatives or depth of the ranker lambdamart, or objective to binary.",
        )
    return lightgbm.Dataset(
        features,
        (examples.labels[drawn.rows] > 0).astype(np.float32),
        # Who lacks half of the rivals lacks half of the pull: with lambdarank weights would bend the pairs.
        weight=None if ranked else drawn.weights,
        group=counts if ranked else None,
        init_score=None if lesson.begun is None else lesson.begun[drawn.rows],
        reference=reference,
    )


def _parameters(config: LambdaMartConfig, objective: Objective, seed: int, rows: int) -> dict[str, Any]:
    return {
        "objective": objective,
        "metric": "ndcg" if objective == "lambdarank" else "binary_logloss",
        "eval_at": [12],
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "min_data_in_leaf": config.min_leaf,
        "lambda_l2": config.reg,
        "feature_fraction": config.feature_fraction,
        "bagging_fraction": config.row_fraction,
        "bagging_freq": int(config.row_fraction < 1),
        "max_bin": config.bins,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        # The trees are the same on any number. With little to share out, threads mostly wait for each other.
        "num_threads": threads() if rows >= _WORTH_THREADS else 1,
        "verbosity": -1,
    }


@dataclass(frozen=True)
class _Drawn:
    """Rows to learn from, ascending, with the query of each and for how many rows it stands."""

    rows: NDArray[np.int64]
    query: NDArray[np.int64]
    weights: NDArray[np.float32] | None

    def take(self, mask: NDArray[np.bool_]) -> _Drawn:
        """Those where ``mask``, bool[rows], holds."""
        weights = None if self.weights is None else self.weights[mask]
        return _Drawn(self.rows[mask], self.query[mask], weights)


def _drawn(examples: Examples, rows: NDArray[np.int64], config: LambdaMartConfig, rng: np.random.Generator) -> _Drawn:
    """All rows that were bought, and of each query so many others as configured."""
    query = examples.slates.query_of_row[rows]
    if config.negatives is None:
        return _Drawn(rows, query, None)
    bought = examples.labels[rows] > 0
    # The first so many of each query in an order drawn by chance, which what was bought leads.
    order = np.lexsort((rng.random(len(rows)), ~bought, query))
    place = np.arange(len(rows)) - np.searchsorted(query, query)
    queries = len(examples.relevant)
    others = np.bincount(query[~bought], minlength=queries)
    limit = config.negatives + np.bincount(query[bought], minlength=queries)
    kept = np.sort(order[place < limit[query]])
    stands_for = others / np.clip(others, 1, config.negatives)
    weights = np.where(bought, 1, stands_for[query])[kept].astype(np.float32)
    return _Drawn(rows[kept], query[kept], weights)


def _lightgbm() -> Any:
    try:
        return import_module("lightgbm")
    except ModuleNotFoundError as error:
        raise MissingExtraError("lightgbm", "ranker", "Training the ranker lambdamart") from error
