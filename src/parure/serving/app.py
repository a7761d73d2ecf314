"""Puts the server together: the gate, the hot routes, the others, and the document that describes them all."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from parure import __version__
from parure.pipeline.jobs import Jobs
from parure.pipeline.settings import ShopSettings
from parure.serving.access_log import AccessLog
from parure.serving.console import console_router
from parure.serving.errors import exception_handlers
from parure.serving.gate import Gate
from parure.serving.hot import HotRoutes
from parure.serving.keys import Access, AccessRules, Rule
from parure.serving.metrics import CONTENT_TYPE, Metrics, Reading
from parure.serving.openapi import document, pages
from parure.serving.search import LiveSearch
from parure.serving.searches import SearchCounter
from parure.serving.swapping import Swapper
from parure.serving.web import WebApp, open_pages
from parure.serving.wide import router
from parure.serving.worker import Worker
from parure.store import Store

API: Final = "/api/v1"
_OPEN: Final = Access("open")
# Whoever watches the server must be told the truth, however often others ask from the same address.
_WATCHED: Final = Access("open", limited=False)
_ADMIN: Final = Access("admin")
_ADMIN_AT_LENGTH: Final = Access("admin", timed=False)
"""For what reads or writes a whole bundle: it is done, whether its answer is waited for or not."""
_EVENTS: Final = Access("events")

RULES: Final = AccessRules(
    [
        Rule(f"{API}/health", _WATCHED),
        Rule("/docs", _OPEN),
        Rule("/redoc", _OPEN),
        Rule("/openapi.json", _OPEN),
        Rule("/assets", _OPEN),
        Rule(f"{API}/images", _OPEN),
        Rule(f"{API}/events", _EVENTS),
        Rule(f"{API}/users/merge", _EVENTS),
        Rule(f"{API}/users", _ADMIN),
        Rule(f"{API}/customers", _ADMIN),
        Rule(f"{API}/stats", _ADMIN),
        Rule(f"{API}/config", _ADMIN),
        Rule(f"{API}/metrics", _ADMIN),
        Rule(f"{API}/bundles", _ADMIN_AT_LENGTH, ("POST",)),
        Rule(f"{API}/bundles", _ADMIN),
        Rule(f"{API}/quality", _ADMIN),
        Rule(f"{API}/catalogue", _ADMIN),
        Rule(f"{API}/map", _ADMIN),
        Rule(f"{API}/searches", _ADMIN),
        Rule(f"{API}/rules/publish", _ADMIN_AT_LENGTH, ("POST",)),
        Rule(f"{API}/rules", _ADMIN),
        Rule(f"{API}/overview", _ADMIN),
        Rule(f"{API}/items", _ADMIN, ("POST", "PUT", "PATCH", "DELETE")),
        Rule(f"{API}/search", Access("read", "picture"), ("POST",)),
    ]
)
"""What each route asks: who sees other people's data, or changes what all see, needs the role admin."""


class Server:
    """The application of one worker process, as ASGI.

    Args:
        shop: The project directory.
        settings: Its settings.
        also: Routes beside its own, looked at first: of a plug-in, or of a benchmark.

    Raises:
        BundleError: The shop has no bundle that can be served.
        StoreError: Its store cannot be opened.
        SettingsError: The settings would let in whom they should not.
    """

    def __init__(self, shop: Path, settings: ShopSettings, *, also: Sequence[BaseRoute] = ()) -> None:
        settings.serving.refuse_unsafe()
        self.store = Store.open(shop, settings.store)
        self.worker = Worker(shop, settings, self.store)
        self._log = AccessLog(sys.stdout.buffer, settings.serving.log_format)
        self._swapper = Swapper(self.worker)
        self._web = WebApp(settings)
        self._searches = SearchCounter(self.store, on=settings.serving.count_searches)
        self._search = LiveSearch(self.worker, self._searches)
        self.metrics = _metrics(self.worker, self._log, self._searches)
        self._jobs = Jobs(shop)
        wide = self._wide()
        routes = [*also, *HotRoutes(self.worker).routes()]
        # Start and stop reach the outer router alone.
        hot = Router(routes=routes, default=wide, redirect_slashes=False, lifespan=self._lifespan())
        access = open_pages(RULES)
        self._app: ASGIApp = Gate(hot, settings.serving, access=access, metrics=self.metrics, access_log=self._log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop."""
        await self._app(scope, receive, send)

    def _wide(self) -> FastAPI:
        app = FastAPI(
            title="parure",
            version=__version__,
            description="Recommendations for every place in the shop, each with its reason.",
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            generate_unique_id_function=lambda route: route.name,
            exception_handlers=exception_handlers(),
        )
        app.include_router(router(self.worker, self._search))
        app.include_router(console_router(self.worker, self.metrics, self._jobs))
        app.add_api_route(
            f"{API}/metrics",
            self._render,
            name="metrics",
            tags=["server"],
            response_class=Response,
            responses={
                200: {"description": "Lines of text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
            },
        )
        app.openapi = lambda: document(app, RULES)  # type: ignore[method-assign]
        pages(app)
        self._web.add_to(app)
        return app

    async def _render(self) -> Response:
        """Counters and latencies of this worker, for Prometheus."""
        return Response(self.metrics.render(str(os.getpid())), media_type=CONTENT_TYPE)

    def _lifespan(self) -> Callable[[Router], AbstractAsyncContextManager[None]]:
        @asynccontextmanager
        async def lifespan(app: Router) -> AsyncIterator[None]:
            del app
            self._search.prepare()
            async with self._swapper:
                try:
                    yield
                finally:
                    self._searches.close()
                    # Before anything is waited for: what was taken in is on the disk, whatever ends the process then.
                    self.store.close()
            self._search.close()
            self._jobs.close()
            self.worker.served.close()
            self._log.close()

        return lifespan


def _metrics(worker: Worker, log: AccessLog, searches: SearchCounter) -> Metrics:
    """What a worker tells of itself, beside its requests."""
    metrics = Metrics()
    cache, store = worker.cache, worker.store
    for reading in (
        Reading("parure_events_waiting", "Events taken in that are not on the disk yet.", store.size),
        Reading("parure_cache_entries", "Answers that are kept.", lambda: len(cache)),
        Reading("parure_cache_hits_total", "Answers given again.", lambda: cache.hits, "counter"),
        Reading("parure_cache_misses_total", "Answers looked for and not kept.", lambda: cache.misses, "counter"),
        Reading("parure_bundle_age_seconds", "Since the last event that the bundle has learned.", worker.bundle_age_s),
        Reading(
            "parure_bundles_refused",
            "Bundles that are not served, as they are broken or failed to load.",
            lambda: len(worker.refused),
        ),
        Reading(
            "parure_access_log_lines_lost_total",
            "Lines of the access log that came too fast or could not be written.",
            lambda: log.lost,
            "counter",
        ),
        Reading(
            "parure_searches_uncounted_total",
            "Searches that could not be counted, for the store did not take them.",
            lambda: searches.lost,
            "counter",
        ),
    ):
        metrics.add(reading)
    return metrics


__all__ = ["API", "RULES", "Server"]
