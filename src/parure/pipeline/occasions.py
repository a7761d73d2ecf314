"""What would have been asked at a past moment on each surface of the shop, and what came true in the week after.

* ``homepage`` and ``email``: one occasion a customer who was active in the week; true is what they acted on in it.
* ``product_page``: likewise, with the page of the item that they had acted on last; true is what else they acted on.
* ``cart``: one occasion an order of the week; some of its items lie in the cart, true are the others. Where acts count,
  what a customer acted on in one day stands for an order.
* ``post_purchase``: one occasion a customer who had ordered shortly before; true is what they then acted on
  in the week that was not in that order.

The history is always that of the moment: nothing of the week is seen, except what is on the page or in the cart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import UNKNOWN, EventKind, History, IdMap, Query
from parure.core.clock import DAY_US, rng_for
from parure.core.config import Config
from parure.core.errors import SettingsError, did_you_mean
from parure.core.native import native
from parure.dataset import Dataset
from parure.pipeline.backtest import Moment
from parure.pipeline.recipe import Recipe

Surface = Literal["homepage", "email", "product_page", "cart", "post_purchase"]
SURFACES: Final[tuple[Surface, ...]] = ("product_page", "homepage", "email", "cart", "post_purchase")
"""The places in a shop that recommend."""

Counted = Literal["purchases", "acts"]
Rows = NDArray[np.int32]
Keys = NDArray[np.int64]

_ACTS: Final = (EventKind.VIEW, EventKind.CLICK, EventKind.ADD_TO_CART, EventKind.ADD_TO_WISHLIST, EventKind.PURCHASE)
"""Kinds of events that speak for an item."""

STRANGER: Final = -1
"""Activity of somebody who has done nothing that the shop knows of."""
OPEN_TO_STRANGERS: Final[tuple[Surface, ...]] = ("product_page", "homepage", "cart")
"""Surfaces where somebody may ask whom the shop does not know; the others are for those who gave an address."""
ACTIVE_DAYS: Final = 30
"""How far back a customer's activity is counted, in days."""


class OccasionsConfig(Config):
    """How occasions are made."""

    most: int = Field(default=500, ge=1)
    """At most so many occasions a moment; of more, so many are drawn, the same ones each time."""
    counted: Literal["auto", "purchases", "acts"] = "auto"
    """What makes an item a true one: ``purchases``; ``acts``: any look, click, cart, wish or purchase; ``auto``
    takes purchases where a week holds ``enough_purchases``, and acts otherwise."""
    enough_purchases: int = Field(default=1000, ge=1)
    """For ``auto``: so many different (customer, item) purchases in the week are enough."""
    page: Literal["last_before", "first_of_week"] = "last_before"
    """For ``product_page``: the page of the item acted on last before the moment, or first in the week."""
    held_out: float = Field(default=0.34, gt=0, lt=1)
    """For ``cart``: share of an order's items that is left out of the cart, to be found; at least one."""
    ordered_within_days: int = Field(default=7, ge=1, le=365)
    """For ``post_purchase``: the last order is at most so old, in days."""
    strangers: bool = False
    """Ask as somebody whom the shop does not know: without id, history and attributes."""


@dataclass(frozen=True)
class Occasions:
    """Queries of one past moment, and what came true of each.

    Attributes:
        surface: Where they are asked.
        counted: What makes an item a true one.
        items: The catalogue of the moment.
        queries: What was asked.
        offsets: int64[queries + 1]: query q's true items are ``item_ix[offsets[q]:offsets[q + 1]]``; may be none.
        item_ix: int32[n], rows of ``items``, ascending within a query.
    """

    surface: Surface
    counted: Counted
    items: IdMap
    queries: tuple[Query, ...]
    offsets: NDArray[np.int64]
    item_ix: Rows

    def __len__(self) -> int:
        return len(self.queries)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """int64[queries]: how many items came true."""
        return np.diff(self.offsets)

    @cached_property
    def activity(self) -> NDArray[np.float32]:
        """float32[queries]: events of each customer in the last :data:`ACTIVE_DAYS` days; see :func:`activity_of`."""
        return np.array([activity_of(query) for query in self.queries], dtype=np.float32)

    def true_of(self, position: int) -> Rows:
        """The true items of one query."""
        return self.item_ix[self.offsets[position] : self.offsets[position + 1]]

    def hits(self, ranked: Rows) -> NDArray[np.bool_]:
        """bool[queries, k]: which places of lists, int32[queries, k], hold a true item; UNKNOWN is none."""
        width = np.int64(len(self.items))
        true = np.repeat(np.arange(len(self)), self.sizes) * width + self.item_ix
        asked = np.arange(len(self))[:, None] * width + ranked
        return np.asarray(np.isin(asked, true) & (ranked != UNKNOWN))


def activity_of(query: Query) -> int:
    """Events of the asking customer in the last :data:`ACTIVE_DAYS` days; :data:`STRANGER` where nothing is known."""
    times = query.history.timestamp_us
    return _since(times, query.now_us - ACTIVE_DAYS * DAY_US) if len(times) else STRANGER


@native
def _since(times_us: NDArray[np.int64], moment_us: int) -> int:
    """How many of some moments, ascending, are not before another."""
    return len(times_us) - int(np.searchsorted(times_us, moment_us))


def surface_of(recipe: Recipe) -> Surface:
    """The surface that a recipe is for; the homepage for one that names none, or a surface of the shop's own."""
    return next((surface for surface in SURFACES if surface == recipe.surface), "homepage")


def occasions(
    moment: Moment, surface: str, config: OccasionsConfig | None = None, *, k: int = 10, seed: int = 0
) -> Occasions:
    """The occasions of one surface at a past moment.

    Args:
        moment: What was known, and what came true.
        surface: One of :data:`SURFACES`.
        config: How they are made; the defaults where None.
        k: How many items each query asks for.
        seed: What is drawn follows from it.

    Raises:
        SettingsError: There is no such surface.

    Cost:
        A few passes over the events of the week, and about 10 us a query.
    """
    if surface not in SURFACES:
        raise SettingsError(
            f"{surface!r} is not a surface {did_you_mean(surface, SURFACES)}".rstrip() + ".",
            hint=f"There are: {', '.join(SURFACES)}.",
        )
    name = next(each for each in SURFACES if each == surface)
    week = _Week.of(moment, config or OccasionsConfig())
    drawn = _Drawn(name, k, seed)
    if name == "cart":
        return _carts(week, drawn)
    return _after_orders(week, drawn) if name == "post_purchase" else _visits(week, drawn)


@dataclass(frozen=True)
class _Drawn:
    """What is asked for, and how what is left to chance is drawn."""

    surface: Surface
    k: int
    seed: int

    def rng(self, what: str) -> np.random.Generator:
        return rng_for(self.seed, f"{what} {self.surface}")


@dataclass(frozen=True)
class _Week:
    """A week's events by customers and of items that were known before it, as rows of the moment's dataset."""

    dataset: Dataset
    config: OccasionsConfig
    counted: Counted
    user_ix: Rows
    item_ix: Rows
    time_us: Keys
    bought: NDArray[np.bool_]
    acted: NDArray[np.bool_]
    basket: Rows

    @classmethod
    def of(cls, moment: Moment, config: OccasionsConfig) -> _Week:
        happened, dataset = moment.target.happened, moment.dataset
        e = happened.events
        user_ix = happened.users.translate(dataset.users)[e.user_ix]
        item_ix = happened.items.translate(dataset.items)[e.item_ix]
        known = (user_ix != UNKNOWN) & (item_ix != UNKNOWN)
        user_ix, item_ix, bought = user_ix[known], item_ix[known], e.purchases[known]
        counted = config.counted
        if counted == "auto":
            pairs = np.unique(user_ix[bought].astype(np.int64) * len(dataset.items) + item_ix[bought])
            counted = "purchases" if len(pairs) >= config.enough_purchases else "acts"
        acted = bought if counted == "purchases" else np.isin(e.kind[known], _ACTS)
        return cls(
            dataset, config, counted, user_ix, item_ix, e.timestamp_us[known], bought, acted, e.basket[known]
        )  # fmt: skip

    def keys(self, where: NDArray[np.bool_]) -> Keys:
        """Distinct user * items + item of the events where ``where``, ascending."""
        return np.unique(self.user_ix[where].astype(np.int64) * len(self.dataset.items) + self.item_ix[where])

    def some(self, found: NDArray[np.int64], drawn: _Drawn) -> NDArray[np.int64]:
        """At most ``most`` of the values, in their order."""
        if len(found) <= self.config.most:
            return found
        return np.sort(drawn.rng("occasions").choice(found, self.config.most, replace=False))

    def occasions(
        self, drawn: _Drawn, users: Sequence[int], pages: Sequence[Rows], true: Sequence[Rows], names: Sequence[str]
    ) -> Occasions:
        """Queries of customers, with what is on the page or in the cart, and what came true."""
        queries = tuple(
            self._query(drawn, user, page, name) for user, page, name in zip(users, pages, names, strict=True)
        )
        offsets = np.concatenate([[0], np.cumsum([len(rows) for rows in true])]).astype(np.int64)
        rows = np.concatenate([np.empty(0, np.int32), *true]).astype(np.int32)
        return Occasions(drawn.surface, self.counted, self.dataset.items, queries, offsets, rows)

    def _query(self, drawn: _Drawn, user: int, page: Rows, name: str) -> Query:
        dataset = self.dataset
        items, request = dataset.items.ids_of(page), f"{drawn.surface} {name} {dataset.as_of_us}"
        if self.config.strangers:
            nothing = History.empty(dataset.items)
            return Query(
                nothing, dataset.as_of_us, surface=drawn.surface, items=tuple(items), k=drawn.k, request_id=request
            )
        query = dataset.query(dataset.users.id_of(user), k=drawn.k, surface=drawn.surface, items=items)
        return replace(query, request_id=request)


def _visits(week: _Week, drawn: _Drawn) -> Occasions:
    """One occasion a customer who did anything in the week."""
    users = week.some(np.unique(week.user_ix).astype(np.int64), drawn)
    pages = _pages(week, users) if drawn.surface == "product_page" else [np.empty(0, np.int32)] * len(users)
    width = len(week.dataset.items)
    keys = week.keys(week.acted)
    starts, ends = np.searchsorted(keys, users * width), np.searchsorted(keys, (users + 1) * width)
    true = [(keys[a:b] % width).astype(np.int32) for a, b in zip(starts, ends, strict=True)]
    others = [rows[~np.isin(rows, page)] for rows, page in zip(true, pages, strict=True)]
    return week.occasions(drawn, users.tolist(), pages, others, week.dataset.users.ids_of(users))


def _pages(week: _Week, users: NDArray[np.int64]) -> list[Rows]:
    """For each user the item whose page they are on."""
    first = week.item_ix[np.searchsorted(week.user_ix, users)]
    if week.config.page == "first_of_week":
        return [first[[position]] for position in range(len(users))]
    offsets, rows = week.dataset.user_offsets, week.dataset.events.item_ix
    start, end = offsets[users], offsets[users + 1]
    # Somebody known who had done nothing before the week stands where they began.
    page = np.where(end > start, rows[np.maximum(end - 1, 0)], first) if len(rows) else first
    return [page[[position]].astype(np.int32) for position in range(len(users))]


def _carts(week: _Week, drawn: _Drawn) -> Occasions:
    """One occasion an order, or a customer's day, of at least two different items."""
    user_ix, item_ix, time_us = week.user_ix[week.acted], week.item_ix[week.acted], week.time_us[week.acted]
    if week.counted == "purchases":
        order = _orders(user_ix, time_us, week.basket[week.acted])
    else:
        order = _orders(user_ix, time_us // DAY_US, np.zeros(len(user_ix), np.int32))
    width = len(week.dataset.items)
    lines = np.unique(order * width + item_ix)
    numbers, starts, sizes = np.unique(lines // width, return_index=True, return_counts=True)
    chosen = week.some(np.flatnonzero(sizes >= 2), drawn)
    owner = user_ix[np.searchsorted(order, numbers[chosen])]
    rng = drawn.rng("left out of the cart")
    carts, true = [], []
    for start, size in zip(starts[chosen].tolist(), sizes[chosen].tolist(), strict=True):
        rows = (lines[start : start + size] % width).astype(np.int32)
        out = np.zeros(size, dtype=bool)
        out[rng.permutation(size)[: min(max(1, round(size * week.config.held_out)), size - 1)]] = True
        carts.append(rows[~out])
        true.append(rows[out])
    names = [f"{user} {number}" for user, number in zip(week.dataset.users.ids_of(owner), numbers[chosen], strict=True)]
    return week.occasions(drawn, owner.tolist(), carts, true, names)


def _after_orders(week: _Week, drawn: _Drawn) -> Occasions:
    """One occasion a customer whose last order lies shortly before the moment."""
    e, as_of_us = week.dataset.events, week.dataset.as_of_us
    recent = e.purchases & (e.timestamp_us >= as_of_us - week.config.ordered_within_days * DAY_US)
    user_ix, item_ix = e.user_ix[recent], e.item_ix[recent]
    order = _orders(user_ix, e.timestamp_us[recent], e.basket[recent])
    users = week.some(np.unique(user_ix).astype(np.int64), drawn)
    last = order[np.searchsorted(user_ix, users, side="right") - 1] if len(users) else np.empty(0, np.int64)
    starts, ends = np.searchsorted(order, last), np.searchsorted(order, last, side="right")
    ordered = [np.unique(item_ix[a:b]) for a, b in zip(starts, ends, strict=True)]
    keys, width = week.keys(week.acted), len(week.dataset.items)
    after = zip(np.searchsorted(keys, users * width), np.searchsorted(keys, (users + 1) * width), strict=True)
    true = [(keys[a:b] % width).astype(np.int32) for a, b in after]
    others = [rows[~np.isin(rows, page)] for rows, page in zip(true, ordered, strict=True)]
    return week.occasions(drawn, users.tolist(), ordered, others, week.dataset.users.ids_of(users))


def _orders(user_ix: Rows, time_us: Keys, basket: Rows) -> NDArray[np.int64]:
    """Ascending number of the order that each event belongs to; purchases at one moment outside orders are one order.

    Events come sorted by user and time, so that those of one order stand together.
    """
    if not len(user_ix):
        return np.empty(0, np.int64)
    same = (user_ix[1:] == user_ix[:-1]) & (time_us[1:] == time_us[:-1]) & (basket[1:] == basket[:-1])
    return np.concatenate([[0], np.cumsum(~same)]).astype(np.int64)
