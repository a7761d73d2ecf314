"""Whether an item fits what the customer usually spends on an order."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import ClassVar, Self

from pydantic import Field

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import prices
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


class BudgetConfig(Config):
    """Parameters of :class:`Budget`."""

    above: float = Field(default=0.5, ge=0, le=1000)
    """How far a price may lie above the average value of the customer's orders, as a share of it: 0.5 for half more."""
    below: float | None = Field(default=None, ge=0, le=1)
    """How far a price may lie below it, as a share of it; left out, nothing is too cheap."""
    min_orders: int = Field(default=2, ge=1, le=1000)
    """Somebody with fewer orders has no budget yet and sees everything."""


class Budget(Rule[BudgetConfig]):
    """Holds back what costs more than the average value of the customer's past orders, plus a margin.

    An order holds several items, so cheap ones fit any budget: the margin below is off until it is set. Somebody
    without an order sees everything; an item without a price passes.
    """

    kind: ClassVar[str] = "budget"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {
        "over_budget": "costs more than the customer's orders come to",
        "under_budget": "costs far less than the customer's orders come to",
    }
    config_type: ClassVar[type[Config]] = BudgetConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the prices."""
        self._prices = Column(prices(dataset))
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The prices."""
        return (self._prices,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without what is over the budget, or under it."""
        if shopper.orders < self.config.min_orders:
            return slate
        # NaN where no price was ever known: then no price lies outside, as none does of an item without a price.
        budget = shopper.avg_order_cents
        slate = slate.drop_outside(self._prices, -inf, budget * (1 + self.config.above), self.kind, "over_budget")
        if self.config.below is None:
            return slate
        return slate.drop_outside(self._prices, budget * (1 - self.config.below), inf, self.kind, "under_budget")
