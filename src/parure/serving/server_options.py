"""How uvicorn must run for the gate to hold."""

from __future__ import annotations

import math
from typing import Any, Final

from parure.core.serving_config import ServingConfig
from parure.serving.protocol import BoundedProtocol

_KEEP_ALIVE_S: Final = 75
"""Seconds that an idle connection stays open: longer than clients and proxies keep theirs, which most do for 60 or
less. Of two that give up at the same time, one sends into a connection that the other has just closed."""


def server_options(config: ServingConfig) -> dict[str, Any]:
    """Arguments for ``uvicorn.Config`` beside the app and the socket.

    Proxy headers stay with the gate, as uvicorn would believe them of any caller on this machine. Nothing speaks
    WebSocket.
    """
    return {
        "http": BoundedProtocol,
        "ws": "none",
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "timeout_keep_alive": _KEEP_ALIVE_S,
        "timeout_graceful_shutdown": math.ceil(config.graceful_stop_s),
    }
