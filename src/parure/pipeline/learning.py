"""Rankers that learn from past weeks: what they are taught, and from which weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from threadpoolctl import threadpool_limits

from parure.core.clock import rng_for
from parure.core.errors import InputError
from parure.core.progress import Progress
from parure.pipeline.backtest import Moment, examples
from parure.pipeline.recipe import Recipe
from parure.ranking import RANKERS, Examples, Ranker
from parure.rules import BoughtAgain

_Key = tuple[int, str, BoughtAgain, bool]


@dataclass
class Lessons:
    """Candidates of past weeks with all that is told of them and what came true, made once and kept.

    Args:
        moment_of: The moment before a week, counted back from the last one; an :class:`InputError` where the data do
            not hold it.
        most: Customers of each week, at most.
        seed: Who is drawn, and what chance does in a ranker, follow from it.
        progress: Where to report to.
    """

    moment_of: Callable[[int], Moment]
    most: int
    seed: int
    progress: Progress
    _kept: dict[_Key, Examples] = field(default_factory=dict)

    def of(self, recipe: Recipe, policy: BoughtAgain, weeks: Sequence[int]) -> Examples:
        """The examples of some weeks, those that the data do not hold passed over.

        Raises:
            InputError: The data hold none of them.
        """
        everybody = RANKERS[recipe.ranker.kind].asks_everybody
        found, missing = [], "no week was named"
        for week in weeks:
            try:
                found.append(self._week(recipe, policy, week, everybody=everybody))
            except InputError as error:
                missing = error.message
        if not found:
            raise InputError(
                f"The ranker {recipe.ranker.kind!r} learns from past weeks, and there are none: {missing}",
                hint="Take a recipe with the ranker blend until there are a few weeks of purchases.",
            )
        return Examples.concatenate(found)

    def learned(self, recipe: Recipe, policy: BoughtAgain, weeks: Sequence[int]) -> Ranker[Any]:
        """The recipe's ranker, fitted on some weeks."""
        # With one BLAS thread the scores, and so what is learned, do not hang on the machine's settings.
        with threadpool_limits(1, "blas"):
            taught = self.of(recipe, policy, weeks)
            with self.progress.step(f"teach the ranker of {recipe.name}"):
                return learned_from(taught, recipe, seed=self.seed)

    def _week(self, recipe: Recipe, policy: BoughtAgain, week: int, *, everybody: bool) -> Examples:
        key = week, recipe.model_dump_json(include={"sources", "rules"}), policy, everybody
        if key not in self._kept:
            moment = self.moment_of(week)
            # With nothing to serve but what is new to the customer, what was new to them is learned.
            new_only = policy is BoughtAgain.NEVER
            if everybody and moment.active() == sorted(moment.truth(new_only=new_only)):
                # Where buyers are everybody the two lessons are one, and it is neither made nor kept twice.
                self._kept[key] = self._week(recipe, policy, week, everybody=False)
            else:
                self._kept[key] = examples(
                    moment,
                    recipe,
                    policy,
                    new_only=new_only,
                    everybody=everybody,
                    most=self.most,
                    seed=self.seed,
                    progress=self.progress,
                )
        return self._kept[key]


def tune(
    moments: Sequence[Moment], recipe: Recipe, policy: BoughtAgain, *, new_only: bool, seed: int, progress: Progress
) -> Ranker[Any]:
    """Fit the recipe's ranker on all that came true after past moments; see ``backtest.examples``."""
    everybody = RANKERS[recipe.ranker.kind].asks_everybody
    with threadpool_limits(1, "blas"):
        found = [
            examples(moment, recipe, policy, new_only=new_only, everybody=everybody, seed=seed, progress=progress)
            for moment in moments
        ]
        with progress.step(f"tune {recipe.name}"):
            return learned_from(Examples.concatenate(found), recipe, seed=seed)


def learned_from(taught: Examples, recipe: Recipe, *, seed: int) -> Ranker[Any]:
    """The recipe's ranker, fitted on examples; the same ones give the same ranker, whatever the number of threads."""
    with threadpool_limits(1, "blas"):
        return recipe.build_ranker().fit(taught, rng=rng_for(seed, "ranker"))


def weeks_before(week: int, count: int) -> list[int]:
    """So many weeks, the last of them ``week``, counted back from the end of the data; the oldest first."""
    return list(range(week + count - 1, week - 1, -1))
