"""Who may do what: API keys and the roles that routes need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from parure.core.serving_config import LONGEST_SECRET, ServingConfig

Role = Literal["open", "read", "events", "admin"]
"""``open`` needs no key; each of the others may do what those before it may."""

RANKS: Final[Mapping[str, int]] = {"open": 0, "read": 1, "events": 2, "admin": 3}

_LONGEST_TOKEN: Final = LONGEST_SECRET  # Hashing takes time with the length.


@dataclass(frozen=True, slots=True)
class Access:
    """What one route asks of a request."""

    role: Role = "read"
    """The role that its key must have."""
    body: Literal["json", "picture"] = "json"
    """Which of the two limits holds for its body."""
    limited: bool = True
    """Whether the rate limit holds."""
    timed: bool = True
    """Whether the time limit holds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An access for all paths under a prefix."""

    prefix: str
    """A path; it stands for itself and for all that is below it, as ``/admin`` for ``/admin/bundle``."""
    access: Access
    methods: tuple[str, ...] = ()
    """The methods that it holds for; all where empty. ``GET`` stands for ``HEAD`` too."""


class AccessRules:
    """Access by method and path: the first rule that fits; without one, the role ``read`` and the usual limits.

    Cost: about 0.1 microseconds where no prefix fits, which is so for the routes that are called most.
    """

    def __init__(self, rules: Iterable[Rule], default: Access | None = None) -> None:
        self._default = default or Access()
        self._rules = [(rule.prefix.rstrip("/"), _all_methods(rule.methods), rule.access) for rule in rules]
        self._prefixes = tuple(prefix for prefix, _, _ in self._rules)

    def __call__(self, method: str, path: str) -> Access:
        """The access of a request; ``path`` as it is decoded, without the server's root path."""
        if path.startswith(self._prefixes):
            for prefix, methods, access in self._rules:
                if path.startswith(prefix) and (methods is None or method in methods):
                    rest = path[len(prefix) : len(prefix) + 1]
                    if not rest or rest == "/":
                        return access
        return self._default


class KeyRing:
    """The keys of a server, found without telling by the time it takes how near a guess came.

    Only SHA-256 digests are kept. What is compared is the digest of what was given, of which a guesser who comes
    nearer to a secret learns nothing: a secret that is right up to its last character has another digest altogether.
    """

    def __init__(self, config: ServingConfig) -> None:
        self._roles: dict[bytes, Role] = {}
        for role, secret in config.roles_and_secrets():
            self._roles[sha256(secret.encode("ascii")).digest()] = role  # type: ignore[assignment]

    def find(self, token: bytes) -> tuple[Role, bytes] | None:
        """The role of a key and the digest that stands for it; None for a key that is not known.

        Cost: one SHA-256, about 0.6 microseconds.
        """
        if len(token) > _LONGEST_TOKEN:
            return None
        digest = sha256(token).digest()
        role = self._roles.get(digest)
        return None if role is None else (role, digest)


def token_of(headers: Mapping[bytes, bytes]) -> bytes | None:
    """The key that a request carries, as ``Authorization: Bearer KEY`` or ``X-API-Key: KEY``; None without one."""
    authorization = headers.get(b"authorization")
    if authorization is not None and authorization[:7].lower() == b"bearer ":
        return authorization[7:].strip()
    return headers.get(b"x-api-key")


def _all_methods(methods: tuple[str, ...]) -> frozenset[str] | None:
    if not methods:
        return None
    return frozenset({*methods, "HEAD"}) if "GET" in methods else frozenset(methods)
