"""Fetches a picture from an http(s) address, with limits, and never from inside the network it runs in.

A shop's table of products says where pictures lie, and whoever writes that table must not be able to make this machine
ask its own services. Every name is resolved once, each of its addresses is judged, and the connection goes to the very
address that was judged; a redirect starts over.
"""

from __future__ import annotations

import socket
import ssl
import time
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from pydantic import Field

from parure.core.config import Config
from parure.encode.encoder import PictureError

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_BLOCK = 64 << 10


class WebLimits(Config):
    """What a fetched picture may cost."""

    max_bytes: int = Field(default=20 << 20, ge=1024, le=64 << 20)
    """Largest picture taken, in bytes."""
    timeout_s: float = Field(default=20.0, gt=0, le=600)
    """Time for one picture, redirects included, in seconds."""
    redirects: int = Field(default=3, ge=0, le=10)
    """Redirects followed."""
    allow_private: bool = False
    """Also fetch from private, local and reserved addresses. Only for pictures on a server of your own network."""


def fetch(url: str, limits: WebLimits | None = None) -> bytes:
    """The content at an address.

    Args:
        url: Begins with ``http://`` or ``https://``.
        limits: What it may cost.

    Raises:
        PictureError: ``address_refused``, ``not_found``, ``too_large``, ``fetch_timeout`` or ``fetch_failed``.
    """
    limits = limits or WebLimits()
    end = time.monotonic() + limits.timeout_s
    for _ in range(limits.redirects + 1):
        found = _hop(url, limits, end)
        if isinstance(found, bytes):
            return found
        url = urljoin(url, found)
    raise PictureError(
        "fetch_failed", f"{url} redirects more than {limits.redirects} times.", hint="Give the last address."
    )


def _hop(url: str, limits: WebLimits, end: float) -> bytes | str:
    """The content, or where to look instead."""
    parts = _judged(url)
    address = _public_address(parts, limits)
    connection = _Connection(parts, address, end)
    # A server that sends a byte now and then keeps every single read within its time; the clock of the whole ends it.
    alarm = Timer(max(end - time.monotonic(), 0), connection.abort)
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("GET", _target(parts), headers={"User-Agent": "parure", "Accept": "image/*"})
        with connection.getresponse() as response:
            return _answer(response, url, limits, end)
    except TimeoutError as error:
        raise _timed_out(url, limits) from error
    except (OSError, HTTPException, ValueError) as error:
        if time.monotonic() >= end:
            raise _timed_out(url, limits) from error
        raise PictureError("fetch_failed", f"{url} cannot be fetched: {error}.", hint="Check the address.") from error
    finally:
        alarm.cancel()
        connection.close()


def _judged(url: str) -> SplitResult:
    """The parts of an address that may be asked at all."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(sign.isspace() or sign < " " for sign in url):
        raise PictureError("address_refused", f"{url!r} is no http or https address.", hint="Correct image_url.")
    if parts.username or parts.password:
        raise PictureError(
            "address_refused", "An address with a user name or password is not fetched.", hint="Correct image_url."
        )
    return parts


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{quote(parts.query, safe='/?%:@!$&()*+,;=~-._')}" if parts.query else path


def _public_address(parts: SplitResult, limits: WebLimits) -> str:
    """The address to connect to; all that the name stands for are judged."""
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PictureError(
            "fetch_failed", f"The name {host!r} cannot be resolved: {error}.", hint="Check the address."
        ) from error
    addresses = [str(each[4][0]) for each in found]
    refused = [] if limits.allow_private else [each for each in addresses if not is_public(each)]
    if refused:
        raise PictureError(
            "address_refused",
            f"{host!r} stands for {refused[0]}, which is not a public address.",
            hint="Copy the pictures into a folder, or allow private addresses where the server is your own.",
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it wraps another one."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None) or _nat64(found)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _nat64(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address behind a translator's prefix."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if address.exploded.startswith("0064:ff9b:") else None


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Connection(HTTPConnection):
    """A connection to an address that was judged, whatever its name would resolve to now."""

    def __init__(self, parts: SplitResult, address: str, end: float) -> None:
        super().__init__(str(parts.hostname), parts.port or _PORTS[parts.scheme], timeout=_left(end))
        self.default_port = _PORTS[parts.scheme]
        self._address = address
        self._open: socket.socket | None = None
        self._tls = parts.scheme == "https"

    def connect(self) -> None:
        """Connect to the judged address; the name goes into the certificate's check."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = plain
        if self._tls:
            self.sock = _tls().wrap_socket(plain, server_hostname=self.host)
        # The base class lets go of its socket as soon as the body begins.
        self._open = self.sock

    def abort(self) -> None:
        """End every read that is under way."""
        if self._open is not None:
            try:
                self._open.shutdown(socket.SHUT_RDWR)
            except OSError:
                # It was closed in the same moment.
                return


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.001)


def _answer(response: HTTPResponse, url: str, limits: WebLimits, end: float) -> bytes | str:
    if response.status in _REDIRECTS:
        place = response.getheader("Location")
        if not place:
            raise PictureError("fetch_failed", f"{url} redirects to nowhere.", hint="Check the address.")
        return place
    if response.status in _GONE:
        raise PictureError("not_found", f"{url} is not there ({response.status}).", hint="Correct image_url.")
    if response.status != 200:
        raise PictureError("fetch_failed", f"{url} answers {response.status}.", hint="Check the address.")
    return _body(response, url, limits, end)


def _body(response: HTTPResponse, url: str, limits: WebLimits, end: float) -> bytes:
    blocks, size = [], 0
    while block := response.read1(_BLOCK):
        size += len(block)
        if size > limits.max_bytes:
            got = f"{url} has more than {limits.max_bytes:,} bytes."
            raise PictureError("too_large", got, hint="Give a smaller picture, or raise max_bytes.")
        if time.monotonic() > end:
            raise _timed_out(url, limits)
        blocks.append(block)
    if time.monotonic() > end:
        raise _timed_out(url, limits)
    if response.length:
        raise PictureError("fetch_failed", f"{url} ended {response.length:,} bytes early.", hint="Try again.")
    return b"".join(blocks)


def _timed_out(url: str, limits: WebLimits) -> PictureError:
    got = f"{url} took more than {limits.timeout_s:g} seconds."
    return PictureError("fetch_timeout", got, hint="Try again, or raise timeout_s.")
