"""Starts the server: one process, or several behind one port."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import ModuleType
from typing import Final

from parure.core.errors import MissingExtraError, SettingsError
from parure.pipeline.settings import ShopSettings, load_settings

_SHOP: Final = "PARURE_SHOP"
"""Tells the processes that uvicorn starts which shop is theirs."""


def serve(shop: Path, settings: ShopSettings) -> None:
    """Serve a shop until the process is told to stop.

    Args:
        shop: The project directory.
        settings: Its settings.

    Raises:
        MissingExtraError: What serves is not installed.
        SettingsError: The settings would let in whom they should not, or the port is taken.
    """
    uvicorn = _uvicorn()
    from parure.serving.access_log import write_log
    from parure.serving.server_options import server_options

    settings.serving.refuse_unsafe()
    write_log(settings.serving.log_format)
    os.environ[_SHOP] = str(shop.resolve())
    config = uvicorn.Config(
        "parure.serving.run:server",
        factory=True,
        host=settings.serving.host,
        port=settings.serving.port,
        workers=settings.serving.workers,
        **server_options(settings.serving),
    )
    sock = listening(settings.serving.host, settings.serving.port)
    if settings.serving.workers > 1:
        from uvicorn.supervisors import Multiprocess

        Multiprocess(config, sockets=[sock]).run()
    else:
        uvicorn.Server(config).run(sockets=[sock])


def server() -> object:
    """The application of one process, for the shop that the environment names."""
    from parure.serving.access_log import write_log
    from parure.serving.app import Server

    shop = Path(os.environ[_SHOP])
    settings = load_settings(shop)
    write_log(settings.serving.log_format)
    return Server(shop, settings)


def listening(host: str, port: int) -> socket.socket:
    """A socket that is listened on.

    Raises:
        SettingsError: The port is taken, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends at once what is ready.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(
            f"The server cannot listen on {host}:{port}: {error.strerror or error}.",
            hint="Choose another port: --port, or port in [serving] of parure.toml.",
        ) from error
    sock.listen(2048)
    sock.set_inheritable(True)
    return sock


def _uvicorn() -> ModuleType:
    try:
        import uvicorn
    except ImportError:
        raise MissingExtraError("uvicorn", "serve", "The server") from None
    return uvicorn
