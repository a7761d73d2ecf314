"""What the hot routes read and write. The OpenAPI document is made of these very types."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from parure.serving.cursors import LONGEST

Id = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]+$")]
"""An id of the shop's: any text without control characters."""
Count = Annotated[int, Meta(ge=1, le=1000)]
Price = Annotated[float, Meta(ge=0, le=1e9)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2}$")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]

Act = Literal[
    "view",
    "click",
    "cart",
    "add_to_cart",
    "remove_from_cart",
    "wishlist",
    "add_to_wishlist",
    "purchase",
    "return",
    "impression",
    "dismiss",
]
"""What was done; ``cart`` and ``wishlist`` are short for ``add_to_cart`` and ``add_to_wishlist``."""


class SessionStep(Struct, forbid_unknown_fields=True):
    """One step of a visitor's session that the shop keeps itself."""

    item_id: Id
    event: Act = "view"
    timestamp: datetime | None = None


class Wanted(Struct, forbid_unknown_fields=True):
    """What recommendations are asked for; as the query of a GET, lists are written by repeating the name."""

    n: Count | None = None
    model: Name | None = None
    surface: Name | None = None
    timestamp: datetime | None = None
    price_min: Price | None = None
    price_max: Price | None = None
    exclude_purchased: bool | None = None
    item_ids: Annotated[list[Id], Meta(max_length=200)] = []
    filters: Annotated[list[Text], Meta(max_length=20)] = []
    properties: Annotated[list[Name], Meta(max_length=30)] = []
    goals: Annotated[list[Name], Meta(max_length=4)] = []
    language: Language = "en"
    request_id: Annotated[str, Meta(max_length=100)] = ""
    cursor: Annotated[str, Meta(max_length=LONGEST)] | None = None


class WantedBody(Struct, forbid_unknown_fields=True):
    """What recommendations are asked for, as the body of a POST."""

    user_id: Id | None = None
    num_recommendations: Count | None = None
    model_type: Name | None = None
    surface: Name | None = None
    timestamp: datetime | None = None
    price_range_min: Price | None = None
    price_range_max: Price | None = None
    exclude_purchased: bool | None = None
    item_ids: Annotated[list[Id], Meta(max_length=200)] = []
    session: Annotated[list[SessionStep], Meta(max_length=200)] = []
    filters: Annotated[list[Text], Meta(max_length=20)] = []
    properties: Annotated[list[Name], Meta(max_length=30)] = []
    goals: dict[Name, Annotated[float, Meta(ge=0, le=1e6)]] = {}
    language: Language = "en"
    request_id: Annotated[str, Meta(max_length=100)] = ""
    cursor: Annotated[str, Meta(max_length=LONGEST)] | None = None

    def wanted(self) -> Wanted:
        """The same in the words of a GET, less who asks, the session and the goals."""
        return Wanted(
            n=self.num_recommendations,
            model=self.model_type,
            surface=self.surface,
            timestamp=self.timestamp,
            price_min=self.price_range_min,
            price_max=self.price_range_max,
            exclude_purchased=self.exclude_purchased,
            item_ids=self.item_ids,
            filters=self.filters,
            properties=self.properties,
            language=self.language,
            request_id=self.request_id,
            cursor=self.cursor,
        )


class UserInfo(Struct):
    """What is known of who asks."""

    user_id: str | None
    user_type: Literal["loyal", "new", "browser", "visitor", "unknown"]
    spending_segment: str | None = None
    total_purchases: int = 0
    unique_items: int = 0
    avg_item_price: float | None = None
    last_purchase_date: str | None = None
    live_events: int = 0


class ItemEvidence(Struct):
    """What a reason rests on."""

    item_id: str
    title: str
    event: str
    date: str | None
    times: int
    similarity: float | None


class RecommendedItem(Struct):
    """One recommended item."""

    item_id: str
    title: str
    category: str
    relevance_score: float
    confidence_score: float | None
    item_price: float | None
    recommendation_reason: str
    model_source: str
    marks: tuple[str, ...]
    evidence: ItemEvidence | None
    properties: dict[str, Any] | UnsetType = UNSET


class Recommendations(Struct):
    """The answer to a request for recommendations."""

    recommendation_id: str
    user_info: UserInfo
    items: list[RecommendedItem]
    primary_model: str
    fallback_used: bool
    fallback_reason: str | None
    surface: str
    title: str
    short: str | None
    held_back: dict[str, int]
    experiment: str | None
    variant: str | None
    bundle_version: str
    processing_time_ms: float
    generated_at: str
    next_cursor: str | None = None


class SimilarItem(Struct):
    """One item like another."""

    item_id: str
    title: str | None
    category: str | None
    item_price: float | None
    similarity_score: float


class Similar(Struct):
    """Items like one item."""

    item_id: str
    title: str | None
    model_source: str
    items: list[SimilarItem]
    bundle_version: str
    processing_time_ms: float


class SimilarWanted(Struct, forbid_unknown_fields=True):
    """What items are asked for."""

    n: Count = 10
    mode: Literal["visual", "bought_together", "mixed"] | None = None
    model: Name | None = None


class ShopEvent(Struct, forbid_unknown_fields=True):
    """One thing that somebody did with an item."""

    user_id: Id
    item_id: Id
    event: Act
    event_id: Annotated[str, Meta(max_length=100)] = ""
    timestamp: datetime | None = None
    quantity: Annotated[float, Meta(gt=0, le=1e6)] = 1.0
    price: Price | None = None
    duration_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    session_id: Annotated[str, Meta(max_length=256)] = ""
    recommendation_id: Annotated[str, Meta(max_length=200)] = ""
    surface: Annotated[str, Meta(max_length=100)] = ""
    order_id: Annotated[str, Meta(max_length=256)] = ""


class ShopEvents(Struct, forbid_unknown_fields=True):
    """Several events at once: all of them are taken, or none."""

    events: Annotated[list[ShopEvent], Meta(min_length=1, max_length=1000)]


class Receipt(Struct):
    """Events that are on disk."""

    accepted: int
    duplicates: int
    unknown_items: int
    event_ids: list[str]
