"""A real server on a free port of this machine, with a small app behind the gate."""

import asyncio
import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from parure.core.errors import BundleError, InputError, ParureError, UnknownIdError
from parure.core.serving_config import ServingConfig
from parure.serving.access_log import AccessLog
from parure.serving.errors import exception_handlers
from parure.serving.exchange import exchange_of
from parure.serving.gate import Gate
from parure.serving.keys import Access, AccessRules, Rule
from parure.serving.metrics import CONTENT_TYPE
from parure.serving.server_options import server_options

READ, EVENTS, ADMIN = "rKx83hdWq02mZpLs7", "eVn51jdTr94bYcQe6", "aGm20fkUs67nXwHt8"
RULES = AccessRules(
    [
        Rule("/health", Access("open", limited=False)),
        Rule("/open", Access("open")),
        Rule("/events", Access("events"), ("POST",)),
        Rule("/admin", Access("admin")),
        Rule("/picture", Access("read", "picture")),
    ]
)


class StoreFullError(ParureError):
    """As the store will raise it."""

    code = "store_full"
    retry_after_s = 2.4


class Wish(msgspec.Struct):
    """A body for msgspec."""

    k: int


@dataclass
class Running:
    """A server that runs."""

    port: int
    gate: Gate
    log: io.BytesIO
    access_log: AccessLog
    options: uvicorn.Config
    go_on: threading.Event
    """What ``/thread`` waits for."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str = READ, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=10, **options)

    def settle(self) -> None:
        """Wait until the gate is done with all requests: a client has its answer a little earlier."""
        until = time.monotonic() + 5
        while self.gate._in_flight and time.monotonic() < until:
            time.sleep(0.002)
        assert self.gate._in_flight == 0

    def lines(self) -> list[dict[str, Any]]:
        """What the access log holds, once all is written."""
        self.settle()
        self.access_log.close()
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


async def _user(request: Request) -> Response:
    exchange = exchange_of(request.scope)
    told = {"user": request.path_params["user_id"], "role": exchange.role, "id": exchange.request_id}
    return JSONResponse(
        {**told, "client": exchange.client, "scheme": request.url.scheme, "q": request.query_params.get("q")}
    )


async def _length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _wish(request: Request) -> Response:
    return JSONResponse({"k": msgspec.json.decode(await request.body(), type=Wish).k})


async def _sleep(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params["s"]))
    return PlainTextResponse("slept")


async def _slow_stream(request: Request) -> Response:
    async def parts() -> Any:
        for _ in range(5):
            yield b"part "
            await asyncio.sleep(0.1)

    return StreamingResponse(parts())


async def _broken_stream(request: Request) -> Response:
    async def parts() -> Any:
        yield b"part "
        raise RuntimeError("in the middle")

    return StreamingResponse(parts())


async def _raise(request: Request) -> Response:
    raise {
        "unknown": UnknownIdError("No user 'x\ud800'.", hint="Check the id."),
        "input": InputError("A file is empty."),
        "bundle": BundleError("/srv/secret-place/bundle is broken."),
        "full": StoreFullError("20000 events wait."),
        "teapot": HTTPException(418, "a teapot"),
        "surrogate": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        "fault": RuntimeError("secret inside"),
    }[request.path_params["kind"]]


async def _events(request: Request) -> Response:
    return JSONResponse({"taken": len(await request.body())}, status_code=202)


def wide() -> FastAPI:
    """The part that FastAPI answers."""
    app = FastAPI(exception_handlers=exception_handlers())
    router = APIRouter(prefix="/things")

    @router.post("/{thing_id}")
    async def thing(thing_id: str, k: int, wish: dict[str, float]) -> dict[str, str]:
        return {"thing": thing_id}

    app.include_router(router)
    return app


async def _silent(scope: Any, receive: Any, send: Any) -> None:
    """An app that gives no answer."""


_HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}


async def _constant(scope: Any, receive: Any, send: Any) -> None:
    """An app that sends one and the same head again and again."""
    await send(_HEAD)
    await send({"type": "http.response.body"})


def _thread(request: Request) -> Response:
    # Longer than any client waits.
    request.app.state.go_on.wait(60)
    return PlainTextResponse("slept")


def small_app() -> Starlette:
    """One route for each behaviour."""
    app = Starlette(exception_handlers=exception_handlers())
    app.state.go_on = threading.Event()

    async def metrics(request: Request) -> Response:
        return Response(app.state.gate.metrics.render("0"), media_type=None, headers={"content-type": CONTENT_TYPE})

    get = [("/users/{user_id}", _user), ("/sleep", _sleep), ("/open/thing", _length), ("/health", _length)]
    get += [("/stream", _slow_stream), ("/broken", _broken_stream), ("/raise/{kind}", _raise), ("/metrics", metrics)]
    get += [("/admin/thing", _length), ("/thread", _thread)]
    post = [("/length", _length), ("/picture", _length), ("/wish", _wish), ("/events", _events)]
    app.router.routes += [Route(path, endpoint) for path, endpoint in get]
    app.router.routes += [Route(path, endpoint, methods=["POST"]) for path, endpoint in post]
    app.router.routes += [Mount("/silent", _silent), Mount("/constant", _constant), Mount("/wide", wide())]
    return app


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Start a server with these settings; it stops with the test."""
    stops: list[Callable[[], None]] = []

    def start(**settings: Any) -> Running:
        keys = {"api_keys": (f"read:{READ}", f"events:{EVENTS}", f"admin:{ADMIN}")}
        config = ServingConfig.parse({**keys, **settings}, where="test")
        app, log = small_app(), io.BytesIO()
        access_log = AccessLog(log)
        gate = app.state.gate = Gate(app, config, access=RULES, access_log=access_log)
        options = uvicorn.Config(gate, port=0, **server_options(config))
        server = uvicorn.Server(options)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]

        def stop() -> None:
            server.should_exit = True
            app.state.go_on.set()
            thread.join(timeout=20)
            access_log.close()

        stops.append(stop)
        return Running(port, gate, log, access_log, options, app.state.go_on)

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def parse_exposition() -> Callable[[str], dict[str, Any]]:
    """A reader of the Prometheus text format 0.0.4, written from its specification."""
    return _parse_exposition


NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
KINDS = {"counter", "gauge", "histogram", "summary", "untyped"}
ENDINGS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


@dataclass
class Family:
    kind: str = ""
    help: str = ""
    samples: list = field(default_factory=list)


def _parse_exposition(text):
    """Families by name; raises AssertionError for what the specification forbids."""
    assert text.endswith("\n")
    assert "\r" not in text
    families, seen = {}, set()
    current = ""
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            _, word, name, rest = line.split(" ", 3)
            assert NAME.fullmatch(name)
            if word == "HELP":
                assert name not in families, "lines of one family stand together"
                families[name] = Family(help=_unescape(rest, quotes=False))
            else:
                assert rest in KINDS
                assert not families[name].samples, "TYPE comes before the samples"
                families[name].kind = rest
            current = name
        else:
            name, labels, value = _sample(line)
            family = families[current]
            assert name == current or name in [current + end for end in ENDINGS.get(family.kind, ())]
            key = (name, tuple(sorted(labels.items())))
            assert key not in seen, "a sample stands twice"
            seen.add(key)
            family.samples.append((name, labels, value))
    for name, family in families.items():
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families


def _sample(line):
    name = NAME.match(line).group()
    rest, labels = line[len(name) :], {}
    if rest.startswith("{"):
        rest = rest[1:]
        while not rest.startswith("}"):
            label = LABEL.match(rest).group()
            rest = rest[len(label) :]
            text = re.match(r'="((?:[^"\\\n]|\\.)*)",?', rest)
            assert text
            assert label not in labels
            labels[label] = _unescape(text.group(1), quotes=True)
            rest = rest[text.end() :]
        rest = rest[1:]
    assert rest.startswith(" ")
    assert " " not in rest[1:]
    return name, labels, float(rest[1:].replace("+Inf", "inf"))


def _unescape(text, *, quotes):
    known = {"\\\\": "\\", "\\n": "\n"} | ({'\\"': '"'} if quotes else {})
    assert all(found in known for found in re.findall(r"\\.", text))
    return re.sub(r"\\.", lambda found: known[found.group()], text)


def _check_histogram(name, family):
    """Buckets grow, the last is +Inf, and it equals the count."""
    series = {}
    for sample, labels, value in family.samples:
        key = tuple(sorted((label, text) for label, text in labels.items() if label != "le"))
        series.setdefault(key, {}).setdefault(sample.removeprefix(name), []).append((labels.get("le"), value))
    for parts in series.values():
        bounds = [float(bound.replace("+Inf", "inf")) for bound, _ in parts["_bucket"]]
        counts = [count for _, count in parts["_bucket"]]
        assert bounds == sorted(bounds)
        assert bounds[-1] == float("inf")
        assert counts == sorted(counts)
        assert len(parts["_sum"]) == len(parts["_count"]) == 1
        assert parts["_count"][0][1] == counts[-1]
