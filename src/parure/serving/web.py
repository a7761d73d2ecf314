"""The web app: a shop to try parure in and a console to run it, as files that were built beside this module."""

from __future__ import annotations

import gzip
import html
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from parure.core.errors import ParureError
from parure.pipeline.settings import ShopSettings
from parure.serving.keys import Access

FOLDER: Final = Path(__file__).parent / "web"
"""Where the build puts the app; see ``hatch_build.py``."""
PAGES: Final = (
    "/",
    "/p/{id:path}",
    "/search",
    "/cart",
    "/order",
    "/customers/{id:path}",
    "/console",
    "/console/{page:path}",
)
"""The addresses of the app's pages; ``web/src/app/routes.tsx`` knows the same ones."""

_OPEN: Final = Access("open")
_INDEX: Final = "index.html"
_ASSETS: Final = "assets/"
_SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
}
# The name of an asset is a hash of what is in it; all else is asked for again, and mostly answered by 304.
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_HOW_TO_BUILD: Final = "In a checkout, run: pip install -e ."
_WORTH_PACKING_BYTES: Final = 1_000
_PACKED: Final = ("text/", "application/json", "image/svg+xml")


class NotBuiltError(ParureError):
    """The package was installed without the web app."""

    code = "missing_extra"


def open_pages(access: Callable[[str, str], Access]) -> Callable[[str, str], Access]:
    """Let everybody see what is no API; what a page then asks of the API has rules of its own.

    Args:
        access: The rules of the API.
    """

    def of(method: str, path: str) -> Access:
        if method in ("GET", "HEAD") and not path.startswith("/api/"):
            return _OPEN
        return access(method, path)

    return of


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent: whole, and packed where that is worth it."""

    content: bytes
    packed: bytes | None
    media_type: str
    cache: str
    etag: str

    @classmethod
    def of(cls, name: str, content: bytes) -> _File:
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        worth = len(content) >= _WORTH_PACKING_BYTES and media_type.startswith(_PACKED)
        return cls(
            content=content,
            packed=gzip.compress(content, mtime=0) if worth else None,
            media_type=media_type,
            cache=_FOR_EVER if name.startswith(_ASSETS) else _ASK_AGAIN,
            etag=sha256(content).hexdigest()[:16],
        )


class WebApp:
    """Answers the addresses of the app's pages, and its scripts, styles and icons.

    Args:
        settings: Of the shop; its name and currency stand in the page.
        folder: Where the app was built.

    Cost: Each file is read and packed once, when it is first asked for; about 20 ms for all of them.
    """

    def __init__(self, settings: ShopSettings, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._shop = settings.shop
        # Only what is listed here is ever read, whatever an address says.
        self._names = {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name[0] != "."
        }
        self._files: dict[str, _File] = {}

    def add_to(self, app: FastAPI) -> None:
        """Answer what no route of an app answers: after all of them, so that none is hidden by a page."""
        routes = [Route(path, self._page, name="page") for path in PAGES]
        app.router.routes.extend([*routes, Route("/app/{name:path}", self._asset, name="web-asset")])
        not_found = app.router.default

        async def default(scope: Scope, receive: Receive, send: Send) -> None:
            if self._is_lost_reader(scope):
                await self._answer(Request(scope), _INDEX, status=404)(scope, receive, send)
            else:
                await not_found(scope, receive, send)

        app.router.default = default

    async def _page(self, request: Request) -> Response:
        if _INDEX not in self._names:
            raise NotBuiltError("The web app was not built into this installation.", hint=_HOW_TO_BUILD)
        return self._answer(request, _INDEX)

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._names or name == _INDEX:
            return Response(status_code=404, headers=_SECURITY)
        return self._answer(request, name)

    def _is_lost_reader(self, scope: Scope) -> bool:
        """Whether somebody looks for a page that there is not: they get one that says so, programs get JSON."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith("/api/"):
            return False
        return _INDEX in self._names and "text/html" in Request(scope).headers.get("accept", "")

    def _answer(self, request: Request, name: str, *, status: int = 200) -> Response:
        file = self._file(name)
        packed = file.packed if "gzip" in request.headers.get("accept-encoding", "") else None
        etag = f'"{file.etag}"' if packed is None else f'"{file.etag}-gzip"'
        headers = {**_SECURITY, "ETag": etag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
        if status == 200 and request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if packed is None:
            return Response(file.content, status, headers, file.media_type)
        return Response(packed, status, {**headers, "Content-Encoding": "gzip"}, file.media_type)

    def _file(self, name: str) -> _File:
        if name not in self._files:
            content = (self._folder / name).read_bytes()
            self._files[name] = _File.of(name, self._filled(content) if name == _INDEX else content)
        return self._files[name]

    def _filled(self, page: bytes) -> bytes:
        """The page with what it must know of the shop before it has asked anything."""
        facts = f'data-shop="{html.escape(self._shop.name)}" data-currency="{html.escape(self._shop.currency)}"'
        return page.decode().replace('data-shop="parure" data-currency="EUR"', facts).encode()


__all__ = ["FOLDER", "PAGES", "WebApp", "open_pages"]
