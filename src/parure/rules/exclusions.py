"""Whether an item is never shown: by the shop, on this page, or to this customer."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from parure.core import UNKNOWN, EventKind
from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.errors import SettingsError
from parure.core.filters import ItemFilter
from parure.core.native import native
from parure.core.slate import Effect, Slate, removed
from parure.dataset import Dataset
from parure.rules.columns import codes
from parure.rules.held import Held
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper

_Days = Annotated[float, Field(ge=0, le=36_500)]
_CART: Final = int(EventKind.ADD_TO_CART)
_WISH: Final = int(EventKind.ADD_TO_WISHLIST)
_PURCHASE: Final = int(EventKind.PURCHASE)
_AGAINST: Final = (int(EventKind.DISMISS), int(EventKind.REMOVE_FROM_CART), int(EventKind.RETURN))
"""Events that speak against an item."""
_AGAINST_BITS: Final = sum(1 << kind for kind in _AGAINST)
_REASONS: Final = ("on_page", "dismissed", "removed_from_cart", "returned")
_NOBODY: Final = np.empty(0, np.int32)


class ExclusionsConfig(Config):
    """Parameters of :class:`Exclusions`."""

    items: tuple[str, ...] = ()
    """Ids of items that are never shown; those that the shop does not have are passed over."""
    categories: tuple[str, ...] = ()
    """Categories of which nothing is shown; those that the shop does not have are passed over."""
    column: str = Field(default="category", min_length=1)
    """Column of the item table that ``categories`` speaks of."""
    filters: tuple[str | tuple[str, ...], ...] = ()
    """Items that are never shown, by what they are like, as in ``brand=Acme`` or ``price<5``; a list within the list,
    as in ``["category=rings", "price>=1000"]``, means items for which all of it holds."""
    on_page: bool = True
    """Whether what is on the page, in the cart or just ordered is left out."""
    dismissed_days: _Days = 36_500
    """For how many days an item stays away that the customer dismissed; by default for good, 0 for not at all."""
    removed_from_cart_days: _Days = 7
    """For how many days an item stays away that the customer took out of the cart."""
    returned_days: _Days = 90
    """For how many days an item stays away that the customer sent back."""

    @model_validator(mode="after")
    def _filters_can_be_read(self) -> Self:
        try:
            self.item_filters  # noqa: B018 - reading them is the check
        except SettingsError as error:
            raise ValueError(f"'filters': {error}") from None
        return self

    @property
    def item_filters(self) -> tuple[ItemFilter, ...]:
        """The filters, read."""
        return tuple(ItemFilter.of([each] if isinstance(each, str) else each) for each in self.filters)


class Exclusions(Rule[ExclusionsConfig]):
    """Holds back what the shop never shows, what is on the page already, and what the customer turned down.

    The customer's last word counts: an item that was put in the cart, on the wish list or bought after it had been
    turned down may come back at once.

    Raises:
        SettingsError: When fitted: a filter names a column that items do not have, or cannot be compared so.
    """

    kind: ClassVar[str] = "exclusions"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {
        "excluded": "the shop does not show it",
        "on_page": "it is on the page or in the cart",
        "dismissed": "the customer said that it is not wanted",
        "removed_from_cart": "the customer took it out of the cart lately",
        "returned": "the customer sent it back",
    }
    config_type: ClassVar[type[Config]] = ExclusionsConfig

    def fit(self, dataset: Dataset) -> Self:
        """Look up what the shop never shows."""
        config = self.config
        never = np.zeros(len(dataset.items), dtype=bool)
        listed = dataset.items.rows_of(config.items)
        never[listed[listed != UNKNOWN]] = True
        if config.categories:
            category, names = codes(dataset, config.column)
            barred = np.array([*(name in set(config.categories) for name in names), False])
            never |= barred[category]  # an item without a category is of none: UNKNOWN is the last
        for item_filter in config.item_filters:
            never |= item_filter.mask(dataset.item_table)
        self._never = Held.of(never)
        days = (config.dismissed_days, config.removed_from_cart_days, config.returned_days)
        self._after_us = np.zeros(128, np.int64)
        self._after_us[list(_AGAINST)] = [int(after * DAY_US) for after in days]
        return self

    def follow(self, dataset: Dataset) -> None:
        """Look it up again, where it goes by what items are like."""
        if self.config.filters:
            self.fit(dataset)

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """What the shop never shows."""
        del shopper
        return ("excluded", self._never.rows) if len(self._never) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without that, and without what is on the page or was turned down."""
        slate = self._never.dropped(slate, self.kind, "excluded")
        query, page = shopper.query, shopper.page if self.config.on_page else _NOBODY
        if not len(page) and not shopper.kinds & _AGAINST_BITS:
            return slate
        history = query.history
        counts, verdicts = _turned_down(
            history.kind, shopper.rows, history.timestamp_us, query.now_us, self._after_us, page, slate.item_ix
        )
        for place, count in enumerate(counts.tolist()):
            if count:
                slate = slate.drop_judged(verdicts[place], self.kind, _REASONS[place])
        return slate


@native
def _turned_down(
    kinds: NDArray[np.int8],
    rows: Rows,
    timestamp_us: NDArray[np.int64],
    now_us: int,
    after_us: NDArray[np.int64],
    page: Rows,
    item_ix: Rows,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each of :data:`_REASONS` how many candidates it removes, int64[4], and the verdicts, float32[4, n].

    Args:
        kinds: int8[events].
        rows: int32[events].
        timestamp_us: int64[events], ascending.
        now_us: The moment of asking.
        after_us: int64[128], for how long each kind of event keeps an item away; 0 for one that is not against it.
        page: int32[m], what is on the page.
        item_ix: int32[n], the candidates.
    """
    counts, verdicts = np.zeros(len(_AGAINST) + 1, np.int64), np.ones((len(_AGAINST) + 1, len(item_ix)), np.float32)
    for row in page:
        counts[0] += removed(verdicts[0], item_ix, row)
    found = last_words(kinds, rows, timestamp_us, now_us, after_us)
    for event in found:
        for place in range(len(_AGAINST)):
            if kinds[event] == _AGAINST[place]:
                counts[place + 1] += removed(verdicts[place + 1], item_ix, rows[event])
    return counts, verdicts


@native
def last_words(
    kinds: NDArray[np.int8],
    rows: Rows,
    timestamp_us: NDArray[np.int64],
    now_us: int,
    after_us: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Places of the events that are a customer's last word on an item, leaving looks aside, against it and recent."""
    count = 0
    found = np.empty(len(kinds), np.int64)
    for event in range(len(kinds)):
        kind = kinds[event]
        if not after_us[kind] or timestamp_us[event] <= now_us - after_us[kind] or rows[event] < 0:
            continue
        is_last = True
        for later in range(event + 1, len(kinds)):
            said = kinds[later]
            if rows[later] == rows[event] and (said == kind or said in (_CART, _WISH, _PURCHASE)):
                is_last = False
                break
        if is_last:
            found[count] = event
            count += 1
    return found[:count]
