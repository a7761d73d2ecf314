"""HTTP/1.1 with a bound on a request's head: its size and how long it may take to come in."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from parure.serving.errors import CODES, Failure

HEAD_BYTES: Final = 64 * 1024
"""Longest head of a request, its first line and headers, in bytes; one read from the socket may go beyond."""
HEAD_S: Final = 10.0
"""Seconds that a connection's first head may take, or a later one from its first byte on, to come in whole."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself would gather a head of any length for as long as it likes to come.

    Cost: about 0.1 microseconds a read.
    """

    head_s = HEAD_S
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.head_s, self._head_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on what came, and count it where it left a head unfinished."""
        super().data_received(data)
        scope: Any = self.scope
        # The parser makes a scope when a head begins, and puts the path into it when the head is whole.
        if scope is not None and "path" in scope:
            if self._head_timer is not None:
                self._head_came()
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            self._refuse("header_size")
        elif self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(self.head_s, self._head_late)

    def _head_came(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        self._head_timer = None
        self._refuse("request_late" if self._head_bytes else "")

    def _refuse(self, code: str) -> None:
        """Close the connection, with an answer where the client is owed one and can take it."""
        self._head_came()
        if self.transport.is_closing():
            return
        if code and (self.cycle is None or self.cycle.response_complete):
            body = Failure(code).body("")
            head = f"HTTP/1.1 {CODES[code].status} \r\ncontent-type: application/json\r\nconnection: close\r\n"
            self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode("ascii") + body)
        self.transport.close()
