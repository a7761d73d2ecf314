"""A bundle that was published, or gone back to, is served without a request noticing."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from parure.core.errors import ParureError, StoreError
from parure.serving.served import Served
from parure.serving.worker import Worker, current_version

LOG: Final = logging.getLogger("parure.serving")
EVERY_S: Final = 1.0
"""So often it is looked whether the shop names another bundle."""
_MOST_PAUSE_S: Final = 60.0


class Swapper:
    """Watches the shop's pointer, loads what it names beside the requests, and puts it in the old one's place.

    A bundle that is not served stands in the worker's ``refused``, with why, and the old one goes on. One that is
    broken is not tried again until the pointer has named another; where something else went wrong, as with memory, the
    disk or the store, it is tried again after 1, 2, 4 and at most 60 seconds.

    Args:
        worker: Whose bundle.
        every_s: How often it looks, in seconds.
        now_s: A clock in seconds that never goes back.
    """

    def __init__(
        self, worker: Worker, *, every_s: float = EVERY_S, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._worker = worker
        self._every_s = every_s
        self._now_s = now_s
        self._task: asyncio.Task[None] | None = None
        # What was found broken, and what something else went wrong with, each until the pointer names another.
        self._broken = self._failed = ""
        self._pause_s = self._again_at_s = 0.0

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

    async def look(self) -> None:
        """Serve what the pointer names, if that is another bundle."""
        version = current_version(self._worker.shop)
        if version is None:
            return
        if version != self._broken:
            self._broken = ""
        if version != self._failed:
            self._failed, self._pause_s = "", 0.0
        served = self._worker.answers.version
        if version in (served, self._broken) or (self._failed and self._now_s() < self._again_at_s):
            return
        try:
            self._worker.take(await self._opened(version))
        except Exception as error:  # noqa: BLE001 - whatever it is, the old bundle goes on, and it is told and logged
            self._refuse(version, error)
            return
        self._failed = ""
        self._worker.refused.pop(version, None)
        LOG.info("bundle %s is served", version)

    def _refuse(self, version: str, error: Exception) -> None:
        """Say why a bundle is not served, and when it is tried again."""
        # What the store says is nothing against the bundle.
        if isinstance(error, ParureError) and not isinstance(error, StoreError):
            self._worker.refused[version] = str(error)
            self._broken = version
            LOG.error("bundle %s is refused: %s", version, error)
            return
        self._worker.refused[version] = f"{type(error).__name__}: {error}"
        self._pause_s = min(2 * self._pause_s or 1.0, _MOST_PAUSE_S)
        self._failed, self._again_at_s = version, self._now_s() + self._pause_s
        LOG.error("bundle %s is not served, next try in %g s", version, self._pause_s, exc_info=error)

    async def _opened(self, version: str) -> Served:
        """Load a bundle in a thread of its own, which nobody waits for when the server stops."""
        answer: Future[Served] = Future()
        answer.set_running_or_notify_cancel()

        def load() -> None:
            try:
                answer.set_result(self._worker.opened(version))
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                answer.set_exception(error)

        threading.Thread(target=load, name="parure-bundle", daemon=True).start()
        return await asyncio.wrap_future(answer)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except Exception:
                # The old bundle goes on being served; the next look may find a whole one.
                LOG.exception("looking for a new bundle failed")
