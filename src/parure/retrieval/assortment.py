"""The shop's range, shown across: what answers where nothing was ever bought or looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import Scores, SharedFoldedIn
from parure.retrieval.source import Source


class AssortmentConfig(Config):
    """Parameters of :class:`Assortment`."""

    column: str = Field(default="category", min_length=1)
    """Column of the item table whose values take turns."""


class Assortment(Source[AssortmentConfig]):
    """One item of each category in turn, the largest category first and the newest item of it first.

    It is no guess at a taste: it shows a shop's range to somebody of whom nothing is known, before anything was sold.
    What is out of stock has no score.
    """

    kind: ClassVar[str] = "assortment"
    config_type: ClassVar[type[Config]] = AssortmentConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Put the catalogue in order; nothing is random."""
        del rng
        self._items = dataset.items
        in_stock = _values(dataset.item_table, "in_stock", missing=True).astype(bool)
        created = _values(dataset.item_table, "created_us", missing=0)[in_stock]
        group = _numbered(dataset.item_table, self.config.column)[in_stock]
        turn = _turns(group, created)
        # Within a turn the largest category comes first: it is what the shop is about.
        size = np.bincount(group) if len(group) else np.zeros(1, np.int64)
        order = np.lexsort((group, -size[group], turn))
        scores = np.full(len(dataset.items), np.nan, np.float32)
        scores[np.flatnonzero(in_stock)[order]] = 1 - np.arange(len(order)) / max(len(order), 1)
        self._scores: Scores = scores
        return self

    def fold_in(self, queries: Sequence[Query]) -> SharedFoldedIn:
        """See :meth:`Source.fold_in`; the answer is the same for every query."""
        return SharedFoldedIn(self.name, self.items, self._scores[None], np.zeros(len(queries), dtype=np.int64))

    def _arrays(self) -> dict[str, Array]:
        return {"scores": self._scores}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._scores = arrays["scores"]


def _values(table: pa.Table, name: str, *, missing: int | bool) -> NDArray[np.int64]:
    """A column as numbers; ``missing`` where it is empty or the table has none of that name."""
    if name not in table.column_names:
        return np.full(len(table), missing, np.int64)
    column = pc.cast(table.column(name), pa.int64())
    return np.asarray(column.fill_null(int(missing)).to_numpy(), dtype=np.int64)


def _numbered(table: pa.Table, name: str) -> NDArray[np.int64]:
    """A text column as whole numbers from 0; items without a value are a group of their own."""
    if name not in table.column_names:
        return np.zeros(len(table), np.int64)
    coded = table.column(name).combine_chunks().dictionary_encode()
    return np.asarray(coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False), dtype=np.int64)


def _turns(group: NDArray[np.int64], created: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each item in its group, newest first, ties in row order."""
    order = np.lexsort((-created, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    lengths = np.diff(np.append(starts, len(order)))
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order)) - np.repeat(starts, lengths)
    return turn
