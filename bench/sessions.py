"""Sessions: what comes next, on Diginetica; and what session-kNN costs a server that holds a million sessions.

**Diginetica** is read as SR-GNN and GCE-GNN prepared it (:data:`DATASET` in the folder of data sets): sessions of two
clicks and more, items clicked five times and more, the last week as test, and every prefix of a test session with the
click that follows. All items known from training are ranked, and what the session has seen already may come again, as
in the papers. Clicks have no times there; sessions are numbered in the order of time. Parameters were tuned on the last
16,000 training sessions, never on the test prefixes. Intervals draw sessions, not prefixes.

**Speed** is CPU time of a server process, Starlette on uvicorn, for requests of random sessions from one client, beside
the same server's empty route, in turn.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from bench.data import data_folder
from bench.options import Options
from bench.session_server import ID_WIDTH, item_ids, steps
from bench.timing import Ratio
from parure.core import UNKNOWN, EventKind, IdMap, Query
from parure.core.clock import DAY_US, rng_for
from parure.core.errors import MissingInputError
from parure.dataset import Dataset
from parure.dataset.dataset import Events
from parure.evaluation import Row
from parure.retrieval import ItemCf, ItemCfConfig, Popular, PopularConfig, SasRec, SasRecConfig, SessionKnn, Source

DATASET: Final = "diginetica"
DRAWN: Final = "million_sessions"
_FOLDER: Final = "sessions_diginetica"
K: Final = 20
RESAMPLES: Final = 1000

SASREC: Final = SasRecConfig(
    embedding_size=64, layers=1, batch_size=128, negatives=512, dropout=0.2, epochs=12, learning_rate=0.01
)
"""As tuned for Diginetica; session-kNN's defaults were tuned there."""

PUBLISHED: Final = (
    ("SR-GNN", ".5073", ".1759", "Wu et al., AAAI 2019, as quoted in rn5l/session-rec issue 27 and in Table 5 of"
     " doi 10.1155/2020/9290576; this preparation"),
    ("SR-GNN, its code run again", ".5001", ".1632", "CRIPAC-DIG/SR-GNN issue 28; this preparation"),
    ("the same without its graph network", ".5048", ".1691", "CRIPAC-DIG/SR-GNN issue 28; this preparation"),
    ("SR-GNN", ".3638", "", "Ludewig et al., UMUAI 2020, as quoted in rn5l/session-rec issue 27; prepared otherwise"
     " (windows of the data, tuned for MRR@20): not comparable"),
)  # fmt: skip
"""Model, HR@20, MRR@20, and where that is said and on which preparation of the data."""

SESSIONS: Final = 1_000_000
CATALOGUE: Final = 100_000
REQUESTS: Final = 3000
"""Requests a round and route."""


def run(options: Options) -> Iterable[Row]:
    """Rows of both parts."""
    if options.wants(DATASET):
        yield from _diginetica(options)
    if options.wants(DRAWN):
        yield from _speed(options)


@dataclass(frozen=True)
class Prefixes:
    """What test sessions had clicked so far, and what they clicked next.

    Attributes:
        queries: One a prefix.
        targets: int32[n], rows of items.
        session_starts: int64[sessions], where each session's prefixes begin.
    """

    queries: list[Query]
    targets: NDArray[np.int32]
    session_starts: NDArray[np.int64]


def diginetica() -> tuple[Dataset, Prefixes]:
    """The training sessions and the test prefixes.

    Raises:
        MissingInputError: They are not on this machine.
    """
    folder = data_folder() / _FOLDER
    if not (folder / "train_interactions.parquet").exists():
        raise MissingInputError(f"Diginetica is not at {folder}.", hint="Set PARURE_DATA to the folder that holds it.")
    clicks = pq.read_table(folder / "train_interactions.parquet")
    session, item = (clicks.column(name).to_numpy().astype(np.int64) for name in ("session_id", "item_id"))
    dataset = dataset_of(session, item - 1, int(item.max()))
    test = pq.read_table(folder / "test_prefix_target.parquet").combine_chunks()
    lists = test.column("prefix").combine_chunks()
    values, offsets = (np.asarray(part) for part in (lists.values, lists.offsets))
    queries = [_query(dataset, values[start:stop] - 1) for start, stop in pairwise(offsets.tolist())]
    targets = (test.column("target").to_numpy() - 1).astype(np.int32)
    # A session's prefixes come longest first, each the one before it without its last click.
    starts = [
        row
        for row, (start, stop) in enumerate(pairwise(offsets.tolist()))
        if not row or not np.array_equal(values[start:stop], values[offsets[row - 1] : offsets[row] - 1])
    ]
    return dataset, Prefixes(queries, targets, np.array(starts))


def dataset_of(session: NDArray[np.int64], item_ix: NDArray[np.int64], items: int) -> Dataset:
    """Sessions as a dataset: each is a user's of its own, all are clicks ten seconds apart, one session an hour.

    Args:
        session: int64[n], ascending.
        item_ix: int64[n].
        items: How many items there are.
    """
    n, users = len(session), int(session.max()) + 1
    first = np.searchsorted(session, session)
    moment = session * (DAY_US // 24) + (np.arange(n) - first) * 10_000_000 + DAY_US
    ones, catalogue = np.ones(n, np.float32), item_ids(items)
    events = Events(
        user_ix=session.astype(np.int32),
        item_ix=item_ix.astype(np.int32),
        timestamp_us=moment,
        kind=np.full(n, EventKind.CLICK, np.int8),
        quantity=ones,
        price_cents=np.zeros(n, np.int64),
        weight=ones,
        spend_ratio=ones,
        quantity_ratio=ones,
        basket=np.full(n, UNKNOWN, np.int32),
    )
    people = IdMap(pa.array([f"{user:0{ID_WIDTH}d}" for user in range(users)], pa.string()))
    products = {
        "item_id": catalogue.to_arrow(),
        "category": pa.nulls(items, pa.string()),
        "price_cents": np.zeros(items, np.int64),
    }
    tables = (pa.table(products), pa.table({"user_id": people.to_arrow()}))
    return Dataset(people, catalogue, events, *tables, as_of_us=int(moment.max()) + 1, fingerprint=f"{n} clicks")


def _query(dataset: Dataset, item_ix: NDArray[np.int64]) -> Query:
    """Somebody who has clicked these items just now."""
    return steps(dataset.items, item_ix.astype(np.int32), dataset.as_of_us)


def _diginetica(options: Options) -> Iterator[Row]:
    dataset, test = diginetica()
    found: dict[str, NDArray[np.float64]] = {}
    for name, source in _contenders().items():
        cpu, wall = time.process_time(), time.perf_counter()
        source.fit(dataset, rng=rng_for(options.seed, name))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        queries = [_last_click(query) for query in test.queries] if name == "item_knn" else test.queries
        found[name] = places(source, queries, test.targets)
        print(f"{name}: fitted in {wall:.0f} s, {cpu:.0f} s of CPU", file=sys.stderr)
        yield _row(DATASET, name, "fit_cpu_s", cpu, "s")
    yield from _judged(found, test, options)
    _print_published()


def _contenders() -> dict[str, Source[Any]]:
    """What is compared; the first two are the floor."""
    together = ItemCfConfig(purchases_only=False, half_life_days=None, weighting="binary", shrink=0, own=1)
    return {
        "popular": Popular(PopularConfig(half_life_days=None)),
        "item_knn": ItemCf(together),
        "session_knn": SessionKnn(),
        "sasrec": SasRec(SASREC),
    }


def _last_click(query: Query) -> Query:
    """The same with nothing but the newest click."""
    history = query.history
    return Query(history.take(np.arange(len(history)) == len(history) - 1), query.now_us)


def places(source: Source[Any], queries: list[Query], targets: NDArray[np.int32]) -> NDArray[np.float64]:
    """At which place of each list the target stands, from 1 on; infinite where it is not among the first 20."""
    found = np.full(len(queries), np.inf)
    for start in range(0, len(queries), 1024):
        part = slice(start, start + 1024)
        for row, (best, target) in enumerate(zip(source.retrieve_many(queries[part], K), targets[part], strict=True)):
            at = np.flatnonzero(best.item_ix == target)
            if len(at):
                found[start + row] = at[0] + 1
    return found


def _judged(found: dict[str, NDArray[np.float64]], test: Prefixes, options: Options) -> Iterator[Row]:
    """Hit rate and mean reciprocal rank of each, with intervals over sessions."""
    names = [(name, metric) for name in found for metric in (f"hr@{K}", f"mrr@{K}")]
    values = np.stack([each for at in found.values() for each in (np.isfinite(at), 1 / at)], axis=1).astype(np.float64)
    sums = np.add.reduceat(values, test.session_starts)
    counts = np.diff(np.append(test.session_starts, len(values)))
    rng = rng_for(options.seed, "intervals")
    weights = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=RESAMPLES).astype(np.float64)
    low, high = np.percentile(weights @ sums / (weights @ counts)[:, None], [2.5, 97.5], axis=0)
    for (name, metric), value, least, most in zip(names, values.mean(axis=0), low, high, strict=True):
        yield _row(DATASET, name, metric, float(value), "score", float(least), float(most))


def _print_published() -> None:
    table = Table(title="published, for orientation", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("model", f"HR@{K}", f"MRR@{K}", "where, and on which data"):
        table.add_column(heading, overflow="fold")
    for published in PUBLISHED:
        table.add_row(*published)
    Console(stderr=True).print(table)


def drawn_sessions(sessions: int, items: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Made-up sessions: which, and which items, int64[n] each.

    A session has two steps and, each time with a chance of three quarters, one more: five on average, twenty at most.
    It begins with an item drawn by popularity (the item of rank r in proportion to 1 / (r + 20)), stays three times in
    four among the twenty items around the last one, and otherwise begins anew. Popularity and neighbourhood are
    independent.
    """
    lengths = np.minimum(1 + rng.geometric(0.25, sessions), 20)
    popular = np.cumsum(1 / (np.arange(items) + 20))
    item_of_rank = rng.permutation(items)
    steps_drawn = np.empty((sessions, lengths.max()), np.int64)
    for step in range(steps_drawn.shape[1]):
        fresh = item_of_rank[np.searchsorted(popular, rng.random(sessions) * popular[-1])]
        near = (steps_drawn[:, step - 1] + rng.integers(-10, 11, sessions)) % items
        steps_drawn[:, step] = np.where((step > 0) & (rng.random(sessions) < 0.75), near, fresh)
    there = np.arange(steps_drawn.shape[1]) < lengths[:, None]
    return np.repeat(np.arange(sessions), lengths), steps_drawn[there]


def _speed(options: Options) -> Iterator[Row]:
    rng = rng_for(options.seed, "sessions")
    session, item_ix = drawn_sessions(SESSIONS, CATALOGUE, rng)
    dataset = dataset_of(session, item_ix, CATALOGUE)
    source = SessionKnn().fit(dataset, rng=rng)
    asked, clicked = drawn_sessions(REQUESTS * (options.rounds + 1), CATALOGUE, rng)
    ids = np.array(list(dataset.items), dtype=object)[clicked]
    starts = np.flatnonzero(np.append(True, asked[1:] != asked[:-1]))
    paths = ["/knn?" + ",".join(part) for part in np.split(ids, starts[1:])]
    with TemporaryDirectory() as folder:
        source.save(Path(folder))
        with _server(folder) as connection:
            rounds = [_round(connection, paths[start : start + REQUESTS]) for start in range(0, len(paths), REQUESTS)]
    empty_us, knn_us = (np.array(column) for column in zip(*rounds[1:], strict=True))
    yield Ratio.of(list(knn_us / empty_us)).row(
        bench="sessions", dataset=DRAWN, case="session_knn", metric="session_knn_vs_empty_route"
    )
    yield _row(DRAWN, "session_knn", "server_cpu_us", float(np.median(knn_us)), "us")
    yield _row(DRAWN, "empty_route", "server_cpu_us", float(np.median(empty_us)), "us")


def _round(connection: http.client.HTTPConnection, paths: list[str]) -> tuple[float, float]:
    """Microseconds of the server's CPU a request: of the empty route, and of session-kNN; a hundred of each in turn."""
    spent = [0.0, 0.0]
    for start in range(0, len(paths), 100):
        part = paths[start : start + 100]
        for route, asked in enumerate((["/empty"] * len(part), part)):
            before = float(_get(connection, "/cpu"))
            for path in asked:
                _get(connection, path)
            spent[route] += float(_get(connection, "/cpu")) - before
    return 1e6 * spent[0] / len(paths), 1e6 * spent[1] / len(paths)


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path} was answered with status {response.status}: {body[:200]!r}")
    return body


@contextmanager
def _server(folder: str) -> Iterator[http.client.HTTPConnection]:
    """A server of the source saved in a folder, in a process of its own, and a connection to it."""
    command = [sys.executable, "-m", "bench.session_server", folder, str(CATALOGUE)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            yield connection
            connection.close()
        finally:
            process.terminate()


def _row(
    dataset: str, case: str, metric: str, value: float, unit: str, low: float | None = None, high: float | None = None
) -> Row:
    return Row(
        bench="sessions", dataset=dataset, case=case, split="test" if dataset == DATASET else "all", metric=metric,
        value=value, low=low, high=high, unit=unit,
    )  # fmt: skip
