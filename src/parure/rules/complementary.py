"""Whether an item is of a kind that goes with what is in the cart."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import UNKNOWN
from parure.core.config import Config
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import codes
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper


class ComplementaryConfig(Config):
    """Parameters of :class:`Complementary`."""

    column: str = Field(default="category", min_length=1)
    """Column of the item table that says what kind of thing an item is, as in ``category`` or ``subcategory``."""
    pairs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """What goes with what, as the shop says: a kind, and the kinds that complement it, as in
    ``necklaces = ["earrings"]``. It stands in place of what is learned for that kind."""
    learn: bool = True
    """Whether what goes with what is learned from orders."""
    min_lift: float = Field(default=1.1, ge=0, le=1000)
    """Kinds complement each other that stand in one order at least so many times as often as by chance."""
    min_orders: int = Field(default=10, ge=1, le=1_000_000)
    """Kinds that stand together in fewer orders do not complement each other."""
    shrinkage: float = Field(default=10.0, ge=0, le=1e6)
    """So many pairs in keeping with chance are added to those of the orders, so that few orders do not say much."""


class Complementary(Rule[ComplementaryConfig]):
    """Holds back what does not go with anything in the cart.

    What goes together is learned from orders of several items. Of such an order, take an item and then another one at
    random: how often are they of these two kinds, against how often both kinds come up at all? So a big order counts no
    more than its items, and a kind complements itself only where people buy two of it. With an empty cart, a cart of
    kinds of which too little is known, and no orders, everything stays.
    """

    kind: ClassVar[str] = "complementary"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"not_complementary": "does not go with what is in the cart"}
    config_type: ClassVar[type[Config]] = ComplementaryConfig

    def fit(self, dataset: Dataset) -> Self:
        """Learn what goes with what.

        Cost:
            Two sparse products of orders and kinds; some 0.5 s for 1.4 million order lines of 300 kinds.
        """
        self._kinds, names = codes(dataset, self.config.column)
        found = self._learn(dataset, len(names)) if self.config.learn else sp.csr_matrix((len(names),) * 2, dtype=bool)
        self._with = np.split(found.indices, found.indptr[1:-1]) if len(names) else []
        number = {name: place for place, name in enumerate(names)}
        for name, others in self.config.pairs.items():
            if name in number:
                self._with[number[name]] = np.array([number[other] for other in others if other in number], np.int32)
        return self

    def complements(self, row: int) -> NDArray[np.int32]:
        """The kinds that go with the item at a row, int32[n] numbers of names in ascending order."""
        kind = self._kinds[row]
        return self._with[kind] if kind != UNKNOWN else np.empty(0, np.int32)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without what goes with nothing in the cart."""
        wanted = [kinds for row in shopper.page.tolist() if len(kinds := self.complements(row))]
        if not wanted:
            return slate
        fits = np.zeros(len(self._with) + 1, dtype=bool)  # the last is for items of no kind: UNKNOWN
        for kinds in wanted:
            fits[kinds] = True
        return slate.drop(~fits.take(self._kinds.take(slate.item_ix), mode="wrap"), self.kind, "not_complementary")

    def _learn(self, dataset: Dataset, n: int) -> sp.csr_matrix:
        """Which of ``n`` kinds complement which: bool[kinds, kinds]."""
        items, weight = _orders(dataset, self._kinds, n)
        if not len(weight):
            return sp.csr_matrix((n, n), dtype=bool)
        # The chance to take an item of one kind and then another item of the other kind, summed over orders. The two
        # products have entries in the same places, so their columns of values go side by side.
        pairs = (items.T @ items.multiply(weight[:, None])).tocoo()
        kind, other, drawn = pairs.row, pairs.col, pairs.data
        same = kind == other
        drawn[same] -= (items.T @ weight)[kind[same]]
        has = (items > 0).astype(np.int32)
        together = np.asarray((has.T @ has).tocsr()[kind, other]).ravel()
        together[same] = np.asarray((items > 1).sum(axis=0)).ravel()[kind[same]]
        share = np.asarray(items.sum(axis=0)).ravel()
        by_chance = share[kind] * share[other] / max(share.sum(), 1)
        lift = (drawn + self.config.shrinkage) / (by_chance + self.config.shrinkage)
        found = (together >= self.config.min_orders) & (lift >= self.config.min_lift)
        return sp.csr_matrix((found[found], (kind[found], other[found])), shape=(n, n))


def _orders(dataset: Dataset, kinds: NDArray[np.int32], n: int) -> tuple[sp.csr_matrix, NDArray[np.float64]]:
    """Orders of several items by kind.

    Args:
        dataset: The shop.
        kinds: int32[items], the kind of each item; UNKNOWN for none.
        n: How many kinds there are.

    Returns:
        float64[orders, kinds], how many different items of each kind an order holds, and float64[orders], 1 over the
        number of other items that each item of the order stands with.
    """
    events = dataset.events
    lines = np.flatnonzero(events.purchases & (events.basket != UNKNOWN) & (kinds[events.item_ix] != UNKNOWN))
    basket, item = events.basket[lines], events.item_ix[lines]
    # A matrix puts equal lines together without sorting them all.
    shape = (int(basket.max(initial=-1)) + 1, len(kinds))
    orders = sp.csr_matrix((np.ones(len(lines)), (basket, item)), shape=shape)
    orders.data[:] = 1
    size = np.diff(orders.indptr)
    known = np.flatnonzero(kinds != UNKNOWN)
    of_kind = sp.csr_matrix((np.ones(len(known)), (known, kinds[known])), shape=(len(kinds), n))
    return (orders @ of_kind)[size > 1], 1 / (size[size > 1] - 1)
