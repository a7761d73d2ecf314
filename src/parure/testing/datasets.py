"""Datasets small enough to see the right answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from parure.dataset import Dataset, dataset_from_events

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""The moment of the first event."""

METALS = ("gold", "silver")
KINDS = ("brooch", "chain", "earring", "ring")
FANS = {"gold": ("ada", "bea", "cleo", "dora"), "silver": ("eva", "fay", "gia", "hana")}


def checkerboard() -> Dataset:
    """Two tastes: four customers buy gold only, four buy silver only, and each has bought all but one of the four.

    ::

                gold-brooch  gold-chain  gold-earring  gold-ring  silver-...
        ada          .            x            x           x          .
        bea          x            .            x           x          .
        cleo         x            x            .           x          .
        dora         x            x            x           .          .
        eva ...      .            .            .           .       likewise

    So the best new item for ada is the gold brooch. Customer ``newcomer`` has done nothing, and nobody has bought
    ``unsold``. Gold fans are 26-35, silver fans 36-45; vectors point one way for gold and another for silver.
    """
    rows = []
    for metal in METALS:
        for number, fan in enumerate(FANS[metal]):
            bought = [kind for kind in KINDS if kind != KINDS[number]]
            for step, kind in enumerate(bought):
                moment = START + timedelta(days=7 * step + number)
                rows.append((fan, f"{metal}-{kind}", moment, "purchase", 1.0, 1000 * (KINDS.index(kind) + 1)))
    products = {
        f"{metal}-{kind}": {"category": metal, "price_cents": 1000 * (place + 1)}
        for metal in METALS
        for place, kind in enumerate(KINDS)
    }
    customers = {fan: {"age_band": "26-35" if metal == "gold" else "36-45"} for metal in METALS for fan in FANS[metal]}
    dataset = dataset_from_events(
        rows,
        {**products, "unsold": {"category": "silver", "price_cents": 500}},
        {**customers, "newcomer": {"age_band": "36-45"}},
    )
    return replace(dataset, item_vectors=_vectors(dataset))


def checkerboard_of_views() -> Dataset:
    """The two tastes of :func:`checkerboard` in a shop that tells what was viewed and put in carts, not what was sold.

    Each customer viewed three of the four pieces of their metal and put one of the three in the cart; ``dismissed`` was
    viewed by everybody and then dismissed.
    """
    rows = []
    for metal in METALS:
        for number, fan in enumerate(FANS[metal]):
            seen = [kind for kind in KINDS if kind != KINDS[number]]
            for step, kind in enumerate(seen):
                moment = START + timedelta(days=7 * step + number)
                rows.append((fan, f"{metal}-{kind}", moment, "view", 1.0, 1000))
            rows.append((fan, f"{metal}-{seen[-1]}", moment + timedelta(minutes=5), "add_to_cart", 1.0, 1000))
            rows.append((fan, "dismissed", START + timedelta(days=1), "view", 1.0, 1000))
            rows.append((fan, "dismissed", START + timedelta(days=2), "dismiss", 1.0, 1000))
    names = [f"{metal}-{kind}" for metal in METALS for kind in KINDS]
    products = {name: {"category": name.split("-")[0], "price_cents": 1000} for name in [*names, "dismissed"]}
    people = {fan: {"age_band": "26-35" if metal == "gold" else "36-45"} for metal in METALS for fan in FANS[metal]}
    return dataset_from_events(rows, products, people)


def one_purchase() -> Dataset:
    """One customer who bought one item once."""
    dataset = dataset_from_events([("only", "thing", START, "purchase", 1.0, 1000)])
    return replace(dataset, item_vectors=np.ones((1, 3), dtype=np.float32))


def constant() -> Dataset:
    """Everybody bought everything, once, at the same moment: nothing can be told apart."""
    rows = [(f"user-{u}", f"item-{i}", START, "purchase", 1.0, 1000) for u in range(4) for i in range(5)]
    return replace(dataset_from_events(rows), item_vectors=np.ones((5, 3), dtype=np.float32))


def nobody() -> Dataset:
    """A catalogue of two items that nobody has touched."""
    dataset = dataset_from_events([], {"first": {}, "second": {}}, {"someone": {}}, as_of_us=1)
    return replace(dataset, item_vectors=np.full((2, 3), np.nan, dtype=np.float32))


def _vectors(dataset: Dataset) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Gold along the first axis, silver along the second, kinds a little apart; none for ``unsold``."""
    vectors = np.full((len(dataset.items), 3), np.nan, dtype=np.float32)
    for row, item_id in enumerate(dataset.items):
        if "-" in item_id:
            metal, kind = item_id.split("-")
            vectors[row] = (metal == "gold", metal == "silver", 0.1 * KINDS.index(kind))
    return vectors
