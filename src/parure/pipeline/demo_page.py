"""One customer on one page, with pictures: style, purchases, picks with reasons, customers alike, and search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from parure.core import History
from parure.core.clock import from_us
from parure.core.html import render
from parure.core.recommendation import Answer
from parure.dataset import Dataset
from parure.pipeline.answer import Answers
from parure.pipeline.style_profiler import CustomerStyleProfiler
from parure.pipeline.thumbnails import jpeg_uri, sheet_of, thumbnail_jpeg

if TYPE_CHECKING:
    from parure.pipeline.thumbnails import Sheet

PictureFinder = Callable[[Sequence[str]], Sequence[bytes | None]]
"""Gives the picture file of each product, None where there is none."""

_THUMBNAIL_PX: Final = 150
_ASKED_PX: Final = 180
_SURE: Final = 0.05
"""A drift that chance gives less often than this is called one."""
_FACTS: Final = {
    "gender": "Gender",
    "age_band": "Age",
    "country": "Country",
    "preferred_language": "Language",
    "loyalty": "Loyalty",
    "spending_segment": "Spends",
}


@dataclass(frozen=True)
class ShownSearch:
    """One search and what it found.

    Attributes:
        title: What kind of search it is, as a heading.
        asked: What was typed; empty where only a picture was given.
        found: Product ids with scores, best first.
        picture: The file of the picture that was given.
        notes: What the searcher is told besides, as a spelling that was guessed.
    """

    title: str
    asked: str
    found: Sequence[tuple[str, float]]
    picture: bytes | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class PageOptions:
    """What else stands on the page.

    Attributes:
        shop: Name of the shop.
        currency: ISO 4217 code of its prices.
        picks: How many recommendations.
        bought: How many products bought last.
        neighbours: How many customers of like style.
        links: Other pages of the shop: label and relative address.
    """

    shop: str
    currency: str
    picks: int = 12
    bought: int = 10
    neighbours: int = 4
    links: Sequence[tuple[str, str]] = ()


def customer_page(
    answers: Answers,
    profiler: CustomerStyleProfiler,
    customer_id: str,
    *,
    searches: Sequence[ShownSearch],
    pictures: PictureFinder,
    options: PageOptions,
) -> str:
    """The page of one customer; it loads nothing from elsewhere.

    Args:
        answers: The shop's bundle, asked for recommendations.
        profiler: The shop's styles.
        customer_id: Who.
        searches: What was searched for, and found.
        pictures: Where pictures come from.
        options: What else stands on it.

    Raises:
        UnknownIdError: The bundle does not know the customer.

    Cost:
        Some 100 pictures are read and scaled: about half a second.
    """
    dataset = answers.bundle.dataset
    told = answers.describe_user(customer_id)
    history = dataset.history(told["user_id"])
    style = profiler.describe(customer_id, k=6)
    answer = answers.recommend(customer_id, options.picks)
    bought = _bought(history, options.bought)
    neighbours = [_neighbour(dataset, each) for each in style["neighbours"][: options.neighbours]]
    shown = _Shown(dataset, options.currency)
    shown.note(_products_of(style, answer, bought, neighbours, searches))
    sheet = shown.sheet(pictures)
    return render(
        "parure.pipeline",
        "customer.html",
        customer=customer_id,
        options=options,
        sheet=sheet,
        shown=shown,
        facts=_facts(told, options.currency),
        kinds=_kinds(history),
        style=style,
        steadier=_steadier(profiler, style["consistency"]),
        drift=_drift(style["drift"]),
        bought=bought,
        answer=answer,
        neighbours=neighbours,
        searches=[(each, _asked_picture(each.picture)) for each in searches],
    )


class _Shown:
    """Products as the template shows them: title, price, and the cell of the sheet with the picture."""

    def __init__(self, dataset: Dataset, currency: str) -> None:
        self._dataset = dataset
        self._currency = currency
        self._ids: dict[str, int] = {}
        self._sheet: Sheet | None = None

    def note(self, product_ids: Iterable[str]) -> None:
        """Products that will be shown."""
        for product_id in product_ids:
            if product_id in self._dataset.items:
                self._ids.setdefault(product_id, len(self._ids))

    def sheet(self, pictures: PictureFinder) -> Sheet:
        """All their pictures side by side."""
        self._sheet = sheet_of(pictures(list(self._ids)), size=_THUMBNAIL_PX, quality=80)
        return self._sheet

    def __call__(self, product_id: str) -> dict[str, Any]:
        """One product for the template."""
        row = self._dataset.items.row_of(product_id)
        if row < 0:
            return {"id": product_id, "title": product_id, "price": "", "at": None}
        table = self._dataset.item_table
        cents = table.column("price_cents")[row].as_py()
        return {
            "id": product_id,
            "title": table.column("title")[row].as_py() or product_id,
            "price": "" if cents is None else _money(cents, self._currency),
            "at": self._cell(product_id),
        }

    def _cell(self, product_id: str) -> str | None:
        """Where its picture lies on the sheet, as CSS says it."""
        sheet, number = self._sheet, self._ids.get(product_id)
        if sheet is None or number is None or sheet.place[number] < 0:
            return None
        down, across = divmod(sheet.place[number], sheet.columns)
        x = 100 * across / max(sheet.columns - 1, 1)
        y = 100 * down / max(sheet.rows - 1, 1)
        return f"{x:.4f}% {y:.4f}%"


def _products_of(
    style: dict[str, Any],
    answer: Answer,
    bought: Sequence[dict[str, Any]],
    neighbours: Sequence[dict[str, Any]],
    searches: Sequence[ShownSearch],
) -> Iterable[str]:
    for one in style["styles"]:
        yield from (product["product_id"] for product in one["products"])
    for pick in answer.items:
        yield pick.item_id
        if pick.evidence is not None:
            yield pick.evidence.item_id
    yield from (each["id"] for each in bought)
    for neighbour in neighbours:
        yield from (each["id"] for each in neighbour["bought"])
    for search in searches:
        yield from (product_id for product_id, _ in search.found)


def _bought(history: History, most: int) -> list[dict[str, Any]]:
    """What was bought last, each product once, newest first."""
    found: dict[str, dict[str, Any]] = {}
    for place in np.flatnonzero(history.purchases)[::-1].tolist():
        product_id = history.items.id_of(int(history.item_ix[place]))
        found.setdefault(product_id, {"id": product_id, "day": _day(from_us(int(history.timestamp_us[place])).date())})
    return list(found.values())[:most]


def _neighbour(dataset: Dataset, neighbour: dict[str, Any]) -> dict[str, Any]:
    return {**neighbour, "bought": _bought(dataset.history(neighbour["customer_id"]), 5)}


def _kinds(history: History) -> list[tuple[str, int]]:
    """How often the customer did what, commonest first."""
    from parure.core import EventKind

    kinds, counts = np.unique(history.kind, return_counts=True)
    named = [
        (EventKind(int(kind)).name.lower().replace("_", " "), int(n)) for kind, n in zip(kinds, counts, strict=True)
    ]
    return sorted(named, key=lambda each: (-each[1], each[0]))


def _facts(told: dict[str, Any], currency: str) -> list[tuple[str, str]]:
    facts = [(label, str(told[name])) for name, label in _FACTS.items() if told.get(name)]
    if told.get("purchases"):
        facts.append(("Purchases", f"{told['purchases']:,}"))
    if told.get("avg_price_cents"):
        facts.append(("Usual price", _money(told["avg_price_cents"], currency)))
    return facts


def _steadier(profiler: CustomerStyleProfiler, consistency: float | None) -> float | None:
    """The share of customers whose taste is less consistent."""
    everybody = profiler.profiles.consistency
    everybody = everybody[~np.isnan(everybody)]
    return None if consistency is None or not len(everybody) else float((everybody < consistency).mean())


def _drift(drift: dict[str, Any]) -> dict[str, Any]:
    """Windows with the height of their bars, and whether the style moved, as a sentence."""
    most = max([window["interactions"] for window in drift["windows"]] + [1])
    windows = [
        {**window, "height": 100 * window["interactions"] / most, "day": _day(date.fromisoformat(window["from"]))}
        for window in drift["windows"]
    ]
    latest = drift["latest_window"]
    if latest is None:
        verdict = "There is too little to tell whether the style moved lately."
    elif latest["p_value"] < _SURE:
        verdict = (
            f"The style moved in the last {drift['window_days']:.0f} days: by {latest['drift']:.2f}, where chance alone"
            f" gives {latest['expected_by_chance']:.2f} (p = {latest['p_value']:.3f})."
        )
    else:
        verdict = (
            f"The style stayed: a drift of {latest['drift']:.2f} in the last {drift['window_days']:.0f} days is within"
            f" what chance gives ({latest['expected_by_chance']:.2f} on average, p = {latest['p_value']:.2f})."
        )
    return {"windows": windows, "verdict": verdict}


def _asked_picture(content: bytes | None) -> str:
    jpeg = thumbnail_jpeg(content, _ASKED_PX) if content else None
    return jpeg_uri(jpeg) if jpeg else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _money(cents: float, currency: str) -> str:
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency)
    return f"{sign}{cents / 100:,.2f}" if sign else f"{cents / 100:,.2f} {currency}"
