"""What a merchandiser wants at a certain place, for a while."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core import UNKNOWN
from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.native import native
from parure.core.slate import Effect, Positions, Slate
from parure.dataset import Dataset
from parure.rules.campaign import Campaign, Span
from parure.rules.columns import codes
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper


class Pin(Campaign):
    """One pin."""

    item_id: str = Field(min_length=1)
    """The item. One that the shop does not have is passed over."""
    place: int = Field(default=1, ge=1, le=10_000)
    """Where it stands, counted from 1."""
    page_category: str = ""
    """It holds only where something of this category is on the page or in the cart; everywhere where empty."""


class PinsConfig(Config):
    """Parameters of :class:`Pins`."""

    entries: tuple[Pin, ...] = Field(default=(), max_length=1000)
    """The pins; of two for one place the first has it, and the other the place after it. Each has ``item_id`` and
    ``place``, counted from 1, and if wanted ``name``, ``starts`` and ``ends``, its first and last day, ``surfaces``,
    and ``page_category``, of which something must be on the page or in the cart."""


class _Fitted(NamedTuple):
    """A pin as it is asked for: where from 0, the item's row, when and where, and the category's code or None."""

    place: int
    row: int
    span: Span
    page_category: int | None


class _Now(NamedTuple):
    """What is pinned for a request.

    Attributes:
        wanted: int64[pins, 2], rows of the catalogue and the places wanted for them, which ascend.
        rows: int32[n], the rows alone, distinct and ascending.
    """

    wanted: NDArray[np.int64]
    rows: Rows


class Pins(Rule[PinsConfig]):
    """Puts chosen items at chosen places, on the days and surfaces chosen; they are candidates whoever asks.

    A pinned item that another rule forbids or removes stays away.
    """

    kind: ClassVar[str] = "pins"
    effect: ClassVar[Effect] = Effect.ARRANGES
    reasons: ClassVar[dict[str, str]] = {"pinned": "put at its place by the shop"}
    config_type: ClassVar[type[Config]] = PinsConfig

    def fit(self, dataset: Dataset) -> Self:
        """Find the items and categories."""
        self._categories, names = codes(dataset, "category")
        code_of = {name: code for code, name in enumerate(names)}
        pins = [
            # A category that no item has is on no page.
            (pin, dataset.items.row_of(pin.item_id), code_of.get(pin.page_category, len(names)))
            for pin in self.config.entries
        ]
        found = [
            _Fitted(pin.place - 1, row, pin.span(), code if pin.page_category else None)
            for pin, row, code in pins
            if row != UNKNOWN
        ]
        # Stable: of two pins for one place the first stays first.
        self._pins = tuple(sorted(found, key=lambda pin: pin.place))
        self._by_page = any(pin.page_category is not None for pin in found)
        # Spans begin and end at midnight.
        self._last: tuple[tuple[int, str], list[_Fitted], _Now] | None = None
        return self

    def include(self, shopper: Shopper) -> Rows | None:
        """The items pinned now."""
        rows = self._now(shopper).rows
        return rows if len(rows) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With pinned items at their places."""
        pins = self._now(shopper).wanted
        if not len(pins):
            return slate
        count, arranged, moved = _pinned(slate.ranked(), slate.item_ix, slate.kept, pins)
        return slate.arrange(arranged, self.kind, "pinned", moved) if count else slate

    def _now(self, shopper: Shopper) -> _Now:
        """What is pinned for a request: the same arrays for the next one of a day and surface, unless pages matter."""
        query = shopper.query
        asked = query.now_us // DAY_US, query.surface
        last = self._last
        if last is None or last[0] != asked:
            held = [pin for pin in self._pins if pin.span.holds(query)]
            # One assignment: a thread that reads meanwhile sees a day and its own pins.
            self._last = last = asked, held, _wanted(held)
        _, held, now = last
        if not self._by_page:
            return now
        on_page = set(self._categories.take(shopper.page).tolist())
        return _wanted([pin for pin in held if pin.page_category is None or pin.page_category in on_page])


def _wanted(pins: list[_Fitted]) -> _Now:
    wanted = np.array([(pin.row, pin.place) for pin in pins], np.int64).reshape(-1, 2)
    return _Now(wanted, np.unique(wanted[:, 0]).astype(np.int32))


@native
def _pinned(
    order: Positions, item_ix: Rows, kept: NDArray[np.bool_], wanted: NDArray[np.int64]
) -> tuple[int, Positions, NDArray[np.bool_]]:
    """How many are pinned, the order with them at their places, and which of the candidates they are.

    Args:
        order: intp[m], places of the kept candidates, best first.
        item_ix: int32[n].
        kept: bool[n].
        wanted: int64[pins, 2], a row of the catalogue and the place it is wanted at, which ascend.
    """
    moved = np.zeros(len(item_ix), np.bool_)
    pins = np.empty(len(wanted), np.intp)
    places = np.empty(len(wanted), np.intp)
    count = 0
    for row, place in wanted:
        for found in range(len(item_ix)):
            if item_ix[found] == row and kept[found] and not moved[found]:
                moved[found] = True
                pins[count] = found
                places[count] = place if count == 0 else max(place, places[count - 1] + 1)
                count += 1
    # From the end, so that what was wanted behind the last place keeps its order before it.
    last = len(order)
    for pin in range(count - 1, -1, -1):
        last = places[pin] = min(places[pin], last - 1)
    arranged = np.empty_like(order)
    pin = free = 0
    for place in range(len(order)):
        if pin < count and places[pin] == place:
            arranged[place] = pins[pin]
            pin += 1
        else:
            while moved[order[free]]:
                free += 1
            arranged[place] = order[free]
            free += 1
    return count, arranged, moved
