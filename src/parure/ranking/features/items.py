"""What is known of the item itself, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.core import EventKind
from parure.core.artifacts import Array
from parure.core.clock import DAY_US, from_us
from parure.core.native import native
from parure.ranking.features.group import Asked, Facts, Feature, Floats, Group, Rows, codes_of
from parure.ranking.features.own import cycle_days_of

_RATE: Final = 0.5
"""Purchases added to both sides of a comparison of two windows, so that few of them say little."""
_SEASON_STRENGTH: Final = 20.0
"""Purchases of the average month added to an item's own when months are compared."""
_YEAR_DAYS: Final = 365.0
_OLD_DAYS: Final = 180.0
"""Items grow no older: of old ones the age would tell the date, not the item."""


def _item(name: str, unit: str, says: str) -> Feature:
    return Feature(name, "item", unit, says)


def _price(name: str, unit: str, says: str) -> Feature:
    return Feature(name, "price", unit, says)


class Items(Group):
    """Popularity, trend, age, price and habits of each item.

    Args:
        known: float32[items, columns], what does not hang on the request.
        first_us: int64[items], when each was created, or first seen; -1 where unknown.
        season: float32[items, 12], log of how much of each item's sales fall into a month against all items'; of no
            rows where the data spans less than a year.
    """

    features: ClassVar[tuple[Feature, ...]] = (
        _item("item_purchases_7d", "log", "log(1 + order lines of the last 7 days)"),
        _item("item_purchases_28d", "log", "log(1 + order lines of the last 28 days)"),
        _item("item_purchases_91d", "log", "log(1 + order lines of the last 91 days)"),
        _item("item_purchases", "log", "log(1 + order lines ever)"),
        _item("item_buyers", "log", "log(1 + customers who bought it)"),
        _item("item_popularity_rank", "log place", "log of its place by order lines of the last 28 days"),
        _item("item_category_rank", "log place", "log of its place within its category, likewise"),
        _item("item_trend", "log ratio", "order lines a day in the last 7 days against the last 28"),
        _item("item_long_trend", "log ratio", "order lines a day in the last 28 days against the last 91"),
        _item("item_days_since_sale", "days", "since anybody last bought it"),
        _item("item_repeat_share", "share", "share of its buyers who bought it more than once"),
        _item("item_lines_per_buyer", "lines", "order lines of one of its buyers, on average"),
        _item("item_cycle_days", "days", "between two purchases of one customer, the median"),
        _item("item_views_7d", "log", "log(1 + times it was looked at in the last 7 days)"),
        _item("item_carts_7d", "log", "log(1 + times it was put in a cart in the last 7 days)"),
        _item("item_conversion", "ratio", "purchases a look, from looks of the last 91 days"),
        _item("item_return_share", "share", "returns over purchases"),
        _item("item_in_stock", "0 or 1", "1 where it is in stock; of a past moment everything counts as in stock"),
        _price(
            "item_price",
            "log cents",
            "log of what it costs: paid on average in the last 28 days, else ever, else listed",
        ),
        _price("item_discount", "share", "how much less was paid in the last 28 days than ever, on average"),
        _price("price_to_category", "log ratio", "price against the median of its category: 0 is as usual"),
        _item("item_age_days", "days", "since it was created, or else first seen; 180 where longer"),
        _item("item_season", "log ratio", "sales in this month of the year against its others; from a year of data on"),
    )

    def __init__(self, known: Floats, first_us: NDArray[np.int64], season: Floats) -> None:
        self._known, self._first_us, self._season = known, first_us, season

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Count what was sold, looked at and sent back."""
        columns = [*_sales(facts), *_habits(facts), *_interest(facts), *_prices(facts)]
        known = np.stack(columns, axis=1).astype(np.float32)
        first, created = facts.number("first_seen_us"), facts.number("created_us")
        first = np.where(np.isnan(created), first, created)
        return cls(known, np.where(np.isnan(first), -1, first).astype(np.int64), _season(facts))

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        month = from_us(asked.now_us).month - 1
        _fill(out, at, self._known, self._first_us, self._season, asked.rows, asked.now_us, month)

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {"known": self._known, "first_us": self._first_us, "season": self._season}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(arrays["known"], arrays["first_us"], arrays["season"])


def _sales(facts: Facts) -> list[NDArray[np.float64]]:
    """How much is sold, and whether that grows."""
    bought = facts.bought
    week, month, quarter = (facts.counts(bought.item_ix[bought.age_days <= days]) for days in (7, 28, 91))
    ever = facts.counts(bought.item_ix)
    category = codes_of(facts.dataset.item_table, "category")[0]
    since = np.full(facts.n_items, np.inf)
    np.minimum.at(since, bought.item_ix, bought.age_days)
    if not len(bought.item_ix):
        return [np.full(facts.n_items, np.nan)] * 10
    return [
        *(np.log1p(count) for count in (week, month, quarter, ever)),
        np.log1p(_buyers(facts)[0]),
        np.log(_rank(month, np.zeros(facts.n_items, np.int32))),
        np.where(category >= 0, np.log(_rank(month, category)), np.nan),
        np.log((week + _RATE / 4) / (month / 4 + _RATE / 4)),
        np.log((month + _RATE) / (quarter * 28 / 91 + _RATE)),
        np.where(np.isinf(since), np.nan, since),
    ]


def _habits(facts: Facts) -> list[NDArray[np.float64]]:
    """Whether its buyers come back for it."""
    buyers, again = _buyers(facts)
    lines = facts.counts(facts.bought.item_ix)
    return [_ratio(again, buyers), _ratio(lines, buyers), cycle_days_of(facts).astype(np.float64)]


def _interest(facts: Facts) -> list[NDArray[np.float64]]:
    """What became of it besides purchases; NaN in all rows where the shop does not record that."""
    e, n = facts.dataset.events, facts.n_items
    age_days = (facts.dataset.as_of_us - e.timestamp_us) / DAY_US

    def acts(kinds: tuple[EventKind, ...], days: float) -> NDArray[np.float64]:
        which = np.isin(e.kind, kinds)
        return facts.counts(e.item_ix[which & (age_days <= days)]) if which.any() else np.full(n, np.nan)

    looks = acts((EventKind.VIEW, EventKind.CLICK), 91)
    bought = facts.bought
    sold = facts.counts(bought.item_ix[bought.age_days <= 91])
    stock = facts.dataset.item_table.column("in_stock").to_numpy().astype(np.float64)
    return [
        np.log1p(acts((EventKind.VIEW, EventKind.CLICK), 7)),
        np.log1p(acts((EventKind.ADD_TO_CART,), 7)),
        _ratio(sold, looks),
        _ratio(acts((EventKind.RETURN,), np.inf), facts.counts(bought.item_ix)),
        stock,
    ]


def _prices(facts: Facts) -> list[NDArray[np.float64]]:
    """What it costs, against before and against its like."""
    category, size = codes_of(facts.dataset.item_table, "category")
    log_price = facts.log_price.astype(np.float64)
    usual = _medians(log_price, category, size)
    known = np.where(category >= 0, usual[category] if size else np.nan, np.nan)
    return [log_price, 1 - facts.price / facts.price_ever, log_price - known]


def _buyers(facts: Facts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many customers bought each item, and how many of them at more than one moment."""
    bought = facts.bought
    pair = bought.item_ix.astype(np.int64) * max(len(facts.dataset.users), 1) + bought.user_ix
    # Events come sorted by user and time: a stable sort leaves those of a pair in the order of time.
    order = np.argsort(pair, kind="stable")
    pair, time = pair[order], bought.timestamp_us[order]
    new_pair = np.concatenate([[True], pair[1:] != pair[:-1]])[: len(pair)]
    new_time = new_pair | np.concatenate([[True], time[1:] != time[:-1]])[: len(pair)]
    items = (pair[new_pair] // max(len(facts.dataset.users), 1)).astype(np.int64)
    times = np.bincount(np.cumsum(new_pair) - 1, new_time) if len(pair) else np.empty(0)
    return facts.counts(items), facts.counts(items[times > 1])


def _rank(values: NDArray[np.float64], group: Rows) -> NDArray[np.float64]:
    """Place of each value in its group, from 1 for the greatest; equal values share the better place."""
    order = np.lexsort((-values, group))
    sorted_values, sorted_group = values[order], group[order]
    first = np.concatenate([[True], sorted_group[1:] != sorted_group[:-1]])[: len(values)]
    fresh = first | np.concatenate([[True], sorted_values[1:] != sorted_values[:-1]])[: len(values)]
    positions = np.arange(len(values))
    begins = np.maximum.accumulate(np.where(first, positions, 0))
    better = np.maximum.accumulate(np.where(fresh, positions, 0))
    places = np.empty(len(values))
    places[order] = better - begins + 1
    return places


def _medians(values: NDArray[np.float64], codes: Rows, size: int) -> NDArray[np.float64]:
    """The median of the known values of each code: float64[size]; NaN where there are none."""
    known = (codes >= 0) & ~np.isnan(values)
    code, value = codes[known], values[known]
    order = np.lexsort((value, code))
    value = value[order]
    starts = np.searchsorted(code[order], np.arange(size + 1))
    count = np.diff(starts)
    there = count > 0
    found = np.full(size, np.nan)
    low = starts[:-1] + (count - 1) // 2
    high = starts[:-1] + count // 2
    found[there] = (value[low[there]] + value[high[there]]) / 2
    return found


def _season(facts: Facts) -> Floats:
    """See :class:`Items`."""
    bought = facts.bought
    if not len(bought.age_days) or bought.age_days.max() < _YEAR_DAYS:
        return np.empty((0, 12), np.float32)
    # Whole years, so that no month is counted more often than another.
    years = int(bought.age_days.max() // _YEAR_DAYS)
    recent = bought.age_days <= years * _YEAR_DAYS
    stamps = bought.timestamp_us[recent].astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    month = stamps % 12
    counts = np.bincount(bought.item_ix[recent] * np.int64(12) + month, minlength=facts.n_items * 12)
    table = counts.reshape(facts.n_items, 12).astype(np.float64)
    share = table.sum(axis=0) / max(table.sum(), 1)
    expected = table.sum(axis=1, keepdims=True) * share
    strength = _SEASON_STRENGTH * share
    lift: Floats = np.log((table + strength + 1e-9) / (expected + strength + 1e-9)).astype(np.float32)
    return lift


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where ``below`` is 0 or unknown."""
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)


@native
def _fill(
    out: Floats,
    at: int,
    known: Floats,
    first_us: NDArray[np.int64],
    season: Floats,
    rows: Rows,
    now_us: int,
    month: int,
) -> None:
    columns = known.shape[1]
    for row in range(len(rows)):
        item = rows[row]
        for column in range(columns):
            out[row, at + column] = known[item, column]
        out[row, at + columns] = (
            min(max(now_us - first_us[item], 0) / DAY_US, _OLD_DAYS) if first_us[item] >= 0 else np.nan
        )
        out[row, at + columns + 1] = season[item, month] if len(season) else np.nan
