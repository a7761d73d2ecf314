"""How many events a second a server takes, all of them on disk before it answers, beside a bare file on the same disk.

The file is appended to and flushed with ``fdatasync`` for many requests at once, in the same server process, behind the
same HTTP and the same checks of what was sent: no index, no order, no protection from duplicates. Clients send as soon
as they are answered: 64 of them one event a request, and 16 of them 100 a request. Rounds take turns, with a pause
after each, in which the store sorts what came in: who sends millions without a pause waits for that, too.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import numpy as np

from bench.load import Taken, busy, post
from bench.options import Options
from bench.serve import SETTINGS, served
from bench.timing import Ratio
from parure.evaluation import Row
from parure.pipeline.bundle import publish
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain
from parure.testing.drawn_shop import drawn_shop

USERS: Final = 1000
CASES: Final = {"64 clients, 1 event": (64, 1, 20_000), "16 clients, 100 events": (16, 100, 3000)}
"""Clients, events a request, requests a round."""
_STORE: Final = "/api/v1/events"
_FILE: Final = "/file/events"
_PAUSE_S: Final = 2.0


def run(options: Options) -> Iterable[Row]:
    """Rows of both cases."""
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        shop = Path(folder)
        _small_shop(shop)
        with served(shop, core=-1) as server:
            for case, (clients, size, count) in CASES.items():
                if options.wants(case):
                    yield from _measured(server.port, case, clients, size, count, options)


def _small_shop(shop: Path) -> None:
    """A shop that is hardly there: what is measured is the log."""
    (shop / "parure.toml").write_text(SETTINGS, encoding="utf-8")
    dataset = drawn_shop(items=200, users=40)
    main = Part.of(usable_sources(find_recipe("als_item_cf_popular"), dataset), BoughtAgain.NEVER)
    publish(train(dataset, main), shop, now=datetime(2026, 1, 1, tzinfo=UTC))


def _measured(port: int, case: str, clients: int, size: int, count: int, options: Options) -> Iterator[Row]:
    rng = np.random.default_rng(options.seed)
    ratios, rates, latencies = [], [], []
    for turn in range(options.rounds + 1):
        taken = {}
        for path in (_STORE, _FILE):
            taken[path] = busy(port, _requests(path, size, rng), count, connections=clients)
            # What the store does in a pause is not to be done while the file has its turn.
            time.sleep(_PAUSE_S)
        store, file = (_rate(taken[path], size) for path in (_STORE, _FILE))
        print(f"{case}: {store:,.0f} events/s, file {file:,.0f}", file=sys.stderr)
        if turn:  # the first warms up
            ratios.append(store / file)
            rates.append((store, file))
            latencies.append([taken[path].percentile_ms(99) for path in (_STORE, _FILE)])
    ratio = Ratio.of(ratios)
    yield _row(case, "vs_group_fdatasync_file", ratio.value, "ratio", ratio.low, ratio.high)
    yield _row(case, "events_s", np.median(rates, axis=0)[0], "1/s")
    yield _row(case, "p99_ms", np.median(latencies, axis=0)[0], "ms")
    yield _row(f"{case}, file", "events_s", np.median(rates, axis=0)[1], "1/s")
    yield _row(f"{case}, file", "p99_ms", np.median(latencies, axis=0)[1], "ms")


def _rate(taken: Taken, size: int) -> float:
    if taken.errors:
        raise RuntimeError(f"{taken.errors} requests were not answered with 2xx")
    return size * len(taken.latencies_s) / taken.wall_s


def _requests(path: str, size: int, rng: np.random.Generator) -> Iterator[bytes]:
    """Requests without end, each with events of random customers on random products."""
    users, items = rng.integers(USERS, size=100_000).tolist(), rng.integers(200, size=100_000).tolist()
    pairs = itertools.cycle(zip(users, items, strict=True))
    while True:
        events = [
            {"user_id": f"u{user:04}", "item_id": f"p{item:06}", "event": "view"}
            for user, item in itertools.islice(pairs, size)
        ]
        yield post(path, msgspec.json.encode(events[0] if size == 1 else {"events": events}))


def _row(case: str, metric: str, value: float, unit: str, low: float | None = None, high: float | None = None) -> Row:
    return Row(
        bench="events", dataset="drawn_shop", case=case, split="all", metric=metric, value=float(value), low=low,
        high=high, unit=unit,
    )  # fmt: skip
