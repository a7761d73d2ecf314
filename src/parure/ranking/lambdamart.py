"""Boosted trees (LightGBM), scored by code of our own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.errors import BundleError, InputError, MissingExtraError, NotFittedError, SettingsError
from parure.core.processors import threads
from parure.ranking.base import Base
from parure.ranking.blend import BlendConfig
from parure.ranking.ranker import OTHER, Examples, Ranker, Slates
from parure.ranking.trees import Forest, TreeScorer, forest_from_lightgbm, scorer_of

FILE_NAME: Final = "model.txt"
"""The trees within a ranker's directory, in LightGBM's own text."""
_RANK = "_rank"
_MOST_ROWS = 10_000
"""LightGBM sorts no longer list than this."""
_WORTH_THREADS = 20_000
"""From so many rows on, learning uses more than one thread."""


class LambdaMartConfig(Config):
    """Parameters of :class:`LambdaMart`."""

    base: BlendConfig | None = None
    """Begin from the chance of a purchase that this blend of the sources' scores goes with, and learn what it gets
    wrong; from nothing where None."""
    objective: Literal["binary", "lambdarank"] = "binary"
    """What is learned: ``binary``, the chance that a candidate is bought (log loss); ``lambdarank``, to put what is
    bought in front (NDCG)."""
    trees: int = Field(default=100, ge=1, le=5000)
    """How many trees."""
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


@dataclass(frozen=True)
class _Learned:
    """The trees, in the forms in which they are kept, read and scored."""

    text: str
    forest: Forest
    scorer: TreeScorer


class LambdaMart(Ranker[LambdaMartConfig]):
    """A sum of small decision trees over all features, each tree grown to mend what those before it get wrong.

    Follows Burges, From RankNet to LambdaRank to LambdaMART (2010), and Ke et al., LightGBM (2017), whose library grows
    the trees. Missing values are values of their own. Answering needs no LightGBM. The same examples, parameters and
    seed give the same trees, on any number of threads.

    Features ``x`` for which there is an ``x_rank`` are sources. :attr:`voices` are the sources, each with its rank, and
    ``other`` for the rest.
    """

    kind: ClassVar[str] = "lambdamart"
    config_type: ClassVar[type[Config]] = LambdaMartConfig
    reads_table: ClassVar[bool] = True

    def __init__(self, config: LambdaMartConfig, features: Sequence[str]) -> None:
        super().__init__(config, features)
        self._sources = tuple(name for name in self.features if f"{name}{_RANK}" in self.features)
        self._learned: _Learned | None = None
        self._base: Base | None = None

    @property
    def voices(self) -> tuple[str, ...]:
        """The sources, and ``other``."""
        return (*self._sources, OTHER)

    def fit(self, examples: Examples, *, rng: np.random.Generator) -> Self:
        """Grow the trees.

        Raises:
            InputError: Nothing was bought among the candidates, or all of them, so that there is nothing to learn.
            MissingExtraError: LightGBM is not installed.
            SettingsError: ``lambdarank`` is to sort more than 10,000 candidates of a query.

        Cost:
            About 11 CPU seconds on one thread for 500,000 candidates with 45 features; 20 with ``lambdarank``, 3 with
            30 negatives a query. Memory for their bins, one byte a value.
        """
        lightgbm = _lightgbm()
        if self.config.base is not None:
            self._base = Base.fit(self.config.base, self.features, self._sources, examples)
        drawn = _drawn(examples, self._near(examples), self.config, rng)
        bought = int((examples.labels[drawn.rows] > 0).sum())
        if bought in (0, len(drawn.rows)):
            raise InputError(
                f"{bought} of {len(drawn.rows)} candidates to learn from were bought, expected some of them.",
                hint="Let the examples reach over more weeks, or use the ranker blend.",
            )
        held = self._held_out(examples, rng)[drawn.query]
        training = self._table(lightgbm, examples, drawn.take(~held))
        watched, stop = [], []
        if held.any():
            watched = [self._table(lightgbm, examples, drawn.take(held), reference=training)]
            stop = [lightgbm.early_stopping(self.config.patience, verbose=False)]
        seed = int(rng.integers(2**31 - 1))
        booster = lightgbm.train(
            self._parameters(seed, len(drawn.rows)), training, self.config.trees, valid_sets=watched, callbacks=stop
        )
        # How many threads this machine has is no part of what was learned.
        self.use_trees(re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", booster.model_to_string()))
        return self

    def score_many(self, slates: Slates) -> NDArray[np.float32]:
        """See :meth:`Ranker.score_many`.

        Raises:
            NotFittedError: It was neither fitted nor loaded.
        """
        scores = self._ready.scorer.scores(slates.features)
        return scores if self._base is None else scores + self._base.score_many(slates)

    def shares(self, slates: Slates) -> NDArray[np.float32]:
        """See :meth:`Ranker.shares`.

        Each step on the way through a tree changes what is expected of the candidate; the change counts for the voice
        of the feature that was looked at (Saabas, Interpreting Random Forests, 2014).

        Raises:
            NotFittedError: It was neither fitted nor loaded.
        """
        return self.scores_and_shares(slates)[1]

    def scores_and_shares(self, slates: Slates) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What :meth:`score_many` and :meth:`shares` give, from one pass through the trees.

        Raises:
            NotFittedError: It was neither fitted nor loaded.

        Cost:
            Twice that of the scores alone, for up to 16 voices.
        """
        scores, shares = self._ready.scorer.scores_and_shares(slates.features)
        if self._base is None:
            return scores, shares
        begun = self._base.shares(slates)
        return scores + begun.sum(axis=1), shares + begun

    def as_worth(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """See :meth:`Ranker.as_worth`: as chances, which is what the scores are the log odds of."""
        return (1 / (1 + np.exp(-np.clip(scores, -60, 60)))).astype(np.float32)

    def use_trees(self, text: str) -> None:
        """Answer with trees that LightGBM grew from these features, here or elsewhere.

        Args:
            text: The model as ``Booster.model_to_string`` gives it.

        Raises:
            BundleError: It is broken, of another sort than is scored here, or for another number of features.
        """
        forest = forest_from_lightgbm(text)
        if forest.features != len(self.features):
            raise BundleError(
                f"The trees were learned from {forest.features} features, expected {len(self.features)}.",
                hint="Run: parure train, or: parure rollback",
            )
        self._learned = _Learned(text, forest, scorer_of(forest, self._groups(), len(self.voices)))

    @property
    def forest(self) -> Forest:
        """The trees.

        Raises:
            NotFittedError: It was neither fitted nor loaded.
        """
        return self._ready.forest

    def importance(self) -> dict[str, float]:
        """How much the splits on each feature lowered the loss in all, the most useful feature first.

        Raises:
            NotFittedError: It was neither fitted nor loaded.
        """
        gains = self.forest.gains()
        return {self.features[place]: float(gains[place]) for place in np.argsort(-gains, kind="stable")}

    def save(self, directory: Path) -> None:
        """Write the ranker into an existing directory: ``ranker.json``, and the trees in LightGBM's text.

        Raises:
            NotFittedError: It was neither fitted nor loaded.
        """
        text = self._ready.text
        super().save(directory)
        (directory / FILE_NAME).write_text(text, encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what :meth:`save` wrote.

        Raises:
            BundleError: The trees are missing, broken, or were learned from other features.
        """
        ranker = super().load(directory)
        try:
            ranker.use_trees((directory / FILE_NAME).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(
                f"Cannot read {directory / FILE_NAME}: {error}.", hint="Run: parure train, or: parure rollback"
            ) from error
        return ranker

    @property
    def _ready(self) -> _Learned:
        if self._learned is None:
            raise NotFittedError(
                "The ranker lambdamart was asked before it had learned anything.", hint="Run: parure train"
            )
        return self._learned

    def _groups(self) -> list[int]:
        """The voice of each feature."""
        voice = {name: place for place, name in enumerate(self._sources)}
        return [voice.get(name, voice.get(name.removesuffix(_RANK), len(voice))) for name in self.features]

    def _near(self, examples: Examples) -> NDArray[np.int64]:
        """Rows within the configured depth of some source, ascending."""
        ranks = [self.features.index(f"{name}{_RANK}") for name in self._sources]
        if self.config.depth is None or not ranks:
            return np.arange(len(examples.labels))
        return np.flatnonzero((examples.slates.features[:, ranks] <= self.config.depth).any(axis=1))

    def _held_out(self, examples: Examples, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Queries that only say when to stop, bool[queries]; none unless somebody is to stop."""
        weeks = examples.weeks
        if self.config.patience is None or not len(weeks):
            return np.zeros(len(weeks), dtype=bool)
        if weeks.min() != weeks.max():
            # Weeks are counted backwards from the day of training.
            return np.asarray(weeks == weeks.min())
        return np.asarray(rng.permutation(len(weeks)) < len(weeks) // 5)

    def _table(self, lightgbm: Any, examples: Examples, drawn: _Drawn, *, reference: Any = None) -> Any:
        """Rows as LightGBM reads them."""
        features = examples.slates.features
        if len(drawn.rows) < len(features):
            features = features[drawn.rows]
        ranked = self.config.objective == "lambdarank"
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
            init_score=None if self._base is None else self._base.score_many(examples.slates)[drawn.rows],
            reference=reference,
        )

    def _parameters(self, seed: int, rows: int) -> dict[str, Any]:
        config = self.config
        return {
            "objective": config.objective,
            "metric": "ndcg" if config.objective == "lambdarank" else "binary_logloss",
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

    def _state(self) -> dict[str, object]:
        return {"trees": len(self.forest.trees), "base": None if self._base is None else self._base.curve.tolist()}

    def _restore(self, state: dict[str, object]) -> None:
        """The trees stand in a file of their own."""
        if self.config.base is not None:
            curve = np.array(state["base"], dtype=np.float64)
            self._base = Base(self.config.base, self.features, self._sources, curve)


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
