"""A made-up fashion shop of any size up to that of H&M's competition data, written in the layout of its files.

What it is fitted to: 31,788,324 lines of 1,371,980 customers with 105,542 articles in 734 days; a customer has 9 lines
in the median and 23 in the mean; an article sells some 65 times in the median and 300 times in the mean; an order, that
is what a customer buys on one day, has 3.5 lines; an article is seldom bought again. Articles come and go in weeks, and
customers keep to a few tastes, so that there is something to learn.

A share of it is a shop that is so much smaller in customers, lines and articles alike, and has fewer tastes: as many as
the square root of the share says, so that articles and customers of a taste become fewer alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
from numpy.typing import NDArray

LINES: Final = 31_788_324
CUSTOMERS: Final = 1_371_980
ARTICLES: Final = 105_542

FIRST_DAY: Final = np.datetime64("2018-09-20")
DAYS: Final = 734
_WEEKS: Final = -(-DAYS // 7)

_TASTES: Final = 50
"""Of the whole."""
_KINDS: Final = ("Trousers", "Dress", "Sweater", "T-shirt", "Top", "Blouse", "Skirt", "Socks", "Bag", "Jacket")
_GROUPS: Final = (
    "Garment Lower body", "Garment Full body", "Garment Upper body", "Garment Upper body", "Garment Upper body",
    "Garment Upper body", "Garment Lower body", "Socks & Tights", "Accessories", "Garment Upper body",
)  # fmt: skip
_COLOURS: Final = ("Black", "White", "Blue", "Red", "Beige", "Grey", "Green", "Pink")
_INDEX_GROUPS: Final = ("Ladieswear", "Ladieswear", "Menswear", "Divided", "Baby/Children")
_CHANNELS: Final = (1, 2)

_LINES_SPREAD: Final = 1.38
"""Spread of the logarithm of a customer's lines: a mean of 2.6 medians."""
_SALES_SPREAD: Final = 1.4
"""Spread of the logarithm of what an article sells at its best; lives of different length add to it."""
_LINES_AN_ORDER: Final = 3.5
_DAYS_AN_ORDER: Final = 4
"""At least so many days a customer stays for each order."""
_OWN_TASTE: Final = 0.65
_SECOND_TASTE: Final = 0.2
"""Share of lines in the customer's first and second taste; the rest are of any."""
_AGAIN: Final = 0.06
"""Share of lines that repeat the line before in the same order, as for two pieces of one article."""

Ints = NDArray[np.integer]


@dataclass(frozen=True)
class LargeShop:
    """How large a shop is to be.

    Attributes:
        share: Of H&M's customers, lines and articles, above 0.
        seed: Seed of everything random.
    """

    share: float
    seed: int = 0

    @property
    def lines(self) -> int:
        """Lines of all transactions; what is written is within a thousandth of it."""
        return round(LINES * self.share)

    @property
    def customers(self) -> int:
        """Rows of the customers' file."""
        return max(round(CUSTOMERS * self.share), 1)

    @property
    def articles(self) -> int:
        """Rows of the articles' file."""
        return max(round(ARTICLES * self.share), self.tastes)

    @property
    def tastes(self) -> int:
        """How many kinds of customers there are, each with articles of its own."""
        return max(int(_TASTES * self.share**0.5), 2)

    def write(self, folder: Path) -> int:
        """Write articles.csv, customers.csv and transactions_train.csv.

        Args:
            folder: Where to; made where it is not there.

        Returns:
            How many lines of transactions were written.

        Cost:
            Three seconds a million lines; memory for the orders, 9 bytes each, and for the lines of one week.
        """
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(self.seed)
        articles = _Articles.drawn(self.articles, self.tastes, rng)
        customers = _Customers.drawn(self.customers, self.lines, self.tastes, rng)
        _write(folder / "articles.csv", articles.table(rng))
        _write(folder / "customers.csv", customers.table(rng))
        written = 0
        with pv.CSVWriter(folder / "transactions_train.csv", _LINE, write_options=_OPTIONS) as file:
            for week in range(_WEEKS):
                lines = _week(week, articles, customers, rng)
                file.write_table(lines)
                written += len(lines)
        return written


_OPTIONS: Final = pv.WriteOptions(quoting_style="none")
_LINE: Final = pa.schema(
    [
        ("t_dat", pa.string()),
        ("customer_id", pa.string()),
        ("article_id", pa.string()),
        ("price", pa.float32()),
        ("sales_channel_id", pa.int8()),
    ]
)


@dataclass(frozen=True)
class _Articles:
    """The catalogue, by taste: articles of one taste stand together.

    Attributes:
        ids: Ten digits each.
        bounds: int64[tastes + 1], where each taste begins.
        best: float64[n], how much each sells at its best.
        first_week: float64[n], when it comes; before 0 for what was there already.
        half_life: float64[n], weeks until it sells half as much.
        price: float32[n], as H&M scaled them.
    """

    ids: pa.StringArray
    bounds: NDArray[np.int64]
    best: NDArray[np.float64]
    first_week: NDArray[np.float64]
    half_life: NDArray[np.float64]
    price: NDArray[np.float32]

    @classmethod
    def drawn(cls, n: int, tastes: int, rng: np.random.Generator) -> _Articles:
        ids = pa.array([f"{108_775_015 + 8_117 * row:010d}" for row in range(n)])
        bounds = np.linspace(0, n, tastes + 1).astype(np.int64)
        half_life = np.where(rng.random(n) < 0.1, 100.0, rng.gamma(2.0, 3.0, n) + 1.0)
        return cls(
            ids,
            bounds,
            rng.lognormal(0.0, _SALES_SPREAD, n),
            rng.uniform(-20, _WEEKS - 1, n),
            half_life,
            np.exp(rng.normal(-3.6, 0.6, n)).astype(np.float32),
        )

    def sales(self, week: int) -> NDArray[np.float64]:
        """How much each article sells in a week, float64[n]; 0 before it comes."""
        age = week - self.first_week
        return np.where(age >= 0, self.best * np.exp2(-np.maximum(age, 0) / self.half_life), 0.0)

    def table(self, rng: np.random.Generator) -> pa.Table:
        n = len(self.ids)
        taste = np.searchsorted(self.bounds, np.arange(n), side="right") - 1
        kind, colour = taste % len(_KINDS), rng.integers(len(_COLOURS), size=n)
        names = _named(_KINDS, kind)
        return pa.table(
            {
                "article_id": self.ids,
                "product_code": pc.utf8_slice_codeunits(self.ids, 0, 7),
                "prod_name": pc.binary_join_element_wise(
                    _named(_COLOURS, colour), names, pa.array(np.arange(n)).cast(pa.string()), " "
                ),
                "product_type_name": names,
                "product_group_name": _named(_GROUPS, kind),
                "graphical_appearance_name": pa.array(np.full(n, "Solid")),
                "colour_group_name": _named(_COLOURS, colour),
                "department_name": pc.binary_join_element_wise("Department", pa.array(taste).cast(pa.string()), " "),
                "index_group_name": _named(_INDEX_GROUPS, taste % len(_INDEX_GROUPS)),
                "section_name": pc.binary_join_element_wise("Section", pa.array(taste // 2).cast(pa.string()), " "),
                "garment_group_name": names,
                "detail_desc": pc.binary_join_element_wise(names, pa.array(np.full(n, "in a soft weave.")), " "),
            }
        )


@dataclass(frozen=True)
class _Customers:
    """Who buys, and all orders by day.

    Attributes:
        ids: 64 digits each, as H&M's.
        tastes: int16[n, 2], the first and the second of each.
        buyer: int32[orders], in the order of days.
        day: int16[orders], ascending.
        size: int16[orders], lines of each.
    """

    ids: pa.StringArray
    tastes: NDArray[np.int16]
    buyer: NDArray[np.int32]
    day: NDArray[np.int16]
    size: NDArray[np.int16]

    @classmethod
    def drawn(cls, n: int, lines: int, tastes: int, rng: np.random.Generator) -> _Customers:
        eager = rng.lognormal(0.0, _LINES_SPREAD, n)
        wanted = eager * (lines / eager.sum())
        orders = np.maximum(rng.poisson(wanted / _LINES_AN_ORDER), (wanted >= 0.5).astype(np.int64))
        buyer = np.repeat(np.arange(n, dtype=np.int32), orders)
        # Somebody came at some day and stayed for a while, longer where they bought much.
        least = np.minimum(_DAYS_AN_ORDER * orders, DAYS)
        since = np.minimum(rng.integers(DAYS, size=n), DAYS - least)
        span = np.maximum(rng.integers(1, DAYS, size=n), least)
        day = since[buyer] + (rng.random(len(buyer)) * np.minimum(span, DAYS - since)[buyer]).astype(np.int64)
        by_day = np.argsort(day, kind="stable")
        size = _sizes(len(buyer), lines, rng)
        return cls(
            _hex_ids(n, rng),
            rng.integers(tastes, size=(n, 2)).astype(np.int16),
            buyer[by_day],
            day[by_day].astype(np.int16),
            size,
        )

    def table(self, rng: np.random.Generator) -> pa.Table:
        n = len(self.ids)
        news = rng.random(n) < 0.35
        age = np.clip(rng.normal(36, 14, n), 16, 90).astype(np.int16)
        return pa.table(
            {
                "customer_id": self.ids,
                "club_member_status": _named(("ACTIVE", "PRE-CREATE"), (rng.random(n) < 0.07).astype(np.int64)),
                "fashion_news_frequency": _named(("NONE", "Regularly"), news.astype(np.int64)),
                "age": pa.array(age, mask=rng.random(n) < 0.012),
                "postal_code": pc.utf8_slice_codeunits(self.ids, 0, 16),
            }
        )


def _sizes(orders: int, lines: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Lines of each order, at least one, that add up to ``lines`` or thereabouts."""
    mean = max(lines / max(orders, 1), 1.01)
    return np.minimum(rng.geometric(1 / mean, orders), 200).astype(np.int16)


def _week(week: int, articles: _Articles, customers: _Customers, rng: np.random.Generator) -> pa.Table:
    """All lines of a week."""
    first, last = np.searchsorted(customers.day, [7 * week, 7 * week + 7])
    size = customers.size[first:last]
    order = np.repeat(np.arange(first, last), size)
    buyer = customers.buyer[order]
    taste = customers.tastes[buyer, 0].copy()
    chance = rng.random(len(order))
    second = chance > _OWN_TASTE
    taste[second] = customers.tastes[buyer[second], 1]
    other = chance > _OWN_TASTE + _SECOND_TASTE
    taste[other] = rng.integers(len(articles.bounds) - 1, size=int(other.sum()))
    article = _chosen(taste, articles.sales(week), articles.bounds, rng)
    again = np.flatnonzero((order[1:] == order[:-1]) & (rng.random(len(order))[1:] < _AGAIN)) + 1
    article[again] = article[again - 1]
    days = pa.array(np.datetime_as_string(FIRST_DAY + np.arange(DAYS)).astype(object))
    channel = np.where(order % 10 < 3, _CHANNELS[0], _CHANNELS[1]).astype(np.int8)
    price = articles.price[article] * rng.choice(np.array([1.0, 1.0, 1.0, 0.8, 0.5], np.float32), len(article))
    columns = [days.take(pa.array(customers.day[order])), customers.ids.take(pa.array(buyer))]
    return pa.table([*columns, articles.ids.take(pa.array(article)), price, channel], schema=_LINE)


def _chosen(
    taste: Ints, sales: NDArray[np.float64], bounds: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """One article a line, of the line's taste, by how much each sells: int64[lines]."""
    total = np.concatenate([[0.0], np.cumsum(sales)])
    low, high = total[bounds[taste]], total[bounds[taste + 1]]
    # Where nothing of a taste is on sale, it is anything.
    nothing = high <= low
    low[nothing], high[nothing] = 0.0, total[-1]
    drawn = np.searchsorted(total, low + rng.random(len(taste)) * (high - low), side="right") - 1
    return np.asarray(np.minimum(drawn, len(sales) - 1))


def _named(names: tuple[str, ...], codes: Ints) -> pa.Array:
    return pa.array(names).take(pa.array(codes))


def _hex_ids(n: int, rng: np.random.Generator) -> pa.StringArray:
    """Ids of 64 digits, made as one text and cut by offsets."""
    text = rng.bytes(32 * n).hex().encode()
    offsets = np.arange(0, 64 * n + 1, 64, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(text))


def _write(path: Path, table: pa.Table) -> None:
    pv.write_csv(table, path, write_options=_OPTIONS)
