"""What an operator looks at first: what happens, what comes of it, and how the server does."""

from __future__ import annotations

import os
from collections.abc import Mapping

from parure.core import EventKind
from parure.core.clock import from_us
from parure.serving import models_console as m
from parure.serving.answer_cache import AnswerCache
from parure.serving.metrics import HttpMetrics, Latencies, Metrics
from parure.serving.told import surface_stats
from parure.serving.worker import Worker
from parure.store import Store


def told_overview(worker: Worker, metrics: Metrics, minutes: int, days: int) -> m.Overview:
    """The last minutes and days of a shop, and this worker since its start.

    Args:
        worker: The worker.
        metrics: Its metrics.
        minutes: Events are told of so many minutes.
        days: What became of recommendations, of so many days.

    Raises:
        StoreError: The store cannot be read.
    """
    first_minute, events = _events(worker.store, minutes)
    counted = worker.store.statistics.event_days(days, recommended=True)
    return m.Overview(
        bundle_version=worker.answers.version,
        bundle_age_s=round(worker.bundle_age_s(), 1),
        refused_bundles=dict(worker.refused),
        worker=os.getpid(),
        first_minute=first_minute,
        events_per_minute=events,
        surfaces=[_surface_day(day_us, surface, counts) for (day_us, surface), counts in counted.items()],
        latencies=_latencies(metrics.http),
        errors={code: int(count) for (code,), count in sorted(metrics.errors.counts().items())},
        cache=_cache(worker.cache),
        waiting_events=worker.store.size(),
    )


def _events(store: Store, minutes: int) -> tuple[str, list[int | None]]:
    """When the first minute began, and the events of each."""
    counted = store.statistics.events_per_minute(minutes)
    began_us = store.statistics.first_minute_us()
    # Nothing came in a minute is a finding; before anything was ever sent, it is none.
    told = [None if began_us is None or start_us < began_us else events for start_us, events in counted]
    return from_us(counted[0][0]).isoformat(), told


def _surface_day(day_us: int, surface: str, counts: Mapping[EventKind, int]) -> m.SurfaceDay:
    day = from_us(day_us).date().isoformat()
    return m.SurfaceDay(day=day, **surface_stats(surface, counts).model_dump())


def _latencies(http: HttpMetrics) -> list[m.RouteLatency]:
    met = sorted(http.by_route().items(), key=lambda each: (-each[1].requests, each[0]))
    return [
        m.RouteLatency(
            route=route,
            method=method,
            requests=took.requests,
            failed=took.failed,
            p50_ms=_ms(took, 0.5),
            p90_ms=_ms(took, 0.9),
            p99_ms=_ms(took, 0.99),
        )
        for (route, method), took in met
    ]


def _ms(took: Latencies, share: float) -> float:
    return round((took.quantile_s(share) or 0.0) * 1000, 3)


def _cache(cache: AnswerCache) -> m.CacheFigures:
    asked = cache.hits + cache.misses
    return m.CacheFigures(
        entries=len(cache), hits=cache.hits, misses=cache.misses, hit_rate=cache.hits / asked if asked else None
    )
