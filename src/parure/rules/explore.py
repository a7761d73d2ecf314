"""Places for what would not have been shown, so that something can be learned about it."""

from __future__ import annotations

from hashlib import blake2b
from typing import ClassVar, Final, Literal, Self

import numpy as np
from pydantic import Field

from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.slate import Effect, Positions, Slate
from parure.dataset import Dataset
from parure.rules.columns import counts
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_WORD: Final = (1 << 64) - 1


class ExploreConfig(Config):
    """Parameters of :class:`Explore`."""

    share: float = Field(default=0.1, ge=0, le=0.5)
    """Share of the places shown that go to items from further down, on average over requests."""
    source: Literal["random", "popular", "uncertain"] = "random"
    """Which items get them: any, those that most customers bought, or those that fewest customers bought."""
    among: int = Field(default=20, ge=1, le=10_000)
    """Chance chooses among so many of the most bought, or of the least bought."""


class Explore(Rule[ExploreConfig]):
    """Gives some of the places to items from below the first k; never the first place.

    How many, which places and which items is left to chance, and chance follows from the request's id, the customer
    and the day: asking again gives the same. The steps mark the items, so that what is learned from them can be told
    apart.
    """

    kind: ClassVar[str] = "explore"
    effect: ClassVar[Effect] = Effect.ARRANGES
    reasons: ClassVar[dict[str, str]] = {
        "explored_random": "shown to learn about it, by chance",
        "explored_popular": "shown to learn about it, being bought by many",
        "explored_uncertain": "shown to learn about it, being bought by few so far",
    }
    config_type: ClassVar[type[Config]] = ExploreConfig

    def fit(self, dataset: Dataset) -> Self:
        """Count the buyers, where they matter."""
        buyers = counts(dataset, "buyers") if self.config.source != "random" else np.empty(0, np.float32)
        # Less is sooner chosen.
        self._cost = -buyers if self.config.source == "popular" else buyers
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With some of the places given to others."""
        k = shopper.query.k
        if not self.config.share or k < 2 or len(slate) <= k:
            return slate
        chance = Chance(shopper)
        number = min(int(self.config.share * k + chance.part()), k - 1)
        if not number:
            return slate
        arranged = slate.ranked().copy()
        explored = np.zeros(len(slate.item_ix), dtype=bool)
        below = sorted(self._chosen(slate, arranged[k:], number, chance))
        for place, chosen in zip(sorted(chance.sample(len(below), k - 1)), below, strict=True):
            # Both ascend: what is moved here is where it was, and stays where it comes.
            at, start = k + chosen, place + 1
            item = arranged[at]
            arranged[start + 1 : at + 1] = arranged[start:at]
            arranged[start] = item
            explored[item] = True
        return slate.arrange(arranged, self.kind, f"explored_{self.config.source}", explored)

    def _chosen(self, slate: Slate, below: Positions, number: int, chance: Chance) -> list[int]:
        """Which of the candidates below those shown chance has chosen, as places among them."""
        if self.config.source == "random" or len(below) <= self.config.among:
            return chance.sample(number, len(below))
        cost = self._cost.take(slate.item_ix.take(below))
        # Stable: of equal ones the better ranked comes first.
        best = np.argsort(cost, kind="stable")[: self.config.among].tolist()
        return [best[i] for i in chance.sample(number, len(best))]


class Chance:
    """Numbers that look random and follow from a request: its id, its customer and its day.

    They are those of the generator SplitMix64 (Steele, Lea & Flood 2014), started at a hash of the three; starting one
    of numpy's takes longer than everything that a rule does.

    Args:
        shopper: Whose request it is.
    """

    def __init__(self, shopper: Shopper) -> None:
        query = shopper.query
        name = f"{query.request_id}\0{query.user_id or ''}\0{query.now_us // DAY_US}"
        self._state = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")

    def _next(self) -> int:
        """64 random bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _WORD
        bits = self._state
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _WORD
        return bits ^ (bits >> 31)

    def part(self) -> float:
        """A number from 0 to below 1."""
        return (self._next() >> 11) * 2.0**-53

    def sample(self, number: int, size: int) -> list[int]:
        """``number`` distinct numbers below ``size``, or all of them where there are not as many."""
        number = min(number, size)
        chosen: dict[int, None] = {}
        # Floyd's way: each draw is from one more, and a number drawn twice stands for the newest.
        for top in range(size - number, size):
            drawn = self._next() * (top + 1) >> 64
            chosen[top if drawn in chosen else drawn] = None
        return list(chosen)
