"""The candidates of one request on their way through the rules, with the account of all that happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from parure.core.ids import IdMap

Positions = NDArray[np.intp]
"""Places of candidates in the columns of a slate."""


class Effect(StrEnum):
    """What a rule may do to a slate."""

    REMOVES = "removes"
    REWEIGHS = "reweighs"
    ARRANGES = "arranges"


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
        gone = where & self.kept
        if not np.count_nonzero(gone):
            return self
        order = None if self.order is None else self.order[~gone[self.order]]
        return self._next(
            Step(rule, reason, Effect.REMOVES, gone), scores=self.scores, kept=self.kept & ~gone, order=order
        )

    def reweigh(self, factor: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times ``factor``, float32[n], none below 0."""
        where = (factor != 1) & self.kept
        if not np.count_nonzero(where):
            return self
        step = Step(rule, reason, Effect.REWEIGHS, where, factor)
        return self._next(step, scores=self.scores * factor, kept=self.kept, order=self.order)

    def arrange(self, order: Positions, rule: str, reason: str, where: NDArray[np.bool_]) -> Slate:
        """The slate with its kept candidates in another order.

        Args:
            order: intp[kept], all of the kept candidates.
            rule: Name of the rule.
            reason: Stable reason code.
            where: bool[n], the candidates that were put where they are on purpose.
        """
        step = Step(rule, reason, Effect.ARRANGES, where, order=order)
        return self._next(step, scores=self.scores, kept=self.kept, order=order)

    def ranked(self) -> Positions:
        """The kept candidates as they would be shown, best first: intp[kept]."""
        if self.order is not None:
            return self.order
        kept = np.flatnonzero(self.kept)
        if self.scores is self.given:
            return kept
        # Stable: of equal candidates the ranker's better one stays ahead.
        return kept[np.argsort(-self.scores[kept], kind="stable")]

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
