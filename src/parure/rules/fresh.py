"""Whether an item is new."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.held import UNDATED, HeldByDay, moments
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper


class FreshConfig(Config):
    """Parameters of :class:`Fresh`."""

    max_age_days: int = Field(default=90, ge=0, le=36_500)
    """An item is new until so many UTC days after it came."""
    settling_days: int = Field(default=30, ge=0, le=3650)
    """For items without a created date: what is first seen in so many days from the beginning of the data was there
    before, and is not new."""


class Fresh(Rule[FreshConfig]):
    """Holds back everything that is not new.

    An item came on its created date, or with its first event where it has none; one without either is not new, and one
    whose date lies ahead is not here yet. A shop in which no item's age can be told is left as it is.
    """

    kind: ClassVar[str] = "fresh"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"not_new": "has been in the shop for long"}
    config_type: ClassVar[type[Config]] = FreshConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read when items came."""
        seen, created = moments(dataset, "first_seen_us"), moments(dataset, "created_us")
        settling_us = self.config.settling_days * DAY_US
        seen = np.where(seen - seen.min(initial=UNDATED) < settling_us, UNDATED, seen)
        self._born_day = np.where(created != UNDATED, created, seen) // DAY_US
        self._tells = bool((self._born_day != UNDATED // DAY_US).any())
        self._old = HeldByDay(self._old_on)
        return self

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """Everything that is not new."""
        old = self._old.at(shopper.query.now_us)
        return ("not_new", old.rows) if len(old) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without it."""
        return self._old.at(shopper.query.now_us).dropped(slate, self.kind, "not_new")

    def _old_on(self, day: int) -> NDArray[np.bool_]:
        if not self._tells:
            return np.zeros(len(self._born_day), dtype=bool)
        return (self._born_day > day) | (self._born_day < day - self.config.max_age_days)
