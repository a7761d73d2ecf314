"""Time splits: weeks counted back from the last day with a purchase, and what customers bought in them.

The newest week is the test week; models are tuned on the weeks two and three before it. A target week is predicted from
everything before it. True is what a customer bought for themselves (gifts, cancelled and returned orders are no taste),
among the customers and items that had been bought before: nothing could be known of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from parure.core.clock import DAY_US
from parure.core.errors import InputError
from parure.core.ids import IdMap
from parure.dataset.build import ShopTables, build_dataset
from parure.dataset.config import DatasetConfig
from parure.dataset.dataset import Dataset, Events

WEEK_US = 7 * DAY_US
"""One week in microseconds."""

TEST_WEEK = 0
"""The newest week."""

TUNING_WEEKS = (2, 3)
"""The weeks before it that models are tuned on."""


@dataclass(frozen=True)
class Happened:
    """Everything that customers did in one week.

    Attributes:
        users: The map of the events' users: everybody there ever was, known before the week or not.
        items: The map of the events' items, likewise.
        events: The events of the week, sorted by (user, time, item).
    """

    users: IdMap
    items: IdMap
    events: Events


@dataclass(frozen=True)
class Target:
    """One week to predict from everything before it.

    Attributes:
        weeks_back: 0 for the newest week, 1 for the one before.
        as_of_us: When the week begins; train on what is earlier.
        end_us: When it ends; the end itself lies outside.
        truth: user id to the items bought in the week.
        truth_new: The same, less what the user had bought before; users left without any are dropped.
        known_items: All items that had been bought before the week.
        happened: All that was done in the week, by everybody and with everything.
    """

    weeks_back: int
    as_of_us: int
    end_us: int
    truth: dict[str, set[str]]
    truth_new: dict[str, set[str]]
    known_items: frozenset[str]
    happened: Happened


def week_starts(newest_us: int, weeks_back: Sequence[int]) -> list[int]:
    """When weeks begin, counted back from the day (UTC) of the newest event.

    Args:
        newest_us: Moment of the newest event, in microseconds since 1970 UTC.
        weeks_back: 0 for the seven days that end with that day, 1 for the seven before ...

    Returns:
        One moment a week, always a midnight.
    """
    end = (newest_us // DAY_US + 1) * DAY_US
    return [end - (back + 1) * WEEK_US for back in weeks_back]


def targets_of(dataset: Dataset, weeks_back: Sequence[int] = (TEST_WEEK, *TUNING_WEEKS)) -> list[Target]:
    """The target weeks of a dataset that holds everything up to now.

    Args:
        dataset: Built without a moment, so that nothing is left out.
        weeks_back: Which weeks.

    Raises:
        InputError: There is no purchase, or none before one of the weeks.
    """
    e = dataset.events
    bought = e.purchases
    user_ix, item_ix, time = e.user_ix[bought], e.item_ix[bought], e.timestamp_us[bought]
    if not len(time):
        raise InputError("The data holds no purchases.", hint="A time split needs orders or purchase interactions.")
    oldest, newest = int(time.min()), int(time.max())
    targets = []
    for back, start in zip(weeks_back, week_starts(newest, weeks_back), strict=True):
        if oldest >= start:
            days = (newest - oldest) // DAY_US + 1
            raise InputError(
                f"The purchases span {days} days, which leaves nothing to train on before the week {back} weeks back.",
                hint=f"That week needs at least {7 * (back + 1) + 1} days.",
            )
        inside = (time >= start) & (time < start + WEEK_US)
        targets.append(_target(dataset, back, start, (user_ix, item_ix), time < start, inside))
    return targets


def build_targets(
    source: duckdb.DuckDBPyConnection | ShopTables,
    *,
    weeks_back: Sequence[int] = (TEST_WEEK, *TUNING_WEEKS),
    config: DatasetConfig | None = None,
) -> list[Target]:
    """The target weeks of a shop's tables; where its dataset is at hand, :func:`targets_of` is cheaper."""
    return targets_of(build_dataset(source, config=config), weeks_back)


def _target(
    dataset: Dataset,
    back: int,
    start: int,
    pairs: tuple[NDArray[np.int32], NDArray[np.int32]],
    before: NDArray[np.bool_],
    inside: NDArray[np.bool_],
) -> Target:
    user_ix, item_ix = pairs
    n_items = len(dataset.items)
    known_users, known_items = np.zeros(len(dataset.users), bool), np.zeros(n_items, bool)
    known_users[user_ix[before]] = True
    known_items[item_ix[before]] = True
    told = inside & known_users[user_ix] & known_items[item_ix]
    key = user_ix.astype(np.int64) * n_items + item_ix
    true = np.unique(key[told])
    in_truth = np.zeros(len(dataset.users), bool)
    in_truth[true // n_items] = True
    earlier = key[before & in_truth[user_ix]]
    place = np.searchsorted(true, earlier)
    place[place == len(true)] = 0  # the last place is as good as any: the keys there differ
    had_before = np.zeros(len(true), bool)
    if len(true):
        had_before[place[true[place] == earlier]] = True
    new = true[~had_before]
    return Target(
        weeks_back=back,
        as_of_us=start,
        end_us=start + WEEK_US,
        truth=_by_user(true, dataset.users, dataset.items),
        truth_new=_by_user(new, dataset.users, dataset.items),
        known_items=frozenset(dataset.items.ids_of(np.flatnonzero(known_items))),
        happened=_happened(dataset, start),
    )


def _happened(dataset: Dataset, start: int) -> Happened:
    e = dataset.events
    inside = np.flatnonzero((e.timestamp_us >= start) & (e.timestamp_us < start + WEEK_US))
    part = Events(**{column.name: getattr(e, column.name)[inside] for column in fields(Events)})
    return Happened(dataset.users, dataset.items, part)


def _by_user(keys: NDArray[Any], users: IdMap, items: IdMap) -> dict[str, set[str]]:
    """Sorted keys user * items + item as sets of ids."""
    if not len(keys):
        return {}
    user_ix, item_ix = np.divmod(keys, len(items))
    names = items.ids_of(item_ix)
    starts = np.flatnonzero(np.diff(user_ix, prepend=-1))
    ends = np.append(starts[1:], len(keys))
    owners = users.ids_of(user_ix[starts])
    return {user: set(names[a:b]) for user, a, b in zip(owners, starts, ends, strict=True)}
