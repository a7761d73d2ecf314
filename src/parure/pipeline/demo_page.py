"""One customer on one page, with pictures: style, purchases, picks, places in the shop, a trace, and search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from parure.core import History
from parure.core.clock import from_us
from parure.core.html import render
from parure.core.recommendation import Answer
from parure.dataset import Dataset
from parure.pipeline.answer import Answers
from parure.pipeline.demo_places import (
    Visit,
    language_of,
    meaning_of,
    surest,
    tags_on,
    tone_of,
    traced_visit,
    words_for,
)
from parure.pipeline.demo_products import PictureFinder, ShownProducts, day_words, money, picture_uri
from parure.pipeline.demo_trace import PICTURED, TracedVisit
from parure.pipeline.style_profiler import CustomerStyleProfiler

_ASKED_PX: Final = 180
_LOOKED_AT_PX: Final = 480
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
    places: Sequence[Visit] = (),
) -> str:
    """The page of one customer; it loads nothing from elsewhere.

    Args:
        answers: The shop's bundle, asked for recommendations.
        profiler: The shop's styles.
        customer_id: Who.
        searches: What was searched for, and found.
        pictures: Where pictures come from.
        options: What else stands on it.
        places: The customer at places in the shop; the request of one of them is told in full.

    Raises:
        UnknownIdError: The bundle does not know the customer.

    Cost:
        Some 200 pictures are read and scaled: about half a second.
    """
    dataset = answers.bundle.dataset
    told = answers.describe_user(customer_id)
    history = dataset.history(told["user_id"])
    style = profiler.describe(customer_id, k=6)
    answer = answers.recommend(customer_id, options.picks, language=language_of(told))
    bought = _bought(history, options.bought)
    neighbours = [_neighbour(dataset, each) for each in style["neighbours"][: options.neighbours]]
    traced = _traced(answers, places, customer_id)
    shown = ShownProducts(dataset, options.currency)
    shown.note(_products_of(style, answer, bought, neighbours, searches))
    shown.note(_products_at(places))
    shown.note(traced.products() if traced else ())
    return render(
        "parure.pipeline",
        "customer.html",
        customer=customer_id,
        options=options,
        sheet=shown.sheet(pictures),
        shown=shown,
        facts=_facts(told, options.currency),
        kinds=_kinds(history),
        style=style,
        steadier=_steadier(profiler, style["consistency"]),
        drift=_drift(style["drift"]),
        bought=bought,
        answer=answer,
        language=language_of(told),
        traced=traced,
        neighbours=neighbours,
        searches=[(each, picture_uri(each.picture, _ASKED_PX)) for each in searches],
        **_of_places(places, pictures),
    )


def _of_places(places: Sequence[Visit], pictures: PictureFinder) -> dict[str, Any]:
    """What the page tells of the places, and the words that it tells it in."""
    return {
        "places": places,
        "large": _large(places, pictures),
        "surest": surest(places),
        "tags": tags_on(places),
        "words_for": words_for,
        "meaning_of": meaning_of,
        "tone_of": tone_of,
        "pictured": PICTURED,
    }


def _traced(answers: Answers, places: Sequence[Visit], customer_id: str) -> TracedVisit | None:
    visit = traced_visit(places)
    return None if visit is None else TracedVisit.of(answers, visit, customer_id)


def _large(places: Sequence[Visit], pictures: PictureFinder) -> str:
    """The picture of the product whose page is shown; empty where none is, or it has none."""
    looked_at = next((place.items[0] for place in places if place.surface == "product_page" and place.items), None)
    return "" if looked_at is None else picture_uri(pictures([looked_at])[0], _LOOKED_AT_PX)


def _products_of(
    style: dict[str, Any],
    answer: Answer,
    bought: Sequence[dict[str, Any]],
    neighbours: Sequence[dict[str, Any]],
    searches: Sequence[ShownSearch],
) -> Iterable[str]:
    for one in style["styles"]:
        yield from (product["product_id"] for product in one["products"])
    yield from _recommended(answer)
    yield from (each["id"] for each in bought)
    for neighbour in neighbours:
        yield from (each["id"] for each in neighbour["bought"])
    for search in searches:
        yield from (product_id for product_id, _ in search.found)


def _products_at(places: Sequence[Visit]) -> Iterable[str]:
    for place in places:
        yield from place.items
        yield from _recommended(place.answer)


def _recommended(answer: Answer) -> Iterable[str]:
    """What is recommended, with what the reasons rest on."""
    for pick in answer.items:
        yield pick.item_id
        if pick.evidence is not None:
            yield pick.evidence.item_id


def _bought(history: History, most: int) -> list[dict[str, Any]]:
    """What was bought last, each product once, newest first."""
    found: dict[str, dict[str, Any]] = {}
    for place in np.flatnonzero(history.purchases)[::-1].tolist():
        product_id = history.items.id_of(int(history.item_ix[place]))
        found.setdefault(
            product_id, {"id": product_id, "day": day_words(from_us(int(history.timestamp_us[place])).date())}
        )
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
        facts.append(("Usual price", money(told["avg_price_cents"], currency)))
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
        {**window, "height": 100 * window["interactions"] / most, "day": day_words(date.fromisoformat(window["from"]))}
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
