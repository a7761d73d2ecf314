"""Stores of vectors with what is known of their items: the interface, and the store that is a folder of the shop."""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from parure.core.artifacts import load_json, load_table, save_json, save_table, sync, sync_tree
from parure.core.errors import BundleError, InputError
from parure.core.filters import ItemFilter
from parure.index.choose import EXACT_UP_TO, build_index, load_index
from parure.index.exact import ExactIndex
from parure.index.lock import FolderLock
from parure.index.vector_index import VectorIndex, Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found.

    Attributes:
        item_id: The item.
        score: Cosine of its vector with the query's, -1 to 1.
    """

    item_id: str
    score: float


class VectorStore(ABC):
    """Vectors of items with their attributes, asked by vector and filter; as a context manager it closes itself."""

    @abstractmethod
    def upsert(self, ids: Sequence[str], vectors: Vectors, attributes: pa.Table | None = None) -> None:
        """Put items in; one that is there already gets the new vector and attributes.

        Args:
            ids: The items; where one comes twice, the last counts.
            vectors: float32[len(ids), size].
            attributes: One row an id, with the columns that filters ask for; None leaves those of known items as they
                are and new items without any.

        Raises:
            InputError: Lengths differ, or a vector has no direction.
        """

    @abstractmethod
    def delete(self, ids: Iterable[str]) -> int:
        """Take items out, unknown ones passed over; how many were there."""

    @abstractmethod
    def search(self, vectors: Vectors, k: int, *, item_filter: ItemFilter | None = None) -> list[list[Hit]]:
        """The ``k`` items most alike to each of some vectors among those that pass the filter, best first.

        Raises:
            SettingsError: The filter asks for a column that items do not have, or cannot be compared so.
        """

    @abstractmethod
    def count(self, item_filter: ItemFilter | None = None) -> int:
        """How many items there are that pass the filter."""

    @abstractmethod
    def flush(self) -> None:
        """Return only when all that was put in and taken out would outlast a loss of power."""

    @abstractmethod
    def close(self) -> None:
        """Flush and let go of what is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class EmbeddedVectorStore(VectorStore):
    """A folder with an index and a table, held in memory.

    Changes count at once and are on disk after :meth:`flush`, which replaces all files in one step: a crash leaves
    what the flush before wrote. The index grows from an exact one into HNSW by itself.

    Any number may read a folder; from its first change to its next flush one store has it for itself, and a change by
    another is refused, as is a change to what was flushed elsewhere since it was read. Threads may share a store; their
    calls take turns.

    Args:
        directory: The folder; an empty store where it is not there.
        size: Numbers in a vector.
        seed: Seed of everything random in the index.

    Raises:
        BundleError: A file is missing or changed, or the vectors have another size.
    """

    def __init__(self, directory: Path, size: int, *, seed: int = 0) -> None:
        self._directory = directory
        self._seed = seed
        self._changed = False
        self._turn, self._lock = RLock(), FolderLock(directory)
        self._index: VectorIndex = ExactIndex(size)
        self._table = _named(pa.table({}), [])
        self._read_from = self._current()
        if self._read_from is not None:
            self._read(self._read_from)
        if self._index.size != size:
            raise BundleError(
                f"{directory} holds vectors of {self._index.size} numbers, expected {size}.",
                hint="Each model has a store of its own.",
            )

    @property
    def index(self) -> VectorIndex:
        """The index in use."""
        return self._index

    def upsert(self, ids: Sequence[str], vectors: Vectors, attributes: pa.Table | None = None) -> None:
        """See :meth:`VectorStore.upsert`.

        Raises:
            InputError: Also where another store is changing the folder, or has changed it since it was read.
        """
        with self._turn:
            self._claim()
            self._upsert(ids, vectors, attributes)

    def _upsert(self, ids: Sequence[str], vectors: Vectors, attributes: pa.Table | None) -> None:
        schema = self._schema_with(attributes, len(ids))
        fresh = self._index.positions_of(ids) < 0
        self._index.upsert(ids, vectors)
        places = self._index.positions_of(ids)
        held = len(self._table)
        source = np.arange(len(self._index.ids))
        source[held:] = -1
        source[places[fresh]] = -1  # what stood there before was another item
        tables = [self._table]
        if attributes is not None:
            source[places] = held + np.arange(len(ids))
            tables.append(attributes)
        rows = pa.concat_tables([_conformed(table, schema) for table in tables])
        self._table = _named(rows.take(pa.array(source, mask=source < 0)), self._index.ids)
        self._grow()
        self._changed = True

    def delete(self, ids: Iterable[str]) -> int:
        """See :meth:`VectorStore.delete`.

        Raises:
            InputError: As for :meth:`upsert`.
        """
        with self._turn:
            self._claim()
            gone = self._index.delete(ids)
            self._changed = self._changed or gone > 0
            return gone

    def _claim(self) -> None:
        """Make sure that what is changed is what lies in the folder, and stays so until it is written."""
        self._lock.take()
        if self._current() != self._read_from:
            self._lock.release()
            raise InputError(
                f"{self._directory} was changed by another store since this one read it.",
                hint="Open it again and make the change there.",
            )

    def search(self, vectors: Vectors, k: int, *, item_filter: ItemFilter | None = None) -> list[list[Hit]]:
        """See :meth:`VectorStore.search`."""
        with self._turn:
            allowed = item_filter.mask(self._table) if item_filter else None
            positions, scores = self._index.search(vectors, k, allowed=allowed)
            names = self._index.ids
            return [
                [Hit(names[place], score) for place, score in zip(places, alike, strict=True) if place >= 0]
                for places, alike in zip(positions.tolist(), scores.tolist(), strict=True)
            ]

    def count(self, item_filter: ItemFilter | None = None) -> int:
        """See :meth:`VectorStore.count`."""
        with self._turn:
            if not item_filter:
                return len(self._index)
            return int(np.count_nonzero(item_filter.mask(self._table) & self._index.taken))

    def flush(self) -> None:
        """See :meth:`VectorStore.flush`."""
        with self._turn:
            if self._changed:
                self._write()
            self._changed = False
            self._lock.release()

    def _write(self) -> None:
        before = self._read_from
        work = Path(tempfile.mkdtemp(prefix="written-", dir=self._directory))
        try:
            self._index.save(work)
            save_table(work / "items.parquet", self._table)
            save_json(work / "checksums.json", _checksums(work))
            sync_tree(work)
            partial = self._directory / "current.partial"
            partial.write_text(work.name + "\n", encoding="utf-8")
            sync(partial)
            partial.replace(self._directory / "current")
            sync(self._directory)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        self._read_from = work
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)

    def close(self) -> None:
        """See :meth:`VectorStore.close`."""
        self.flush()

    def _schema_with(self, attributes: pa.Table | None, count: int) -> pa.Schema:
        """The columns of the store once some attributes are in it."""
        if attributes is None:
            return self._table.schema
        if len(attributes) != count:
            raise InputError(f"{len(attributes)} rows of attributes came for {count} ids.", hint="One row an id.")
        try:
            return pa.unify_schemas([self._table.schema, attributes.schema])
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InputError(
                f"A column of the attributes has another type than the store's: {error}.",
                hint=f"The store has: {', '.join(f'{each.name} ({each.type})' for each in self._table.schema)}.",
            ) from error

    def _grow(self) -> None:
        """Go over to the index that suits the size reached."""
        exact = self._index
        if not isinstance(exact, ExactIndex) or len(exact) * exact.size <= EXACT_UP_TO:
            return
        places = np.flatnonzero(exact.taken)
        rng = np.random.default_rng(self._seed)
        grown = build_index([exact.ids[i] for i in places.tolist()], exact.vectors_of(places), rng=rng)
        if not isinstance(grown, ExactIndex):
            self._index, self._table = grown, self._table.take(places)

    def _current(self) -> Path | None:
        place = self._directory / "current"
        return self._directory / place.read_text(encoding="utf-8").strip() if place.exists() else None

    def _read(self, folder: Path) -> None:
        if not folder.is_dir() or load_json(folder / "checksums.json") != _checksums(folder):
            raise BundleError(
                f"The store {self._directory} is damaged: a file is missing or changed.", hint="Build it again."
            )
        self._index, self._table = load_index(folder), load_table(folder / "items.parquet")


def _conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with all columns of a schema, empty where it has none of them."""
    columns = [
        table.column(each.name).cast(each.type) if each.name in table.column_names else pa.nulls(len(table), each.type)
        for each in schema
    ]
    return pa.table(columns, schema=schema)


def _named(table: pa.Table, ids: Sequence[str]) -> pa.Table:
    """A table with the ids as its column ``item_id``."""
    others = table.drop_columns([name for name in table.column_names if name == "item_id"])
    return others.add_column(0, "item_id", pa.array(ids, pa.string())).combine_chunks()


def _checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the list of them."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name != "checksums.json":
            with path.open("rb") as file:
                found[path.name] = file_digest(file, "sha256").hexdigest()
    return found
