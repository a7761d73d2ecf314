"""What is asked of a search, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.filters import ItemFilter
from parure.search.facets import FACETS, Facet
from parure.search.fusion import Method
from parure.search.sorting import Sort
from parure.search.words import WordsConfig

Mode = Literal["auto", "words", "meaning", "tfidf"]
Vectors = NDArray[np.float32]

LONGEST_TEXT = 2000
"""Letters of a query that are read."""


class SearchConfig(Config):
    """How search finds and orders."""

    words: WordsConfig = WordsConfig()
    """How words are matched and weighed."""
    languages: tuple[str, ...] = ("german", "english")
    """Languages whose stems are known, as the Snowball stemmers call them."""
    fusion: Method = "scores"
    """How words, meaning and picture are brought together: by their ``scores`` or by their ``ranks``."""
    words_share: float = Field(default=0.5, ge=0, le=1)
    """Weight of words where words and meaning both speak; meaning has the rest."""
    meaning_pool: int = Field(default=100, ge=1, le=100_000)
    """How many products count as found by meaning or by picture, for totals and facets."""


@dataclass(frozen=True)
class SearchQuery:
    """One search.

    Attributes:
        text: What was typed; may be empty, for a picture alone or to leaf through all products.
        picture: float32[size], the vector of a picture to find the like of.
        look: uint8[side, side, 3], the picture itself, small; finds the very product among those that are alike.
        k: How many items at most.
        offset: How many of the best are passed over, for later pages.
        filters: What an item must be like.
        facets: Which facets are counted.
        sort: What the order goes by; what is equal in that, and what has no price or day, goes by relevance.
        mode: ``auto`` fuses words and meaning; the others search in one way alone.
        picture_share: Weight of the picture where there is text too.
        profile: float32[size] or float32[styles, size], a customer's style among picture vectors.
        personal: How much the style re-orders what was found: 0 not at all, 1 it alone.
        within: The only items there are for this query, as a customer's feed; all where None.
        text_vector: float32[size], the text's sentence vector where the caller has it already.
    """

    text: str = ""
    picture: Vectors | None = None
    look: NDArray[np.uint8] | None = None
    k: int = 10
    offset: int = 0
    filters: ItemFilter = field(default_factory=ItemFilter)
    facets: Sequence[str] = FACETS
    sort: Sort = "relevance"
    mode: Mode = "auto"
    picture_share: float = 0.5
    profile: Vectors | None = None
    personal: float = 0.3
    within: Collection[str] | None = None
    text_vector: Vectors | None = None


@dataclass(frozen=True)
class FoundItem:
    """One item found.

    Attributes:
        item_id: The item.
        score: What the order goes by, 0..1 within one answer where several parts were fused.
        parts: The parts that found it with their own scores: ``words`` (BM25), ``meaning`` and ``picture`` (cosine; up
            to 0.05 above the best for a product that the very picture shows), ``style`` (cosine with the customer's
            profile).
    """

    item_id: str
    score: float
    parts: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        parts = {name: round(value, 4) for name, value in self.parts.items()}
        return {"item_id": self.item_id, "score": round(self.score, 6), "found_by": parts}


@dataclass(frozen=True)
class SearchResult:
    """An answer.

    Attributes:
        items: The items, best first; equal scores in order of their ids.
        total: How many items match in all.
        facets: Counts over all that match.
        notes: What the searcher should know: a spelling that was guessed, words that mean nothing here.
        took_ms: Milliseconds by stage: encode, words, meaning, picture, order, facets.
    """

    items: tuple[FoundItem, ...]
    total: int
    facets: tuple[Facet, ...] = ()
    notes: tuple[str, ...] = ()
    took_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def item_ids(self) -> list[str]:
        """Ids of the items, best first."""
        return [item.item_id for item in self.items]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return {
            "items": [item.to_dict() for item in self.items],
            "total": self.total,
            "facets": {facet.name: facet.to_dict() for facet in self.facets},
            "notes": list(self.notes),
            "took_ms": {stage: round(value, 3) for stage, value in self.took_ms.items()},
        }
