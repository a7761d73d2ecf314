"""The answer to a query, in the shop's own ids.

Tuples with names, where one answer has many: whoever writes them out takes them apart in one go.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple


class Evidence(NamedTuple):
    """The past event, or the item on the page, that speaks most for a recommendation.

    Attributes:
        item_id: The item of that event.
        title: Its title.
        event: What was done, as in ``purchase``; ``on_page``, ``in_cart`` or ``ordered`` for what the request names.
        date: The day, ISO 8601; None for what the request names.
        times: How many events there are on that item.
        similarity: How alike the two items are to the source that says so, in that source's own measure; None where
            the evidence is the recommended item itself.
    """

    item_id: str
    title: str
    event: str
    date: str | None
    times: int
    similarity: float | None = None


class Recommendation(NamedTuple):
    """One recommended item.

    Attributes:
        item_id: The item.
        title: Its title.
        category: Its category.
        price_cents: Its price; None where unknown.
        score: The ranker's score, times what rules made of it; comparable within one answer only.
        relevance: The ranker's score before any rule over the best of the pool: 0-1; 0 for what only fills up a list.
        confidence: The chance, 0-1, that a customer takes it, as it came true for others; None where that was not
            measured. What taking it means, :attr:`Answer.confidence_of` says.
        voices: The sources of the recipe; empty for what only fills up a list.
        added: What each of them added to the ranker's score.
        source: The source that added most, or that fills up; the rule that brought it where no source did.
        marks: Reason codes of what rules did to it on purpose, in the order of the rules: ``pinned``, ``boosted`` ...
        reason: Why, in one sentence in the customer's language.
        evidence: What the reason rests on; None for an item recommended for what others do.
    """

    item_id: str
    title: str
    category: str
    price_cents: int | None
    score: float
    relevance: float
    confidence: float | None
    voices: tuple[str, ...]
    added: tuple[float, ...]
    source: str
    marks: tuple[str, ...]
    reason: str
    evidence: Evidence | None

    @property
    def shares(self) -> dict[str, float]:
        """What each source added that added anything; put together when it is asked for, which few do."""
        return {name: share for name, share in zip(self.voices, self.added, strict=True) if share}


@dataclass(slots=True)
class Answer:
    """All that comes back for one query. Never changed once it is made.

    Attributes:
        user_id: Who asked; None for an anonymous session.
        items: The recommendations, best first; fewer than asked for where there are fewer.
        recipe: The recipe that made them.
        bundle: Version of the bundle that answered.
        known_user: Whether the user was in training.
        fallback: The source that had to speak alone because nothing personal was known, with why; None otherwise.
        removed: How many items each rule held back, by reason code.
        surface: The place in the shop.
        title: The heading over the recommendations, in the customer's language.
        short: Where fewer could be shown than were asked for, a sentence that says so and why; None otherwise.
        confidence_of: What confidences are the chance of, within seven days: ``purchases``; or ``acts``, any look,
            click, cart, wish or purchase, in shops with too few purchases to learn from. Empty where none was learned.
        has_consent: Whether what is known of who asked may count; of visitors without a name, whether it might.
    """

    user_id: str | None
    items: tuple[Recommendation, ...]
    recipe: str
    bundle: str
    known_user: bool
    fallback: str | None
    removed: dict[str, int]
    surface: str = ""
    title: str = ""
    short: str | None = None
    confidence_of: str = ""
    has_consent: bool = True

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**told, "removed": dict(self.removed), "items": [_described(item) for item in self.items]}


def _described(item: Recommendation) -> dict[str, Any]:
    """JSON-ready fields of one item."""
    told = item._asdict()
    del told["voices"], told["added"]
    return {**told, "shares": item.shares, "evidence": None if item.evidence is None else item.evidence._asdict()}
