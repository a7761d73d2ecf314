"""What a merchandiser wants seen more, or less, for a while."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from parure.core import UNKNOWN
from parure.core.config import Config
from parure.core.filters import ItemFilter
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.campaign import Campaign, Span
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


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
    """The boosts and buries. Several that mean one item are multiplied."""


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
        raising = (entry for entry in self.config.entries if entry.factor > 1)
        lowering = (entry for entry in self.config.entries if entry.factor < 1)
        self._parts = tuple(
            (reason, [(entry.span(), entry.mask(dataset), _choice(entry.factor)) for entry in entries])
            for reason, entries in (("boosted", raising), ("buried", lowering))
        )
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With what is boosted higher and what is buried lower."""
        for reason, entries in self._parts:
            factor = _combined(entries, shopper, slate)
            if factor is not None:
                slate = slate.reweigh(factor, self.kind, reason)
        return slate


_Entry = tuple[Span, NDArray[np.bool_], NDArray[np.float32]]


def _choice(factor: float) -> NDArray[np.float32]:
    """What the score of an item is multiplied by that is not meant, and of one that is."""
    return np.array([1, factor], dtype=np.float32)


def _combined(entries: list[_Entry], shopper: Shopper, slate: Slate) -> NDArray[np.float32] | None:
    """The factors of all entries that hold now, float32[candidates]; None where none does."""
    factor: NDArray[np.float32] | None = None
    for span, mask, choice in entries:
        if span.holds(shopper.query):
            own = choice.take(mask.take(slate.item_ix).view(np.int8))
            factor = own if factor is None else factor * own
    return factor
