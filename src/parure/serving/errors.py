"""What every answer looks like that is an error, and which error becomes which status.

::

    {"error": {"code": "unknown_id", "message": "...", "hint": "...", "request_id": "...", "details": [...]}}

``code`` is stable and stands in :data:`CODES`; ``message`` says what was got, ``hint`` what to do next; ``details`` is
there where more than one thing was wrong. What went wrong inside the server is written to its log under the request's
id, never into the answer.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from parure.core.errors import ParureError
from parure.serving.exchange import exchange_of

LOG: Final = logging.getLogger("parure.serving")


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of error."""

    status: int
    """HTTP status."""
    meaning: str
    """What it means; the message, too, where an error brings none that may be told."""
    hint: str = ""
    """What to do next, where an error brings no hint of its own."""
    told: bool = True
    """Whether an error's own message may be told; else it is only logged, as it may speak of the server's insides."""


CODES: Final[Mapping[str, Code]] = {
    "bad_request": Code(400, "The request cannot be understood."),
    "json": Code(400, "The body is not JSON.", "Send UTF-8 encoded JSON."),
    "key_missing": Code(
        401, "This needs an API key.", "Send it as 'Authorization: Bearer KEY' or as 'X-API-Key: KEY'."
    ),
    "key_unknown": Code(401, "This API key is not known.", "Ask who runs the server for one that is."),
    "role": Code(403, "This API key may not do that.", "Use a key with the role that is asked for."),
    "origin": Code(403, "Pages of this origin may not call the API.", "Add it to [serving] cors_origins."),
    "not_found": Code(404, "There is nothing at this address.", "See the API's documentation for its routes."),
    "unknown_id": Code(404, "Nobody has heard of this user or item."),
    "method": Code(405, "This address does not know this method.", "The header Allow names those it knows."),
    "request_late": Code(408, "The request did not come in whole within the time limit.", "Send it again."),
    "conflict": Code(409, "This contradicts what is there already."),
    "cursor_stale": Code(409, "The list has changed since its first page was asked for.", "Begin anew."),
    "body_size": Code(413, "The body is longer than is allowed.", "Send less at once."),
    "media_type": Code(415, "A body of this type cannot be read here."),
    "invalid": Code(422, "The request is well formed, but what it says is not valid."),
    "text": Code(422, "A text cannot be written as UTF-8.", "Send no lone surrogates."),
    "settings": Code(422, "A setting or recipe is wrong."),
    "input": Code(422, "An input cannot be used."),
    "rate": Code(429, "Too many requests.", "Wait as many seconds as the header Retry-After says."),
    "header_size": Code(431, "The request has more headers than are allowed."),
    "gone": Code(499, "The client left before it was answered; only logs and metrics show this."),
    "fault": Code(500, "Something is wrong in the server.", "Give its operator the request_id.", told=False),
    "parure": Code(500, "The server cannot answer.", "Give its operator the request_id.", told=False),
    "missing_extra": Code(501, "The server was installed without what this needs."),
    "bundle": Code(503, "The shop has no bundle that can be served.", "Its operator runs: parure train.", told=False),
    "not_fitted": Code(
        503, "The model that this needs is not trained.", "Its operator runs: parure train.", told=False
    ),
    "store": Code(503, "Events cannot be stored.", "Its operator looks at disk and rights.", told=False),
    "store_full": Code(503, "Events come in faster than they can be stored.", "Send them again later."),
    "unavailable": Code(503, "This cannot be answered at the moment.", "Try again later."),
    "stopping": Code(503, "The server is stopping.", "Try again."),
    "late": Code(504, "There was no answer within the time limit.", "Ask for less, or try again."),
}
"""Every code there is. A code's meaning and status do not change."""

_BY_STATUS: Final[Mapping[int, str]] = {
    400: "bad_request", 401: "key_missing", 403: "role", 404: "not_found", 405: "method", 408: "request_late",
    409: "conflict", 413: "body_size", 415: "media_type", 422: "invalid", 429: "rate", 431: "header_size",
    501: "missing_extra", 503: "unavailable", 504: "late",
}  # fmt: skip
_MOST_DETAILS: Final = 20
_LONGEST_TEXT: Final = 300
_DEEPEST: Final = 6

Detail = dict[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error on its way to the client.

    Raises:
        KeyError: The code is not in :data:`CODES`.
    """

    code: str
    message: str = ""
    """What was got; the code's meaning where empty."""
    hint: str = ""
    details: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside type and length of the body."""
    other_status: int = 0
    """Where the status is not the code's own: that of an HTTPException which has no code."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.other_status or CODES[self.code].status

    def body(self, request_id: str) -> bytes:
        """The envelope as JSON; text that cannot be written as UTF-8 has question marks in it."""
        known = CODES[self.code]
        error: dict[str, Any] = {
            "code": self.code,
            "message": json_safe(self.message or known.meaning),
            "hint": json_safe(self.hint or known.hint),
            "request_id": request_id,
        }
        if self.details:
            error["details"] = json_safe(self.details)
        return msgspec.json.encode({"error": error})

    def header_pairs(self, body: bytes) -> list[tuple[bytes, bytes]]:
        """All headers, as ASGI wants them."""
        pairs = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode("ascii"))]
        pairs += [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in self.headers.items()]
        return pairs


def failure_of(error: BaseException, *, debug: bool = False) -> Failure:
    """What the client is told of an error.

    Args:
        error: Anything that was raised while a request was answered.
        debug: Tell messages too that speak of the server's insides; never a stack trace.
    """
    if isinstance(error, ParureError):
        return _of_ours(error, debug=debug)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, RequestValidationError):
        return _of_validation(error.errors())
    if isinstance(error, msgspec.ValidationError):
        return Failure("invalid", _short(str(error)))
    if isinstance(error, msgspec.DecodeError):
        return Failure("json", _short(str(error)))
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        # JSON can spell half a character; wherever such text is first written or stored, this comes up.
        return Failure("text")
    return Failure("fault", _short(f"{type(error).__name__}: {error}") if debug else "")


def is_inside(failure: Failure) -> bool:
    """Whether an error is the server's own, so that its log must tell what happened."""
    # What says when to come again is no fault.
    unplanned = failure.code == "unavailable" and not failure.headers
    return failure.status >= 500 and (not CODES[failure.code].told or unplanned)


def exception_handlers() -> dict[Any, Callable[[Request, Exception], Coroutine[Any, Any, Response]]]:
    """Handlers for Starlette's and FastAPI's ``exception_handlers``; the gate must stand before the app."""
    kinds = (ParureError, HTTPException, RequestValidationError, msgspec.DecodeError, UnicodeEncodeError)
    # What is not expected is raised on to the gate after this answer, and logged there.
    return {**dict.fromkeys(kinds, _answer_and_log), Exception: _answer}


def json_safe(value: Any, depth: int = 0) -> Any:
    """A value that JSON can carry: NaN becomes null; bytes, lone surrogates and unknown types become text."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, bool | int):
        return value if value is None or abs(value) < 2**63 else str(value)[:_LONGEST_TEXT]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {json_safe(str(key)): json_safe(each, depth + 1) for key, each in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [json_safe(each, depth + 1) for each in value]
    return _short(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def log_fault(request_id: str, what: str, error: BaseException) -> None:
    """Write an error of the server itself to its log, with the stack trace that the answer does not show."""
    LOG.error("request %s: %s: %s", request_id, what, type(error).__name__, exc_info=error)


def _of_ours(error: ParureError, *, debug: bool) -> Failure:
    code = next((cls.__dict__["code"] for cls in type(error).__mro__ if cls.__dict__.get("code") in CODES), "parure")
    wait_s = getattr(error, "retry_after_s", None)
    headers = {} if wait_s is None else {"Retry-After": retry_after(float(wait_s))}
    if code == "store_full" and not headers:
        headers = {"Retry-After": "1"}
    if not CODES[code].told and not debug:
        return Failure(code, headers=headers)
    return Failure(code, error.message, error.hint, getattr(error, "details", None), headers)


def retry_after(seconds: float) -> str:
    """A wait as the header ``Retry-After`` carries it: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds)))


def _of_http(error: HTTPException) -> Failure:
    code = _BY_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "fault")
    detail: Any = error.detail
    usual = not detail or detail == HTTPException(error.status_code).detail
    message = "" if usual or not isinstance(detail, str) else _short(detail)
    return Failure(
        code,
        message,
        details=None if isinstance(detail, str) else detail,
        headers=dict(error.headers or {}),
        other_status=error.status_code,
    )


def _of_validation(errors: Sequence[Any]) -> Failure:
    """Where and why, without what was sent: that may be personal, huge, or not fit for JSON."""
    details = [_detail(error) for error in errors[:_MOST_DETAILS]]
    if any(error.get("type") == "json_invalid" for error in errors):
        return Failure("json", details=details)
    first = f"{details[0]['where']}: {details[0]['problem']}" if details else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Failure("invalid", _short(first) + more, details=details)


def _detail(error: Mapping[str, Any]) -> Detail:
    where = ".".join(str(part) for part in error.get("loc", ()))
    return {"where": _short(where), "problem": _short(str(error.get("msg", "")))}


def _short(text: str) -> str:
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return safe if len(safe) <= _LONGEST_TEXT else safe[: _LONGEST_TEXT - 3] + "..."


async def _answer(request: Request, error: Exception) -> Response:
    exchange = exchange_of(request.scope)
    failure = failure_of(error, debug=exchange.debug)
    if failure.status in (204, 304):
        return Response(status_code=failure.status, headers=dict(failure.headers))
    exchange.code = "gone" if isinstance(error, ClientDisconnect) else failure.code
    response = Response(failure.body(exchange.request_id), status_code=failure.status, headers=dict(failure.headers))
    response.headers["content-type"] = "application/json"
    return response


async def _answer_and_log(request: Request, error: Exception) -> Response:
    exchange = exchange_of(request.scope)
    if is_inside(failure_of(error)):
        log_fault(exchange.request_id, f"{exchange.method} {exchange.route_in(request.scope)}", error)
    return await _answer(request, error)
