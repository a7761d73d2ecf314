"""The floor under a durable event log: one file, appended to and flushed to disk for many submissions at once."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path


class GroupFile:
    """Appends what is submitted, and answers once it is on disk; a thread writes whatever has gathered meanwhile.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._wake = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._write, daemon=True).start()

    async def append(self, content: bytes) -> None:
        """Return when the content is on disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append((content, done))
        self._wake.set()
        await done

    def _write(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                group, self._waiting = self._waiting, []
            if not group:
                continue
            os.write(self._handle, b"".join(content for content, _ in group))
            os.fdatasync(self._handle)
            futures = [done for _, done in group]
            futures[0].get_loop().call_soon_threadsafe(_resolve, futures)


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for done in futures:
        if not done.done():
            done.set_result(None)
