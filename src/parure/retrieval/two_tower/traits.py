"""What the item tower knows of each product: its id, attributes, words of the title, price, sales and picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.dataset import Dataset
from parure.retrieval.two_tower.config import TwoTowerConfig

_WORD = re.compile(r"\w{2,}")
_NOT_TRAITS = frozenset({"item_id", "title", "image_url"})
_MIN_WORD_ITEMS = 2
_SALES_HALF_LIVES = (7.0, 30.0)
"""In days; sales of all time are the third number."""


@dataclass(frozen=True)
class ItemTraits:
    """The catalogue in numbers, one row an item.

    Attributes:
        id_code: int64[items], number of the item's own embedding; 0 for those that share one.
        ids: How many embeddings of ids there are, the shared one included.
        attributes: int64[items, columns], numbers of values, 0 where unknown.
        values: How many values there are, 0 included.
        words: int64[items, words], numbers of the title's words, 0 after the end.
        vocabulary: How many words there are, 0 included.
        price: float32[items], logarithm of the price, scaled to mean 0 and deviation 1; 0 where unknown.
        sales: float32[items, 3], log of 1 + events of the last weeks, the last months and ever.
        picture: float32[items, size], centred, 0 where there is none; None where the shop has no pictures.
        known: bool[items], of which there is anything to tell them apart by.
    """

    id_code: NDArray[np.int64]
    ids: int
    attributes: NDArray[np.int64]
    values: int
    words: NDArray[np.int64]
    vocabulary: int
    price: NDArray[np.float32]
    sales: NDArray[np.float32]
    picture: NDArray[np.float32] | None
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.id_code)

    @classmethod
    def of(cls, dataset: Dataset, config: TwoTowerConfig) -> ItemTraits:
        """Read the traits of a dataset's items; nothing is drawn by chance."""
        table = dataset.item_table
        counts = np.bincount(dataset.events.item_ix, minlength=len(dataset.items))
        own = counts >= config.min_count
        id_code = np.where(own, np.cumsum(own), 0).astype(np.int64)
        attributes, values = _attributes(table, config.columns)
        words, vocabulary = _words(table, config.title_words)
        picture, seen = _pictures(dataset)
        return cls(
            id_code=id_code,
            ids=int(own.sum()) + 1,
            attributes=attributes,
            values=values,
            words=words,
            vocabulary=vocabulary,
            price=_prices(table),
            sales=_sales(dataset),
            picture=picture,
            known=own | attributes.any(axis=1) | words.any(axis=1) | seen,
        )


def _attributes(table: pa.Table, columns: Sequence[str] | None) -> tuple[NDArray[np.int64], int]:
    """One number for each value of each column, counted through all columns."""
    wanted = [name for name in table.column_names if _is_trait(table, name)] if columns is None else columns
    codes = np.zeros((table.num_rows, len(wanted)), np.int64)
    first = 1
    for place, name in enumerate(wanted):
        if name not in table.column_names:
            continue
        column = pc.cast(table.column(name), pa.string())
        # Sorted, so that a number does not hang on the order in which values are met.
        known = pc.unique(column.drop_null()).sort()
        at = pc.index_in(column, value_set=known).fill_null(-1).to_numpy()
        codes[:, place] = np.where(at >= 0, at + first, 0)
        first += len(known)
    return codes, first


def _is_trait(table: pa.Table, name: str) -> bool:
    """Whether a column's values are words that several items share."""
    if name in _NOT_TRAITS or not pa.types.is_string(table.schema.field(name).type):
        return False
    column = table.column(name)
    filled = len(column) - column.null_count
    return bool(0 < pc.count_distinct(column).as_py() * 2 <= filled)


def _words(table: pa.Table, length: int) -> tuple[NDArray[np.int64], int]:
    """The first words of titles, as far as two titles hold them."""
    codes = np.zeros((table.num_rows, length), np.int64)
    if not length or "title" not in table.column_names:
        return codes, 1
    titles = table.column("title").to_pylist()
    split = [list(dict.fromkeys(_WORD.findall(title.lower())))[:length] if title else [] for title in titles]
    rows = np.repeat(np.arange(len(split)), [len(words) for words in split])
    flat = np.array([word for words in split for word in words], dtype=np.str_)
    if not len(flat):
        return codes, 1
    _, number, times = np.unique(flat, return_inverse=True, return_counts=True)
    kept = times >= _MIN_WORD_ITEMS
    code = np.where(kept, np.cumsum(kept), 0)[number]
    rows, code = rows[code > 0], code[code > 0]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    codes[rows, place] = code
    return codes, int(kept.sum()) + 1


def _prices(table: pa.Table) -> NDArray[np.float32]:
    cents = table.column("price_cents").fill_null(0).to_numpy().astype(np.float64)
    priced = cents > 0
    logs = np.log(np.maximum(cents, 1.0))
    if not priced.any():
        return np.zeros(len(cents), np.float32)
    spread = max(float(logs[priced].std()), 1e-6)
    return np.where(priced, (logs - logs[priced].mean()) / spread, 0.0).astype(np.float32)


def _sales(dataset: Dataset) -> NDArray[np.float32]:
    events = dataset.events
    worth = np.maximum(events.weight, 0).astype(np.float64)
    worth /= max(float(worth.max(initial=0)), 1e-9)
    age = events.age_days(dataset.as_of_us)
    fades = [np.exp2(-age / half_life) for half_life in _SALES_HALF_LIVES] + [np.ones(len(events))]
    sums = [np.bincount(events.item_ix, worth * fade, minlength=len(dataset.items)) for fade in fades]
    return np.log1p(np.stack(sums, axis=1)).astype(np.float32)


def _pictures(dataset: Dataset) -> tuple[NDArray[np.float32] | None, NDArray[np.bool_]]:
    vectors = dataset.item_vectors
    if vectors is None:
        return None, np.zeros(len(dataset.items), bool)
    seen: NDArray[np.bool_] = ~np.asarray(np.isnan(vectors).any(axis=1))
    if not seen.any():
        return None, seen
    picture = np.zeros_like(vectors, dtype=np.float32)
    centred = vectors[seen] - vectors[seen].mean(axis=0)
    # What pictures have in common says nothing; what is left is brought to a length of about 1.
    picture[seen] = centred / max(float(np.linalg.norm(centred, axis=1).mean()), 1e-6)
    return picture, seen
