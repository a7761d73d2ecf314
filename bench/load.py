"""A client that costs little: many connections kept open, requests sent at their moment, answers timed from it.

What a request waits for because those before it are late counts as its latency, as it would for a shop's customer.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NAP_S: Final = 0.0001
"""So long an answer may lie unseen, which counts as its latency."""
_LENGTH: Final = b"content-length: "
_END: Final = b"\r\n\r\n"


@dataclass
class Taken:
    """What a load came to.

    Attributes:
        latencies_s: Of each answered request, in the order of answers.
        errors: Requests that were answered by another status than 2xx, or not at all.
        wall_s: From the first request to the last answer.
        cpu_s: CPU time of this client.
    """

    latencies_s: list[float] = field(default_factory=list)
    errors: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def percentile_ms(self, percent: float) -> float:
        """A percentile of the latencies, in milliseconds."""
        return float(np.percentile(self.latencies_s, percent) * 1000)


class _Connection(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, done: deque[_Connection], taken: Taken) -> None:
        self._done, self._taken = done, taken
        self._buffer = bytearray()
        self._begun = 0.0
        self._transport: asyncio.Transport | None = None
        self.free = asyncio.Event()
        self.free.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._begun:
            self._taken.errors += 1

    def send(self, request: bytes, moment: float) -> None:
        """Send a request that was due at a moment of ``perf_counter``."""
        assert self._transport is not None
        self._begun = moment
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Gather the answer, and note how long it took once it is whole."""
        buffer = self._buffer
        buffer += data
        head = buffer.find(_END)
        if head < 0:
            return
        at = buffer.find(_LENGTH, 0, head + 2)
        length = int(buffer[at + len(_LENGTH) : buffer.find(b"\r\n", at)]) if at >= 0 else 0
        if len(buffer) < head + len(_END) + length:
            return
        self._taken.latencies_s.append(time.perf_counter() - self._begun)
        self._begun = 0.0
        if buffer[9:10] != b"2":
            self._taken.errors += 1
        buffer.clear()
        self._done.append(self)

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


async def _connected(port: int, count: int, taken: Taken) -> tuple[list[_Connection], deque[_Connection]]:
    done: deque[_Connection] = deque()
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: _Connection(done, taken), "127.0.0.1", port))[1] for _ in range(count)
    ]
    done.extend(made)
    return made, done


async def _steady(port: int, requests: Sequence[bytes], per_second: float, connections: int) -> Taken:
    taken = Taken()
    made, free = await _connected(port, connections, taken)
    cpu, start = time.process_time(), time.perf_counter() + 0.05
    for number, request in enumerate(requests):
        moment = start + number / per_second
        while (wait := moment - time.perf_counter()) > 0 or not free:
            await asyncio.sleep(0)
            # The loop's own timers wake it up to a millisecond late, and looking again and again would take what the
            # processor has for the server: its cores may share one.
            time.sleep(max(0.0, min(wait, _NAP_S)))
        free.popleft().send(request, moment)
    await _finish(taken, len(requests))
    taken.wall_s, taken.cpu_s = time.perf_counter() - start, time.process_time() - cpu
    for connection in made:
        connection.close()
    return taken


async def _busy(port: int, requests: Iterator[bytes], count: int, connections: int) -> Taken:
    taken = Taken()
    made, free = await _connected(port, connections, taken)
    cpu, start = time.process_time(), time.perf_counter()
    sent = 0
    while sent < count:
        while free and sent < count:
            free.popleft().send(next(requests), time.perf_counter())
            sent += 1
        await asyncio.sleep(0)
    await _finish(taken, count)
    taken.wall_s, taken.cpu_s = time.perf_counter() - start, time.process_time() - cpu
    for connection in made:
        connection.close()
    return taken


async def _finish(taken: Taken, count: int) -> None:
    """Wait for the last answers, ten seconds at most; what has not come then is an error."""
    until = time.perf_counter() + 10
    while len(taken.latencies_s) < count and time.perf_counter() < until:
        await asyncio.sleep(0.001)
    taken.errors += count - len(taken.latencies_s)


def steady(port: int, requests: Sequence[bytes], *, per_second: float, connections: int = 64) -> Taken:
    """Send requests at a steady rate, whether answers keep up or not."""
    return _run(_steady(port, requests, per_second, connections))


def busy(port: int, requests: Iterator[bytes], count: int, *, connections: int) -> Taken:
    """Keep so many connections busy until so many requests are answered."""
    return _run(_busy(port, requests, count, connections))


def _run(work: object) -> Taken:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)  # type: ignore[arg-type]


def get(path: str) -> bytes:
    """A GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n".encode("ascii")


def post(path: str, body: bytes) -> bytes:
    """A POST of JSON."""
    lines = (f"POST {path} HTTP/1.1", "host: shop", "content-type: application/json", f"content-length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def drawn(rng: np.random.Generator, names: Sequence[str], count: int) -> list[str]:
    """Names drawn at random, so that no cache helps more than it would a shop."""
    chosen: NDArray[np.int64] = rng.integers(len(names), size=count)
    return [names[place] for place in chosen.tolist()]
