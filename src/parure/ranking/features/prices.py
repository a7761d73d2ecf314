"""What the item costs, against what the customer usually pays."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import ClassVar, Self

import numpy as np

from parure.core.artifacts import Array
from parure.core.native import native
from parure.ranking.features.group import Asked, Facts, Feature, Floats, Group, Rows


def _price(name: str, unit: str, says: str) -> Feature:
    return Feature(name, "price", unit, says)


class Prices(Group):
    """Prices against the customer's range: what they look at and buy, each event by its weight.

    Args:
        log_price: float32[items], of the price in cents.
    """

    features: ClassVar[tuple[Feature, ...]] = (
        _price("price_to_customer", "log ratio", "price against what the customer looks at and buys: 0 is as usual"),
        _price("price_distance", "deviations", "how far that is from it, in the customer's own deviations"),
        _price("customer_price", "log cents", "what the things cost that the customer looks at and buys, on average"),
        _price("customer_price_spread", "log", "how widely those prices lie: their standard deviation"),
    )

    def __init__(self, log_price: Floats) -> None:
        self._log_price = log_price

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Keep the prices."""
        return cls(facts.log_price)

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        _fill(out, at, self._log_price, asked.rows, asked.item_ix, asked.weight)

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {"log_price": self._log_price}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(arrays["log_price"])


@native
def _fill(out: Floats, at: int, log_price: Floats, rows: Rows, item_ix: Rows, weight: Floats) -> None:
    whole, first, second, events = 0.0, 0.0, 0.0, 0
    for event in range(len(item_ix)):
        if item_ix[event] < 0 or weight[event] <= 0 or np.isnan(log_price[item_ix[event]]):
            continue
        price = np.float64(log_price[item_ix[event]])
        whole += weight[event]
        first += weight[event] * price
        second += weight[event] * price * price
        events += 1
    mean, spread = np.nan, np.nan
    if events:
        mean = first / whole
    if events > 2:
        spread = sqrt(max(second / whole - mean * mean, 0.0))
    for row in range(len(rows)):
        apart = log_price[rows[row]] - mean
        out[row, at] = apart
        out[row, at + 1] = apart / max(spread, 0.05) if events > 2 else np.nan
        out[row, at + 2] = mean
        out[row, at + 3] = spread
