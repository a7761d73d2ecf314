"""Business rules, one module each: what may be shown, and the reason for what may not."""

from parure.rules.bought import Bought, BoughtAgain, bought_again_from
from parure.rules.filtered import Filtered
from parure.rules.rule import Rule

__all__ = ["Bought", "BoughtAgain", "Filtered", "Rule", "bought_again_from"]
