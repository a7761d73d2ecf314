"""What is about to be shown for one query, and what was taken out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from parure.core.ids import IdMap


@dataclass(frozen=True, slots=True)
class Removed:
    """Items that a rule took out.

    Attributes:
        rule: Name of the rule.
        reason: Stable reason code.
        item_ix: int32[n], rows of the slate's ``items``.
    """

    rule: str
    reason: str
    item_ix: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Slate:
    """Scored items of one query, best first, with the account of all that was removed on the way.

    Attributes:
        items: The map that ``item_ix`` refers to.
        item_ix: int32[n], distinct rows of ``items``, best first.
        scores: float32[n], descending.
        shares: float32[n, sources], what each source added to the score; a row sums to the score.
        sources: Names of the columns of ``shares``.
        removed: What rules took out, in the order in which they ran.
    """

    items: IdMap
    item_ix: NDArray[np.int32]
    scores: NDArray[np.float32]
    shares: NDArray[np.float32]
    sources: tuple[str, ...]
    removed: tuple[Removed, ...] = ()

    def __len__(self) -> int:
        return len(self.item_ix)

    @property
    def item_ids(self) -> list[str]:
        """The items' ids, best first."""
        return self.items.ids_of(self.item_ix)

    def keep(self, kept: NDArray[np.bool_], *, rule: str, reason: str) -> Slate:
        """The slate without the items where ``kept``, bool[n], is false; they are accounted for in ``removed``."""
        if kept.all():
            return self
        gone = Removed(rule, reason, self.item_ix[~kept])
        return replace(
            self,
            item_ix=self.item_ix[kept],
            scores=self.scores[kept],
            shares=self.shares[kept],
            removed=(*self.removed, gone),
        )

    def first(self, k: int) -> Slate:
        """The best ``k`` items; the rest is not counted as removed."""
        return replace(self, item_ix=self.item_ix[:k], scores=self.scores[:k], shares=self.shares[:k])
