"""What the routes of customers write of one customer's style and request, as FastAPI's document shows it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from parure.pipeline.trace import Trace
from parure.serving.models import Told


class StyledProduct(Told):
    """A product near a style."""

    product_id: str
    title: str
    similarity: float
    """Cosine."""


class StyleCluster(Told):
    """One of a customer's styles."""

    share: float
    """Of what the customer did, with its weights."""
    consistency: float | None
    """How near to each other its products are: mean cosine."""
    products: list[StyledProduct]
    """Those nearest to its middle."""


class DriftWindow(Told):
    """A stretch of time, and how far taste moved since the one before."""

    from_: str = Field(alias="from")
    interactions: int
    drift: float | None
    """1 - cosine; null where either of the two has too few interactions."""


class LatestDrift(Told):
    """The latest window against all before it."""

    drift: float | None
    expected_by_chance: float | None
    """What windows of so few interactions differ by, had nothing changed."""
    p_value: float | None


class Drift(Told):
    """How taste moved."""

    window_days: float
    windows: list[DriftWindow]
    latest_window: LatestDrift | None


class StyleNeighbour(Told):
    """A customer of like taste."""

    customer_id: str
    similarity: float
    """Cosine of the profiles."""


class Style(Told):
    """A customer's styles, drift of taste and style neighbours, as of training."""

    customer_id: str
    interactions: int
    min_interactions: int
    """Fewer say nothing about style."""
    has_style: bool
    consistency: float | None
    styles: list[StyleCluster]
    drift: Drift
    neighbours: list[StyleNeighbour]


@dataclass(frozen=True, kw_only=True)
class TracedRequest(Trace):
    """The account of one request, and who answered it."""

    model: str
    bundle_version: str
