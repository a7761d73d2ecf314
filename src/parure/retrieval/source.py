"""The contract of every candidate source.

A source is fitted on a dataset and then *folds in* queries: it turns the history inside a query into whatever it
scores with (a user vector, a row of a matrix, a list of items). It keeps nothing about single users, so a customer
it has never seen is served exactly like one from training, and a live event counts at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, IdMap, Query, best_first
from parure.core.artifacts import load_json, save_json
from parure.core.config import Config
from parure.core.errors import NotFittedError
from parure.dataset import Dataset

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]
ConfigT = TypeVar("ConfigT", bound=Config)


class FoldedIn(ABC):
    """Queries folded into one source: ask it for its best items, or for its scores of given items."""

    @abstractmethod
    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """The best ``k`` items for each query.

        Args:
            k: How many at most; fewer come back when the source knows fewer.
            exclude: For each query, item rows that must not come back.

        Returns:
            One :class:`Candidates` a query, best first, ties broken by item id.
        """

    @abstractmethod
    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """The source's scores of given items.

        Args:
            rows: For each query, item rows.

        Returns:
            For each query, float32 of the same length; NaN where the source has nothing to say.
        """


class DenseFoldedIn(FoldedIn):
    """Queries folded in as one score for every item.

    Args:
        source: Name of the source.
        items: The catalogue.
        scores: float32[queries, items]; NaN where the source has nothing to say.
    """

    def __init__(self, source: str, items: IdMap, scores: NDArray[np.float32]) -> None:
        self._source = source
        self._items = items
        self._scores = scores

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        found = []
        for position, scores in enumerate(self._scores):
            if exclude is not None and len(exclude[position]):
                scores = scores.copy()
                scores[exclude[position]] = np.nan
            best = best_first(scores, k)
            found.append(Candidates(self._source, self._items, best, scores[best]))
        return found

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        return [scores[wanted] for scores, wanted in zip(self._scores, rows, strict=True)]


class Source(ABC, Generic[ConfigT]):
    """Finds candidates for a query.

    Subclasses set ``kind`` and ``config_type`` and write :meth:`fit`, :meth:`fold_in`, :meth:`_save` and :meth:`_load`.

    Args:
        config: Its parameters; the defaults where None.
        name: What it is called in recipes and answers; its ``kind`` where None.
    """

    kind: ClassVar[str]
    config_type: ClassVar[type[Config]]

    def __init__(self, config: ConfigT | None = None, *, name: str | None = None) -> None:
        self.config: ConfigT = config if config is not None else self.config_type()  # type: ignore[assignment]
        self.name = name or self.kind
        self._items: IdMap | None = None

    @property
    def items(self) -> IdMap:
        """The catalogue it was fitted on.

        Raises:
            NotFittedError: It has not been fitted or loaded.
        """
        if self._items is None:
            raise NotFittedError(f"The source {self.name!r} has not been fitted.", hint="Call fit or load first.")
        return self._items

    @abstractmethod
    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn from ``dataset``; the same data, parameters and generator give the same model."""

    @abstractmethod
    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """Take in the histories of ``queries``; unknown items in them are skipped."""

    def retrieve(self, query: Query, k: int) -> Candidates:
        """The best ``k`` items for one query; never padded, never an unknown item, ties broken by item id."""
        return self.retrieve_many([query], k)[0]

    def retrieve_many(self, queries: Sequence[Query], k: int) -> list[Candidates]:
        """The same as :meth:`retrieve` for each query, at less cost."""
        return self.fold_in(queries).top(k) if queries else []

    def save(self, directory: Path) -> None:
        """Write all that :meth:`load` needs, except the catalogue itself, into an existing empty directory."""
        del_items = self.items  # fails early where nothing was fitted
        save_json(directory / "source.json", {"items": del_items.fingerprint, "config": self.config.model_dump()})
        self._save(directory)

    @classmethod
    def load(cls, directory: Path, items: IdMap, *, name: str | None = None) -> Self:
        """Read what :meth:`save` wrote.

        Args:
            directory: Where it was saved.
            items: The catalogue it was fitted on; the bundle keeps it once for all sources.
            name: What the source is called; its ``kind`` where None.

        Raises:
            BundleError: A file is missing or broken.
        """
        described = load_json(directory / "source.json")
        source = cls(cls.config_type.parse(described["config"], where=str(directory)), name=name)  # type: ignore[arg-type]
        source._items = items
        source._load(directory)
        return source

    @abstractmethod
    def _save(self, directory: Path) -> None:
        """Write the fitted arrays."""

    @abstractmethod
    def _load(self, directory: Path) -> None:
        """Read the fitted arrays."""


class ItemSimilarity(ABC):
    """A source that also says which items are alike."""

    @abstractmethod
    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """The ``k`` items most alike to each of ``item_ids``, without the item itself; none for an unknown item."""
