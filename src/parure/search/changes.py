"""A change of a catalogue: products that are new, that changed, or that are gone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core.errors import InputError
from parure.search.documents import model_texts
from parure.search.meaning import Vectors

Rows = NDArray[np.int32]


def _no_rows() -> pa.Table:
    return pa.table({"item_id": pa.array([], pa.string())})


@dataclass(frozen=True)
class Change:
    """What changes.

    Attributes:
        upsert: Rows of products that are new or replace those of their ids, with ``item_id``; columns that are left out
            are empty.
        remove: Ids of products that are gone; unknown ones are passed over. An id that is in ``upsert`` too stays.
        text_vectors: float32[rows of upsert, size], their sentence vectors; made by the engine's encoder where None.
        item_vectors: float32[rows of upsert, size], their picture vectors; where None, what was there before keeps its
            own, and what is new has none.
    """

    upsert: pa.Table = field(default_factory=_no_rows)
    remove: Collection[str] = frozenset()
    text_vectors: Vectors | None = None
    item_vectors: Vectors | None = None


def merged_table(table: pa.Table, change: Change) -> tuple[pa.Table, Rows, Rows]:
    """The catalogue after a change, rows in id order.

    Args:
        table: The catalogue before it, rows in id order.
        change: The change, its rows in id order.

    Returns:
        The new table; for each of its rows the row it had before where it is untouched, else -1; and for each of its
        rows the row of ``change.upsert`` that it comes from, else -1.

    Raises:
        InputError: A column of the new rows holds another type than the catalogue's.
    """
    gone = pa.array([*change.remove], pa.string())
    replaced = pa.concat_arrays([gone, *change.upsert.column("item_id").cast(pa.string()).chunks])
    stays = ~np.asarray(pc.is_in(table.column("item_id").cast(pa.string()), value_set=replaced), dtype=bool)
    try:
        both = pa.concat_tables([table.filter(pa.array(stays)), change.upsert], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"The changed products do not fit the catalogue's columns: {error}.") from error
    order = np.asarray(pc.sort_indices(both.column("item_id").cast(pa.string())), dtype=np.int64)
    kept = np.concatenate([np.flatnonzero(stays), np.full(len(change.upsert), -1)])[order]
    fresh = np.concatenate([np.full(int(stays.sum()), -1), np.arange(len(change.upsert))])[order]
    return both.take(order).combine_chunks(), kept.astype(np.int32), fresh.astype(np.int32)


def merged_vectors(old: Vectors | None, new: Vectors | None, kept: Rows, fresh: Rows) -> Vectors | None:
    """Vectors after a change; zero rows for products that have none.

    Raises:
        InputError: The new vectors are of another size than the old ones.
    """
    given = next((each for each in (old, new) if each is not None), None)
    if given is None:
        return None
    if old is not None and new is not None and old.shape[1] != new.shape[1]:
        raise InputError(
            f"The new vectors have {new.shape[1]} numbers, those of the catalogue {old.shape[1]}.",
            hint="Encode new products with the model of the others.",
        )
    found = np.zeros((len(kept), given.shape[1]), np.float32)
    if old is not None:
        found[kept >= 0] = old[kept[kept >= 0]]
    if new is not None:
        found[fresh >= 0] = new[fresh[fresh >= 0]]
    return found


def known_vectors(vectors: Vectors, rows: Rows) -> Vectors:
    """The vectors at some rows; a zero row for UNKNOWN."""
    found = vectors[np.maximum(rows, 0)].astype(np.float32)
    found[rows < 0] = 0
    return found


def text_vectors(
    table: pa.Table, vectors: Vectors, upsert: pa.Table, before: Rows, encode: Callable[[list[str]], Vectors]
) -> Vectors:
    """Sentence vectors of new and changed products: those that were there where the text is the same as before.

    Args:
        table: The catalogue before.
        vectors: float32[items, size], its sentence vectors.
        upsert: What is new or changed.
        before: int32[n], the row that each of it had in the catalogue, UNKNOWN for what is new.
        encode: Makes vectors of texts, which takes some milliseconds each.

    Returns:
        float32[n, size].
    """
    known = np.flatnonzero(before >= 0)
    texts = model_texts(upsert)
    old = dict(zip(known.tolist(), model_texts(table.take(pa.array(before[known]))), strict=True))
    fresh = [row for row, text in enumerate(texts) if old.get(row) != text]
    found = known_vectors(vectors, before)
    if fresh:
        found[fresh] = encode([texts[row] for row in fresh])
    return found


def order_of_ids(table: pa.Table) -> NDArray[np.int64]:
    """The places of a table's rows in id order.

    Raises:
        InputError: There is no ``item_id``, or one is missing or stands twice.
    """
    if "item_id" not in table.column_names:
        raise InputError(f"The table has no column item_id, it has: {', '.join(table.column_names)}.")
    ids = table.column("item_id")
    if ids.null_count or pc.count_distinct(ids).as_py() != len(ids):
        raise InputError("Every row needs an item_id of its own; some are missing or stand twice.")
    return np.asarray(pc.sort_indices(ids.cast(pa.string())), dtype=np.int64)


def in_order(vectors: Vectors | None, order: NDArray[np.int64]) -> Vectors | None:
    """Vectors in the order of their items' ids; None where there are none."""
    if vectors is None:
        return None
    if vectors.ndim != 2 or len(vectors) != len(order):
        raise InputError(f"There are {len(order)} items and vectors of the shape {vectors.shape}.")
    return vectors[order]
