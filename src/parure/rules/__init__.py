"""Business rules, one module each: what may be shown, what is lifted or lowered, in which order, and why."""

from __future__ import annotations

from typing import Any

from parure.rules.age_fit import AgeFit
from parure.rules.boosts import Boosts
from parure.rules.bought import Bought, BoughtAgain, BoughtConfig, bought_again_from
from parure.rules.brand_affinity import BrandAffinity
from parure.rules.brand_aversion import BrandAversion
from parure.rules.budget import Budget
from parure.rules.caps import Caps
from parure.rules.complementary import Complementary
from parure.rules.consent import Consent
from parure.rules.diversity import Diversity
from parure.rules.exclusions import Exclusions
from parure.rules.explore import Explore
from parure.rules.filtered import Filtered
from parure.rules.fresh import Fresh
from parure.rules.gender_fit import GenderFit
from parure.rules.in_stock import InStock
from parure.rules.pins import Pins
from parure.rules.price_range import PriceRange
from parure.rules.price_sensitivity import PriceSensitivity
from parure.rules.rule import Rule
from parure.rules.season import Season
from parure.rules.segment_fit import SegmentFit
from parure.rules.shopper import Shopper
from parure.rules.upsell import Upsell
from parure.rules.withdrawn import WITHDRAWN, Withdrawn

RULES: dict[str, type[Rule[Any]]] = {
    rule.kind: rule
    for rule in (
        AgeFit,
        Boosts,
        BrandAffinity,
        BrandAversion,
        Budget,
        Caps,
        Complementary,
        Consent,
        Diversity,
        Exclusions,
        Explore,
        Fresh,
        GenderFit,
        InStock,
        Pins,
        PriceRange,
        PriceSensitivity,
        Season,
        SegmentFit,
        Upsell,
    )
}
"""The rules that recipes may name, by kind. What was asked for and what was bought is looked after in every recipe."""

__all__ = [
    "RULES",
    "WITHDRAWN",
    "AgeFit",
    "Boosts",
    "Bought",
    "BoughtAgain",
    "BoughtConfig",
    "BrandAffinity",
    "BrandAversion",
    "Budget",
    "Caps",
    "Complementary",
    "Consent",
    "Diversity",
    "Exclusions",
    "Explore",
    "Filtered",
    "Fresh",
    "GenderFit",
    "InStock",
    "Pins",
    "PriceRange",
    "PriceSensitivity",
    "Rule",
    "Season",
    "SegmentFit",
    "Shopper",
    "Upsell",
    "Withdrawn",
    "bought_again_from",
]
