"""The answer to a query, in the shop's own ids."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """The past event that speaks most for a recommendation.

    Attributes:
        item_id: The item of that event.
        title: Its title.
        event: What was done, as in ``purchase``.
        date: The day, ISO 8601.
        times: How often it was done.
        similarity: How alike the two items are to the source that says so, in that source's own measure; None where
            the evidence is the recommended item itself.
    """

    item_id: str
    title: str
    event: str
    date: str
    times: int
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommended item.

    Attributes:
        item_id: The item.
        title: Its title.
        category: Its category.
        price_cents: Its price; None where unknown.
        score: The ranker's score; comparable within one answer only.
        shares: What each source added to the score.
        source: The source that added most.
        reason: Why, in one sentence.
        evidence: What the reason rests on; None for an item recommended for what others do.
    """

    item_id: str
    title: str
    category: str
    price_cents: int | None
    score: float
    shares: dict[str, float]
    source: str
    reason: str
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Answer:
    """All that comes back for one query.

    Attributes:
        user_id: Who asked; None for an anonymous session.
        items: The recommendations, best first; fewer than asked for where there are fewer.
        recipe: The recipe that made them.
        bundle: Version of the bundle that answered.
        known_user: Whether the user was in training.
        fallback: The source that had to speak alone because nothing personal was known, with why; None otherwise.
        removed: How many items each rule held back, by reason code.
    """

    user_id: str | None
    items: tuple[Recommendation, ...]
    recipe: str
    bundle: str
    known_user: bool
    fallback: str | None
    removed: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return asdict(self)
