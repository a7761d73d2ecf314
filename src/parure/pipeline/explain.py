"""Reasons: which source speaks for an item, and which past event that source rests on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from parure.core import EventKind, Query
from parure.core.clock import DAY_US
from parure.core.native import native
from parure.core.recommendation import Evidence, Recommendation
from parure.core.slate import Slate
from parure.dataset import Dataset
from parure.pipeline.evidence import Hearing, Past, Spoken, on_page
from parure.pipeline.part import Part
from parure.pipeline.wording import Wording, wording
from parure.ranking import OTHER
from parure.retrieval import ItemSimilarity, Source, Style

NAMED_REASONS: Final = 3
"""So many reason codes stand in the sentence for a short answer."""

_EVENTS: Final = {int(kind): kind.name.lower() for kind in EventKind}
_NAMED_BY_REQUEST: Final = {"cart": "in_cart", "post_purchase": "ordered"}
"""What the items of a request are, by surface; on the page everywhere else."""

_FACTS: Final = 5
"""So many facts of each item are kept: see :func:`_shown`."""

_made: Final = Recommendation._make

Reason = tuple[str, Evidence | None]
Rows = NDArray[np.int32]
Numbers = NDArray[np.float32]


class Explainer:
    """Puts sentences to slates.

    Args:
        dataset: For titles, prices, popularity.
        sources: The fitted sources by the names that stand in the slates; a sequence goes by the sources' own names.
        by_page: Names of the sources that go by what is on the page, and not by what the customer did.

    Cost:
        For 12 of 200 candidates 55 to 80 microseconds where two sources speak for them (EASE over customers: one or two
        milliseconds). Memory for lists of all ids, titles, categories and prices, once a dataset.
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
        self._shown = _shown(dataset)

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
            confidence: float[k], one an item shown, in its order, 0-1; None where it is not calibrated.
        """
        words = wording(query.language)
        places = slate.ranked()[:k]
        if not len(places):
            return ()
        numbers, figures = _figures(
            slate.item_ix, slate.given, slate.scores, slate.shares, places, _sources(slate.sources)
        )
        items, leading = numbers.tolist()
        scores, relevance, *columns = figures.tolist()
        names = slate.sources
        # Where no source adds anything, and no rule either, the first one stands for all.
        main = [names[max(source, 0)] for source in leading]
        added = [*zip(*columns, strict=True)]
        marks, placed = _marks(slate, places.tolist(), main, leading, words)
        shown = [self._shown[row * _FACTS : row * _FACTS + _FACTS] for row in items]
        reasons = self._reasons(query, numbers[0], shown, main, placed, words)
        sure: list[Any] = [None] * len(items) if confidence is None else confidence.tolist()
        ids, titles, categories, prices, _ = zip(*shown, strict=True)
        said = zip(*reasons, strict=True)
        facts = ids, titles, categories, prices, scores, relevance, sure, repeat(names), added, main, marks
        return tuple(map(_made, zip(*facts, *said, strict=False)))

    def title_of(self, row: int) -> str:
        """The title of the item at one row of the catalogue; empty where it has none."""
        return cast("str", self._shown[row * _FACTS + 1])

    def title(self, query: Query) -> str:
        """The heading over an answer, by surface, in the customer's language."""
        return wording(query.language).text("title", query.surface)

    def short(self, query: Query, removed: Mapping[str, int], shown: int) -> str | None:
        """A sentence that says that fewer are shown than the request wants, and why.

        Args:
            query: The request.
            removed: How many items rules held back, by reason code.
            shown: How many are shown.

        Returns:
            None where there are as many as wanted.
        """
        if shown >= query.k:
            return None
        words = wording(query.language)
        if sum(removed.values()) < query.k - shown:
            # Rules can be blamed for most of what is missing only where they held back as much.
            return words.text("short", "ended").format(shown=shown, wanted=query.k)
        most = sorted(removed.items(), key=itemgetter(1), reverse=True)[:NAMED_REASONS]
        reasons = ", ".join(f"{code} ({words.count(count)})" for code, count in most)
        return words.text("short", "held_back").format(shown=shown, wanted=query.k, reasons=reasons)

    def _reasons(
        self,
        query: Query,
        rows: Rows,
        shown: list[list[Any]],
        main: list[str],
        placed: list[str | None],
        words: Wording,
    ) -> list[Reason]:
        """A reason for each item: a rule's, then what was bought before, then an item alike, then what is so of all."""
        found: list[Reason | None] = [None if sentence is None else (sentence, None) for sentence in placed]
        past = Past(query, self._items) if len(query.history) else None
        if past is not None:
            self._bought(past, rows, main, words, found)
        groups: dict[str, list[int]] = {}
        for place, name in enumerate(main):
            if found[place] is None:
                groups.setdefault(name, []).append(place)
        for name, places in groups.items():
            voice = self._voices.get(name, _MUTE)
            if voice.similarity is not None:
                some = rows if len(places) == len(rows) else rows.take(places)
                if voice.by_page:
                    spoken = self._beside(voice.similarity, query, some, words)
                else:
                    spoken = self._because(voice.similarity, voice.hearing, past, some, words)
                for place, reason in zip(places, spoken, strict=False):
                    found[place] = reason
            for place in places:
                if found[place] is None:
                    found[place] = _in_general(shown[place], voice.kind, words, known=past is not None), None
        return cast("list[Reason]", found)

    def _bought(self, past: Past, rows: Rows, main: list[str], words: Wording, found: list[Reason | None]) -> None:
        """Reasons for what the customer bought before, unless what is on the page speaks for it."""
        for place, (times, event) in enumerate(past.bought(rows)):
            if times and found[place] is None and not self._voices.get(main[place], _MUTE).by_page:
                row = int(rows[place])
                iso, day = words.day(int(past.history.timestamp_us[event]) // DAY_US)
                text = words.text("own", "bought_once" if times == 1 else "bought_often")
                evidence = Evidence(*self._named(row), "purchase", iso, times)
                found[place] = text.format(date=day, times=times), evidence

    def _beside(self, source: ItemSimilarity, query: Query, shown: Rows, words: Wording) -> list[Reason | None]:
        """Reasons by what is on the page, in the cart or just ordered; [] where nothing is."""
        speaking = on_page(query, self._items)
        if speaking is None:
            return []
        text = words.text("page", "looks" if isinstance(source, Style) else "bought")
        event = _NAMED_BY_REQUEST.get(query.surface, "on_page")
        rows = speaking.rows.tolist()
        named = [self._named(row) for row in rows]
        sentences = [text.format(title=title) for _, title in named]
        return [
            None
            if place < 0 or rows[place] == item
            else (sentences[place], Evidence(*named[place], event, None, 1, likeness))
            for item, place, likeness in zip(shown.tolist(), *speaking.best_for(shown, source), strict=True)
        ]

    def _because(
        self, source: ItemSimilarity, hearing: Hearing, past: Past | None, shown: Rows, words: Wording
    ) -> list[Reason | None]:
        """Reasons by what of the past adds most to each item; [] where nothing speaks."""
        speaking = None if past is None else past.speaking(hearing)
        if past is None or speaking is None:
            return []
        known = past.spoken
        places, alikes = speaking.best_for(shown, source)
        found: list[Reason | None] = []
        for item, place, likeness, number in zip(shown.tolist(), places, alikes, words.likenesses(alikes), strict=True):
            if place < 0:
                found.append(None)
                continue
            if place not in known:
                known[place] = self._spoken(past.telling(place), words)
            row, name, title, kind, iso, times, day, alike = known[place]
            if row == item:
                text = words.text("own", kind).format(date=day)
                found.append((text, Evidence(name, title, kind, iso, times)))
            else:
                found.append((alike(title, day, number), Evidence(name, title, kind, iso, times, likeness)))
        return found

    def _spoken(self, told: list[int], words: Wording) -> Spoken:
        """What was told of one place of the past, put into words."""
        row, days, number, times = told
        iso, day = words.day(days)
        kind = _EVENTS[number]
        return row, *self._named(row), kind, iso, times, day, words.alike(kind)

    def _named(self, row: int) -> tuple[str, str]:
        """The id of an item, and its title, or the id where it has none."""
        name, title = self._shown[row * _FACTS : row * _FACTS + 2]
        return name, title or name


def _in_general(shown: list[Any], kind: str, words: Wording, *, known: bool) -> str:
    """What a source says of an item without naming an event."""
    _, _, category, _, buyers = shown
    if kind == "popular":
        return words.popular(buyers)
    if kind in {"price_affinity", "category"} and not known:
        return words.text("general", "nothing_known")
    if kind == "category":
        return words.text("general", "category" if category else "fits").format(category=category)
    return words.text("general", kind, "fits" if known else "nothing_known")


def leading(slate: Slate, k: int) -> tuple[Rows, Numbers, list[str]] | None:
    """What :meth:`Explainer.explain` says without a word of why: for lists that nobody reads reasons of.

    Args:
        slate: The candidates of a request after all rules.
        k: How many at most.

    Returns:
        Of the best items their rows of the catalogue, int32[<=k], their scores, float32[<=k], and the source that adds
        most to each. None where there are none, or where a rule brought one that no source speaks for.
    """
    places = slate.ranked()[:k]
    if not len(places):
        return None
    numbers, figures = _figures(slate.item_ix, slate.given, slate.scores, slate.shares, places, _sources(slate.sources))
    if not figures[2:].any(axis=0).all():
        return None
    names = slate.sources
    return numbers[0], figures[0], [names[source] for source in numbers[1].tolist()]


def _shown(dataset: Dataset) -> list[Any]:
    """What is shown of items: id, title, category, price and buyers of the first, then of the next, and so on.

    One value of a list is read in a hundredth of the time of an Arrow column. In one list, what concerns an item lies
    together, and what is the same for many items is there once: in a large catalogue most of the time goes by in
    waiting for memory. Made once and kept in the dataset's ``memo``.
    """
    key = "what is shown"
    if key not in dataset.memo:
        table, items = dataset.item_table, dataset.items
        columns = (
            items.ids_of(np.arange(len(items))),
            [title or "" for title in table.column("title").to_pylist()],
            _once([category or "" for category in table.column("category").to_pylist()]),
            _once(table.column("price_cents").to_pylist()),
            _once(table.column("buyers").to_pylist()),
        )
        dataset.memo[key] = list(chain.from_iterable(zip(*columns, strict=True)))
    return cast("list[Any]", dataset.memo[key])


def facts_by_row(dataset: Dataset) -> Callable[[int], list[Any]]:
    """What gives id, title, category and price in cents of the item at a row, as they are shown."""
    told = _shown(dataset)
    return lambda row: told[row * _FACTS : row * _FACTS + 4]


def retell(dataset: Dataset, rows: Rows) -> None:
    """Show the products at some rows as they stand in the dataset now."""
    told = _shown(dataset)
    for row, *facts in zip(
        rows.tolist(),
        *(dataset.item_table.column(name).take(rows).to_pylist() for name in ("title", "category", "price_cents")),
        strict=True,
    ):
        title, category, price_cents = facts
        told[row * _FACTS + 1 : row * _FACTS + 4] = title or "", category or "", price_cents


def _once(values: list[Any]) -> list[Any]:
    """The same values, each of them one object wherever it stands."""
    first: dict[Any, Any] = {}
    return [first.setdefault(value, value) for value in values]


@dataclass(frozen=True)
class _Voice:
    """What reasons need to know of one source."""

    kind: str
    by_page: bool
    similarity: ItemSimilarity | None
    hearing: Hearing

    @classmethod
    def of(cls, source: Source[Any], *, by_page: bool) -> _Voice:
        alike = source if isinstance(source, ItemSimilarity) else None
        return cls(source.kind, by_page, alike, Hearing.of(source))


_MUTE: Final = _Voice("", by_page=False, similarity=None, hearing=Hearing())
"""Stands for what is no source, such as a rule that brought an item."""


def _marks(
    slate: Slate, places: list[int], main: list[str], leading: list[int], words: Wording
) -> tuple[list[tuple[str, ...]], list[str | None]]:
    """Reason codes of what rules did on purpose to the items shown, and the sentence of the last that has one.

    Args:
        slate: The slate.
        places: The candidates shown.
        main: The source of each; where no source adds anything, changed into the rule that touched the item last.
        leading: Which source that is, -1 where none adds anything.
        words: The language.
    """
    said, touched = slate.touched()
    if not said:
        return [()] * len(places), [None] * len(places)
    size, told = len(slate.item_ix), words.marked(said)
    # One deed's bytes after the other's: every so many there is one of the same candidate.
    found = [told(touched[place::size]) for place in places]
    if -1 in leading:
        for n, (codes, rule, _) in enumerate(found):
            if codes and leading[n] < 0:
                main[n] = rule
    return [codes for codes, _, _ in found], [text for _, _, text in found]


def _sources(voices: tuple[str, ...]) -> int:
    """How many of a slate's voices, the first ones, are sources."""
    return len(voices) - (voices[-1] == OTHER) if voices else 0


@native
def _figures(
    item_ix: Rows, given: Numbers, scores: Numbers, shares: Numbers, places: NDArray[np.intp], speaking: int
) -> tuple[Rows, Numbers]:
    """What stands beside the k candidates shown.

    The first ``speaking`` of the voices are sources, of which the loudest is named.

    Returns:
        int32[2, k], the row of each and the source that adds most, -1 where none adds anything; float32[2 + sources,
        k], its score, its relevance and its shares.
    """
    count, sources = len(places), shares.shape[1]
    rows, found = np.zeros((2, count), np.int32), np.empty((2 + sources, count), np.float32)
    top = given[0] if given[0] > 0 else np.float32(1)
    for shown in range(count):
        place, loudest = places[shown], -1
        found[0, shown], found[1, shown] = scores[place], given[place] / top
        for source in range(sources):
            share = shares[place, source]
            found[2 + source, shown] = share
            # A source that holds an item back speaks still, but no louder than one that is for it.
            if source < speaking and share != 0 and (loudest < 0 or share > shares[place, loudest]):
                loudest = source
        rows[0, shown], rows[1, shown] = item_ix[place], loudest
    return rows, found
