"""How many of a kind stand among the first."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import UNKNOWN
from parure.core.config import Config
from parure.core.slate import Effect, Positions, Slate
from parure.dataset import Dataset
from parure.rules.columns import Codes, codes, price_segments
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_PART: Final = 2
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
        self._caps = [cap for cap, _ in wanted if cap]
        self._columns: list[Codes] = []
        for column in (read().astype(np.int32) for cap, read in wanted if cap):
            # No two columns share a code, so that one set can tell which are full.
            past = max((int(other.max(initial=UNKNOWN)) for other in self._columns), default=UNKNOWN) + 1
            self._columns.append(np.where(column == UNKNOWN, UNKNOWN, column + past).astype(np.int32))
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is one too many behind the others."""
        k = shopper.query.k
        if not self._caps or k <= min(self._caps):
            return slate
        order = slate.ranked()
        if not self._is_over(slate.item_ix.take(order[:k])):
            return slate
        over = self._over(slate.item_ix, order, k)
        back = order[over]
        stays = np.ones(len(order), dtype=bool)
        stays[over] = False
        moved = np.zeros(len(slate.item_ix), dtype=bool)
        moved[back] = True
        return slate.arrange(np.concatenate([order[stays], back]), self.kind, "over_cap", moved)

    def _is_over(self, shown: NDArray[np.int32]) -> bool:
        """Whether more are alike of those shown than a cap allows; mostly there are not, and this says so soon."""
        for cap, column in zip(self._caps, self._columns, strict=True):
            kinds = column.take(shown).tolist()
            distinct = set(kinds)
            # The largest kind has at most one more than what is left when each kind has given one.
            if len(kinds) - len(distinct) >= cap and any(kinds.count(c) > cap for c in distinct if c != UNKNOWN):
                return True
        return False

    def _over(self, item_ix: NDArray[np.int32], order: Positions, k: int) -> list[int]:
        """The places of the order that step back, ascending, until ``k`` others are found."""
        counts: dict[int, int] = {}
        full: set[int] = set()
        over: list[int] = []
        for start in range(0, len(order), _PART * k):
            rows = item_ix.take(order[start : start + _PART * k])
            kinds = zip(*(column.take(rows).tolist() for column in self._columns), strict=True)
            for place, kind in enumerate(kinds, start):
                if not full.isdisjoint(kind):
                    over.append(place)
                    continue
                for code, cap in zip(kind, self._caps, strict=True):
                    counts[code] = count = counts.get(code, 0) + 1
                    if count == cap and code != UNKNOWN:
                        full.add(code)
                if place + 1 - len(over) == k:
                    return over
        return over
