"""Groups of users and of items that a mean over everybody would hide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import UNKNOWN
from parure.dataset import Dataset
from parure.evaluation.beyond import ItemFacts
from parure.evaluation.truth import Truth

NEW_BELOW = 3
"""A user with fewer purchases than this counts as new."""
MIN_GROUP = 30
"""A demographic group with fewer judged users is not shown: its interval would say nothing."""

_SPENDING = ("small", "low_average", "average", "high")


@dataclass(frozen=True)
class Slice:
    """Some of the judged users, or some of the items they took.

    Attributes:
        family: What the slices of one family differ in: history, cold start, spending, age_band, gender, item age,
            popularity.
        name: Which one this is.
        about: What the name means here.
        rows: int64[members], positions in the truth of the users who belong.
        truth: What counts as a hit for them, where the slice is about items; None where it is about users.
    """

    family: str
    name: str
    about: str
    rows: NDArray[np.int64]
    truth: Truth | None = None


def slices_of(dataset: Dataset, facts: ItemFacts, truth: Truth) -> list[Slice]:
    """All slices that the data allows; empty ones are left out.

    Args:
        dataset: Everything before the target weeks.
        facts: Facts about its items.
        truth: What was taken in the target weeks, over the dataset's items.
    """
    at = truth.users.translate(dataset.users)
    purchases = _column(dataset.user_table, "purchases", at)
    found = _by_history(purchases) + _cold_start(purchases, facts, truth)
    spending = _by_word(dataset.user_table, "spending_segment", at, min_group=1)
    rank = {name: place for place, name in enumerate(_SPENDING)}
    found += sorted(spending, key=lambda each: (rank.get(each.name, len(rank)), each.name))
    found += _by_word(dataset.user_table, "age_band", at, min_group=MIN_GROUP)
    found += _by_word(dataset.user_table, "gender", at, min_group=MIN_GROUP)
    return found + _by_item(facts, truth)


def _by_history(purchases: NDArray[np.float64]) -> list[Slice]:
    """New users, and the others in three parts of equal size by the length of their history."""
    purchases = np.nan_to_num(purchases)
    new = purchases < NEW_BELOW
    parts = [("new", f"fewer than {NEW_BELOW} purchases", new)]
    if not new.all():
        low, high = np.quantile(purchases[~new], [1 / 3, 2 / 3], method="lower")
        parts += [
            ("light", f"{NEW_BELOW} to {low:,.0f} purchases", ~new & (purchases <= low)),
            ("medium", f"up to {high:,.0f} purchases", (purchases > max(low, NEW_BELOW - 1)) & (purchases <= high)),
            ("heavy", f"more than {high:,.0f} purchases", ~new & (purchases > high)),
        ]
    return [Slice("history", name, about, np.flatnonzero(mask)) for name, about, mask in parts if mask.any()]


def _cold_start(purchases: NDArray[np.float64], facts: ItemFacts, truth: Truth) -> list[Slice]:
    """New users, new items, and new items with new users, of whom nobody can know much."""
    new = np.nan_to_num(purchases) < NEW_BELOW
    fresh = facts.fresh[truth.item_ix]
    of_pair = np.repeat(new, truth.sizes)
    made = (
        [Slice("cold start", "new users", f"fewer than {NEW_BELOW} purchases", np.flatnonzero(new))]
        if new.any()
        else []
    )
    for name, about, mask in (
        ("new items", "first sold in the last four weeks of train", fresh),
        ("both", "new items, with new users", fresh & of_pair),
    ):
        part, rows = truth.where(mask)
        if len(part):
            made.append(Slice("cold start", name, about, rows, part))
    return made


def _by_word(table: pa.Table, column: str, at: NDArray[np.int32], *, min_group: int) -> list[Slice]:
    """One slice for each value of a text column of the user table; none where there is nothing to compare."""
    if column not in table.column_names:
        return []
    words = np.array([*table.column(column).to_pylist(), None], dtype=object)[at]
    groups = {word: words == word for word in sorted({word for word in words if word is not None})}
    big = [
        Slice(column, word, f"{column} {word}", np.flatnonzero(mask))
        for word, mask in groups.items()
        if mask.sum() >= min_group
    ]
    return big if len(big) > 1 else []


def _by_item(facts: ItemFacts, truth: Truth) -> list[Slice]:
    """New and older items; best sellers and the long tail. The lists stay, only what counts as a hit changes."""
    fresh, tail = facts.fresh[truth.item_ix], facts.tail[truth.item_ix]
    parts = [
        ("item age", "new items", "first sold in the last four weeks of train", fresh),
        ("item age", "older items", "sold before that", ~fresh),
        ("popularity", "best sellers", "the items that make half of all purchases", ~tail),
        ("popularity", "long tail", "all other items", tail),
    ]
    made = []
    for family, name, about, mask in parts:
        part, rows = truth.where(mask)
        if len(part):
            made.append(Slice(family, name, about, rows, part))
    return made


def _column(table: pa.Table, name: str, at: NDArray[np.int32]) -> NDArray[np.float64]:
    """A number for each judged user, NaN for one without a row."""
    values = np.append(table.column(name).to_numpy().astype(np.float64), np.nan)
    return np.asarray(values[np.where(at == UNKNOWN, len(values) - 1, at)])
