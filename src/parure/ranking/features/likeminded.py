"""How popular the item is with customers of the same age, gender and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.ids import UNKNOWN
from parure.core.native import native
from parure.ranking.features.group import Asked, Facts, Feature, Floats, Group, Rows, codes_of

_COLUMNS: Final = (("age_band",), ("gender",), ("home_store", "region", "state", "country"))
"""What customers are parted by: columns of the user table, the first of each with at least two groups."""
_ENOUGH: Final = 20
"""Groups with fewer customers who bought say nothing."""
_STRENGTH: Final = 5.0
"""Purchases added to those counted and to those expected: few purchases say little."""


def _lift(name: str, whom: str) -> Feature:
    says = f"purchases by customers of {whom} against what their share of all purchases lets expect: 0 is as usual"
    return Feature(name, "demographics", "log ratio", says)


class LikeMinded(Group):
    """Lifts of each item in the customer's groups.

    Args:
        names: The column that stands for each of the three, and the names of its groups, ascending.
        offsets: int64[groups + 1], where the items of each group begin.
        item_ix: int32[m], items that a group bought, ascending in each.
        times: float32[m], how often.
        share: float64[groups], the group's share of all purchases.
        sold: float32[items], all purchases.
    """

    features: ClassVar[tuple[Feature, ...]] = (
        _lift("age_lift", "the same age band"),
        _lift("gender_lift", "the same gender"),
        _lift("region_lift", "the same home store, region, state or country"),
    )

    def __init__(
        self,
        names: tuple[tuple[str, tuple[str, ...]], ...],
        offsets: NDArray[np.int64],
        item_ix: Rows,
        times: Floats,
        share: NDArray[np.float64],
        sold: Floats,
    ) -> None:
        self._names, self._offsets, self._item_ix, self._times, self._share = names, offsets, item_ix, times, share
        self._sold = sold
        self._place: list[tuple[str, dict[str, int]]] = []
        number = 0
        for column, groups in names:
            self._place.append((column, {name: number + place for place, name in enumerate(groups)}))
            number += len(groups)

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Count what each group bought."""
        parts = [_counted(facts, columns) for columns in _COLUMNS]
        counts = np.concatenate([[0], *(part.sizes for part in parts)])
        return cls(
            tuple((part.column, part.names) for part in parts),
            np.cumsum(counts).astype(np.int64),
            np.concatenate([part.item_ix for part in parts]),
            np.concatenate([part.times for part in parts]),
            np.concatenate([part.share for part in parts]),
            facts.counts(facts.bought.item_ix).astype(np.float32),
        )

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        known = asked.query.attributes
        for number, (column, place) in enumerate(self._place):
            group = place.get(known.get(column, ""), UNKNOWN) if place else UNKNOWN
            if group == UNKNOWN:
                out[:, at + number] = np.nan
                continue
            start, end = self._offsets[group], self._offsets[group + 1]
            part = slice(int(start), int(end))
            _fill(out, at + number, self._item_ix[part], self._times[part], self._share[group], self._sold, asked.rows)

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {
            "columns": np.array([column for column, _ in self._names], np.str_),
            "groups": np.array([name for _, names in self._names for name in names], np.str_),
            "sizes": np.array([len(names) for _, names in self._names]),
            "offsets": self._offsets,
            "item_ix": self._item_ix,
            "times": self._times,
            "share": self._share,
            "sold": self._sold,
        }

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        ends = np.cumsum(arrays["sizes"])
        groups = arrays["groups"].tolist()
        names = tuple(
            (str(column), tuple(groups[end - size : end]))
            for column, size, end in zip(arrays["columns"], arrays["sizes"], ends, strict=True)
        )
        parts = (arrays[name] for name in ("offsets", "item_ix", "times", "share", "sold"))
        return cls(names, *parts)


class _Counted:
    """What the groups of one column bought: see :class:`LikeMinded`."""

    def __init__(
        self,
        column: str,
        names: tuple[str, ...],
        sizes: Array,
        item_ix: Rows,
        times: Floats,
        share: NDArray[np.float64],
    ) -> None:
        self.column, self.names, self.sizes, self.item_ix, self.times, self.share = (
            column, names, sizes, item_ix, times, share,
        )  # fmt: skip


def _counted(facts: Facts, columns: tuple[str, ...]) -> _Counted:
    bought, table = facts.bought, facts.dataset.user_table
    for column in columns:
        if column not in table.column_names or not pa.types.is_string(table.schema.field(column).type):
            continue
        group_of, size = codes_of(table, column)
        buyers = np.unique(bought.user_ix)
        members = np.bincount(group_of[buyers][group_of[buyers] >= 0], minlength=size)
        kept = np.flatnonzero(members >= _ENOUGH)
        if len(kept) < 2:
            continue
        names = sorted(name for name in table.column(column).unique().to_pylist() if name is not None)
        number = np.full(size + 1, UNKNOWN)
        number[kept] = np.arange(len(kept))
        group = number[group_of[bought.user_ix]]
        there = group != UNKNOWN
        pairs, times = np.unique(group[there] * facts.n_items + bought.item_ix[there], return_counts=True)
        sold = np.bincount(group[there], minlength=len(kept))
        return _Counted(
            column,
            tuple(names[place] for place in kept),
            np.bincount(pairs // facts.n_items, minlength=len(kept)),
            (pairs % facts.n_items).astype(np.int32),
            times.astype(np.float32),
            sold / max(len(group), 1),
        )
    nothing = np.empty(0)
    return _Counted(
        columns[0], (), nothing.astype(np.int64), nothing.astype(np.int32), nothing.astype(np.float32), nothing
    )


@native
def _fill(out: Floats, column: int, item_ix: Rows, times: Floats, share: float, sold: Floats, rows: Rows) -> None:
    low = 0
    for row in range(len(rows)):
        # Candidates ascend: what lies before the last one need not be looked at again.
        high = len(item_ix)
        while low < high:
            middle = (low + high) >> 1
            if item_ix[middle] < rows[row]:
                low = middle + 1
            else:
                high = middle
        mine = times[low] if low < len(item_ix) and item_ix[low] == rows[row] else np.float32(0)
        out[row, column] = np.log((mine + _STRENGTH) / (sold[rows[row]] * share + _STRENGTH))
