"""Whether what a customer bought may be recommended again."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np

from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper


class BoughtAgain(StrEnum):
    """When a bought item may come back."""

    NEVER = "never"
    AFTER_CYCLE = "after_cycle"
    ALWAYS = "always"


class BoughtConfig(Config):
    """Parameters of :class:`Bought`."""

    policy: BoughtAgain = BoughtAgain.NEVER
    """When a bought item may come back: never, after the item's repurchase cycle, or always."""


class Bought(Rule[BoughtConfig]):
    """Holds back items that the customer has bought.

    ``never`` forbids them for good, ``after_cycle`` until the item's repurchase cycle has passed since the last
    purchase, ``always`` lets them come back at once. Hiding bought items ruins a grocery and saves a jeweller, so
    the default is read from the data (:func:`bought_again_from`).
    """

    kind: ClassVar[str] = "bought"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {
        "bought_never": "the customer has it",
        "bought_after_cycle": "the customer bought it less than its repurchase cycle ago",
    }
    config_type: ClassVar[type[Config]] = BoughtConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the items' repurchase cycles."""
        cycles = dataset.item_table.column("cycle_days").fill_null(0)
        self._cycle_days = cycles.to_numpy().astype(np.float32)
        return self

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """The bought items that may not come back yet."""
        rows = self._held_back(shopper)
        return (f"bought_{self._policy(shopper)}", rows) if len(rows) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without them."""
        if slate.never_had(self.kind):
            return slate
        rows = self._held_back(shopper)
        return slate.drop_listed(rows, self.kind, f"bought_{self._policy(shopper)}") if len(rows) else slate

    def _policy(self, shopper: Shopper) -> BoughtAgain:
        """What the request says, and where it says nothing what the shop does."""
        wanted = shopper.query.exclude_purchased
        if wanted is None:
            return self.config.policy
        return BoughtAgain.NEVER if wanted else BoughtAgain.ALWAYS

    def _held_back(self, shopper: Shopper) -> Rows:
        """Rows that may not come back yet, ascending."""
        policy = self._policy(shopper)
        if policy is BoughtAgain.ALWAYS:
            return np.empty(0, np.int32)
        rows = shopper.bought
        if policy is BoughtAgain.NEVER:
            return rows
        age_days = (shopper.query.now_us - shopper.bought_us) / DAY_US
        return np.asarray(rows[age_days < self._cycle_days[rows]], dtype=np.int32)


def bought_again_from(repeat_share: float, *, threshold: float = 0.15) -> BoughtAgain:
    """Read the policy from how often customers buy the same thing again.

    Args:
        repeat_share: Share of purchases, 0-1, of items that the customer had bought before.
        threshold: From this share on, bought items come back.
    """
    return BoughtAgain.ALWAYS if repeat_share >= threshold else BoughtAgain.NEVER
