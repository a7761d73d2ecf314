"""Reasons: which source speaks for an item, and which past event that source rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from parure.core import EventKind, History, Query
from parure.core.clock import DAY_US, from_us
from parure.core.recommendation import Evidence, Recommendation
from parure.core.slate import Slate
from parure.dataset import Dataset
from parure.retrieval import ItemSimilarity, Source

NEIGHBOURS = 500
"""How many items alike to a recommended one are searched for something the user knows."""
EVIDENCE_HALF_LIFE_DAYS = 90.0
"""A recent event explains better than an old one of the same likeness."""


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

    def explain(self, query: Query, slate: Slate) -> tuple[Recommendation, ...]:
        """One recommendation an item of the slate, in its order."""
        return tuple(self._recommendation(query, slate, place) for place in range(len(slate)))

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
        if isinstance(source, ItemSimilarity) and (alike := self._alike(query, row, source)):
            verb = "bought" if alike.event == "purchase" else "looked at"
            return f"Because you {verb} {alike.title} on {_day(alike.date)} ({alike.similarity:.2f} alike).", alike
        if source.kind == "demographic":
            return "Popular with customers like you.", None
        if source.kind == "new_arrivals":
            return "New in the shop.", None
        if source.kind == "trending":
            return "Sells more lately than before.", None
        if source.kind == "promoted":
            return "Promoted these days.", None
        if source.kind == "assortment":
            return "From the shop's range.", None
        if source.kind == "popular":
            return f"Popular: bought by {self._buyers[row].as_py()} customers.", None
        if not len(query.history):
            return "Sells in the shop.", None
        return "Fits what you did so far.", None

    def _own_purchases(self, history: History, row: int) -> Evidence | None:
        mine = np.flatnonzero(history.purchases & (history.rows_in(self._dataset.items) == row))
        if not len(mine):
            return None
        return self._evidence(history, int(mine[-1]), row, times=len(mine), similarity=None)

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


def _day(iso: str) -> str:
    """A date as people read it: 3 May 2017."""
    moment = date.fromisoformat(iso)
    return f"{moment.day} {moment:%B %Y}"
