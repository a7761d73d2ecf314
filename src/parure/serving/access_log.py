"""The access log: one line a request, written by a thread of its own; and the form of all other lines."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, BinaryIO, Final, Literal, NamedTuple, TextIO

from parure.core.clock import second_text

LogFormat = Literal["json", "text"]

_PIPE_BYTES: Final = 4096  # A pipe takes so much in one piece, so lines of several workers do not mix.
_GATHER_S: Final = 0.1
_WRITTEN: Final = {"parure": logging.INFO, "uvicorn": logging.WARNING, "asyncio": logging.WARNING}


class Line(NamedTuple):
    """What is told of a request: no id of a user, no query string, and its address only where debug is on."""

    at_s: float
    """Seconds since 1970, UTC, at the end of the answer."""
    request_id: str
    method: str
    route: str
    """The route's template."""
    status: int
    ms: float
    """From the request's head to the end of its answer, in milliseconds."""
    sent_bytes: int
    """Length of the answer's body."""
    role: str
    code: str
    """The error's code; empty where there was none."""
    client: str
    """The caller's address; empty unless debug is on."""


class AccessLog:
    """Takes lines at once and writes them a moment later, many in one write.

    Lines wait in memory for 0.1 seconds; :meth:`close` writes the last of them. Where they come faster than they can
    be written, or writing fails, lines are lost and counted, and requests go on.

    Args:
        stream: Where lines go, as ``sys.stdout.buffer``.
        log_format: ``json`` or ``text``.
        waiting: Most lines that wait.

    Any thread may add lines.

    Cost: about 0.2 microseconds a line for who adds it, and 3 for the thread.
    """

    def __init__(self, stream: BinaryIO, log_format: LogFormat = "json", *, waiting: int = 50_000) -> None:
        self._stream = stream
        self._as_text = _json_line if log_format == "json" else _text_line
        self._lines: deque[Line] = deque()
        self._waiting = waiting
        self._wake, self._stop = threading.Event(), threading.Event()
        self._awake = self._wake.is_set
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        # Two counts, as each is kept by another thread.
        self._refused = self._unwritten = 0

    @property
    def lost(self) -> int:
        """Lines that came too fast, or could not be written."""
        return self._refused + self._unwritten

    def add(self, line: Line) -> None:
        """Have a line written soon."""
        lines = self._lines
        if len(lines) < self._waiting:
            lines.append(line)
        else:
            self._refused += 1
        # Asked after the line is there: the thread takes the mark away before it looks for lines, so none is left over.
        if not self._awake():
            if self._thread is None:
                self._start()
            self._wake.set()

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._write_waiting()

    def _start(self) -> None:
        # Not before the first line: a thread does not live through a fork.
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="parure-access-log", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._stop.wait(_GATHER_S)
            # Before the lines are taken: whatever comes while they are written wakes this thread once more.
            self._wake.clear()
            self._write_waiting()

    def _write_waiting(self) -> None:
        block: list[bytes] = []
        size = 0
        for _ in range(len(self._lines)):
            text = self._as_text(self._lines.popleft())
            if size + len(text) > _PIPE_BYTES:
                self._write(block)
                block, size = [], 0
            block.append(text)
            size += len(text)
        self._write(block)

    def _write(self, block: Sequence[bytes]) -> None:
        try:
            if block:
                self._stream.write(b"".join(block))
                self._stream.flush()
        except (OSError, ValueError):
            # A full disk or a closed pipe must not end the server; the metric of lost lines tells.
            self._unwritten += len(block)


class LogFormatter(logging.Formatter):
    """The form of all other lines of the server's log: what happened, and its stack trace where there is one.

    Args:
        log_format: ``json`` for an object a line, ``text`` for words.
    """

    def __init__(self, log_format: LogFormat = "json") -> None:
        super().__init__()
        self._json = log_format == "json"

    def format(self, record: logging.LogRecord) -> str:
        """One line as JSON; as text, a line and the lines of its stack trace."""
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        at, level, message = _time(record.created), record.levelname.lower(), record.getMessage()
        if not self._json:
            # A line break in a message would let whoever caused it write lines of their own.
            line = f"{at} {level} {record.name}: " + message.replace("\n", "\\n").replace("\r", "\\r")
            return f"{line}\n{trace}" if trace else line
        told: dict[str, Any] = {"at": at, "level": level, "logger": record.name, "message": message}
        return json.dumps({**told, "trace": trace} if trace else told)


def write_log(log_format: LogFormat, stream: TextIO | None = None) -> None:
    """Have this process write what is logged beside the access log in the server's form.

    Of parure all from INFO on, of uvicorn and asyncio warnings and errors. Called again, the last call holds.

    Args:
        log_format: As for :class:`LogFormatter`.
        stream: Where lines go; stderr where None.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormatter(log_format))
    for name, level in _WRITTEN.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)


def _json_line(line: Line) -> bytes:
    at_s, request_id, method, route, status, ms, sent_bytes, role, code, client = line
    # Ids, roles and codes are plain words; templates and methods are few, so that they are escaped once.
    rest = f',"code":"{code}"' if code else ""
    if client:
        rest += f',"client":{json.dumps(client)}'
    return (
        f'{{"at":"{_time(at_s)}","request_id":"{request_id}","method":{_quoted(method)},"route":{_quoted(route)},'
        f'"status":{status},"ms":{ms:.3f},"sent_bytes":{sent_bytes},"role":"{role}"{rest}}}\n'
    ).encode("ascii")


def _text_line(line: Line) -> bytes:
    at_s, request_id, method, route, status, ms, sent_bytes, role, code, client = line
    words = f"{_time(at_s)} {request_id} {method} {route} {status} {ms:.3f}ms {sent_bytes}B {role} {code} {client}"
    return words.rstrip().encode("utf-8", "replace") + b"\n"


_quoted: Final = lru_cache(maxsize=1024)(json.dumps)


def _time(at_s: float) -> str:
    whole_s = int(at_s)
    return f"{second_text(whole_s)}.{int((at_s - whole_s) * 1000):03d}Z"
