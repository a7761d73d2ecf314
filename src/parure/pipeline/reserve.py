"""Best sellers in reserve, for a list that stays short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from parure.core.clock import rng_for
from parure.core.recommendation import Recommendation
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.pipeline.explain import Explainer
from parure.pipeline.stages import Way
from parure.retrieval import Popular
from parure.rules import Rule

FALLBACK: Final = "popular"
"""What answers where no source of the recipe has anything to say."""

RESERVE: Final = 200
"""So many of the best sellers are looked at to fill a short list, or twice as many as it lacks where that is more."""

_BEHIND: Final = 0.999
"""What fills up scores at most so much of the lowest score of what it stands behind."""


@dataclass(frozen=True)
class Filling:
    """What fills up one short list.

    Attributes:
        found: The best sellers that were no candidates yet, before any rule.
        slate: The same after the rules that remove and reweigh.
        items: Those that are shown.
    """

    found: Slate
    slate: Slate
    items: tuple[Recommendation, ...]


def best_sellers(dataset: Dataset) -> Popular:
    """What fills up the lists of a shop."""
    # What counting leaves in the memo, 35 bytes an event, nobody wants again where answers are given.
    return Popular(name=FALLBACK).fit(replace(dataset, memo={}), rng=rng_for(0, FALLBACK))


class Reserve:
    """Fills up lists that stay short with what sells best.

    Args:
        source: What sells best; see :func:`best_sellers`.
    """

    def __init__(self, source: Popular) -> None:
        self.source = source

    def filling(
        self, way: Way, rules: Sequence[Rule[Any]], explainer: Explainer, shown: Sequence[Recommendation]
    ) -> Filling:
        """What sells best, under the same rules and less what was a candidate already.

        Rules that look at the slate as a whole have had their say; those that remove and reweigh apply. The ranker has
        not seen these items: their relevance is 0, no source adds anything to their score, and that stays below the
        scores of all that was ranked, or at 0 with them.

        Args:
            way: The request's way through ranker and rules.
            rules: The rules of the recipe.
            explainer: Knows the source of the reserve.
            shown: What is shown of the way.
        """
        query = way.shopper.query
        missing = query.k - len(shown)
        seen = np.concatenate([way.slate.item_ix, *(part.item_ix for part in way.slate.forbidden)])
        best = self.source.fold_in([query]).top(max(RESERVE, 2 * missing), [seen])[0]
        found = slate = Slate.of(way.slate.items, best.item_ix, best.scores, best.scores[:, None], (self.source.name,))
        for rule in rules:
            if rule.effect is not Effect.ARRANGES:
                slate = rule.apply(way.shopper, slate)
        return Filling(found, slate, _behind(explainer.explain(query, slate, missing), shown))


def _behind(filled: Sequence[Recommendation], shown: Sequence[Recommendation]) -> tuple[Recommendation, ...]:
    """What fills up, with scores below those of what it stands behind."""
    top = max((item.score for item in filled), default=0.0) or 1.0
    lowest = min((item.score for item in shown), default=top / _BEHIND)
    factor = _BEHIND * lowest / top
    return tuple(item._replace(score=factor * item.score, relevance=0.0, voices=(), added=()) for item in filled)
