"""Settings of the HTTP server: the section ``[serving]`` of ``parure.toml``."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from parure.core.config import Config
from parure.core.errors import SettingsError

KeyRole = Literal["read", "events", "admin"]
"""What a key may do, each more than the one before: read answers; post events; everything."""

KEY_ROLES: Final[tuple[KeyRole, ...]] = get_args(KeyRole)
SHORTEST_SECRET: Final = 16
LONGEST_SECRET: Final = 512

_MAKE_A_KEY: Final = 'python -c "import secrets; print(secrets.token_urlsafe(24))"'
_SECRET: Final = re.compile(r"[!-+\--~]+")  # What a header may carry, less the comma that parts keys.
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
# Looked for in the secret's letters and digits alone. Long enough never to turn up in a drawn secret by chance.
_WELL_KNOWN: Final = (
    "changeme", "changethis", "replaceme", "placeholder", "password", "passwort", "secret", "default", "example",
    "insecure", "letmein", "qwerty", "123456", "abcdef", "yourkey", "yourapi", "apikey", "testtest", "parure",
)  # fmt: skip
_FEWEST_CHARACTERS: Final = 8  # Different ones: "aaaaaaaaaaaaaaaa" is long, and no secret.


def _texts(value: Any) -> Any:
    """One text, its parts between commas, or a list of texts.

    The refusal is worded here because pydantic's own would show what was got, and that may be a key.
    """
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str | SecretStr) for part in value):
        return tuple(value)
    raise ValueError('a list of texts is wanted, as in ["...", "..."]; what was got is not shown')


class ServingConfig(Config):
    """``[serving]``: the HTTP server."""

    host: str = "127.0.0.1"
    """Address that is listened on; ``0.0.0.0`` is every IPv4 address of the machine."""
    port: int = Field(default=8000, ge=0, le=65535)
    """TCP port; 0 takes a free one."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that answer behind the one port, each on a core of its own. Rate limits and metrics are each worker's
    own: so many workers let a key through so many times as often."""
    environment: Literal["production", "demo"] = "production"
    """``demo`` opens every route to everyone, without a key: for a made-up shop on your own machine only."""
    debug: bool = False
    """Write client addresses to the access log, and tell readers what is wrong inside when an answer fails."""
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(_texts)] = ()
    """Origins whose pages may call the API from a browser, as ``https://shop.example``; ``*`` is every origin."""
    api_keys: Annotated[tuple[SecretStr, ...], BeforeValidator(_texts)] = ()
    """Keys, each a text ``ROLE:SECRET``, best given as ``PARURE_SERVING__API_KEYS="read:...,admin:..."``. ``read`` may
    ask, ``events`` may ask and post events, ``admin`` may do everything. A secret has 16 characters or more."""
    open_reads: bool = False
    """Answer what needs the role ``read`` without a key too, as a shop's pages do that ask from the browser."""
    rate_limit_per_s: float = Field(default=500.0, ge=0)
    """Requests a second that a worker takes in the long run of one key, or of one client address where there is no key
    (of IPv6, of one /64 network), pictures and pages included and questions after the server's health left out; 0 takes
    all. Behind a proxy that is not in ``trust_forwarded`` everyone without a key
    counts as one address."""
    rate_limit_burst: int = Field(default=1000, ge=1)
    """Requests that it takes at once after a rest, before the rate above holds."""
    body_limit_bytes: int = Field(default=1024 * 1024, ge=1024)
    """Longest body of a request, in bytes."""
    picture_limit_bytes: int = Field(default=10 * 1024 * 1024, ge=1024)
    """Longest body where a picture is sent, in bytes."""
    request_timeout_s: float = Field(default=10.0, gt=0, le=3600)
    """Seconds from a request's head to the start of its answer; then it is answered 504, or 408 where its body has not
    come in whole. An answer that has begun is not cut off."""
    cache_ttl_s: float = Field(default=60.0, ge=0)
    """Seconds that an answer may be given again unchanged to the same customer; 0 keeps none."""
    cache_entries: int = Field(default=10_000, ge=0)
    """Answers that a worker keeps; the least lately used go first."""
    trust_forwarded: Annotated[tuple[str, ...], BeforeValidator(_texts)] = ()
    """Addresses and networks of your own proxies, as ``10.0.0.0/8``, or ``unix`` for a Unix socket: what they say in
    ``X-Forwarded-For`` and ``X-Forwarded-Proto`` is believed. From anyone else both are passed over."""
    graceful_stop_s: float = Field(default=10.0, ge=0, le=3600)
    """Seconds that a stopping server gives to requests that have begun."""
    access_log: bool = True
    """Write one line a request, without ids of users, query strings or addresses."""
    log_format: Literal["json", "text"] = "json"
    """How the log is written: an object a line, or words."""
    count_searches: bool = True
    """Count what is searched for, by day and words and without who asked, for 90 days; the console shows it."""
    clock: Literal["real", "data"] = "real"
    """What now is: the time of day; or, for data that end in the past, their last moment and the time since the bundle
    was published."""
    images: str = ""
    """Folder of the products' pictures, its path seen from the shop's directory; ``images`` in there where empty."""

    @model_validator(mode="after")
    def _is_well_formed(self) -> Self:
        _check_keys(self.roles_and_secrets())
        for origin in self.cors_origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"cors_origins: {origin!r} is not an origin such as 'https://shop.example'")
        for network in self.trust_forwarded:
            _check_network(network)
        return self

    def roles_and_secrets(self) -> list[tuple[str, str]]:
        """Role and secret of every key, as they were written."""
        parted = (key.get_secret_value().partition(":") for key in self.api_keys)
        return [(role, secret) for role, _, secret in parted]

    def refuse_unsafe(self) -> None:
        """Raise where a server with these settings would let in whom it should not; in a demo, never.

        Raises:
            SettingsError: There is no key, or one that is guessed easily. The message names its place, not the key.
        """
        if self.environment == "demo":
            return
        hint = f'Make one with: {_MAKE_A_KEY} and set PARURE_SERVING__API_KEYS="admin:..." to it.'
        if not self.api_keys:
            raise SettingsError(
                "The server does not start without an API key ([serving] api_keys is empty).", hint=hint
            )
        for place, (role, secret) in enumerate(self.roles_and_secrets(), start=1):
            if weakness := _weakness(secret):
                raise SettingsError(f"Key {place} of [serving] api_keys, role {role}, {weakness}.", hint=hint)


def _check_keys(keys: Sequence[tuple[str, str]]) -> None:
    """Raise ValueError for what is not ``ROLE:SECRET``; no message holds a secret."""
    for place, (role, secret) in enumerate(keys, start=1):
        if role not in KEY_ROLES or not secret:
            raise ValueError(f"api_keys: entry {place} is not ROLE:SECRET with a role of {', '.join(KEY_ROLES)}")
        if not _SECRET.fullmatch(secret) or len(secret) > LONGEST_SECRET:
            raise ValueError(
                f"api_keys: the secret of entry {place} is longer than {LONGEST_SECRET} characters or has some that "
                "a header cannot carry"
            )
    if len({secret for _, secret in keys}) < len(keys):
        raise ValueError("api_keys: the same secret stands there twice")


def _check_network(network: str) -> None:
    if network != "unix":
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ValueError(f"trust_forwarded: {error}") from None


def _weakness(secret: str) -> str:
    """What makes a secret easy to guess; empty where nothing was found."""
    plain = re.sub(r"[^a-z0-9]", "", secret.lower())
    if len(secret) < SHORTEST_SECRET:
        return f"is shorter than {SHORTEST_SECRET} characters"
    if any(word in plain for word in _WELL_KNOWN):
        return "is a well-known default or holds one"
    return "repeats a few characters" if len(set(secret)) < _FEWEST_CHARACTERS else ""
