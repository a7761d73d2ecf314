"""The candidates of one request on their way through the rules, with the account of all that happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.ids import IdMap
from parure.core.native import native

Mask = NDArray[np.bool_]
Codes = NDArray[np.int32]
Positions = NDArray[np.intp]
"""Places of candidates in the columns of a slate."""


class Effect(StrEnum):
    """What a rule may do to a slate."""

    REMOVES = "removes"
    REWEIGHS = "reweighs"
    ARRANGES = "arranges"


# The members of an enumeration are looked up slowly in Python 3.11.
_REMOVES: Final = Effect.REMOVES
_REWEIGHS: Final = Effect.REWEIGHS
_ARRANGES: Final = Effect.ARRANGES


@dataclass(frozen=True, slots=True)
class Removed:
    """Items that a rule held back.

    Attributes:
        rule: Name of the rule.
        reason: Stable reason code.
        item_ix: int32[n], rows of the catalogue.
    """

    rule: str
    reason: str
    item_ix: NDArray[np.int32]


@dataclass(slots=True)
class Step:
    """What one rule did to a slate.

    Attributes:
        rule: Name of the rule.
        reason: Stable reason code.
        effect: What kind of thing it did.
        where: bool[n], the candidates it did it to.
        factor: float32[n], what it multiplied scores by, for a rule that reweighs.
        order: The order it left, for a rule that arranges.
    """

    rule: str
    reason: str
    effect: Effect
    where: NDArray[np.bool_]
    factor: NDArray[np.float32] | None = None
    order: Positions | None = None


@dataclass(slots=True)
class Slate:
    """The scored candidates of one request, and what rules have done to them so far.

    A slate is never changed: each step gives a new one, which shares the columns that stay the same. Candidates keep
    their place in the columns from the first rule to the last, so that whatever a rule looks up once stays aligned, and
    the account can name every one of them at the end.

    Attributes:
        items: The map that ``item_ix`` refers to.
        item_ix: int32[n], distinct rows of ``items``, the ranker's best first.
        given: float32[n], the ranker's scores, descending, none below 0.
        scores: float32[n], the scores in force: ``given``, times what rules made of them.
        shares: float32[n, sources], what each source added to the ranker's score.
        sources: Names of the columns of ``shares``.
        kept: bool[n], the candidates that no rule has removed.
        forbidden: What was never looked for, because rules forbid it whatever its score.
        steps: What rules did, in the order in which they ran.
        order: The kept candidates as a rule has arranged them; None while scores decide.
    """

    items: IdMap
    item_ix: NDArray[np.int32]
    given: NDArray[np.float32]
    scores: NDArray[np.float32]
    shares: NDArray[np.float32]
    sources: tuple[str, ...]
    kept: NDArray[np.bool_]
    forbidden: tuple[Removed, ...] = ()
    steps: tuple[Step, ...] = ()
    order: Positions | None = None

    @classmethod
    def of(
        cls,
        items: IdMap,
        item_ix: NDArray[np.int32],
        scores: NDArray[np.float32],
        shares: NDArray[np.float32],
        sources: tuple[str, ...],
        forbidden: tuple[Removed, ...] = (),
    ) -> Slate:
        """A slate as the ranker leaves it: best first, nothing removed.

        Scores below 0 are lifted, all by the same, so that a rule that multiplies them keeps their order.
        """
        if len(scores) and scores[-1] < 0:
            scores = scores - scores[-1]
        return cls(items, item_ix, scores, scores, shares, sources, np.ones(len(item_ix), dtype=bool), forbidden)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.kept))

    def drop(self, where: NDArray[np.bool_], rule: str, reason: str) -> Slate:
        """The slate without the candidates where ``where``, bool[n], is true."""
        return self._without(_gone(where, self.kept), rule, reason)

    def drop_outside(self, column: NDArray[np.float32], low: float, high: float, rule: str, reason: str) -> Slate:
        """The slate without the candidates whose value lies below ``low`` or above ``high``; NaN lies nowhere.

        Args:
            column: float32[items], a value for each item of the catalogue.
            low: The smallest value that stays.
            high: The largest.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        return self._without(_gone_outside(column, self.item_ix, self.kept, low, high), rule, reason)

    def drop_coded(self, column: Codes, barred: NDArray[np.bool_], rule: str, reason: str) -> Slate:
        """The slate without the candidates whose code is barred.

        Args:
            column: int32[items], a code for each item of the catalogue; -1, for none, falls on the last of ``barred``.
            barred: bool[codes + 1].
            rule: Name of the rule.
            reason: Stable reason code.
        """
        return self._without(_gone_coded(column, self.item_ix, self.kept, barred), rule, reason)

    def reweigh(self, factor: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times ``factor``, float32[n], none below 0."""
        return self._weighed(_weighed(factor, self.kept, self.scores), factor, rule, reason)

    def reweigh_coded(self, column: Codes, factors: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times the factor of each candidate's code.

        Args:
            column: int32[items], a code for each item of the catalogue; -1, for none, falls on the last of ``factors``.
            factors: float32[codes + 1], none below 0.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        factor = factors.take(column.take(self.item_ix), mode="wrap")
        return self._weighed(_weighed(factor, self.kept, self.scores), factor, rule, reason)

    def arrange(self, order: Positions, rule: str, reason: str, where: NDArray[np.bool_]) -> Slate:
        """The slate with its kept candidates in another order.

        Args:
            order: intp[kept], all of the kept candidates.
            rule: Name of the rule.
            reason: Stable reason code.
            where: bool[n], the candidates that were put where they are on purpose.
        """
        step = Step(rule, reason, _ARRANGES, where, order=order)
        return self._next(step, scores=self.scores, kept=self.kept, order=order)

    def ranked(self) -> Positions:
        """The kept candidates as they would be shown, best first: intp[kept]."""
        if self.order is not None:
            return self.order
        kept = np.flatnonzero(self.kept)
        if self.scores is self.given:
            return kept
        # Numbers of 0 or more sort as their bits do. With the place in the lower half of one integer, of equal ones the
        # ranker's better one stays ahead, and the sort is the fastest that there is.
        key = self.scores.take(kept).view(np.int32).astype(np.int64)
        key = kept - (key << 32)
        key.sort()
        return np.asarray(key & 0xFFFFFFFF, dtype=np.intp)

    def best(self, k: int) -> NDArray[np.int32]:
        """Rows of ``items``, the best ``k``: int32[<=k]."""
        return self.item_ix[self.ranked()[:k]]

    @property
    def item_ids(self) -> list[str]:
        """Ids of the kept items as they would be shown, best first."""
        return self.items.ids_of(self.item_ix[self.ranked()])

    @property
    def removed(self) -> tuple[Removed, ...]:
        """All that rules held back: what was forbidden, and then what was removed, in the order of the rules."""
        gone = (step for step in self.steps if step.effect is Effect.REMOVES)
        return (*self.forbidden, *(Removed(s.rule, s.reason, self.item_ix[s.where]) for s in gone))

    def _without(self, found: tuple[int, Mask, Mask], rule: str, reason: str) -> Slate:
        count, gone, kept = found
        if not count:
            return self
        order = None if self.order is None else self.order[~gone[self.order]]
        return self._next(Step(rule, reason, _REMOVES, gone), scores=self.scores, kept=kept, order=order)

    def _weighed(
        self, found: tuple[int, Mask, NDArray[np.float32]], factor: NDArray[np.float32], rule: str, reason: str
    ) -> Slate:
        count, where, scores = found
        if not count:
            return self
        step = Step(rule, reason, _REWEIGHS, where, factor)
        return self._next(step, scores=scores, kept=self.kept, order=self.order)

    def _next(
        self, step: Step, *, scores: NDArray[np.float32], kept: NDArray[np.bool_], order: Positions | None
    ) -> Slate:
        return Slate(
            self.items,
            self.item_ix,
            self.given,
            scores,
            self.shares,
            self.sources,
            kept,
            self.forbidden,
            (*self.steps, step),
            order,
        )


@native
def _gone(where: Mask, kept: Mask) -> tuple[int, Mask, Mask]:
    """How many go, which, and what stays."""
    count = 0
    gone, stays = np.empty_like(kept), np.empty_like(kept)
    for place in range(len(kept)):
        gone[place] = where[place] and kept[place]
        stays[place] = kept[place] and not where[place]
        count += gone[place]
    return count, gone, stays


@native
def _gone_outside(
    column: NDArray[np.float32], item_ix: NDArray[np.int32], kept: Mask, low: float, high: float
) -> tuple[int, Mask, Mask]:
    """The same for values outside a range; a comparison with NaN is false."""
    count = 0
    gone, stays = np.empty_like(kept), np.empty_like(kept)
    for place in range(len(kept)):
        value = column[item_ix[place]]
        outside = value < low or value > high
        gone[place] = outside and kept[place]
        stays[place] = kept[place] and not outside
        count += gone[place]
    return count, gone, stays


@native
def _gone_coded(column: Codes, item_ix: NDArray[np.int32], kept: Mask, barred: Mask) -> tuple[int, Mask, Mask]:
    """The same for codes that are barred."""
    count = 0
    gone, stays = np.empty_like(kept), np.empty_like(kept)
    for place in range(len(kept)):
        bar = barred[column[item_ix[place]]]
        gone[place] = bar and kept[place]
        stays[place] = kept[place] and not bar
        count += gone[place]
    return count, gone, stays


@native
def _weighed(
    factor: NDArray[np.float32], kept: Mask, scores: NDArray[np.float32]
) -> tuple[int, Mask, NDArray[np.float32]]:
    """How many scores change, which, and the new ones."""
    count = 0
    where, found = np.empty_like(kept), np.empty_like(scores)
    for place in range(len(kept)):
        where[place] = kept[place] and factor[place] != 1
        found[place] = scores[place] * factor[place]
        count += where[place]
    return count, where, found
