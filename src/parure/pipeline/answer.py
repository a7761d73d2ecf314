"""Questions to a published bundle, answered in the shop's own ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, Candidates, EventKind, Query
from parure.core.clock import from_us
from parure.core.errors import SettingsError, UnknownIdError, did_you_mean
from parure.core.filters import ItemFilter
from parure.core.recommendation import Answer, Recommendation
from parure.core.slate import Slate
from parure.ingest.pseudonyms import pseudonymiser
from parure.pipeline.alike import Likeness, alike
from parure.pipeline.bundle import Bundle, bundle_path, load_bundle
from parure.pipeline.explain import Explainer
from parure.pipeline.goals import checked_goals
from parure.pipeline.occasions import activity_of
from parure.pipeline.part import Part
from parure.pipeline.recommend import Recommender, Way
from parure.pipeline.reserve import FALLBACK, Reserve
from parure.pipeline.trace import Trace, trace
from parure.pipeline.train import recommender_of
from parure.retrieval import ItemSimilarity, Popular

IMPERSONAL = ("popular", "demographic", "new_arrivals", "trending", "assortment")
"""Kinds of sources that speak without any history."""


class Answers:
    """Answers from one bundle.

    Args:
        bundle: The bundle.
        version: What it is called.
    """

    def __init__(self, bundle: Bundle, version: str) -> None:
        self.bundle = bundle
        self.version = version
        self._reserve = Reserve(bundle.dataset)
        self._ready: dict[str, _Ready] = {}
        self._pseudonym: Callable[[str], str] = str

    @classmethod
    def open(cls, shop: Path, version: str | None = None) -> Self:
        """Load a shop's bundle: the one being served, or the version named."""
        path = bundle_path(shop, version)
        answers = cls(load_bundle(shop, directory=path), path.name)
        if answers.bundle.facts.get("pseudonymised"):
            answers._pseudonym = pseudonymiser(shop)
        return answers

    def recommend(
        self,
        user_id: str | None,
        k: int | None = None,
        *,
        surface: str | None = None,
        items: Sequence[str] = (),
        item_filter: ItemFilter | None = None,
        language: str = "en",
        request_id: str = "",
        goals: Mapping[str, float] | None = None,
    ) -> Answer:
        """Recommendations for one customer; somebody unknown gets what speaks without history, and is told so.

        Args:
            user_id: The customer; None for nobody known.
            k: How many at most; as many as the surface shows where None.
            surface: The place in the shop; the bundle's main recipe answers where None.
            items: What is on the page, in the cart or just ordered; ids that the bundle does not know are passed over.
            item_filter: What each must be like.
            language: Language of the reasons.
            request_id: Name of the request; equal requests of one name get equal answers.
            goals: What the items are to achieve, a weight for each of :data:`~parure.ranking.TASKS`, for rankers of
                several tasks; the ranker's own where None or empty.

        Raises:
            SettingsError: The bundle does not answer for the surface, or the filter asks for a column that items do not
                have, or cannot be compared so, or a goal is no task.
        """
        part = self.part(surface)
        query = self.request(
            user_id,
            k,
            surface=surface,
            items=items,
            item_filter=item_filter,
            language=language,
            request_id=request_id,
            goals=goals,
        )
        return self.answer(query, part)

    def request(
        self,
        user_id: str | None,
        k: int | None = None,
        *,
        surface: str | None = None,
        items: Sequence[str] = (),
        item_filter: ItemFilter | None = None,
        language: str = "en",
        request_id: str = "",
        goals: Mapping[str, float] | None = None,
    ) -> Query:
        """The query behind :meth:`recommend`, with the same arguments."""
        recipe = self.part(surface).recipe
        query = self.query(user_id or "", k=k or recipe.k)
        return replace(
            query,
            user_id=query.user_id or None,
            surface=surface or recipe.surface,
            items=tuple(items),
            item_filter=item_filter or ItemFilter(),
            language=language,
            request_id=request_id,
            goals=checked_goals(goals or {}),
        )

    def query(self, user_id: str, *, k: int = 10) -> Query:
        """The query of one customer at the moment of the bundle, by the id that the shop's files use."""
        return self.bundle.dataset.query(self._known_as(user_id), k=k)

    def part(self, surface: str | None) -> Part:
        """The recipe that answers for a surface; the main one where None.

        Raises:
            SettingsError: The bundle does not answer for it.
        """
        if surface is None:
            return self.bundle.main
        if surface not in self.bundle.surfaces:
            known = self.bundle.surfaces
            raise SettingsError(
                f"The bundle {self.version} does not answer for {surface!r} {did_you_mean(surface, known)}".rstrip()
                + ".",
                hint=f"It answers for: {', '.join(known) or 'no surface'}; see surfaces in [train] of parure.toml.",
            )
        return self.bundle.surfaces[surface]

    def recommender(self, part: Part) -> Recommender:
        """What makes the slates of a recipe of the bundle."""
        return self._of(part).recommender

    def answer(self, query: Query, part: Part | None = None) -> Answer:
        """Recommendations for a query, by a recipe of the bundle; the main one where None."""
        return self.answers([query], part)[0]

    def answers(self, queries: Sequence[Query], part: Part | None = None) -> list[Answer]:
        """The same for many queries, at less cost."""
        part = part or self.bundle.main
        ways = self._of(part).recommender.ways(queries)
        return [self.answer_of(query, way, part) for query, way in zip(queries, ways, strict=True)]

    def answer_of(self, query: Query, way: Way, part: Part) -> Answer:
        """The answer that the way of a query through a recipe of the bundle leads to."""
        ready = self._of(part)
        # What rules hide of the customer, as without consent, must not show in reasons and confidence either.
        seen = way.shopper.query
        items = ready.explainer.explain(seen, way.slate, seen.k, _confidence(seen, way.slate, part))
        speaking = _speaking_alone(way, items, part)
        removed = list(way.slate.removed)
        if len(items) < seen.k:
            filling = self._reserve.filling(way, ready.recommender.rules, ready.explainer, items)
            removed += filling.slate.removed
            items += filling.items
            if filling.items and FALLBACK not in speaking:
                speaking.append(FALLBACK)
        held_back = Counter[str]()
        for each in removed:
            held_back[each.reason] += len(each.item_ix)
        return Answer(
            user_id=query.user_id,
            items=items,
            recipe=part.recipe.name,
            bundle=self.version,
            known_user=query.user_id in self.bundle.dataset.users,
            fallback="+".join(speaking) or None,
            removed=dict(held_back),
            surface=query.surface if part.recipe.surface else "",
            title=ready.explainer.title(query),
            short=ready.explainer.short(query, held_back, len(items)),
            confidence_of=part.calibration.outcome if part.calibration else "",
        )

    def trace(self, query: Query, part: Part | None = None) -> Trace:
        """What :meth:`answer` says to a query, with the full account; see :func:`parure.pipeline.trace.trace`."""
        ready = self._of(part or self.bundle.main)
        return trace(ready.recommender, ready.explainer, query, reserve=self._reserve)

    def _of(self, part: Part) -> _Ready:
        name = part.recipe.name
        if name not in self._ready:
            recommender = recommender_of(part, self.bundle.dataset)
            self._ready[name] = _Ready(recommender, Explainer.of(self.bundle.dataset, part, self._reserve.source))
        return self._ready[name]

    def similar(
        self, item_id: str, k: int, *, source: str | None = None, mode: Likeness | None = None
    ) -> dict[str, Any]:
        """Items most alike to one item.

        Args:
            item_id: The item.
            k: How many at most.
            source: Which source says so; the first of the recipe that can where None.
            mode: ``visual``, ``bought_together`` or ``mixed`` instead of a source; see :mod:`parure.pipeline.alike`.

        Raises:
            UnknownIdError: The bundle does not know the item.
            SettingsError: The source or the mode does not exist, or has no notion of likeness.
        """
        row = self._known_item(item_id)
        if mode is not None:
            found = alike(self.bundle, item_id, k, mode)
        else:
            found = self._similarity(source).similar([item_id], k)[0]
        title = self.bundle.dataset.item_table.column("title")[row].as_py()
        return {"item_id": item_id, "title": title, "source": found.source, "items": self._described(found)}

    def popular(self, k: int, *, category: str | None = None) -> dict[str, Any]:
        """What sells best, in one category or everywhere.

        Raises:
            UnknownIdError: No item has this category.
        """
        dataset = self.bundle.dataset
        model = next((s for s in self.bundle.sources if isinstance(s, Popular)), self._reserve.source)
        ranked = model.retrieve(dataset.query("", k=k), len(dataset.items) if category else k)
        if category:
            ranked = self._in_category(ranked, category, k)
        return {"category": category, "source": model.name, "items": self._described(ranked)}

    def describe_user(self, user_id: str, *, latest: int = 10) -> dict[str, Any]:
        """One customer's profile and latest events.

        Raises:
            UnknownIdError: The bundle does not know the customer.
        """
        dataset = self.bundle.dataset
        user_id, asked = self._known_as(user_id), user_id
        row = dataset.users.row_of(user_id)
        if row == UNKNOWN:
            raise UnknownIdError(
                f"The bundle {self.version} does not know the customer {asked!r}.",
                hint="Check the id, or ingest it and run: parure train",
            )
        history = dataset.history(user_id)
        titles = dataset.item_table.column("title")
        events = [
            {
                "date": from_us(int(history.timestamp_us[i])).date().isoformat(),
                "event": EventKind(int(history.kind[i])).name.lower(),
                "item_id": history.items.id_of(int(history.item_ix[i])),
                "title": titles[int(history.item_ix[i])].as_py(),
            }
            for i in range(max(0, len(history) - latest), len(history))
        ]
        profile = dataset.user_table.slice(row, 1).to_pylist()[0]
        return {**profile, "events": len(history), "latest_events": events}

    def describe_item(self, item_id: str) -> dict[str, Any]:
        """One product's attributes and features.

        Raises:
            UnknownIdError: The bundle does not know the product.
        """
        return dict(self.bundle.dataset.item_table.slice(self._known_item(item_id), 1).to_pylist()[0])

    def _in_category(self, ranked: Candidates, category: str, k: int) -> Candidates:
        categories = self.bundle.dataset.item_table.column("category").to_numpy()
        if category not in set(categories):
            near = did_you_mean(category, {str(c) for c in categories if c})
            raise UnknownIdError(f"No item has the category {category!r} {near}.", hint="Mind upper and lower case.")
        kept = (categories[ranked.item_ix] == category).nonzero()[0][:k]
        return Candidates(ranked.source, ranked.items, ranked.item_ix[kept], ranked.scores[kept])

    def _known_item(self, item_id: str) -> int:
        row = self.bundle.dataset.items.row_of(item_id)
        if row == UNKNOWN:
            raise UnknownIdError(
                f"The bundle {self.version} does not know the item {item_id!r}.",
                hint="Check the id, or ingest it and run: parure train",
            )
        return row

    def _similarity(self, name: str | None) -> ItemSimilarity:
        able = {s.name: s for s in self.bundle.sources if isinstance(s, ItemSimilarity)}
        if not able:
            raise SettingsError("No source of the recipe says which items are alike.", hint="Add item_cf or als to it.")
        if name is None:
            return next(iter(able.values()))
        if name not in able:
            raise SettingsError(
                f"{name!r} is not a source that says which items are alike {did_you_mean(name, able)}.",
                hint=f"There are: {', '.join(able)}.",
            )
        return able[name]

    def _described(self, candidates: Candidates) -> list[dict[str, Any]]:
        table = self.bundle.dataset.item_table.select(["title", "category", "price_cents"]).take(candidates.item_ix)
        return [
            {"item_id": item_id, "score": score, **row}
            for (item_id, score), row in zip(candidates.pairs(), table.to_pylist(), strict=True)
        ]

    def _known_as(self, user_id: str) -> str:
        """A customer's id as the tables hold it: behind the keyed hash where the shop is pseudonymised."""
        return user_id if not user_id or user_id in self.bundle.dataset.users else self._pseudonym(user_id)


def _speaking_alone(way: Way, shown: Sequence[Recommendation], part: Part) -> list[str]:
    """The sources that spoke alone for want of anything personal, in the recipe's order; [] where others spoke too."""
    kinds = {name: source.kind for name, source in part.source_of.items()}
    speaking = [name for name in kinds if any(name in item.shares for item in shown)]
    alone = [name for name in speaking if kinds[name] in IMPERSONAL]
    # Where nothing is known, a source of another kind can but say what is so of everybody.
    anything_known = len(way.shopper.query.history) or len(way.shopper.page)
    return [] if anything_known and len(alone) < len(speaking) else alone


def _confidence(query: Query, slate: Slate, part: Part) -> NDArray[np.float32] | None:
    """The chance of each item shown, as the recipe learned it from past weeks."""
    if part.calibration is None:
        return None
    return part.calibration.predict(slate.scores.take(slate.ranked()[: query.k]), activity_of(query))


@dataclass(frozen=True)
class _Ready:
    """A recipe of the bundle, ready to answer."""

    recommender: Recommender
    explainer: Explainer
