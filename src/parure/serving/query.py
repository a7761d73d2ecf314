"""The query of a GET as one of our types."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints
from urllib.parse import unquote_plus

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def parsed(query_string: bytes, kind: type[T]) -> T:
    """Read a query string, as in ``n=10&item_ids=A&item_ids=B``; what may come several times is a list.

    Raises:
        msgspec.ValidationError: A name is unknown, comes twice, or its value is not what is expected.
    """
    if not query_string:
        return kind()
    lists = _lists(kind)
    found: dict[str, Any] = {}
    for part in query_string.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name), unquote_plus(value)
        if name in lists:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise msgspec.ValidationError(f"{name!r} comes twice, expected it once")
        elif name:
            found[name] = value
    return msgspec.convert(found, kind, strict=False)


@cache
def _lists(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Names of the fields that hold lists."""
    hints = get_type_hints(kind)
    return frozenset(name for name, hint in hints.items() if get_origin(hint) is list)
