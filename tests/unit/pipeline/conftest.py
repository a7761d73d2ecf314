"""A shop small enough to follow by eye: two tastes, each customer true to one of them."""

from datetime import UTC, datetime, timedelta

import pytest

from parure.dataset import Dataset, dataset_from_events

START = datetime(2024, 1, 1, tzinfo=UTC)
GOLD = ["gold ring", "gold chain", "gold watch", "gold brooch"]
SILVER = ["silver ring", "silver chain", "silver watch", "silver brooch"]


@pytest.fixture(scope="session")
def checkerboard() -> Dataset:
    rows = []
    for customer in range(12):
        taste = GOLD if customer % 2 == 0 else SILVER
        for place, item in enumerate(taste):
            if place != customer // 2 % 4:  # each customer still lacks one piece of their taste
                rows.append((f"c{customer:02}", item, START + timedelta(days=7 * place), "purchase", 1.0, 1000 + place))
    products = {
        item: {"title": item.title(), "category": item.split()[1], "price_cents": 1000 + place}
        for taste in (GOLD, SILVER)
        for place, item in enumerate(taste)
    }
    return dataset_from_events(rows, products=products)
