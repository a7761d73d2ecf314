"""Ids of the shop and the row numbers that stand for them.

Ids are strings everywhere outside a model. Inside, an :class:`IdMap` numbers them in sorted order, so that breaking a
tie by row number *is* breaking it by id. Arrays of row numbers travel together with the map they refer to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core.native import native

UNKNOWN = -1
"""Row number of an id that the map does not hold."""

_MANY: Final = 200_000
"""Up to so many ids are held as Python's texts in a dictionary: some 200 bytes each, in every process."""
_FEW: Final = 20_000
"""From so many on, ids are sooner looked up all at once."""


class IdMap:
    """An immutable, sorted set of ids; an id's row number is its place in it.

    Args:
        ids: Distinct ids in ascending (code point) order. Use :meth:`of` for ids in any order.
    """

    __slots__ = ("__dict__", "_ids")

    def __init__(self, ids: pa.StringArray) -> None:
        self._ids = ids

    @classmethod
    def of(cls, ids: Iterable[str]) -> IdMap:
        """Number the distinct ids among ``ids`` in sorted order."""
        return cls(pa.array(sorted(set(ids)), type=pa.string()))

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, item_id: object) -> bool:
        return isinstance(item_id, str) and self.row_of(item_id) != UNKNOWN

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids.to_pylist() if self._is_large else self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdMap) and (self is other or bool(self._ids.equals(other._ids)))

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"IdMap({len(self)} ids)"

    @cached_property
    def _is_large(self) -> bool:
        """Whether the ids are searched where they lie, instead of being held as Python's own texts."""
        return len(self._ids) > _MANY

    @cached_property
    def _names(self) -> NDArray[np.object_]:
        return np.asarray(self._ids.to_numpy(zero_copy_only=False), dtype=object)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._names)}

    @cached_property
    def _bytes(self) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """All ids one after the other in UTF-8, and where each begins: uint8[bytes], int32[ids + 1]."""
        ids = self._ids
        _, offsets, text = ids.buffers()
        begins = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
        return np.frombuffer(text or b"", np.uint8), begins

    @cached_property
    def _slots(self) -> NDArray[np.int32]:
        """Where each id stands, by its hash: six to twelve bytes an id, in every process that looks."""
        return _slots_of(*self._bytes)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the ids; equal maps have equal fingerprints."""
        return sha256("\n".join(self).encode()).hexdigest()[:16]

    def to_arrow(self) -> pa.StringArray:
        """The ids in row order, as an Arrow array."""
        return self._ids

    def id_of(self, row: int) -> str:
        """The id at one row number."""
        return str(self._ids[row].as_py() if self._is_large else self._names[row])

    def ids_of(self, rows: NDArray[Any] | Sequence[int]) -> list[str]:
        """The ids at ``rows``, in that order."""
        chosen = np.asarray(rows, dtype=np.int64)
        if self._is_large:
            names: list[str] = self._ids.take(pa.array(np.where(chosen < 0, chosen + len(self), chosen))).to_pylist()
            return names
        return list(self._names[chosen])

    def row_of(self, item_id: str) -> int:
        """The row number of one id, :data:`UNKNOWN` where the map does not hold it.

        Cost:
            0.1 microseconds; two in a map of more than 200,000 ids, where it is not the one asked for last. The first
            look into such a map takes 0.2 s for a million ids.
        """
        if not self._is_large:
            return self._index.get(item_id, UNKNOWN)
        last = self._last
        if last[0] == item_id:
            return last[1]
        text, begins = self._bytes
        try:
            wanted = np.frombuffer(item_id.encode(), np.uint8)
        except UnicodeEncodeError:
            return UNKNOWN  # half a character, which no file can hold
        row = int(_found(self._slots, text, begins, wanted))
        # One request asks for its customer again and again. One assignment: a thread that reads sees what belongs
        # together.
        self._last = item_id, row
        return row

    _last: tuple[str | None, int] = (None, UNKNOWN)

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int32]:
        """Row numbers of ``ids``, int32[n], with :data:`UNKNOWN` where the map does not hold one."""
        if not self._is_large:
            get = self._index.get
            return np.fromiter((get(i, UNKNOWN) for i in ids), dtype=np.int32)
        wanted = list(ids)
        if len(wanted) < _FEW:
            return np.fromiter(map(self.row_of, wanted), dtype=np.int32, count=len(wanted))
        found = pc.index_in(pa.array(wanted, pa.string()), value_set=self._ids).fill_null(UNKNOWN)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int32)

    def translate(self, other: IdMap) -> NDArray[np.int32]:
        """For each row of this map, the row of the same id in ``other``: int32[len(self)], UNKNOWN where absent."""
        if self is other or self == other:
            return np.arange(len(self), dtype=np.int32)
        found = pc.index_in(self._ids, value_set=other._ids).fill_null(UNKNOWN)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int32)


@native
def _hashed(text: NDArray[np.uint8]) -> np.uint64:
    """A hash of an id's bytes (FNV-1a)."""
    found = np.uint64(14695981039346656037)
    for byte in text:
        found = (found ^ np.uint64(byte)) * np.uint64(1099511628211)
    # The last step mixes the upper half into the lower one, which is all that counts.
    return found ^ (found >> np.uint64(32))


@native
def _slots_of(text: NDArray[np.uint8], begins: NDArray[np.int32]) -> NDArray[np.int32]:
    """A hash table of ids: for each slot a row, UNKNOWN where it is empty; a third of them are, or more."""
    size = 16
    while 2 * size < 3 * (len(begins) - 1):
        size *= 2
    slots = np.full(size, UNKNOWN, np.int32)
    for row in range(len(begins) - 1):
        slot = np.int64(_hashed(text[begins[row] : begins[row + 1]]) & np.uint64(size - 1))
        while slots[slot] != UNKNOWN:
            slot = (slot + 1) & (size - 1)
        slots[slot] = row
    return slots


@native
def _found(
    slots: NDArray[np.int32], text: NDArray[np.uint8], begins: NDArray[np.int32], wanted: NDArray[np.uint8]
) -> int:
    """The row of one id, by the table of all; else UNKNOWN."""
    size = len(slots)
    slot = np.int64(_hashed(wanted) & np.uint64(size - 1))
    while slots[slot] != UNKNOWN:
        row = slots[slot]
        start, length = begins[row], begins[row + 1] - begins[row]
        is_equal = length == len(wanted)
        place = 0
        while is_equal and place < length:
            is_equal = text[start + place] == wanted[place]
            place += 1
        if is_equal:
            return int(row)
        slot = (slot + 1) & (size - 1)
    return UNKNOWN
