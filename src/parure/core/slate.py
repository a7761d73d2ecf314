"""The candidates of one request on their way through the rules, with the account of all that happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.ids import IdMap
from parure.core.native import native
from parure.core.steps import Effect, Positions, Removed, Step

__all__ = ["Effect", "Positions", "Removed", "Slate", "Step"]

Mask = NDArray[np.bool_]
Codes = NDArray[np.int32]

# The members of an enumeration are looked up slowly in Python 3.11.
_REMOVES: Final = Effect.REMOVES
_REWEIGHS: Final = Effect.REWEIGHS
_ARRANGES: Final = Effect.ARRANGES


@dataclass(slots=True)
class _Account:
    """What steps made of a slate: see :class:`Slate`."""

    scores: NDArray[np.float32]
    kept: Mask
    steps: tuple[Step, ...]
    ranked: Positions
    is_arranged: bool


Verdict = NDArray[np.float32]
"""float32[n], what a rule says of each candidate: a factor for its score; :data:`_GONE` removes it."""
_GONE: Final = np.float32(-1)
_STAYS: Final = np.float32(1)
_FEW: Final = 64
"""Up to so many rows are sooner compared one by one, several candidates at once, than searched."""
_Said = tuple[Effect, str, str]
"""What a verdict is of: effect, rule and reason."""
_State = tuple[_Account, tuple[_Said, ...], tuple[Verdict, ...]]
"""What was carried out, and what is to come."""


class Slate:
    """The scored candidates of one request, and what rules have done to them so far.

    A slate is never changed: each step gives a new one, which shares the columns that stay the same. Candidates keep
    their place in the columns from the first rule to the last, so that whatever a rule looks up once stays aligned, and
    the account can name every one of them at the end.

    What removes and reweighs is noted down, and carried out when somebody first asks what became of the candidates: all
    of it in one go, step by step. Nobody can tell, but for the time it takes.

    Args:
        items: The map that ``item_ix`` refers to.
        item_ix: int32[n], distinct rows of ``items``, the ranker's best first.
        given: float32[n], the ranker's scores, descending, none below 0.
        shares: float32[n, sources], what each source added to the ranker's score.
        sources: Names of the columns of ``shares``.
        forbidden: What was never looked for, because rules forbid it whatever its score.
    """

    __slots__ = ("_state", "forbidden", "given", "item_ix", "items", "shares", "sources")

    def __init__(
        self,
        items: IdMap,
        item_ix: NDArray[np.int32],
        given: NDArray[np.float32],
        shares: NDArray[np.float32],
        sources: tuple[str, ...],
        forbidden: tuple[Removed, ...],
        state: _State,
    ) -> None:
        self.items = items
        self.item_ix = item_ix
        self.given = given
        self.shares = shares
        self.sources = sources
        self.forbidden = forbidden
        # One attribute, so that a thread that reads sees its parts as they belong together.
        self._state = state

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
        n = len(item_ix)
        account = _Account(scores, np.ones(n, dtype=bool), (), np.arange(n), is_arranged=False)
        return cls(items, item_ix, scores, shares, sources, forbidden, (account, (), ()))

    @property
    def scores(self) -> NDArray[np.float32]:
        """The scores in force, float32[n]: those given, times what rules made of them."""
        return self._account().scores

    @property
    def kept(self) -> Mask:
        """The candidates that no rule has removed, bool[n]."""
        return self._account().kept

    @property
    def steps(self) -> tuple[Step, ...]:
        """What rules did, in the order in which they ran; those that did nothing are left out."""
        return self._account().steps

    @property
    def order(self) -> Positions | None:
        """The kept candidates as a rule has arranged them; None while scores decide."""
        now = self._account()
        return now.ranked if now.is_arranged else None

    def __len__(self) -> int:
        return int(np.count_nonzero(self.kept))

    def never_had(self, rule: str) -> bool:
        """Whether what the rule forbids was never looked for, so that none of it can be here."""
        for part in self.forbidden:  # noqa: SIM110 - twice as fast as any()
            if part.rule == rule:
                return True
        return False

    def drop(self, where: Mask, rule: str, reason: str) -> Slate:
        """The slate without the candidates where ``where``, bool[n], is true."""
        return self._with(_REMOVES, rule, reason, np.where(where, _GONE, _STAYS))

    def drop_listed(self, rows: NDArray[np.int32], rule: str, reason: str) -> Slate:
        """The slate without the candidates at some rows of the catalogue, int32[m] ascending."""
        return self._with(_REMOVES, rule, reason, _listed(rows, self.item_ix))

    def drop_judged(self, verdict: Verdict, rule: str, reason: str) -> Slate:
        """The slate without the candidates that :func:`removed` has marked in ``verdict``, float32[n], else ones."""
        return self._with(_REMOVES, rule, reason, verdict)

    def drop_held(self, held: Mask, rule: str, reason: str) -> Slate:
        """The slate without the candidates where ``held``, bool[items], is true of their row of the catalogue."""
        return self._with(_REMOVES, rule, reason, _held(held, self.item_ix))

    def drop_outside(self, column: NDArray[np.float32], low: float, high: float, rule: str, reason: str) -> Slate:
        """The slate without the candidates whose value lies below ``low`` or above ``high``; NaN lies nowhere.

        Args:
            column: float32[items], a value for each item of the catalogue.
            low: The smallest value that stays.
            high: The largest.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        return self._with(_REMOVES, rule, reason, _outside(column, self.item_ix, low, high))

    def drop_coded(self, column: Codes, barred: Mask, rule: str, reason: str) -> Slate:
        """The slate without the candidates whose code is barred.

        Args:
            column: int32[items], a code for each item of the catalogue; -1, for none, falls on the last of ``barred``.
            barred: bool[codes + 1].
            rule: Name of the rule.
            reason: Stable reason code.
        """
        return self._with(_REMOVES, rule, reason, _barred(column, self.item_ix, barred))

    def reweigh(self, factor: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times ``factor``, float32[n], none below 0."""
        verdict = factor if factor.dtype == np.float32 else factor.astype(np.float32)
        return self._with(_REWEIGHS, rule, reason, verdict)

    def reweigh_coded(self, column: Codes, factors: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times the factor of each candidate's code.

        Args:
            column: int32[items], a code for each item of the catalogue; -1, for none, falls on the last of ``factors``.
            factors: float32[codes + 1], none below 0.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        return self._with(_REWEIGHS, rule, reason, _coded(column, self.item_ix, factors))

    def reweigh_by(self, column: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times a factor for each item of the catalogue, float32[items], none below 0."""
        return self._with(_REWEIGHS, rule, reason, _taken(column, self.item_ix))

    def arrange(self, order: Positions, rule: str, reason: str, where: Mask) -> Slate:
        """The slate with its kept candidates in another order.

        Args:
            order: intp[kept], all of the kept candidates.
            rule: Name of the rule.
            reason: Stable reason code.
            where: bool[n], the candidates that were put where they are on purpose.
        """
        now = self._account()
        steps = (*now.steps, Step(rule, reason, _ARRANGES, where, None, order))
        state = _Account(now.scores, now.kept, steps, order, is_arranged=True), (), ()
        return Slate(self.items, self.item_ix, self.given, self.shares, self.sources, self.forbidden, state)

    def ranked(self) -> Positions:
        """The kept candidates as they would be shown, best first: intp[kept]."""
        return self._account().ranked

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

    def _with(self, effect: Effect, rule: str, reason: str, verdict: Verdict) -> Slate:
        now, said, verdicts = self._state
        state = now, (*said, (effect, rule, reason)), (*verdicts, verdict)
        return Slate(self.items, self.item_ix, self.given, self.shares, self.sources, self.forbidden, state)

    def _account(self) -> _Account:
        """What became of the candidates, with all verdicts carried out."""
        now, said, verdicts = self._state
        if said:
            now = _carried_out(now, said, verdicts)
            self._state = now, (), ()
        return now


def _carried_out(now: _Account, said: tuple[_Said, ...], verdicts: tuple[Verdict, ...]) -> _Account:
    """The account after some verdicts, one after the other."""
    # Joined as bytes, which takes half of the time of a way through numpy.
    told = np.frombuffer(b"".join(verdicts), np.float32)  # type: ignore[arg-type]
    counts, where, kept, scores, ranked = _told(told, len(verdicts), now.kept, now.scores)
    steps = [
        Step(rule, reason, effect, touched, verdict if effect is _REWEIGHS else None)
        for (effect, rule, reason), verdict, count, touched in zip(said, verdicts, counts.tolist(), where, strict=True)
        if count
    ]
    if now.is_arranged:
        ranked = now.ranked[kept[now.ranked]]
    else:
        # Here, for numpy sorts whole numbers without a branch: what is compiled guesses wrong at every other step.
        ranked.sort()
        _keep_places(ranked)
    return _Account(scores, kept, (*now.steps, *steps), ranked, now.is_arranged)


@native
def _told(
    verdicts: NDArray[np.float32], m: int, kept: Mask, scores: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Mask, NDArray[np.float32], NDArray[np.int64]]:
    """How many candidates each of the verdicts, float32[m * n], touches, which, what stays, its scores, and keys.

    Sorted, the keys have the places of the kept candidates in their lower halves, best first, and of equal ones the
    ranker's better one: scores of 0 or more sort as their bits do.
    """
    n = len(kept)
    counts, where = np.zeros(m, np.int64), np.empty((m, n), np.bool_)
    kept, scores = kept.copy(), scores.copy()
    for step in range(m):
        verdict = verdicts[step * n : step * n + n]
        count = 0
        for place in range(n):
            where[step, place] = kept[place] and verdict[place] != 1
            count += where[step, place]
        counts[step] = count
        if not count:
            continue
        for place in range(n):
            kept[place] = kept[place] and verdict[place] >= 0
            if verdict[place] >= 0:
                scores[place] *= verdict[place]
    bits = scores.view(np.int32)
    keys = np.empty(n, np.int64)
    count = 0
    for place in range(n):
        keys[count] = place - (np.int64(bits[place]) << 32)
        count += kept[place]
    return counts, where, kept, scores, keys[:count]


@native
def _keep_places(keys: NDArray[np.int64]) -> None:
    """Leave the places of keys, in their lower halves, alone."""
    for at in range(len(keys)):
        keys[at] &= 0xFFFFFFFF


@native
def removed(verdict: Verdict, item_ix: NDArray[np.int32], row: int) -> int:
    """Mark the candidate at one row of the catalogue in a verdict, for :meth:`Slate.drop_judged`; how many there are.

    Args:
        verdict: float32[n], changed in place.
        item_ix: int32[n], the slate's candidates.
        row: The row.
    """
    count = 0
    for place in range(len(item_ix)):
        is_it = item_ix[place] == row
        count += is_it
        verdict[place] = _GONE if is_it else verdict[place]
    return count


@native
def _listed(rows: NDArray[np.int32], item_ix: NDArray[np.int32]) -> Verdict:
    """The verdict that removes what is among ``rows``, ascending."""
    verdict = np.ones(len(item_ix), np.float32)
    if len(rows) <= _FEW:
        for row in rows:
            for place in range(len(item_ix)):
                verdict[place] = _GONE if item_ix[place] == row else verdict[place]
        return verdict
    for place in range(len(item_ix)):
        at = np.searchsorted(rows, item_ix[place])
        if at < len(rows) and rows[at] == item_ix[place]:
            verdict[place] = _GONE
    return verdict


@native
def _held(held: Mask, item_ix: NDArray[np.int32]) -> Verdict:
    """The verdict that removes what is held back."""
    verdict = np.ones(len(item_ix), np.float32)
    for place in range(len(item_ix)):
        if held[item_ix[place]]:
            verdict[place] = _GONE
    return verdict


@native
def _outside(column: NDArray[np.float32], item_ix: NDArray[np.int32], low: float, high: float) -> Verdict:
    """The verdict that removes values outside a range; a comparison with NaN is false."""
    verdict = np.ones(len(item_ix), np.float32)
    for place in range(len(item_ix)):
        value = column[item_ix[place]]
        if value < low or value > high:
            verdict[place] = _GONE
    return verdict


@native
def _barred(column: Codes, item_ix: NDArray[np.int32], barred: Mask) -> Verdict:
    """The verdict that removes codes that are barred."""
    verdict = np.ones(len(item_ix), np.float32)
    for place in range(len(item_ix)):
        if barred[column[item_ix[place]]]:
            verdict[place] = _GONE
    return verdict


@native
def _taken(column: NDArray[np.float32], item_ix: NDArray[np.int32]) -> Verdict:
    """The verdict that multiplies each score by the item's value."""
    verdict = np.empty(len(item_ix), np.float32)
    for place in range(len(item_ix)):
        verdict[place] = column[item_ix[place]]
    return verdict


@native
def _coded(column: Codes, item_ix: NDArray[np.int32], factors: NDArray[np.float32]) -> Verdict:
    """The verdict that multiplies each score by the factor of its code."""
    verdict = np.empty(len(item_ix), np.float32)
    for place in range(len(item_ix)):
        verdict[place] = factors[column[item_ix[place]]]
    return verdict
