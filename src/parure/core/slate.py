"""The candidates of one request on their way through the rules, with the account of all that happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.columns import Column, Sheet
from parure.core.ids import IdMap
from parure.core.native import native
from parure.core.steps import Effect, Positions, Removed, Step
from parure.core.verdicts import (
    AS_GIVEN,
    CODED,
    GONE,
    LOOK,
    NO_SHEET,
    OUTSIDE,
    RISING,
    STAYS,
    TAKEN,
    Mask,
    Note,
    Verdict,
    carried_out,
    keep_places,
    untouched,
)

__all__ = ["Column", "Effect", "Positions", "Removed", "Slate", "Step", "removed"]

# The members of an enumeration are looked up slowly in Python 3.11.
_REMOVES: Final = Effect.REMOVES
_REWEIGHS: Final = Effect.REWEIGHS
_ARRANGES: Final = Effect.ARRANGES
_FEW: Final = 64
"""Up to so many rows are sooner compared one by one, several candidates at once, than searched."""


@dataclass(slots=True)
class _Candidates:
    """What a slate is made of, and no rule changes: see :class:`Slate`."""

    items: IdMap
    item_ix: NDArray[np.int32]
    given: NDArray[np.float32]
    shares: NDArray[np.float32]
    sources: tuple[str, ...]
    forbidden: tuple[Removed, ...]


@dataclass(slots=True)
class _Deeds:
    """What some notes came to, or one arrangement.

    Attributes:
        said: The rule and the reason of each.
        where: bool[m, n], the candidates that each touches.
        notes: The notes.
        verdicts: float32[m, n], what they say.
        written: The steps: of an arrangement, or once somebody has asked for them.
    """

    said: tuple[tuple[str, str], ...]
    where: Mask
    notes: tuple[Note, ...] = ()
    verdicts: Verdict | None = None
    written: list[Step] | None = None

    def steps(self) -> list[Step]:
        """The steps of those that touched anything."""
        if self.written is None:
            verdicts = () if self.verdicts is None else self.verdicts
            self.written = [
                Step(rule, reason, effect, where, verdict if effect is _REWEIGHS else None)
                for (effect, rule, reason, _, _), where, verdict in zip(self.notes, self.where, verdicts, strict=True)
                if where.any()
            ]
        return self.written


@dataclass(slots=True)
class _Account:
    """What steps made of a slate: see :class:`Slate`."""

    scores: NDArray[np.float32]
    kept: Mask
    deeds: tuple[_Deeds, ...]
    ranked: Positions
    is_arranged: bool


_State = tuple[_Account, tuple[Note, ...], Sheet]
"""What was carried out, what is to come, and the sheet that it looks candidates up in."""


class Slate:
    """The scored candidates of one request, and what rules have done to them so far.

    A slate is never changed: each step gives a new one, which shares the columns that stay the same. Candidates keep
    their place in the columns from the first rule to the last, so that whatever a rule looks up once stays aligned, and
    the account can name every one of them at the end.

    What removes and reweighs is noted down, and carried out when somebody first asks what became of the candidates: all
    of it in one go, step by step. Nobody can tell, but for the time it takes.

    Attributes:
        items: The map that ``item_ix`` refers to.
        item_ix: int32[n], distinct rows of ``items``, the ranker's best first.
        given: float32[n], the ranker's scores, descending, none below 0.
        shares: float32[n, sources], what each source added to the ranker's score.
        sources: Names of the columns of ``shares``.
        forbidden: What was never looked for, because rules forbid it whatever its score.
    """

    __slots__ = ("_candidates", "_state", "item_ix")

    def __init__(self, candidates: _Candidates, state: _State) -> None:
        self._candidates = candidates
        self.item_ix = candidates.item_ix
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
        kept, ranked = untouched(len(item_ix))
        account = _Account(scores, kept, (), ranked, is_arranged=False)
        return cls(_Candidates(items, item_ix, scores, shares, sources, forbidden), (account, (), NO_SHEET))

    @property
    def items(self) -> IdMap:  # noqa: D102 - see the class
        return self._candidates.items

    @property
    def given(self) -> NDArray[np.float32]:  # noqa: D102 - see the class
        return self._candidates.given

    @property
    def shares(self) -> NDArray[np.float32]:  # noqa: D102 - see the class
        return self._candidates.shares

    @property
    def sources(self) -> tuple[str, ...]:  # noqa: D102 - see the class
        return self._candidates.sources

    @property
    def forbidden(self) -> tuple[Removed, ...]:  # noqa: D102 - see the class
        return self._candidates.forbidden

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
        return tuple(step for deeds in self._account().deeds for step in deeds.steps())

    def touched(self) -> tuple[tuple[tuple[str, str], ...], bytes]:
        """Rule and reason of all that was said, m of them, and bool[m, n] as bytes: the candidates that it moved."""
        deeds = self._account().deeds
        return sum([each.said for each in deeds], ()), b"".join([each.where for each in deeds])  # type: ignore[misc]

    @property
    def order(self) -> Positions | None:
        """The kept candidates as a rule has arranged them; None while scores decide."""
        now = self._account()
        return now.ranked if now.is_arranged else None

    def __len__(self) -> int:
        return int(np.count_nonzero(self.kept))

    def never_had(self, rule: str) -> bool:
        """Whether what the rule forbids was never looked for, so that none of it can be here."""
        for part in self._candidates.forbidden:  # noqa: SIM110 - twice as fast as any()
            if part.rule == rule:
                return True
        return False

    def drop(self, where: Mask, rule: str, reason: str) -> Slate:
        """The slate without the candidates where ``where``, bool[n], is true."""
        return self._with((_REMOVES, rule, reason, AS_GIVEN, np.where(where, GONE, STAYS)))

    def drop_listed(self, rows: NDArray[np.int32], rule: str, reason: str) -> Slate:
        """The slate without the candidates at some rows of the catalogue, int32[m] ascending."""
        return self._with((_REMOVES, rule, reason, AS_GIVEN, _listed(rows, self.item_ix)))

    def drop_judged(self, verdict: Verdict, rule: str, reason: str) -> Slate:
        """The slate without the candidates that :func:`removed` has marked in ``verdict``, float32[n], else ones."""
        return self._with((_REMOVES, rule, reason, AS_GIVEN, verdict))

    def drop_held(self, held: Mask, rule: str, reason: str) -> Slate:
        """The slate without the candidates where ``held``, bool[items], is true of their row of the catalogue."""
        return self._with((_REMOVES, rule, reason, AS_GIVEN, _held(held, self.item_ix)))

    def drop_outside(self, column: Column, low: float, high: float, rule: str, reason: str) -> Slate:
        """The slate without the candidates whose value lies below ``low`` or above ``high``; NaN lies nowhere.

        Args:
            column: A value for each item of the catalogue.
            low: The smallest value that stays.
            high: The largest.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        sheet, at = column.place
        return self._with((_REMOVES, rule, reason, LOOK.pack(OUTSIDE, at, low, high, 0, 0), b""), sheet)

    def drop_coded(self, column: Column, barred: Mask, rule: str, reason: str) -> Slate:
        """The slate without the candidates whose code is barred.

        Args:
            column: A code for each item of the catalogue; -1, for none, falls on the last of ``barred``.
            barred: bool[codes + 1].
            rule: Name of the rule.
            reason: Stable reason code.
        """
        sheet, at = column.place
        look = LOOK.pack(CODED, at, len(barred), 0, 0, 0)
        return self._with((_REMOVES, rule, reason, look, np.where(barred, GONE, STAYS)), sheet)

    def reweigh(self, factor: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times ``factor``, float32[n], none below 0."""
        verdict = factor if factor.dtype == np.float32 else factor.astype(np.float32)
        return self._with((_REWEIGHS, rule, reason, AS_GIVEN, verdict))

    def reweigh_coded(self, column: Column, factors: NDArray[np.float32], rule: str, reason: str) -> Slate:
        """The slate with scores times the factor of each candidate's code.

        Args:
            column: A code for each item of the catalogue; -1, for none, falls on the last of ``factors``.
            factors: float32[codes + 1], none below 0.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        sheet, at = column.place
        return self._with((_REWEIGHS, rule, reason, LOOK.pack(CODED, at, len(factors), 0, 0, 0), factors), sheet)

    def reweigh_by(self, column: Column, rule: str, reason: str) -> Slate:
        """The slate with scores times a factor for each item of the catalogue, none below 0."""
        sheet, at = column.place
        return self._with((_REWEIGHS, rule, reason, LOOK.pack(TAKEN, at, 0, 0, 0, 0), b""), sheet)

    def raise_between(
        self, column: Column, low: float, high: float, lift: float, slope: float, rule: str, reason: str
    ) -> Slate:
        """The slate with what lies between two values raised, the more the further up it lies.

        Args:
            column: A value for each item of the catalogue; NaN lies nowhere.
            low: What lies above it, and ...
            high: ... up to this, has its score multiplied by 1 + ``lift`` * (1 - ``slope`` + ``slope`` * part), where
                part goes from 0 at ``low`` to 1 at ``high``.
            lift: The raise at ``high``.
            slope: The share of it, 0-1, that follows the value.
            rule: Name of the rule.
            reason: Stable reason code.
        """
        sheet, at = column.place
        return self._with((_REWEIGHS, rule, reason, LOOK.pack(RISING, at, low, high, lift, slope), b""), sheet)

    def arrange(self, order: Positions, rule: str, reason: str, where: Mask) -> Slate:
        """The slate with its kept candidates in another order.

        Args:
            order: intp[kept], all of the kept candidates.
            rule: Name of the rule.
            reason: Stable reason code.
            where: bool[n], the candidates that were put where they are on purpose.
        """
        now = self._account()
        step = Step(rule, reason, _ARRANGES, where, None, order)
        deeds = (*now.deeds, _Deeds(((rule, reason),), where, written=[step]))
        account = _Account(now.scores, now.kept, deeds, order, is_arranged=True)
        return Slate(self._candidates, (account, (), NO_SHEET))

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
        deeds = self._account().deeds
        if not deeds:
            return self.forbidden
        gone = (step for each in deeds for step in each.steps() if step.effect is _REMOVES)
        return (*self.forbidden, *(Removed(s.rule, s.reason, self.item_ix[s.where]) for s in gone))

    def _with(self, note: Note, sheet: Sheet = NO_SHEET) -> Slate:
        """The slate after one more note, which looks candidates up in a sheet."""
        now, notes, last = self._state
        if sheet is NO_SHEET:
            sheet = last
        elif sheet is not last and last is not NO_SHEET:
            # What goes by another sheet is carried out before.
            now, notes = self._account(), ()
        return Slate(self._candidates, (now, (*notes, note), sheet))

    def _account(self) -> _Account:
        """What became of the candidates, with all notes carried out."""
        now, notes, sheet = self._state
        if notes:
            now = _after(now, notes, sheet, self.item_ix)
            self._state = now, (), NO_SHEET
        return now


def _after(now: _Account, notes: tuple[Note, ...], sheet: Sheet, item_ix: NDArray[np.int32]) -> _Account:
    """The account after some notes, one after the other."""
    # Joined as bytes, which takes half of the time of a way through numpy.
    looks = b"".join([note[3] for note in notes])
    told = b"".join([note[4] for note in notes])  # type: ignore[misc]
    where, verdicts, kept, scores, ranked = carried_out(
        np.frombuffer(looks), np.frombuffer(told, np.float32), sheet, item_ix, now.kept, now.scores
    )
    deeds = _Deeds(tuple([note[1:3] for note in notes]), where, notes, verdicts)
    if now.is_arranged:
        ranked = now.ranked[kept[now.ranked]]
    else:
        # Here, for numpy sorts whole numbers without a branch: what is compiled guesses wrong at every other step.
        ranked.sort()
        keep_places(ranked)
    return _Account(scores, kept, (*now.deeds, deeds), ranked, now.is_arranged)


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
        verdict[place] = GONE if is_it else verdict[place]
    return count


@native
def _listed(rows: NDArray[np.int32], item_ix: NDArray[np.int32]) -> Verdict:
    """The verdict that removes what is among ``rows``, ascending."""
    verdict = np.ones(len(item_ix), np.float32)
    if len(rows) <= _FEW:
        for row in rows:
            for place in range(len(item_ix)):
                verdict[place] = GONE if item_ix[place] == row else verdict[place]
        return verdict
    for place in range(len(item_ix)):
        at = np.searchsorted(rows, item_ix[place])
        if at < len(rows) and rows[at] == item_ix[place]:
            verdict[place] = GONE
    return verdict


@native
def _held(held: Mask, item_ix: NDArray[np.int32]) -> Verdict:
    """The verdict that removes what is held back."""
    verdict = np.ones(len(item_ix), np.float32)
    for place in range(len(item_ix)):
        if held[item_ix[place]]:
            verdict[place] = GONE
    return verdict
