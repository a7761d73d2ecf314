"""Ids of the shop and the row numbers that stand for them.

Ids are strings everywhere outside a model. Inside, an :class:`IdMap` numbers them in sorted order, so that breaking a
tie by row number *is* breaking it by id. Arrays of row numbers travel together with the map they refer to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNKNOWN = -1
"""Row number of an id that the map does not hold."""


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
        return item_id in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdMap) and (self is other or bool(self._ids.equals(other._ids)))

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"IdMap({len(self)} ids)"

    @cached_property
    def _names(self) -> NDArray[np.object_]:
        return np.asarray(self._ids.to_numpy(zero_copy_only=False), dtype=object)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._names)}

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the ids; equal maps have equal fingerprints."""
        return sha256("\n".join(self._names).encode()).hexdigest()[:16]

    def to_arrow(self) -> pa.StringArray:
        """The ids in row order, as an Arrow array."""
        return self._ids

    def id_of(self, row: int) -> str:
        """The id at one row number."""
        return str(self._names[row])

    def ids_of(self, rows: NDArray[Any] | Sequence[int]) -> list[str]:
        """The ids at ``rows``, in that order."""
        return list(self._names[np.asarray(rows, dtype=np.int64)])

    def row_of(self, item_id: str) -> int:
        """The row number of one id, :data:`UNKNOWN` where the map does not hold it."""
        return self._index.get(item_id, UNKNOWN)

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int32]:
        """Row numbers of ``ids``, int32[n], with :data:`UNKNOWN` where the map does not hold one."""
        get = self._index.get
        return np.fromiter((get(i, UNKNOWN) for i in ids), dtype=np.int32)

    def translate(self, other: IdMap) -> NDArray[np.int32]:
        """For each row of this map, the row of the same id in ``other``: int32[len(self)], UNKNOWN where absent."""
        if self is other or self == other:
            return np.arange(len(self), dtype=np.int32)
        found = pc.index_in(self._ids, value_set=other._ids).fill_null(UNKNOWN)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int32)
