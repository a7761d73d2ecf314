"""What the shop's promotion plan says of an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.ranking.features.group import WEEK_DAYS, Asked, Facts, Feature, Floats, Group, Rows

_HORIZON_US: Final = int(WEEK_DAYS * DAY_US)
_USUAL_DAYS: Final = 91.0
_STRENGTH: Final = 2.0
"""Purchases added to both sides of an item's lift, at the rate of all items."""


def _promotion(name: str, unit: str, says: str) -> Feature:
    return Feature(name, "promotion", unit, says)


_COUNT, _MOST, _FIRST, _SECOND, _OTHER, _SUM, _LEFT, _STARTS, _BEFORE, _CHANGE, _USUAL, _LIFT = range(12)


class Plan(Group):
    """Promotions in force at the moment and within the week after, which a shop knows beforehand.

    How much a promotion covers is the share of stores or customers that it reaches, times the share of the week that it
    runs. Everything is NaN in a shop without a plan; in one with a plan, an item that is not promoted has 0.

    Args:
        offsets: int64[items + 1], where the plans of each item begin.
        moments: int64[plans, 2], when each begins and ends.
        share: float32[plans].
        kind: int8[plans]: 0 for the commonest kind of promotion, 1 for the second, 2 for the others.
        usual: float32[items, 2], columns that do not hang on the request.
    """

    features: ClassVar[tuple[Feature, ...]] = (
        _promotion("promotion_count", "plans", "promotions of the item in the next 7 days"),
        _promotion("promotion_most", "share", "the most that one of them covers of the next 7 days"),
        _promotion("promotion_first", "share", "the most that one of the commonest kind covers"),
        _promotion("promotion_second", "share", "the most that one of the second commonest kind covers"),
        _promotion("promotion_other", "share", "the most that one of another kind covers"),
        _promotion(
            "promotion_sum", "share", "what the kinds cover together, each by its most: more than 1 where they overlap"
        ),
        _promotion("promotion_days_left", "days", "until the last of those in force ends"),
        _promotion("promotion_starts_in_days", "days", "until the next one begins"),
        _promotion("promotion_before", "share", "what the kinds covered together of the last 7 days"),
        _promotion("promotion_change", "share", "promotion_sum less promotion_before"),
        _promotion(
            "promotion_usual", "share", "what all promotions of the item covered of the last 91 days, on average"
        ),
        _promotion("promotion_lift", "log ratio", "how much more the item sells while promoted, by its own past"),
    )

    def __init__(
        self,
        offsets: NDArray[np.int64],
        moments: NDArray[np.int64],
        share: Floats,
        kind: NDArray[np.int8],
        usual: Floats,
    ) -> None:
        self._offsets, self._moments, self._share, self._kind, self._usual = offsets, moments, share, kind, usual

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Keep what can still matter, and count how each item sold while promoted."""
        plan = facts.dataset.promotions
        if not len(plan):
            nothing = np.empty(0, np.float32)
            return cls(
                np.zeros(1, np.int64), np.empty((0, 2), np.int64), nothing, nothing.astype(np.int8), nothing[:, None]
            )
        usual = _usual(plan, facts)
        plan = plan.filter(np.asarray(plan.column("end_us").to_numpy() > facts.dataset.as_of_us - _HORIZON_US))
        item_ix = plan.column("item_ix").to_numpy()
        moments = np.stack([plan.column("start_us").to_numpy(), plan.column("end_us").to_numpy()], axis=1)
        share, kind = plan.column("share").to_numpy(), _kinds(plan, facts.dataset.promotions)
        order = np.lexsort((share, moments[:, 1], moments[:, 0], kind, item_ix))
        offsets = np.searchsorted(item_ix[order], np.arange(facts.n_items + 1)).astype(np.int64)
        return cls(offsets, np.ascontiguousarray(moments[order]), share[order], kind[order], usual)

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        if not len(self._usual):
            out[:, at : at + len(self.features)] = np.nan
            return
        _fill(out, at, self._offsets, self._moments, self._share, self._kind, self._usual, asked.rows, asked.now_us)

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {
            "offsets": self._offsets,
            "moments": self._moments,
            "share": self._share,
            "kind": self._kind,
            "usual": self._usual,
        }

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(arrays["offsets"], arrays["moments"], arrays["share"], arrays["kind"], arrays["usual"])


def _kinds(part: pa.Table, plan: pa.Table) -> NDArray[np.int8]:
    """Which of the two commonest kinds of ``plan`` each row of ``part`` is, else 2; ties by name."""
    counts = plan.column("promotion_type").value_counts().to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"] or ""))
    place = {entry["values"]: min(rank, 2) for rank, entry in enumerate(ranked)}
    kinds = part.column("promotion_type").combine_chunks().dictionary_encode()
    of_name = np.array([place[name] for name in kinds.dictionary.to_pylist()] or [2], np.int8)
    return of_name[kinds.indices.to_numpy()] if len(part) else np.empty(0, np.int8)


def _usual(plan: pa.Table, facts: Facts) -> Floats:
    """How much of the last 91 days each item was promoted, and how much more it sold then: float32[items, 2].

    The lift compares the rate of purchases inside and outside of the item's promotions over all of the past.
    """
    now_us, bought = facts.dataset.as_of_us, facts.bought
    item, start, end = (plan.column(name).to_numpy() for name in ("item_ix", "start_us", "end_us"))
    share = plan.column("share").to_numpy().astype(np.float64)
    covered = np.clip(np.minimum(end, now_us) - np.maximum(start, now_us - _USUAL_DAYS * DAY_US), 0, None)
    usual = facts.counts(item, share * covered / (_USUAL_DAYS * DAY_US))
    if not len(bought.item_ix):
        return np.stack([usual, np.zeros(facts.n_items)], axis=1).astype(np.float32)
    since_us = int(bought.timestamp_us.min())
    span_us = now_us - since_us
    first, last = np.clip(start - since_us, 0, span_us), np.clip(end - since_us, 0, span_us)
    # Purchases as (item, moment) on one sorted line: those within a promotion lie between two positions.
    line = np.sort(bought.item_ix.astype(np.int64) * (span_us + 1) + (bought.timestamp_us - since_us))
    base = item.astype(np.int64) * (span_us + 1)
    within = np.searchsorted(line, base + last) - np.searchsorted(line, base + first)
    inside = facts.counts(item, share * within)
    time = np.minimum(facts.counts(item, share * (last - first) / span_us), 1.0)
    whole = facts.counts(bought.item_ix)
    expected = whole * time
    lift = np.log((inside + _STRENGTH) / (expected + _STRENGTH))
    return np.stack([usual, lift], axis=1).astype(np.float32)


@native
def _fill(
    out: Floats,
    at: int,
    offsets: NDArray[np.int64],
    moments: NDArray[np.int64],
    share: Floats,
    kind: NDArray[np.int8],
    usual: Floats,
    rows: Rows,
    now_us: int,
) -> None:
    for row in range(len(rows)):
        item = rows[row]
        mine = out[row, at : at + _LIFT + 1]
        mine[:_LEFT] = 0
        mine[_LEFT] = np.nan
        mine[_STARTS] = np.nan
        mine[_BEFORE] = 0
        first, second, other = np.float32(0), np.float32(0), np.float32(0)
        for plan in range(offsets[item], offsets[item + 1]):
            start, end = moments[plan, 0], moments[plan, 1]
            before = share[plan] * _part(start, end, now_us - _HORIZON_US)
            if kind[plan] == 0:
                first = max(first, before)
            elif kind[plan] == 1:
                second = max(second, before)
            else:
                other = max(other, before)
            if end > now_us and start < now_us + _HORIZON_US:
                _ahead(mine, start, end, share[plan] * _part(start, end, now_us), kind[plan], now_us)
        mine[_SUM] = mine[_FIRST] + mine[_SECOND] + mine[_OTHER]
        mine[_BEFORE] = first + second + other
        mine[_CHANGE] = mine[_SUM] - mine[_BEFORE]
        mine[_USUAL] = usual[item, 0]
        mine[_LIFT] = usual[item, 1]


@native
def _part(start_us: int, end_us: int, from_us: int) -> np.float32:
    """The share of the week from a moment on that lies between two others."""
    covered = min(end_us, from_us + _HORIZON_US) - max(start_us, from_us)
    return np.float32(max(covered, 0) / _HORIZON_US)


@native
def _ahead(mine: Floats, start_us: int, end_us: int, covers: float, kind: int, now_us: int) -> None:
    """One promotion of the coming week."""
    mine[_COUNT] += 1
    mine[_MOST] = max(mine[_MOST], covers)
    mine[_FIRST + kind] = max(mine[_FIRST + kind], covers)
    if start_us <= now_us:
        left = (end_us - now_us) / DAY_US
        if not mine[_LEFT] >= left:
            mine[_LEFT] = left
    else:
        starts = (start_us - now_us) / DAY_US
        if not mine[_STARTS] <= starts:
            mine[_STARTS] = starts
