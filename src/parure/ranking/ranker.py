"""The contract of every ranker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from parure.core.artifacts import load_json, save_json
from parure.core.config import Config

ConfigT = TypeVar("ConfigT", bound=Config)

OTHER: Final = "other"
"""The voice of all that is no source's, for rankers that read more than the sources' scores."""

TASKS: Final = ("click", "add_to_cart", "purchase", "spend")
"""What may become of an item within seven days: it is looked at, put into the cart, bought, or bought at a price above
the customer's own average."""


@dataclass(frozen=True)
class Slates:
    """The candidates of many queries with their features, one query's rows after the other.

    Attributes:
        features: float32[n, features]; NaN where a source has nothing to say of an item.
        offsets: int64[queries + 1]: query q's rows are ``features[offsets[q]:offsets[q + 1]]``.
        goals: float32[queries, len(TASKS)], what each query's items are to achieve, as weights of the tasks; None where
            nobody asked for anything but the ranker's own. Rankers of one task pass over it.
    """

    features: NDArray[np.float32]
    offsets: NDArray[np.int64]
    goals: NDArray[np.float32] | None = None

    @property
    def query_of_row(self) -> NDArray[np.int64]:
        """int64[n]: the query each row belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


@dataclass(frozen=True)
class Examples:
    """Slates of past moments with what came true of them.

    Attributes:
        slates: Candidates and features, as they were at the moment.
        labels: float32[n], 1 where the user bought the item in the week after.
        relevant: int64[queries], how many items the user bought, found among the candidates or not.
        week: int64[queries], the past week that each query is from; None where all are from one.
        tasks: float32[n, len(TASKS)], which of the tasks came true, 1 or 0; NaN in the column of a task that the shop
            does not record. None where only purchases were looked at.
    """

    slates: Slates
    labels: NDArray[np.float32]
    relevant: NDArray[np.int64]
    week: NDArray[np.int64] | None = None
    tasks: NDArray[np.float32] | None = None

    @property
    def weeks(self) -> NDArray[np.int64]:
        """int64[queries]: ``week``, or zeros where all queries are from one."""
        return np.zeros(len(self.relevant), dtype=np.int64) if self.week is None else self.week

    @staticmethod
    def concatenate(parts: Sequence[Examples]) -> Examples:
        """Put the examples of several moments behind each other."""
        counts = np.concatenate([np.diff(part.slates.offsets) for part in parts])
        return Examples(
            Slates(
                np.concatenate([part.slates.features for part in parts]),
                np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            ),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.relevant for part in parts]),
            np.concatenate([part.weeks for part in parts]),
            np.concatenate(tasks)
            if len(tasks := [p.tasks for p in parts if p.tasks is not None]) == len(parts)
            else None,
        )


class Ranker(ABC, Generic[ConfigT]):
    """Scores candidates by their features.

    Args:
        config: Its parameters.
        features: Names of the feature columns, in order.
    """

    kind: ClassVar[str]
    config_type: ClassVar[type[Config]]
    reads_table: ClassVar[bool] = False
    """Whether its features are the whole feature table; the sources' scores alone where False."""
    asks_everybody: ClassVar[bool] = False
    """Whether it learns from everybody who did something in the weeks it is taught by; from buyers alone where False.
    Chances are those of the customers who ask, and most of them buy nothing."""

    def __init__(self, config: ConfigT, features: Sequence[str]) -> None:
        self.config: ConfigT = config
        self.features = tuple(features)

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`shares`: the features, unless the ranker sums them up in groups."""
        return self.features

    @abstractmethod
    def fit(self, examples: Examples, *, rng: np.random.Generator) -> Self:
        """Learn from past moments."""

    @abstractmethod
    def score_many(self, slates: Slates) -> NDArray[np.float32]:
        """Scores of all rows, float32[n]; comparable within a query."""

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores of one query's candidates: float32[n] for float32[n, features]."""
        return self.score_many(Slates(features, np.array([0, len(features)], dtype=np.int64)))

    @abstractmethod
    def shares(self, slates: Slates) -> NDArray[np.float32]:
        """What each of :attr:`voices` adds to the score: float32[n, voices], a row sums to the score."""

    def scores_and_shares(self, slates: Slates) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What :meth:`score_many` and :meth:`shares` give; rankers that find both in one pass override this."""
        return self.score_many(slates), self.shares(slates)

    def as_worth(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores as rules are to see them, which multiply them: in the same order, and none below 0.

        Args:
            scores: float32[n] as :meth:`score_many` gives them.
        """
        return scores

    def save(self, directory: Path) -> None:
        """Write the ranker into an existing directory."""
        described = {"kind": self.kind, "features": list(self.features), "config": self.config.model_dump()}
        save_json(directory / "ranker.json", {**described, "state": self._state()})

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what :meth:`save` wrote."""
        described = load_json(directory / "ranker.json")
        config = cls.config_type.parse(described["config"], where=str(directory))
        ranker = cls(config, described["features"])  # type: ignore[arg-type]
        ranker._restore(described["state"])
        return ranker

    @abstractmethod
    def _state(self) -> dict[str, object]:
        """What was learned, as JSON."""

    @abstractmethod
    def _restore(self, state: dict[str, object]) -> None:
        """Take back what :meth:`_state` gave."""
