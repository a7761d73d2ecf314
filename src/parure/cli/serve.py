"""``parure serve``: the shop, the console and the API over HTTP."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Annotated, Any, Final
from urllib.request import urlopen

import typer
from rich.text import Text

from parure.cli.console import err
from parure.cli.shop import ShopOption
from parure.core.errors import MissingExtraError
from parure.pipeline.bundle import bundle_path
from parure.pipeline.settings import load_settings

_TRIES: Final = 600
_PAUSE_S: Final = 0.2


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Example: parure serve --shop my-shop --workers 2")(serve)


def serve(
    shop: ShopOption = Path(),
    host: Annotated[str | None, typer.Option(help="Address to listen on; as in [serving] if left out.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; as in [serving] if left out.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that answer; as in [serving] if left out.")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the shop in a browser once it answers.")] = False,
) -> None:
    """Serve the shop, the console and the API over HTTP: at /, /console and /docs."""
    settings = load_settings(shop)
    wanted: dict[str, Any] = {"host": host, "port": port, "workers": workers}
    given = {name: value for name, value in wanted.items() if value is not None}
    if given:
        settings = settings.model_copy(update={"serving": settings.serving.model_copy(update=given)})
    settings.serving.refuse_unsafe()
    bundle_path(shop)  # a shop without one is told so before any process starts
    try:
        from parure.serving.run import serve as run
    except ImportError as error:
        raise MissingExtraError(error.name or "uvicorn", "serve", "parure serve") from None
    address = f"http://{settings.serving.host}:{settings.serving.port}"
    places = f"the shop at {address}, the console at {address}/console, the API at {address}/docs"
    err.print(Text(f"Serving {settings.shop.name}: {places}. Ctrl+C stops."), soft_wrap=True)
    if open_browser:
        Thread(target=_open_once_it_answers, args=(settings.serving.host, settings.serving.port), daemon=True).start()
    run(shop, settings)


def _open_once_it_answers(host: str, port: int) -> None:
    """Open the shop in a browser when the server takes connections; nothing where it never does."""
    reached = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - where it listens, not what is opened
    for _ in range(_TRIES):
        sleep(_PAUSE_S)
        try:
            answered = urlopen(f"http://{reached}:{port}/api/v1/health/ready", timeout=_PAUSE_S * 10)
        except OSError:
            continue  # not yet
        answered.close()
        webbrowser.open(f"http://{reached}:{port}/")
        return
