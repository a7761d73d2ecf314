"""A gift is somebody else's taste."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from parure.core.clock import rng_for
from parure.dataset import build_dataset
from parure.retrieval import Style, StyleConfig
from parure.testing.small_shop import SmallShop


def shop(*, is_gift: bool):
    orders = [
        {
            "order_id": f"o{number}",
            "customer_id": "u",
            "order_date": datetime(2026, 5, 1 + number, tzinfo=UTC),
            "order_status": "completed",
            "is_gift": number == 2 and is_gift,
        }
        for number in range(3)
    ]
    lines = [
        {"order_item_id": f"l{number}", "order_id": f"o{number}", "product_id": item, "quantity": 1}
        for number, item in enumerate(("gold", "gilt", "steel"))
    ]
    products = [{"product_id": item, "title": item, "category": "rings"} for item in ("gold", "gilt", "steel")]
    customers = [{"customer_id": "u", "registration_date": date(2026, 1, 1)}]
    dataset = build_dataset(SmallShop(products=products, customers=customers, orders=orders, order_items=lines))
    vectors = {"gold": (1, 0), "gilt": (0.9, 0.1), "steel": (0, 1)}
    return replace(dataset, item_vectors=np.array([vectors[item] for item in dataset.items], dtype=np.float32))


@pytest.mark.parametrize(("is_gift", "events"), [(True, 2), (False, 3)])
def test_a_gift_leaves_the_own_style_alone(is_gift, events):
    dataset = shop(is_gift=is_gift)
    source = Style(StyleConfig(min_events=1, half_life_days=None)).fit(dataset, rng=rng_for(0, "style"))
    query = dataset.query("u")
    assert len(query.history) == events
    (profile,) = source.profiles([query])
    assert (profile[1] < 0.1) == is_gift
