"""Several goals at once: a click, a cart, a purchase, and one above the customer's own average, on a made-up shop.

All rankers sort the same candidates with the same features. They are taught by earlier weeks and judged by later ones,
which nothing else looks at. Whoever did something in a judged week is asked for, buyer or not: the multi-task rankers
are taught by everybody too, ``lambdamart`` and the tuned ``blend`` by buyers, each as ``parure train`` does it.

``auc_TASK`` is how probably an item of which the task came true stands above one of which it did not, among the
candidates of one request; ``ndcg@10`` is by purchases, over requests of those who bought something. Of a ranker with a
score a task, the AUC of a task is by that score; of the others, by the one that they have. Figures are means over
customers, each the mean of their weeks; intervals draw customers anew, and those of differences are paired.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.options import Options
from bench.shops import MADE_UP, settings_of, shop_of
from parure.core.clock import rng_for
from parure.core.progress import Silent
from parure.demo import DemoSize
from parure.evaluation import Row
from parure.evaluation.intervals import MEAN_RESAMPLES, bootstrap
from parure.pipeline.backtest import Moment, examples
from parure.pipeline.learning import weeks_before
from parure.pipeline.recipe import RankerSpec, Recipe
from parure.pipeline.repeats import repeat_share
from parure.pipeline.settings import ShopSettings
from parure.pipeline.train import policy_of, usable_sources
from parure.pipeline.workflow import moments_of, shop_recipe
from parure.ranking import TASKS, Blend, Examples, LambdaMart, Mmoe, Slates
from parure.ranking.mmoe import Goals
from parure.rules import BoughtAgain

SIZE: Final = DemoSize(customers=16_000, views=1)
"""Two thousand customers buy too little to tell rankers apart by."""
MADE_FROM: Final = 11
"""The shop's own seed: not that of the demo, on which parameters of rankers were chosen."""
RECIPE: Final = "style_led"
"""Whose sources find the candidates, and whose blend is the one to beat."""
JUDGED: Final = (2, 1, 0)
"""Weeks back that are judged on, each once."""
TAUGHT_BY: Final = tuple(weeks_before(3, 5))
"""Weeks back that rankers learn from."""
MOST: Final = 1000
"""Customers of each of those weeks."""
ALONE: Final = 40
"""Negatives a query that trees of one task are grown from, where all of four kinds are."""
REFERENCES: Final = ("blend", "lambdamart", "lambdamart, from nothing", "mmoe, a net a task")
"""What others are held against, customer by customer."""
METRICS: Final = (*(f"auc_{task}" for task in TASKS), "ndcg@10")

Numbers = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """What a ranker says of all candidates.

    Attributes:
        score: float32[n], what it sorts by.
        by_task: float32[n, tasks], its score of each task; None where it has but the one.
    """

    score: Numbers
    by_task: Numbers | None = None

    def of(self, task: int) -> Numbers:
        """The scores that a task is judged by."""
        return self.score if self.by_task is None else self.by_task[:, task]


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from and to be judged by.

    Attributes:
        recipe: The recipe, with its blend.
        names: Names of the features.
        everybody: Weeks to learn from, everybody asked.
        buyers: The same weeks, buyers asked.
        judged: The later weeks, everybody asked.
        customers: int64[queries of ``judged``], who asked.
        seed: Of everything random.
    """

    recipe: Recipe
    names: tuple[str, ...]
    everybody: Examples
    buyers: Examples
    judged: Examples
    customers: NDArray[np.int64]
    seed: int


def run(options: Options) -> Iterable[Row]:
    """Rows of every ranker, and of the differences between them."""
    if not options.wants(MADE_UP):
        return
    with shop_of(MADE_UP, size=SIZE, made_from=MADE_FROM) as shop, threadpool_limits(1, "blas"):
        lesson = lesson_of(shop, settings_of(MADE_UP, seed=options.seed))
    with threadpool_limits(1, "blas"):
        yield from rows_of(lesson, scored_by_all(lesson))


def lesson_of(shop: Path, settings: ShopSettings) -> Lesson:
    """Candidates, features and what became of them, week by week."""
    past = [*TAUGHT_BY, *JUDGED]
    moments = dict(zip(past, moments_of(shop, settings, past, progress=Silent()), strict=True))
    newest = moments[TAUGHT_BY[-1]].dataset
    recipe = usable_sources(shop_recipe(RECIPE, shop, settings), newest)
    policy = policy_of(recipe, repeat_share(newest), threshold=settings.train.repeat_share_threshold)
    seed = settings.train.seed
    taught, judged, customers = [], [], []
    for week in past:
        # A moment keeps its fitted sources, and they are large: each goes when its week is done.
        moment = moments.pop(week)
        found = _examples(moment, recipe, policy, everybody=True, seed=seed, most=MOST if week in TAUGHT_BY else None)
        if week in JUDGED:
            judged.append(found)
            customers += [str(query.user_id) for query in moment.queries_of_all()]
            continue
        taught.append((found, _examples(moment, recipe, policy, everybody=False, seed=seed, most=MOST)))
        print(f"week {week} back: {_told(found)}", file=sys.stderr)
    everybody, buyers = (Examples.concatenate(list(each)) for each in zip(*taught, strict=True))
    later = Examples.concatenate(judged)
    print(f"judged on weeks {JUDGED} back: {_told(later)}", file=sys.stderr)
    names = _read_by(recipe, "mmoe").build_ranker().features
    return Lesson(recipe, names, everybody, buyers, later, np.unique(customers, return_inverse=True)[1], seed)


def _examples(
    moment: Moment, recipe: Recipe, policy: BoughtAgain, *, everybody: bool, most: int | None, seed: int
) -> Examples:
    return examples(
        moment,
        _read_by(recipe, "mmoe"),
        policy,
        new_only=policy is BoughtAgain.NEVER,
        everybody=everybody,
        most=most,
        seed=seed,
        progress=Silent(),
    )


def _read_by(recipe: Recipe, kind: str) -> Recipe:
    """The recipe with another ranker: one that reads the whole table of features."""
    return recipe.model_copy(update={"ranker": RankerSpec(kind=kind)})


def _told(found: Examples) -> str:
    assert found.tasks is not None
    came_true = ", ".join(
        f"{int(n):,} {task}" for task, n in zip(TASKS, np.nansum(found.tasks, axis=0).tolist(), strict=True)
    )
    return f"{len(found.relevant):,} requests, {len(found.labels):,} candidates, {came_true}"


# -- the rankers ---------------------------------------------------------------------------------------------------


def scored_by_all(lesson: Lesson) -> dict[str, Scored]:
    """Teach every ranker and let it score what is judged."""
    rankers: dict[str, Callable[[Lesson], Scored]] = {
        "blend": lambda given: _blend(given, tuned=False),
        "blend, tuned": lambda given: _blend(given, tuned=True),
        "lambdamart": lambda given: _trees(given, based=True),
        "lambdamart, from nothing": lambda given: _trees(given, based=False),
        "lambdamart, a forest a task": _forests,
        "mmoe": lambda given: _net(given, single_task=False),
        "mmoe, a net a task": lambda given: _net(given, single_task=True),
    }
    found = {}
    for name, learned in rankers.items():
        start = time.process_time()
        found[name] = learned(lesson)
        print(f"{name}: {time.process_time() - start:.0f} CPU seconds", file=sys.stderr)
    both = found["mmoe"].by_task
    assert both is not None
    found["mmoe, purchases alone"] = Scored(both[:, TASKS.index("purchase")])
    return found


def _blend(lesson: Lesson, *, tuned: bool) -> Scored:
    columns = [lesson.names.index(label) for label in lesson.recipe.labels]

    def seen(slates: Slates) -> Slates:
        return Slates(slates.features[:, columns], slates.offsets)

    ranker: Any = lesson.recipe.build_ranker()
    assert isinstance(ranker, Blend)
    if tuned:
        ranker.fit(replace(lesson.buyers, slates=seen(lesson.buyers.slates)), rng=_rng(lesson))
    return Scored(ranker.score_many(seen(lesson.judged.slates)))


def _trees(lesson: Lesson, *, based: bool) -> Scored:
    ranker = _lambdamart(lesson, {"base": lesson.recipe.ranker.config} if based else {})
    return Scored(ranker.fit(lesson.buyers, rng=_rng(lesson)).score_many(lesson.judged.slates))


def _forests(lesson: Lesson) -> Scored:
    """A forest a task, taught by everybody, their chances weighed by the goals of the multi-task ranker."""
    tasks = lesson.everybody.tasks
    assert tasks is not None
    chances = np.empty((len(lesson.judged.labels), len(TASKS)), np.float32)
    for task in range(len(TASKS)):
        labels = np.nan_to_num(tasks[:, task])
        taught = replace(lesson.everybody, labels=labels)
        ranker = _lambdamart(lesson, {"base": lesson.recipe.ranker.config, "negatives": ALONE})
        scores = ranker.fit(taught, rng=_rng(lesson)).score_many(lesson.judged.slates)
        chances[:, task] = ranker.as_worth(scores)
    goals = np.array([getattr(Goals(), task) for task in TASKS], np.float32)
    return Scored(chances @ goals, chances)


def _lambdamart(lesson: Lesson, config: Mapping[str, Any]) -> LambdaMart:
    return LambdaMart(LambdaMart.config_type.parse(dict(config), where="bench"), lesson.names)  # type: ignore[arg-type]


def _net(lesson: Lesson, *, single_task: bool) -> Scored:
    ranker = Mmoe(Mmoe.config_type.parse({"single_task": single_task}, where="bench"), lesson.names)  # type: ignore[arg-type]
    ranker.fit(lesson.everybody, rng=_rng(lesson))
    return Scored(ranker.score_many(lesson.judged.slates), ranker.probabilities(lesson.judged.slates))


def _rng(lesson: Lesson) -> np.random.Generator:
    return rng_for(lesson.seed, "ranker")


# -- judging -------------------------------------------------------------------------------------------------------


def rows_of(lesson: Lesson, scored: Mapping[str, Scored]) -> Iterator[Row]:
    """Figures of every ranker with their intervals, and differences from those that others are held against."""
    names = list(scored)
    for metric in METRICS:
        figures = np.column_stack([_figures(lesson, scored[name], metric) for name in names])
        held = figures[~np.isnan(figures).any(axis=1)]
        print(f"{metric}: {len(held):,} customers", file=sys.stderr)
        pairs = [(a, b) for b in REFERENCES for a in names if a not in REFERENCES[: REFERENCES.index(b) + 1]]
        differences = [held[:, names.index(a)] - held[:, names.index(b)] for a, b in pairs]
        cases = [*((name, "score") for name in names), *((f"{a} - {b}", "difference") for a, b in pairs)]
        found = bootstrap(np.column_stack([held, *differences]), resamples=MEAN_RESAMPLES, seed=lesson.seed)
        for (case, unit), value, low, high in zip(cases, found.value, found.low, found.high, strict=True):
            print(f"{metric}: {case}: {value:.4f} [{low:.4f}, {high:.4f}]", file=sys.stderr)
            yield Row(
                bench="tasks", dataset=MADE_UP, case=case, split="weeks not seen", metric=metric,
                value=float(value), low=float(low), high=float(high), unit=unit,
            )  # fmt: skip


def _figures(lesson: Lesson, scored: Scored, metric: str) -> Values:
    """Each customer's figure, the mean of their weeks; NaN where there is none."""
    judged = lesson.judged
    assert judged.tasks is not None
    if metric == "ndcg@10":
        found = gain_by_query(scored.score, judged)
    else:
        task = METRICS.index(metric)
        found = auc_by_query(scored.of(task), judged.tasks[:, task], judged.slates.offsets)
    defined = ~np.isnan(found)
    count = np.bincount(lesson.customers[defined], minlength=lesson.customers.max(initial=-1) + 1)
    total = np.bincount(lesson.customers[defined], weights=found[defined], minlength=len(count))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def auc_by_query(scores: Numbers, labels: Numbers, offsets: NDArray[np.int64]) -> Values:
    """How probably what came true stands above what did not, among each query's candidates; ties count half.

    Args:
        scores: float32[n].
        labels: float32[n], 1 or 0; candidates of NaN are left out.
        offsets: int64[queries + 1], where each query's candidates begin.

    Returns:
        float64[queries]; NaN where all came true, or nothing.
    """
    query = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    known = ~np.isnan(labels)
    order = np.flatnonzero(known)[np.lexsort((scores[known], query[known]))]
    query, true, scores = query[order], labels[order] == 1, scores[order]
    queries = len(offsets) - 1
    # The mean rank, from 1, of each group of equal scores of a query.
    starts = np.flatnonzero(np.r_[True, (query[1:] != query[:-1]) | (scores[1:] != scores[:-1])][: len(query)])
    ends = np.append(starts[1:], len(query))
    first = np.searchsorted(query, query[starts])
    rank = np.repeat((starts + ends + 1) / 2 - first, ends - starts)
    hits = np.bincount(query[true], minlength=queries).astype(np.float64)
    misses = np.bincount(query, minlength=queries) - hits
    above = np.bincount(query[true], weights=rank[true], minlength=queries) - hits * (hits + 1) / 2
    pairs = hits * misses
    return np.where(pairs > 0, above / np.maximum(pairs, 1), np.nan)


def gain_by_query(scores: Numbers, judged: Examples, *, depth: int = 10) -> Values:
    """NDCG of each query's first candidates by what was bought, found or not; NaN for those who bought nothing."""
    offsets = judged.slates.offsets
    query = judged.slates.query_of_row
    order = np.lexsort((-scores, query))
    place = np.arange(len(order)) - np.repeat(offsets[:-1], np.diff(offsets))
    discount = 1 / np.log2(np.arange(2, depth + 2))
    near = place < depth
    gains = judged.labels[order][near] * discount[place[near]]
    total = np.bincount(query[near], weights=gains, minlength=len(judged.relevant))
    ideal = np.append(0, np.cumsum(discount))[np.minimum(judged.relevant, depth)]
    return np.where(judged.relevant > 0, total / np.maximum(ideal, 1e-12), np.nan)
