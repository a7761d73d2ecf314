"""Reasons: which source speaks for an item, and which past event that source rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from parure.core import EventKind, History, Query
from parure.core.clock import DAY_US, from_us
from parure.core.recommendation import Evidence, Recommendation
from parure.core.slate import Slate
from parure.dataset import Dataset
from parure.retrieval import Grounded, ItemSimilarity, Source

NEIGHBOURS = 500
"""How many items alike to a recommended one are searched for something the user knows."""
EVIDENCE_HALF_LIFE_DAYS = 90.0
"""A recent event explains better than an old one of the same likeness."""

_IN_GENERAL: Final = {
    "demographic": "Popular with customers like you.",
    "new_arrivals": "New in the shop.",
    "trending": "Sells more lately than before.",
    "promoted": "Promoted these days.",
    "assortment": "From the shop's range.",
}
"""What sources say to everybody."""
_DONE: Final = {
    "purchase": "bought {}",
    "add_to_cart": "put {} in the cart",
    "add_to_wishlist": "put {} on your wish list",
}
"""What was done, by the kind of event; everything else was a look."""


class Explainer:
    """Puts sentences to slates.

    Args:
        dataset: For titles, prices, popularity.
        sources: The fitted sources whose names stand in the slates.
    """

    def __init__(self, dataset: Dataset, sources: Sequence[Source[Any]]) -> None:
        self._dataset = dataset
        self._sources = {source.name: source for source in sources}
        table = dataset.item_table
        self._titles = table.column("title")
        self._categories = table.column("category")
        self._prices = table.column("price_cents")
        self._buyers = table.column("buyers")

    def explain(self, query: Query, slate: Slate, k: int) -> tuple[Recommendation, ...]:
        """One recommendation for each of the best ``k`` items of a slate, in its order."""
        return tuple(self._recommendation(query, slate, place) for place in slate.ranked()[:k].tolist())

    def _recommendation(self, query: Query, slate: Slate, place: int) -> Recommendation:
        row = int(slate.item_ix[place])
        shares = dict(zip(slate.sources, (float(s) for s in slate.shares[place]), strict=True))
        main = max(slate.sources, key=lambda name: shares[name])
        reason, evidence = self._reason(query, row, self._sources[main])
        price = self._prices[row].as_py()
        return Recommendation(
            item_id=slate.items.id_of(row),
            title=self._titles[row].as_py() or "",
            category=self._categories[row].as_py() or "",
            price_cents=price,
            score=float(slate.scores[place]),
            shares={name: share for name, share in shares.items() if share},
            source=main,
            reason=reason,
            evidence=evidence,
        )

    def _reason(self, query: Query, row: int, source: Source[Any]) -> tuple[str, Evidence | None]:
        if own := self._own_purchases(query.history, row):
            times = "once" if own.times == 1 else f"{own.times} times"
            return f"You bought it {times}, last on {_day(own.date)}.", own
        if isinstance(source, Grounded):
            because = self._grounds(query, row, source)
        else:
            because = self._alike(query, row, source) if isinstance(source, ItemSimilarity) else None
        if because is not None:
            return _because(because), because
        return self._in_general(query, row, source.kind), None

    def _in_general(self, query: Query, row: int, kind: str) -> str:
        """What a source says without naming an event."""
        if kind in _IN_GENERAL:
            return _IN_GENERAL[kind]
        if kind == "popular":
            return f"Popular: bought by {self._buyers[row].as_py()} customers."
        if not len(query.history):
            return "Sells in the shop."
        if kind == "price_affinity":
            return "Priced like what you buy."
        if kind == "category" and (category := self._categories[row].as_py()):
            return f"From a category you like: {category}."
        return "Fits what you did so far."

    def _own_purchases(self, history: History, row: int) -> Evidence | None:
        mine = np.flatnonzero(history.purchases & (history.rows_in(self._dataset.items) == row))
        if not len(mine):
            return None
        return self._evidence(history, int(mine[-1]), row, times=len(mine), similarity=None)

    def _grounds(self, query: Query, row: int, source: Grounded) -> Evidence | None:
        """The event on the item that adds most to the score; of several on that item the one that says most."""
        history = query.history
        found = source.grounds(query, row)
        if not len(history) or found.contribution.max() <= 0:
            return None
        rows = history.rows_in(self._dataset.items)
        best = int(rows[found.contribution.argmax()])
        events = np.flatnonzero(rows == best)
        event = int(events[np.lexsort((events, history.weight[events]))[-1]])
        similarity = None if best == row else float(found.similarity[event])
        return self._evidence(history, event, best, times=len(events), similarity=similarity)

    def _alike(self, query: Query, row: int, source: ItemSimilarity) -> Evidence | None:
        """The event on an item alike that weighs most: likeness, faded with the event's age."""
        history = query.history
        found = source.similar([self._dataset.items.id_of(row)], NEIGHBOURS)[0]
        likeness = np.zeros(len(self._dataset.items), dtype=np.float32)
        likeness[found.item_ix] = found.scores
        rows = history.rows_in(self._dataset.items)
        age_days = (query.now_us - history.timestamp_us) / DAY_US
        weight = np.where(rows >= 0, likeness[rows], 0) * 0.5 ** (age_days / EVIDENCE_HALF_LIFE_DAYS)
        weight[history.weight <= 0] = 0
        if not len(weight) or weight.max() <= 0:
            return None
        event = int(weight.argmax())
        times = int((rows == rows[event]).sum())
        return self._evidence(history, event, int(rows[event]), times=times, similarity=float(likeness[rows[event]]))

    def _evidence(self, history: History, event: int, row: int, *, times: int, similarity: float | None) -> Evidence:
        return Evidence(
            item_id=self._dataset.items.id_of(row),
            title=self._titles[row].as_py() or self._dataset.items.id_of(row),
            event=EventKind(int(history.kind[event])).name.lower(),
            date=from_us(int(history.timestamp_us[event])).date().isoformat(),
            times=times,
            similarity=similarity,
        )


def _because(evidence: Evidence) -> str:
    """The sentence for an event on an item alike, or on the recommended item itself."""
    likeness = evidence.similarity
    what = "it" if likeness is None else evidence.title
    done = _DONE.get(evidence.event, "looked at {}").format(what)
    if likeness is None:
        return f"You {done} on {_day(evidence.date)}."
    return f"Because you {done} on {_day(evidence.date)} ({likeness:.2f} alike)."


def _day(iso: str) -> str:
    """A date as people read it: 3 May 2017."""
    moment = date.fromisoformat(iso)
    return f"{moment.day} {moment:%B %Y}"
