"""A bundle that was published, or gone back to, is served without a request noticing."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from parure.core.errors import ParureError
from parure.serving.worker import Worker, current_version

LOG: Final = logging.getLogger("parure.serving")
EVERY_S: Final = 1.0
"""So often it is looked whether the shop names another bundle."""


class Swapper:
    """Watches the shop's pointer, loads what it names beside the requests, and puts it in the old one's place.

    A bundle that is broken is refused: its name and why stand in the worker's ``refused``, and the old one goes on. It
    is not tried again until the pointer has named another.

    Args:
        worker: Whose bundle.
        every_s: How often it looks, in seconds.
    """

    def __init__(self, worker: Worker, *, every_s: float = EVERY_S) -> None:
        self._worker = worker
        self._every_s = every_s
        self._thread = ThreadPoolExecutor(1, "bundle")
        self._task: asyncio.Task[None] | None = None
        self._last = worker.answers.version

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown(cancel_futures=True)

    async def look(self) -> None:
        """Serve what the pointer names, if that is another bundle."""
        loop = asyncio.get_running_loop()
        version = current_version(self._worker.shop)
        if version is None or version == self._last:
            return
        self._last = version
        if version == self._worker.answers.version:
            return
        try:
            served = await loop.run_in_executor(self._thread, self._worker.opened, version)
        except ParureError as error:
            self._worker.refused[version] = str(error)
            LOG.error("bundle refused", extra={"version": version, "why": str(error)})
            return
        self._worker.take(served)
        self._worker.refused.pop(version, None)
        LOG.info("bundle served", extra={"version": version})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except Exception:
                # The old bundle goes on being served; the next look may find a whole one.
                LOG.exception("looking for a new bundle failed")
