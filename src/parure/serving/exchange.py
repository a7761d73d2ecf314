"""One request and its answer, as the gate follows them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.exceptions import HTTPException

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""The types of ASGI 3."""

SCOPE_KEY: Final = "parure.exchange"
UNMATCHED: Final = "unmatched"
"""The route of a request that no route took."""


class BodyTooLargeError(HTTPException):
    """More of a body came in than is allowed. An HTTPException, as frameworks let those through unchanged."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(413, f"The body is longer than {limit_bytes} bytes.", {"Connection": "close"})


class Exchange:
    """What is known of a request while it is answered; found in its scope by :func:`exchange_of`.

    Values that most requests leave alone stand on the class, so that making one costs little.
    """

    role = "open"
    """The role of the caller: that of its key; ``open`` without one, ``admin`` for everyone in a demo."""
    client = ""
    """The caller's address."""
    route = ""
    """A route's template, as ``/users/{user_id}``, for logs and metrics; where a route sets none it is read from the
    framework."""
    code = ""
    """The code of the error that was answered."""
    debug = False
    """Whether answers may tell what went wrong inside."""
    status = 0
    """The status that was answered; 0 before."""
    sent_bytes = 0
    """Bytes of the answer's body so far."""
    started = False
    """Whether the answer has begun."""
    complete = False
    """Whether the answer was given in whole."""
    gone = False
    """Whether the client left before the answer was complete."""
    timed_out = False
    """Whether the time limit ended the request."""
    body_bytes = 0
    """Bytes of the body so far."""
    reading = False
    """Whether the route waits for more of the body."""
    _body_whole = False
    deadline_s = 0.0
    """When the time limit ends, on the gate's clock."""
    task: asyncio.Task[Any] | None = None
    """The task that answers, where the time limit holds."""

    def __init__(self, request_id: str, method: str, receive: Receive, send: Send, body_limit_bytes: int) -> None:
        self.request_id = request_id
        self.method = method
        self.body_limit_bytes = body_limit_bytes
        self._receive = receive
        self._send = send
        self.extra_headers: tuple[tuple[bytes, bytes], ...] = ()

    def send(self, message: Message) -> Awaitable[None]:
        """Pass on a part of the answer, with the gate's headers in its head. Not a coroutine, to save one a call."""
        if message["type"] == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.complete = True
        elif message["type"] == "http.response.start":
            self.started = True
            if not self.gone:
                self.status = message["status"]
            # A copy: an app may send the same head again and again.
            message = {**message, "headers": [*message.get("headers", ()), *self.extra_headers]}
        return self._send(message)

    async def receive(self) -> Message:
        """Take in a part of the body.

        Raises:
            BodyTooLargeError: More has come in than is allowed.
        """
        self.reading = not self._body_whole
        message = await self._receive()
        self.reading = False
        if message["type"] == "http.request":
            self.body_bytes += len(message.get("body", b""))
            self._body_whole = not message.get("more_body", False)
            if self.body_bytes > self.body_limit_bytes:
                raise BodyTooLargeError(self.body_limit_bytes)
        elif message["type"] == "http.disconnect" and not self.complete:
            self.gone = True
        return message

    def route_in(self, scope: Scope) -> str:
        """The template of the route that took the request: never the path itself, which holds ids of users."""
        if self.route:
            return self.route
        route = scope.get("route")
        return getattr(route, "path", UNMATCHED) or "/"


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that the gate has put into a request's scope.

    Raises:
        KeyError: No gate stands before the app.
    """
    exchange: Exchange = scope[SCOPE_KEY]
    return exchange
