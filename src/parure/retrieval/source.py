"""The contract of every candidate source.

A source is fitted on a dataset and then *folds in* queries: it turns the history inside a query into whatever it
scores with (a user vector, a row of a matrix, a list of items). Its answer depends on the query alone, so a customer
it has never seen is served exactly like one from training, and a live event counts at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, IdMap, Query
from parure.core.artifacts import Array, load_json, map_arrays, save_arrays, save_json
from parure.core.config import Config
from parure.core.errors import BundleError, NotFittedError
from parure.dataset import Dataset
from parure.retrieval.folded import FoldedIn, Rows, Scores
from parure.retrieval.likeliest import likeliest
from parure.retrieval.signals import Acts, Signal, acts_of_dataset, acts_of_queries, counts_purchases

ConfigT = TypeVar("ConfigT", bound=Config)


class Source(ABC, Generic[ConfigT]):
    """Finds candidates for a query.

    Subclasses set ``kind`` and ``config_type`` and write :meth:`fit`, :meth:`fold_in`, :meth:`_arrays` and
    :meth:`_restore`.

    Args:
        config: Its parameters; the defaults where None.
        name: What it is called in recipes and answers; its ``kind`` where None.
    """

    kind: ClassVar[str]
    config_type: ClassVar[type[Config]]
    spins: ClassVar[bool] = False
    """Whether its threads wait for each other in a loop while fitting, as those of OpenMP do: two such sources side by
    side share the processors."""

    def __init__(self, config: ConfigT | None = None, *, name: str | None = None) -> None:
        self.config: ConfigT = config if config is not None else self.config_type()  # type: ignore[assignment]
        self.name = name or self.kind
        self._items: IdMap | None = None
        self._purchases_only = True

    @property
    def items(self) -> IdMap:
        """The catalogue it was fitted on.

        Raises:
            NotFittedError: It has not been fitted or loaded.
        """
        if self._items is None:
            raise NotFittedError(f"The source {self.name!r} has not been fitted.", hint="Call fit or load first.")
        return self._items

    @property
    def purchases_only(self) -> bool:
        """Whether nothing but purchases counts in a history."""
        return self._purchases_only

    def called(self, name: str) -> Self:
        """The same source under another name; what was learned is shared."""
        if name == self.name:
            return self
        other = copy(self)
        other.name = name
        return other

    @abstractmethod
    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn from ``dataset``; the same data, parameters and generator give the same model."""

    @abstractmethod
    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """Take in the histories of ``queries``; unknown items in them are skipped.

        Whoever was not there when the source was fitted, and has no history, gets what anybody like that gets: such
        requests share what was found for one of them.
        """

    def retrieve(self, query: Query, k: int) -> Candidates:
        """The best ``k`` items for one query; never padded, never an unknown item, ties broken by item id."""
        return self.retrieve_many([query], k)[0]

    def retrieve_many(self, queries: Sequence[Query], k: int) -> list[Candidates]:
        """The same as :meth:`retrieve` for each query, at less cost."""
        return self.fold_in(queries).top(k) if queries else []

    def save(self, directory: Path) -> None:
        """Write all that :meth:`load` needs, except the catalogue itself, into an existing empty directory."""
        described = {
            "kind": self.kind,
            "items": self.items.fingerprint,
            "config": self.config.model_dump(mode="json"),
            "purchases_only": self._purchases_only,
        }
        save_json(directory / "source.json", described)
        self._save(directory)

    @classmethod
    def load(cls, directory: Path, items: IdMap, *, name: str | None = None) -> Self:
        """Read what :meth:`save` wrote.

        Args:
            directory: Where it was saved.
            items: The catalogue it was fitted on; the bundle keeps it once for all sources.
            name: What the source is called; its ``kind`` where None.

        Raises:
            BundleError: A file is missing or broken, or it was fitted on another catalogue.
        """
        described = load_json(directory / "source.json")
        if (described.get("kind"), described.get("items")) != (cls.kind, items.fingerprint):
            raise BundleError(
                f"{directory} holds a source {described.get('kind')!r} of the catalogue {described.get('items')!r};"
                f" expected {cls.kind!r} of {items.fingerprint!r}.",
                hint="Run: parure train, or: parure rollback",
            )
        source = cls(cls.config_type.parse(described["config"], where=str(directory)), name=name)  # type: ignore[arg-type]
        source._items = items
        source._purchases_only = bool(described["purchases_only"])
        source._load(directory)
        return source

    def _acts_of_dataset(self, dataset: Dataset) -> Acts:
        """What the dataset's customers did, as far as it counts; settles that for :meth:`_acts_of_queries` too.

        Purchases where the dataset has any, else all events by their weights, unless ``purchases_only`` of the config
        says which.
        """
        wanted = self.config.purchases_only if isinstance(self.config, Signal) else None
        self._purchases_only = counts_purchases(wanted, dataset)
        return acts_of_dataset(dataset, purchases_only=self._purchases_only)

    def _acts_of_queries(self, queries: Sequence[Query]) -> Acts:
        """What the histories of queries say, by the events that counted in training."""
        return acts_of_queries(queries, self.items, purchases_only=self._purchases_only)

    def _save(self, directory: Path) -> None:
        """Write what was learned; sources that hold more than arrays override this and :meth:`_load`."""
        save_arrays(directory / "arrays.npz", self._arrays())

    def _load(self, directory: Path) -> None:
        """Read what :meth:`_save` wrote."""
        self._restore(map_arrays(directory / "arrays.npz"))

    @abstractmethod
    def _arrays(self) -> dict[str, Array]:
        """What was learned, by name."""

    @abstractmethod
    def _restore(self, arrays: dict[str, Array]) -> None:
        """Take back what :meth:`_arrays` gave."""


class ItemSimilarity(ABC):
    """What a source adds that also says which items are alike."""

    @abstractmethod
    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """The ``k`` items most alike to each of ``item_ids``, without the item itself; none for an unknown item."""

    @abstractmethod
    def likeness(self, item_ix: Rows, others: Rows) -> Scores:
        """How alike items are to others, as far as the others speak for them; for reasons, of few items at once.

        Args:
            item_ix: int32[n], rows of the catalogue.
            others: int32[m], rows of the catalogue.

        Returns:
            float32[n, m] in the measure of :meth:`similar`; 0 or less, or NaN, where the other says nothing.
        """

    def likeliest(self, item_ix: Rows, others: Rows, weight: Scores) -> tuple[Rows, Scores]:
        """Which of the others adds most to each item: its likeness times its weight. Found in one go where that pays.

        Args:
            item_ix: int32[n], rows of the catalogue.
            others: int32[m], likewise.
            weight: float32[m], of the others.

        Returns:
            int32[n], places among the others, -1 where none adds anything, and float32[n], how alike the two are.
        """
        return likeliest(self.likeness(item_ix, others), weight)


@dataclass(frozen=True)
class Grounds:
    """What a score rests on, one entry an event of a history.

    Attributes:
        contribution: float64[n], what the event's item adds to the score; events on the same item share it.
        similarity: float32[n], how alike the event's item and the scored one are; NaN where unknown.
    """

    contribution: NDArray[np.float64]
    similarity: NDArray[np.float32]


class Grounded(ABC):
    """What a source adds whose scores are sums over what the customer did."""

    @abstractmethod
    def grounds(self, query: Query, item_ix: int) -> Grounds:
        """What the score of one item rests on, event by event of the query's history."""
