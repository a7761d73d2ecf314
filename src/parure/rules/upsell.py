"""Whether something a little dearer than usual is worth a better place."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar, Self

from pydantic import Field

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import prices
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


class UpsellConfig(Config):
    """Parameters of :class:`Upsell`."""

    factor: float = Field(default=0.2, ge=0, le=1)
    """How much a dearer item is raised at most, as a share of its score; 0 switches the rule off."""
    price_weight: float = Field(default=0.5, ge=0, le=1)
    """How far the raise follows the price: 1 in proportion to how much dearer it is, 0 the same for all dearer ones."""
    max_ratio: float = Field(default=1.5, gt=1, le=1000)
    """The dearest item that is raised, as a multiple of the customer's average price."""
    max_order_ratio: float = Field(default=1.2, gt=0, le=1000)
    """The dearest item that is raised, as a multiple of the customer's average order."""


class Upsell(Rule[UpsellConfig]):
    """Raises what is dearer than the customer's average price, as long as it stays in their budget.

    With the item's price p, the customer's average price a, and as ceiling c the lower of ``max_ratio`` times a and
    ``max_order_ratio`` times the average order, the score of an item with a < p <= c is multiplied by

        1 + factor * (1 - price_weight + price_weight * (p - a) / (c - a))

    and that of any other item is left. Nothing changes for somebody who has not bought, nor for items without a price.
    """

    kind: ClassVar[str] = "upsell"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {"upsold": "a little dearer than usual, within the customer's budget"}
    config_type: ClassVar[type[Config]] = UpsellConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the prices."""
        self._prices = Column(prices(dataset))
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The prices."""
        return (self._prices,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is dearer and affordable higher."""
        config = self.config
        average = shopper.avg_price_cents
        if not config.factor or isnan(average):
            return slate
        ceiling = min(config.max_ratio * average, config.max_order_ratio * shopper.avg_order_cents)
        if ceiling <= average:
            return slate
        return slate.raise_between(
            self._prices, average, ceiling, config.factor, config.price_weight, self.kind, "upsold"
        )
