"""Whether an item costs what the shop allows here, and about as much as what is on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from parure.core.columns import Column
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import prices
from parure.rules.held import Held
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper


class PriceRangeConfig(Config):
    """Parameters of :class:`PriceRange`."""

    min_price: float | None = Field(default=None, ge=0, le=1e9)
    """The cheapest item that is shown, in whole units of money, as in 19.90; no bound where left out."""
    max_price: float | None = Field(default=None, ge=0, le=1e9)
    """The dearest item that is shown, in whole units of money; no bound where left out."""
    around_page: bool = True
    """Whether items must cost about as much as what is on the page or in the cart."""
    page_low: float = Field(default=0.5, ge=0, le=1)
    """The cheapest item, as a multiple of the cheapest price on the page."""
    page_high: float = Field(default=2.0, ge=1, le=1000)
    """The dearest item, as a multiple of the dearest price on the page."""

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError(f"min_price is {self.min_price}, which is more than max_price, {self.max_price}")
        return self


class PriceRange(Rule[PriceRangeConfig]):
    """Holds back what lies outside a range of prices: the shop's own, or that of what is on the page.

    By default an item on the page for 100 is met by items from 50 to 200. An item without a price passes, and so does
    everything where nothing on the page has one.
    """

    kind: ClassVar[str] = "price_range"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {
        "outside_price_range": "costs less or more than what is shown here",
        "unlike_page_price": "costs far less or more than what is on the page",
    }
    config_type: ClassVar[type[Config]] = PriceRangeConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the prices."""
        self._prices = Column(prices(dataset))
        self.follow(dataset)
        return self

    def follow(self, dataset: Dataset) -> None:
        """See what lies outside the shop's own range."""
        del dataset
        low, high = self.config.min_price, self.config.max_price
        # In double precision: 19.90 in cents is no whole number as a float32. A comparison with NaN is false.
        cents = self._prices.values.astype(np.float64)
        outside = np.zeros(len(cents), dtype=bool)
        if low is not None:
            outside |= cents < round(low * 100)
        if high is not None:
            outside |= cents > round(high * 100)
        self._outside = Held.of(outside)

    @property
    def columns(self) -> Sequence[Column]:
        """The prices."""
        return (self._prices,)

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """What is outside the shop's own range."""
        del shopper
        return ("outside_price_range", self._outside.rows) if len(self._outside) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without that, and without what costs unlike the page."""
        slate = self._outside.dropped(slate, self.kind, "outside_price_range")
        if not self.config.around_page or not len(shopper.page):
            return slate
        on_page = [price for price in self._prices.values.take(shopper.page).tolist() if price > 0]
        if not on_page:
            return slate
        low, high = self.config.page_low * min(on_page), self.config.page_high * max(on_page)
        return slate.drop_outside(self._prices, low, high, self.kind, "unlike_page_price")
