"""How many of a kind stand among the first."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import Codes, codes, price_segments
from parure.rules.placing import put
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_PART: Final = 3
"""So many times the places to fill are looked at in one go."""


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
        self._columns: list[tuple[int, Codes | NDArray[np.int8]]] = [(cap, read()) for cap, read in wanted if cap]
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is one too many behind the others."""
        k = shopper.query.k
        if not self._columns or k <= min(cap for cap, _ in self._columns):
            return slate
        order = slate.ranked()
        if not self._may_be_over(slate.item_ix.take(order[:k])):
            return slate
        over = self._over(slate.item_ix.take(order), k)
        if not over:
            return slate
        back = order[over]
        arranged, moved = put(slate, order, back, slice(len(order) - len(over), None))
        return slate.arrange(arranged, self.kind, "over_cap", moved)

    def _may_be_over(self, shown: NDArray[np.int32]) -> bool:
        """Whether so many of those shown are alike that a cap can be passed: what says no says so soon."""
        # The largest kind has at most one more than what is left when each kind has given one.
        return any(len(shown) - len(set(column.take(shown).tolist())) >= cap for cap, column in self._columns)

    def _over(self, rows: NDArray[np.int32], k: int) -> list[int]:
        """The places that step back, ascending, until ``k`` others are found."""
        counts: list[dict[int, int]] = [{} for _ in self._columns]
        over: list[int] = []
        for start in range(0, len(rows), _PART * k):
            part = rows[start : start + _PART * k]
            kinds = zip(*(column.take(part).tolist() for _, column in self._columns), strict=True)
            for place, kind in enumerate(kinds, start):
                if place - len(over) == k:
                    return over
                if self._is_over(kind, counts):
                    over.append(place)
        return over

    def _is_over(self, kind: tuple[int, ...], counts: list[dict[int, int]]) -> bool:
        """Whether an item is one too many of one of its kinds; one that is not is counted."""
        for code, (cap, _), count in zip(kind, self._columns, counts, strict=True):
            if code >= 0 and count.get(code, 0) >= cap:
                return True
        for code, count in zip(kind, counts, strict=True):
            count[code] = count.get(code, 0) + 1
        return False
