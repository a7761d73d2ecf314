"""Whether customers buy the same thing again: what decides if bought items may come back."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from parure.dataset import Dataset

RECENT_WEEKS = 8
"""Older weeks are left out: early in the data nobody has bought anything before."""


def repeat_share(dataset: Dataset) -> float:
    """Share of recent purchases, 0-1, of items that the same customer had bought before; 0 without purchases."""
    recent = _recent(dataset)
    purchases = pc.sum(recent.column("purchases")).as_py() or 0
    return (pc.sum(recent.column("repeats")).as_py() or 0) / purchases if purchases else 0.0


def repeat_share_by_category(dataset: Dataset, *, most: int = 12) -> list[tuple[str, float]]:
    """The same for each of the ``most`` largest categories, largest first."""
    recent = _recent(dataset)
    groups = recent.group_by("category").aggregate([("purchases", "sum"), ("repeats", "sum")])
    rows = groups.filter(pc.is_valid(groups.column("category"))).to_pylist()
    rows.sort(key=lambda row: (-row["purchases_sum"], row["category"]))
    return [(row["category"], row["repeats_sum"] / row["purchases_sum"]) for row in rows[:most]]


def _recent(dataset: Dataset) -> pa.Table:
    table = dataset.repeat_share
    return table.filter(pc.less(table.column("weeks_back"), RECENT_WEEKS))
