"""Which other sites' pages may call the API from a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

HeaderPairs = tuple[tuple[bytes, bytes], ...]
"""Headers as ASGI carries them."""

_VARY: Final = (b"vary", b"Origin")
_EXPOSED: Final = (b"access-control-expose-headers", b"X-Request-ID, Retry-After")
_PREFLIGHT: Final[HeaderPairs] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, X-API-Key, X-Request-ID"),
    (b"access-control-max-age", b"600"),
)


class Cors:
    """Headers for pages of configured origins. Cookies are never asked for: keys travel in headers.

    Args:
        origins: Such as ``https://shop.example``; ``*`` for all.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.lower().encode("ascii") for origin in origins)
        self._all = b"*" in self._origins
        self.on = bool(self._origins)

    def allows(self, origin: bytes) -> bool:
        """Whether pages of this origin may call."""
        return self._all or origin.lower() in self._origins

    def headers(self, origin: bytes | None) -> HeaderPairs:
        """What every answer carries; caches must keep answers to different origins apart."""
        if self._all:
            return ((b"access-control-allow-origin", b"*"), _EXPOSED)
        if origin is None or not self.allows(origin):
            return (_VARY,)
        return ((b"access-control-allow-origin", origin), _EXPOSED, _VARY)

    @staticmethod
    def is_preflight(method: str, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a browser asks beforehand what a page may do."""
        return method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers

    @staticmethod
    def preflight_headers() -> HeaderPairs:
        """What the answer to such a question carries beside the rest."""
        return _PREFLIGHT
