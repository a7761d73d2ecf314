"""What a request costs the server, what a thousand a second wait for, and what a worker takes to start.

The shop is made up and as large as H&M's: 105,542 products, 1,371,980 customers, 31.8 million lines; a hundredth and a
tenth of it can be asked for. The recipe is the two-level ``als_item_cf_popular``: 200 candidates of three sources, the
blend, all rules, ten items with reasons. Customers are drawn at random, so that keeping an answer for whom it was made
helps nobody, and that is turned off: among all (``hybrid``); among those who agreed to be recommended to by what they
did, for whom all stages have something to do (``hybrid, agreed``); and among the others, two in three in this shop, who
share an answer for as much as a minute (``hybrid, strangers``).

**Cost** is CPU time of the server's process, pinned to one core, beside that of the same server's empty route with the
same parameters, in alternation. **Load** is a thousand requests a second for a minute, from a client on the other core;
latency counts from the moment a request was due.

Preparing the largest takes ten minutes. ``PARURE_BENCH_SHOPS`` names a folder in which shops are kept for next time.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from bench.large_shop import LargeShop
from bench.load import drawn, get, steady
from bench.options import Options
from bench.scale import RECIPE, SIZES
from bench.timing import Ratio
from parure.evaluation import Row
from parure.pipeline.answer import Answers

KEPT: Final = "PARURE_BENCH_SHOPS"
REQUESTS: Final = 2000
"""Requests a round and route."""
PER_SECOND: Final = 1000
SECONDS: Final = 60
_SETTLED_S: Final = 300
_ENVIRONMENT: Final = {
    "PARURE_TRAIN__SURFACES": "[]",
    "PARURE_TRAIN__MODELS": "[]",
    "PARURE_TRAIN__VISITORS": "",
    "PARURE_TRAIN__CALIBRATE": "false",
}
SETTINGS: Final = (
    f'[train]\nrecipe = "{RECIPE}"\n[serving]\nenvironment = "demo"\nclock = "data"\ncache_ttl_s = 0\n'
    "rate_limit_per_s = 0\n"
)


def run(options: Options) -> Iterable[Row]:
    """Rows of all sizes that were asked for; the whole shop alone where none was."""
    for name, share in SIZES.items():
        if name in options.datasets or (not options.datasets and share == 1):
            with large_shop(name, share, options.seed) as shop:
                yield from _measured(name, shop, options)


@contextmanager
def large_shop(name: str, share: float, seed: int) -> Iterator[Path]:
    """A trained shop of a size, kept where the environment says."""
    kept = os.environ.get(KEPT)
    if kept:
        shop = Path(kept) / name
        if not (shop / "bundles" / "current").is_file():
            _prepare(shop, share, seed)
        yield shop
        return
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        _prepare(Path(folder) / "shop", share, seed)
        yield Path(folder) / "shop"


def _prepare(shop: Path, share: float, seed: int) -> None:
    shop.mkdir(parents=True, exist_ok=True)
    (shop / "parure.toml").write_text(SETTINGS, encoding="utf-8")
    with TemporaryDirectory(prefix="parure-bench-") as exports:
        print("drawing the shop, ingesting and training it ...", file=sys.stderr)
        LargeShop(share, seed).write(Path(exports))
        for arguments in (["ingest", exports, "--preset", "h_and_m"], ["train"]):
            command = [sys.executable, "-m", "parure", *arguments, "--shop", str(shop), "--json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **_ENVIRONMENT})


def _measured(name: str, shop: Path, options: Options) -> Iterator[Row]:
    agreed, anybody, items = _names(shop)
    strangers = sorted({*anybody} - {*agreed})
    rng = np.random.default_rng(options.seed)
    with served(shop, core=0) as server:
        os.sched_setaffinity(0, {1})
        yield from server.start_rows(name)
        server.settle()
        paths = {
            "hybrid": lambda count: [f"/api/v1/recommendations/{user}?{_Q}" for user in drawn(rng, anybody, count)],
            "hybrid, agreed": lambda count: [
                f"/api/v1/recommendations/{user}?{_Q}" for user in drawn(rng, agreed, count)
            ],
            "hybrid, strangers": lambda count: [
                f"/api/v1/recommendations/{user}?{_Q}" for user in drawn(rng, strangers, count)
            ],
            "similar": lambda count: [f"/api/v1/items/{item}/similar?n=10" for item in drawn(rng, items, count)],
        }
        for case, made in paths.items():
            ratio, mine, empty = server.compare(made, lambda count: _empty(rng, anybody, count), options.rounds)
            yield _row(name, case, "cpu_vs_empty_route", ratio.value, "ratio", ratio.low, ratio.high)
            yield _row(name, case, "cpu_us", mine, "us")
            yield _row(name, case, "empty_cpu_us", empty, "us")
        for case in ("hybrid", "hybrid, agreed"):
            requests = [get(path) for path in paths[case](PER_SECOND * SECONDS)]
            yield from server.load_rows(name, case, requests)
        with served(shop, core=0) as second:
            yield _row(name, "second worker", "own_mib", second.started["own_mib"], "MiB")
            yield _row(name, "second worker", "pss_mib", second.memory()["pss_mib"], "MiB")


_Q: Final = "n=10"


def _empty(rng: np.random.Generator, users: list[str], count: int) -> list[str]:
    return [f"/empty/{user}?{_Q}" for user in drawn(rng, users, count)]


def _names(shop: Path) -> tuple[list[str], list[str], list[str]]:
    """Customers of a shop who agreed and have a history, any customers, and products, drawn."""
    answers = Answers.open(shop)
    dataset = answers.dataset
    rng = np.random.default_rng(0)
    anybody = dataset.users.ids_of(rng.integers(len(dataset.users), size=100_000))
    seen = [answers.seen_as(answers.query(user)) for user in anybody]
    agreed = [user for user, query in zip(anybody, seen, strict=True) if query.user_id and len(query.history)]
    return agreed, anybody, dataset.items.ids_of(rng.integers(len(dataset.items), size=5000))


class Running:
    """A server that runs.

    Args:
        started: What it said when it was ready.
    """

    def __init__(self, started: dict[str, Any]) -> None:
        self.started = started
        self.port: int = started["port"]
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port)

    def memory(self) -> dict[str, float]:
        """What it holds now, and its CPU time."""
        # While somebody else was served, the server may have ended a connection that was idle.
        self._connection.close()
        found: dict[str, float] = json.loads(self._get("/cpu"))
        return found

    def settle(self) -> None:
        """Wait until the server has opened its search, which it does beside the first requests."""
        until = time.monotonic() + _SETTLED_S
        while self._status("/api/v1/search?q=x&n=1") != HTTPStatus.OK:
            if time.monotonic() > until:
                raise RuntimeError(f"search was not open after {_SETTLED_S} s")
            time.sleep(1)

    def cpu_s(self) -> float:
        """CPU time that it has taken, in seconds."""
        return self.memory()["cpu_s"]

    def start_rows(self, name: str) -> Iterator[Row]:
        """What it took to start."""
        yield _row(name, "start", "ready_s", self.started["ready_s"], "s")
        yield _row(name, "start", "rss_mib", self.started["rss_mib"], "MiB")
        yield _row(name, "start", "own_mib", self.started["own_mib"], "MiB")

    def load_rows(self, name: str, case: str, requests: list[bytes]) -> Iterator[Row]:
        """What a thousand requests a second wait for."""
        before = self.cpu_s()
        taken = steady(self.port, requests, per_second=PER_SECOND)
        used = self.cpu_s() - before
        for percent in (50, 90, 99):
            yield _row(name, case, f"p{percent}_ms", taken.percentile_ms(percent), "ms")
        yield _row(name, case, "errors", taken.errors, "count")
        yield _row(name, case, "server_cores", used / taken.wall_s, "cores")
        yield _row(name, case, "client_cores", taken.cpu_s / taken.wall_s, "cores")
        yield _row(name, case, "requests_s", len(taken.latencies_s) / taken.wall_s, "1/s")

    def compare(self, mine: Any, empty: Any, rounds: int) -> tuple[Ratio, float, float]:
        """CPU time of some requests over that of empty ones, in alternation, and both in microseconds a request."""
        pairs = []
        for turn in range(rounds + 1):
            pair = [self._cost(made(REQUESTS)) for made in (mine, empty)]
            if turn:  # the first warms up
                pairs.append(pair)
        times = np.array(pairs)
        mine_us, empty_us = np.median(times, axis=0) * 1e6
        return Ratio.of((times[:, 0] / times[:, 1]).tolist()), float(mine_us), float(empty_us)

    def _cost(self, paths: list[str]) -> float:
        before = self.cpu_s()
        for path in paths:
            self._get(path)
        return (self.cpu_s() - before) / len(paths)

    def _status(self, path: str) -> int:
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def _get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body


@contextmanager
def served(shop: Path, *, core: int) -> Iterator[Running]:
    """The shop's server, on one core."""
    command = [sys.executable, "-m", "bench.serve_app", str(shop), str(core)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            if not line.startswith("{"):
                raise RuntimeError(f"the server did not start: {line}{process.stderr.read()}")
            yield Running(json.loads(line))
        finally:
            process.terminate()


def _row(
    dataset: str, case: str, metric: str, value: float, unit: str, low: float | None = None, high: float | None = None
) -> Row:
    return Row(
        bench="serve", dataset=dataset, case=case, split="all", metric=metric, value=float(value), low=low, high=high,
        unit=unit,
    )  # fmt: skip
