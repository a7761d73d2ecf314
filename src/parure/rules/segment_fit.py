"""Whether an item is priced for what the customer spends."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Annotated, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import SEGMENTS, price_segments, prices
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_Factor = Annotated[float, Field(ge=0, le=1)]


class SegmentFitConfig(Config):
    """Parameters of :class:`SegmentFit`."""

    factors: tuple[_Factor, _Factor, _Factor] = (0.95, 0.85, 0.7)
    """What the score of an item is multiplied by that is one, two or three segments away from the customer's."""


class SegmentFit(Rule[SegmentFitConfig]):
    """Lowers what is priced for customers who spend more, or less.

    Customers are small, low-average, average or high spenders; items are likewise in one of four quarters by price.
    The customer's segment is the shop's (attribute ``spending_segment``), or else read from the average price of what
    they bought, by the borders between the shop's customers. Somebody of neither sees everything as it is; so does an
    item without a price stay.
    """

    kind: ClassVar[str] = "segment_fit"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {"other_spending_segment": "priced for customers who spend more, or less"}
    config_type: ClassVar[type[Config]] = SegmentFitConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the borders between customers, and the quarters of prices."""
        self._segments = Column(price_segments(dataset).astype(np.int32))
        self._borders = _customer_borders(dataset)
        factor_of = (1.0, *self.config.factors)
        # One more column, which UNKNOWN (-1) falls on.
        table = [[*(factor_of[abs(mine - its)] for its in range(len(SEGMENTS))), 1.0] for mine in range(len(SEGMENTS))]
        self._factors = np.array(table, dtype=np.float32)
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The quarters of prices."""
        return (self._segments,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is further away lower."""
        segment = self._segment_of(shopper)
        if segment is None:
            return slate
        return slate.reweigh_coded(self._segments, self._factors[segment], self.kind, "other_spending_segment")

    def _segment_of(self, shopper: Shopper) -> int | None:
        named = shopper.query.attributes.get("spending_segment")
        if named in SEGMENTS:
            return SEGMENTS.index(named)
        average = shopper.avg_price_cents
        return None if isnan(average) else int(self._borders.searchsorted(average))


def _customer_borders(dataset: Dataset) -> NDArray[np.float64]:
    """The three average prices, in cents, up to which a customer belongs to each segment but the last: float64[3].

    They are read from the segments that the dataset has given; else they are the quartiles of the customers' average
    prices, and of the catalogue's prices where nobody has bought.
    """
    average = np.asarray(dataset.user_table.column("avg_price_cents").fill_null(0).to_numpy(), dtype=np.float64)
    segment = dataset.user_table.column("spending_segment").cast(pa.string())
    tops = [average[np.asarray(pc.equal(segment, name).fill_null(False))].max(initial=0) for name in SEGMENTS[:-1]]
    if max(tops) > 0:
        # A segment without customers ends where the one below it does.
        return np.maximum.accumulate(np.array(tops))
    paid = average[average > 0]
    if not len(paid):
        paid = prices(dataset).astype(np.float64)
        paid = paid[~np.isnan(paid)]
    return np.quantile(paid, (0.25, 0.5, 0.75), method="inverted_cdf") if len(paid) else np.full(3, np.inf)
