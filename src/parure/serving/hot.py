"""The routes that every page view calls: plain ASGI, with types that are checked and written by compiled code."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from parure.core import UNKNOWN, EventKind, Query
from parure.core.clock import DAY_US, from_us, to_us
from parure.core.errors import CursorError, InputError, SettingsError
from parure.core.filters import Condition, ItemFilter
from parure.core.recommendation import Answer, Recommendation
from parure.pipeline.answer import NO_FILTER, Answers
from parure.pipeline.goals import goals_of
from parure.pipeline.live import Act
from parure.pipeline.part import Part
from parure.serving.query import parsed
from parure.serving.types import (
    Id,
    ItemEvidence,
    Receipt,
    Recommendations,
    RecommendedItem,
    ShopEvent,
    ShopEvents,
    Similar,
    SimilarItem,
    SimilarWanted,
    Wanted,
    WantedBody,
)
from parure.serving.worker import Served, Worker
from parure.store import StoredEvent

PREFIX: Final = "/api/v1"
MOST: Final = 1000
"""Items that can be reached by paging."""
_EARLIEST_US: Final = to_us(datetime(1900, 1, 1, tzinfo=UTC))
_LATEST_US: Final = to_us(datetime(3000, 1, 1, tzinfo=UTC)) - 1
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


_encode: Final = msgspec.json.Encoder().encode
_body_of: Final = msgspec.json.Decoder(WantedBody).decode
_one_event: Final = msgspec.json.Decoder(ShopEvent).decode
_probe: Final = msgspec.json.Decoder(_Several).decode
_many_events: Final = msgspec.json.Decoder(ShopEvents).decode
_MAYBE_ID: Final[Any] = Id | None
_JSON: Final = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Asking:
    """One request for recommendations, read.

    Attributes:
        user_id: Who asks, as the shop calls them; None for nobody known.
        wanted: What for.
        acts: What they did since the bundle was made, by the store's account and the request's own.
        goals: A weight a task.
    """

    user_id: str | None
    wanted: Wanted
    acts: Sequence[Act] = ()
    goals: dict[str, float] | None = None


class HotRoutes:
    """Recommendations, similar items and events.

    Args:
        worker: What answers.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def routes(self) -> list[Route]:
        """The routes, to be looked at before all others."""
        return [
            _route(f"{PREFIX}/recommendations", {"GET": self.recommend, "POST": self.recommend_by_body}),
            _route(f"{PREFIX}/recommendations/{{user_id:path}}", {"GET": self.recommend}),
            _route(f"{PREFIX}/items/{{item_id:path}}/similar", {"GET": self.similar}),
            _route(f"{PREFIX}/events", {"POST": self.take_events}),
        ]

    async def recommend(self, scope: Scope, receive: Receive) -> bytes:
        """Recommendations by the query of a GET."""
        del receive
        started = time.perf_counter()
        worker = self._worker
        worker.refresh()
        served = worker.served
        user_id: str | None = msgspec.convert(scope["path_params"].get("user_id"), _MAYBE_ID)
        query_string: bytes = scope["query_string"]
        acts = [] if user_id is None else worker.acts(served.answers.known_as(user_id))
        # Who has done something lately gets an answer of this moment; so does everybody once a product has changed.
        key = None if acts else (user_id, query_string, worker.changed_seq)
        if key is not None and (kept := worker.cache.get(key)) is not None:
            return kept
        wanted = parsed(query_string, Wanted)
        asking = Asking(user_id, wanted, acts, goals=goals_of(wanted.goals) if wanted.goals else None)
        answer = _encode(self._answered(served, asking, started))
        if key is not None and wanted.timestamp is None:
            worker.cache.put(key, answer)
        return answer

    async def recommend_by_body(self, scope: Scope, receive: Receive) -> bytes:
        """Recommendations by the body of a POST."""
        started = time.perf_counter()
        body = _decoded(_body_of, await read_body(scope, receive))
        worker = self._worker
        worker.refresh()
        served, now_us = worker.served, worker.now_us()
        acts = [] if body.user_id is None else worker.acts(served.answers.known_as(body.user_id))
        session = [
            (step.item_id, int(KINDS[step.event]), _us(step.timestamp, now_us), 1.0, 0, 0.0) for step in body.session
        ]
        asking = Asking(body.user_id, body.wanted(), [*acts, *session], body.goals or None)
        return _encode(self._answered(served, asking, started))

    async def similar(self, scope: Scope, receive: Receive) -> bytes:
        """Items like one item."""
        del receive
        started = time.perf_counter()
        self._worker.refresh()
        served = self._worker.served
        wanted = parsed(scope["query_string"], SimilarWanted)
        found = served.answers.similar_to(
            msgspec.convert(scope["path_params"]["item_id"], Id), wanted.n, source=wanted.model, mode=wanted.mode
        )
        items = [
            SimilarItem(i, title, category, _price(cents), score) for i, title, category, cents, score in found.items
        ]
        took = (time.perf_counter() - started) * 1000
        return _encode(Similar(found.item_id, found.title, found.source, items, served.answers.version, took))

    async def take_events(self, scope: Scope, receive: Receive) -> bytes:
        """Take events; they are on disk when this returns."""
        body = await read_body(scope, receive)
        events = events_of(body)
        worker = self._worker
        known_as, items = worker.answers.known_as, worker.answers.dataset.items
        now_us = time.time_ns() // 1000
        kept = [stored(event, known_as(event.user_id), now_us) for event in events]
        receipt = await worker.store.append_events(kept)
        unknown = sum(items.row_of(event.item_id) == UNKNOWN for event in events)
        return _encode(Receipt(receipt.accepted, receipt.duplicates, unknown, [event.event_id for event in kept]))

    def _answered(self, served: Served, asking: Asking, started: float) -> Recommendations:
        """The answer to one request, all of it from one bundle."""
        wanted, answers = asking.wanted, served.answers
        skipped, request_id = _turned(wanted.cursor, answers.version)
        name = request_id or wanted.request_id or token_hex(8)
        query, part = self._query(served, asking, skipped, name)
        shown = answers.answer(query, part)
        rows = shown.items[skipped:]
        size = query.k - skipped
        more = len(rows) == size and query.k < MOST
        agreed = served.agreed(query, part)
        return Recommendations(
            recommendation_id=f"{wanted.surface or 'any'}.{answers.version[-8:]}.{name}",
            user_info=served.people.told(query, len(asking.acts) if agreed else 0, known=agreed and shown.known_user),
            items=[_shown(item) for item in rows] if not wanted.properties else _with(rows, wanted.properties, answers),
            primary_model=part.recipe.name,
            fallback_used=shown.fallback is not None,
            fallback_reason=_why(shown, query),
            surface=shown.surface,
            title=shown.title,
            short=shown.short,
            held_back=shown.removed,
            experiment=None,
            variant=None,
            bundle_version=answers.version,
            processing_time_ms=(time.perf_counter() - started) * 1000,
            generated_at=_now(),
            next_cursor=_cursor(query.k, name, answers.version) if more else None,
        )

    def _query(self, served: Served, asking: Asking, skipped: int, name: str) -> tuple[Query, Part]:
        wanted, answers, acts = asking.wanted, served.answers, asking.acts
        part = answers.part(wanted.surface, wanted.model)
        if acts and wanted.model is None and served.visitors and not answers.knows(asking.user_id):
            # Places that go by what is on the page know what they want of anybody.
            part = part if any(spec.of == "page" for spec in part.recipe.sources) else served.visitors
        now_us = self._worker.now_us()
        size = wanted.n or part.recipe.k
        query = answers.request(
            asking.user_id,
            min(skipped + size, MOST),
            part=part,
            surface=wanted.surface,
            items=wanted.item_ids,
            item_filter=_filter(wanted),
            language=wanted.language,
            request_id=name,
            goals=asking.goals,
            now_us=_us(wanted.timestamp, now_us),
            acts=acts,
            weights=self._worker.weights,
            exclude_purchased=wanted.exclude_purchased,
        )
        return query, part


Handler = Callable[[Scope, Receive], Awaitable[bytes]]


def _route(path: str, handlers: dict[str, Handler]) -> Route:
    return Route(path, _Endpoint(path.replace(":path", ""), handlers), methods=[*handlers])


class _Endpoint:
    """A route's handlers by method, as an ASGI application: no request object is made that nobody reads.

    Attributes:
        path: The template of the route, for logs and metrics.
    """

    def __init__(self, path: str, handlers: dict[str, Handler]) -> None:
        self.path = path
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        body = await self._handlers[scope["method"]](scope, receive)
        length = (b"content-length", str(len(body)).encode())
        status = 202 if scope["method"] == "POST" and scope["path"].endswith("/events") else 200
        await send({"type": "http.response.start", "status": status, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": body})


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body of a request; the gate has seen to its size."""
    del scope
    message: MutableMapping[str, Any] = await receive()
    body = message.get("body", b"")
    if not message.get("more_body"):
        return bytes(body)
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def events_of(body: bytes) -> list[ShopEvent]:
    """The events of a body: one, or several under ``events``.

    Raises:
        msgspec.DecodeError: It is no JSON, or no event.
    """
    if b'"events"' in body and _decoded(_probe, body).events is not UNSET:
        return _decoded(_many_events, body).events
    return [_decoded(_one_event, body)]


def _decoded(decode: Callable[[bytes], T], body: bytes) -> T:
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
    at_us = _us(event.timestamp, now_us)
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
        timestamp_us=at_us,
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


def _shown(item: Recommendation) -> RecommendedItem:
    found = item.evidence
    return RecommendedItem(
        item.item_id,
        item.title,
        item.category,
        item.relevance,
        item.confidence,
        None if not item.price_cents else item.price_cents / 100,
        item.reason,
        item.source,
        item.marks,
        None
        if found is None
        else ItemEvidence(found.item_id, found.title, found.event, found.date, found.times, found.similarity),
    )


def _with(items: Sequence[Recommendation], properties: Sequence[str], answers: Answers) -> list[RecommendedItem]:
    """The items with more of their columns."""
    told = answers.properties([item.item_id for item in items], properties)
    shown = [_shown(item) for item in items]
    for one, more in zip(shown, told, strict=True):
        one.properties = more
    return shown


def _filter(wanted: Wanted) -> ItemFilter:
    """What the items must be like."""
    if not wanted.filters and wanted.price_min is None and wanted.price_max is None:
        return NO_FILTER
    found = ItemFilter.of(wanted.filters)
    low, high = wanted.price_min, wanted.price_max
    if low is not None and high is not None and low > high:
        raise SettingsError(f"The lowest price, {low}, is above the highest, {high}.", hint="Turn them round.")
    bounds = [
        Condition(column="price", operator=operator, values=(repr(bound),))
        for operator, bound in ((">=", low), ("<=", high))
        if bound is not None
    ]
    return found & ItemFilter(conditions=tuple(bounds))


def _why(answer: Answer, query: Query) -> str | None:
    """Why a source had to speak alone."""
    if answer.fallback is None:
        return None
    if not answer.known_user and not len(query.history):
        return f"{answer.fallback}: nothing is known of the customer"
    return f"{answer.fallback}: the other sources have nothing to say, or too little to fill the list"


def _turned(cursor: str | None, version: str) -> tuple[int, str]:
    """How many items earlier pages had, and the name of their request.

    Raises:
        InputError: It is no cursor of ours.
        CursorError: Another bundle answers by now.
    """
    if cursor is None:
        return 0, ""
    try:
        skipped, name, bundle = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        skipped, name = int(skipped), str(name)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InputError("The cursor is none that parure gave.", hint="Leave it out to begin anew.") from error
    if not 0 < skipped < MOST:
        raise InputError("The cursor is none that parure gave.", hint="Leave it out to begin anew.")
    if bundle != version:
        raise CursorError("The list has changed since its first page was asked for.", hint="Begin anew.")
    return skipped, name


def _cursor(shown: int, name: str, version: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([shown, name, version]).encode()).decode()


def _us(moment: datetime | None, otherwise: int) -> int:
    if moment is None:
        return otherwise
    moment_us = to_us(moment)
    if not _EARLIEST_US <= moment_us <= _LATEST_US:
        raise InputError(f"The moment {moment.isoformat()} is outside the years 1900 to 2999.")
    return moment_us


def _price(cents: int | None) -> float | None:
    return cents / 100 if cents else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
