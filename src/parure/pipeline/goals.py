"""What the items of an answer are to achieve: weights of the tasks that rankers of several tasks know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from parure.core.errors import SettingsError, did_you_mean
from parure.ranking import TASKS


def goals_of(texts: Iterable[str]) -> dict[str, float]:
    """Goals as they stand on a command line: ``purchase=1``, ``spend=0.5``.

    Raises:
        SettingsError: One has no weight, or a wrong one, is named twice, or is no task; see :func:`checked_goals`.
    """
    goals: dict[str, float] = {}
    for text in texts:
        task, equals, weight = (part.strip() for part in text.partition("="))
        if not equals:
            raise SettingsError(f"The goal {text!r} has no weight.", hint=f"Write it as {task or TASKS[2]}=1.")
        if task in goals:
            raise SettingsError(f"The goal {task!r} is named twice.", hint="Give each goal one weight.")
        try:
            goals[task] = float(weight)
        except ValueError:
            raise SettingsError(
                f"The goal {task!r} was given the weight {weight!r}, expected a number from 0 on.",
                hint=f"Write it as {task or TASKS[2]}=1.",
            ) from None
    return checked_goals(goals)


def checked_goals(goals: Mapping[str, float]) -> dict[str, float]:
    """Goals that rankers can go by.

    Args:
        goals: A weight for each of :data:`~parure.ranking.TASKS` that is wanted; none where empty.

    Raises:
        SettingsError: One of them is no task, or its weight is below 0 or not finite, or all are 0.
    """
    for task, weight in goals.items():
        if task not in TASKS:
            raise SettingsError(
                f"{task!r} is not a goal {did_you_mean(task, TASKS)}".rstrip() + ".",
                hint=f"Goals are: {', '.join(TASKS)}.",
            )
        if not (math.isfinite(weight) and weight >= 0):
            raise SettingsError(
                f"The goal {task!r} was given the weight {weight:g}, expected a number from 0 on.",
                hint="Weigh what is not wanted with 0, or leave it out.",
            )
    if goals and not any(goals.values()):
        raise SettingsError(
            f"All goals weigh 0: {', '.join(goals)}.", hint="Give one of them a weight, or leave all of them out."
        )
    return dict(goals)
