"""The second level of a request: what it costs beside a gradient-boosted ranker's own predict, and what rules cost.

A request brings 200 scored candidates; every rule there is has its say, and the 10 items shown get their confidence,
reason and evidence. The peer is LightGBM's ``predict`` on 200 x 30 features with 100 trees of 31 leaves. Both take
their CPU time in turn on one thread, each request another customer, so that caches favour nobody. Memory is what one
request allocates at its peak, in a small catalogue and in one fifty times as large.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench import rule_preview
from bench.options import Options
from bench.timing import alternate
from parure.core import Query
from parure.core.slate import Removed, Slate
from parure.evaluation import Row
from parure.pipeline.explain import Explainer
from parure.pipeline.occasions import activity_of
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe
from parure.pipeline.recommend import Recommender
from parure.pipeline.train import recommender_of, train
from parure.ranking import Calibration
from parure.rules import BoughtAgain, Shopper
from parure.testing.drawn_shop import drawn_queries, drawn_shop, every_rule

SECOND_LEVEL = "second_level"
"""Name of the part without previews, for ``--dataset``."""

CANDIDATES, SHOWN, FEATURES, TREES, LEAVES = 200, 10, 30, 100, 31
REQUESTS = 300
CATALOGUES = (1_000, 50_000)


def run(options: Options) -> Iterable[Row]:
    """Rows of the second level, and then of the previews."""
    if options.wants(SECOND_LEVEL):
        with threadpool_limits(1):
            yield from _second_level(options)
    yield from rule_preview.run(options)


@dataclass(frozen=True)
class Requests:
    """Requests whose candidates are scored already."""

    recommender: Recommender
    explainer: Explainer
    calibration: Calibration
    queries: list[Query]
    slates: list[Slate]

    def answer(self, number: int) -> object:
        """The second level of one request: what rules say beforehand, rules, confidence, reasons."""
        query, slate = self.queries[number], self.slates[number]
        shopper = self.recommender.asked(self.recommender.shopper(query)).shopper
        for rule in self.recommender.rules:
            slate = rule.apply(shopper, slate)
        seen = shopper.query
        sure = self.calibration.predict(slate.scores.take(slate.ranked()[:SHOWN]), activity_of(seen))
        return self.explainer.explain(seen, slate, SHOWN, sure)

    def answer_all(self) -> None:
        """All of them."""
        for number in range(len(self.queries)):
            self.answer(number)


def _second_level(options: Options) -> Iterator[Row]:
    made = {count: requests(count, options.seed) for count in CATALOGUES}
    predict = predictor(options.seed)

    def peer() -> None:
        for number in range(REQUESTS):
            predict(number)

    for count, asked in made.items():
        found = alternate(asked.answer_all, peer, rounds=options.rounds)
        ours_us, theirs_us = (
            1e6 * float(np.median([one.cpu_s for one in side])) / REQUESTS for side in (found.ours, found.theirs)
        )
        print(f"{count:,} products: {ours_us:.0f} us a request, LightGBM's predict {theirs_us:.0f} us", file=sys.stderr)
        for kind, spent_us in sorted(spent(asked).items(), key=lambda pair: -pair[1]):
            print(f"  {kind:20} {spent_us:6.1f} us", file=sys.stderr)
        case = f"{count} products"
        yield found.cpu.row(bench="rules", dataset="drawn", case=case, metric="second_level_vs_lightgbm_predict")
        yield _row(case, "second_level_us", ours_us, "us")
        yield _row(case, "peak_kib", allocated_kib(asked), "KiB")


def requests(items: int, seed: int) -> Requests:
    """Requests of random customers in a shop of so many products."""
    dataset = drawn_shop(items=items, users=500, events=40, size=1280, seed=seed)
    recipe = Recipe.parse(
        {
            "name": "every_rule",
            "sources": [{"kind": "style"}, {"kind": "item_cf"}, {"kind": "popular"}],
            "ranker": {"config": {"weights": {"style": 0.5, "item_cf": 0.3, "popular": 0.2}}},
            "rules": every_rule(dataset),
        },
        where="bench",
    )
    part = train(dataset, Part.of(recipe, BoughtAgain.NEVER), seed=seed).main
    rng = np.random.default_rng(seed)
    recommender, queries = recommender_of(part, dataset), drawn_queries(dataset, REQUESTS, seed=seed, k=SHOWN)
    return Requests(
        recommender,
        Explainer.of(dataset, part),
        Calibration.fit(rng.random(1000), rng.random(1000) < 0.2),
        queries,
        [_slate(recommender, query, rng) for query in queries],
    )


def _slate(recommender: Recommender, query: Query, rng: np.random.Generator) -> Slate:
    """Random candidates with scores and shares of the three sources; what rules forbid is never looked for."""
    shopper = recommender.shopper(query)
    parts = ((rule, rule.forbid(shopper)) for rule in recommender.rules)
    forbidden = tuple(Removed(rule.kind, *found) for rule, found in parts if found is not None)
    allowed = np.setdiff1d(np.arange(len(recommender.items)), recommender.excluded(query))
    rows = rng.choice(allowed, CANDIDATES, replace=False).astype(np.int32)
    shares = rng.random((CANDIDATES, 3), dtype=np.float32)
    shares = shares[np.argsort(-shares.sum(axis=1))]
    scores: NDArray[np.float32] = shares.sum(axis=1)
    return Slate.of(recommender.items, rows, scores, shares, ("style", "item_cf", "popular"), forbidden)


def predictor(seed: int) -> Callable[[int], Any]:
    """LightGBM's predict for one request after the other, each with features of its own."""
    lightgbm = import_module("lightgbm")
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((20_000, FEATURES))
    y = x[:, 0] + x[:, 1] * x[:, 2] + rng.standard_normal(len(x))
    model = lightgbm.train(
        {"num_leaves": LEAVES, "num_threads": 1, "verbose": -1}, lightgbm.Dataset(x, y), num_boost_round=TREES
    )
    features = rng.standard_normal((REQUESTS, CANDIDATES, FEATURES))
    return lambda number: model.predict(features[number], num_threads=1)


def spent(asked: Requests) -> dict[str, float]:
    """Microseconds of each rule and of the reasons, a request."""
    total: dict[str, float] = {}
    for query, slate in zip(asked.queries, asked.slates, strict=True):
        shopper = Shopper(query, asked.recommender.items)
        for rule in asked.recommender.rules:
            start = time.perf_counter()
            slate = rule.apply(shopper, slate)
            total[rule.kind] = total.get(rule.kind, 0.0) + time.perf_counter() - start
        start = time.perf_counter()
        asked.explainer.explain(query, slate, SHOWN)
        total["reasons"] = total.get("reasons", 0.0) + time.perf_counter() - start
    return {name: 1e6 * seconds / len(asked.queries) for name, seconds in total.items()}


def allocated_kib(asked: Requests) -> float:
    """The most that one request allocates, in KiB, at the median of requests."""
    asked.answer_all()
    peaks = []
    tracemalloc.start()
    for number in range(50):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        asked.answer(number)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return float(np.median(peaks)) / 1024


def _row(case: str, metric: str, value: float, unit: str) -> Row:
    return Row(
        bench="rules", dataset="drawn", case=case, split="all", metric=metric,
        value=value, low=None, high=None, unit=unit,
    )  # fmt: skip
