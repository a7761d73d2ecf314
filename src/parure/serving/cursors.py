"""Where a list goes on: the text that ends one page and begins the next."""

from __future__ import annotations

import binascii
from array import array
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar
from zlib import crc32

import msgspec
from msgspec import Meta

from parure.core.errors import CursorError, InputError

LONGEST: Final = 6000
"""Characters of a cursor at most, whatever the list's name and however many pages it had."""

_Told = TypeVar("_Told")
_Start = Annotated[int, Meta(ge=0, lt=2**31)]
_Name = Annotated[str, Meta(max_length=100)]

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(tuple[_Start, _Name, str]).decode
_encode_seen: Final = msgspec.msgpack.Encoder().encode
_decode_seen: Final = msgspec.msgpack.Decoder(tuple[bytes, _Name, str]).decode
_FOUR_BYTES: Final = "I"
# An address may carry it as it is.
_TO_ADDRESS: Final = bytes.maketrans(b"+/", b"-_")
_FROM_ADDRESS: Final = bytes.maketrans(b"-_", b"+/")


def cursor_of(start: int, name: str, version: str) -> str:
    """A page's end as text.

    Args:
        start: How many entries of the list the pages had so far.
        name: Of the list, 100 characters at most; empty where it needs none.
        version: The bundle that it comes from.

    Cost: half a microsecond.
    """
    return _text(_encode((start, name, version)))


def start_of(cursor: str | None, version: str) -> tuple[int, str]:
    """Where a page begins, and the name of its list; at the beginning, without a name, where there is no cursor.

    Args:
        cursor: What :func:`cursor_of` gave.
        version: The bundle that answers now.

    Raises:
        InputError: It is none that parure gave.
        CursorError: The bundle that it comes from does not answer any more.
    """
    if cursor is None:
        return 0, ""
    start, name, bundle = _read(cursor, _decode)
    _check(bundle, version)
    return start, name


def fingerprint(item_id: str) -> int:
    """A product in 32 bits. That another has the same does no harm: a page would leave out one more."""
    return crc32(item_id.encode())


def cursor_after(seen: Sequence[int], name: str, version: str) -> str:
    """The end of a page of a list that may come in another order the longer it gets, as recommendations do.

    Rules look at a list as a whole: they mix what is shown, and leave some places to chance. So the pages so far are
    told by what was on them, and not by how many.

    Args:
        seen: :func:`fingerprint` of all that the pages had so far.
        name: As in :func:`cursor_of`.
        version: Likewise.
    """
    return _text(_encode_seen((array(_FOUR_BYTES, seen).tobytes(), name, version)))


def seen_before(cursor: str | None, version: str) -> tuple[Sequence[int], str]:
    """What earlier pages had, as :func:`cursor_after` was told, and the name of the list; nothing for the first page.

    Raises:
        InputError: It is none that parure gave.
        CursorError: The bundle that it comes from does not answer any more.
    """
    if cursor is None:
        return (), ""
    told, name, bundle = _read(cursor, _decode_seen)
    if not told or len(told) % 4:
        raise _unknown()
    _check(bundle, version)
    return array(_FOUR_BYTES, told), name


def _text(told: bytes) -> str:
    return binascii.b2a_base64(told, newline=False).translate(_TO_ADDRESS).decode("ascii")


def _read(cursor: str, decode: Callable[[bytes], _Told]) -> _Told:
    try:
        return decode(binascii.a2b_base64(cursor.encode("ascii").translate(_FROM_ADDRESS), strict_mode=True))
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unknown() from error


def _check(bundle: str, version: str) -> None:
    if bundle != version:
        raise CursorError("The list has changed since its first page was asked for.", hint="Begin anew.")


def _unknown() -> InputError:
    return InputError("The cursor is none that parure gave.", hint="Leave it out to begin anew.")
