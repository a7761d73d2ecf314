"""Whether what a customer bought may be recommended again."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, IdMap, Query
from parure.core.clock import DAY_US
from parure.core.slate import Removed
from parure.rules.rule import Rule


class BoughtAgain(StrEnum):
    """When a bought item may come back."""

    NEVER = "never"
    AFTER_CYCLE = "after_cycle"
    ALWAYS = "always"


class Bought(Rule):
    """Holds back items that the customer has bought.

    ``never`` forbids them for good, ``after_cycle`` until the item's repurchase cycle has passed since the last
    purchase, ``always`` lets them come back at once. Hiding bought items ruins a grocery and saves a jeweller, so
    the default is read from the data (:func:`bought_again_from`).

    Args:
        policy: When a bought item may come back.
        cycle_days: float32[items], the usual time between two purchases of an item; needed by ``after_cycle``.
    """

    name: ClassVar[str] = "bought"

    def __init__(self, policy: BoughtAgain, cycle_days: NDArray[np.float32] | None = None) -> None:
        if policy is BoughtAgain.AFTER_CYCLE and cycle_days is None:
            raise ValueError("policy 'after_cycle' needs cycle_days, one number an item; got None")
        self.policy = policy
        self._cycle_days = cycle_days

    def forbid(self, query: Query, items: IdMap) -> Removed | None:
        """The bought items that may not come back yet."""
        if self.policy is BoughtAgain.ALWAYS:
            return None
        bought = query.history.purchases
        rows = query.history.rows_in(items)[bought]
        times = query.history.timestamp_us[bought][rows != UNKNOWN]
        rows = rows[rows != UNKNOWN]
        if self.policy is BoughtAgain.AFTER_CYCLE and self._cycle_days is not None:
            # History is oldest first, so the last assignment to a row is its latest purchase.
            age_days = (query.now_us - times) / DAY_US
            last_age = dict(zip(rows.tolist(), age_days.tolist(), strict=True))
            waiting = [row for row, age in last_age.items() if age < self._cycle_days[row]]
            rows = np.array(waiting, dtype=np.int32)
        return Removed(self.name, f"bought_{self.policy}", np.unique(rows)) if len(rows) else None


def bought_again_from(repeat_share: float, *, threshold: float = 0.15) -> BoughtAgain:
    """Read the policy from how often customers buy the same thing again.

    Args:
        repeat_share: Share of purchases, 0-1, of items that the customer had bought before.
        threshold: From this share on, bought items come back.
    """
    return BoughtAgain.ALWAYS if repeat_share >= threshold else BoughtAgain.NEVER
