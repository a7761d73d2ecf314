"""What an event is worth and where the lines between groups of customers are drawn."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from parure.core import EventKind
from parure.core.config import Config

_Positive = Annotated[float, Field(ge=0, le=1000)]
_Negative = Annotated[float, Field(ge=-1000, le=0)]


class EventWeights(Config):
    """What one event says about taste, before recency decay. A short view is one."""

    purchase: _Positive = 10.0
    """Bought; once a line, whatever the number of units."""
    add_to_wishlist: _Positive = 5.0
    """Put on the wish list."""
    add_to_cart: _Positive = 3.0
    """Put in the cart."""
    view: _Positive = 1.0
    """Looked at the product page for a moment, or for an unknown time."""
    long_view: _Positive = 2.0
    """Looked at the product page for longer than ``long_view_s``."""
    click: _Positive = 0.5
    """Clicked on it in a list."""
    impression: _Positive = 0.0
    """Was shown it."""
    remove_from_cart: _Negative = -3.0
    """Took it out of the cart: undoes ``add_to_cart``."""
    dismiss: _Negative = -5.0
    """Said that it is not wanted."""
    returned: _Negative = -10.0
    """Sent it back: undoes ``purchase``."""

    def of(self, kind: EventKind) -> float:
        """The weight of one kind of event; views count as short."""
        return float(getattr(self, "returned" if kind == EventKind.RETURN else EventKind(kind).name.lower()))


class DatasetConfig(Config):
    """How checked tables become signals."""

    weights: EventWeights = EventWeights()
    """What each kind of event is worth."""
    long_view_s: float = Field(default=30.0, ge=0, le=86_400)
    """A view longer than this many seconds counts as long."""
    half_life_days: float = Field(default=30.0, gt=0, le=36_500)
    """After this many days an event counts half in the popularity of an item."""
    plan_days: int = Field(default=7, ge=1, le=365)
    """A promotion is known this many days before it starts."""
    ratio_low: float = Field(default=0.25, gt=0, le=1)
    """Spending and quantity ratios are not smaller than this, after the logarithm; 1 is average."""
    ratio_high: float = Field(default=3.0, ge=1, le=100)
    """Spending and quantity ratios are not larger than this, after the logarithm; 1 is average."""
    segment_quantiles: tuple[float, float, float] = (0.25, 0.5, 0.75)
    """Where small, low_average, average and high spenders part, as shares of the customers who bought."""
    cycle_min_repurchases: int = Field(default=5, ge=1, le=1_000_000)
    """An item has a repurchase cycle of its own when customers came back for it at least this often."""
    cycle_default_days: float = Field(default=30.0, gt=0, le=3650)
    """The repurchase cycle of every other item, in days."""
    loyal_min_days: int = Field(default=3, ge=1, le=10_000)
    """A customer who bought on at least this many days is loyal; one who bought less often is new."""
    age_band_starts: tuple[int, int, int, int] = (18, 26, 36, 46)
    """Youngest age of each band, in years; customers younger than the first have none."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        for name in ("segment_quantiles", "age_band_starts"):
            values = getattr(self, name)
            if list(values) != sorted(set(values)):
                raise ValueError(f"{name} must ascend")
        if not 0 < self.segment_quantiles[0] < self.segment_quantiles[-1] < 1:
            raise ValueError("segment_quantiles must lie between 0 and 1")
        return self

    @property
    def age_bands(self) -> tuple[str, str, str, str]:
        """The names of the age bands, as in ``18-25``."""
        a, b, c, d = self.age_band_starts
        return (f"{a}-{b - 1}", f"{b}-{c - 1}", f"{c}-{d - 1}", f"{d}+")
