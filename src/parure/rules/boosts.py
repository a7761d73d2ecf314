"""What a merchandiser wants seen more, or less, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from parure.core import UNKNOWN
from parure.core.columns import Column
from parure.core.config import Config
from parure.core.filters import ItemFilter
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.campaign import Campaign, Span
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper

_MOST: Final = np.float32(1e6)
"""What several boosts of one item come to at most, so that scores stay numbers."""


class Boost(Campaign):
    """One boost, or one bury. ``where`` and ``items`` add up: an item that either names is meant."""

    where: tuple[str, ...] = ()
    """Conditions that all hold for the items meant, as in ``["category=rings", "price<=100"]``."""
    items: tuple[str, ...] = ()
    """Ids of items meant. One that the shop does not have is passed over."""
    factor: float = Field(gt=0, le=100)
    """What scores are multiplied by: more than 1 boosts, less buries."""

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not self.where and not self.items:
            raise ValueError(
                f"the boost {self.name!r} says neither 'where' nor 'items'; write where = [\"brand=...\"] or"
                ' items = ["..."]'
            )
        return self

    def mask(self, dataset: Dataset) -> NDArray[np.bool_]:
        """The items meant, bool[items].

        Raises:
            SettingsError: ``where`` cannot be read, or names a column that items do not have.
        """
        found = ItemFilter.of(self.where).mask(dataset.item_table) if self.where else np.zeros(len(dataset.items), bool)
        rows = dataset.items.rows_of(self.items)
        found[rows[rows != UNKNOWN]] = True
        return found


class BoostsConfig(Config):
    """Parameters of :class:`Boosts`."""

    entries: tuple[Boost, ...] = Field(default=(), max_length=1000)
    """The boosts and buries; several that mean one item are multiplied. Each has ``where``, as in
    ``["category=rings", "price<=100"]``, or ``items``, ids, or both; ``factor``, more than 1 to boost and less to bury;
    and if wanted ``name``, ``starts`` and ``ends``, its first and last day, and ``surfaces``."""


class Boosts(Rule[BoostsConfig]):
    """Raises and lowers what a merchandiser has chosen, on the days and surfaces chosen.

    Raises:
        SettingsError: When fitted: an entry's conditions cannot be read, or name a column that items do not have.
    """

    kind: ClassVar[str] = "boosts"
    effect: ClassVar[Effect] = Effect.REWEIGHS
    reasons: ClassVar[dict[str, str]] = {
        "boosted": "raised by the shop for a while",
        "buried": "lowered by the shop for a while",
    }
    config_type: ClassVar[type[Config]] = BoostsConfig

    def fit(self, dataset: Dataset) -> Self:
        """Find the items that each entry means."""
        found: dict[tuple[str, Span], NDArray[np.float32]] = {}
        for entry in self.config.entries:
            if entry.factor != 1:
                key = ("boosted" if entry.factor > 1 else "buried", entry.span())
                factors = found.setdefault(key, np.ones(len(dataset.items), dtype=np.float32))
                meant = entry.mask(dataset)
                factors[meant] = _product(factors[meant], np.float32(entry.factor))
        # What holds at the same times is one lookup, however many entries there are.
        self._factors = {
            reason: [(span, Column(factors)) for (why, span), factors in found.items() if why == reason]
            for reason in self.reasons
        }
        return self

    @property
    def columns(self) -> Sequence[Column]:
        """The factors."""
        return [factors for parts in self._factors.values() for _, factors in parts]

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is boosted higher and what is buried lower."""
        for reason, parts in self._factors.items():
            held = [factors for span, factors in parts if span.holds(shopper.query)]
            if len(held) == 1:
                slate = slate.reweigh_by(held[0], self.kind, reason)
            elif held:
                found = (factors.values.take(slate.item_ix).astype(np.float32, copy=False) for factors in held)
                slate = slate.reweigh(reduce(_product, found), self.kind, reason)
        return slate


def _product(one: NDArray[np.float32], other: NDArray[np.float32] | np.float32) -> NDArray[np.float32]:
    return np.asarray(np.minimum(one * other, _MOST))
