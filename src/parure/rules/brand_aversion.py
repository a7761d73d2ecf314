"""Whether the customer passes a brand by."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import EventKind
from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import Tally, codes
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
        self._brands, names = codes(dataset, self.config.column)
        self._tally = Tally(len(names)) if names else None
        self._says = np.zeros(128, dtype=np.float32)
        self._says[list(_SHOWN)] = 1
        self._says[list(_WANTED)] = _OUTWEIGHS
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With brands passed by lower."""
        history = shopper.query.history
        if self._tally is None or len(history) < self.config.min_times:
            return slate
        said = self._tally.sums(self._brands, shopper.rows, _words(history.kind, self._says), slate.item_ix)
        count, factor = _lowered(said, self.config.min_times, self.config.factor)
        return slate.reweigh(factor, self.kind, "brand_passed_by") if count else slate


@native
def _words(kinds: NDArray[np.int8], says: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each event says of its brand."""
    found = np.empty(len(kinds), np.float32)
    for event in range(len(kinds)):
        found[event] = says[kinds[event]]
    return found


@native
def _lowered(said: NDArray[np.float32], min_times: int, factor: float) -> tuple[int, NDArray[np.float32]]:
    """How many are of a brand that has been passed by, and what the scores are multiplied by."""
    found = np.ones(len(said), np.float32)
    count = 0
    for place in range(len(said)):
        if said[place] >= min_times:
            found[place] = factor
            count += 1
    return count, found
