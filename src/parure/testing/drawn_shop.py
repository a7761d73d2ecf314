"""A shop drawn by chance, of any size, in which every rule finds something to do; and a recipe with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parure.core import Query
from parure.core.clock import DAY_US
from parure.core.slate import Slate
from parure.dataset import Dataset, dataset_from_events

NOW_US = 20_000 * DAY_US
"""The moment of the shop, a day in October 2024."""

CATEGORIES = ("bracelets", "christmas", "earrings", "necklaces", "rings", "watches")
BRANDS = tuple(f"brand {letter}" for letter in "ABCDEFGHIJKL")
SEGMENTS = ("small", "low_average", "average", "high")
AGES = ("18-25", "26-35", "36-45", "46+")
_KINDS = ("view", "view", "view", "click", "add_to_cart", "purchase", "purchase", "impression", "dismiss", "return")


def drawn_shop(*, items: int = 400, users: int = 60, events: int = 30, size: int = 16, seed: int = 0) -> Dataset:
    """A shop of random products, customers and events.

    Args:
        items: How many products.
        users: How many customers.
        events: How many events each has on average.
        size: Numbers a vector.
        seed: What is drawn follows from it.
    """
    rng = np.random.default_rng(seed)
    price = np.rint(rng.lognormal(9.0, 0.7, items)).astype(int)
    names = [f"p{number:06}" for number in range(items)]
    genders, ages = ("women", "men", "unisex", None), (*AGES, None)
    products: dict[str, dict[str, Any]] = {
        name: {
            "title": f"Product {name}",
            "category": str(rng.choice(CATEGORIES)),
            "brand": str(rng.choice(BRANDS)),
            "gender": genders[rng.integers(len(genders))],
            "age_group": ages[rng.integers(len(ages))],
            "price_cents": int(price[place]) if rng.random() > 0.02 else 0,
            "in_stock": bool(rng.random() > 0.05),
            "created_us": NOW_US - int(rng.integers(1, 700)) * DAY_US,
        }
        for place, name in enumerate(names)
    }
    customers: dict[str, dict[str, Any]] = {
        f"u{number:04}": {
            "gender": ("female", "male")[rng.integers(2)],
            "age_band": AGES[rng.integers(len(AGES))],
            "spending_segment": SEGMENTS[rng.integers(len(SEGMENTS))],
            "marketing_consent": bool(rng.random() > 0.1),
        }
        for number in range(users)
    }
    rows = []
    for user in customers:
        count = int(rng.poisson(events))
        for place, kind, age in zip(
            rng.integers(items, size=count), rng.choice(_KINDS, count), rng.integers(1, 400 * 24, count), strict=True
        ):
            moment = NOW_US - int(age) * DAY_US // 24
            rows.append((user, names[place], moment, str(kind), 1.0, int(price[place])))
    vectors = rng.standard_normal((items, size), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return replace(dataset_from_events(rows, products, customers, as_of_us=NOW_US), item_vectors=vectors)


def every_rule(dataset: Dataset) -> list[dict[str, Any]]:
    """Entries of a recipe's ``[[rules]]``: every rule that comes with parure, each with something to do."""
    some = dataset.items.ids_of(np.arange(0, len(dataset.items), 7))
    return [
        {"kind": "consent"},
        {"kind": "in_stock"},
        {"kind": "exclusions", "config": {"items": some[:3], "filters": ["brand=brand L"]}},
        {"kind": "price_range", "config": {"min_price": 5.0, "page_low": 0.1, "page_high": 10.0}},
        {"kind": "fresh", "config": {"max_age_days": 600}},
        {"kind": "season", "config": {"seasons": [{"filter": ["category=christmas"], "months": [11, 12]}]}},
        {"kind": "complementary", "config": {"pairs": {"rings": ["earrings", "necklaces", "watches"]}}},
        {"kind": "price_sensitivity", "config": {"max_ratio": 4.0}},
        {"kind": "budget", "config": {"above": 1.5}},
        {"kind": "segment_fit"},
        {"kind": "upsell", "config": {"factor": 0.3}},
        {"kind": "brand_aversion", "config": {"min_times": 3}},
        {"kind": "brand_affinity"},
        {"kind": "gender_fit"},
        {"kind": "age_fit"},
        {
            "kind": "boosts",
            "config": {
                "entries": [
                    {"name": "autumn", "where": ["category=rings"], "factor": 1.3},
                    {"name": "clearance", "items": some[-35:], "factor": 0.5},
                ]
            },
        },
        {"kind": "diversity"},
        {"kind": "caps", "config": {"category": 4, "brand": 2, "price_band": 6}},
        {"kind": "explore", "config": {"share": 0.2}},
        {
            "kind": "pins",
            "config": {"entries": [{"item_id": item, "place": 2 + n} for n, item in enumerate(some[40:45])]},
        },
    ]


def drawn_queries(dataset: Dataset, count: int, *, seed: int = 0, k: int = 12) -> list[Query]:
    """Requests of random customers, some of them strangers, with and without something on the page."""
    rng = np.random.default_rng(seed)
    names = [*dataset.users, "a stranger"]
    found = []
    for number in range(count):
        page = dataset.items.ids_of(rng.integers(len(dataset.items), size=int(rng.integers(0, 3))))
        query = dataset.query(str(rng.choice(names)), k=k, items=page)
        found.append(replace(query, request_id=f"request {number}"))
    return found


def drawn_slate(
    dataset: Dataset, rng: np.random.Generator, size: int, sources: Sequence[str] = ("one", "two")
) -> Slate:
    """A slate of random items with random scores; equal scores occur."""
    size = min(size, len(dataset.items))
    rows = rng.choice(len(dataset.items), size, replace=False).astype(np.int32)
    scores = -np.sort(-np.round(rng.random(size), 2)).astype(np.float32)
    parts = rng.random((size, len(sources)), dtype=np.float32)
    shares = parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-6) * scores[:, None]
    return Slate.of(dataset.items, rows, scores, shares, tuple(sources))
