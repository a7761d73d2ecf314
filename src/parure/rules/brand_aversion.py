"""Whether the customer passes a brand by."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import numpy as np
from pydantic import Field

from parure.core import EventKind
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import Tally, codes, of_events
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_SHOWN: Final = (EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK)
_WANTED: Final = (EventKind.PURCHASE, EventKind.ADD_TO_CART, EventKind.ADD_TO_WISHLIST)
_OUTWEIGHS: Final = -1e6
"""One of these makes up for any number of looks."""


class BrandAversionConfig(Config):
    """Parameters of :class:`BrandAversion`."""

    column: str = Field(default="brand", min_length=1)
    """Column of the item table that is looked at."""
    min_times: int = Field(default=5, ge=1, le=100_000)
    """So often the customer must have seen, viewed or clicked items of a brand, and wanted none."""
    factor: float = Field(default=0.5, ge=0, le=1)
    """What the scores of such a brand's items are multiplied by."""


class BrandAversion(Rule[BrandAversionConfig]):
    """Lowers brands that the customer has often been shown and never bought, put in the cart or on a wish list."""

    kind: ClassVar[str] = "brand_aversion"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {"brand_passed_by": "of a brand often seen and never bought"}
    config_type: ClassVar[type[Config]] = BrandAversionConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the brands. A shop without them leaves the rule nothing to do."""
        brands, names = codes(dataset, self.config.column)
        self._brands = of_events(brands)
        self._tally = Tally(len(names)) if names else None
        self._says = np.zeros(128, dtype=np.float32)
        self._says[list(_SHOWN)] = 1
        self._says[list(_WANTED)] = _OUTWEIGHS
        self._factors = np.array([1, self.config.factor], dtype=np.float32)
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With brands passed by lower."""
        history = shopper.query.history
        if self._tally is None or len(history) < self.config.min_times:
            return slate
        seen = self._brands.take(shopper.rows)
        said = self._tally.sums(seen, self._says.take(history.kind), self._brands.take(slate.item_ix))
        passed_by = said >= self.config.min_times
        if not np.count_nonzero(passed_by):
            return slate
        return slate.reweigh(self._factors.take(passed_by.view(np.int8)), self.kind, "brand_passed_by")
