"""What the routes of the console read and write, as FastAPI's document shows it."""

from __future__ import annotations

from typing import Any

from parure.serving.models import SurfaceStats, Told


class BundleRecipe(Told):
    """A recipe of a bundle."""

    name: str
    title: str
    surface: str | None
    ranker: str
    sources: list[str]
    rules: list[str]


class BundleEntry(Told):
    """A bundle of the shop, and what is known of it without loading it."""

    version: str
    named: bool
    """Whether it is the one to be served."""
    served: bool
    """Whether the worker that answers serves it."""
    refused: str | None
    """Why it is not served, or could not be; null where nothing is wrong."""
    made_at: str | None
    """When it was published first."""
    published_at: str | None
    """When it was published last."""
    learned_until: str | None
    """The moment of its data."""
    parure: str
    """The version of parure that made it."""
    size_bytes: int
    recipes: list[BundleRecipe]
    """The main one first."""
    users: int | None
    items: int | None
    events: int | None
    """Events that it has learned from."""
    figures: dict[str, float]
    """Every number that is known of it, by name: to hold against another bundle's."""
    facts: dict[str, Any]
    """All that training noted and measured, calibration included."""


class Bundles(Told):
    """The bundles of the shop, the one published last first."""

    named: str | None
    """The version to be served."""
    served: str
    """The version that the worker which answers serves."""
    bundles: list[BundleEntry]


class NamedBundle(Told):
    """A bundle that is to be served from now on."""

    bundle_version: str
    """Workers take it up within a second or two."""
    before: str | None
    """What was named before."""


class SurfaceDay(SurfaceStats):
    """What became of recommendations at one place on one day."""

    day: str
    """From midnight to midnight UTC."""


class RouteLatency(Told):
    """How long one route took in this worker since it started, by the buckets of its histogram."""

    route: str
    method: str
    requests: int
    failed: int
    """Answers of 500 and above."""
    p50_ms: float
    p90_ms: float
    p99_ms: float


class CacheFigures(Told):
    """Answers that are kept by this worker."""

    entries: int
    hits: int
    misses: int
    hit_rate: float | None
    """null where nothing was looked for."""


class Overview(Told):
    """What an operator looks at first."""

    bundle_version: str
    bundle_age_s: float
    """Seconds since the data's last moment."""
    refused_bundles: dict[str, str]
    worker: int
    """The process that says so; latencies, errors, cache and waiting events are its own."""
    first_minute: str
    """When the first of the minutes began."""
    events_per_minute: list[int | None]
    """The oldest minute first; null before the first event of all."""
    surfaces: list[SurfaceDay]
    """Of events that name a recommendation, the oldest day first; days and places without any are left out."""
    latencies: list[RouteLatency]
    """The route that was asked most first."""
    errors: dict[str, int]
    """Answers that were errors, by their code."""
    cache: CacheFigures
    waiting_events: int
    """Events on their way to disk."""


class RankedItem(Told):
    """A recommended product."""

    item_id: str
    title: str
    category: str
    relevance_score: float
    recommendation_reason: str


class Without(Told):
    """What is recommended with and without one product in a customer's history."""

    user_id: str
    item_id: str
    title: str | None
    """Of the product left out."""
    events_left_out: int
    model: str
    surface: str
    bundle_version: str
    with_item: list[RankedItem]
    without_item: list[RankedItem]
    entered: list[str]
    """Products that stand in the second list alone, best first."""
    left: list[str]
    """Products that stand in the first alone."""


class Spread(Told):
    """How something is spread over the catalogue."""

    total: int
    covered: int
    """Products that have any of it."""
    coverage: float | None
    """Those as a share of the catalogue."""
    gini: float | None
    """0 where all products have alike, near 1 where a few have all; null where there is nothing."""
    tail_share: float | None
    """The share of products that are no best sellers."""
    curve: list[float] | None
    """101 points: the share that the best n % of the products have, for n from 0 to 100."""


class CategoryShare(Told):
    """One category's part of it."""

    category: str | None
    """null for products without one."""
    items: int
    ever_bought: int
    """Products of it that were ever bought."""
    sold: int
    recommended: int
    shown: int | None = None
    """null where nothing was shown in the last seven days."""


class Catalogue(Told):
    """How the catalogue shares in what is sold, recommended and shown."""

    bundle_version: str
    recipe: str
    """What recommends."""
    customers: int
    """To so many customers, drawn by chance."""
    k: int
    """So many products each."""
    items: int
    ever_bought: int
    tail_items: int
    """Products that are none of the best sellers which together make half of all purchases."""
    sold: Spread
    recommended: Spread
    shown: Spread | None
    """Impressions of the last seven days; null where there were none."""
    categories: list[CategoryShare]
    """The one with most products first."""


class SearchDay(Told):
    """The searches of one day, from midnight to midnight UTC."""

    day: str
    searches: int
    without_result: int


class SearchedQuery(Told):
    """What was searched for."""

    query: str
    """Lower case, spaces folded; ``(long)`` for all of more than 100 characters, ``(no words)`` for pictures alone."""
    searches: int
    without_result: int
    """How many of them found nothing."""
    mean_results: float
    mean_ms: float


class Searches(Told):
    """What was searched for in the last days."""

    counting: bool
    """Whether searches are counted; as ``count_searches`` in ``[serving]`` says."""
    days: list[SearchDay]
    """The oldest first; days without any are left out."""
    searches: int
    not_listed: int
    """Searches for what was sent but once a day, which is not told: it may be personal."""
    top: list[SearchedQuery]
    """What was searched for most."""
    without_result: list[SearchedQuery]
    """What found nothing most often."""


class MappedProduct(Told):
    """A product on the map of taste."""

    item_id: str
    title: str
    category: str | None
    item_price: float | None
    places: dict[str, list[float]]
    """By layout x and y, from 0 to 1."""
    alike: list[int]
    """Rows of the products that look most alike, the likest first."""


class MappedCustomer(Told):
    """One style of a customer on the map of taste; several styles of one customer stand side by side."""

    user_id: str
    share: float
    """The style's share of what the customer did."""
    places: dict[str, list[float]]
    near: list[int]
    """Rows of the products nearest to the style."""


class TasteMap(Told):
    """Products that look alike lie near each other, and customers among what their style is nearest to."""

    bundle_version: str
    layouts: list[str]
    """``umap`` and ``pca``, or the second alone where UMAP is not installed."""
    products: list[MappedProduct]
    """Those that sold best first."""
    customers: list[MappedCustomer]
    columns: dict[str, list[str | None]]
    """Columns with few values to colour products by, in the order of the products."""
    catalogue_size: int
    """Products with a vector, shown or not."""
    customers_size: int
    """Customers who did anything, shown or not."""
