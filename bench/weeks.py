"""Ours and the peers over many weeks: one test week of a small data set cannot tell them apart.

Each of the last eight weeks is judged in turn as ``bench quality`` and ``bench peers`` judge the last one: everything
before it is known, and the weeks two and three before it are tuned on, for the weights of ``hybrid`` and for the points
of the peers' grids alike. AP@12 of a customer is the mean of their weeks; differences are paired, customer by customer,
and intervals are over customers: neighbouring weeks share most of what is known before them.

The sources of ``hybrid`` and their settings are fixed; they were chosen earlier, while these data were looked at too.
Where a shop never shows again what was bought, as MovieLens is taken, ours leave it out in all questions
and the peers in that for new items alone: there they are compared like with like.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.data import MOVIES, RETAIL, Week, available, lines, split
from bench.options import Options
from bench.peer_quality import SPLITS, TUNING_WEEKS
from bench.peers import PEERS, Parameters, Peer, rank
from bench.quality import LARGEST_GAP
from bench.shops import settings_of, shop_of
from parure.core.errors import InputError
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

Precisions = dict[tuple[str, Split], dict[tuple[str, int], float]]
"""Contender and split -> customer and week -> AP@12."""


def run(options: Options) -> Iterable[Row]:
    """Rows for every data set that is there and was asked for."""
    for dataset in available():
        if dataset in (options.datasets or DATASETS):
            found: Precisions = {(name, which): {} for name in (RECIPE, *_PEER_NAMES) for which in SPLITS}
            _ours(dataset, options.seed, found)
            _peers(dataset, options.seed, found)
            yield from _rows(dataset, found, options.seed)


_PEER_NAMES: Final = tuple(peer.name for peer in PEERS)


def _ours(dataset: str, seed: int, found: Precisions) -> None:
    """AP@12 of the recipe's lists."""
    settings = settings_of(dataset, seed=seed)
    with shop_of(dataset) as shop, opened_shop(shop, settings, Silent()) as opened:
        for week in range(WEEKS):
            for which in SPLITS:
                precision = _of_recipe(opened, shop, settings, week, new_only=which == "new")
                found[RECIPE, which].update({(user, week): value for user, value in precision.items()})
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
    mine = replace(part, ranker=ranker, bought_again=policy)
    return average_precision([test], mine, new_only=new_only, progress=Silent())


def _peers(dataset: str, seed: int, found: Precisions) -> None:
    """AP@12 of the lists of every peer, each at the point of its grid that was best in the tuning weeks."""
    table = lines(dataset)
    weeks = [split(table, back) for back in range(WEEKS + max(TUNING_WEEKS))]
    for peer in PEERS:
        points = list(peer.settings())

        @cache
        def at(week: int, point: int, peer: Peer = peer, points: list[Parameters] = points) -> _Judged:
            return _of_peer(peer, weeks[week], points[point], seed)

        for week in range(WEEKS):
            for which in SPLITS:
                reached = [
                    np.mean([_mean(at(week + back, point)[which]) for back in TUNING_WEEKS])
                    for point in range(len(points))
                ]
                judged = at(week, int(np.argmax(reached)))[which]
                found[peer.name, which].update({(user, week): value for user, value in judged.items()})
        print(f"{dataset}: {peer.name}", file=sys.stderr)


_Judged = dict[Split, dict[str, float]]


def _of_peer(peer: Peer, week: Week, parameters: Parameters, seed: int) -> _Judged:
    """AP@12 of each customer of one week, for each split; of nobody where there is nothing to judge by."""
    scorer = peer.fit(week.train, parameters, seed)
    judged: _Judged = {}
    for which in SPLITS:
        truth = week.truth_new if which == "new" else week.truth
        judged[which] = {}
        if len(truth):
            ranked = rank(scorer, week.train, truth, new_only=which == "new")
            judged[which] = dict(zip(truth.users, user_metrics(ranked, truth)[:, 0].tolist(), strict=True))
    return judged


def _mean(found: Mapping[str, float]) -> float:
    return float(np.mean([*found.values()])) if found else 0.0


def _rows(dataset: str, found: Precisions, seed: int) -> Iterator[Row]:
    """The mean of each contender, and what ours has more than it."""
    for which in SPLITS:
        mine = found[RECIPE, which]
        for name in (RECIPE, *_PEER_NAMES):
            theirs = found[name, which]
            both = sorted(mine.keys() & theirs.keys())
            if len(mine.keys() ^ theirs.keys()) > LARGEST_GAP * len(mine):
                raise InputError(
                    f"{name} was judged by {len(theirs):,} weeks of customers of {dataset}, {RECIPE} by {len(mine):,}.",
                    hint="Compare what ingest set aside with the protocol's data rules.",
                )
            own, other = _means(mine, both), _means(theirs, both)
            told = bootstrap(np.column_stack([other, own - other]), resamples=DIFFERENCE_RESAMPLES, seed=seed)
            columns = (("map@12", "score"), (f"{RECIPE}_minus", "difference"))
            for place, (metric, unit) in enumerate(columns[: 1 if name == RECIPE else 2]):
                yield Row(
                    bench="weeks", dataset=f"{dataset}, {WEEKS} weeks", case=name, split=which, metric=metric,
                    value=float(told.value[place]), low=float(told.low[place]), high=float(told.high[place]), unit=unit,
                )  # fmt: skip


def _means(found: Mapping[tuple[str, int], float], both: list[tuple[str, int]]) -> NDArray[np.float64]:
    """Of each customer, in the order of their ids, the mean of the weeks."""
    weeks: dict[str, list[float]] = {}
    for user, week in both:
        weeks.setdefault(user, []).append(found[user, week])
    return np.array([np.mean(values) for values in weeks.values()])
