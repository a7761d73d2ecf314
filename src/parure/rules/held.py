"""What rules hold back whoever asks, looked up by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core.clock import DAY_US
from parure.core.slate import Slate
from parure.dataset import Dataset

Rows = NDArray[np.int32]

UNDATED = int(np.iinfo(np.int64).max)
"""Stands for a moment that nobody knows."""


@dataclass(frozen=True, slots=True)
class Held:
    """Items that a rule holds back.

    Attributes:
        where: bool[items].
        rows: int32[n], the same as rows, ascending.
    """

    where: NDArray[np.bool_]
    rows: Rows

    @classmethod
    def of(cls, where: NDArray[np.bool_]) -> Held:
        """The items where ``where``, bool[items], is true."""
        return cls(where, np.flatnonzero(where).astype(np.int32))

    def __len__(self) -> int:
        return len(self.rows)

    def dropped(self, slate: Slate, rule: str, reason: str) -> Slate:
        """A slate without these items, all of which the rule forbids."""
        return slate if not len(self.rows) or slate.never_had(rule) else slate.drop_held(self.where, rule, reason)


class HeldByDay:
    """What a rule holds back on a UTC day: worked out when the day is first asked for, so that requests only look up.

    Args:
        on_day: Tells from the days since 1970 which items are held back, bool[items].
    """

    def __init__(self, on_day: Callable[[int], NDArray[np.bool_]]) -> None:
        self._on_day = on_day
        self._last: tuple[int, Held] | None = None

    def at(self, now_us: int) -> Held:
        """What is held back at a moment, in microseconds since 1970 UTC."""
        day = now_us // DAY_US
        last = self._last
        if last is None or last[0] != day:
            # One assignment: a thread that reads meanwhile sees a day and its own items.
            self._last = last = day, Held.of(self._on_day(day))
        return last[1]


def moments(dataset: Dataset, column: str) -> NDArray[np.int64]:
    """A column of moments of the item table, as in ``created_us``: int64[items], :data:`UNDATED` where empty."""
    values = dataset.item_table.column(column).cast(pa.int64()).fill_null(UNDATED)
    return np.asarray(values.to_numpy(), dtype=np.int64)
