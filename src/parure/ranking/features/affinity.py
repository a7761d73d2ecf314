"""How much of what the customer does lies in the item's category, brand, material ..., and at which price."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp2
from threading import local
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.ranking.features.group import (
    BOUGHT,
    SESSION_US,
    Asked,
    Facts,
    Feature,
    Floats,
    Group,
    Rows,
    codes_of,
    place_of,
)

SLOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("category",),
    "subcategory": ("subcategory",),
    "brand": ("brand",),
    "material": ("material",),
    "color": ("color",),
    "collection": ("collection", "manufacturer_id"),
}
"""What items are parted by: for each name the columns of the item table it may stand in, the first that is filled."""
_DETAILED: Final = 2
"""So many of the slots, the first ones, have all columns; the others have the share alone."""
_HALF_LIFE_DAYS: Final = 60.0


def _detailed(slot: str) -> tuple[Feature, ...]:
    return (
        Feature(f"{slot}_days_since", "affinity", "days", f"since the customer last did anything in the item's {slot}"),
        Feature(f"{slot}_session", "affinity", "events", f"what the customer did in its {slot} in the last 30 minutes"),
        Feature(f"{slot}_orders", "affinity", "orders", f"orders of the customer that have something of its {slot}"),
        Feature(
            f"{slot}_lateness",
            "affinity",
            "ratio",
            "days since the last of them over the days between two of them: 1 is due; from the second one on",
        ),
        Feature(
            f"{slot}_item_share",
            "affinity",
            "share",
            f"share of the item itself in what the customer did in its {slot}, weighed and decayed",
        ),
        Feature(
            f"price_to_own_{slot}",
            "price",
            "log ratio",
            f"price against what the customer looks at and buys in its {slot}: 0 is as usual",
        ),
    )


_WEIGHT, _LAST, _SESSION, _FIRST_ORDER, _LAST_ORDER, _ORDERS, _PRICE, _PRICED = range(8)
_SUMS: Final = 8
"""Columns of the sums by code."""


class Affinity(Group):
    """Shares of the customer's decayed, weighed history by what items are like.

    Args:
        codes: int32[items, slots], one numbering over all slots; UNKNOWN where the shop does not say.
        size: How many numbers there are.
        log_price: float32[items].
    """

    features: ClassVar[tuple[Feature, ...]] = (
        *(
            Feature(
                f"{slot}_share",
                "affinity",
                "share",
                f"share of the item's {slot} in what the customer did, weighed, each event counting half after 60 days",
            )
            for slot in SLOTS
        ),
        *(feature for slot in list(SLOTS)[:_DETAILED] for feature in _detailed(slot)),
    )

    def __init__(self, codes: Rows, size: int, log_price: Floats) -> None:
        self._codes, self._size, self._log_price = codes, size, log_price
        # Each thread has sums of its own, so that requests answered side by side do not mix.
        self._own = local()

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Number the values of all slots."""
        table = facts.dataset.item_table
        codes = np.full((facts.n_items, len(SLOTS)), -1, np.int32)
        size = 0
        for slot, names in enumerate(SLOTS.values()):
            for name in names:
                found, count = codes_of(table, name)
                if count:
                    codes[:, slot] = np.where(found >= 0, found + size, -1)
                    size += count
                    break
        return cls(codes, size, facts.log_price)

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        sums: NDArray[np.float64] | None = getattr(self._own, "sums", None)
        if sums is None:
            sums = self._own.sums = np.zeros((self._size, _SUMS))
        _fill(
            out, at, sums, self._codes, self._log_price, asked.rows, asked.item_ix, asked.timestamp_us, asked.kind,
            asked.weight, asked.now_us,
        )  # fmt: skip

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {"codes": self._codes, "size": np.array(self._size), "log_price": self._log_price}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(arrays["codes"], int(arrays["size"].item()), arrays["log_price"])


@native
def _fill(
    out: Floats,
    at: int,
    sums: NDArray[np.float64],
    codes: Rows,
    log_price: Floats,
    rows: Rows,
    item_ix: Rows,
    time_us: NDArray[np.int64],
    kind: NDArray[np.int8],
    weight: Floats,
    now_us: int,
) -> None:
    """Sums are 0 before and after."""
    slots = codes.shape[1]
    totals = np.zeros(slots)
    own = np.zeros(len(rows))
    for event in range(len(item_ix)):
        item = item_ix[event]
        if item < 0:
            continue
        worth = max(weight[event], np.float32(0)) * exp2((time_us[event] - now_us) / (DAY_US * _HALF_LIFE_DAYS))
        place = place_of(rows, item)
        if place >= 0:
            own[place] += worth
        for slot in range(slots):
            code = codes[item, slot]
            if code >= 0:
                sums[code, _WEIGHT] += worth
                totals[slot] += worth
                if slot < _DETAILED:
                    _add(sums[code], worth, log_price[item], time_us[event], kind[event] == BOUGHT, now_us)
    for row in range(len(rows)):
        mine = out[row, at : at + slots + 6 * _DETAILED]
        _told(mine, sums, codes[rows[row]], totals, own[row], log_price[rows[row]], now_us)
    for event in range(len(item_ix)):
        if item_ix[event] >= 0:
            _forget(sums, codes[item_ix[event]])


@native
def _told(
    mine: Floats,
    sums: NDArray[np.float64],
    codes: Rows,
    totals: NDArray[np.float64],
    own: float,
    log_price: float,
    now_us: int,
) -> None:
    """The columns of one candidate."""
    slots = len(codes)
    mine[:] = np.nan
    for slot in range(slots):
        code = codes[slot]
        if code >= 0 and totals[slot] > 0:
            mine[slot] = sums[code, _WEIGHT] / totals[slot]
            if slot < _DETAILED:
                first = slots + 6 * slot
                _tell(mine[first : first + 6], sums[code], own, log_price, now_us)


@native
def _forget(sums: NDArray[np.float64], codes: Rows) -> None:
    """Sums of an item's codes are 0 again."""
    for code in codes:
        if code >= 0:
            sums[code] = 0


@native
def _add(mine: NDArray[np.float64], worth: float, log_price: float, time_us: int, bought: bool, now_us: int) -> None:
    """One event in a category."""
    mine[_LAST] = time_us
    mine[_SESSION] += now_us - time_us <= SESSION_US
    if not np.isnan(log_price):
        mine[_PRICE] += worth * log_price
        mine[_PRICED] += worth
    if bought and (mine[_ORDERS] == 0 or mine[_LAST_ORDER] != time_us):
        if mine[_ORDERS] == 0:
            mine[_FIRST_ORDER] = time_us
        mine[_LAST_ORDER] = time_us
        mine[_ORDERS] += 1


@native
def _tell(out: Floats, mine: NDArray[np.float64], own: float, log_price: float, now_us: int) -> None:
    """The six columns of a slot with details."""
    out[1] = mine[_SESSION]
    out[2] = mine[_ORDERS]
    if mine[_LAST] > 0:
        out[0] = (now_us - mine[_LAST]) / DAY_US
    if mine[_ORDERS] > 1:
        gap_days = max((mine[_LAST_ORDER] - mine[_FIRST_ORDER]) / DAY_US / (mine[_ORDERS] - 1), 0.5)
        out[3] = (now_us - mine[_LAST_ORDER]) / DAY_US / gap_days
    if mine[_WEIGHT] > 0:
        out[4] = own / mine[_WEIGHT]
    if mine[_PRICED] > 0:
        out[5] = log_price - mine[_PRICE] / mine[_PRICED]
