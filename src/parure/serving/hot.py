"""The routes that every page view calls: plain ASGI, with types that are checked and written by compiled code."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Final, cast

import msgspec
from msgspec import structs
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from parure.core import UNKNOWN, Query
from parure.core.clock import MINUTE_US, second_text, time_us
from parure.core.errors import InputError, SettingsError
from parure.core.filters import Condition, ItemFilter
from parure.core.money import price_of
from parure.core.recommendation import Answer, Recommendation
from parure.pipeline.answer import NO_FILTER, Answers
from parure.pipeline.live import Act
from parure.pipeline.part import Part
from parure.serving.asking import Asking, asked, wants_its_own
from parure.serving.cursors import cursor_after, fingerprint, seen_before
from parure.serving.incoming import KINDS, decoded, events_of, moment_us, named, read_body, stored
from parure.serving.people import stranger
from parure.serving.query import parsed
from parure.serving.served import Served
from parure.serving.shared import LONGEST, Question, SharedAnswer
from parure.serving.types import (
    ItemEvidence,
    Receipt,
    Recommendations,
    RecommendedItem,
    SessionStep,
    Similar,
    SimilarItem,
    SimilarWanted,
    Wanted,
    WantedBody,
)
from parure.serving.worker import Worker

PREFIX: Final = "/api/v1"
MOST: Final = 1000
"""Items that can be reached by paging."""
_encode: Final = msgspec.json.Encoder().encode
_body_of: Final = msgspec.json.Decoder(WantedBody).decode
_JSON: Final = (b"content-type", b"application/json")


class HotRoutes:
    """Recommendations, similar items and events.

    Args:
        worker: What answers.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        # Names tell requests apart and are no secret; the system's own chance costs a call into its kernel each.
        self._names = Random()  # noqa: S311

    def routes(self) -> list[Route]:
        """The routes, to be looked at before all others."""
        return [
            _route(f"{PREFIX}/recommendations", {"GET": self.recommend, "POST": self.recommend_by_body}),
            _route(f"{PREFIX}/recommendations/{{user_id:path}}", {"GET": self.recommend}),
            _route(f"{PREFIX}/items/{{item_id:path}}/similar", {"GET": self.similar}),
            _route(f"{PREFIX}/events", {"POST": self.take_events}, status=202),
        ]

    async def recommend(self, scope: Scope, receive: Receive) -> bytes:
        """Recommendations by the query of a GET."""
        del receive
        started = time.perf_counter()
        worker = self._worker
        worker.refresh()
        served = worker.served
        given = scope["path_params"].get("user_id")
        user_id = None if given is None else named(given)
        known_as = "" if user_id is None else served.answers.known_as(user_id)
        query_string: bytes = scope["query_string"]
        acts = served.acts(known_as) if known_as else []
        # Who has done something lately gets an answer of this moment.
        if acts:
            return _encode(self._answered(served, asked(user_id, known_as, query_string, acts), started))
        if (told := self._told(served, known_as, query_string, started)) is not None:
            return told
        key = user_id, query_string
        if (kept := worker.cache.get(key)) is not None:
            return kept
        asking = asked(user_id, known_as, query_string)
        answered = self._answered(served, asking, started)
        answer = _encode(answered)
        # Strangers share what they can, and each answer to them has a name of its own.
        is_for_one = user_id is not None and not isinstance(answered.items, msgspec.Raw)
        if is_for_one and asking.wanted.timestamp is None and asking.wanted.cursor is None:
            worker.cache.put(key, answer)
        return answer

    async def recommend_by_body(self, _scope: Scope, receive: Receive) -> bytes:
        """Recommendations by the body of a POST."""
        started = time.perf_counter()
        body = decoded(_body_of, await read_body(receive))
        worker = self._worker
        worker.refresh()
        served, now_us = worker.served, worker.now_us()
        known_as = "" if body.user_id is None else served.answers.known_as(body.user_id)
        acts = served.acts(known_as) if known_as else []
        acts = [*acts, *[_act(step, served.offset_us, now_us) for step in body.session]]
        wanted = body.wanted()
        said = None if acts or body.goals or wants_its_own(wanted) else b"POST " + _encode(wanted)
        if said is not None and (told := self._told(served, known_as, said, started)) is not None:
            return told
        asking = Asking(body.user_id, known_as, wanted, acts, body.goals or None, said)
        return _encode(self._answered(served, asking, started))

    async def similar(self, scope: Scope, receive: Receive) -> bytes:
        """Items like one item."""
        del receive
        started = time.perf_counter()
        self._worker.refresh()
        served = self._worker.served
        wanted = parsed(scope["query_string"], SimilarWanted)
        found = served.answers.similar_to(
            named(scope["path_params"]["item_id"]), wanted.n, source=wanted.model, mode=wanted.mode
        )
        items = [
            SimilarItem(i, title, category, price_of(cents), score) for i, title, category, cents, score in found.items
        ]
        took = (time.perf_counter() - started) * 1000
        return _encode(Similar(found.item_id, found.title, found.source, items, served.answers.version, took))

    async def take_events(self, _scope: Scope, receive: Receive) -> bytes:
        """Take events; they are on disk when this returns."""
        body = await read_body(receive)
        events = events_of(body)
        worker = self._worker
        stored_as, items = worker.answers.stored_as, worker.answers.dataset.items
        now_us = time_us()
        kept = [stored(event, stored_as(event.user_id), now_us) for event in events]
        receipt = await worker.store.append_events(kept)
        unknown = sum(items.row_of(event.item_id) == UNKNOWN for event in events)
        return _encode(Receipt(receipt.accepted, receipt.duplicates, unknown, [event.event_id for event in kept]))

    def _answered(self, served: Served, asking: Asking, started: float) -> Recommendations:
        """The answer to one request, all of it from one bundle."""
        wanted, answers = asking.wanted, served.answers
        seen, request_id = _turned(wanted.cursor, answers.version)
        name = request_id or wanted.request_id or self._name()
        query, part = self._query(served, asking, len(seen), name)
        shown = answers.answer(query, part)
        size = query.k - len(seen)
        agreed = shown.has_consent
        is_known = agreed and shown.known_user
        rows = _not_seen(shown.items, seen)[:size] if seen else shown.items
        items = _with(rows, wanted.properties, answers) if wanted.properties else [_shown(item) for item in rows]
        fingerprints = [fingerprint(item.item_id) for item in rows]
        more = len(rows) == size and query.k < MOST
        prefix = f"{wanted.surface or 'any'}.{answers.version[-8:]}."
        answer = Recommendations(
            recommendation_id=f"{prefix}{name}",
            user_info=served.people.told(query, len(asking.acts) if agreed else 0, known=is_known),
            items=items,
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
            next_cursor=cursor_after([*seen, *fingerprints], name, answers.version) if more else None,
        )
        if asking.said is not None and not is_known:
            self._share(served, (asking.said, shown.known_user), part, answer, fingerprints, prefix, query.now_us)
        return answer

    def _share(
        self,
        served: Served,
        question: Question,
        part: Part,
        answer: Recommendations,
        fingerprints: Sequence[int],
        prefix: str,
        now_us: int,
    ) -> None:
        """Keep what a stranger is told for the others, unless a rule draws for each; its items are in JSON then."""
        recommender, written = served.answers.recommender(part), _encode(answer.items)
        if recommender.leaves_to_chance or len(written) > LONGEST:
            return
        more, minute = answer.next_cursor is not None, now_us // MINUTE_US
        answer.items = cast("list[RecommendedItem]", msgspec.Raw(written))
        kept = structs.replace(answer, recommendation_id="", user_info=stranger(None, 0), next_cursor=None)
        served.shared.keep(question, SharedAnswer(kept, prefix, fingerprints, more, recommender, minute))

    def _told(self, served: Served, known_as: str, said: bytes, started: float) -> bytes | None:
        """What strangers are told, to one more of them; None where this is none, or the first to ask for it."""
        answers = served.answers
        shared = served.shared.found((said, known_as in answers.dataset.users), known_as, self._worker.now_us())
        if shared is None:
            return None
        self._worker.cache.hits += 1
        name = self._name()
        answer = structs.replace(
            shared.answer,
            recommendation_id=f"{shared.prefix}{name}",
            user_info=stranger(known_as or None, 0),
            processing_time_ms=(time.perf_counter() - started) * 1000,
            generated_at=_now(),
            next_cursor=cursor_after(shared.fingerprints, name, answers.version) if shared.more else None,
        )
        return _encode(answer)

    def _name(self) -> str:
        """A name for a request that has none."""
        return f"{self._names.getrandbits(64):016x}"

    def _query(self, served: Served, asking: Asking, skipped: int, name: str) -> tuple[Query, Part]:
        """What the request asks the bundle, and the recipe that is to answer."""
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
            known_as=asking.known_as,
            surface=wanted.surface,
            items=wanted.item_ids,
            item_filter=_filter(wanted),
            language=wanted.language,
            request_id=name,
            goals=asking.goals,
            now_us=moment_us(wanted.timestamp, now_us),
            acts=acts,
            weights=self._worker.weights,
            exclude_purchased=wanted.exclude_purchased,
        )
        return query, part


def _act(step: SessionStep, offset_us: int, now_us: int) -> Act:
    """A step of a session as something that has been done: before now, whatever the sender's clock says."""
    at_us = now_us if step.timestamp is None else moment_us(step.timestamp, now_us) + offset_us
    return step.item_id, int(KINDS[step.event]), min(at_us, now_us - 1), 1.0, 0, 0.0


Handler = Callable[[Scope, Receive], Awaitable[bytes]]


def _route(path: str, handlers: dict[str, Handler], status: int = 200) -> Route:
    # No methods are named, or the route itself would refuse others, and not in the form that all our errors have.
    return Route(path, _Endpoint(path.replace(":path", ""), handlers, status))


class _Endpoint:
    """A route's handlers by method, as an ASGI application: no request object is made that nobody reads.

    Args:
        path: The template of the route, for logs and metrics.
        handlers: What answers each method; HEAD is answered as GET is, without the body.
        status: Of an answer that is none of an error.
    """

    def __init__(self, path: str, handlers: dict[str, Handler], status: int) -> None:
        self.path = path
        self._handlers = {**handlers, "HEAD": handlers["GET"]} if "GET" in handlers else handlers
        self._status = status
        self._allow = ", ".join(self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise HTTPException(405, headers={"Allow": self._allow})
        body = await handler(scope, receive)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": self._status, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _shown(item: Recommendation) -> RecommendedItem:
    # Taken apart at once: names are looked up one by one.
    item_id, title, category, cents, _, relevance, confidence, _, _, source, marks, reason, found = item
    return RecommendedItem(
        item_id,
        title,
        category,
        relevance,
        confidence,
        price_of(cents),
        reason,
        source,
        marks,
        None if found is None else ItemEvidence(*found),
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


def _turned(cursor: str | None, version: str) -> tuple[Sequence[int], str]:
    """What earlier pages had, and the name of their request.

    Raises:
        InputError: It is no cursor of ours.
        CursorError: Another bundle answers by now.
    """
    seen, name = seen_before(cursor, version)
    if len(seen) >= MOST:
        raise InputError("The cursor goes on where no list does.", hint=f"Lists end after {MOST:,} items.")
    return seen, name


def _not_seen(items: Sequence[Recommendation], seen: Sequence[int]) -> list[Recommendation]:
    """Those that no earlier page had: there are as many more of them as there were on those pages."""
    known = {*seen}
    return [item for item in items if fingerprint(item.item_id) not in known]


def _now() -> str:
    """The moment, to the millisecond."""
    second, nanosecond = divmod(time.time_ns(), 1_000_000_000)
    return f"{second_text(second)}.{nanosecond // 1_000_000:03}+00:00"
