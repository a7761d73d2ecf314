"""Reasons: which source speaks for an item, and which past event that source rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, EventKind, Query
from parure.core.clock import DAY_US
from parure.core.recommendation import Evidence, Recommendation
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.pipeline.evidence import Hearing, Past, on_page
from parure.pipeline.part import Part
from parure.pipeline.wording import Wording, wording
from parure.retrieval import ItemSimilarity, Source, Style

NAMED_REASONS: Final = 3
"""So many reason codes stand in the sentence for a short answer."""

_EVENTS: Final = {int(kind): kind.name.lower() for kind in EventKind}
_NAMED_BY_REQUEST: Final = {"cart": "in_cart", "post_purchase": "ordered"}
"""What the items of a request are, by surface; on the page everywhere else."""

Reason = tuple[str, Evidence | None]
Rows = NDArray[np.int32]
_REMOVES: Final = Effect.REMOVES
_GAP: Final = "\0"
"""Stands in a sentence where the likeness will."""


class Explainer:
    """Puts sentences to slates.

    Args:
        dataset: For titles, prices, popularity.
        sources: The fitted sources by the names that stand in the slates; a sequence goes by the sources' own names.
        by_page: Names of the sources that go by what is on the page, and not by what the customer did.

    Cost:
        For 12 of 200 candidates 45 to 75 microseconds where one source speaks for all of them, about 120 where two do
        (EASE over customers: milliseconds). Memory for lists of all ids, titles, categories and prices, once a dataset.
    """

    def __init__(
        self,
        dataset: Dataset,
        sources: Mapping[str, Source[Any]] | Sequence[Source[Any]],
        *,
        by_page: Collection[str] = (),
    ) -> None:
        named = sources if isinstance(sources, Mapping) else {source.name: source for source in sources}
        self._items = dataset.items
        self._voices = {name: _Voice.of(source, by_page=name in by_page) for name, source in named.items()}
        shown = _Shown.of(dataset)
        self._ids, self._titles, self._categories = shown.ids, shown.titles, shown.categories
        self._prices, self._buyers = shown.prices, shown.buyers

    @classmethod
    def of(cls, dataset: Dataset, part: Part, *others: Source[Any]) -> Explainer:
        """What explains the slates of one recipe of a bundle, and of ``others``, which may stand in for its sources."""
        by_page = [spec.label for spec in part.recipe.sources if spec.of == "page"]
        return cls(dataset, {**{source.name: source for source in others}, **part.source_of}, by_page=by_page)

    def explain(
        self, query: Query, slate: Slate, k: int, confidence: NDArray[np.floating] | None = None
    ) -> tuple[Recommendation, ...]:
        """One recommendation for each of the best ``k`` items of a slate, in its order.

        Args:
            query: The request.
            slate: Its candidates after all rules.
            k: How many at most.
            confidence: float[n], one a candidate of the slate, 0-1; None where it is not calibrated.
        """
        words = wording(query.language)
        places = slate.ranked()[:k]
        if not len(places):
            return ()
        rows, shares = slate.item_ix[places], slate.shares[places]
        main = [slate.sources[j] for j in shares.argmax(axis=1).tolist()]
        listed: list[list[float]] = shares.tolist()
        marks = _marks(slate, places, main, listed)
        reasons = self._reasons(query, rows, main, _placed(slate, marks, words), words)
        top = float(slate.given[0])
        relevance = (slate.given[places] / (top if top > 0 else 1)).tolist()
        scores = slate.scores[places].tolist()
        sure: list[Any] = [None] * len(places) if confidence is None else confidence[places].tolist()
        ids, titles, categories, prices = self._ids, self._titles, self._categories, self._prices
        return tuple(
            Recommendation(
                ids[row],
                titles[row],
                categories[row],
                prices[row],
                scores[n],
                relevance[n],
                sure[n],
                {name: share for name, share in zip(slate.sources, listed[n], strict=True) if share},
                main[n],
                marks[n],
                *reasons[n],
            )
            for n, row in enumerate(rows.tolist())
        )

    def title_of(self, row: int) -> str:
        """The title of the item at one row of the catalogue; empty where it has none."""
        return self._titles[row]

    def title(self, query: Query) -> str:
        """The heading over an answer, by surface, in the customer's language."""
        return wording(query.language).text("title", query.surface)

    def short(self, query: Query, slate: Slate, shown: int) -> str | None:
        """A sentence that says that fewer are shown than the request wants, and what most were held back for.

        Args:
            query: The request.
            slate: Its candidates after all rules.
            shown: How many are shown.

        Returns:
            None where there are as many as wanted.
        """
        if shown >= query.k:
            return None
        words = wording(query.language)
        lost = Counter[str]()
        for part in slate.removed:
            lost[part.reason] += len(part.item_ix)
        if not lost:
            return words.text("short", "plain").format(shown=shown, wanted=query.k)
        reasons = ", ".join(f"{code} ({words.count(count)})" for code, count in lost.most_common(NAMED_REASONS))
        return words.text("short", "held_back").format(shown=shown, wanted=query.k, reasons=reasons)

    def _reasons(
        self, query: Query, rows: Rows, main: list[str], placed: Sequence[str | None], words: Wording
    ) -> list[Reason]:
        """A reason for each item: a rule's, then what was bought before, then an item alike, then what is so of all."""
        found: list[Reason | None] = [None] * len(rows)
        for place, sentence in enumerate(placed):
            if sentence is not None:
                found[place] = sentence, None
        past = Past(query, self._items) if len(query.history) else None
        if past is not None:
            self._bought(past, rows, main, words, found)
        groups: dict[str, list[int]] = {}
        for place, name in enumerate(main):
            if found[place] is None:
                groups.setdefault(name, []).append(place)
        for name, places in groups.items():
            voice = self._voices.get(name, _MUTE)
            shown = rows if len(places) == len(rows) else rows[places]
            if voice.similarity is None:
                spoken: list[Reason | None] = [None] * len(places)
            elif voice.by_page:
                spoken = self._beside(voice.similarity, query, shown, words)
            else:
                spoken = self._because(voice, past, shown, words)
            for place, row, reason in zip(places, shown.tolist(), spoken, strict=True):
                found[place] = reason or (self._in_general(row, voice.kind, words, known=past is not None), None)
        return [reason for reason in found if reason is not None]

    def _bought(self, past: Past, rows: Rows, main: list[str], words: Wording, found: list[Reason | None]) -> None:
        """Reasons for what the customer bought before, unless what is on the page speaks for it."""
        for place, (times, event) in enumerate(past.bought(rows)):
            if times and found[place] is None and not self._voices.get(main[place], _MUTE).by_page:
                row = int(rows[place])
                iso, day = words.day(int(past.history.timestamp_us[event]) // DAY_US)
                text = words.text("own", "bought_once" if times == 1 else "bought_often")
                evidence = Evidence(self._ids[row], self._named(row), "purchase", iso, times)
                found[place] = text.format(date=day, times=times), evidence

    def _beside(self, source: ItemSimilarity, query: Query, shown: Rows, words: Wording) -> list[Reason | None]:
        """Reasons by what is on the page, in the cart or just ordered."""
        speaking = on_page(query, self._items)
        if speaking is None:
            return [None] * len(shown)
        text = words.text("page", "looks" if isinstance(source, Style) else "bought")
        event = _NAMED_BY_REQUEST.get(query.surface, "on_page")
        named = {row: (self._ids[row], self._named(row)) for row in speaking.rows.tolist()}
        sentence = {row: text.format(title=title) for row, (_, title) in named.items()}
        return [
            None if row in {UNKNOWN, item} else (sentence[row], Evidence(*named[row], event, None, 1, likeness))
            for item, (row, likeness) in zip(shown.tolist(), speaking.best_for(shown, source), strict=True)
        ]

    def _because(self, voice: _Voice, past: Past | None, shown: Rows, words: Wording) -> list[Reason | None]:
        """Reasons by what of the past adds most to each item."""
        speaking = None if past is None or voice.hearing is None else past.speaking(voice.hearing)
        if past is None or speaking is None or voice.similarity is None:
            return [None] * len(shown)
        found: list[Reason | None] = []
        told: dict[int, _Told] = {}
        for item, (row, likeness) in zip(shown.tolist(), speaking.best_for(shown, voice.similarity), strict=True):
            if row == UNKNOWN:
                found.append(None)
                continue
            if row not in told:
                told[row] = self._told(past, row, words)
            found.append(told[row].itself() if row == item else told[row].alike(likeness))
        return found

    def _told(self, past: Past, row: int, words: Wording) -> _Told:
        event, times = past.telling(row)
        iso, day = words.day(int(past.history.timestamp_us[event]) // DAY_US)
        kind = _EVENTS[int(past.history.kind[event])]
        return _Told(words, self._ids[row], self._named(row), kind, iso, day, times)

    def _named(self, row: int) -> str:
        return self._titles[row] or self._ids[row]

    def _in_general(self, row: int, kind: str, words: Wording, *, known: bool) -> str:
        """What a source says without naming an event."""
        if kind == "popular":
            buyers = self._buyers[row]
            if buyers > 1:
                return words.text("general", "popular").format(buyers=words.count(buyers))
            return words.text("general", "popular_one" if buyers else "popular_none")
        if kind in {"price_affinity", "category"} and not known:
            return words.text("general", "nothing_known")
        if kind == "category":
            category = self._categories[row]
            return words.text("general", "category" if category else "fits").format(category=category)
        return words.text("general", kind, "fits" if known else "nothing_known")


@dataclass(frozen=True)
class _Shown:
    """What is shown of items, as lists: one value of a list is read in a hundredth of the time of an Arrow column."""

    ids: list[str]
    titles: list[str]
    categories: list[str]
    prices: list[int | None]
    buyers: list[int]

    @classmethod
    def of(cls, dataset: Dataset) -> _Shown:
        """The dataset's items; made once and kept in its ``memo``."""
        if cls not in dataset.memo:
            table, items = dataset.item_table, dataset.items
            dataset.memo[cls] = cls(
                items.ids_of(np.arange(len(items))),
                [title or "" for title in table.column("title").to_pylist()],
                [category or "" for category in table.column("category").to_pylist()],
                table.column("price_cents").to_pylist(),
                table.column("buyers").to_pylist(),
            )
        return cast("_Shown", dataset.memo[cls])


@dataclass(frozen=True)
class _Voice:
    """What reasons need to know of one source."""

    kind: str
    by_page: bool
    similarity: ItemSimilarity | None
    hearing: Hearing | None

    @classmethod
    def of(cls, source: Source[Any], *, by_page: bool) -> _Voice:
        alike = source if isinstance(source, ItemSimilarity) else None
        return cls(source.kind, by_page, alike, Hearing.of(source) if alike else None)


_MUTE: Final = _Voice("", by_page=False, similarity=None, hearing=None)
"""Stands for what is no source, such as a rule that brought an item."""


class _Told:
    """What is said of an item that speaks for others: one sentence, but for the likeness."""

    def __init__(self, words: Wording, item_id: str, title: str, event: str, iso: str, day: str, times: int) -> None:
        self._words, self._day, self._written = words, day, words.likeness
        self._evidence = (item_id, title, event, iso, times)
        sentence = words.text("alike", event).format(title=title, date=day, likeness=_GAP)
        self._before, _, self._after = sentence.rpartition(_GAP)

    def alike(self, likeness: float) -> Reason:
        """The reason for an item so much alike."""
        return self._before + self._written(likeness) + self._after, Evidence(*self._evidence, likeness)

    def itself(self) -> Reason:
        """The reason for the item itself."""
        return self._words.text("own", self._evidence[2]).format(date=self._day), Evidence(*self._evidence)


def _placed(slate: Slate, marks: Sequence[tuple[str, ...]], words: Wording) -> list[str | None]:
    """For each item shown the sentence of the last rule that has one for it."""
    said = {step.reason: text for step in slate.steps if (text := words.mark(step.reason))}
    if not said:
        return []
    return [next((said[code] for code in reversed(mark) if code in said), None) for mark in marks]


def _marks(slate: Slate, places: NDArray[np.intp], main: list[str], shares: list[list[float]]) -> list[tuple[str, ...]]:
    """Reason codes of what rules did on purpose to the items shown.

    Args:
        slate: The slate.
        places: intp[n], the candidates shown.
        main: The source of each; where no source adds anything, changed into the rule that touched the item last.
        shares: What each source added to each.
    """
    steps = [step for step in slate.steps if step.effect is not _REMOVES]
    if not steps:
        return [()] * len(places)
    reasons = [step.reason for step in steps]
    # Bytes are picked faster than values of an array; the first once more, for one alone would not come as a tuple.
    pick = itemgetter(*places.tolist(), int(places[0]))
    touched = [pick(step.where.tobytes()) for step in steps]
    found = [tuple(compress(reasons, hits)) for hits in zip(*touched, strict=True)][:-1]
    for place, mark in enumerate(found):
        if mark and not any(shares[place]):
            main[place] = [step.rule for step, hits in zip(steps, touched, strict=True) if hits[place]][-1]
    return found
