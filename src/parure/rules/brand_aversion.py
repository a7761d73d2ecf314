"""Whether the customer passes a brand by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import EventKind
from parure.core.columns import Column, Sheet
from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import Tally, added_up, codes
from parure.rules.rule import Rows, Rule
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
        self._brands = Column(brands)
        self._tally = Tally(len(names)) if names else None
        self._says = np.zeros(128, dtype=np.float32)
        self._says[list(_SHOWN)] = 1
        self._says[list(_WANTED)] = _OUTWEIGHS
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The brands."""
        return (self._brands,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With brands passed by lower."""
        history = shopper.query.history
        if self._tally is None or len(history) < self.config.min_times:
            return slate
        config = self.config
        factor = _lowered(
            history.kind,
            shopper.rows,
            self._says,
            self._tally.sums,
            *self._brands.place,
            slate.item_ix,
            config.min_times,
            config.factor,
        )
        return slate if factor is None else slate.reweigh(factor, self.kind, "brand_passed_by")


@native
def _lowered(
    kinds: NDArray[np.int8],
    rows: Rows,
    says: NDArray[np.float32],
    sums: NDArray[np.float32],
    sheet: Sheet,
    brands: int,
    item_ix: Rows,
    min_times: int,
    factor: float,
) -> NDArray[np.float32] | None:
    """What the scores of candidates are multiplied by, float32[n]; None where none is of a brand passed by.

    Args:
        kinds: int8[events].
        rows: int32[events], the items of the history.
        says: float32[128], what each kind of event says of its brand.
        sums: See :class:`Tally`.
        sheet: float32[items, columns].
        brands: The column with the brands.
        item_ix: int32[n], the candidates.
        min_times: From such a sum on a brand is passed by.
        factor: What its items' scores are multiplied by.
    """
    words = np.empty(len(kinds), np.float32)
    for event in range(len(kinds)):
        words[event] = says[kinds[event]]
    found = added_up(sums, sheet, brands, rows, words, item_ix, 0.0)
    count = 0
    for place in range(len(found)):
        is_passed_by = found[place] >= min_times
        found[place] = factor if is_passed_by else 1
        count += is_passed_by
    return found if count else None
