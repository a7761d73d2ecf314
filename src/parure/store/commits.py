"""Word of commits, passed among the processes that share a store: whether there was one, without a query."""

from __future__ import annotations

import logging
import os
from io import FileIO
from pathlib import Path
from struct import Struct
from typing import Final, Self

from parure.core.errors import StoreError

LOG: Final = logging.getLogger("parure.store")
_COUNT: Final = Struct("<Q")
_READS_AT_ONCE: Final = hasattr(os, "pread")
"""Not so on Windows."""


class CommitCount:
    """A number that every commit of a store moves on, in a file of eight bytes that all its processes keep open.

    A statement that asks SQLite the same goes through a thousand lines of it, and a request asks before all else. What
    is committed by others than parure's writers moves nothing, so whoever reads has to ask now and then.

    Args:
        file: The file, open to be read and written.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Of the store in a folder.

        Raises:
            StoreError: Its file can be neither made nor opened.
        """
        path = folder / "commits"
        try:
            path.touch(exist_ok=True)
            return cls(path.open("r+b", buffering=0))
        except OSError as error:
            raise StoreError(f"Cannot write {path}: {error.strerror}.", hint="Check its owner and mode.") from error

    def read(self) -> bytes:
        """What stays the same while nobody commits; nothing once it is closed."""
        if self._file.closed:
            return b""
        if _READS_AT_ONCE:
            # Asked before every request: in one call of the system, and not in two.
            return os.pread(self._file.fileno(), _COUNT.size, 0)
        self._file.seek(0)
        return self._file.read(_COUNT.size)

    def move_on(self) -> None:
        """Something has been committed. One process writes at a time: whoever holds the store's lock."""
        try:
            before = self.read()
            count = _COUNT.unpack(before)[0] if len(before) == _COUNT.size else 0
            self._file.seek(0)
            self._file.write(_COUNT.pack((count + 1) % 2**64))
        except OSError as error:
            # What was committed is committed. Others find it when they next ask the database, within a second.
            LOG.warning("word of a commit could not be written: %s", error)

    def close(self) -> None:
        """Let go of it; a second call does nothing."""
        self._file.close()
