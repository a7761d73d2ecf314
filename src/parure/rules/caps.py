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
        self._least = min((cap for cap, _ in wanted if cap), default=0)
        self._columns: list[NDArray[np.int64]] = []
        past = 0
        for cap, read in wanted:
            if cap:
                kinds = read().astype(np.int64)
                # No two columns share a number, and each number carries its cap: what is asked for every item is then
                # one set and one dictionary. UNKNOWN (-1) carries more than any cap.
                self._columns.append(np.where(kinds == UNKNOWN, UNKNOWN, (kinds + past) * _ROOM + cap))
                past += int(kinds.max(initial=UNKNOWN)) + 1
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is one too many behind the others."""
        k = shopper.query.k
        if not self._columns or k <= self._least:
            return slate
        order = slate.ranked()
        over = self._over(slate.item_ix, order, k)
        if not over:
            return slate
        places = np.array(over, dtype=np.intp)
        back = order.take(places)
        stays = np.ones(len(order), dtype=bool)
        stays[places] = False
        moved = np.zeros(len(slate.item_ix), dtype=bool)
        moved[back] = True
        return slate.arrange(np.concatenate([order[stays], back]), self.kind, "over_cap", moved)

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
                for code in kind:
                    counts[code] = count = counts.get(code, 0) + 1
                    if count == code % _ROOM:
                        full.add(code)
                if place + 1 - len(over) == k:
                    return over
        return over
