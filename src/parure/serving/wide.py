"""The routes that are called now and then: the catalogue, customers, search, and what the server says of itself."""

from __future__ import annotations

import dataclasses
import os
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Form, Header, Query, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from parure.core import UNKNOWN
from parure.core.clock import time_us
from parure.core.errors import InputError, UnknownIdError
from parure.core.filters import ItemFilter
from parure.core.money import price_of
from parure.pipeline.alike import likenesses
from parure.pipeline.answer import NO_FILTER
from parure.pipeline.bundle import versions
from parure.pipeline.named import ALONE
from parure.rules import WITHDRAWN
from parure.serving import models as m
from parure.serving.models_people import Style, TracedRequest
from parure.serving.pictures import MEDIA_TYPES, Pictures
from parure.serving.search import LiveSearch
from parure.serving.told import check_changes, told_item, told_profile, told_settings, told_stats, told_style
from parure.serving.users import Users
from parure.serving.worker import Worker
from parure.store import Consent, ItemChange

Id = Annotated[str, m.Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f]+$")]
Count = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
Filters = Annotated[
    list[str], Query(max_length=20, description="As `category=rings`, `price<=100`, `in_stock`; repeatable.")
]
IfNoneMatch = Annotated[str | None, Header(description="The ETag of what is at hand: 304 where it still holds.")]

_HOUR: Final = 60
_OWN: Final = frozenset({"item_id", "title", "category", "price_cents", "in_stock", WITHDRAWN})
_OWN_HINT: Final = "all but the id, the title, the category, the price and the stock, which have fields of their own"
_NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "What is at hand still holds."}}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The picture.", "content": dict.fromkeys(MEDIA_TYPES, _BINARY)},
    **_NOT_MODIFIED,
}


def router(worker: Worker, search: LiveSearch) -> APIRouter:
    """All of them, over one worker."""
    routes = APIRouter(prefix="/api/v1")
    _catalogue(routes, worker)
    _catalogue_changes(routes, worker)
    _people(routes, worker)
    _people_changes(routes, worker)
    _search(routes, search)
    _pictures(routes, worker)
    _server(routes, worker)
    return routes


def _catalogue(routes: APIRouter, worker: Worker) -> None:
    @routes.get("/items/popular", tags=["catalogue"], responses=_NOT_MODIFIED)
    async def popular(
        response: Response, n: Count = 10, category: str | None = None, if_none_match: IfNoneMatch = None
    ) -> m.PopularItems:
        """What sells best, in one category or everywhere."""
        worker.refresh()
        if _unchanged(worker, response, if_none_match):
            return Response(status_code=304, headers=response.headers)  # type: ignore[return-value]
        answers = worker.answers
        found = answers.popular(n, category=category)
        items = [
            m.PopularItem(
                item_id=each["item_id"],
                title=each["title"],
                category=each["category"],
                item_price=price_of(each["price_cents"]),
                score=each["score"],
            )
            for each in found["items"]
        ]
        return m.PopularItems(
            category=category, model_source=found["source"], items=items, bundle_version=answers.version
        )

    @routes.get("/items/{item_id:path}", tags=["catalogue"], responses=_NOT_MODIFIED)
    async def item(item_id: Id, response: Response, if_none_match: IfNoneMatch = None) -> m.Item:
        """One product as it is now."""
        worker.refresh()
        if _unchanged(worker, response, if_none_match):
            return Response(status_code=304, headers=response.headers)  # type: ignore[return-value]
        return m.Item.model_validate(told_item(worker, item_id))


def _catalogue_changes(routes: APIRouter, worker: Worker) -> None:
    @routes.post("/items", tags=["catalogue"])
    async def change_items(given: m.ItemsGiven) -> m.Changed:
        """Add, change or take out several products; in force, on every worker, when this answers."""
        changes = [_change(item_id, each) for item_id, each in given.items.items()]
        changes += [ItemChange(item_id, time_us(), removed=True) for item_id in given.remove]
        return await _changed(worker, changes)

    @routes.put("/items/{item_id:path}/stock", tags=["catalogue"])
    async def stock(item_id: Id, given: m.StockGiven) -> m.Changed:
        """Say whether a product can be bought."""
        _known(worker, item_id)
        return await _changed(worker, [ItemChange(item_id, time_us(), attributes={"in_stock": given.in_stock})])

    @routes.put("/items/{item_id:path}/price", tags=["catalogue"])
    async def price(item_id: Id, given: m.PriceGiven) -> m.Changed:
        """Say what a product costs."""
        _known(worker, item_id)
        cents = round(given.price * 100)
        return await _changed(worker, [ItemChange(item_id, time_us(), attributes={"price_cents": cents})])

    @routes.put("/items/{item_id:path}", tags=["catalogue"])
    async def upsert(item_id: Id, given: m.ItemGiven) -> m.Changed:
        """Add a product, or change it; what is left out stays as it was."""
        return await _changed(worker, [_change(item_id, given)])

    @routes.delete("/items/{item_id:path}", tags=["catalogue"])
    async def remove(item_id: Id) -> m.Changed:
        """Take a product out of the catalogue."""
        return await _changed(worker, [ItemChange(item_id, time_us(), removed=True)])


def _people(routes: APIRouter, worker: Worker) -> None:
    @routes.get("/customers", tags=["customers"])
    async def customers(
        q: Annotated[str, Query(max_length=200, description="Part of an id.")] = "",
        segment: Annotated[str, Query(max_length=100, description="A spending segment.")] = "",
        sort: Annotated[str, Query(pattern="^(id|recent|purchases)$")] = "recent",
        n: Count = 20,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> m.People:
        """Customers to choose from."""
        people = Users.of(worker.served)
        return await run_in_threadpool(people.page, q, segment=segment, sort=sort, n=n, cursor=cursor)

    @routes.get("/users", tags=["customers"])
    async def users(n: Count = 100, cursor: Annotated[str | None, Query(max_length=500)] = None) -> m.People:
        """All customers by id, page by page."""
        people = Users.of(worker.served)
        return await run_in_threadpool(people.page, "", segment="", sort="id", n=n, cursor=cursor)

    @routes.get("/users/{user_id:path}/profile", tags=["customers"])
    async def profile(user_id: Id, latest: Annotated[int, Query(ge=0, le=500)] = 20) -> m.Profile:
        """What is known of a customer, events of this minute included."""
        worker.refresh()
        return m.Profile.model_validate(told_profile(worker, user_id, latest))

    @routes.get("/users/{user_id:path}/style", tags=["customers"])
    async def style(user_id: Id, n: Annotated[int, Query(ge=1, le=50)] = 5) -> Style:
        """A customer's styles, drift of taste and style neighbours."""
        return await run_in_threadpool(told_style, worker, user_id, n)

    @routes.get("/users/{user_id:path}/trace", tags=["customers"])
    async def trace(
        user_id: Id,
        n: Count = 10,
        surface: Annotated[str | None, Query(max_length=100)] = None,
        model: Annotated[str | None, Query(max_length=100)] = None,
        item_ids: Annotated[list[Id], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
        filters: Filters = [],  # noqa: B006
        language: Annotated[str, Query(pattern="^[a-z]{2}$")] = "en",
    ) -> TracedRequest:
        """The full account of one request: what sources found, what rules did, and how long it took."""
        worker.refresh()
        answers = worker.answers
        part = answers.part(surface, model)
        item_filter = ItemFilter.of(filters) if filters else NO_FILTER
        query = worker.query(
            user_id, n, part, surface=surface, items=item_ids, item_filter=item_filter, language=language
        )
        told = answers.trace(query, part)
        fields = {each.name: getattr(told, each.name) for each in dataclasses.fields(told)}
        return TracedRequest(**fields, model=part.recipe.name, bundle_version=answers.version)


def _people_changes(routes: APIRouter, worker: Worker) -> None:
    @routes.post("/users/merge", tags=["customers"])
    async def merge(given: m.MergeGiven) -> m.Merged:
        """Attribute what a visitor did to the customer they turned out to be."""
        # As they were sent: an id that stands for another customer by now is led elsewhere, and that customer stays.
        stored_as = worker.answers.stored_as
        done = await worker.store.merge_users(stored_as(given.anonymous_id), stored_as(given.user_id))
        worker.refresh()
        return m.Merged(user_id=given.user_id, merged=bool(done.accepted))

    @routes.put("/users/{user_id:path}/consent", tags=["customers"])
    async def consent(user_id: Id, given: m.ConsentGiven) -> m.ConsentGiven:
        """Take in whether a customer agreed to be recommended to by what they do; in force when this answers."""
        await worker.store.set_consent(Consent(worker.answers.stored_as(user_id), given.agreed))
        worker.refresh()
        return given


def _search(routes: APIRouter, search: LiveSearch) -> None:
    @routes.get("/search", tags=["search"])
    async def by_words(
        q: Annotated[str, Query(max_length=500, description="What was typed.")] = "",
        n: Count = 20,
        offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
        filters: Filters = [],  # noqa: B006
        facets: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006
        mode: Annotated[str, Query(pattern="^(auto|words|meaning|tfidf)$")] = "auto",
        sort: Annotated[str, Query(pattern="^(relevance|price_asc|price_desc|newest)$")] = "relevance",
        user_id: Annotated[str | None, Query(max_length=256)] = None,
    ) -> m.SearchAnswer:
        """Products by words."""
        asked = search.asked(q, None, n, offset, filters, facets, mode, sort, user_id)
        return await search.answer(asked)

    @routes.post("/search", tags=["search"])
    async def by_both(
        q: Annotated[str, Form(max_length=500)] = "",
        picture: UploadFile | None = None,
        n: Annotated[int, Form(ge=1, le=1000)] = 20,
        offset: Annotated[int, Form(ge=0, le=10_000)] = 0,
        filters: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006
        facets: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006
        mode: Annotated[str, Form(pattern="^(auto|words|meaning|tfidf)$")] = "auto",
        sort: Annotated[str, Form(pattern="^(relevance|price_asc|price_desc|newest)$")] = "relevance",
        user_id: Annotated[str | None, Form(max_length=256)] = None,
    ) -> m.SearchAnswer:
        """Products by words, by a picture, or by both."""
        content = None if picture is None else await picture.read()
        if content is not None and not content:
            raise InputError("The picture is empty.", hint="Send a JPEG, PNG or WebP file.")
        asked = search.asked(q, content, n, offset, filters, facets, mode, sort, user_id)
        return await search.answer(asked)


def _pictures(routes: APIRouter, worker: Worker) -> None:
    pictures = Pictures(worker)

    @routes.get("/images/{item_id:path}", tags=["catalogue"], response_class=Response, responses=_PICTURE)
    async def image(
        request: Request,
        item_id: Id,
        size: Annotated[
            int | None, Query(ge=16, le=1024, description="Side in pixels at least; as it is where left out.")
        ] = None,
    ) -> Response:
        """The picture of a product."""
        found = await run_in_threadpool(pictures.of, item_id, size)
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers={"etag": found.etag})
        headers = {"etag": found.etag, "cache-control": "public, max-age=86400"}
        return Response(found.content, media_type=found.media_type, headers=headers)


def _server(routes: APIRouter, worker: Worker) -> None:
    @routes.get("/models", tags=["server"])
    async def models() -> m.Models:
        """The bundle that answers, and all that a request may name as its model."""
        answers = worker.answers
        told = [
            m.Model(
                name=name,
                kind="source" if part.recipe.name.startswith(ALONE) else "recipe",
                title=part.recipe.title,
                surface=part.recipe.surface or None,
                ranker=part.recipe.ranker.kind,
                sources=list(part.recipe.labels),
                rules=[rule.kind for rule in part.recipe.rules],
                calibrated=part.calibration is not None,
            )
            for name, part in answers.models.items()
        ]
        return m.Models(
            bundle_version=answers.version,
            main=answers.bundle.recipe.name,
            models=told,
            likenesses=likenesses(answers.bundle),
            versions=versions(worker.shop),
            facts=dict(answers.bundle.facts),
        )

    @routes.get("/stats", tags=["server"])
    async def stats() -> m.Stats:
        """Figures of the shop, and of what happened lately."""
        return await run_in_threadpool(told_stats, worker, _HOUR)

    @routes.get("/config", tags=["server"])
    async def config() -> dict[str, Any]:
        """The settings in force; keys are left out."""
        return told_settings(worker.settings)

    @routes.get("/health", tags=["server"])
    async def health() -> m.Health:
        """Whether the server answers, and by which bundle."""
        answers = worker.answers
        return m.Health(
            status="ready",
            bundle_version=answers.version,
            bundle_age_s=round(worker.bundle_age_s(), 1),
            refused_bundles=dict(worker.refused),
            worker=os.getpid(),
        )

    @routes.get("/health/live", tags=["server"])
    async def live() -> dict[str, str]:
        """Whether the process runs."""
        return {"status": "live"}

    @routes.get("/health/ready", tags=["server"])
    async def ready() -> dict[str, str]:
        """Whether it can answer: its bundle is loaded, and its store can be read and takes events."""
        worker.refresh()
        await worker.store.check()
        return {"status": "ready"}


async def _changed(worker: Worker, changes: list[ItemChange]) -> m.Changed:
    """Keep changes of products, and tell what came of it."""
    check_changes(worker, changes)
    await worker.store.change_items(changes)
    worker.refresh()
    items = worker.answers.dataset.items
    return m.Changed(changed=len(changes), in_bundle=sum(items.row_of(each.item_id) != UNKNOWN for each in changes))


def _change(item_id: str, given: m.ItemGiven) -> ItemChange:
    told: dict[str, Any] = {**given.attributes}
    if own := sorted(_OWN & {*told}):
        raise InputError(f"The attributes of {item_id!r} may not hold {own[0]!r}.", hint=f"They are: {_OWN_HINT}.")
    if given.title is not None:
        told["title"] = given.title
    if given.category is not None:
        told["category"] = given.category
    if given.price is not None:
        told["price_cents"] = round(given.price * 100)
    if given.in_stock is not None:
        told["in_stock"] = given.in_stock
    msgspec.json.encode(told)  # Raises for half a character, which could be stored but never shown.
    return ItemChange(item_id, time_us(), removed=False, attributes=told)


def _known(worker: Worker, item_id: str) -> None:
    """See that the bundle or the store knows a product.

    Raises:
        UnknownIdError: Neither does.
    """
    worker.refresh()
    if item_id not in worker.answers.dataset.items and item_id not in worker.item_changes:
        raise UnknownIdError(
            f"Nobody has heard of the product {item_id!r}.", hint="Check the id, or add it with PUT /items/{item_id}."
        )


def _unchanged(worker: Worker, response: Response, if_none_match: str | None) -> bool:
    """Write the ETag; whether what the caller has still holds, so that 304 says all."""
    etag = f'W/"{worker.answers.version}-{worker.changed_seq}"'
    response.headers["etag"] = etag
    response.headers["cache-control"] = "no-cache"
    return if_none_match == etag
