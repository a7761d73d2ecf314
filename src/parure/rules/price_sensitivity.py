"""Whether an item costs far more than what the customer usually pays."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan
from typing import ClassVar, Self

from pydantic import Field

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import prices
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


class PriceSensitivityConfig(Config):
    """Parameters of :class:`PriceSensitivity`."""

    max_ratio: float = Field(default=1.5, gt=0, le=1000)
    """The dearest item that is shown, as a multiple of the customer's average price."""


class PriceSensitivity(Rule[PriceSensitivityConfig]):
    """Holds back what costs more than ``max_ratio`` times the customer's average price.

    Somebody whose prices are not known sees everything; so does an item without a price pass.
    """

    kind: ClassVar[str] = "price_sensitivity"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"dearer_than_usual": "costs far more than the customer usually pays"}
    config_type: ClassVar[type[Config]] = PriceSensitivityConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the prices."""
        self._prices = Column(prices(dataset))
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The prices."""
        return (self._prices,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without what is too dear."""
        if isnan(shopper.avg_price_cents):
            return slate
        most = self.config.max_ratio * shopper.avg_price_cents
        return slate.drop_outside(self._prices, -inf, most, self.kind, "dearer_than_usual")
