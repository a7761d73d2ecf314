"""The contract of every vector index."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from parure.core.artifacts import load_arrays, load_json, save_arrays, save_json
from parure.core.config import Config
from parure.core.errors import BundleError, InputError
from parure.core.ids import UNKNOWN
from parure.index.slots import Positions, Slots

Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]

_BLOCK = 20_000
"""Vectors worked on at a time, so that putting in many takes little memory beside theirs."""

FORMAT = 1
"""Version of the files of an index; another one is refused."""


class VectorIndex(ABC):
    """Ids with unit vectors: which of them are most alike to a vector, by cosine.

    Every id has a position that stays its own until it is deleted; masks and results speak of positions.

    Args:
        size: Numbers in a vector.
        config: Settings; the defaults where None.
    """

    kind: ClassVar[str]
    config_type: ClassVar[type[Config]]

    def __init__(self, size: int, config: Any = None) -> None:
        if size < 1:
            raise ValueError(f"size is {size}, expected at least 1")
        self.size = size
        self.config: Any = config if config is not None else self.config_type()
        self._slots = Slots()

    @property
    def ids(self) -> Sequence[str]:
        """The id at each position; empty text where one was deleted. Not to be changed."""
        return self._slots.ids

    @property
    def taken(self) -> Mask:
        """bool[positions]: where an id stands."""
        return self._slots.taken

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._slots

    def positions_of(self, ids: Iterable[str]) -> Positions:
        """Where ids stand, int64[n], UNKNOWN (-1) for those that the index does not hold."""
        return self._slots.find(ids)

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Put vectors in; an id that is there already gets the new one, and keeps its position.

        Args:
            ids: Not empty; where one comes twice, its last vector counts.
            vectors: float32[len(ids), size], of any length above 0; their directions are kept.

        Raises:
            InputError: The shape is another one, or a vector has no direction: a number is not finite, or all are 0.
        """
        self._check(ids, vectors)
        last = {name: row for row, name in enumerate(ids)}
        if len(last) < len(ids):
            ids, vectors = list(last), vectors[list(last.values())]
        fresh = self._slots.find(ids) == UNKNOWN
        places = self._slots.place(ids)
        for start in range(0, len(ids), _BLOCK):
            part = slice(start, start + _BLOCK)
            self._write(places[part], unit_rows(vectors[part]), fresh[part])

    def delete(self, ids: Iterable[str]) -> int:
        """Take ids out; unknown ones are passed over.

        Returns:
            How many were there.
        """
        gone = self._slots.free(ids)
        if len(gone):
            self._erase(gone)
        return len(gone)

    def search(self, vectors: Vectors, k: int, *, allowed: Mask | None = None) -> tuple[Positions, Vectors]:
        """The ids most alike to each of some vectors.

        Args:
            vectors: float32[q, size], of any length above 0; one without a direction (NaN) finds nothing.
            k: How many at most.
            allowed: bool[positions], which may be found; None for all.

        Returns:
            Positions, int64[q, k], best first and ties by id, -1 where there are no more; and cosines, float32[q, k],
            NaN where there are no more.

        Raises:
            ValueError: ``vectors`` or ``allowed`` has another shape.
        """
        vectors = np.asarray(vectors, np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != self.size:
            raise ValueError(f"vectors have the shape {vectors.shape}, expected (queries, {self.size})")
        if allowed is not None and allowed.shape != (len(self.ids),):
            raise ValueError(f"allowed has the shape {allowed.shape}, expected ({len(self.ids)},)")
        unit = unit_rows(vectors)
        if len(unit) == 1 and 0 < k <= len(self) and unit[0, 0] == unit[0, 0]:  # not NaN
            return self._search(unit, k, allowed)
        scorable = np.flatnonzero(~np.isnan(unit[:, 0]))
        positions = np.full((len(vectors), max(k, 0)), UNKNOWN, np.int64)
        scores = np.full((len(vectors), max(k, 0)), np.nan, np.float32)
        if len(self) and k > 0 and len(scorable):
            width = min(k, len(self))
            found, alike = self._search(unit[scorable], width, allowed)
            positions[scorable, :width], scores[scorable, :width] = found, alike
        return positions, scores

    def save(self, directory: Path) -> None:
        """Write all that :meth:`load` needs into an existing empty directory."""
        described = {
            "format": FORMAT, "kind": self.kind, "size": self.size, "count": len(self),
            "config": self.config.model_dump(mode="json"),
        }  # fmt: skip
        save_json(directory / "index.json", described)
        save_arrays(directory / "ids.npz", self._slots.to_arrays())
        self._save(directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what :meth:`save` wrote.

        Raises:
            BundleError: A file is missing or broken, or it holds an index of another kind or version.
            MissingExtraError: The package that it works with is not installed.
        """
        described = load_json(directory / "index.json")
        if (described.get("format"), described.get("kind")) != (FORMAT, cls.kind):
            raise BundleError(
                f"{directory} holds an index {described.get('kind')!r} of version {described.get('format')};"
                f" expected {cls.kind!r} of version {FORMAT}.",
                hint="Build it again.",
            )
        index = cls(described["size"], cls.config_type.parse(described["config"], where=str(directory)))
        index._slots = Slots.from_arrays(load_arrays(directory / "ids.npz"))
        index._load(directory)
        return index

    @abstractmethod
    def vectors_of(self, positions: Positions) -> Vectors:
        """The unit vectors at positions where ids stand, float32[n, size], as exact as the index keeps them."""

    @abstractmethod
    def bytes_in_use(self) -> int:
        """Bytes that vectors and graph take in memory, ids not counted."""

    @abstractmethod
    def _write(self, positions: Positions, unit: Vectors, fresh: Mask) -> None:
        """Put unit vectors at distinct positions of the slots; ``fresh``, bool[n], where none stood before."""

    @abstractmethod
    def _erase(self, positions: Positions) -> None:
        """Take the vectors at distinct positions out."""

    @abstractmethod
    def _search(self, unit: Vectors, k: int, allowed: Mask | None) -> tuple[Positions, Vectors]:
        """As :meth:`search`, for unit vectors and 0 < k <= ids."""

    @abstractmethod
    def _save(self, directory: Path) -> None:
        """Write vectors and what belongs to them."""

    @abstractmethod
    def _load(self, directory: Path) -> None:
        """Read what :meth:`_save` wrote."""

    def _check(self, ids: Sequence[str], vectors: Vectors) -> None:
        if vectors.shape != (len(ids), self.size):
            raise InputError(
                f"Vectors of the shape {vectors.shape} came for {len(ids)} ids, expected ({len(ids)}, {self.size}).",
                hint="An index holds the vectors of one model; build another for another model.",
            )
        if not all(ids):
            raise InputError("An id is empty.", hint="Give every vector an id.")
        blocks = [unit_rows(vectors[at : at + _BLOCK])[:, 0] for at in range(0, len(ids), _BLOCK)]
        wrong = np.flatnonzero(np.isnan(np.concatenate([*blocks, np.empty(0, np.float32)]))).tolist()
        if wrong:
            raise InputError(
                f"The vector of {ids[wrong[0]]!r} has no direction: a number in it is not finite, or all are 0.",
                hint=f"{len(wrong)} of {len(ids)} vectors are so. Leave them out.",
            )


def unit_rows(vectors: Vectors) -> Vectors:
    """Rows of length 1, float32[n, size]; rows of NaN for those without a direction."""
    vectors = np.asarray(vectors, np.float32)
    if len(vectors) == 1:
        # A call of NumPy costs more than the arithmetic of one row.
        length = math.sqrt(np.einsum("ij,ij->", vectors, vectors))
        if 1e-10 < length < 1e10:
            return np.multiply(vectors, np.float32(1 / length))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        squared = np.einsum("ij,ij->i", vectors, vectors)
        unusual = ~((squared > 1e-20) & (squared < 1e20))
        unit: Vectors = vectors / np.sqrt(squared)[:, None]
        if unusual.any():
            # Squares of very large or small numbers leave the range of float32, those numbers themselves do not.
            wide = vectors[unusual].astype(np.float64)
            length = np.sqrt((wide**2).sum(axis=1, keepdims=True))
            unit[unusual] = np.where(np.isfinite(length) & (length > 0), wide / length, np.nan)
    return unit
