"""Ranking beside LightGBM's own predict: the trees scored, and the whole feature step.

LightGBM grows 100 trees of 31 leaves on 40 features, some of them missing here and there. Its ``predict`` and parure's
scorer take their CPU time in turn on one thread, over slates of 200 candidates drawn anew each, so that caches favour
nobody. Both must give the same scores: over 10,000 slates with missing and infinite values, zeros and values that are a
threshold to the last digit or next to it. The feature step builds the table of features for random customers of a drawn
shop, 200 candidates each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.options import Options
from bench.timing import Comparison, alternate
from parure.evaluation import Row
from parure.ranking import LambdaMart, LambdaMartConfig, Slates
from parure.ranking.features import FeatureTable
from parure.ranking.trees import Forest
from parure.testing.drawn_shop import drawn_queries, drawn_shop

CANDIDATES, FEATURES, TREES, LEAVES = 200, 40, 100, 31
SOURCES = ("als", "item_cf", "popular", "repurchase")
SLATES, AGREED = 300, 10_000
ITEMS = 50_000

Features = NDArray[np.float32]


def run(options: Options) -> Iterable[Row]:
    """Rows of the scorer, of its agreement, and of the feature step."""
    if not options.wants("drawn"):
        return
    rng = np.random.default_rng(options.seed)
    with threadpool_limits(1):
        model = _model(rng)
        ranker = _ranker(model)
        slates = [drawn_slate(rng) for _ in range(SLATES)]

        def predict() -> None:
            for slate in slates:
                model.predict(slate, num_threads=1)

        yield from _scorer(ranker, slates, predict, options)
        yield _row("agreement", "largest_difference", _largest_difference(ranker, model, rng), "score")
        yield from _features(predict, options)


def drawn_slate(rng: np.random.Generator) -> Features:
    """Random candidates: float32[200, 40]; every third feature is missing for a fifth, every fourth often zero."""
    features = rng.standard_normal((CANDIDATES, FEATURES), dtype=np.float32)
    features[:, ::3][rng.random((CANDIDATES, len(range(0, FEATURES, 3)))) < 0.2] = np.nan
    features[:, 1::4][rng.random((CANDIDATES, len(range(1, FEATURES, 4)))) < 0.3] = 0
    return features


def _model(rng: np.random.Generator) -> Any:
    lightgbm = import_module("lightgbm")
    x = np.concatenate([drawn_slate(rng) for _ in range(100)])
    known = np.nan_to_num(x)
    # What hangs on few features is LightGBM's best case: its branches are easily foretold. Where it hangs on all of
    # them, its predict takes two and a half times as long, and the scorer as long as ever.
    y = known[:, 0] + known[:, 1] * known[:, 2] + rng.standard_normal(len(x))
    parameters = {"objective": "binary", "num_leaves": LEAVES, "num_threads": 1, "verbose": -1}
    return lightgbm.train(parameters, lightgbm.Dataset(x, y > np.median(y)), num_boost_round=TREES)


def _ranker(model: Any) -> LambdaMart:
    by_sources = [name for source in SOURCES for name in (source, f"{source}_rank")]
    others = [f"feature_{number}" for number in range(FEATURES - len(by_sources))]
    ranker = LambdaMart(LambdaMartConfig(trees=TREES, leaves=LEAVES), [*by_sources, *others])
    ranker.use_trees(model.model_to_string())
    return ranker


def _scorer(ranker: LambdaMart, slates: list[Features], predict: Callable[[], None], options: Options) -> Iterator[Row]:
    one = np.array([0, CANDIDATES], dtype=np.int64)

    def score() -> None:
        for slate in slates:
            ranker.score(slate)

    def explain() -> None:
        for slate in slates:
            ranker.scores_and_shares(Slates(slate, one))

    found = alternate(score, predict, rounds=options.rounds)
    yield from _timed(found, "scores", "scorer")
    yield from _timed(alternate(explain, predict, rounds=options.rounds), "scores and shares", "scorer_and_shares")


def _largest_difference(ranker: LambdaMart, model: Any, rng: np.random.Generator) -> float:
    """The largest difference between the two, over slates that hold every value there is to get wrong."""
    thresholds = awkward_values(ranker.forest)
    worst = 0.0
    for _ in range(AGREED):
        slate = drawn_slate(rng)
        feature, value = thresholds[rng.integers(len(thresholds), size=500)].T
        slate[rng.integers(CANDIDATES, size=500), feature.astype(int)] = value
        worst = max(worst, float(np.abs(ranker.score(slate) - model.predict(slate, raw_score=True)).max()))
    print(f"{AGREED:,} slates: the largest difference from LightGBM is {worst:.1e}", file=sys.stderr)
    return worst


def awkward_values(forest: Forest) -> NDArray[np.float64]:
    """Features with values that are easily got wrong, float64[n, 2]: thresholds and their neighbours, the ends."""
    column = np.concatenate([tree.feature for tree in forest.trees])
    near = np.clip(np.concatenate([tree.threshold for tree in forest.trees]), -1e38, 1e38).astype(np.float32)
    values = (near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf)))
    found = [np.column_stack([column, each]) for each in values]
    ends = [(f, v) for f in range(forest.features) for v in (np.nan, np.inf, -np.inf, 0.0, 1e-36, -1e-36)]
    return np.concatenate([*found, np.array(ends * 5)])


def _features(predict: Callable[[], None], options: Options) -> Iterator[Row]:
    dataset = drawn_shop(items=ITEMS, users=500, events=40, size=1280, seed=options.seed)
    table = FeatureTable.fit(dataset, SOURCES)
    queries = drawn_queries(dataset, SLATES, seed=options.seed)
    rng = np.random.default_rng(options.seed)
    rows = [np.sort(rng.choice(ITEMS, CANDIDATES, replace=False)).astype(np.int32) for _ in queries]
    scores = rng.random((SLATES, CANDIDATES, len(SOURCES)), dtype=np.float32)
    scores[rng.random(scores.shape) < 0.5] = np.nan

    def build() -> None:
        for query, its_rows, its_scores in zip(queries, rows, scores, strict=True):
            table.build(query, its_rows, its_scores)

    yield from _timed(alternate(build, predict, rounds=options.rounds), f"{len(table.names)} features", "features")


def _timed(found: Comparison, case: str, what: str) -> Iterator[Row]:
    ours_us, theirs_us = (
        1e6 * float(np.median([one.cpu_s for one in side])) / SLATES for side in (found.ours, found.theirs)
    )
    print(f"{case}: {ours_us:.0f} us a slate, LightGBM's predict {theirs_us:.0f} us", file=sys.stderr)
    yield found.cpu.row(bench="rank", dataset="drawn", case=case, metric=f"{what}_vs_lightgbm_predict")
    yield _row(case, f"{what}_us", ours_us, "us")


def _row(case: str, metric: str, value: float, unit: str) -> Row:
    return Row(
        bench="rank", dataset="drawn", case=case, split="all", metric=metric,
        value=value, low=None, high=None, unit=unit,
    )  # fmt: skip
