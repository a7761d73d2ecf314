"""What every ranker must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parure.core.clock import rng_for
from parure.core.errors import InputError, NotFittedError
from parure.ranking import Examples, Ranker, Slates
from parure.testing.checks import bytes_of, require

FEATURES = ("good", "noise", "sparse")
"""Names of the features of :meth:`RankerContract.examples`."""


def require_scores(scores: NDArray[np.float32], count: int) -> None:
    """Fail unless there are so many scores, all of them numbers."""
    require(scores.dtype == np.float32, f"scores are {scores.dtype}, expected float32")
    require(scores.shape == (count,), f"scores have shape {scores.shape}, expected ({count},)")
    require(np.isfinite(scores).all(), "a score is not a number")


class RankerContract:
    """Tests that every ranker passes: inherit, and say how the ranker is made."""

    @abstractmethod
    def ranker(self, features: Sequence[str]) -> Ranker[Any]:
        """A new ranker for features of these names."""
        raise NotImplementedError

    def examples(self) -> Examples:
        """Forty queries of eight candidates; ``good`` points at what was bought, ``sparse`` is unknown for half."""
        rng = np.random.default_rng(7)
        labels = np.zeros(40 * 8, dtype=np.float32)
        labels[np.arange(40) * 8 + rng.integers(0, 8, 40)] = 1
        good = labels + rng.normal(0, 0.3, len(labels))
        sparse = np.where(rng.random(len(labels)) < 0.5, np.nan, rng.random(len(labels)))
        features = np.column_stack([good, rng.random(len(labels)), sparse]).astype(np.float32)
        offsets = np.arange(0, len(labels) + 1, 8, dtype=np.int64)
        return Examples(Slates(features, offsets), labels, np.ones(40, dtype=np.int64))

    def fitted(self) -> Ranker[Any]:
        """A ranker fitted with a fixed seed."""
        return self.ranker(FEATURES).fit(self.examples(), rng=rng_for(0, "contract"))

    def test_every_row_gets_a_number_even_where_sources_say_nothing(self) -> None:
        slates, ranker = self.examples().slates, self.fitted()
        scores = ranker.score_many(slates)
        require_scores(scores, len(slates.features))
        require_scores(ranker.as_worth(scores), len(slates.features))

    def test_a_ranker_that_learned_nothing_scores_or_says_so(self) -> None:
        slates = self.examples().slates
        try:
            scores = self.ranker(FEATURES).score_many(slates)
        except NotFittedError:
            return
        require_scores(scores, len(slates.features))

    def test_candidates_that_no_source_scores_get_a_number(self) -> None:
        nothing = np.full((3, len(FEATURES)), np.nan, dtype=np.float32)
        require(np.isfinite(self.fitted().score(nothing)).all(), "a score is not a number")

    def test_one_query_is_scored_as_among_many(self) -> None:
        ranker, slates = self.fitted(), self.examples().slates
        scores = ranker.score_many(slates)
        for start, stop in zip(slates.offsets[:-1], slates.offsets[1:], strict=True):
            alone = ranker.score(slates.features[start:stop])
            require(np.allclose(alone, scores[start:stop], atol=1e-6), f"{alone} against {scores[start:stop]}")

    def test_queries_without_candidates_are_allowed(self) -> None:
        ranker = self.fitted()
        none = np.empty((0, len(FEATURES)), dtype=np.float32)
        require(len(ranker.score(none)) == 0, "expected no scores")
        row = np.ones((1, len(FEATURES)), dtype=np.float32)
        gaps = Slates(row, np.array([0, 0, 1, 1], dtype=np.int64))
        require(ranker.score_many(gaps).shape == (1,), "expected one score")
        require(ranker.shares(gaps).shape == (1, len(ranker.voices)), "expected one row of shares")

    def test_the_order_of_candidates_does_not_change_their_scores(self) -> None:
        ranker, features = self.fitted(), self.examples().slates.features[:8]
        order = np.array([3, 1, 7, 0, 2, 6, 5, 4])
        require(
            np.allclose(ranker.score(features)[order], ranker.score(features[order]), atol=1e-6),
            "scores change with the order of the candidates",
        )

    def test_shares_of_the_voices_add_up_to_the_score(self) -> None:
        ranker, slates = self.fitted(), self.examples().slates
        shares, scores = ranker.shares(slates), ranker.score_many(slates)
        expected = (len(slates.features), len(ranker.voices))
        require(shares.shape == expected, f"shares have shape {shares.shape}, expected {expected}")
        require(np.allclose(shares.sum(axis=1), scores, atol=1e-4), "shares do not add up to the score")

    def test_fitting_finds_what_was_bought(self) -> None:
        examples = self.examples()
        scores = self.fitted().score_many(examples.slates).reshape(-1, 8)
        hits = (scores.argmax(axis=1) == examples.labels.reshape(-1, 8).argmax(axis=1)).mean()
        require(hits > 0.5, f"the bought item is first in {hits:.0%} of the queries; chance is 13%")

    def test_a_slate_of_one_candidate_is_scored(self) -> None:
        ranker, row = self.fitted(), self.examples().slates.features[:1]
        require_scores(ranker.score(row), 1)
        require(
            np.allclose(ranker.shares(Slates(row, np.array([0, 1]))).sum(axis=1), ranker.score(row), atol=1e-4),
            "shares do not add up to the score",
        )

    def test_it_learns_where_a_feature_is_never_known(self) -> None:
        examples = self.examples()
        features = examples.slates.features.copy()
        features[:, FEATURES.index("sparse")] = np.nan
        slates = Slates(features, examples.slates.offsets)
        ranker = self.ranker(FEATURES).fit(replace(examples, slates=slates), rng=rng_for(0, "contract"))
        require_scores(ranker.score_many(slates), len(features))
        require_scores(ranker.score_many(examples.slates), len(features))

    def test_it_learns_where_some_queries_bought_nothing(self) -> None:
        examples = self.examples()
        labels = examples.labels.copy()
        labels[: 5 * 8] = 0
        told = replace(examples, labels=labels, relevant=np.repeat([0, 1], [5, 35]))
        ranker = self.ranker(FEATURES).fit(told, rng=rng_for(0, "contract"))
        require_scores(ranker.score_many(examples.slates), len(labels))

    def test_where_nobody_bought_anything_it_scores_or_says_so(self) -> None:
        examples = self.examples()
        nothing = replace(examples, labels=np.zeros_like(examples.labels), relevant=np.zeros(40, dtype=np.int64))
        try:
            ranker = self.ranker(FEATURES).fit(nothing, rng=rng_for(0, "contract"))
        except InputError:
            return
        require_scores(ranker.score_many(examples.slates), len(nothing.labels))

    def test_features_are_left_as_they_are(self) -> None:
        examples = self.examples()
        before = examples.slates.features.copy()
        ranker = self.ranker(FEATURES).fit(examples, rng=rng_for(0, "contract"))
        ranker.score_many(examples.slates)
        ranker.shares(examples.slates)
        require(np.array_equal(before, examples.slates.features, equal_nan=True), "the features were changed")

    def test_the_same_seed_gives_the_same_bytes(self, tmp_path: Path) -> None:
        saved = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            self.fitted().save(tmp_path / name)
            saved.append(bytes_of(tmp_path / name))
        require(saved[0] == saved[1], "the same examples and seed gave other bytes")

    def test_a_loaded_ranker_scores_as_the_saved_one(self, tmp_path: Path) -> None:
        ranker, slates = self.fitted(), self.examples().slates
        ranker.save(tmp_path)
        loaded = type(ranker).load(tmp_path)
        require(loaded.features == FEATURES, f"the features are {loaded.features}")
        require(np.array_equal(loaded.score_many(slates), ranker.score_many(slates)), "scores differ after loading")
