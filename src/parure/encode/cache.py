"""Vectors that were computed before, by the content of the picture and the model: what makes a run resumable.

One SQLite file that only grows. A batch is one transaction in a write-ahead log, so that a run that is killed at any
moment leaves a file with all batches before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError
from parure.encode.encoder import Vectors

FILE_NAME = "pictures.sqlite"
_LOCK_WAIT_S = 60
_PARAMETERS = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (model TEXT, content BLOB, vector BLOB, PRIMARY KEY (model, content));
CREATE TABLE IF NOT EXISTS thumbnails (content BLOB PRIMARY KEY, pixels BLOB);
CREATE TABLE IF NOT EXISTS fetched (address TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
"""
_TABLES = {"vectors", "thumbnails", "fetched"}


def content_hash(picture: bytes) -> bytes:
    """What a picture is known by: SHA-256 of its file, 32 bytes."""
    return sha256(picture).digest()


class VectorCache:
    """Vectors by model and content.

    Args:
        path: The file; made where it is not there.

    Raises:
        InputError: It cannot be opened, or is no such cache.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._con = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None)
            # Pages that hold a whole row, and rows in the order they come: a third of the time to write.
            self._con.execute("PRAGMA page_size = 16384")
            self._con.execute("PRAGMA journal_mode = WAL")
            # A loss of power may take the last batches, never the file; they are computed again.
            self._con.execute("PRAGMA synchronous = NORMAL")
            if not {name for (name,) in self._con.execute("SELECT name FROM sqlite_master")} >= _TABLES:
                self._con.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        except (OSError, sqlite3.Error) as error:
            got = f"The cache {path} cannot be opened: {error}."
            raise InputError(got, hint=f"Remove {path} and run again.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._con.close()

    def __len__(self) -> int:
        return int(self._con.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def without_thumbnail(self, contents: Iterable[bytes]) -> set[bytes]:
        """Those of the hashes whose picture has no thumbnail yet."""
        asked = list(contents)
        return set(asked) - {content for content, _ in self._thumbnails(asked, "1")}

    def thumbnails(self, contents: Sequence[bytes]) -> NDArray[np.uint8]:
        """The thumbnails of hashes that have one: uint8[len(contents), bytes].

        Raises:
            InputError: One is not there.
        """
        found = {content: pixels for content, pixels in self._thumbnails(contents, "pixels")}  # noqa: C416
        if any(each not in found for each in contents):
            raise self._lacks("thumbnail")
        return np.frombuffer(b"".join(found[each] for each in contents), np.uint8).reshape(len(contents), -1)

    def known(self, model: str, contents: Iterable[bytes]) -> set[bytes]:
        """Those of the hashes that the model has vectors of."""
        return {content for content, _ in self._rows(model, list(contents), "1")}

    def vectors(self, model: str, contents: Sequence[bytes], size: int) -> Vectors:
        """The vectors of hashes that are known, float32[len(contents), size].

        Raises:
            InputError: One is not there, or of another size.
        """
        found = {content: vector for content, vector in self._rows(model, contents, "vector")}  # noqa: C416
        short = next((each for each in contents if len(found.get(each, b"")) != 4 * size), None)
        if short is not None:
            raise self._lacks("vector")
        joined = b"".join(found[each] for each in contents)
        return np.frombuffer(joined, "<f4").reshape(len(contents), size).astype(np.float32, copy=False)

    def add(
        self,
        model: str,
        contents: Sequence[bytes],
        vectors: Vectors,
        thumbnails: Mapping[bytes, NDArray[np.uint8]] | None = None,
        fetched: Mapping[str, bytes] | None = None,
    ) -> None:
        """Keep what came of a batch, in one transaction.

        Args:
            model: Name of the model.
            contents: Hashes of pictures.
            vectors: float32[len(contents), size].
            thumbnails: By the hash of their picture.
            fetched: Address -> hash of what was there.

        Raises:
            InputError: The cache cannot be written.
        """
        plain = vectors.astype("<f4", copy=False)
        self._write(
            (
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                [(model, each, vector.tobytes()) for each, vector in zip(contents, plain, strict=True)],
            ),
            (
                "INSERT OR IGNORE INTO thumbnails VALUES (?, ?)",
                [(each, pixels.tobytes()) for each, pixels in (thumbnails or {}).items()],
            ),
            ("INSERT OR REPLACE INTO fetched VALUES (?, ?)", list((fetched or {}).items())),
        )

    def fetched(self, addresses: Sequence[str]) -> dict[str, bytes]:
        """Addresses that were fetched before -> hash of what was there."""
        found: dict[str, bytes] = {}
        for start in range(0, len(addresses), _PARAMETERS):
            part = addresses[start : start + _PARAMETERS]
            marks = ",".join("?" * len(part))
            found.update(self._con.execute(f"SELECT address, content FROM fetched WHERE address IN ({marks})", part))  # noqa: S608
        return found

    def _rows(self, model: str, contents: Sequence[bytes], column: str) -> list[tuple[bytes, bytes]]:
        rows: list[tuple[bytes, bytes]] = []
        for start in range(0, len(contents), _PARAMETERS):
            part = contents[start : start + _PARAMETERS]
            marks = ",".join("?" * len(part))
            query = f"SELECT content, {column} FROM vectors WHERE model = ? AND content IN ({marks})"  # noqa: S608
            rows += self._con.execute(query, (model, *part))
        return rows

    def _thumbnails(self, contents: Sequence[bytes], column: str) -> list[tuple[bytes, bytes]]:
        rows: list[tuple[bytes, bytes]] = []
        for start in range(0, len(contents), _PARAMETERS):
            part = contents[start : start + _PARAMETERS]
            marks = ",".join("?" * len(part))
            rows += self._con.execute(f"SELECT content, {column} FROM thumbnails WHERE content IN ({marks})", part)  # noqa: S608
        return rows

    def _lacks(self, what: str) -> InputError:
        return InputError(
            f"The cache {self._path} lacks a {what} that it had.", hint=f"Remove {self._path}, run again."
        )

    def _write(self, *writes: tuple[str, Sequence[tuple[object, ...]]]) -> None:
        if not any(rows for _, rows in writes):
            return
        try:
            self._con.execute("BEGIN IMMEDIATE")
            for statement, rows in writes:
                self._con.executemany(statement, rows)
            self._con.execute("COMMIT")
        except sqlite3.Error as error:
            if self._con.in_transaction:
                self._con.execute("ROLLBACK")
            raise InputError(f"The cache {self._path} cannot be written: {error}.", hint="Check the disk.") from error
