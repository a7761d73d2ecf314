"""``parure serve``: the HTTP API of a shop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from parure.cli.console import err
from parure.cli.shop import ShopOption
from parure.core.errors import MissingExtraError
from parure.pipeline.bundle import bundle_path
from parure.pipeline.settings import load_settings


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
) -> None:
    """Serve recommendations, search and events over HTTP; the API shows itself at /docs."""
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
    err.print(Text(f"Serving {settings.shop.name} at {address}/docs; Ctrl+C stops."), soft_wrap=True)
    run(shop, settings)
