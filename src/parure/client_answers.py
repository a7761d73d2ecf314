"""What the HTTP API answers, as the client gives it: dataclasses with the names that the API uses."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def made(kind: type[T], told: Mapping[str, Any]) -> T:
    """An answer of a kind; fields that a newer server has beyond it are passed over."""
    hints = _hints(kind)  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], value) for name, value in told.items() if name in hints})


def _value(hint: Any, value: Any) -> Any:
    """A value as its field holds it."""
    if value is None:
        return None
    if is_dataclass(hint):
        return made(hint, value)  # type: ignore[arg-type]
    if get_origin(hint) is list and is_dataclass(get_args(hint)[0]):
        return [made(get_args(hint)[0], each) for each in value]
    if NoneType in get_args(hint):
        return _value(next(each for each in get_args(hint) if each is not NoneType), value)
    return value


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """What is known of who asks."""

    user_id: str | None
    user_type: str
    spending_segment: str | None
    total_purchases: int
    unique_items: int
    avg_item_price: float | None
    last_purchase_date: str | None
    live_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEvidence:
    """What a reason rests on."""

    item_id: str
    title: str
    event: str
    date: str | None
    times: int
    similarity: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendedItem:
    """One recommended item."""

    item_id: str
    title: str
    category: str
    relevance_score: float
    confidence_score: float | None
    item_price: float | None
    recommendation_reason: str
    model_source: str
    marks: list[str]
    evidence: ItemEvidence | None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
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
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarItem:
    """One item like another."""

    item_id: str
    title: str | None
    category: str | None
    item_price: float | None
    similarity_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """Items like one item."""

    item_id: str
    title: str | None
    model_source: str
    items: list[SimilarItem]
    bundle_version: str
    processing_time_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Events that are on disk."""

    accepted: int
    duplicates: int
    unknown_items: int
    event_ids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product as it is now; prices among its attributes are in cents."""

    item_id: str
    in_bundle: bool
    withdrawn: bool
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopularItem:
    """A best seller."""

    item_id: str
    title: str | None
    category: str | None
    item_price: float | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PopularItems:
    """Best sellers."""

    category: str | None
    model_source: str
    items: list[PopularItem]
    bundle_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Changes of products that are in force."""

    changed: int
    in_bundle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer in a list."""

    user_id: str
    spending_segment: str | None
    loyalty: str | None
    total_purchases: int
    unique_items: int
    avg_item_price: float | None
    last_purchase_date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """A page of customers."""

    users: list[Person]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a customer."""

    user_id: str
    known: bool
    attributes: dict[str, Any]
    events: int
    live_events: int
    latest_events: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchItem:
    """A product found."""

    item_id: str
    score: float
    found_by: dict[str, float]
    title: str | None
    category: str | None
    item_price: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """What was found."""

    query: str
    items: list[SearchItem]
    total: int
    facets: dict[str, Any]
    notes: list[str]
    took_ms: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a request may name as its model."""

    name: str
    kind: str
    title: str
    surface: str | None
    ranker: str
    sources: list[str]
    rules: list[str]
    calibrated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The bundle that answers, and what it can be asked for."""

    bundle_version: str
    main: str
    models: list[Model]
    likenesses: list[str]
    versions: list[str]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceStats:
    """What became of recommendations at one place."""

    surface: str
    impressions: int
    clicks: int
    carts: int
    purchases: int
    click_rate: float | None
    cart_rate: float | None
    purchase_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Figures of the shop and of what happened lately."""

    users: int
    items: int
    events: int
    live_events: int
    events_per_minute: list[int]
    surfaces: list[SurfaceStats]
    waiting_events: int
    cache: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the server can answer."""

    status: str
    bundle_version: str | None
    bundle_age_s: float | None
    refused_bundles: dict[str, str]
    worker: int
