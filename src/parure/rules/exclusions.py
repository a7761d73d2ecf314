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
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import codes
from parure.rules.held import Held
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper

_Days = Annotated[float, Field(ge=0, le=36_500)]
_CART: Final = int(EventKind.ADD_TO_CART)
_WISH: Final = int(EventKind.ADD_TO_WISHLIST)
_PURCHASE: Final = int(EventKind.PURCHASE)


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
        days = {
            EventKind.DISMISS: ("dismissed", config.dismissed_days),
            EventKind.REMOVE_FROM_CART: ("removed_from_cart", config.removed_from_cart_days),
            EventKind.RETURN: ("returned", config.returned_days),
        }
        self._against = {int(kind): (why, int(after * DAY_US)) for kind, (why, after) in days.items() if after}
        self._after_us = np.zeros(128, np.int64)
        for kind, (_, after_us) in self._against.items():
            self._after_us[kind] = after_us
        return self

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """What the shop never shows."""
        del shopper
        return ("excluded", self._never.rows) if len(self._never) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without that, and without what is on the page or was turned down."""
        slate = self._never.dropped(slate, self.kind, "excluded")
        if self.config.on_page and len(shopper.page):
            slate = slate.drop_listed(shopper.page, self.kind, "on_page")
        history = shopper.query.history
        count, rows, kinds = _last_words(
            history.kind, shopper.rows, history.timestamp_us, shopper.query.now_us, self._after_us
        )
        if not count:
            return slate
        said = kinds.tobytes()
        for kind, (reason, _) in self._against.items():
            if kind in said:
                first = said.index(kind)
                turned_down = rows[first : first + said.count(kind)]
                slate = slate.drop_listed(turned_down, self.kind, reason)
        return slate


@native
def _last_words(
    kinds: NDArray[np.int8],
    rows: Rows,
    timestamp_us: NDArray[np.int64],
    now_us: int,
    after_us: NDArray[np.int64],
) -> tuple[int, Rows, NDArray[np.int8]]:
    """Items on which the customer's last word, leaving looks aside, is against them and recent.

    Args:
        kinds: int8[events].
        rows: int32[events].
        timestamp_us: int64[events], ascending.
        now_us: The moment of asking.
        after_us: int64[128], for how long each kind of event keeps an item away; 0 for one that is not against it.

    Returns:
        How many there are, their rows, int32[n], and the kinds of the last words, int8[n]: by kind, and then by row.
    """
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
            # In one number, which is what they are sorted by.
            found[count] = (np.int64(kind) << 32) | rows[event]
            count += 1
    found = np.sort(found[:count])
    return count, (found & 0xFFFFFFFF).astype(np.int32), (found >> 32).astype(np.int8)
