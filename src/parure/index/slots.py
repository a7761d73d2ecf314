"""Which id stands at which position of an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.ids import UNKNOWN

Positions = NDArray[np.int64]

HOLE = ""
"""Stands where an id was deleted and none has taken its place."""


class Slots:
    """Ids at positions that stay theirs: an update keeps an id's position, a new id takes the first free one.

    Args:
        ids: What stands at each position, :data:`HOLE` where nothing does.
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self.ids = list(ids)
        self._at = {name: place for place, name in enumerate(self.ids) if name != HOLE}
        self._free = [place for place, name in enumerate(self.ids) if name == HOLE][::-1]
        self._taken: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, name: object) -> bool:
        return name in self._at

    @property
    def taken(self) -> NDArray[np.bool_]:
        """bool[positions]: where an id stands."""
        if self._taken is None or len(self._taken) != len(self.ids):
            self._taken = np.ones(len(self.ids), dtype=bool)
            self._taken[self._free] = False
        return self._taken

    def find(self, ids: Iterable[str]) -> Positions:
        """Where each id stands, int64[n], UNKNOWN where it does not."""
        return np.fromiter((self._at.get(name, UNKNOWN) for name in ids), dtype=np.int64)

    def place(self, ids: Sequence[str]) -> Positions:
        """Where each id stands, int64[n]; those that are new get a position."""
        for name in ids:
            if name not in self._at:
                self._at[name] = self._free.pop() if self._free else len(self.ids)
                if self._at[name] == len(self.ids):
                    self.ids.append(name)
                else:
                    self.ids[self._at[name]] = name
        self._taken = None
        return self.find(ids)

    def free(self, ids: Iterable[str]) -> Positions:
        """Take ids out; the positions where they stood, those of unknown ids left out."""
        found = [self._at.pop(name) for name in dict.fromkeys(ids) if name in self._at]
        for place in found:
            self.ids[place] = HOLE
        self._free = sorted({*self._free, *found}, reverse=True)
        self._taken = None
        return np.array(found, dtype=np.int64)

    def best(self, scores: NDArray[np.float32], positions: Positions, k: int) -> Positions:
        """Order of the ``k`` largest of some scores, largest first and equal ones by id.

        Args:
            scores: float32[n].
            positions: int64[n], where the scored ids stand.
            k: How many at most.

        Returns:
            int64[<=k], indices into ``scores``.
        """
        if len(scores) > k:
            # All that reach the k-th score, so that ids decide at the border too.
            kept = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
        else:
            kept = np.arange(len(scores))
        order = kept[np.argsort(-scores[kept], kind="stable")]
        if (np.diff(scores[order]) == 0).any():
            order = np.array(sorted(kept.tolist(), key=lambda i: (-scores[i], self.ids[positions[i]])), dtype=np.int64)
        return order[:k]

    def to_arrays(self) -> dict[str, Array]:
        """The ids as plain arrays: their UTF-8 bytes end to end, and where each ends."""
        encoded = [name.encode() for name in self.ids]
        return {
            "id_bytes": np.frombuffer(b"".join(encoded), np.uint8),
            "id_ends": np.cumsum([len(name) for name in encoded], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array]) -> Slots:
        """Take back what :meth:`to_arrays` gave."""
        offsets = np.concatenate([np.zeros(1, np.int64), arrays["id_ends"]]).astype(np.int64)
        buffers = pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(arrays["id_bytes"]))
        return cls(pa.LargeStringArray.from_buffers(len(offsets) - 1, *buffers).to_pylist())
