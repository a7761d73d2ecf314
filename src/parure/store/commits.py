"""Word of commits, passed among the processes that share a store: whether there was one, without a query."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from struct import Struct
from typing import Final, Self

from parure.core.errors import StoreError

_COUNT: Final = Struct("<Q")


class CommitCount:
    """A number that every commit of a store moves on, in eight bytes of memory that all its processes share.

    A statement that asks SQLite the same goes through a thousand lines of it, and a request asks before all else. What
    is committed by others than parure's writers moves nothing, so whoever reads has to ask now and then.

    Args:
        shared: The memory.
    """

    def __init__(self, shared: mmap.mmap) -> None:
        self._shared: mmap.mmap | None = shared

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Of the store in a folder.

        Raises:
            StoreError: Its file can be neither made nor written.
        """
        path = folder / "commits"
        try:
            with path.open("a+b") as file:
                if file.seek(0, os.SEEK_END) < _COUNT.size:
                    file.truncate(_COUNT.size)
                return cls(mmap.mmap(file.fileno(), _COUNT.size))
        except OSError as error:
            raise StoreError(f"Cannot write {path}: {error.strerror}.", hint="Check its owner and mode.") from error

    def read(self) -> bytes:
        """What stays the same while nobody commits."""
        return b"" if self._shared is None else self._shared[:]

    def move_on(self) -> None:
        """Something has been committed. One process writes at a time: whoever holds the store's lock."""
        if self._shared is not None:
            (count,) = _COUNT.unpack(self._shared[:])
            self._shared[:] = _COUNT.pack((count + 1) % 2**64)

    def close(self) -> None:
        """Let go of it; a second call does nothing."""
        if self._shared is not None:
            self._shared.close()
            self._shared = None
