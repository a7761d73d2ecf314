"""How much of what the customer likes is of one brand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.columns import Column, Sheet
from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import Tally, added_up, codes
from parure.rules.rule import Rows, Rule
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
        brands, names = codes(dataset, self.config.column)
        self._brands = Column(brands)
        self._tally = Tally(len(names)) if names and self.config.max_lift else None
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The brands."""
        return (self._brands,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With liked brands higher."""
        history = shopper.query.history
        if self._tally is None or not len(history):
            return slate
        factor = _lifted(
            history.weight, shopper.rows, self._tally.sums, *self._brands.place, slate.item_ix, self.config.max_lift
        )
        return slate if factor is None else slate.reweigh(factor, self.kind, "liked_brand")


@native
def _lifted(
    weight: NDArray[np.float32],
    rows: Rows,
    sums: NDArray[np.float32],
    sheet: Sheet,
    brands: int,
    item_ix: Rows,
    max_lift: float,
) -> NDArray[np.float32] | None:
    """What the scores of candidates are multiplied by, float32[n]; None where no weight is above 0.

    Args:
        weight: float32[events].
        rows: int32[events], the items of the history.
        sums: See :class:`Tally`.
        sheet: float32[items, columns].
        brands: The column with the brands.
        item_ix: int32[n], the candidates.
        max_lift: What all of the weight comes to.
    """
    total = 0.0
    for event in range(len(weight)):
        total += max(weight[event], 0)
    if total <= 0:
        return None
    lift = np.empty(len(weight), np.float32)
    for event in range(len(weight)):
        lift[event] = max(weight[event], 0) * (max_lift / total)
    return added_up(sums, sheet, brands, rows, lift, item_ix, 1.0)
