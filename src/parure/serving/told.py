"""What the server tells of products, customers and itself, live changes included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from parure.core import UNKNOWN, EventKind
from parure.core.clock import DAY_US, MINUTE_US, from_us, time_us
from parure.core.errors import InputError, UnknownIdError
from parure.pipeline.alike import style_of
from parure.pipeline.live import as_held, changed_dataset
from parure.pipeline.settings import ShopSettings
from parure.pipeline.style_profiler import CustomerStyleProfiler
from parure.rules import WITHDRAWN
from parure.serving import models as m
from parure.serving.models_people import Style
from parure.serving.worker import Worker
from parure.store import ItemChange

_NO_SURFACE: Final = "none"
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
    live = worker.served.events_of(known_as)
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


def told_style(worker: Worker, user_id: str, k: int) -> Style:
    """A customer's styles, drift and neighbours, as of training."""
    answers = worker.answers
    memo = answers.bundle.dataset.memo
    profiler = memo.get("style profiler")
    if not isinstance(profiler, CustomerStyleProfiler):
        if answers.bundle.dataset.item_vectors is None:
            raise InputError("The bundle has no vectors of pictures.", hint="Run: parure encode, then parure train")
        profiler = CustomerStyleProfiler(answers.bundle.dataset, style_of(answers.bundle).config)
        memo["style profiler"] = profiler
    return Style.model_validate({**profiler.describe(answers.known_as(user_id), k=k), "customer_id": user_id})


def told_settings(settings: ShopSettings) -> dict[str, Any]:
    """The settings in force, JSON-ready; of keys only their roles."""
    told = settings.model_dump(mode="json")
    told["serving"]["api_keys"] = [f"{role}:…" for role, _ in settings.serving.roles_and_secrets()]
    return told


def told_stats(worker: Worker, minutes: int) -> m.Stats:
    """Figures of the shop, and of what happened in the last day."""
    now_us = time_us()
    until_us = now_us + MINUTE_US
    counts = worker.store.statistics.event_counts(now_us - DAY_US, until_us, recommended=True)
    by_surface: dict[str, dict[EventKind, int]] = defaultdict(dict)
    for (surface, kind), number in counts.items():
        by_surface[surface][kind] = number
    dataset = worker.answers.dataset
    # A copy, taken at once: requests change it meanwhile.
    changed = [*worker.item_changes]
    return m.Stats(
        users=len(dataset.users),
        items=len(dataset.items) + sum(name not in dataset.items for name in changed),
        events=len(dataset.events),
        live_events=worker.store.events(),
        events_per_minute=[count for _, count in worker.store.statistics.events_per_minute(minutes)],
        surfaces=[surface_stats(name, by_surface[name]) for name in sorted(by_surface)],
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
            as_held(name, [value], schema.field(name).type)


def surface_stats(surface: str, counts: Mapping[EventKind, int]) -> m.SurfaceStats:
    """What became of recommendations at one place, by how many events of each kind name one."""
    shown = counts.get(EventKind.IMPRESSION, 0)

    def rate(kind: EventKind) -> float | None:
        return counts.get(kind, 0) / shown if shown else None

    return m.SurfaceStats(
        surface=surface or _NO_SURFACE,
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
