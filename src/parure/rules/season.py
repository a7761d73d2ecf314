"""Whether an item is out of season: learned from what sold in which month, or told by the shop."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from parure.core import UNKNOWN
from parure.core.clock import DAY_US
from parure.core.config import Config
from parure.core.errors import SettingsError
from parure.core.filters import ItemFilter
from parure.core.slate import Effect, Slate
from parure.dataset import Dataset
from parure.rules.columns import codes
from parure.rules.held import HeldByDay, moments
from parure.rules.rule import Rows, Rule
from parure.rules.shopper import Shopper

_MONTHS: Final = 12
Counts = NDArray[np.float64]
Days = NDArray[np.int64]


class SeasonOf(Config):
    """When some items are in season, as the shop says."""

    filter: tuple[str, ...] = Field(min_length=1)
    """Which items: all of these hold, as in ``category=christmas`` or ``collection=Advent|Noel``."""
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...]
    """The months in which they are shown, 1 for January; none for never."""

    @model_validator(mode="after")
    def _filter_can_be_read(self) -> Self:
        try:
            self.item_filter  # noqa: B018 - reading it is the check
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def item_filter(self) -> ItemFilter:
        """The filter, read."""
        return ItemFilter.of(self.filter)


class SeasonConfig(Config):
    """Parameters of :class:`Season`."""

    seasons: tuple[SeasonOf, ...] = ()
    """Seasons that the shop tells, as in ``{filter = ["category=christmas"], months = [11, 12]}``; they stand over what
    is learned, and of two for one item both count."""
    learn: bool = True
    """Whether seasons are learned from sales."""
    column: str = Field(default="category", min_length=1)
    """Column of the item table by which seasons are learned, for items that sell too little to tell by themselves."""
    out_below: float = Field(default=0.2, ge=0, le=1)
    """A month is out of season when less than this share of an even year's sales falls on it, and on it and the months
    before and after together: so a gap of a month or two, as while something is sold out, is none."""
    peak: float = Field(default=2.0, ge=1, le=12)
    """What is seasonal sells at least this many times as well in its best month as in an even year."""
    min_sales: int = Field(default=120, ge=12, le=1_000_000_000)
    """An item or category with fewer purchases in a year has no season of its own."""
    min_days: int = Field(default=330, ge=28, le=3650)
    """What has been in the shop for fewer days has no season yet: it may just be new."""
    lead_days: int = Field(default=0, ge=0, le=180)
    """Learned seasons begin so many days earlier still: the month before the one in which sales begin is in season
    anyway, for people look ahead. Told seasons begin as told."""


class Season(Rule[SeasonConfig]):
    """Holds back what is out of season.

    Sales by month of the year are held against an even seller's, from the day on which an item or category came, so
    that what is new is not taken for seasonal. Even is the same on every day on which the shop sells anything, or in
    step with all else that it sells; a season shows against both, so that neither a shop that grows or closes in
    August makes one, nor a Christmas that outsells all else. Months with hardly any of what is due to them are out of
    season, if another month has far more. Purchases count; an item that sells enough is told by its own, others by
    their category's.

    Raises:
        SettingsError: When fitted: a told season names a column that items do not have.
    """

    kind: ClassVar[str] = "season"
    effect: ClassVar[Effect] = Effect.REMOVES
    reasons: ClassVar[dict[str, str]] = {"out_of_season": "is not sold at this time of the year"}
    config_type: ClassVar[type[Config]] = SeasonConfig

    def fit(self, dataset: Dataset) -> Self:
        """Learn the seasons.

        Cost:
            A few passes over the purchases, once a dataset: some 60 ms a million.
        """
        n = len(dataset.items)
        self._learned = self._learned_of(dataset).copy() if self.config.learn else np.zeros((n, _MONTHS), dtype=bool)
        self._told = np.zeros((n, _MONTHS), dtype=bool)
        said = np.zeros(n, dtype=bool)
        for season in self.config.seasons:
            meant = season.item_filter.mask(dataset.item_table)
            out = ~np.isin(np.arange(1, _MONTHS + 1), season.months)
            self._told[meant] = np.where(said[meant, None], self._told[meant] & out, out)
            said |= meant
        self._learned[said] = False
        self._out = HeldByDay(self._out_on)
        return self

    def forbid(self, shopper: Shopper) -> tuple[str, Rows] | None:
        """What is out of season."""
        out = self._out.at(shopper.query.now_us)
        return ("out_of_season", out.rows) if len(out) else None

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """Without it."""
        return self._out.at(shopper.query.now_us).dropped(slate, self.kind, "out_of_season")

    def _out_on(self, day: int) -> NDArray[np.bool_]:
        """What is out of season on a day, and will still be when people who look ahead now come to buy."""
        month, soon = _month_of(np.array([day, day + self.config.lead_days]))
        return np.asarray(self._told[:, month] | (self._learned[:, month] & self._learned[:, soon]))

    def _learned_of(self, dataset: Dataset) -> NDArray[np.bool_]:
        """What is learned, once a dataset: recipes of several surfaces share it."""
        key = ("rule season", self.config.model_dump_json(exclude={"seasons", "lead_days"}))
        if key not in dataset.memo:
            dataset.memo[key] = self._learn(dataset)
        return cast("NDArray[np.bool_]", dataset.memo[key])

    def _learn(self, dataset: Dataset) -> NDArray[np.bool_]:
        """Which items are out of season in which months: bool[items, 12]."""
        events = dataset.events
        bought = np.flatnonzero(events.purchases)
        out = np.zeros((len(dataset.items), _MONTHS), dtype=bool)
        if not len(bought):
            return out
        day = events.timestamp_us[bought] // DAY_US
        sales = _Sales(events.item_ix[bought], day, int(day.min()), (dataset.as_of_us - 1) // DAY_US)
        came = np.minimum(moments(dataset, "created_us"), moments(dataset, "first_seen_us")) // DAY_US
        category, names = codes(dataset, self.config.column)
        known, by_category = self._out_of_season(sales, category, came, len(names))
        told = category != UNKNOWN
        told[told] = known[category[told]]
        out[told] = by_category[category[told]]
        enough = np.bincount(sales.item_ix, minlength=len(out)) >= self.config.min_sales
        own = np.where(enough, np.cumsum(enough) - 1, UNKNOWN).astype(np.int32)
        known, by_item = self._out_of_season(sales, own, came, int(enough.sum()))
        items = np.flatnonzero(enough)[known]
        out[items] = by_item[known]
        return out

    def _out_of_season(
        self, sales: _Sales, group: NDArray[np.int32], came: Days, n: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Of which groups the seasons are known, and their months out of season.

        Args:
            sales: What was sold when.
            group: int32[items], the group of each item; UNKNOWN for none.
            came: int64[items], the day on which each item came.
            n: How many groups there are.

        Returns:
            bool[n] and bool[n, 12].
        """
        first = np.full(n, sales.last_day)
        np.minimum.at(first, group[group != UNKNOWN], came[group != UNKNOWN])
        first = np.maximum(first, sales.first_day)
        sold = sales.of(group, n)
        total = sold.sum(axis=1)
        days = sales.last_day - first + 1
        known = (days >= self.config.min_days) & (total * 365 >= self.config.min_sales * np.maximum(days, 365))
        month = np.zeros((n, _MONTHS))
        quarter = np.zeros((n, _MONTHS))
        open_days, of_shop = sales.due(first)
        for due in (open_days, of_shop - sold):
            due *= (total / np.maximum(due.sum(axis=1), 1))[:, None]
            np.maximum(month, _index(sold, due), out=month)
            np.maximum(quarter, _index(_three_months(sold), _three_months(due)), out=quarter)
        seasonal = known & (month.max(axis=1, initial=0) >= self.config.peak)
        return known, seasonal[:, None] & (np.maximum(month, quarter) < self.config.out_below)


class _Sales:
    """Purchases by item and day.

    Args:
        item_ix: int32[purchases].
        day: int64[purchases], days since 1970 UTC.
        first_day: The first day of the data.
        last_day: The last day of the data.
    """

    def __init__(self, item_ix: NDArray[np.int32], day: Days, first_day: int, last_day: int) -> None:
        self.item_ix, self.first_day, self.last_day = item_ix, first_day, last_day
        self._since = day - first_day
        self._month = _month_of(np.arange(first_day, last_day + 1))

    def of(self, group: NDArray[np.int32], n: int) -> Counts:
        """How much each of ``n`` groups of items sold in each month of the year: float64[n, 12]."""
        sold = group[self.item_ix]
        cell = sold * _MONTHS + self._month[self._since]
        return np.bincount(cell[sold != UNKNOWN], minlength=n * _MONTHS).reshape(n, _MONTHS).astype(np.float64)

    def due(self, first: Days) -> tuple[Counts, Counts]:
        """What an even seller's sales go by in each month of the year, from each of the days ``first`` on.

        Returns:
            The days on which the shop sold anything, and what it sold on them: float64[n, 12] each.
        """
        days = np.arange(len(self._month))
        sold = np.bincount(self._since, minlength=len(days))
        found = []
        for weight in (sold > 0, sold):
            by_day = np.zeros((len(days), _MONTHS))
            by_day[days, self._month] = weight
            found.append(by_day[::-1].cumsum(axis=0)[::-1][first - self.first_day])
        return found[0], found[1]


def _index(sold: Counts, due: Counts) -> Counts:
    """Sales against those due; one more on both sides, so that few of them cannot be told from an even year."""
    return (sold + 1) / (due + 1)


def _three_months(counts: Counts) -> Counts:
    """Each month with the one before and the one after, December next to January: float64[n, 12]."""
    return counts + np.roll(counts, 1, axis=1) + np.roll(counts, -1, axis=1)


def _month_of(day: Days) -> NDArray[np.int64]:
    """The months of days since 1970 UTC, 0 for January."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % _MONTHS
