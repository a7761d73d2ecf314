"""``python -m bench.session_server FOLDER ITEMS``: a bare server of a saved session-kNN, for its CPU time.

It prints its port. Routes: ``/knn?ID,ID,...`` answers with the 20 items that come next, as JSON; ``/empty`` answers
with as good as nothing; ``/cpu`` says how much CPU time the process has taken, in seconds.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import UNKNOWN, EventKind, History, IdMap, Query
from parure.core.clock import time_us
from parure.retrieval import SessionKnn

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

ID_WIDTH: Final = 7
"""Digits of an id."""
SHOWN: Final = 20


def item_ids(items: int) -> IdMap:
    """The ids of so many items: numbers from 0 on, in digits."""
    return IdMap(pa.array([f"{item:0{ID_WIDTH}d}" for item in range(items)], pa.string()))


def steps(items: IdMap, item_ix: NDArray[np.int32], now_us: int) -> Query:
    """The query of somebody who has clicked these items just now, ten seconds apart."""
    n = len(item_ix)
    ones = np.ones(n, np.float32)
    moments = now_us + np.arange(n, dtype=np.int64) * 10_000_000
    kinds = np.full(n, EventKind.CLICK, np.int8)
    history = History(items, item_ix, moments, kinds, ones, np.zeros(n, np.int64), ones, ones, ones)
    return Query(history, now_us + n * 10_000_000)


def app_of(source: SessionKnn) -> Starlette:
    """The application."""
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    items = source.items

    async def knn(request: Request) -> Response:
        asked = items.rows_of(request.scope["query_string"].decode().split(","))
        query = steps(items, asked[asked != UNKNOWN], time_us())
        found = source.retrieve(query, SHOWN)
        shown = {"item_ids": found.item_ids, "scores": found.scores.astype(np.float64).round(4).tolist()}
        return Response(json.dumps(shown), media_type="application/json")

    async def empty(request: Request) -> Response:
        del request
        return Response(b'{"item_ids":[]}', media_type="application/json")

    async def cpu(request: Request) -> Response:
        del request
        return Response(repr(time.process_time()), media_type="text/plain")

    return Starlette(routes=[Route("/knn", knn), Route("/empty", empty), Route("/cpu", cpu)])


def main(folder: str, items: int) -> None:
    """Serve on a free port of this machine until the process is ended."""
    import uvicorn

    app = app_of(SessionKnn.load(Path(folder), item_ids(items)))
    # Named as TCP, so that asyncio sends at once what is ready: else each answer would wait for an acknowledgement.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        print(listening.getsockname()[1], flush=True)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
        server.run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
