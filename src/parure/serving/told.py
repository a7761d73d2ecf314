"""What the server tells of products, customers and itself, live changes included."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from parure.core import UNKNOWN, EventKind
from parure.core.clock import from_us
from parure.core.errors import InputError, UnknownIdError
from parure.pipeline.alike import style_of
from parure.pipeline.live import changed_dataset
from parure.pipeline.settings import ShopSettings
from parure.pipeline.style_profiler import CustomerStyleProfiler
from parure.rules import WITHDRAWN
from parure.serving import models as m
from parure.serving.worker import ACTS, Worker
from parure.store import ItemChange

_DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
_NONE: Final = "none"
"""Stands for events that name no place in the shop."""


def told_item(worker: Worker, item_id: str) -> dict[str, Any]:
    """A product as it is now.

    Raises:
        UnknownIdError: Neither the bundle nor the store knows it.
    """
    answers = worker.answers
    fresh = worker.item_changes.get(item_id)
    if fresh is not None and item_id not in answers.dataset.items:
        return {
            "item_id": item_id,
            "in_bundle": False,
            "withdrawn": fresh.removed,
            "attributes": {**fresh.attributes, "item_id": item_id},
        }
    told = answers.describe_item(item_id)
    withdrawn = bool(told.pop(WITHDRAWN, False))
    return {"item_id": item_id, "in_bundle": True, "withdrawn": withdrawn, "attributes": _json(told)}


def told_profile(worker: Worker, user_id: str, latest: int) -> dict[str, Any]:
    """What is known of a customer, the newest events first.

    Raises:
        UnknownIdError: Nobody has heard of them.
    """
    answers = worker.answers
    known_as = answers.known_as(user_id)
    live = worker.reader.events_of(known_as, ACTS)
    known = answers.knows(user_id)
    if not known and not live:
        raise UnknownIdError(f"Nobody has heard of the customer {user_id!r}.", hint="Check the id.")
    told = answers.describe_user(user_id, latest=latest) if known else {}
    items, titles = answers.dataset.items, answers.dataset.item_table.column("title")
    fresh = [
        {
            "date": from_us(event.timestamp_us).isoformat(),
            "event": EventKind(event.kind).name.lower(),
            "item_id": event.item_id,
            "title": None if (row := items.row_of(event.item_id)) == UNKNOWN else titles[row].as_py(),
        }
        for event in live
    ]
    before: list[dict[str, Any]] = told.pop("latest_events", [])
    events = [*before, *fresh][::-1][:latest]
    return {
        "user_id": user_id,
        "known": known,
        "events": told.pop("events", 0),
        "live_events": len(live),
        "latest_events": events,
        "attributes": _json(told),
    }


def told_style(worker: Worker, user_id: str, k: int) -> dict[str, Any]:
    """A customer's styles, drift and neighbours, as of training."""
    answers = worker.answers
    memo = answers.bundle.dataset.memo
    profiler = memo.get("style profiler")
    if not isinstance(profiler, CustomerStyleProfiler):
        if answers.bundle.dataset.item_vectors is None:
            raise InputError("The bundle has no vectors of pictures.", hint="Run: parure encode, then parure train")
        profiler = CustomerStyleProfiler(answers.bundle.dataset, style_of(answers.bundle).config)
        memo["style profiler"] = profiler
    return profiler.describe(answers.known_as(user_id), k=k)


def told_settings(settings: ShopSettings) -> dict[str, Any]:
    """The settings in force, JSON-ready; of keys only their roles."""
    told = settings.model_dump(mode="json")
    told["serving"]["api_keys"] = [f"{role}:…" for role, _ in settings.serving.roles_and_secrets()]
    return told


def told_stats(worker: Worker, minutes: int) -> m.Stats:
    """Figures of the shop, and of what happened in the last day."""
    now_us = time.time_ns() // 1000
    until_us = now_us + _MINUTE_US
    counts = worker.store.event_counts(now_us - _DAY_US, until_us, recommended=True)
    by_surface: dict[str, dict[EventKind, int]] = defaultdict(dict)
    for (surface, kind), number in counts.items():
        by_surface[surface or _NONE][kind] = number
    dataset = worker.answers.dataset
    return m.Stats(
        users=len(dataset.users),
        items=len(dataset.items) + sum(name not in dataset.items for name in worker.item_changes),
        events=len(dataset.events),
        live_events=sum(worker.store.event_counts(0, until_us).values()),
        events_per_minute=[count for _, count in worker.store.events_per_minute(minutes)],
        surfaces=[_surface(name, by_surface[name]) for name in sorted(by_surface)],
        waiting_events=worker.store.size(),
        cache={"entries": len(worker.cache), "hits": worker.cache.hits, "misses": worker.cache.misses},
    )


def check_changes(worker: Worker, changes: Sequence[ItemChange]) -> None:
    """See that changes of products can be carried out, before they are kept.

    Raises:
        InputError: A value is not what its column holds.
    """
    dataset = worker.answers.dataset
    for each in changes:
        if each.item_id not in dataset.items:
            _check_new(each, dataset.item_table.schema)
    known = {each.item_id: dict(each.attributes) for each in changes if each.item_id in dataset.items}
    if known:
        # Prices are changed in place: the trial works on what is there already.
        changed_dataset(dataset, known, trial=True)


def _check_new(change: ItemChange, schema: pa.Schema) -> None:
    """See that what is said of a product that the bundle does not know fits the others' columns."""
    for name, value in change.attributes.items():
        if name in schema.names:
            try:
                pa.scalar(value, schema.field(name).type)
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
                raise InputError(f"The column {name!r} holds {schema.field(name).type}: {error}.") from None


def _surface(name: str, counts: dict[EventKind, int]) -> m.SurfaceStats:
    shown = counts.get(EventKind.IMPRESSION, 0)

    def rate(kind: EventKind) -> float | None:
        return counts.get(kind, 0) / shown if shown else None

    return m.SurfaceStats(
        surface=name,
        impressions=shown,
        clicks=counts.get(EventKind.CLICK, 0),
        carts=counts.get(EventKind.ADD_TO_CART, 0),
        purchases=counts.get(EventKind.PURCHASE, 0),
        click_rate=rate(EventKind.CLICK),
        cart_rate=rate(EventKind.ADD_TO_CART),
        purchase_rate=rate(EventKind.PURCHASE),
    )


def _json(values: dict[str, Any]) -> dict[str, Any]:
    """Columns with moments and days as text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
