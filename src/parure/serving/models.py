"""What the other routes read and write, as FastAPI's document shows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from parure.pipeline.alike import Likeness

Id = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]+$")]


class Told(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Given(BaseModel):
    """Base of what is sent."""

    # Strict, as else 1 and "no" would be taken for true and false.
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", allow_inf_nan=False, strict=True)


class Item(Told):
    """A product as it is now."""

    item_id: str
    in_bundle: bool
    """Whether the bundle that answers was made with it: only then it can be recommended."""
    withdrawn: bool
    """Whether it was taken out of the catalogue."""
    attributes: dict[str, Any]
    """Its columns; prices in cents."""


class PopularItem(Told):
    """A best seller."""

    item_id: str
    title: str | None
    category: str | None
    item_price: float | None
    score: float


class PopularItems(Told):
    """Best sellers."""

    category: str | None
    model_source: str
    items: list[PopularItem]
    bundle_version: str


class ItemGiven(Given):
    """A product that is new or changed. What is left out stays as it was."""

    title: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    category: Annotated[str, Field(max_length=200)] | None = None
    price: Annotated[float, Field(ge=0, le=1e9)] | None = None
    """In whole units of money, as in 19.90."""
    in_stock: bool | None = None
    attributes: dict[Annotated[str, Field(min_length=1, max_length=100)], JsonValue] = Field(
        default_factory=dict, max_length=100
    )
    """More columns, by their names in the item table."""


def _ids_as_names(schema: dict[str, Any]) -> None:
    """Say that ids that are none are not allowed, which a pattern of properties by itself does not."""
    items = schema["properties"]["items"]
    ((pattern, given),) = items.pop("patternProperties").items()
    items["additionalProperties"] = given
    items["propertyNames"] = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": pattern}


class ItemsGiven(Given):
    """Changes of several products: all of them are taken, or none."""

    model_config = ConfigDict(json_schema_extra=_ids_as_names)

    items: dict[Id, ItemGiven] = Field(min_length=1, max_length=1000)
    """By id."""
    remove: list[Id] = Field(default_factory=list, max_length=1000)
    """Products that are gone."""


class StockGiven(Given):
    """Whether a product can be bought."""

    in_stock: bool


class PriceGiven(Given):
    """What a product costs."""

    price: Annotated[float, Field(gt=0, le=1e9)]
    """In whole units of money, as in 19.90."""


class Changed(Told):
    """Changes that are on disk and in force."""

    changed: int
    """How many products."""
    in_bundle: int
    """How many of them the bundle knows."""


class MergeGiven(Given):
    """Somebody who was browsing without a name has logged in."""

    anonymous_id: Id
    """The id that their events were sent under."""
    user_id: Id
    """Who they are."""


class Merged(Told):
    """A merge that is on disk."""

    user_id: str
    merged: bool
    """Whether that was news."""


class ConsentGiven(Given):
    """What a customer said of being recommended to by what they do."""

    agreed: bool | None
    """null takes it back: what the customers' table says holds again."""


class Person(Told):
    """A customer in a list."""

    user_id: str
    spending_segment: str | None
    loyalty: str | None
    total_purchases: int
    unique_items: int
    avg_item_price: float | None
    last_purchase_date: str | None


class People(Told):
    """A page of customers."""

    users: list[Person]
    total: int
    next_cursor: str | None


class PastEvent(Told):
    """One thing that a customer did."""

    date: str
    """The day; the moment, where it was since training."""
    event: str
    item_id: str
    title: str | None
    """Null for a product that the bundle does not know."""


class Profile(Told):
    """What is known of a customer."""

    user_id: str
    known: bool
    """Whether the bundle knows them."""
    attributes: dict[str, Any]
    events: int
    """Events that were there at training."""
    live_events: int
    """Events since."""
    latest_events: list[PastEvent]
    """The newest first."""


class FacetValue(Told):
    """One value of a facet."""

    value: str
    count: int
    """How many of the products found have it."""
    filter: list[str]
    """What to send as ``filters`` to keep just these; several for a price band."""
    chosen: bool
    """Whether the search asks for it."""


class Facet(Told):
    """Counts by one property, over all that was found."""

    name: str
    values: list[FacetValue]
    missing: int
    """Products found that have no value."""


class SearchItem(Told):
    """A product found."""

    item_id: str
    score: float
    found_by: dict[str, float]
    title: str | None = None
    category: str | None = None
    item_price: float | None = None


class SearchAnswer(Told):
    """What was found."""

    query: str
    items: list[SearchItem]
    total: int
    facets: dict[str, Facet]
    notes: list[str]
    took_ms: dict[str, float]


class Model(Told):
    """What a request may name as its model."""

    name: str
    kind: Literal["recipe", "source"]
    title: str
    surface: str | None
    ranker: str
    sources: list[str]
    rules: list[str]
    calibrated: bool


class Models(Told):
    """The bundle that answers, and what it can be asked for."""

    bundle_version: str
    main: str
    models: list[Model]
    likenesses: list[Likeness]
    """What ``mode`` of ``/items/{item_id}/similar`` may be: how this bundle can tell that products are alike."""
    versions: list[str]
    facts: dict[str, Any]


class SurfaceStats(Told):
    """What became of recommendations at one place; rates are null where nothing was shown."""

    surface: str
    """``none`` for events that name no place."""
    impressions: int
    clicks: int
    carts: int
    purchases: int
    click_rate: float | None
    cart_rate: float | None
    purchase_rate: float | None


class Stats(Told):
    """Figures of the shop and of what happened lately."""

    users: int
    items: int
    events: int
    """Events that the bundle has learned from."""
    live_events: int
    """Events in the store."""
    events_per_minute: list[int]
    """Of the last hour, the oldest minute first."""
    surfaces: list[SurfaceStats]
    waiting_events: int
    """Events that are on their way to disk in this process."""
    cache: dict[str, int]


class Health(Told):
    """Whether the server can answer."""

    status: Literal["ready", "live"]
    bundle_version: str | None
    bundle_age_s: float | None
    """Seconds since the data's last moment."""
    refused_bundles: dict[str, str]
    """Bundles that were to be served and failed their checks, with why."""
    worker: int
    """The process that says so."""


class Refusal(Told):
    """What is wrong."""

    code: str
    """Stable: match on it."""
    message: str
    hint: str = ""
    request_id: str
    details: Any = None


class Problem(Told):
    """The answer to every request that cannot be met."""

    error: Refusal
