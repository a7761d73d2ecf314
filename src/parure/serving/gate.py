"""The gate: what every request passes before a route sees it, and every answer on its way out."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, Final

from starlette.requests import ClientDisconnect

from parure.core.serving_config import ServingConfig
from parure.serving.access_log import AccessLog, Line
from parure.serving.cors import Cors
from parure.serving.errors import Failure, failure_of, is_inside, log_fault, retry_after
from parure.serving.exchange import SCOPE_KEY, App, BodyTooLargeError, Exchange, Receive, Scope, Send
from parure.serving.forwarded import ForwardedHeaders
from parure.serving.keys import RANKS, Access, KeyRing, token_of
from parure.serving.metrics import Metrics, Reading
from parure.serving.rate import RateLimiter, network_of

GATE: Final = "gate"
"""The route that logs and metrics name where the gate itself answered."""

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_MOST_HEADERS: Final = 100
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"),)
_BARE: Final = ((b"content-length", b"0"),)
# A body so many times longer than allowed is not waited for: the connection ends.
_WORTH_READING: Final = 4


class Gate:
    """Stands before an app; pure ASGI, one for each worker, used on one event loop.

    In this order: an id for the request, its size, CORS, the key and its role, the rate, then the app within the time
    limit; then metrics and the access log. What it refuses itself gets the usual envelope.

    The time limit costs no task and no timer a request: all have the same limit, so they end in the order in which they
    began, and one timer for the oldest of them is enough.

    Args:
        app: What answers.
        config: The settings.
        access: What a route asks of a request, by method and path; see :class:`~parure.serving.keys.AccessRules`.
        metrics: Where requests are counted; its ``render`` shows them.
        access_log: Where lines go; without one, or with ``access_log = false``, none is written.
        now_s: A clock in seconds that never goes back.
    """

    def __init__(
        self,
        app: App,
        config: ServingConfig,
        *,
        access: Callable[[str, str], Access],
        metrics: Metrics | None = None,
        access_log: AccessLog | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.metrics.add(Reading("parure_http_in_flight", "Requests that are being answered.", lambda: self._in_flight))
        self._app = app
        self._config = config
        self._access = access
        self._log = access_log if config.access_log else None
        self._now_s = now_s
        self._keys = KeyRing(config)
        self._rate = RateLimiter(config.rate_limit_per_s, config.rate_limit_burst)
        self._forwarded = ForwardedHeaders(config.trust_forwarded)
        self._cors = Cors(config.cors_origins)
        self._limits = {"json": config.body_limit_bytes, "picture": config.picture_limit_bytes}
        self._everyone_may = config.environment == "demo"
        self._open_rank = RANKS["read" if config.open_reads else "open"]
        self._ids = _request_ids()
        self._in_flight = 0
        self._timed: dict[Exchange, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._not_http(scope, receive, send)
            return
        began_s = self._now_s()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method: str = scope["method"]
        path: str = scope["path"]
        access = self._access(method, path.removeprefix(scope.get("root_path", "")))
        exchange = Exchange(self._id_of(headers), method, receive, send, self._limits[access.body])
        exchange.extra_headers = ((b"x-request-id", exchange.request_id.encode("ascii")), *_ALWAYS)
        scope[SCOPE_KEY] = exchange
        self._in_flight += 1
        try:
            refusal = self._refusal(exchange, access, scope, headers, began_s)
            if refusal is None:
                if access.timed:
                    self._watch(exchange, began_s)
                await self._app(scope, exchange.receive, exchange.send)
            elif refusal is _PREFLIGHT:
                await _answer_preflight(exchange)
            else:
                exchange.route = GATE
                await self._answer(exchange, refusal, close=b"transfer-encoding" in headers)
            if not exchange.complete:
                await self._unanswered(exchange)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever it is, it becomes an answer
            await self._failed(exchange, error, scope)
        finally:
            self._timed.pop(exchange, None)
            self._account(exchange, scope, began_s)
            self._in_flight -= 1

    def _refusal(
        self, exchange: Exchange, access: Access, scope: Scope, headers: Mapping[bytes, bytes], now_s: float
    ) -> Failure | None:
        """Why a request goes no further; None where it may."""
        exchange.debug = self._config.debug
        exchange.client = self._forwarded.client_of(scope)
        if self._cors.on:
            exchange.extra_headers += self._cors.headers(headers.get(b"origin"))
            if Cors.is_preflight(exchange.method, headers):
                return _PREFLIGHT if self._cors.allows(headers[b"origin"]) else Failure("origin")
        malformed = _malformed(scope, headers, exchange.body_limit_bytes)
        if malformed is not None:
            return malformed
        # What is open to all counts against the address, and nobody looks at a key.
        token = None if self._everyone_may or access.role == "open" else token_of(headers)
        key = None if token is None else self._keys.find(token)
        if self._rate.limited and access.limited:
            # A guesser's wrong keys count against the address that they come from.
            wait_s = self._rate.wait_s(network_of(exchange.client) if key is None else key[1], now_s)
            if wait_s:
                return Failure("rate", headers={"Retry-After": retry_after(wait_s)})
        if access.role == "open":
            return None
        if key is not None:
            exchange.role = role = key[0]
            if RANKS[role] >= RANKS[access.role]:
                return None
            return Failure("role", f"This needs the role {access.role}; the key has {role}.")
        if self._everyone_may:
            exchange.role = "admin"
            return None
        if token is not None:
            return _KEY_UNKNOWN
        return None if RANKS[access.role] <= self._open_rank else _KEY_MISSING

    def _id_of(self, headers: Mapping[bytes, bytes]) -> str:
        given = headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given.decode("ascii")
        return next(self._ids)

    def _watch(self, exchange: Exchange, began_s: float) -> None:
        """Let the time limit hold for a request."""
        exchange.deadline_s = began_s + self._config.request_timeout_s
        exchange.task = asyncio.current_task()
        self._timed[exchange] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._config.request_timeout_s, self._end_late)

    def _end_late(self) -> None:
        """End the requests whose time is up, and come back for the next."""
        self._timer = None
        while self._timed:
            exchange = next(iter(self._timed))
            left_s = exchange.deadline_s - self._now_s()
            if left_s > 0.001:
                self._timer = asyncio.get_running_loop().call_later(left_s, self._end_late)
                return
            del self._timed[exchange]
            # An answer that has begun goes on: there is no other status to give any more.
            if not exchange.started and exchange.task is not None:
                exchange.timed_out = True
                exchange.task.cancel()

    async def _failed(self, exchange: Exchange, error: BaseException, scope: Scope) -> None:
        """Turn what was raised into an answer, where none has begun; log what is the server's own fault."""
        if isinstance(error, asyncio.CancelledError):
            if exchange.timed_out and exchange.task is not None:
                exchange.task.uncancel()
                # The rest of a body that dawdles is not waited for.
                failure = Failure("request_late", headers=_CLOSE) if exchange.reading else Failure("late")
            else:
                failure = Failure("stopping", headers={"Connection": "close", "Retry-After": "1"})
        elif exchange.gone or isinstance(error, ClientDisconnect):
            exchange.gone = True
            return
        else:
            failure = failure_of(error, debug=exchange.debug)
            if is_inside(failure) or (exchange.started and not isinstance(error, BodyTooLargeError)):
                log_fault(exchange.request_id, f"{exchange.method} {exchange.route_in(scope)}", error)
        if not exchange.started:
            await self._answer(exchange, failure)
        # Where an answer has begun and is not complete, returning makes the server close the connection.

    async def _unanswered(self, exchange: Exchange) -> None:
        """A route returned without an answer, or without the end of one: the client may have left, or it is a fault."""
        if exchange.started or exchange.gone:
            return
        log_fault(exchange.request_id, exchange.method, RuntimeError("the app returned without an answer"))
        await self._answer(exchange, Failure("fault"))

    async def _answer(self, exchange: Exchange, failure: Failure, *, close: bool = False) -> None:
        exchange.code = failure.code
        body = failure.body(exchange.request_id)
        head = failure.header_pairs(body)
        if close:
            head.append((b"connection", b"close"))
        await exchange.send({"type": "http.response.start", "status": failure.status, "headers": head})
        await exchange.send({"type": "http.response.body", "body": body})

    def _account(self, exchange: Exchange, scope: Scope, began_s: float) -> None:
        """Count a request and log it."""
        seconds = self._now_s() - began_s
        route = exchange.route or exchange.route_in(scope)
        status = exchange.status
        if exchange.gone and not status:
            status, exchange.code = 499, "gone"
        self.metrics.http.add(route, exchange.method, status, seconds)
        if exchange.code:
            self.metrics.errors.add(exchange.code)
        if self._log is not None:
            client = exchange.client if exchange.debug else ""
            about = (exchange.sent_bytes, exchange.role, exchange.code, client)
            self._log.add(Line(time.time(), exchange.request_id, exchange.method, route, status, seconds * 1e3, *about))

    async def _not_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            # Nothing here speaks WebSocket, and none must get past the keys.
            await send({"type": "websocket.close", "code": 1008})


_CLOSE: Final = {"Connection": "close"}
_PREFLIGHT: Final = Failure("origin")  # A mark: not a failure, but answered here as well.
_KEY_MISSING: Final = Failure("key_missing", headers={"WWW-Authenticate": "Bearer"})
_KEY_UNKNOWN: Final = Failure("key_unknown", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _request_ids() -> Iterator[str]:
    """Ids that no other worker gives out."""
    # Drawn when the first is asked for, so that processes forked from one another differ.
    prefix = secrets.token_hex(6)
    for number in count(1):
        yield f"{prefix}-{number:x}"


def _malformed(scope: Scope, headers: Mapping[bytes, bytes], body_limit_bytes: int) -> Failure | None:
    """Why a request cannot be taken as it is; None where it can."""
    length = headers.get(b"content-length")
    if length is not None:
        if not length.isdigit():
            return Failure("bad_request", "Content-Length is not a number.", headers={"Connection": "close"})
        # Digits are counted first: turning millions of them into a number takes long.
        if len(length) > 15 or int(length) > body_limit_bytes:
            near = len(length) <= 15 and int(length) <= _WORTH_READING * body_limit_bytes
            message = f"The body is longer than {body_limit_bytes} bytes."
            return Failure("body_size", message, headers={} if near else {"Connection": "close"})
    if len(scope["headers"]) > _MOST_HEADERS:
        return Failure("header_size", f"The request has more than {_MOST_HEADERS} headers.")
    path = scope["path"]
    if "\0" in path or not (path.isascii() or _is_utf8(path)):
        return Failure("bad_request", "The path holds characters that no id has.")
    return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


async def _answer_preflight(exchange: Exchange) -> None:
    exchange.route = GATE
    head: list[Any] = [*_BARE, *Cors.preflight_headers()]
    await exchange.send({"type": "http.response.start", "status": 204, "headers": head})
    await exchange.send({"type": "http.response.body", "body": b""})
