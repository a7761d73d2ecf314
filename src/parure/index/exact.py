"""Every vector is looked at: right at any size, fast up to some 13,000 vectors of 1,280 numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from parure.core.artifacts import load_arrays, save_arrays
from parure.core.config import Config
from parure.core.errors import BundleError
from parure.core.ids import UNKNOWN
from parure.index.slots import Positions
from parure.index.vector_index import Mask, VectorIndex, Vectors

_BLOCK_BYTES = 64 * 2**20
"""Scores are made in blocks of about this size, however many queries come at once."""

_GATHER_BELOW = 0.25
"""Where a smaller share of vectors may be found, copying those together first costs less than scoring all."""


class ExactConfig(Config):
    """An exact index has no settings."""


class ExactIndex(VectorIndex):
    """Float32 vectors, all of them compared with the query.

    Cost:
        One product of the matrix with the query: about 0.3 ms for 1,000 vectors of 1,280 numbers, 4 bytes a number.
    """

    kind = "exact"
    config_type = ExactConfig

    def __init__(self, size: int, config: Any = None) -> None:
        super().__init__(size, config)
        self._matrix: Vectors = np.empty((0, size), np.float32)

    def vectors_of(self, positions: Positions) -> Vectors:
        """See :meth:`VectorIndex.vectors_of`."""
        found: Vectors = self._matrix[positions]
        return found

    def bytes_in_use(self) -> int:
        """See :meth:`VectorIndex.bytes_in_use`."""
        return int(self._matrix.nbytes)

    def _write(self, positions: Positions, unit: Vectors, fresh: Mask) -> None:
        del fresh
        needed, had = len(self._slots.ids), len(self._matrix)
        if needed > had:
            # The first vectors get what they need; what comes later, room to grow.
            grown = np.zeros((max(needed, had + had // 4), self.size), np.float32)
            grown[:had] = self._matrix
            self._matrix = grown
        self._matrix[positions] = unit

    def _erase(self, positions: Positions) -> None:
        self._matrix[positions] = 0

    def _search(self, unit: Vectors, k: int, allowed: Mask | None) -> tuple[Positions, Vectors]:
        count = len(self._slots.ids)
        usable = self.taken if allowed is None else allowed & self.taken
        rows = np.flatnonzero(usable)
        whole = len(rows) >= _GATHER_BELOW * count
        matrix = self._matrix[:count] if whole else self._matrix[rows]
        positions = np.full((len(unit), k), UNKNOWN, np.int64)
        scores = np.full((len(unit), k), np.nan, np.float32)
        step = max(1, _BLOCK_BYTES // (4 * max(len(matrix), 1)))
        for start in range(0, len(unit), step):
            for query, alike in enumerate(unit[start : start + step] @ matrix.T, start):
                mine = alike[rows] if whole and len(rows) < count else alike
                best = self._slots.best(mine, rows, k)
                positions[query, : len(best)] = rows[best]
                scores[query, : len(best)] = np.minimum(mine[best], 1)
        return positions, scores

    def _save(self, directory: Path) -> None:
        save_arrays(directory / "vectors.npz", {"vectors": self._matrix[: len(self._slots.ids)]})

    def _load(self, directory: Path) -> None:
        self._matrix = load_arrays(directory / "vectors.npz")["vectors"]
        if self._matrix.shape != (len(self._slots.ids), self.size):
            raise BundleError(
                f"{directory} holds vectors of the shape {self._matrix.shape}, expected"
                f" ({len(self._slots.ids)}, {self.size}).",
                hint="Build it again.",
            )
