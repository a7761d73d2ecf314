"""Shops small enough to follow by eye: two tastes, each customer true to one of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from parure.dataset import Dataset, dataset_from_events
from parure.ingest import ingest

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


KINDS = ("ring", "chain", "watch", "brooch", "pin", "clasp", "band", "stud")
WEEKS, CUSTOMERS = 11, 60
WeeklyShop = Callable[[Path, int], Path]


def _weekly_tables(weeks: int) -> dict[str, list[str]]:
    """Even customers love gold and odd ones silver. In most weeks each looks at two pieces and then buys one of them,
    the dearer one more seldom; the weeks end at midnight with a look of the customer who buys nothing.
    """
    rng = np.random.default_rng(7)
    products = ["product_id,title,category,price,image_url,stock_status,created_date"]
    products += [
        f"{metal}-{kind},{metal} {kind},{kind},{20 + 15 * place},{metal}-{kind}.jpg,in_stock,2023-12-01"
        for metal in ("gold", "silver")
        for place, kind in enumerate(KINDS)
    ]
    orders = ["order_id,customer_id,order_date,order_status,total_amount"]
    lines = ["order_item_id,order_id,product_id,quantity,unit_price"]
    acts = ["interaction_id,customer_id,product_id,interaction_type,timestamp"]
    for week in range(WEEKS):
        for customer in range(1, CUSTOMERS):
            if rng.random() < 0.25:
                continue
            metal = ("gold", "silver")[customer % 2]
            seen = rng.choice(len(KINDS), 2, replace=False)
            bought = int(seen[rng.choice(2, p=[0.8, 0.2])]) if seen[0] < seen[1] else int(seen.min())
            day = date(2024, 1, 1) + timedelta(days=7 * week + int(rng.integers(7)))
            if week >= weeks:
                continue
            for place, kind in enumerate(seen.tolist()):
                moment = datetime.combine(day, time(9, place))
                acts.append(f"i{week:02}{customer:02}{place},c{customer:02},{metal}-{KINDS[kind]},view,{moment}")
            number = f"o{week:02}{customer:02}"
            orders.append(f"{number},c{customer:02},{datetime.combine(day, time(12))},completed,{20 + 15 * bought}")
            lines.append(f"{number}-1,{number},{metal}-{KINDS[bought]},1,{20 + 15 * bought}")
        if week < weeks:
            last = datetime.combine(date(2024, 1, 7) + timedelta(days=7 * week), time(23, 59, 59, 999_999))
            acts.append(f"i{week:02}00,c00,gold-ring,view,{last}")
            orders.append(f"o{week:02}00,c00,{last - timedelta(hours=1)},completed,20")
            lines.append(f"o{week:02}00-1,o{week:02}00,gold-stud,1,20")
    return {
        "products": products, "orders": orders, "order_items": lines, "interactions": acts
    }  # fmt: skip


@pytest.fixture(scope="session")
def weekly_shop() -> WeeklyShop:
    """Makes a shop of eleven weeks, or of their first few: its tables are then those that were there at that moment."""

    def make(home: Path, weeks: int) -> Path:
        exports = home / "exports"
        exports.mkdir(parents=True)
        for name, rows in _weekly_tables(weeks).items():
            (exports / f"{name}.csv").write_text("\n".join(rows) + "\n")
        ingest(home / "shop", [exports])
        return home / "shop"

    return make
