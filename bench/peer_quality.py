"""How good the peers are: tuned on two weeks before, judged once on the test week."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

import numpy as np

from bench.data import Week, available, lines, split
from bench.options import Options
from bench.peers import PEERS, Parameters, Peer, rank
from parure.evaluation import Row, Split
from parure.evaluation.intervals import bootstrap
from parure.evaluation.metrics import METRICS, coverage, user_metrics
from parure.evaluation.truth import Rows

TUNING_WEEKS = (3, 2)
"""Weeks back from the test week that parameters are chosen on."""

SPLITS: tuple[Split, ...] = ("all", "new")


def run(options: Options) -> Iterable[Row]:
    """Rows for every data set that is there and was asked for."""
    for dataset in available():
        if options.wants(dataset):
            yield from peer_rows(dataset, options)


def peer_rows(dataset: str, options: Options) -> Iterator[Row]:
    """Rows of all peers on one data set."""
    table = lines(dataset)
    past = [split(table, weeks_back) for weeks_back in TUNING_WEEKS]
    test = split(table)
    for peer in PEERS:
        start = time.perf_counter()
        for which, chosen in tune(peer, past, seed=options.seed).items():
            yield from _judged(dataset, peer, test, which, chosen, seed=options.seed)
        print(f"{dataset}: {peer.name} in {time.perf_counter() - start:.0f} s", file=sys.stderr)


def tune(peer: Peer, past: list[Week], *, seed: int) -> dict[Split, Parameters]:
    """For each split, the point of the peer's grid with the best MAP@12 over the tuning weeks."""
    best: dict[Split, tuple[float, Parameters]] = {}
    for parameters in peer.settings():
        reached: dict[Split, list[float]] = {which: [] for which in SPLITS}
        for week in past:
            scorer = peer.fit(week.train, parameters, seed)
            for which in SPLITS:
                truth = week.truth_new if which == "new" else week.truth
                ranked = rank(scorer, week.train, truth, new_only=which == "new")
                reached[which].append(float(user_metrics(ranked, truth)[:, 0].mean()) if len(truth) else 0.0)
        for which in SPLITS:
            mean = float(np.mean(reached[which]))
            if which not in best or mean > best[which][0]:
                best[which] = (mean, parameters)
    return {which: parameters for which, (_, parameters) in best.items()}


def _judged(dataset: str, peer: Peer, test: Week, which: Split, parameters: Parameters, *, seed: int) -> Iterator[Row]:
    truth = test.truth_new if which == "new" else test.truth
    if not len(truth):
        return
    start = time.perf_counter()
    scorer = peer.fit(test.train, parameters, seed)
    fit_s = time.perf_counter() - start
    ranked = rank(scorer, test.train, truth, new_only=which == "new")
    chosen = ", ".join(f"{name} {value}" for name, value in parameters.items())
    print(f"{dataset}, {which}: {peer.name} with {chosen}", file=sys.stderr)
    yield from score_rows("peers", dataset, peer.name, which, ranked, test, seed=seed)
    yield _row("peers", dataset, peer.name, which, "fit_s", fit_s, unit="s")


def score_rows(
    bench: str, dataset: str, case: str, which: Split, ranked: Rows, week: Week, *, seed: int = 0
) -> Iterator[Row]:
    """All metrics of one contender's lists for the judged users of a week, as benchmark rows."""
    truth = week.truth_new if which == "new" else week.truth
    found = bootstrap(user_metrics(ranked, truth), seed=seed)
    for metric, value, low, high in zip(METRICS, found.value, found.low, found.high, strict=True):
        yield _row(bench, dataset, case, which, metric, float(value), low=float(low), high=float(high))
    yield _row(bench, dataset, case, which, "coverage@10", coverage(ranked, len(truth.items)))


def _row(
    bench: str,
    dataset: str,
    case: str,
    which: Split,
    metric: str,
    value: float,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "score",
) -> Row:
    return Row(
        bench=bench, dataset=dataset, case=case, split=which, metric=metric, value=value, low=low, high=high, unit=unit
    )
