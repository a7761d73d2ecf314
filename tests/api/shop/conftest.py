"""A small jewellery shop with pictures, trained twice, and real servers of copies of it."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from parure.core.progress import Silent
from parure.demo import DemoSize, make_shop
from parure.ingest import ingest
from parure.pipeline.encode_shop import encode_shop
from parure.pipeline.job import run
from parure.pipeline.jobs import FOLDER, Job, now_text
from parure.pipeline.settings import FILE_NAME, ShopSettings, load_settings
from parure.pipeline.settings_reference import settings_toml
from parure.pipeline.workflow import train_shop

API = "/api/v1"
KEYS = {"read": "rKx83hdWq02mZpLs7", "events": "eVn51jdTr94bYcQe6", "admin": "aGm20fkUs67nXwHt8"}
SIZE = DemoSize(products=90, customers=60, views=1)


@dataclass
class Served:
    """A server that runs, and its shop."""

    shop: Path
    url: str
    process: subprocess.Popen
    log: Path
    headers: dict[str, str] = field(default_factory=dict)

    def client(self, **options: Any) -> httpx.Client:
        options.setdefault("headers", self.headers)
        return httpx.Client(base_url=self.url + API, timeout=30, **options)

    def ask(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        """One request on a connection of its own."""
        with self.client() as client:
            return client.request(method, path, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET, which must be there."""
        response = self.ask(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to something sent, which must have been taken."""
        response = self.ask(path, method, json=body)
        assert response.status_code in (200, 202), response.text
        return response.json()

    def event(self, user_id: str, item_id: str, event: str = "view", **more: Any) -> Any:
        return self.send("POST", "/events", {"user_id": user_id, "item_id": item_id, "event": event, **more})

    def search(self, q: str, **query: Any) -> Any:
        """What is found, once search is open."""
        self.wait_for(lambda: self.ask("/search", params={"q": "ring", "n": 1}).status_code == 200)
        return self.get("/search", q=q, **query)

    def recommended(self, user_id: str, **query: Any) -> list[str]:
        return [each["item_id"] for each in self.get(f"/recommendations/{user_id}", **query)["items"]]

    @staticmethod
    def wait_for(what: Callable[[], Any], *, seconds: float = 60) -> Any:
        until = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < until, "it did not come about"
            time.sleep(0.05)
        return found


def train_small(shop: Path, seed: int = 0, recipe: str | None = None) -> str:
    """Train the shop as its settings say; the version of the bundle."""
    settings = load_settings(shop, {})
    settings = settings.model_copy(update={"train": settings.train.model_copy(update={"seed": seed})})
    return train_shop(shop, settings, recipe=recipe, tuned=False, now=datetime.now(UTC), progress=Silent()).version


def _make(shop: Path) -> None:
    shop.mkdir()
    usual = ShopSettings()
    settings = ShopSettings.parse(
        {
            "shop": {"name": "Small"},
            "train": {"recipe": "style_led", "calibrate": False},
            "serving": {"environment": "demo", "rate_limit_per_s": 0, "clock": "data", "images": "exports/images"},
        },
        where="test",
    )
    assert settings.serving.port == usual.serving.port
    (shop / FILE_NAME).write_text(settings_toml(settings), encoding="utf-8")
    made = make_shop(shop / "exports", size=SIZE)
    assert made.images == shop / "exports" / "images"
    ingest(shop, made.tables, config=settings.ingest, progress=Silent())
    encode_shop(shop, images=made.images, now=datetime.now(UTC), progress=Silent())
    # Another recipe, so that answers tell which of the two bundles they are from.
    for seed, recipe in ((1, "als_item_cf_popular"), (0, None)):
        _make_once(shop, train_small(shop, seed, recipe))


def _make_once(shop: Path, version: str) -> None:
    """What servers have made once for a bundle and keep, so that not every copy of the shop has to wait for it."""
    (shop / FOLDER).mkdir(parents=True, exist_ok=True)
    for name in (f"catalogue-{version}-main", f"map-{version}"):
        job = run(shop, Job(name, {"version": version, "surface": None}, now_text()))
        assert job.state == "done", job.error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the shop and its servers is slow."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop that others are copies of, made once for all processes of the test run."""
    place = tmp_path_factory.getbasetemp()
    place = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "made-small-shop"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _make(place.with_suffix(".making"))
            place.with_suffix(".making").rename(place)
    return place


@contextmanager
def serving(shop: Path, *, workers: int = 1, ready: bool = True, **settings: Any) -> Iterator[Served]:
    """Serve a shop with ``parure serve``; settings of ``[serving]`` by name, others as ``section__name``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    named = {name if "__" in name else f"serving__{name}": value for name, value in settings.items()}
    environment = {**os.environ, **{f"PARURE_{name.upper()}": str(value) for name, value in named.items()}}
    command = [sys.executable, "-m", "parure", "serve", "--shop", str(shop)]
    command += ["--port", str(port), "--workers", str(workers)]
    log = shop / "server.log"
    with log.open("ab") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env=environment)
    served = Served(shop, f"http://127.0.0.1:{port}", process, log)
    try:
        if ready:
            served.wait_for(lambda: _answers(served), seconds=180)
        yield served
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(served: Served) -> bool:
    assert served.process.poll() is None, served.log.read_text()
    try:
        return served.ask("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def reading(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for tests that change nothing."""
    home = tmp_path_factory.mktemp("reading") / "shop"
    shutil.copytree(made, home)
    with serving(home) as served:
        yield served


@pytest.fixture(scope="session")
def start() -> Callable[..., Any]:
    """Serves a shop for the length of a ``with``."""
    return serving


@pytest.fixture(scope="session")
def train() -> Callable[..., str]:
    """Trains a shop and publishes the bundle."""
    return train_small


@pytest.fixture(scope="module")
def copied(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shop for one module."""
    home = tmp_path_factory.mktemp("copied") / "shop"
    shutil.copytree(made, home)
    return home


@pytest.fixture(scope="module")
def unmade(copied: Path) -> Path:
    """A copy of the shop for which nothing was made once yet."""
    shutil.rmtree(copied / FOLDER)
    return copied


@pytest.fixture(scope="module")
def changing(copied: Path) -> Iterator[Served]:
    """A server of one worker for tests of one module, which may change what it serves."""
    with serving(copied) as served:
        yield served


@pytest.fixture(scope="session")
def document(reading: Served) -> dict[str, Any]:
    """The OpenAPI document."""
    return httpx.get(f"{reading.url}/openapi.json").json()


@pytest.fixture(scope="session")
def fits(document: dict[str, Any]) -> Callable[[httpx.Response, str], None]:
    """Checks an answer against what the document says of its route, status and type."""

    def check(response: httpx.Response, path: str) -> None:
        operation = document["paths"][API + path][response.request.method.lower()]
        told = operation["responses"][str(response.status_code)]
        if "content" not in told:
            assert response.content == b""
            return
        media_type = response.headers["content-type"].partition(";")[0]
        schema = told["content"][media_type].get("schema", {})
        if media_type == "application/json":
            whole = {**schema, "components": document["components"]}
            jsonschema_rs.validator_for(whole).validate(response.json())

    return check
