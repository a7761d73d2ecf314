"""How uvicorn must run for the gate to hold."""

from __future__ import annotations

import math
from typing import Any

from parure.core.serving_config import ServingConfig
from parure.serving.protocol import BoundedProtocol


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
        "timeout_graceful_shutdown": math.ceil(config.graceful_stop_s),
    }
