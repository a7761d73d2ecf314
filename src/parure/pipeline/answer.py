"""Questions to a published bundle, answered in the shop's own ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.core import History, Query
from parure.core.errors import SettingsError, did_you_mean
from parure.core.filters import ItemFilter
from parure.core.recommendation import Answer, Recommendation
from parure.core.slate import Slate
from parure.dataset import DatasetConfig
from parure.ingest.pseudonyms import pseudonymiser
from parure.pipeline.bundle import Bundle, bundle_path, load_bundle
from parure.pipeline.explain import Explainer, retell
from parure.pipeline.goals import checked_goals
from parure.pipeline.live import Act, LiveWeights, changed_dataset, until, with_acts
from parure.pipeline.lookup import Lookups, absent
from parure.pipeline.named import models, part_for
from parure.pipeline.occasions import activity_of
from parure.pipeline.part import Part
from parure.pipeline.recommend import Recommender
from parure.pipeline.reserve import FALLBACK
from parure.pipeline.stages import Way
from parure.pipeline.trace import Trace, trace
from parure.pipeline.train import recommender_of
from parure.rules import Consent
from parure.rules.columns import prices

NO_FILTER: Final = ItemFilter()
_UNKNOWN: Final[Mapping[str, str]] = {}
USUAL_WEIGHTS: Final = LiveWeights(DatasetConfig().weights, DatasetConfig().long_view_s)

IMPERSONAL = ("popular", "demographic", "new_arrivals", "trending", "assortment")
"""Kinds of sources that speak without any history."""


class Answers(Lookups):
    """Answers from one bundle.

    Args:
        bundle: The bundle.
        version: What it is called.

    Attributes:
        dataset: The bundle's dataset, its products as they are now: see :meth:`follow`.
    """

    def __init__(self, bundle: Bundle, version: str) -> None:
        super().__init__(bundle, version)
        self._ready: dict[str, _Ready] = {}
        self._nothing = History.empty(bundle.dataset.items)
        self._said: dict[str, bool] = {}

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
        part: Part | None = None,
        known_as: str | None = None,
        now_us: int | None = None,
        acts: Sequence[Act] = (),
        weights: LiveWeights = USUAL_WEIGHTS,
        exclude_purchased: bool | None = None,
    ) -> Query:
        """The query behind :meth:`recommend`, with the same arguments and some that only a live shop has.

        Args:
            user_id: As in :meth:`recommend`.
            k: Likewise.
            surface: Likewise.
            items: Likewise.
            item_filter: Likewise.
            language: Likewise.
            request_id: Likewise.
            goals: Likewise.
            part: What is to answer; what :meth:`part` says of the surface where None.
            known_as: What :meth:`known_as` says of ``user_id``, where that was asked already.
            now_us: The moment of asking, in microseconds since 1970 UTC; that of the bundle where None. What the
                customer did later does not count.
            acts: What the customer did since the bundle was made.
            weights: What that says about taste.
            exclude_purchased: Whether what was bought is left out; as the recipe says where None.
        """
        part = part or self.part(surface)
        recipe, dataset = part.recipe, self.dataset
        if known_as is None:
            known_as = self.known_as(user_id or "")
        history, attributes = self._nothing, _UNKNOWN
        if self.recommender(part).hears(known_as or None):
            history = self.past(known_as, now_us=now_us, acts=acts, weights=weights)
            attributes = dataset.attributes(known_as)
        return Query(
            history=history,
            now_us=dataset.as_of_us if now_us is None else now_us,
            user_id=known_as or None,
            surface=surface or recipe.surface,
            items=tuple(items),
            attributes=attributes,
            k=k or recipe.k,
            item_filter=item_filter or NO_FILTER,
            request_id=request_id,
            language=language,
            goals=checked_goals(goals) if goals else {},
            exclude_purchased=exclude_purchased,
        )

    def past(
        self,
        known_as: str,
        *,
        now_us: int | None = None,
        acts: Sequence[Act] = (),
        weights: LiveWeights = USUAL_WEIGHTS,
    ) -> History:
        """What a customer did up to a moment, whether or not it may count.

        Args:
            known_as: As the tables call them.
            now_us: The moment, as in :meth:`request`.
            acts: Likewise.
            weights: Likewise.
        """
        history = self.dataset.history(known_as)
        if acts:
            history = with_acts(history, acts, weights, prices(self.dataset))
        return history if now_us is None else until(history, now_us)

    def query(self, user_id: str, *, k: int = 10) -> Query:
        """The query of one customer at the moment of the bundle, by the id that the shop's files use."""
        return self.dataset.query(self.known_as(user_id), k=k)

    def part(self, surface: str | None, model: str | None = None) -> Part:
        """What answers a request: the model that it names, else the recipe of its surface, else the main one.

        Raises:
            SettingsError: The bundle has no such model, or does not answer for the surface.
        """
        if model is None:
            return part_for(self.bundle, self.version, surface)
        if model not in self.models:
            near = did_you_mean(model, self.models)
            raise SettingsError(
                f"The bundle {self.version} has no model {model!r} {near}".rstrip() + ".",
                hint=f"It has: {', '.join(self.models)}; see models in [train] of parure.toml.",
            )
        return self.models[model]

    @cached_property
    def models(self) -> dict[str, Part]:
        """All that a request may name: recipes, and sources alone."""
        return models(self.bundle)

    def follow(self, changes: Mapping[str, Mapping[str, Any]]) -> int:
        """Take in that products changed since the bundle was made; what is answered from now on is as they are.

        Args:
            changes: For each product the columns of the item table that changed, and ``withdrawn`` where it is gone.

        Category codes and conditions of rules go by what the bundle has learned, until the next.

        Returns:
            How many of the products the bundle knows.

        Raises:
            InputError: A value is not what its column holds; nothing has changed then.
        """
        dataset, rows = changed_dataset(self.dataset, changes)
        if not len(rows):
            return 0
        self.dataset = dataset
        retell(dataset, rows)
        for ready in [*self._ready.values()]:
            ready.recommender.follow(dataset, rows)
        self._absent = absent(dataset)
        return len(rows)

    def consents(self, user_id: str, agreed: bool | None) -> None:
        """Take in what a customer said of being recommended to by what they do; None takes it back."""
        if agreed is None:
            self._said.pop(user_id, None)
        else:
            self._said[user_id] = agreed

    def merged(self, aliases: Mapping[str, str]) -> None:
        """Take in that ids stand for other customers from now on, all of them as the tables call them."""
        self._aliases.update(aliases)

    def seen_as(self, query: Query, part: Part | None = None) -> Query:
        """A query as the rules of a recipe let the later stages see it; the main one where None."""
        return self.recommender(part or self.bundle.main).shopper(query).query

    def recommender(self, part: Part) -> Recommender:
        """What makes the slates of a recipe of the bundle."""
        return self._of(part).recommender

    def answer(self, query: Query, part: Part | None = None) -> Answer:
        """Recommendations for a query, by a recipe of the bundle; the main one where None."""
        part = part or self.bundle.main
        ready = self._of(part)
        return self._answer_of(query, ready.recommender.way(query), part, ready)

    def answers(self, queries: Sequence[Query], part: Part | None = None) -> list[Answer]:
        """The same for many queries, at less cost."""
        part = part or self.bundle.main
        ready = self._of(part)
        ways = ready.recommender.ways(queries)
        return [self._answer_of(query, way, part, ready) for query, way in zip(queries, ways, strict=True)]

    def answer_of(self, query: Query, way: Way, part: Part) -> Answer:
        """The answer that the way of a query through a recipe of the bundle leads to."""
        return self._answer_of(query, way, part, self._of(part))

    def _answer_of(self, query: Query, way: Way, part: Part, ready: _Ready) -> Answer:
        # What rules hide of the customer, as without consent, must not show in reasons and confidence either.
        seen = way.shopper.query
        items = ready.explainer.explain(seen, way.slate, seen.k, _confidence(seen, way.slate, part))
        speaking = _speaking_alone(way, items, ready.impersonal)
        removed = way.slate.removed
        if len(items) < seen.k:
            filling = self._reserve.filling(way, ready.recommender.rules, ready.explainer, items)
            removed += filling.slate.removed
            items += filling.items
            if filling.items and FALLBACK not in speaking:
                speaking.append(FALLBACK)
        held_back: dict[str, int] = {}
        for each in removed:
            held_back[each.reason] = held_back.get(each.reason, 0) + len(each.item_ix)
        return Answer(
            user_id=query.user_id,
            items=items,
            recipe=part.recipe.name,
            bundle=self.version,
            known_user=query.user_id in self.dataset.users,
            fallback="+".join(speaking) or None,
            removed=held_back,
            surface=query.surface if part.recipe.surface else "",
            title=ready.explainer.title(seen),
            short=ready.explainer.short(seen, held_back, len(items)),
            confidence_of=part.calibration.outcome if part.calibration else "",
            # What rules took nothing away from may count.
            has_consent=seen is query or ready.recommender.hears(query.user_id),
        )

    def trace(self, query: Query, part: Part | None = None) -> Trace:
        """What :meth:`answer` says to a query, with the full account; see :func:`parure.pipeline.trace.trace`."""
        ready = self._of(part or self.bundle.main)
        return trace(ready.recommender, ready.explainer, query, reserve=self._reserve)

    def _of(self, part: Part) -> _Ready:
        name = part.recipe.name
        if name not in self._ready:
            recommender = recommender_of(part, self.dataset)
            for rule in recommender.rules:
                if isinstance(rule, Consent):
                    rule.listen(self._said)
            impersonal = {name: source.kind in IMPERSONAL for name, source in part.source_of.items()}
            explainer = Explainer.of(self.dataset, part, self._reserve.source)
            self._ready[name] = _Ready(recommender, explainer, impersonal)
        return self._ready[name]


def _speaking_alone(way: Way, shown: Sequence[Recommendation], impersonal: Mapping[str, bool]) -> list[str]:
    """The sources that spoke alone for want of anything personal, in the recipe's order; [] where others spoke too.

    Args:
        way: The way of the request.
        shown: What is shown.
        impersonal: Of each source of the recipe, whether it speaks without any history.
    """
    # Where nothing is known, a source of another kind can but say what is so of everybody.
    if len(way.shopper.query.history) or len(way.shopper.page):
        for item in shown:
            for name, share in zip(item.voices, item.added, strict=True):
                if share and impersonal.get(name) is False:
                    return []
    heard = {name for item in shown for name, share in zip(item.voices, item.added, strict=True) if share}
    return [name for name, alone in impersonal.items() if alone and name in heard]


def _confidence(query: Query, slate: Slate, part: Part) -> NDArray[np.float32] | None:
    """The chance of each item shown, as the recipe learned it from past weeks."""
    if part.calibration is None:
        return None
    return part.calibration.predict(slate.scores.take(slate.ranked()[: query.k]), activity_of(query))


@dataclass(frozen=True)
class _Ready:
    """A recipe of the bundle, ready to answer.

    Attributes:
        recommender: Makes its slates.
        explainer: Puts reasons to them.
        impersonal: Of each source whether it speaks without any history.
    """

    recommender: Recommender
    explainer: Explainer
    impersonal: Mapping[str, bool]
