"""Boosted trees (LightGBM), scored by code of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.core.config import Config
from parure.core.errors import BundleError, NotFittedError
from parure.ranking.base import Base
from parure.ranking.growing import LambdaMartConfig, Lesson, grown
from parure.ranking.ranker import OTHER, Examples, Ranker, Slates
from parure.ranking.trees import Forest, TreeScorer, forest_from_lightgbm, scorer_of

_RANK: Final = "_rank"


def file_name(place: int) -> str:
    """Name of a forest's file within a ranker's directory, counted from 0."""
    return f"model_{place}.txt" if place else "model.txt"


@dataclass(frozen=True)
class _Learned:
    """The forests as they are kept, and their mean as it is read and scored."""

    texts: tuple[str, ...]
    forest: Forest
    scorer: TreeScorer


class LambdaMart(Ranker[LambdaMartConfig]):
    """A sum of small decision trees over all features, each tree grown to mend what those before it get wrong.

    Follows Burges, From RankNet to LambdaRank to LambdaMART (2010), and Ke et al., LightGBM (2017), whose library grows
    the trees. Missing values are values of their own. Answering needs no LightGBM. The same examples, parameters and
    seed give the same trees, on any number of threads.

    With ``forests`` the score is the mean of several such sums, grown from other draws: what one of them took from
    chance the others do not share (Breiman, Bagging Predictors, 1996). They are scored as one forest whose leaves are
    worth their share of the mean, so answering costs so many times that of one.

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
        """Grow the forests.

        Raises:
            InputError: Nothing was bought among the candidates, or all of them, so that there is nothing to learn.
            MissingExtraError: LightGBM is not installed.
            SettingsError: ``lambdarank`` is to sort more than 10,000 candidates of a query.

        Cost:
            A forest: about 11 CPU seconds on one thread for 500,000 candidates with 45 features; 20 with
            ``lambdarank``, 3 with 30 negatives a query. Memory, once for all forests: one byte a value for the bins;
            with ``negatives`` or ``depth`` four more a value of the rows drawn, while they are sorted into bins.
        """
        begun = None
        if self.config.base is not None:
            self._base = Base.fit(self.config.base, self.features, self._sources, examples)
            begun = self._base.score_many(examples.slates)
        ranks = [self.features.index(f"{name}{_RANK}") for name in self._sources]
        self.use_trees(*grown(self.config, Lesson(examples, ranks, begun), rng=rng))
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

    def use_trees(self, *texts: str) -> None:
        """Answer with the mean of forests that LightGBM grew from these features, here or elsewhere.

        Args:
            texts: Each model as ``Booster.model_to_string`` gives it; one at least.

        Raises:
            BundleError: One is broken, of another sort than is scored here, or for another number of features.
        """
        forests = [forest_from_lightgbm(text) for text in texts]
        for forest in forests:
            if forest.features != len(self.features):
                raise BundleError(
                    f"The trees were learned from {forest.features} features, expected {len(self.features)}.",
                    hint="Run: parure train, or: parure rollback",
                )
        mean = Forest.mean(forests)
        self._learned = _Learned(texts, mean, scorer_of(mean, self._groups(), len(self.voices)))

    @property
    def forest(self) -> Forest:
        """The trees of all forests, each worth its share of the mean.

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
        """Write the ranker into an existing directory: ``ranker.json``, and each forest in LightGBM's text.

        Raises:
            NotFittedError: It was neither fitted nor loaded.
        """
        texts = self._ready.texts
        super().save(directory)
        for place, text in enumerate(texts):
            (directory / file_name(place)).write_text(text, encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what :meth:`save` wrote.

        Raises:
            BundleError: The trees are missing, broken, or were learned from other features.
        """
        ranker = super().load(directory)
        try:
            names = map(file_name, range(ranker.config.forests))
            texts = [(directory / name).read_text(encoding="utf-8") for name in names]
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(
                f"Cannot read the trees of {directory}: {error}.", hint="Run: parure train, or: parure rollback"
            ) from error
        ranker.use_trees(*texts)
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

    def _state(self) -> dict[str, object]:
        return {"trees": len(self.forest.trees), "base": None if self._base is None else self._base.curve.tolist()}

    def _restore(self, state: dict[str, object]) -> None:
        """The trees stand in a file of their own."""
        if self.config.base is not None:
            curve = np.array(state["base"], dtype=np.float64)
            self._base = Base(self.config.base, self.features, self._sources, curve)
