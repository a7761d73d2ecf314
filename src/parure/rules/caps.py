"""How many of a kind stand among the first."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Positions, Slate
from parure.dataset import Dataset
from parure.rules.columns import codes, price_segments
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_PART: Final = 2
"""So many times the places to fill are looked at in one go."""
_ROOM: Final = 1 << 14
"""More than any cap."""


class CapsConfig(Config):
    """Parameters of :class:`Caps`. A cap of 0 is none."""

    category: int = Field(default=6, ge=0, le=10_000)
    """So many items of one category may stand among those shown."""
    brand: int = Field(default=4, ge=0, le=10_000)
    """So many items of one brand may stand among those shown."""
    price_band: int = Field(default=0, ge=0, le=10_000)
    """So many items of one quarter of the shop's prices may stand among those shown."""


class Caps(Rule[CapsConfig]):
    """Lets at most so many of one category, brand and price band stand among the first k.

    From the best on, whatever would be one too many steps back behind all the others, where it still fills up a list
    that would stay short. An item without a category, brand or price is not counted there.
    """

    kind: ClassVar[str] = "caps"
    effect: ClassVar[Effect] = Effect.ARRANGES
    reasons: ClassVar[dict[str, str]] = {"over_cap": "enough of its kind stand before it"}
    config_type: ClassVar[type[Config]] = CapsConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the kinds that are counted."""
        config = self.config
        wanted = (
            (config.category, lambda: codes(dataset, "category")[0]),
            (config.brand, lambda: codes(dataset, "brand")[0]),
            (config.price_band, lambda: price_segments(dataset)),
        )
        self._caps = np.array([cap for cap, _ in wanted if cap], dtype=np.int64)
        columns = [read().astype(np.int32) for cap, read in wanted if cap]
        # What concerns one item lies together.
        self._kinds = np.stack(columns, axis=1) if columns else np.empty((len(dataset.items), 0), np.int32)
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is one too many behind the others."""
        if not len(self._caps):
            return slate
        count, arranged, over = _stepped_back(slate.item_ix, slate.ranked(), self._kinds, self._caps, shopper.query.k)
        return slate.arrange(arranged, self.kind, "over_cap", over) if count else slate


@native
def _stepped_back(
    item_ix: NDArray[np.int32], order: Positions, kinds: NDArray[np.int32], caps: NDArray[np.int64], k: int
) -> tuple[int, Positions, NDArray[np.bool_]]:
    """How many step back until ``k`` others are found, the order with them behind, and which of the candidates do.

    Args:
        item_ix: int32[n], the candidates.
        order: intp[m], places of those that are kept.
        kinds: int32[items, columns], the kind of each item in each column; UNKNOWN is not counted.
        caps: int64[columns].
        k: How many are shown.
    """
    over = np.zeros(len(item_ix), np.bool_)
    back = np.empty_like(order)
    arranged = np.empty_like(order)
    count = stay = 0
    for place in range(len(order)):
        row = item_ix[order[place]]
        full = False
        if stay < k:
            for column in range(len(caps)):
                alike = 0
                if kinds[row, column] >= 0:
                    for before in range(stay):
                        alike += kinds[item_ix[arranged[before]], column] == kinds[row, column]
                full = full or alike >= caps[column]
        if full:
            over[order[place]] = True
            back[count] = order[place]
            count += 1
        else:
            arranged[stay] = order[place]
            stay += 1
    arranged[stay:] = back[:count]
    return count, arranged, over
