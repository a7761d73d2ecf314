"""Whether an item is still in the catalogue."""

from __future__ import annotations

from typing import ClassVar, Final, Self

import numpy as np

from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.held import Held
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper

WITHDRAWN: Final = "withdrawn"
"""Column of the item table, bool: what was taken out of the catalogue since the bundle was made. No column, nothing."""


class WithdrawnConfig(Config):
    """It has no parameters."""


class Withdrawn(Rule[WithdrawnConfig]):
    """Holds back what the shop has taken out of its catalogue since training."""

    kind: ClassVar[str] = "withdrawn"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"withdrawn": "no longer in the catalogue"}
    config_type: ClassVar[type[Config]] = WithdrawnConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read what is gone."""
        table = dataset.item_table
        gone = np.zeros(len(table), bool)
        if WITHDRAWN in table.column_names:
            gone = table.column(WITHDRAWN).fill_null(False).to_numpy().astype(bool)
        self._gone = Held.of(gone)
        return self

    def follow(self, dataset: Dataset) -> None:
        """Read it again."""
        self.fit(dataset)

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """What is gone."""
        del shopper
        return ("withdrawn", self._gone.rows) if len(self._gone) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without it."""
        del shopper
        return self._gone.dropped(slate, self.kind, "withdrawn")
