"""Whether an item is of a kind that goes with what is in the cart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import UNKNOWN
from parure.core.columns import Column
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
    min_lift: float = Field(default=1.0, ge=0, le=1000)
    """A kind complements another when it stands in one order with it at least so many times as often as by chance."""
    min_own_lift: float = Field(default=3.0, ge=0, le=1000)
    """The same for two items of one kind. People have their favourite kinds, which chance does not allow for: at up to
    twice as often as by chance, rings do not complement rings."""
    min_orders: int = Field(default=10, ge=1, le=1_000_000)
    """Kinds that stand together in fewer orders do not complement each other."""
    shrinkage: float = Field(default=10.0, ge=0, le=1e6)
    """So many pairs in keeping with chance are added to those of the orders, so that few orders do not say much."""


class Complementary(Rule[ComplementaryConfig]):
    """Holds back what does not go with anything in the cart.

    What goes together is learned from orders of several items. Of such an order, take an item and then another one at
    random: of what is taken along with a necklace, how much is earrings, against their share of all that is sold? So a
    big order counts no more than its items. With an empty cart, or one of kinds of which too little is known,
    everything stays; an item of no kind complements nothing.
    """

    kind: ClassVar[str] = "complementary"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"not_complementary": "does not go with what is in the cart"}
    config_type: ClassVar[type[Config]] = ComplementaryConfig

    def fit(self, dataset: Dataset) -> Self:
        """Learn what goes with what.

        Cost:
            Two sparse products of orders and kinds, once a dataset: some 0.3 s for 1.4 million lines of 300 kinds.
        """
        kinds, names = codes(dataset, self.config.column)
        self._kinds, self._names, self._column = kinds, names, Column(kinds)
        self._with = self._learned_of(dataset) if self.config.learn else [np.empty(0, np.intp)] * len(names)
        number = {name: place for place, name in enumerate(names)}
        for name, others in self.config.pairs.items():
            if name in number:
                self._with[number[name]] = np.array([number[other] for other in others if other in number], np.intp)
        return self

    def complements(self, kind: str) -> tuple[str, ...]:
        """The kinds that go with a kind, in ascending order; none where too little is known of it."""
        if kind not in self._names:
            return ()
        return tuple(self._names[place] for place in sorted(self._with[self._names.index(kind)].tolist()))

    @property
    def columns(self) -> Sequence[Column]:
        """The kinds."""
        return (self._column,)

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without what goes with nothing in the cart."""
        if not len(shopper.page):
            return slate
        kinds = {kind for kind in self._kinds.take(shopper.page).tolist() if kind != UNKNOWN}
        known = [self._with[kind] for kind in kinds if len(self._with[kind])]
        if not known:
            return slate
        misfits = np.ones(len(self._with) + 1, dtype=bool)  # the last is for items of no kind: UNKNOWN
        for complements in known:
            misfits[complements] = False
        return slate.drop_coded(self._column, misfits, self.kind, "not_complementary")

    def _learned_of(self, dataset: Dataset) -> list[NDArray[np.intp]]:
        """For each kind its complements as learned, once a dataset: recipes of several surfaces share it."""
        key = ("rule complementary", self.config.model_dump_json(exclude={"pairs"}))
        if key not in dataset.memo:
            found = self._learn(dataset, len(self._names))
            places = found.indices.astype(np.intp)
            dataset.memo[key] = np.split(places, found.indptr[1:-1]) if len(self._names) else []
        return list(cast("list[NDArray[np.intp]]", dataset.memo[key]))

    def _learn(self, dataset: Dataset, n: int) -> sp.csr_matrix:
        """Which kinds, in columns, complement which of ``n`` kinds, in rows: bool[kinds, kinds]."""
        orders = _orders(dataset, self._kinds, n)
        size = np.asarray(orders.sum(axis=1)).ravel()
        items, weight = orders[size > 1], 1 / (size[size > 1] - 1)
        if not len(weight):
            return sp.csr_matrix((n, n), dtype=bool)
        # How often one is taken from an order and then another one, by their kinds, one time for each item.
        pairs = (items.T @ items.multiply(weight[:, None])).tocoo()
        kind, other, drawn = pairs.row, pairs.col, pairs.data
        own = kind == other
        drawn[own] -= (items.T @ weight)[kind[own]]
        has = (items > 0).astype(np.int32)
        together = np.asarray((has.T @ has).tocsr()[kind, other]).ravel()
        together[own] = np.asarray((items > 1).sum(axis=0)).ravel()[kind[own]]
        share = np.asarray(orders.sum(axis=0)).ravel() / size.sum()
        due = _by_chance(kind, other, drawn, share)
        config = self.config
        lift = (drawn + config.shrinkage) / (due + config.shrinkage)
        # With two kinds in all, the lift of one for the other is 1 but for rounding.
        found = lift >= np.where(own, config.min_own_lift, config.min_lift) - 1e-9
        found &= together >= config.min_orders
        return sp.csr_matrix((found[found], (kind[found], other[found])), shape=(n, n))


def _by_chance(
    kind: NDArray[np.int32], other: NDArray[np.int32], drawn: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How many of the pairs would be of each two kinds if kinds did not go by each other: float64[n].

    Of the pairs of two different kinds, each kind gets as many as its share of all that is sold less the first kind.

    Args:
        kind: int32[n], kind of the first of a pair.
        other: int32[n], kind of the second.
        drawn: float64[n], how many pairs there are.
        share: float64[kinds], of all that is sold.
    """
    own = kind == other
    pairs = np.bincount(kind, drawn, len(share))
    mixed = np.bincount(kind[~own], drawn[~own], len(share))
    among_others = share[other] / np.maximum(1 - share[kind], 1e-12)
    return np.where(own, pairs[kind] * share[kind], mixed[kind] * among_others)


def _orders(dataset: Dataset, kinds: NDArray[np.int32], n: int) -> sp.csr_matrix:
    """How many different items of each kind each order holds.

    Args:
        dataset: The shop.
        kinds: intp[items], the kind of each item; UNKNOWN for none.
        n: How many kinds there are.

    Returns:
        float64[orders, kinds].
    """
    events = dataset.events
    lines = np.flatnonzero(events.purchases & (events.basket != UNKNOWN))
    basket, item = events.basket[lines], events.item_ix[lines]
    # A matrix puts equal lines together without sorting them all.
    shape = (int(basket.max(initial=-1)) + 1, len(kinds))
    orders = sp.csr_matrix((np.ones(len(lines)), (basket, item)), shape=shape)
    orders.data[:] = 1
    known = np.flatnonzero(kinds != UNKNOWN)
    of_kind = sp.csr_matrix((np.ones(len(known)), (known, kinds[known])), shape=(len(kinds), n))
    return orders @ of_kind
