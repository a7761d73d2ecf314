"""Places for what would not have been shown, so that something can be learned about it."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Positions, Slate
from parure.dataset import Dataset
from parure.rules.columns import counts
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

Chance = NDArray[np.uint64]
"""uint64[1]: where the generator of a request stands. Drawing a number moves it on."""


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
    by_chance: ClassVar[bool] = True

    def fit(self, dataset: Dataset) -> Self:
        """Count the buyers, where they matter."""
        buyers = counts(dataset, "buyers") if self.config.source != "random" else np.empty(0, np.float32)
        # Less is sooner chosen.
        self._cost = -buyers if self.config.source == "popular" else buyers
        self._reason = f"explored_{self.config.source}"
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With some of the places given to others."""
        k = shopper.query.k
        order = slate.ranked()
        if not self.config.share or k < 2 or len(order) <= k:
            return slate
        number, arranged, explored = _explored(
            order, slate.item_ix, self._cost, _seed(shopper), k, self.config.share, self.config.among
        )
        return slate.arrange(arranged, self.kind, self._reason, explored) if number else slate


def _seed(shopper: Shopper) -> int:
    """What chance starts from: it follows from a request's id, its customer and its day."""
    query = shopper.query
    name = f"{query.request_id}\0{query.user_id or ''}\0{query.now_us // DAY_US}"
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little", signed=True)


@native
def _explored(
    order: Positions,
    item_ix: NDArray[np.int32],
    cost: NDArray[np.float32],
    seed: int,
    k: int,
    share: float,
    among: int,
) -> tuple[int, Positions, NDArray[np.bool_]]:
    """How many places are given away, the order after it, and which of the candidates got them.

    Args:
        order: intp[m], places of the kept candidates, best first; more than k.
        item_ix: int32[n], the candidates.
        cost: float32[items], of which less is sooner chosen; none where any is as good.
        seed: What chance starts from: 64 bits.
        k: How many are shown.
        share: Share of the places to give away.
        among: Chance chooses among so many of the least cost.
    """
    chance = begun(seed)
    number = min(int(share * k + part(chance)), k - 1)
    explored = np.zeros(len(item_ix), np.bool_)
    if number == 0:
        return 0, order, explored
    below = len(order) - k
    if len(cost) and below > among:
        # Stable: of equal ones the better ranked comes first.
        best = np.argsort(cost[item_ix[order[k:]]], kind="mergesort")
        chosen = best[:among][sample(chance, number, among)]
    else:
        chosen = sample(chance, number, below)
    chosen = np.sort(chosen)
    places = np.sort(sample(chance, len(chosen), k - 1))
    arranged = order.copy()
    for one in range(len(chosen)):
        # Both ascend: what is moved here is where it was, and stays where it comes.
        at, start = k + chosen[one], places[one] + 1
        item = arranged[at]
        for place in range(at, start, -1):
            arranged[place] = arranged[place - 1]
        arranged[start] = item
        explored[item] = True
    return len(chosen), arranged, explored


@native
def begun(seed: int) -> Chance:
    """A generator that starts from 64 bits, told as a signed number."""
    return np.full(1, seed, np.int64).view(np.uint64)


@native
def _next(chance: Chance) -> Any:
    """64 random bits, by the generator SplitMix64 (Steele, Lea & Flood 2014).

    Starting a generator of numpy's takes longer than everything that a rule does.
    """
    chance[0] += np.uint64(0x9E3779B97F4A7C15)
    bits = chance[0]
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@native
def part(chance: Chance) -> float:
    """A number from 0 to below 1."""
    return np.float64(_next(chance) >> np.uint64(11)) * 2.0**-53


@native
def sample(chance: Chance, number: int, size: int) -> Positions:
    """``number`` distinct numbers below ``size``, or all of them where there are not as many: intp[n], in no order."""
    number = min(number, size)
    chosen = np.empty(number, np.intp)
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    # Floyd's way: each draw is from one more, and a number drawn twice stands for the newest.
    for count in range(number):
        top = size - number + count
        bits, many = _next(chance), np.uint64(top + 1)
        # The upper 64 bits of their product.
        drawn = int(((bits >> half) * many + ((bits & low) * many >> half)) >> half)
        for before in range(count):
            if chosen[before] == drawn:
                drawn = top
                break
        chosen[count] = drawn
    return chosen
