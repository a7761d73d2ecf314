"""What a customer did, and the history of it that a query carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from parure.core.filters import ItemFilter
from parure.core.ids import UNKNOWN, IdMap


class EventKind(IntEnum):
    """Kinds of events. The numbers are stored in bundles: never reuse one."""

    VIEW = 1
    CLICK = 2
    ADD_TO_CART = 3
    REMOVE_FROM_CART = 4
    ADD_TO_WISHLIST = 5
    PURCHASE = 6
    RETURN = 7
    IMPRESSION = 8
    DISMISS = 9


@dataclass(frozen=True, slots=True)
class Event:
    """One act of a user on an item.

    Attributes:
        item_id: The item.
        kind: What was done.
        timestamp_us: When, in microseconds since 1970 UTC.
        quantity: Units, for purchases.
        price_cents: Price of one unit in cents; 0 where unknown.
        duration_s: How long a view lasted; 0 where unknown.
    """

    item_id: str
    kind: EventKind
    timestamp_us: int
    quantity: float = 1.0
    price_cents: int = 0
    duration_s: float = 0.0


_PURCHASE = np.int8(EventKind.PURCHASE)
"""As numpy's own number: an array is compared with it in a sixth of the time."""
_AVERAGE: NDArray[np.float32] = np.ones(0, np.float32)
"""Stands for a ratio of 1 for every event."""


@dataclass(slots=True)
class History:
    """What one user did, oldest first, in columns of equal length n. Never changed once it is made.

    Attributes:
        items: The map that ``item_ix`` refers to.
        item_ix: int32[n], rows of ``items``.
        timestamp_us: int64[n], ascending.
        kind: int8[n], :class:`EventKind` numbers.
        quantity: float32[n], units.
        price_cents: int64[n], price of one unit; 0 where unknown.
        weight: float32[n], what the event says about taste, before decay; negative for a return.
        spend_ratio: float32[n], item price over the user's average price, log-scaled and clipped; 1 (average) where
            left out, as for live events.
        quantity_ratio: float32[n], units over the item's average units, likewise.
    """

    items: IdMap
    item_ix: NDArray[np.int32]
    timestamp_us: NDArray[np.int64]
    kind: NDArray[np.int8]
    quantity: NDArray[np.float32]
    price_cents: NDArray[np.int64]
    weight: NDArray[np.float32]
    spend_ratio: NDArray[np.float32] = field(default_factory=lambda: _AVERAGE)
    quantity_ratio: NDArray[np.float32] = field(default_factory=lambda: _AVERAGE)

    def __post_init__(self) -> None:
        for name in ("spend_ratio", "quantity_ratio"):
            if getattr(self, name) is _AVERAGE:
                setattr(self, name, np.ones(len(self.item_ix), np.float32))

    def __len__(self) -> int:
        return len(self.item_ix)

    @property
    def item_ids(self) -> list[str]:
        """The items' ids, oldest event first."""
        return self.items.ids_of(self.item_ix)

    @property
    def purchases(self) -> NDArray[np.bool_]:
        """bool[n]: which events are purchases."""
        return np.asarray(self.kind == _PURCHASE)

    def take(self, mask: NDArray[np.bool_]) -> History:
        """The events where ``mask``, bool[n], is true."""
        return History(
            self.items,
            self.item_ix[mask],
            self.timestamp_us[mask],
            self.kind[mask],
            self.quantity[mask],
            self.price_cents[mask],
            self.weight[mask],
            self.spend_ratio[mask],
            self.quantity_ratio[mask],
        )

    def rows_in(self, items: IdMap) -> NDArray[np.int32]:
        """The items as rows of another map, UNKNOWN where it does not hold one: int32[n]."""
        if self.items is items:
            return self.item_ix
        return items.rows_of(self.item_ids)

    @classmethod
    def empty(cls, items: IdMap) -> History:
        """The history of somebody who has done nothing yet."""
        return cls(
            items,
            np.empty(0, np.int32),
            np.empty(0, np.int64),
            np.empty(0, np.int8),
            np.empty(0, np.float32),
            np.empty(0, np.int64),
            np.empty(0, np.float32),
        )

    @classmethod
    def of_rows(cls, items: IdMap, item_ix: NDArray[np.int32], *, now_us: int, weight: float = 10.0) -> History:
        """The history of somebody who bought these items at this moment and did nothing else.

        Args:
            items: The catalogue.
            item_ix: int32[n], rows of it.
            now_us: The moment.
            weight: What each purchase says about taste.
        """
        n = len(item_ix)
        return cls(
            items,
            item_ix,
            np.full(n, now_us, np.int64),
            np.full(n, EventKind.PURCHASE, np.int8),
            np.ones(n, np.float32),
            np.zeros(n, np.int64),
            np.full(n, weight, np.float32),
        )

    @classmethod
    def of(cls, events: Sequence[Event], weights: Sequence[float], items: IdMap | None = None) -> History:
        """Put events into columns, oldest first.

        Args:
            events: In any order.
            weights: One a event: what it says about taste, before decay.
            items: Map for the item ids; events on items it does not hold are left out. Default: a map of just these.
        """
        items = items if items is not None else IdMap.of(e.item_id for e in events)
        rows = items.rows_of(e.item_id for e in events)
        times = np.array([e.timestamp_us for e in events], dtype=np.int64)
        order = np.lexsort((rows, times))
        order = order[rows[order] != UNKNOWN]
        return cls(
            items,
            rows[order],
            times[order],
            np.array([e.kind for e in events], dtype=np.int8)[order],
            np.array([e.quantity for e in events], dtype=np.float32)[order],
            np.array([e.price_cents for e in events], dtype=np.int64)[order],
            np.array(weights, dtype=np.float32)[order],
        )


@dataclass(slots=True)
class Query:
    """One request for recommendations. Never changed once it is made; being frozen would take a microsecond of each.

    Attributes:
        history: What the user did, oldest first, live events included.
        now_us: The moment of asking, in microseconds since 1970 UTC.
        user_id: Who asks; None for an anonymous session.
        surface: The place in the shop.
        items: Items on the page or in the cart.
        attributes: What is known of the customer: gender, age_band, country, spending_segment, home_store ...
        k: How many recommendations are wanted.
        item_filter: What a recommended item must be like.
        request_id: Name of the request; what is left to chance in an answer follows from it, so that asking again gives
            the same.
        language: Language of the reasons, as in ``en`` or ``de``.
        goals: What the items are to achieve, for rankers of several tasks: a weight for each of ``click``,
            ``add_to_cart``, ``purchase`` and ``spend``; where empty the ranker's own hold.
        exclude_purchased: Whether what the user bought is left out; as the recipe says where None.
    """

    history: History
    now_us: int
    user_id: str | None = None
    surface: str = "homepage"
    items: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    k: int = 10
    item_filter: ItemFilter = field(default_factory=ItemFilter)
    request_id: str = ""
    language: str = "en"
    goals: dict[str, float] = field(default_factory=dict)
    exclude_purchased: bool | None = None

    def of_nobody(self, nothing: History) -> Query:
        """The same request from somebody of whom nothing is known.

        Args:
            nothing: A history without events, of the same catalogue.
        """
        # Written out: dataclasses.replace goes through all fields by name, which takes five times as long.
        return Query(
            nothing,
            self.now_us,
            None,
            self.surface,
            self.items,
            {},
            self.k,
            self.item_filter,
            self.request_id,
            self.language,
            self.goals,
            self.exclude_purchased,
        )
