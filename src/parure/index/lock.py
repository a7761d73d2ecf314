"""Keeps two that would change one folder apart."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

from parure.core.errors import InputError

try:
    import fcntl
except ImportError:  # as on Windows
    _HAS_FLOCK = False
else:
    _HAS_FLOCK = True


class FolderLock:
    """Says who may change a folder: one at a time, in this process and all others.

    It ends with the object or the process, however that ends, and leaves no file. Where a system has no such locks
    (Windows) it is always had.

    Args:
        directory: The folder; made when the lock is taken.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._closing: weakref.finalize[[int], FolderLock] | None = None

    def take(self) -> None:
        """Take the lock, unless it is held already.

        Raises:
            InputError: Another has it, or the folder cannot be made.
        """
        if self._closing is not None or not _HAS_FLOCK:
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            opened = os.open(self._directory, os.O_RDONLY)
        except OSError as error:
            raise InputError(
                f"Cannot write into {self._directory}: {error.strerror}.", hint="Check its owner and mode."
            ) from error
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            raise InputError(
                f"{self._directory} is being changed by another process, or by another store in this one.",
                hint="Wait until it has been flushed or closed there.",
            ) from None
        self._closing = weakref.finalize(self, os.close, opened)

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._closing is not None:
            self._closing()
            self._closing = None
