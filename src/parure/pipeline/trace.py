"""The full account of one request: what sources found, what was merged, what rules did, and how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np

from parure.core import Candidates, Query
from parure.core.recommendation import Recommendation
from parure.core.slate import Effect, Positions, Removed, Slate, Step
from parure.pipeline.explain import Explainer
from parure.pipeline.recommend import Passage, Recommender
from parure.pipeline.reserve import Filling, Reserve

FIRST: Final = 20
"""So many ids stand where a list may be as long as the catalogue; the number beside them counts all."""


@dataclass(frozen=True)
class Found:
    """One candidate of a source: its place from 1, its id, and the source's own score."""

    rank: int
    item_id: str
    score: float


@dataclass(frozen=True)
class SourceTrace:
    """What one source found.

    Attributes:
        source: Its name.
        kind: Which source it is.
        of: What it went by: ``history`` or ``page``.
        quota: How many it might bring.
        found: What it brought, best first.
        alone: How many of them no other source found.
    """

    source: str
    kind: str
    of: str
    quota: int
    found: tuple[Found, ...]
    alone: int


@dataclass(frozen=True)
class MergedTrace:
    """What all sources found, each item once.

    Attributes:
        candidates: How many in all.
        found_by: How many were found by so many sources at once; 0 for what only a rule asked for.
        included: How many there are because a rule asked for them, found by a source or not.
        ranked: How many went on to the rules, as the best of them.
        widened: Whether these are all there are, since rules left fewer than were wanted of the pool.
        below: How many did not go on, for want of room in the pool.
        first_below: Ids of the best of those.
    """

    candidates: int
    found_by: dict[int, int]
    included: int
    ranked: int
    widened: bool
    below: int
    first_below: tuple[str, ...]


@dataclass(frozen=True)
class Forbidden:
    """What was never looked for: how many items, and the first of them."""

    rule: str
    reason: str
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True)
class Touched:
    """One item that a rule touched.

    Attributes:
        item_id: The item.
        place: Its place, from 1, before this step.
        factor: What its score was multiplied by, where the rule reweighs.
        to: Its place afterwards; None where it was removed.
    """

    item_id: str
    place: int
    factor: float | None
    to: int | None


@dataclass(frozen=True)
class StepTrace:
    """What one rule did for one reason.

    Attributes:
        rule: The rule.
        reason: Reason code.
        effect: ``removes``, ``reweighs`` or ``arranges``.
        items: What it touched on purpose, in the order that was before it.
        shifted: How many other items have another place for it, removals aside.
    """

    rule: str
    reason: str
    effect: str
    items: tuple[Touched, ...]
    shifted: int


@dataclass(frozen=True)
class Ranked:
    """One candidate that no rule removed.

    Attributes:
        place: Its place, from 1.
        item_id: The item.
        title: Its title.
        given: The ranker's score.
        score: The same, times what rules made of it.
        shares: What each source added to the ranker's score.
        ranks: Its place among what each source found, where it did.
        shown: Whether it is one of the first k.
        reason: The sentence it was shown with.
    """

    place: int
    item_id: str
    title: str
    given: float
    score: float
    shares: dict[str, float]
    ranks: dict[str, int]
    shown: bool
    reason: str | None


@dataclass(frozen=True)
class Filled:
    """How a list that stayed short was filled up.

    Attributes:
        source: What filled it.
        found: How many items it had to offer that were no candidates.
        steps: What rules did to them, in order.
        items: Those that are shown; neither the ranker nor a source gave them a score.
    """

    source: str
    found: int
    steps: tuple[StepTrace, ...]
    items: tuple[Ranked, ...]


@dataclass(frozen=True)
class Trace:
    """The account of one request.

    Attributes:
        user_id: Who asked.
        surface: The place in the shop.
        items: What was on the page.
        k: How many were wanted.
        events: How long the history was that sources and rules might see.
        sources: What each source found, in the recipe's order.
        merged: All of it together.
        forbidden: What was never looked for.
        steps: What rules did, in order.
        idle: Rules that did nothing.
        final: What was left, best first.
        filled: What stands behind it; None where there were as many as wanted.
        ms: Milliseconds that each stage took, in order.
    """

    user_id: str | None
    surface: str
    items: tuple[str, ...]
    k: int
    events: int
    sources: tuple[SourceTrace, ...]
    merged: MergedTrace
    forbidden: tuple[Forbidden, ...]
    steps: tuple[StepTrace, ...]
    idle: tuple[str, ...]
    final: tuple[Ranked, ...]
    filled: Filled | None
    ms: dict[str, float]

    @property
    def removed(self) -> int:
        """How many candidates rules removed."""
        return sum(len(step.items) for step in self.steps if step.effect == Effect.REMOVES)

    @property
    def shown(self) -> tuple[Ranked, ...]:
        """All that is shown, best first."""
        ranked = tuple(each for each in self.final if each.shown)
        return ranked if self.filled is None else ranked + self.filled.items

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return asdict(self)


def trace(recommender: Recommender, explainer: Explainer, query: Query, *, reserve: Reserve | None = None) -> Trace:
    """Answer a query, keeping the account.

    Every candidate is accounted for: those merged are those below the pool, those removed and those left, and each of
    them stands in exactly one place.

    Args:
        recommender: Makes the slate.
        explainer: Gives reasons to the items shown.
        query: The request.
        reserve: Fills up a list that stays short; it stays as short as it is where None.

    Cost:
        That of two answers and some 10 ms for writing everything down.
    """
    _answered(recommender, explainer, query, reserve)  # so that times are those of a process that has answered before
    passage, shown, filling, ms = _answered(recommender, explainer, query, reserve)
    slate, labels = passage.way.slate, [spec.label for _, spec in recommender.sources]
    forbidden = tuple(_forbidden(part, slate) for part in slate.forbidden)
    touching = {step.rule for step in slate.steps} | {part.rule for part in forbidden}
    return Trace(
        user_id=query.user_id or None,
        surface=query.surface,
        items=query.items,
        k=query.k,
        events=len(passage.way.shopper.query.history),
        sources=_sources(recommender, passage.found),
        merged=_merged(passage),
        forbidden=forbidden,
        steps=_steps(passage.way.ranked, slate),
        idle=tuple(rule.kind for rule in recommender.rules if rule.kind not in touching),
        final=_final(passage, labels, shown, explainer),
        filled=None if filling is None else _filled(filling, len(shown)),
        ms=ms,
    )


def _answered(
    recommender: Recommender, explainer: Explainer, query: Query, reserve: Reserve | None
) -> tuple[Passage, tuple[Recommendation, ...], Filling | None, dict[str, float]]:
    """The way of the request, what is shown of it, what fills it up, and how long everything took."""
    passage = recommender.passage(query)
    ms, told = dict(passage.ms), passage.way.shopper.query
    start = perf_counter()
    shown = explainer.explain(told, passage.way.slate, told.k)
    ms["explain"] = (perf_counter() - start) * 1000
    if reserve is None or len(shown) >= told.k:
        return passage, shown, None, ms
    start = perf_counter()
    filling = reserve.filling(passage.way, recommender.rules, explainer, shown)
    ms["fill up"] = (perf_counter() - start) * 1000
    return passage, shown, filling, ms


def _sources(recommender: Recommender, found: Sequence[Candidates]) -> tuple[SourceTrace, ...]:
    times = Counter(row for part in found for row in part.item_ix.tolist())
    return tuple(
        SourceTrace(
            source=spec.label,
            kind=source.kind,
            of=spec.of,
            quota=spec.quota,
            found=tuple(Found(rank, item_id, score) for rank, (item_id, score) in enumerate(part.pairs(), 1)),
            alone=sum(times[row] == 1 for row in part.item_ix.tolist()),
        )
        for (source, spec), part in zip(recommender.sources, found, strict=True)
    )


def _merged(passage: Passage) -> MergedTrace:
    times = Counter(row for part in passage.found for row in part.item_ix.tolist())
    ranked = passage.way.ranked.item_ix
    below = ~np.isin(passage.rows, ranked)
    best_below = np.flatnonzero(below)[np.argsort(-passage.scores[below], kind="stable")]
    return MergedTrace(
        candidates=len(passage.rows),
        found_by=dict(sorted(Counter(times[row] for row in passage.rows.tolist()).items())),
        included=len(passage.included),
        ranked=len(ranked),
        widened=passage.way.widened,
        below=len(best_below),
        first_below=tuple(passage.way.slate.items.ids_of(passage.rows[best_below[:FIRST]])),
    )


def _forbidden(part: Removed, slate: Slate) -> Forbidden:
    return Forbidden(part.rule, part.reason, len(part.item_ix), tuple(slate.items.ids_of(part.item_ix[:FIRST])))


def _steps(slate: Slate, ruled: Slate) -> tuple[StepTrace, ...]:
    """What rules did to a slate, by doing it again."""
    traced = list[StepTrace]()
    for step in ruled.steps:
        after = _again(slate, step)
        traced.append(_step(step, slate, after))
        slate = after
    return tuple(traced)


def _again(slate: Slate, step: Step) -> Slate:
    """The slate after one step of an account."""
    if step.effect is Effect.REMOVES:
        return slate.drop(step.where, step.rule, step.reason)
    if step.factor is not None:
        return slate.reweigh(step.factor, step.rule, step.reason)
    order = slate.ranked() if step.order is None else step.order
    return slate.arrange(order, step.rule, step.reason, step.where)


def _step(step: Step, before: Slate, after: Slate) -> StepTrace:
    old, new = _places(before.ranked()), _places(after.ranked())
    touched = [place for place in old if step.where[place]]
    stayed = [place for place in old if place in new]
    # What moves up because others went is no news.
    level = {place: rank for rank, place in enumerate(stayed, 1)}
    ids = before.items.ids_of(before.item_ix[touched])
    return StepTrace(
        rule=step.rule,
        reason=step.reason,
        effect=str(step.effect),
        items=tuple(
            Touched(item_id, old[place], None if step.factor is None else float(step.factor[place]), new.get(place))
            for item_id, place in zip(ids, touched, strict=True)
        ),
        shifted=sum(new[place] != level[place] for place in stayed if not step.where[place]),
    )


def _places(order: Positions) -> dict[int, int]:
    """Candidates in an order, each with its place from 1."""
    return {candidate: place for place, candidate in enumerate(order.tolist(), 1)}


def _final(
    passage: Passage, names: Sequence[str], shown: Sequence[Recommendation], explainer: Explainer
) -> tuple[Ranked, ...]:
    slate = passage.way.slate
    ranks = [dict(zip(part.item_ix.tolist(), range(1, len(part) + 1), strict=True)) for part in passage.found]
    left = slate.ranked()
    rows = slate.item_ix[left].tolist()
    return tuple(
        Ranked(
            place=place,
            item_id=slate.items.id_of(row),
            title=explainer.title_of(row),
            given=float(slate.given[candidate]),
            score=float(slate.scores[candidate]),
            shares={name: share for name, share in zip(slate.sources, parts, strict=True) if share},
            ranks={name: found[row] for name, found in zip(names, ranks, strict=True) if row in found},
            shown=place <= len(shown),
            reason=shown[place - 1].reason if place <= len(shown) else None,
        )
        for place, (candidate, row, parts) in enumerate(
            zip(left.tolist(), rows, slate.shares[left].tolist(), strict=True), 1
        )
    )


def _filled(filling: Filling, before: int) -> Filled:
    """What stands behind so many items."""
    return Filled(
        source=filling.found.sources[0],
        found=len(filling.found.item_ix),
        steps=_steps(filling.found, filling.slate),
        items=tuple(
            Ranked(place, each.item_id, each.title, 0.0, each.score, {}, {}, shown=True, reason=each.reason)
            for place, each in enumerate(filling.items, before + 1)
        ),
    )
