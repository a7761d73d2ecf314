"""Whether an item can be bought now."""

from __future__ import annotations

from typing import ClassVar, Self

from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.held import Held
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper


class InStockConfig(Config):
    """It has no parameters."""


class InStock(Rule[InStockConfig]):
    """Holds back what is out of stock."""

    kind: ClassVar[str] = "in_stock"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"out_of_stock": "cannot be bought now"}
    config_type: ClassVar[type[Config]] = InStockConfig

    def fit(self, dataset: Dataset) -> Self:
        """Read the stock; an item whose stock is unknown counts as in stock."""
        in_stock = dataset.item_table.column("in_stock").fill_null(True)
        self._missing = Held.of(~in_stock.to_numpy().astype(bool))
        return self

    def follow(self, dataset: Dataset) -> None:
        """Read the stock again."""
        self.fit(dataset)

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """What is out of stock."""
        del shopper
        return ("out_of_stock", self._missing.rows) if len(self._missing) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without it."""
        del shopper
        return self._missing.dropped(slate, self.kind, "out_of_stock")
