"""The gate: what is dearer than what there is must have been better on weeks that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from parure.core.progress import Progress
from parure.evaluation import Truth, ranked_matrix
from parure.evaluation.intervals import paired
from parure.evaluation.metrics import user_metrics
from parure.pipeline.backtest import Moment, recipe_lists
from parure.pipeline.part import Part
from parure.rules import BoughtAgain

Kind = Literal["source", "ranker"]
_FEWEST: Final = 20
"""Of fewer customers, drawing some again and again does not show how much chance there is."""
DEPTH = 12
"""Lists are judged by their first so many items."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one challenger.

    Attributes:
        name: The challenger.
        kind: What it is.
        measure: What was compared: ``map@12`` of lists, or ``recall`` of the candidates.
        against: What it was held against, the best simpler choice so far.
        value: The challenger's figure, the mean over customers.
        before: The same of what it was held against.
        gain: Mean difference.
        low: Lower end of the difference's 95 % interval.
        high: Upper end.
        passed: Whether the whole interval lies above zero, and is from customers enough to go by.
        why: The same in words; or why it could not be tried.
        seconds: What trying it took.
    """

    name: str
    kind: Kind
    measure: str
    against: str
    value: float
    before: float
    gain: float
    low: float
    high: float
    passed: bool
    why: str
    seconds: float

    @property
    def tried(self) -> bool:
        """Whether it could be tried."""
        return bool(self.measure)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields; figures of what could not be tried are None."""
        fields = asdict(self)
        return fields if self.tried else {**fields, **dict.fromkeys(("value", "before", "gain", "low", "high"))}


def average_precision(
    moments: Sequence[Moment], part: Part, *, new_only: bool | None = None, progress: Progress
) -> dict[str, float]:
    """AP@12 of each customer who bought something in one of the weeks, their mean over the weeks.

    Args:
        moments: The moments before the weeks.
        part: A recipe with its ranker and policy; sources are fitted at each moment.
        new_only: Whether only what was new to a customer counts; where None, if the policy shows nothing else.
        progress: Where to report to.
    """
    if new_only is None:
        new_only = part.bought_again is BoughtAgain.NEVER
    found: dict[str, list[float]] = {}
    for moment in moments:
        truth = Truth.of(moment.truth(new_only=new_only), moment.dataset.items)
        lists = recipe_lists(
            moment, part.recipe, part.ranker, part.bought_again, size=DEPTH, new_only=new_only, progress=progress
        )
        ranked = ranked_matrix([lists[user] for user in truth.users], depth=DEPTH)
        for user, precision in zip(truth.users, user_metrics(ranked, truth)[:, 0].tolist(), strict=True):
            found.setdefault(user, []).append(precision)
    return {user: float(np.mean(values)) for user, values in found.items()}


def judged(
    name: str,
    kind: Kind,
    measure: str,
    *,
    ours: NDArray[np.float64],
    theirs: NDArray[np.float64],
    against: str,
    seconds: float,
    seed: int,
) -> Verdict:
    """Hold a challenger against what there is, customer by customer.

    Args:
        name: The challenger.
        kind: What it is.
        measure: What is compared.
        ours: float64[customers], the challenger's figures.
        theirs: float64[customers], those of what it is held against.
        against: What that is.
        seconds: What trying it took.
        seed: Which customers are drawn for the interval follows from it.
    """
    interval = paired(ours[:, None], theirs[:, None], seed=seed)
    gain, low, high = (float(part[0]) for part in (interval.value, interval.low, interval.high))
    enough = len(ours) >= _FEWEST
    sign = "above zero" if low > 0 else ("below zero" if high < 0 else "not above zero")
    few = "" if enough else f", and {len(ours)} customers are too few to go by"
    return Verdict(
        name, kind, measure, against, float(ours.mean()), float(theirs.mean()), gain, low, high, low > 0 and enough,
        f"its gain over {against} is {gain:+.4f} [{low:+.4f}, {high:+.4f}], {sign}{few}", seconds,
    )  # fmt: skip


def not_tried(name: str, kind: Kind, against: str, why: str) -> Verdict:
    """A challenger that could not be tried."""
    nothing = float("nan")
    return Verdict(
        name, kind, "", against, nothing, nothing, nothing, nothing, nothing, passed=False, why=why, seconds=0
    )
