"""``python -m bench.serve_app SHOP CORE``: the server of a shop on one core, with an empty route beside its own.

It prints its port on standard error, how long it took until it was ready, and its memory. ``/empty/USER?...`` reads the
same parameters as the route of recommendations and answers with a constant; ``/file/events`` keeps events in a bare
file; ``/cpu`` says how much CPU time the process has taken.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bench.group_file import GroupFile
from parure.core.clock import time_us
from parure.pipeline.settings import load_settings
from parure.serving.incoming import events_of, read_body, stored
from parure.serving.query import parsed
from parure.serving.types import Receipt, Wanted

_EMPTY: Final = b'{"items":[]}'
_line: Final = msgspec.json.Encoder().encode


def _plain(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]


class _Empty:
    """Reads what a request for recommendations says, and does nothing with it."""

    path = "/empty/{user_id}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        scope["route"] = self
        parsed(scope["query_string"], Wanted)
        await send({"type": "http.response.start", "status": 200, "headers": _plain(_EMPTY)})
        await send({"type": "http.response.body", "body": _EMPTY})


class _FileEvents:
    """Takes events as the route of events does, and keeps them in a bare file."""

    path = "/file/events"

    def __init__(self, path: Path) -> None:
        self._file: GroupFile | None = None
        self._kept = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        if self._file is None:
            self._file = GroupFile(self._kept)
        body = await read_body(receive)
        events = events_of(body)
        now_us = time_us()
        kept = [stored(event, event.user_id, now_us) for event in events]
        await self._file.append(b"\n".join(map(_line, kept)) + b"\n")
        answer = _line(Receipt(len(kept), 0, 0, [event.event_id for event in kept]))
        await send({"type": "http.response.start", "status": 202, "headers": _plain(answer)})
        await send({"type": "http.response.body", "body": answer})


class _Cpu:
    """Says how much CPU time the process has taken, and what it holds."""

    path = "/cpu"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        scope["route"] = self
        body = json.dumps({"cpu_s": time.process_time(), **memory_mib()}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": _plain(body)})
        await send({"type": "http.response.body", "body": body})


def memory_mib() -> dict[str, float]:
    """What the process holds: in all, its share of it, and what other processes share or could share, in MiB."""
    found = {"Rss": 0.0, "Pss": 0.0, "Private_Dirty": 0.0}
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name in found:
            found[name] = int(rest.split()[0]) / 1024
    return {"rss_mib": found["Rss"], "pss_mib": found["Pss"], "own_mib": found["Private_Dirty"]}


def main(shop: str, core: int) -> None:
    """Serve until the process is ended."""
    import uvicorn

    from parure.serving.app import Server
    from parure.serving.run import listening
    from parure.serving.server_options import server_options

    begun = time.perf_counter()
    if core >= 0:
        os.sched_setaffinity(0, {core})
    settings = load_settings(Path(shop))
    also = [
        Route("/empty/{user_id:path}", _Empty()),
        Route("/cpu", _Cpu()),
        Route("/file/events", _FileEvents(Path(shop) / "floor.jsonl"), methods=["POST"]),
    ]
    server = Server(Path(shop), settings, also=also)
    sock = listening("127.0.0.1", 0)
    told = {"port": sock.getsockname()[1], "ready_s": time.perf_counter() - begun, **memory_mib()}
    # Standard output is the access log's.
    print(json.dumps(told), file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(server, **server_options(settings.serving))).run(sockets=[sock])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
