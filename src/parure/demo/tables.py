"""The simulated life as the shop's tables: Arrow columns named as the contract names them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core.events import EventKind
from parure.demo.attributes import CATEGORIES, METALS
from parure.demo.behaviour import DAY_S, DEVICES, REFERRERS, Life, occasions
from parure.demo.catalogue import DAYS, FIRST_DAY, Product
from parure.demo.customers import Customers, place_columns
from parure.demo.drawing.outlines import Floats
from parure.demo.pictures import picture_names
from parure.demo.texts import texts_of

_START = np.datetime64(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day), "s")  # noqa: DTZ001 - UTC throughout
_STATUS = np.array(["completed", "pending", "cancelled", "returned"])
_PAYMENT = np.array(["card", "paypal", "invoice", "transfer"])
_SHIPPING = np.array(["standard", "express", "pickup"])
_SALE_DAYS = 30
"""The sale is on over the last days of the two years."""


def products_table(products: Sequence[Product], seed: int, views: int) -> pa.Table:
    """The table products, with German texts and the attributes in columns of their own."""
    texts = [texts_of(product, seed) for product in products]
    pictures = [[f"images/{name}" for name in picture_names(product.product_id, views)] for product in products]
    columns: dict[str, list[object]] = {
        "product_id": [p.product_id for p in products],
        "title": [t.title for t in texts],
        "description": [t.description for t in texts],
        "title_de": [t.title_de for t in texts],
        "description_de": [t.description_de for t in texts],
        "category": [p.design.category for p in products],
        "subcategory": [p.design.form for p in products],
        "brand": [p.brand for p in products],
        "collection": [p.collection for p in products],
        "price": [_euros(p.price_cents) for p in products],
        "sale_price": [_euros(p.sale_cents) if p.sale_cents else None for p in products],
        "image_url": [found[0] for found in pictures],
        "additional_images": [",".join(found[1:]) or None for found in pictures],
        "material": [p.metal for p in products],
        "color": [METALS[p.metal].color for p in products],
        "gender": [p.gender for p in products],
        "age_group": [p.age_group or None for p in products],
        "stone_type": [p.stone or None for p in products],
        "stone_color": [None if p.hue == "none" else p.hue for p in products],
        "stone_cut": [p.design.cut if p.stone and p.design.family != "pearl" else None for p in products],
        "stone_mm": [p.design.stone_mm if p.stone else None for p in products],
        "ornament": [p.design.ornament for p in products],
        "occasion": [p.occasion for p in products],
        "weight": [p.weight_g for p in products],
        "size": [p.size for p in products],
        "stock_status": ["in_stock" if p.in_stock else "out_of_stock" for p in products],
        "created_date": [p.created.isoformat() for p in products],
    }
    return pa.table(columns)


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _money(cents: NDArray[np.int64]) -> pa.Array:
    """Cents as euros with two places."""
    return pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.01")))


def _time(seconds: NDArray[np.int64]) -> pa.Array:
    return pa.array(_START + seconds.astype("timedelta64[s]"))


def _days(day: NDArray[np.int64]) -> pa.Array:
    return pa.array((_START + day.astype("timedelta64[D]")).astype("datetime64[D]"))


def _ids(letter: str, numbers: NDArray[np.int64], width: int) -> NDArray[np.str_]:
    return np.char.add(letter, np.char.zfill((numbers + 1).astype(str), width))


class Prices:
    """What products cost on a day."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._full = np.array([p.price_cents for p in products], np.int64)
        self._sale = np.array([p.sale_cents or p.price_cents for p in products], np.int64)

    def of(self, item: NDArray[np.int64], day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The list price and what is taken off it, in cents."""
        full = self._full[item]
        return full, np.where(day >= DAYS - _SALE_DAYS, full - self._sale[item], 0)


def order_tables(
    rng: np.random.Generator,
    customers: Customers,
    life: Life,
    prices: Prices,
    product_ids: NDArray[np.str_],
    first: tuple[int, int],
) -> tuple[pa.Table, pa.Table, NDArray[np.int64]]:
    """The tables orders and order_items, and the cents of each order.

    Args:
        rng: Of this group alone.
        customers: The group.
        life: What they did.
        prices: Of the products.
        product_ids: Of the products.
        first: Number of the first order and of the first line.
    """
    orders, lines = life.orders, life.lines
    day = orders.time_s // DAY_S
    unit, off = prices.of(lines.item, day[lines.order])
    off = off + np.where(orders.coupon[lines.order], (unit - off) // 10, 0)
    paid = (unit - off) * lines.quantity
    total = np.bincount(lines.order, paid, len(orders)).astype(np.int64)
    saved = np.bincount(lines.order, off * lines.quantity, len(orders)).astype(np.int64)
    count = np.bincount(lines.order, lines.quantity, len(orders)).astype(np.int64)
    order_ids = _ids("O", np.arange(len(orders)) + first[0], 8)
    occasion = occasions(rng, orders)
    table = pa.table(
        {
            "order_id": order_ids,
            "customer_id": customers.ids[orders.customer],
            "order_date": _time(orders.time_s),
            "order_status": _STATUS[orders.status],
            "total_amount": _money(total),
            "discount_amount": _money(saved),
            "payment_method": rng.choice(_PAYMENT, len(orders), p=[0.4, 0.35, 0.17, 0.08]),
            "shipping_method": rng.choice(_SHIPPING, len(orders), p=[0.7, 0.2, 0.1]),
            "delivery_date": _days(day + rng.integers(2, 7, len(orders))),
            "num_items": count,
            "is_gift": orders.is_gift,
            "occasion": pa.array(occasion, mask=occasion == ""),
        }
    )
    items = pa.table(
        {
            "order_item_id": _ids("L", np.arange(len(lines)) + first[1], 9),
            "order_id": order_ids[lines.order],
            "product_id": product_ids[lines.item],
            "quantity": lines.quantity,
            "unit_price": _money(unit),
            "discount_applied": _money(off * lines.quantity),
            "final_price": _money(paid),
        }
    )
    return table, items, total


def interactions_table(
    customers: Customers, life: Life, product_ids: NDArray[np.str_], first: int, sessions: int
) -> pa.Table:
    """The table interactions; ``first`` and ``sessions`` are the numbers of the first one and of the first session."""
    events, visits = life.events, life.sessions
    inside = events.session >= 0
    visit = np.maximum(events.session, 0)
    kinds = np.array([EventKind(k).name.lower() if k else "" for k in range(max(EventKind) + 1)])
    return pa.table(
        {
            "interaction_id": _ids("I", np.arange(len(events)) + first, 10),
            "customer_id": customers.ids[events.customer],
            "product_id": product_ids[events.item],
            "interaction_type": kinds[events.kind],
            "timestamp": _time(events.time_s),
            "session_id": pa.array(_ids("S", visit + sessions, 9), mask=~inside),
            "interaction_duration": pa.array(np.round(events.duration_s.astype(np.float64), 1), from_pandas=True),
            "device_type": pa.array(np.array(DEVICES)[visits.device[visit]], mask=~inside),
            "referrer_source": pa.array(np.array(REFERRERS)[visits.referrer[visit]], mask=~inside),
        }
    )


def customers_table(
    customers: Customers, life: Life, totals: NDArray[np.int64], categories: NDArray[np.intp], metals: NDArray[np.intp]
) -> pa.Table:
    """The table customers, with figures that follow from what they did.

    Args:
        customers: The group.
        life: What they did.
        totals: Cents of each order.
        categories: Category of each product, as a row of CATEGORIES.
        metals: Metal of each product, as a row of METALS.
    """
    n, orders = len(customers), life.orders
    kept = orders.status != 2
    count = np.bincount(orders.customer[kept], minlength=n)
    value = np.bincount(orders.customer[kept], totals[kept], n).astype(np.int64)
    last = np.full(n, 0, np.int64)
    np.maximum.at(last, life.events.customer, life.events.time_s)
    last_day = np.maximum(last // DAY_S, customers.registered_day)
    idle = DAYS - 1 - last_day
    segment = np.select([idle > 270, value > 150_000, count <= 1], ["inactive", "vip", "first-time"], "regular")
    bands = np.select([customers.age < 26, customers.age < 36, customers.age < 46], ["18-25", "26-35", "36-45"], "46+")
    budget = np.exp(customers.log_budget)
    brackets = np.select([budget < 110, budget < 200, budget < 350], ["low", "middle", "upper middle"], "high")
    places = place_columns(customers)
    german = np.isin(np.array(places["location_country"]), ["DE", "AT", "CH"])
    columns: dict[str, object] = {
        "customer_id": customers.ids,
        "email": np.char.add(np.char.lower(customers.ids), "@example.org"),
        "registration_date": _days(customers.registered_day.astype(np.int64)),
        "gender": np.where(customers.male, "male", "female"),
        "age": customers.age,
        "age_group": bands,
        **places,
        "preferred_language": np.where(german, "de", "en"),
        "income_bracket": brackets,
        "customer_segment": segment,
        "lifetime_value": _money(value),
        "total_orders": count,
        "avg_order_value": _money(value // np.maximum(count, 1)),
        "preferred_categories": _favourites(life, n, categories, np.array(CATEGORIES)),
        "preferred_materials": _favourites(life, n, metals, np.array(list(METALS))),
        "marketing_consent": customers.consent,
        "last_active_date": _days(last_day.astype(np.int64)),
    }
    return pa.table(columns)


def _favourites(life: Life, n: int, group_of: NDArray[np.intp], names: NDArray[np.str_]) -> pa.Array:
    """The two groups that each customer looked at most, comma separated; empty for who hardly looked."""
    cell = life.events.customer * len(names) + group_of[life.events.item]
    counts = np.bincount(cell, minlength=n * len(names)).reshape(n, len(names))
    best = np.argsort(-counts, axis=1, kind="stable")[:, :2]
    second = np.take_along_axis(counts, best, 1)
    first_name, second_name = names[best[:, 0]], names[best[:, 1]]
    both = np.char.add(np.char.add(first_name, ","), second_name)
    found = np.where(second[:, 1] >= 3, both, first_name)
    return pa.array(found, mask=second[:, 0] < 3)


def truth_table(customers: Customers, style_names: Sequence[str]) -> pa.Table:
    """What only the simulation knows of each customer."""
    names = np.array(style_names)
    return pa.table(
        {
            "customer_id": customers.ids,
            "styles": pa.FixedSizeListArray.from_arrays(
                pa.array(names[customers.styles].ravel()), customers.styles.shape[1]
            ),
            "shares": _lists(customers.shares),
            "current_shares": _lists(customers.current_shares(DAYS - 1)),
            "drift_date": _days(customers.drift_day.astype(np.int64)),
            "budget_eur": np.exp(customers.log_budget),
            "own": _lists(customers.own),
            "categories": _lists(customers.categories),
            "male": customers.male,
        }
    )


def _lists(values: Floats) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(
        pa.array(np.ascontiguousarray(values, np.float32).ravel()), values.shape[1]
    )
