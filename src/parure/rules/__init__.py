"""Business rules, one module each: what may be shown, what is lifted or lowered, in which order, and why."""

from __future__ import annotations

from typing import Any

from parure.rules.bought import Bought, BoughtAgain, BoughtConfig, bought_again_from
from parure.rules.filtered import Filtered
from parure.rules.in_stock import InStock
from parure.rules.price_sensitivity import PriceSensitivity
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

RULES: dict[str, type[Rule[Any]]] = {rule.kind: rule for rule in (InStock, PriceSensitivity)}
"""The rules that recipes may name, by kind. What was asked for and what was bought is looked after in every recipe."""

__all__ = [
    "RULES",
    "Bought",
    "BoughtAgain",
    "BoughtConfig",
    "Filtered",
    "InStock",
    "PriceSensitivity",
    "Rule",
    "Shopper",
    "bought_again_from",
]
