"""What shops send: bodies, the events in them, and the moments that they name."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from starlette.types import Receive

from parure.core import EventKind
from parure.core.clock import DAY_US, from_us, to_us
from parure.core.errors import InputError
from parure.serving.types import Id, ShopEvent, ShopEvents
from parure.store import StoredEvent

_EARLIEST_US: Final = to_us(datetime(1900, 1, 1, tzinfo=UTC))
_LATEST_US: Final = to_us(datetime(3000, 1, 1, tzinfo=UTC)) - 1
_LONGEST_ID: Final = 256
_ID: Final = re.compile(r"[^\x00-\x1f]+").fullmatch
_AHEAD_US: Final = DAY_US
"""An event may be dated so far ahead: clocks differ, and so do zones that were forgotten."""

KINDS: Final = {
    **{kind.name.lower(): kind for kind in EventKind},
    "cart": EventKind.ADD_TO_CART,
    "wishlist": EventKind.ADD_TO_WISHLIST,
}

T = TypeVar("T")


class _Several(msgspec.Struct):
    """Whether a body has events under a name, whatever they are."""

    events: msgspec.Raw | UnsetType = UNSET


_one_event: Final = msgspec.json.Decoder(ShopEvent).decode
_probe: Final = msgspec.json.Decoder(_Several).decode
_many_events: Final = msgspec.json.Decoder(ShopEvents).decode


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request; the gate has seen to its size."""
    message: MutableMapping[str, Any] = await receive()
    body = message.get("body", b"")
    if not message.get("more_body"):
        return bytes(body)
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def named(text: str) -> str:
    """An id that stands in a path.

    Raises:
        msgspec.ValidationError: No product or customer can have it.
    """
    # Only to say what is wrong with it: looking the type up takes six times as long as this.
    return text if len(text) <= _LONGEST_ID and _ID(text) else msgspec.convert(text, Id)


def events_of(body: bytes) -> list[ShopEvent]:
    """The events of a body: one, or several under ``events``.

    Raises:
        msgspec.DecodeError: It is no JSON, or no event.
    """
    if b'"events"' in body and decoded(_probe, body).events is not UNSET:
        return decoded(_many_events, body).events
    return [decoded(_one_event, body)]


def decoded(decode: Callable[[bytes], T], body: bytes) -> T:
    """A body as what is expected.

    Raises:
        msgspec.DecodeError: It is not JSON in UTF-8, or not what is expected.
    """
    try:
        return decode(body)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"The body is not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise msgspec.DecodeError("The body is nested too deeply") from None


def stored(event: ShopEvent, user_id: str, now_us: int) -> StoredEvent:
    """An event as it is kept.

    Raises:
        InputError: It is dated in the future.
    """
    at_us = moment_us(event.timestamp, now_us)
    if at_us > now_us + _AHEAD_US:
        raise InputError(
            f"An event is dated {from_us(at_us).isoformat()}, which is to come.",
            hint="Send moments that have been, with their zone, as in 2026-05-03T10:15:00+02:00.",
        )
    surface = event.surface or (event.recommendation_id.split(".")[0] if event.recommendation_id else "")
    return StoredEvent(
        event_id=event.event_id or _name_of(now_us),
        user_id=user_id,
        item_id=event.item_id,
        kind=KINDS[event.event],
        # A clock that is fast must not keep an event from counting at once.
        timestamp_us=min(at_us, now_us),
        quantity=event.quantity,
        price_cents=0 if event.price is None else round(event.price * 100),
        duration_s=event.duration_s,
        session_id=event.session_id,
        recommendation_id=event.recommendation_id,
        surface=surface,
        order_id=event.order_id,
    )


def _name_of(now_us: int) -> str:
    """A name for an event that came without one. It begins with the time: names in order are stored twice as fast."""
    return f"{now_us:014x}{token_hex(9)}"


def moment_us(moment: datetime | None, otherwise: int) -> int:
    """A moment in microseconds since 1970 UTC; another where none is told.

    Raises:
        InputError: It lies in no year that events may have.
    """
    if moment is None:
        return otherwise
    found = to_us(moment)
    if not _EARLIEST_US <= found <= _LATEST_US:
        raise InputError(f"The moment {moment.isoformat()} is outside the years 1900 to 2999.")
    return found
