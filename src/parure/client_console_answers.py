"""What the console's routes answer, as the client gives it: dataclasses with the names that the API uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRecipe:
    """A recipe of a bundle."""

    name: str
    title: str
    surface: str | None
    ranker: str
    sources: list[str]
    rules: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleEntry:
    """A bundle of the shop, and what is known of it without loading it."""

    version: str
    named: bool
    served: bool
    refused: str | None
    made_at: str | None
    published_at: str | None
    learned_until: str | None
    parure: str
    size_bytes: int
    recipes: list[BundleRecipe]
    users: int | None
    items: int | None
    events: int | None
    figures: dict[str, float]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """The bundles of the shop, the one published last first."""

    named: str | None
    served: str
    bundles: list[BundleEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBundle:
    """A bundle that is to be served from now on."""

    bundle_version: str
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceDay:
    """What became of recommendations at one place on one day."""

    day: str
    surface: str
    impressions: int
    clicks: int
    carts: int
    purchases: int
    click_rate: float | None
    cart_rate: float | None
    purchase_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLatency:
    """How long one route took in a worker since it started."""

    route: str
    method: str
    requests: int
    failed: int
    p50_ms: float
    p90_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheFigures:
    """Answers that are kept by a worker."""

    entries: int
    hits: int
    misses: int
    hit_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What an operator looks at first."""

    bundle_version: str
    bundle_age_s: float
    refused_bundles: dict[str, str]
    worker: int
    first_minute: str
    events_per_minute: list[int | None]
    surfaces: list[SurfaceDay]
    latencies: list[RouteLatency]
    errors: dict[str, int]
    cache: CacheFigures
    waiting_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedItem:
    """A recommended product."""

    item_id: str
    title: str
    category: str
    relevance_score: float
    recommendation_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """What is recommended with and without one product in a customer's history."""

    user_id: str
    item_id: str
    title: str | None
    events_left_out: int
    model: str
    surface: str
    bundle_version: str
    with_item: list[RankedItem]
    without_item: list[RankedItem]
    entered: list[str]
    left: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInForce:
    """A rule of a recipe, with all its parameters."""

    kind: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRules:
    """The rules of one recipe of the bundle, in order of application."""

    recipe: str
    title: str
    surface: str | None
    own: bool
    rules: list[RuleInForce]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleKind:
    """A rule that recipes may have."""

    kind: str
    does: str
    effect: str
    reasons: dict[str, str]
    config: dict[str, Any]
    parameters: dict[str, Any]
    switched_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force, and those that there are."""

    bundle_version: str
    recipes: list[RecipeRules]
    kinds: list[RuleKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFigure:
    """A figure of a recipe with and without a rule."""

    metric: str
    with_rule: float | None
    without_rule: float | None
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    """What a rule does."""

    rule: str
    figures: list[PreviewFigure]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFigures:
    """What the rules of a recipe do on past occasions."""

    recipe: str
    surface: str
    counted: str
    k: int
    occasions: int
    judged: int
    rules: list[RulePreview]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewJob:
    """A preview that is under way, or over."""

    id: str
    recipe: str
    state: str
    progress: float
    step: str
    started_at: str
    finished_at: str | None
    figures: PreviewFigures | None
    error: JobError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRules:
    """A bundle with other rules for one recipe."""

    bundle_version: str
    before: str | None
    recipe_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How something is spread over the catalogue."""

    total: int
    covered: int
    coverage: float | None
    gini: float | None
    tail_share: float | None
    curve: list[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryShare:
    """One category's part of it."""

    category: str | None
    items: int
    ever_bought: int
    sold: int
    recommended: int
    shown: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """How the catalogue shares in what is sold, recommended and shown."""

    bundle_version: str
    recipe: str
    customers: int
    k: int
    items: int
    ever_bought: int
    tail_items: int
    sold: Spread
    recommended: Spread
    shown: Spread | None
    categories: list[CategoryShare]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDay:
    """The searches of one day."""

    day: str
    searches: int
    without_result: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedQuery:
    """What was searched for."""

    query: str
    searches: int
    without_result: int
    mean_results: float
    mean_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Searches:
    """What was searched for in the last days."""

    counting: bool
    days: list[SearchDay]
    searches: int
    not_listed: int
    top: list[SearchedQuery]
    without_result: list[SearchedQuery]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedProduct:
    """A product on the map of taste."""

    item_id: str
    title: str
    category: str | None
    item_price: float | None
    places: dict[str, list[float]]
    alike: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedCustomer:
    """One style of a customer on the map of taste."""

    user_id: str
    share: float
    places: dict[str, list[float]]
    near: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteMap:
    """Products that look alike lie near each other, and customers among what their style is nearest to."""

    bundle_version: str
    layouts: list[str]
    products: list[MappedProduct]
    customers: list[MappedCustomer]
    columns: dict[str, list[str | None]]
    catalogue_size: int
    customers_size: int
