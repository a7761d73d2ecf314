"""Vector search: build time, memory, latency and recall, with and without a filter that keeps 1 %, beside bare faiss.

The vectors are drawn, not encoded, so that a million of them can be had: 200 clusters of unequal size in 30 dimensions,
spread into 1,280 numbers through one random matrix, with noise on each number and the negative ones cut to 0, as a
picture model's last layer does. Distances then behave as with pictures: a few near neighbours, a broad crowd.

Ours and bare faiss answer the same queries in turn, one at a time, each on one thread; latency is CPU time. Bare faiss
gets the very same graph (exact search: the same vectors), the query as it wants it and the selector ready.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.options import Options
from bench.timing import Ratio
from parure.evaluation import Row
from parure.index import HnswIndex, VectorIndex, build_index, load_index, measure_recall

Vectors = NDArray[np.float32]
Search = Callable[[int], object]

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
ON_DEMAND = ("1m",)
"""Run only where asked for by name: half an hour and 12 GB."""

NUMBERS = 1280
QUERIES = 500
K = 100
FILTER_SHARE = 0.01
MASKS = 10


def run(options: Options) -> Iterable[Row]:
    """Rows of all sizes asked for."""
    for name, count in SIZES.items():
        if options.wants(name) and (options.datasets or name not in ON_DEMAND):
            import_module("faiss").omp_set_num_threads(1)
            with threadpool_limits(1):
                yield from _rows(name, count, options)


def drawn(count: int, *, seed: int, queries: int) -> tuple[Vectors, Vectors]:
    """Vectors like those of pictures, and queries of the same kind: float32[count, 1280], float32[queries, 1280]."""
    rng = np.random.default_rng(seed)
    spread = (rng.standard_normal((30, NUMBERS)) / np.sqrt(30)).astype(np.float32)
    centres = rng.standard_normal((200, 30), dtype=np.float32)
    shares = rng.dirichlet(np.ones(200))

    def draw(rows: int) -> Vectors:
        place = centres[rng.choice(200, rows, p=shares)] + 0.6 * rng.standard_normal((rows, 30), dtype=np.float32)
        found = np.maximum(place @ spread + 0.1 * rng.standard_normal((rows, NUMBERS), dtype=np.float32), 0)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    vectors = np.empty((count, NUMBERS), np.float32)
    for start in range(0, count, 20_000):
        vectors[start : start + 20_000] = draw(min(20_000, count - start))
    return vectors, draw(queries)


def _rows(dataset: str, count: int, options: Options) -> Iterator[Row]:
    vectors, queries = drawn(count, seed=options.seed, queries=QUERIES)
    rng = np.random.default_rng(options.seed)
    ids = [f"{n:07}" for n in range(count)]
    start = time.perf_counter()
    index = build_index(ids, vectors, rng=rng)
    build_s = time.perf_counter() - start
    print(f"{dataset}: {index.kind} built in {build_s:.1f} s", file=sys.stderr)
    yield _row(dataset, "default", "build_s", build_s, "s")
    yield _row(dataset, "default", "bytes_per_vector", index.bytes_in_use() / count, "bytes")
    masks = [rng.random(count) < FILTER_SHARE for _ in range(MASKS)]
    index, bare = _served(index, vectors)
    for case, allowed in (("default", None), ("filter_1pct", masks)):
        yield from _latency(dataset, case, index, queries, bare, allowed, options.rounds)
        yield _recall(dataset, case, index, vectors, queries, allowed[0] if allowed else None)


def _recall(
    dataset: str, case: str, index: VectorIndex, vectors: Vectors, queries: Vectors, allowed: NDArray[np.bool_] | None
) -> Row:
    found = measure_recall(index, vectors, queries, rng=np.random.default_rng(0), k=K, allowed=allowed)
    print(f"{dataset} {case}: recall@{K} {found.value:.4f}", file=sys.stderr)
    return _row(dataset, case, f"recall@{K}", found.value, "score", found.low, found.high)


def _latency(
    dataset: str, case: str, index: VectorIndex, queries: Vectors, bare: _Bare,
    masks: list[NDArray[np.bool_]] | None, rounds: int,
) -> Iterator[Row]:  # fmt: skip
    """Median and 99th percentile of single queries over all rounds, and the medians of each round against faiss's."""
    selectors = [bare.selector(mask) for mask in masks] if masks else [None]
    scaled = bare.queries(queries)

    def ours(query: int) -> object:
        allowed = masks[query % MASKS] if masks else None
        return index.search(queries[query : query + 1], K, allowed=allowed)

    def theirs(query: int) -> object:
        return bare.search(scaled[query : query + 1], selectors[query % len(selectors)])

    _times(ours, theirs, range(50))
    measured = [_times(ours, theirs, range(len(queries))) for _ in range(rounds)]
    mine = np.concatenate([times[0] for times in measured])
    yield _row(dataset, case, "latency_p50_ms", float(np.median(mine)), "ms CPU")
    yield _row(dataset, case, "latency_p99_ms", float(np.quantile(mine, 0.99)), "ms CPU")
    yield _row(dataset, case, "bare_p50_ms", float(np.median(np.concatenate([t[1] for t in measured]))), "ms CPU")
    ratio = Ratio.of([float(np.median(a) / np.median(b)) for a, b in measured])
    print(f"{dataset} {case}: {np.median(mine):.3f} ms, {ratio.value:.2f} of bare faiss", file=sys.stderr)
    yield ratio.row(bench="index", dataset=dataset, case=case, metric="latency_vs_bare")


def _times(ours: Search, theirs: Search, queries: Iterable[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """CPU milliseconds of each query on both sides; who goes first changes with every query."""
    found: dict[Search, list[float]] = {ours: [], theirs: []}
    for query in queries:
        for side in (ours, theirs) if query % 2 else (theirs, ours):
            start = time.thread_time_ns()
            side(query)
            found[side].append((time.thread_time_ns() - start) / 1e6)
    return np.array(found[ours]), np.array(found[theirs])


class _Bare:
    """faiss as one would call it by hand."""

    def __init__(self, graph: Any, *, flat: bool, ef_search: int = 0) -> None:
        faiss: Any = import_module("faiss")
        self._faiss = faiss
        self._graph = graph
        self._flat = flat
        self._store = graph if flat else faiss.downcast_index(graph.storage)
        if not flat:
            graph.hnsw.efSearch = ef_search

    def queries(self, queries: Vectors) -> Vectors:
        """The queries as faiss wants them: whole steps of 8 bits for the graph."""
        return queries if self._flat else np.rint(queries * (127 / np.abs(queries).max(axis=1, keepdims=True)))

    def selector(self, mask: NDArray[np.bool_]) -> Any:
        """A selector of the vectors that may be found."""
        return self._faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))

    def search(self, queries: Vectors, selector: Any) -> object:
        """Walk the graph, or, of few that may be found, scan those."""
        if selector is None:
            return self._graph.search(queries, K)
        return self._store.search(queries, K, params=self._faiss.SearchParameters(sel=selector))


def _served(index: VectorIndex, vectors: Vectors) -> tuple[VectorIndex, _Bare]:
    """Both sides as they serve: read from disk."""
    faiss: Any = import_module("faiss")
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        index.save(Path(folder))
        loaded = load_index(Path(folder))
        if isinstance(loaded, HnswIndex):
            graph = faiss.read_index(f"{folder}/graph.faiss")
            return loaded, _Bare(graph, flat=False, ef_search=loaded.config.ef_search)
    flat = faiss.IndexFlatIP(NUMBERS)
    flat.add(vectors)
    return loaded, _Bare(flat, flat=True)


def _row(
    dataset: str, case: str, metric: str, value: float, unit: str, low: float | None = None, high: float | None = None
) -> Row:
    return Row(
        bench="index",
        dataset=dataset,
        case=case,
        split="all",
        metric=metric,
        value=value,
        low=low,
        high=high,
        unit=unit,
    )
