"""How much of what the customer likes is of one brand."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import Tally, codes
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


class BrandAffinityConfig(Config):
    """Parameters of :class:`BrandAffinity`."""

    column: str = Field(default="brand", min_length=1)
    """Column of the item table that is looked at."""
    max_lift: float = Field(default=0.2, ge=0, le=10)
    """How much the items of a brand are raised, as a share of their scores, by somebody who likes that brand only."""


class BrandAffinity(Rule[BrandAffinityConfig]):
    """Raises brands by their share of what the customer likes.

    The share is that of the positive weights in the history (a purchase weighs more than a look); a score is
    multiplied by 1 + ``max_lift`` * share.
    """

    kind: ClassVar[str] = "brand_affinity"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {"liked_brand": "of a brand that the customer likes"}
    config_type: ClassVar[type[Config]] = BrandAffinityConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the brands. A shop without them leaves the rule nothing to do."""
        self._brands, names = codes(dataset, self.config.column)
        self._tally = Tally(len(names)) if names and self.config.max_lift else None
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With liked brands higher."""
        history = shopper.query.history
        if self._tally is None or not len(history):
            return slate
        lift = _shares(history.weight, self.config.max_lift)
        if not len(lift):
            return slate
        factor = self._tally.sums(self._brands, shopper.rows, lift, slate.item_ix, 1.0)
        return slate.reweigh(factor, self.kind, "liked_brand")


@native
def _shares(weight: NDArray[np.float32], whole: float) -> NDArray[np.float32]:
    """How each event shares in a whole, by the weights above 0: float32[events]; none where no weight is."""
    total = 0.0
    for event in range(len(weight)):
        total += max(weight[event], 0)
    shares = np.empty(len(weight) if total > 0 else 0, np.float32)
    for event in range(len(shares)):
        shares[event] = max(weight[event], 0) * (whole / total)
    return shares
