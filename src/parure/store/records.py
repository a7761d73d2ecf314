"""What goes into the store and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from parure.core.events import EventKind

Scalar = str | int | float | bool | None
JSON = Scalar | list["JSON"] | dict[str, "JSON"]
"""What JSON can say."""


class StoredEvent(NamedTuple):
    """One act of a user, as a shop reports it. A tuple: a frozen dataclass takes four times as long to make.

    Attributes:
        event_id: The sender's name for it; a second event of that name is a duplicate, whatever else it says.
        user_id: Who, by a customer's or an anonymous visitor's id.
        item_id: On which item.
        kind: What was done.
        timestamp_us: When, in microseconds since 1970 UTC, by the sender's clock.
        quantity: Units, for purchases.
        price_cents: Price of one unit in cents; 0 where unknown.
        duration_s: How long a view lasted; 0 where unknown.
        session_id: The visit; empty where unknown.
        recommendation_id: The recommendation that it follows; empty where it follows none.
        surface: Where on the site; empty where unknown.
        order_id: The order, for purchases and returns.
    """

    event_id: str
    user_id: str
    item_id: str
    kind: EventKind
    timestamp_us: int
    quantity: float = 1.0
    price_cents: int = 0
    duration_s: float = 0.0
    session_id: str = ""
    recommendation_id: str = ""
    surface: str = ""
    order_id: str = ""


class SearchCount(NamedTuple):
    """What one query came to on one day, or a part of that day.

    Attributes:
        day: Number of days since 1970 UTC.
        query: What was searched for, normalised by who counts.
        searches: How often.
        empty: How often nothing was found.
        results: Products found, summed over the searches.
        took_ms: Time taken, summed over the searches.
    """

    day: int
    query: str
    searches: int
    empty: int
    results: int
    took_ms: float


class EventRow(NamedTuple):
    """One live event of a user, as much of it as a history needs. ``kind`` is an :class:`EventKind` number."""

    item_id: str
    kind: int
    timestamp_us: int
    quantity: float
    price_cents: int
    duration_s: float
    session_id: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What changed about an item; as read back, everything that was changed about it live since it was settled last.

    Attributes:
        item_id: The item.
        at_us: When, in microseconds since 1970 UTC.
        removed: Whether it is to be gone; None leaves that as it was, and is never read back. What was said of it stays
            stored, and holds again once it comes back.
        attributes: Column -> new value, as in ``{"in_stock": False}``; columns left out keep theirs. None empties one.
        settled_seq: As read back, the number in the store up to which it held: a model that has learned further goes by
            the shop's own files. 0 where it holds still.
    """

    item_id: str
    at_us: int
    removed: bool | None = None
    attributes: Mapping[str, JSON] = field(default_factory=dict)
    settled_seq: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether what a user does may be used. ``agreed`` is None where the answer was withdrawn."""

    user_id: str
    agreed: bool | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission that has been committed.

    Attributes:
        accepted: How many of its events, changes or merges are new.
        duplicates: How many were known already and changed nothing.
        seq: Who has read up to this number of the sequence has read the submission.
    """

    accepted: int
    duplicates: int
    seq: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What was committed since a reader last looked.

    Attributes:
        seq: The number of the sequence up to which the reader has now read.
        items: Items that changed, each once, as they are now.
        merges: Ids that were merged, each with the user that it stands for now.
        consents: Answers that changed, each user's latest.
    """

    seq: int
    items: list[ItemChange] = field(default_factory=list)
    merges: dict[str, str] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.items or self.merges or self.consents)
