"""The table of features: one row a candidate, the same columns whatever the shop has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from parure.core import IdMap, Query
from parure.core.artifacts import load_arrays, load_json, save_arrays, save_json
from parure.core.errors import BundleError
from parure.dataset import Dataset
from parure.ranking.features.affinity import Affinity
from parure.ranking.features.alike import Look, Words
from parure.ranking.features.customer import Customer
from parure.ranking.features.group import Asked, Facts, Feature, Floats, Group, Rows
from parure.ranking.features.items import Items
from parure.ranking.features.likeminded import LikeMinded
from parure.ranking.features.own import Own
from parure.ranking.features.plan import Plan
from parure.ranking.features.prices import Prices
from parure.ranking.features.sources import AGREEMENT, fill_sources, source_features

_GROUPS: Final[dict[str, type[Group]]] = {
    "own": Own,
    "affinity": Affinity,
    "prices": Prices,
    "items": Items,
    "plan": Plan,
    "likeminded": LikeMinded,
    "look": Look,
    "words": Words,
    "customer": Customer,
}
"""The groups in the order of their columns, by the names that their arrays are stored under."""

FEATURES: Final[tuple[Feature, ...]] = (*AGREEMENT, *(f for group in _GROUPS.values() for f in group.features))
"""Every column but the score and the rank by each source."""

_FORMAT: Final = 1


class FeatureTable:
    """Everything a ranker is told of a candidate: see :data:`FEATURES`.

    A row follows from what was known at the dataset's moment and from the query alone: its history, its moment, what is
    known of the customer. So the same code tells of a past moment and of now, and a test holds the two together. What
    is not known is NaN, never a number that means something else.

    Args:
        items: The catalogue that rows of candidates refer to.
        sources: Names of the sources whose scores come with the candidates, in order.
        groups: The groups of features, fitted, in the order of ``_GROUPS``.
    """

    def __init__(self, items: IdMap, sources: Sequence[str], groups: Sequence[Group]) -> None:
        self._items = items
        self._groups = tuple(groups)
        self.sources = tuple(sources)
        own = source_features(self.sources)
        self.features: tuple[Feature, ...] = (*own, *(f for group in groups for f in group.features))
        starts = np.cumsum([len(own), *(len(group.features) for group in groups)])
        self._placed = tuple(zip(self._groups, starts.tolist(), strict=False))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(feature.name for feature in self.features)

    @staticmethod
    def names_of(sources: Sequence[str]) -> tuple[str, ...]:
        """Names of the columns for candidates of some sources, whatever the data."""
        every = (*source_features(sources), *(feature for group in _GROUPS.values() for feature in group.features))
        return tuple(feature.name for feature in every)

    def of(self, sources: Sequence[str]) -> FeatureTable:
        """The same for candidates of other sources; what was worked out is shared."""
        return self if tuple(sources) == self.sources else FeatureTable(self._items, sources, self._groups)

    @classmethod
    def fit(cls, dataset: Dataset, sources: Sequence[str]) -> Self:
        """Work out what depends on the dataset alone.

        Args:
            dataset: What was known at a moment.
            sources: Names of the sources whose scores will come with the candidates, in order.

        Cost:
            A few passes over the events and one over the vectors: 4 s of CPU for 1.4 million events and 68,000 items.
        """
        facts = Facts(dataset)
        # With one BLAS thread the directions of vectors do not hang on the machine's settings.
        with threadpool_limits(1, "blas"):
            return cls(dataset.items, sources, [group.fit(facts) for group in _GROUPS.values()])

    def build(self, query: Query, rows: Rows, scores: Floats) -> Floats:
        """The features of one query's candidates.

        Args:
            query: Who asks, with what they did; what lies after its moment is passed over.
            rows: int32[n], rows of the catalogue, each once; ascending is fastest.
            scores: float32[n, sources], NaN where a source has nothing to say.

        Returns:
            float32[n, features].

        Cost:
            Grows with the candidates and the history, not with the catalogue.
        """
        # Compiled code is made for one layout: another would be compiled anew, for seconds.
        rows, scores = np.ascontiguousarray(rows), np.ascontiguousarray(scores)
        out = np.empty((len(rows), len(self.features)), np.float32)
        if len(rows) > 1 and np.any(rows[1:] <= rows[:-1]):
            order = np.argsort(rows)
            sorted_out = np.empty_like(out)
            self._fill(sorted_out, query, rows[order], scores[order])
            out[order] = sorted_out
        else:
            self._fill(out, query, rows, scores)
        return out

    def build_many(
        self, queries: Sequence[Query], rows: Sequence[Rows], scores: Floats, offsets: NDArray[np.int64]
    ) -> Floats:
        """The features of many queries' candidates, one query's after the other.

        Args:
            queries: The queries.
            rows: For each of them int32[n], rows of the catalogue, ascending.
            scores: float32[N, sources].
            offsets: int64[queries + 1]: query q's candidates are ``scores[offsets[q]:offsets[q + 1]]``.

        Returns:
            float32[N, features].
        """
        scores = np.ascontiguousarray(scores)
        out = np.empty((len(scores), len(self.features)), np.float32)
        for query, its_rows, start, end in zip(queries, rows, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
            self._fill(out[start:end], query, its_rows, scores[start:end])
        return out

    def _fill(self, out: Floats, query: Query, rows: Rows, scores: Floats) -> None:
        fill_sources(out, scores)
        asked = Asked.of(query, rows, self._items)
        for group, at in self._placed:
            group.fill(out, at, asked)

    def save(self, directory: Path) -> None:
        """Write the table into an existing directory; the catalogue is kept elsewhere."""
        described = {"format": _FORMAT, "items": self._items.fingerprint, "sources": self.sources, "names": self.names}
        save_json(directory / "features.json", described)
        save_arrays(
            directory / "features.npz",
            {
                f"{name}.{key}": array
                for name, group in zip(_GROUPS, self._groups, strict=True)
                for key, array in group.arrays().items()
            },
        )

    @classmethod
    def load(cls, directory: Path, items: IdMap) -> Self:
        """Read what :meth:`save` wrote.

        Args:
            directory: Where it was saved.
            items: The catalogue it was fitted on.

        Raises:
            BundleError: A file is missing or broken, or it is of another catalogue or other columns.
        """
        described = load_json(directory / "features.json")
        arrays = load_arrays(directory / "features.npz")
        if (described.get("format"), described.get("items")) != (_FORMAT, items.fingerprint):
            raise BundleError(
                f"{directory} holds features of the catalogue {described.get('items')!r} in format"
                f" {described.get('format')!r}; expected {items.fingerprint!r} in {_FORMAT!r}.",
                hint="Run: parure train, or: parure rollback",
            )
        groups = [
            group.restore({key.removeprefix(f"{name}."): a for key, a in arrays.items() if key.startswith(f"{name}.")})
            for name, group in _GROUPS.items()
        ]
        table = cls(items, described["sources"], groups)
        if list(table.names) != described["names"]:
            raise BundleError(
                f"{directory} holds other features than this version of parure.", hint="Run: parure train"
            )
        return table
