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
from parure.pipeline.settings import ShopSettings
from parure.serving.access_log import AccessLog
from parure.serving.errors import exception_handlers
from parure.serving.gate import Gate
from parure.serving.hot import HotRoutes
from parure.serving.keys import Access, AccessRules, Rule
from parure.serving.metrics import CONTENT_TYPE, Metrics
from parure.serving.openapi import document, pages
from parure.serving.search import LiveSearch
from parure.serving.swapping import Swapper
from parure.serving.wide import router
from parure.serving.worker import Worker
from parure.store import Store

API: Final = "/api/v1"
_OPEN: Final = Access("open")
_ADMIN: Final = Access("admin")
_EVENTS: Final = Access("events")

RULES: Final = AccessRules(
    [
        Rule(f"{API}/health", _OPEN),
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
        self.metrics = Metrics()
        self._swapper = Swapper(self.worker)
        self._search = LiveSearch(self.worker)
        wide = self._wide()
        self._log = AccessLog(sys.stdout.buffer, settings.serving.log_format)
        routes = [*also, *HotRoutes(self.worker).routes()]
        # Start and stop reach the outer router alone.
        hot = Router(routes=routes, default=wide, redirect_slashes=False, lifespan=self._lifespan())
        self._app: ASGIApp = Gate(hot, settings.serving, access=RULES, metrics=self.metrics, access_log=self._log)

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
                yield
            self._search.close()
            self.store.close()
            self.worker.reader.close()
            self._log.close()

        return lifespan


__all__ = ["API", "RULES", "Server"]
