"""Compares every source, every recipe and the baselines on a week that none of them has seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parure.core.errors import InputError
from parure.core.progress import Progress, Silent
from parure.evaluation import Contender, Evaluation, Judge, Reliability, Repeats, Target, Truth, ranked_matrix
from parure.pipeline.backtest import Lists, Moment, random_lists, recipe_lists, source_lists
from parure.pipeline.calibrate import calibrate, reliability, shown
from parure.pipeline.learning import Lessons, tune
from parure.pipeline.occasions import OccasionsConfig
from parure.pipeline.part import Part
from parure.pipeline.recipe import Recipe, SourceSpec, learns
from parure.pipeline.repeats import repeat_share_by_category
from parure.pipeline.train import policy_of, usable_sources
from parure.ranking import Ranker
from parure.rules import BoughtAgain

BASELINE_KINDS = ("popular", "demographic", "new_arrivals")
"""Kinds of sources that anybody could write in ten lines: shown as baselines."""

OWN_COUNTS = SourceSpec(
    kind="repurchase",
    name="own_counts",
    config={"half_lives": [], "order_half_lives": [], "half_life_days": None, "late": 0.0},
)
"""How often each customer bought each item, and nothing else: the baseline to beat where people buy again."""

_OCCASIONS = OccasionsConfig(most=1000)
"""What confidence is learned from and judged on, at each moment."""


@dataclass(frozen=True)
class Past:
    """The moments an evaluation looks at.

    Attributes:
        test: The test moment, looked at once.
        validation: Earlier moments that weights are tuned on.
        repeat_share: Share of purchases, 0-1, of items that the customer had bought before.
        lessons: What rankers of features learn from; None where no recipe has one.
        taught_by: The weeks that they learn from, counted back from the last one.
    """

    test: Moment
    validation: Sequence[Moment]
    repeat_share: float
    lessons: Lessons | None = None
    taught_by: Sequence[int] = ()


@dataclass(frozen=True)
class Plan:
    """What is compared and how.

    Attributes:
        recipes: The recipes; ``tuned`` says which get their weights tuned on the validation moments.
        tuned: Names of those recipes.
        list_size: How many items each contender may rank.
        resamples: Bootstrap resamples of a mean.
        repeat_share_threshold: From this share on, ``bought_again = "auto"`` lets bought items come back.
        seed: Seed of everything random.
    """

    recipes: Sequence[Recipe]
    tuned: frozenset[str]
    list_size: int = 200
    resamples: int = 1000
    repeat_share_threshold: float = 0.15
    seed: int = 0


def evaluate(name: str, past: Past, plan: Plan, *, progress: Progress | None = None) -> Evaluation:
    """Rank for everybody who bought in the test week, with each contender, and hold the lists against the truth.

    Args:
        name: Name of the data, for the report.
        past: The moments.
        plan: The contenders.
        progress: Where to report to.
    """
    bars = progress or Silent()
    judge = Judge(_target(past.test), resamples=plan.resamples, seed=plan.seed)
    recipes = [usable_sources(recipe, past.test.dataset) for recipe in plan.recipes]
    _add(judge, Contender(name="random", kind="baseline", about="items drawn by chance"), _random(past, plan))
    _add(judge, *_single(past, plan, OWN_COUNTS.label, OWN_COUNTS, bars))
    for label, spec in distinct_sources(recipes).items():
        _add(judge, *_single(past, plan, label, spec, bars))
    parts = [_part(recipe, past, plan) for recipe in recipes]
    leading = _in_use(parts[0], past, plan, new_only=False, bars=bars)
    for part in parts:
        _add(judge, *_whole(past, plan, part, leading, bars))
    result = judge.evaluation(name, repeats=_repeats(recipes[0], past, plan))
    return result.model_copy(update={"reliability": _confidence(past, plan, leading, bars)})


def distinct_sources(recipes: Sequence[Recipe]) -> dict[str, SourceSpec]:
    """Every source of the recipes once, by a name that says which recipe it is from where names clash."""
    found: dict[str, SourceSpec] = {}
    seen: set[str] = set()
    for recipe in recipes:
        for spec in recipe.sources:
            key = spec.model_dump_json(exclude={"quota", "name"})
            if key in seen:
                continue
            seen.add(key)
            found[spec.label if spec.label not in found else f"{spec.label} ({recipe.name})"] = spec
    return found


def _target(moment: Moment) -> Target:
    truth = Truth.of(moment.target.truth, moment.dataset.items)
    return Target.of(moment.dataset, truth, until_us=moment.target.end_us, vectors=moment.dataset.item_vectors)


def _repeats(recipe: Recipe, past: Past, plan: Plan) -> Repeats:
    """Whether bought items come back under the leading recipe, and why."""
    policy = policy_of(recipe, past.repeat_share, threshold=plan.repeat_share_threshold)
    reason = f"the recipe {recipe.name} says so"
    if recipe.bought_again == "auto":
        side = "at or above" if past.repeat_share >= plan.repeat_share_threshold else "below"
        reason = f"read from the data: the share is {side} the threshold of {plan.repeat_share_threshold:.2f}"
    by_category = tuple(repeat_share_by_category(past.test.dataset))
    return Repeats(share=past.repeat_share, policy=policy.value, reason=reason, by_category=by_category)


def _add(judge: Judge, contender: Contender, lists: Mapping[bool, Lists]) -> None:
    """Hand a contender's lists to the judge, in the judge's order of users; ``lists`` is by ``new_only``."""
    size = max((len(rows) for found in lists.values() for rows in found.values()), default=0)
    nobody = np.empty(0, np.int32)
    ranked = {
        split: ranked_matrix([lists[split == "new"].get(u, nobody) for u in truth.users], depth=max(size, 12))
        for split, truth in judge.target.truths.items()
    }
    judge.add(contender, ranked)


def _both(rank: Callable[[bool], Lists]) -> dict[bool, Lists]:
    """Lists for all items and for new ones only."""
    return {new_only: rank(new_only) for new_only in (False, True)}


def _random(past: Past, plan: Plan) -> dict[bool, Lists]:
    return _both(lambda new_only: random_lists(past.test, size=plan.list_size, new_only=new_only, seed=plan.seed))


def _single(
    past: Past, plan: Plan, label: str, spec: SourceSpec, bars: Progress
) -> tuple[Contender, dict[bool, Lists]]:
    cost = past.test.fitted.cost(spec)
    with _stopwatch() as seconds:
        lists = _both(
            lambda new_only: source_lists(past.test, spec, size=plan.list_size, new_only=new_only, progress=bars)
        )
    contender = Contender(
        name=label,
        kind="baseline" if spec.kind in BASELINE_KINDS or spec is OWN_COUNTS else "source",
        about=", ".join(f"{key} {value}" for key, value in spec.config.items()),
        fit_s=cost.wall_s,
        fit_cpu_s=cost.cpu_s,
        rank_s=seconds[0],
    )
    return contender, lists


def _part(recipe: Recipe, past: Past, plan: Plan) -> Part:
    """A recipe with its fixed weights and the policy that the data gives it."""
    return Part.of(recipe, policy_of(recipe, past.repeat_share, threshold=plan.repeat_share_threshold))


def _in_use(part: Part, past: Past, plan: Plan, *, new_only: bool, bars: Progress) -> Part:
    """The part with tuned weights where the plan wants them, and with the policy of the split."""
    policy = BoughtAgain.NEVER if new_only else part.bought_again
    if part.recipe.name not in plan.tuned and not learns(part.recipe):
        return replace(part, bought_again=policy)
    if learns(part.recipe):
        ranker = _taught(part.recipe, policy, past, past.taught_by)
    else:
        ranker = tune(past.validation, part.recipe, policy, new_only=new_only, seed=plan.seed, progress=bars)
    return replace(part, ranker=ranker, bought_again=policy)


def _taught(recipe: Recipe, policy: BoughtAgain, past: Past, weeks: Sequence[int]) -> Ranker[Any]:
    """The recipe's ranker, taught by some weeks.

    Raises:
        InputError: The past came without lessons.
    """
    if past.lessons is None:
        raise InputError(
            f"The ranker {recipe.ranker.kind!r} learns from past weeks, and the comparison was given none.",
            hint="Ask for the moments with lessons.",
        )
    return past.lessons.learned(recipe, policy, weeks)


def _whole(past: Past, plan: Plan, part: Part, leading: Part, bars: Progress) -> tuple[Contender, dict[bool, Lists]]:
    """A recipe's lists; ``leading`` is the first recipe, tuned already for all items."""
    recipe = part.recipe
    costs = [past.test.fitted.cost(spec) for spec in recipe.sources]
    rank_s = 0.0

    def rank(new_only: bool) -> Lists:
        nonlocal rank_s
        ready = leading.recipe is recipe and not new_only
        used = leading if ready else _in_use(part, past, plan, new_only=new_only, bars=bars)
        with _stopwatch() as seconds:
            lists = recipe_lists(
                past.test, recipe, used.ranker, used.bought_again, size=plan.list_size, new_only=new_only, progress=bars
            )
        rank_s += seconds[0]
        return lists

    lists = _both(rank)
    tuned = recipe.name in plan.tuned or learns(recipe)
    weights = "tuned" if tuned else "fixed"
    contender = Contender(
        name=recipe.name,
        kind="blend" if tuned else "recipe",
        about=f"{recipe.title}; bought items come back: {part.bought_again}; weights {weights}",
        fit_s=sum(cost.wall_s for cost in costs),
        fit_cpu_s=sum(cost.cpu_s for cost in costs),
        rank_s=rank_s,
    )
    return contender, lists


def _confidence(past: Past, plan: Plan, part: Part, bars: Progress) -> tuple[Reliability, ...]:
    """Whether the leading recipe's confidence, learned on the validation moments, held in the test week."""
    if not past.validation:
        return ()
    judged = part
    if learns(part.recipe):
        # What a ranker says of weeks that it learned from is too good to be believed of others.
        newest = max(moment.target.weeks_back for moment in past.validation)
        earlier = [week for week in past.taught_by if week > newest]
        if not earlier:
            return ()
        judged = replace(part, ranker=_taught(part.recipe, part.bought_again, past, earlier))
    learned = calibrate(past.validation, judged, config=_OCCASIONS, seed=plan.seed, progress=bars)
    if learned is None:
        return ()
    alike = _OCCASIONS.model_copy(update={"counted": learned.outcome})
    seen = shown([past.test], part, config=alike, seed=plan.seed, progress=bars)
    return (reliability(learned, seen, case=part.recipe.name, seed=plan.seed),) if len(seen) else ()


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    """A list that holds the elapsed wall seconds once the block is over."""
    seconds = [0.0]
    start = time.perf_counter()
    yield seconds
    seconds[0] = time.perf_counter() - start
