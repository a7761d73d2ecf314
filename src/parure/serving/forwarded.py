"""Which address a request comes from, where a proxy stands between."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final

UNIX: Final = "unix"
"""Name of the peer of a Unix socket, which has no address."""


class ForwardedHeaders:
    """Believes ``X-Forwarded-For`` and ``X-Forwarded-Proto`` of trusted proxies, and of nobody else.

    Anyone can send these headers. So the chain is read from its end, which our own proxy wrote: the client is the
    first address that is not a trusted proxy's; what stands before it is what the client claimed.

    Args:
        trusted: Addresses and networks, or ``unix``.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        names = tuple(trusted)
        self._unix = UNIX in names
        self._networks = tuple(ipaddress.ip_network(name) for name in names if name != UNIX)
        self._any = bool(names)
        self._is_trusted = lru_cache(maxsize=4096)(self._in_networks)

    def client_of(self, scope: MutableMapping[str, Any]) -> str:
        """The client's address; where the peer is trusted, ``client`` and ``scheme`` in the scope are set to match."""
        peer = scope.get("client")
        address = peer[0] if peer else UNIX
        if self._any and self._is_trusted(address):
            return self._from_headers(scope, address)
        return address

    def _from_headers(self, scope: MutableMapping[str, Any], peer: str) -> str:
        chain: list[bytes] = []
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                chain += value.split(b",")
            elif name == b"x-forwarded-proto" and (proto := value.strip().lower()) in (b"http", b"https"):
                scope["scheme"] = proto.decode("ascii")
        client = peer
        for link in reversed(chain):
            address = _address(link.strip().decode("latin-1"))
            if address is None:
                break
            client = address
            if not self._is_trusted(address):
                break
        if client != peer:
            scope["client"] = (client, 0)
        return client

    def _in_networks(self, address: str) -> bool:
        if address == UNIX:
            return self._unix
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(parsed in network for network in self._networks)


def _address(text: str) -> str | None:
    """An address without its port; None for what is no address."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
