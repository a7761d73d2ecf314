"""Small datasets written out by hand: for tests, examples and a first try without files.

The same meaning as the SQL in ``sql/``, in numpy and without starting an engine; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import EventKind, IdMap
from parure.core.clock import DAY_US, to_us
from parure.core.ids import UNKNOWN
from parure.dataset.config import DatasetConfig
from parure.dataset.dataset import Dataset, Events

Row = tuple[str, str, datetime | int, EventKind | str, float, int]
"""user id, item id, when (datetime or microseconds since 1970 UTC), kind, units, price of one unit in cents."""


def dataset_from_events(
    rows: Sequence[Row],
    products: Mapping[str, Mapping[str, Any]] | None = None,
    customers: Mapping[str, Mapping[str, Any]] | None = None,
    as_of_us: int | None = None,
    *,
    config: DatasetConfig | None = None,
) -> Dataset:
    """Make a dataset of events written out by hand.

    Args:
        rows: The events, in any order; see :data:`Row`.
        products: item id to columns of the item table (title, category, brand, price_cents, in_stock, created_us ...).
        customers: user id to columns of the user table (gender, age_band, country ...).
        as_of_us: The moment of the dataset; just after the newest event where None. Later events are left out.
        config: How events become signals; the defaults where None.

    Returns:
        The dataset. Its tables have the columns that every dataset has, and those given. Segments, age bands and
        repurchase cycles are not worked out: give them where they matter.
    """
    config = config or DatasetConfig()
    parsed = [_parse(row) for row in rows]
    moment = as_of_us if as_of_us is not None else max((row[2] for row in parsed), default=0) + 1
    parsed = [row for row in parsed if row[2] < moment]
    users = IdMap.of([*(row[0] for row in parsed), *(customers or {})])
    items = IdMap.of([*(row[1] for row in parsed), *(products or {})])
    events = _events(parsed, users, items, config)
    return Dataset(
        users=users,
        items=items,
        events=events,
        item_table=_item_table(items, events, products or {}, config),
        user_table=_user_table(users, events, customers or {}, config),
        as_of_us=moment,
        fingerprint=_fingerprint(users, items, events),
    )


def _parse(row: Row) -> tuple[str, str, int, EventKind, float, int]:
    user_id, item_id, when, kind, quantity, price_cents = row
    moment = to_us(when) if isinstance(when, datetime) else int(when)
    kind = EventKind[kind.upper()] if isinstance(kind, str) else kind
    return user_id, item_id, moment, kind, float(quantity), int(price_cents)


def _events(
    rows: Sequence[tuple[str, str, int, EventKind, float, int]], users: IdMap, items: IdMap, config: DatasetConfig
) -> Events:
    rows = sorted(rows, key=lambda row: (row[0], row[2], row[1], *row[3:]))
    time = np.array([row[2] for row in rows], np.int64)
    kind = np.array([row[3] for row in rows], np.int8)
    user_ix = users.rows_of(row[0] for row in rows)
    order_of = np.unique(np.stack([user_ix.astype(np.int64), time], axis=1), axis=0, return_inverse=True)[1]
    item_ix = items.rows_of(row[1] for row in rows)
    quantity = np.array([row[4] for row in rows], np.float32)
    price = np.array([row[5] for row in rows], np.int64)
    bought = kind == EventKind.PURCHASE
    ratios = (
        _ratio(price, user_ix, bought & (price > 0), config, where=price > 0, whole=True),
        _ratio(quantity, item_ix, bought, config, where=bought & (quantity > 0)),
    )
    return Events(
        user_ix=user_ix,
        item_ix=item_ix,
        timestamp_us=time,
        kind=kind,
        quantity=quantity,
        price_cents=price,
        weight=np.array([config.weights.of(row[3]) for row in rows], np.float32),
        spend_ratio=ratios[0],
        quantity_ratio=ratios[1],
        basket=np.where(kind == EventKind.PURCHASE, order_of.reshape(-1), UNKNOWN).astype(np.int32),
    )


def _ratio(
    values: NDArray[Any],
    group: NDArray[np.int32],
    counted: NDArray[np.bool_],
    config: DatasetConfig,
    *,
    where: NDArray[np.bool_],
    whole: bool = False,
) -> NDArray[np.float32]:
    """log2(1 + value / average of its group), clipped; 1 where nothing can be compared. ``whole``: rounds averages."""
    n = int(group.max(initial=-1)) + 1
    average = np.bincount(group[counted], values[counted], n) / np.maximum(np.bincount(group[counted], minlength=n), 1)
    average = (np.floor(average + 0.5) if whole else average)[group]
    known = where & (average > 0)
    ratio = np.ones(len(values))
    ratio[known] = np.log2(1 + values[known] / average[known]).clip(config.ratio_low, config.ratio_high)
    return ratio.astype(np.float32)


def _fingerprint(users: IdMap, items: IdMap, events: Events) -> str:
    digest = sha256(f"{users.fingerprint} {items.fingerprint}".encode())
    for name in ("user_ix", "item_ix", "timestamp_us", "kind", "quantity", "price_cents", "weight"):
        digest.update(np.ascontiguousarray(getattr(events, name)).data)
    return digest.hexdigest()[:32]


def _item_table(
    items: IdMap, events: Events, products: Mapping[str, Mapping[str, Any]], config: DatasetConfig
) -> pa.Table:
    bought = events.purchases
    n = len(items)
    first = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(first, events.item_ix, events.timestamp_us)
    pairs = np.unique(np.stack([events.item_ix[bought], events.user_ix[bought]]), axis=1)
    columns: dict[str, Any] = {
        "item_id": items.to_arrow(),
        "title": pa.array(list(items), pa.string()),
        "category": pa.array([None] * n, pa.string()),
        "brand": pa.array([None] * n, pa.string()),
        "price_cents": pa.array(np.zeros(n, np.int64)),
        "in_stock": pa.array(np.ones(n, bool)),
        "first_seen_us": pa.array(first, mask=first == np.iinfo(np.int64).max),
        "created_us": pa.array([None] * n, pa.int64()),
        "purchases": np.bincount(events.item_ix[bought], minlength=n),
        "buyers": np.bincount(pairs[0], minlength=n),
        "units": np.bincount(events.item_ix[bought], events.quantity[bought], minlength=n).astype(np.int64),
        "cycle_days": np.full(n, config.cycle_default_days),
    }
    return _with_extras(columns, items, products)


def _user_table(
    users: IdMap, events: Events, customers: Mapping[str, Mapping[str, Any]], config: DatasetConfig
) -> pa.Table:
    bought = events.purchases
    n = len(users)
    last = np.full(n, -1)
    np.maximum.at(last, events.user_ix[bought], events.timestamp_us[bought])
    pairs = np.unique(np.stack([events.user_ix[bought], events.item_ix[bought]]), axis=1)
    purchases = np.bincount(events.user_ix[bought], minlength=n)
    days = np.unique(np.stack([events.user_ix[bought], events.timestamp_us[bought] // DAY_US]), axis=1)
    purchase_days = np.bincount(days[0], minlength=n)
    priced = bought & (events.price_cents > 0)
    spend = np.bincount(events.user_ix[priced], events.price_cents[priced], minlength=n)
    columns: dict[str, Any] = {
        "user_id": users.to_arrow(),
        **{name: pa.array([None] * n, pa.string()) for name in ("gender", "age_band", "country", "spending_segment")},
        "loyalty": pa.array(
            ["loyal" if count >= config.loyal_min_days else "new" for count in purchase_days], pa.string()
        ),
        "purchases": purchases,
        "unique_items": np.bincount(pairs[0], minlength=n),
        "avg_price_cents": np.floor(
            spend / np.maximum(np.bincount(events.user_ix[priced], minlength=n), 1) + 0.5
        ).astype(np.int64),
        "last_purchase_us": pa.array(last, mask=last < 0),
    }
    return _with_extras(columns, users, customers)


def _with_extras(columns: dict[str, Any], ids: IdMap, given: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """A table of ``columns``, with what is ``given`` for single ids put over it."""
    table = pa.table(columns)
    for name in dict.fromkeys(name for row in given.values() for name in row):
        known = table.column(name).to_pylist() if name in table.column_names else [None] * len(ids)
        values = [given.get(i, {}).get(name, old) for i, old in zip(ids, known, strict=True)]
        kind = table.schema.field(name).type if name in table.column_names else None
        column = pa.array(values, kind)
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table
