"""Ours and the peers over many weeks: one test week of a small data set cannot tell them apart.

Each of the last eight weeks is judged in turn as ``bench quality`` and ``bench peers`` judge the last one: everything
before it is known, and the weeks two and three before it are tuned on, for the weights of ``hybrid`` and for the points
of the peers' grids alike. AP@12 of a customer is the mean of their weeks; differences are paired, customer by customer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.data import MOVIES, RETAIL, Week, lines, split
from bench.options import Options
from bench.peer_quality import TUNING_WEEKS, tune
from bench.peers import PEERS, Peer, rank
from bench.shops import settings_of, shop_of
from parure.core.progress import Silent
from parure.evaluation import Row, Split
from parure.evaluation.intervals import DIFFERENCE_RESAMPLES, bootstrap
from parure.evaluation.metrics import user_metrics
from parure.pipeline.gate import average_precision
from parure.pipeline.learning import tune as tuned
from parure.pipeline.opened import OpenedShop, opened_shop
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.workflow import part_of
from parure.rules import BoughtAgain

WEEKS: Final = 8
RECIPE: Final = "hybrid"
DATASETS: Final = (RETAIL, MOVIES)
"""What is run where nothing is asked for: for The Complete Journey, one week has customers enough."""

Precisions = dict[tuple[str, Split], dict[str, list[float]]]
"""Contender and split -> customer -> AP@12 of each of their weeks."""


def run(options: Options) -> Iterable[Row]:
    """Rows for every data set that was asked for."""
    for dataset in options.datasets or DATASETS:
        found: Precisions = {}
        _ours(dataset, options.seed, found)
        _peers(dataset, options.seed, found)
        yield from _rows(dataset, found, options.seed)


def _ours(dataset: str, seed: int, found: Precisions) -> None:
    """AP@12 of the recipe's lists."""
    settings = settings_of(dataset, seed=seed)
    with shop_of(dataset) as shop, opened_shop(shop, settings, Silent()) as opened:
        for week in range(WEEKS):
            for which in ("all", "new"):
                precision = _of_recipe(opened, shop, settings, week, new_only=which == "new")
                _add(found, RECIPE, which, precision)
            print(f"{dataset}: {RECIPE}, {week} weeks back", file=sys.stderr)


def _of_recipe(
    opened: OpenedShop, shop: Path, settings: ShopSettings, week: int, *, new_only: bool
) -> Mapping[str, float]:
    """AP@12 of each customer of one week."""
    (test,) = opened.moments([week])
    part = part_of(RECIPE, shop, settings, test.dataset, repeat_share(test.dataset))
    policy = BoughtAgain.NEVER if new_only else part.bought_again
    past = opened.moments([week + back for back in TUNING_WEEKS])
    ranker = tuned(past, part.recipe, policy, new_only=new_only, seed=settings.train.seed, progress=Silent())
    return average_precision([test], replace(part, ranker=ranker, bought_again=policy), progress=Silent())


def _peers(dataset: str, seed: int, found: Precisions) -> None:
    """AP@12 of the lists of every peer."""
    table = lines(dataset)
    weeks = [split(table, back) for back in range(WEEKS + max(TUNING_WEEKS))]
    for peer in PEERS:
        for week in range(WEEKS):
            chosen = tune(peer, [weeks[week + back] for back in TUNING_WEEKS], seed=seed)
            for which, parameters in chosen.items():
                _add(found, peer.name, which, _of_peer(peer, weeks[week], which, parameters, seed))
        print(f"{dataset}: {peer.name}", file=sys.stderr)


def _of_peer(peer: Peer, week: Week, which: Split, parameters: Mapping[str, object], seed: int) -> Mapping[str, float]:
    truth = week.truth_new if which == "new" else week.truth
    ranked = rank(peer.fit(week.train, parameters, seed), week.train, truth, new_only=which == "new")
    return dict(zip(truth.users, user_metrics(ranked, truth)[:, 0].tolist(), strict=True))


def _add(found: Precisions, name: str, which: Split, precision: Mapping[str, float]) -> None:
    kept = found.setdefault((name, which), {})
    for user, value in precision.items():
        kept.setdefault(user, []).append(value)


def _rows(dataset: str, found: Precisions, seed: int) -> Iterator[Row]:
    """The mean of each contender, and what ours has more than it."""
    for which in ("all", "new"):
        mine = found[RECIPE, which]
        for name in (RECIPE, *(peer.name for peer in PEERS)):
            theirs = found[name, which]
            # Ingest sets a few broken lines aside that the peers read.
            users = sorted(mine.keys() & theirs.keys())
            own, other = _means(mine, users), _means(theirs, users)
            columns = np.column_stack([other, own - other])
            told = bootstrap(columns, resamples=DIFFERENCE_RESAMPLES, seed=seed)
            for place, (metric, unit) in enumerate((("map@12", "score"), (f"{RECIPE}_minus", "difference"))):
                yield Row(
                    bench="weeks", dataset=f"{dataset}, {WEEKS} weeks", case=name, split=which, metric=metric,
                    value=float(told.value[place]), low=float(told.low[place]), high=float(told.high[place]), unit=unit,
                )  # fmt: skip


def _means(found: Mapping[str, list[float]], users: list[str]) -> NDArray[np.float64]:
    return np.array([np.mean(found[user]) for user in users])
