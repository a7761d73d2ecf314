"""A client of the HTTP API for Python: a method for every route, answers with types, one kind of error.

::

    with Client("http://127.0.0.1:8000", key="...") as shop:
        shop.event("C0000042", "P00017", "click")
        print(shop.recommendations("C0000042", surface="homepage").items)

It needs httpx, from the extra ``client``, and nothing of the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from parure.client_answers import (
    Changed,
    Health,
    Item,
    Models,
    People,
    PopularItems,
    Profile,
    Receipt,
    Recommendations,
    SearchAnswer,
    Similar,
    Stats,
    made,
)
from parure.client_console import ConsoleRoutes
from parure.core.errors import MissingExtraError, ParureError


class ApiError(ParureError):
    """The server refused a request, or could not be reached.

    Attributes:
        code: The stable code of the error, as ``unknown_id``; ``unreachable`` where no answer came.
        status: The HTTP status; 0 where no answer came.
        request_id: What the server's log calls the request; empty where no answer came.
        details: What more the server said, as where several values were wrong.
        retry_after_s: After how many seconds it is worth another try; None where the server did not say.
    """

    code = "unreachable"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "unreachable",
        status: int = 0,
        request_id: str = "",
        details: Any = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.details = details
        self.retry_after_s = retry_after_s


class Client(ConsoleRoutes):
    """One server, asked over connections that are kept. Threads may share it. Close it, or use it in a ``with``.

    Every method raises :class:`ApiError` where the server refuses or does not answer.

    Args:
        url: Where the server is, as ``http://127.0.0.1:8000``.
        key: The API key; None for none.
        timeout_s: Seconds to wait for the connection, and for each part of an answer.

    Raises:
        MissingExtraError: httpx is not installed.
    """

    def __init__(self, url: str, key: str | None = None, *, timeout_s: float = 10.0) -> None:
        try:
            import httpx
        except ImportError:
            raise MissingExtraError("httpx", "client", "The client") from None
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url.rstrip("/") + "/api/v1", headers=headers, timeout=timeout_s)
        self._transport_error = httpx.TransportError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def recommendations(
        self,
        user_id: str | None = None,
        *,
        n: int | None = None,
        surface: str | None = None,
        item_ids: Sequence[str] = (),
        session: Sequence[Mapping[str, Any]] = (),
        model: str | None = None,
        goals: Mapping[str, float] | None = None,
        price_min: float | None = None,
        price_max: float | None = None,
        filters: Sequence[str] = (),
        properties: Sequence[str] = (),
        exclude_purchased: bool | None = None,
        timestamp: datetime | None = None,
        language: str | None = None,
        request_id: str | None = None,
        cursor: str | None = None,
    ) -> Recommendations:
        """Recommendations for a customer, a visitor, or, without an id, for nobody known.

        Args:
            user_id: Who asks.
            n: How many; as many as the place shows where None.
            surface: The place in the shop.
            item_ids: What is on the page or in the cart.
            session: Steps of a session that the shop keeps itself, each with ``item_id`` and ``event``.
            model: A recipe or a source by name, instead of the place's own.
            goals: A weight a task, for rankers of several.
            price_min: The lowest price, in whole units of money.
            price_max: The highest price.
            filters: Conditions as ``category=rings`` or ``price<=100``, which all must hold.
            properties: Columns of the items to be told.
            exclude_purchased: Whether what was bought is left out; as the recipe says where None.
            timestamp: The moment of asking; now where None.
            language: Of reasons and titles: ``en`` or ``de``.
            request_id: Equal requests of one name get equal answers.
            cursor: ``next_cursor`` of the page before.
        """
        body = {
            "user_id": user_id,
            "num_recommendations": n,
            "surface": surface,
            "item_ids": [*item_ids],
            "session": [dict(step) for step in session],
            "model_type": model,
            "goals": dict(goals or {}),
            "price_range_min": price_min,
            "price_range_max": price_max,
            "filters": [*filters],
            "properties": [*properties],
            "exclude_purchased": exclude_purchased,
            "timestamp": None if timestamp is None else _text_of(timestamp),
            "language": language,
            "request_id": request_id,
            "cursor": cursor,
        }
        sent = {name: value for name, value in body.items() if value not in (None, [], {})}
        return made(Recommendations, self._json("POST", "/recommendations", body=sent))

    def similar(self, item_id: str, *, n: int = 10, mode: str | None = None, model: str | None = None) -> Similar:
        """Items like one item; ``mode`` is ``visual``, ``bought_together`` or ``mixed``."""
        return made(Similar, self._json("GET", f"/items/{_name(item_id)}/similar", n=n, mode=mode, model=model))

    def event(self, user_id: str, item_id: str, event: str, **more: Any) -> Receipt:
        """Post one event; ``more`` are its other fields, as ``event_id``, ``price`` or ``recommendation_id``."""
        return self.events([{"user_id": user_id, "item_id": item_id, "event": event, **more}])

    def events(self, events: Sequence[Mapping[str, Any]]) -> Receipt:
        """Post up to 1,000 events: all are taken or none. With an ``event_id`` each, to post again does no harm."""
        sent = [{name: _sent(value) for name, value in event.items()} for event in events]
        return made(Receipt, self._json("POST", "/events", body={"events": sent}))

    def item(self, item_id: str) -> Item:
        """A product as it is now."""
        return made(Item, self._json("GET", f"/items/{_name(item_id)}"))

    def popular(self, *, n: int = 10, category: str | None = None) -> PopularItems:
        """Best sellers, of one category or of all."""
        return made(PopularItems, self._json("GET", "/items/popular", n=n, category=category))

    def put_item(self, item_id: str, **fields: Any) -> Changed:
        """Add or change a product: ``title``, ``category``, ``price``, ``in_stock``, ``attributes``."""
        return made(Changed, self._json("PUT", f"/items/{_name(item_id)}", body=fields))

    def change_items(self, items: Mapping[str, Mapping[str, Any]], *, remove: Sequence[str] = ()) -> Changed:
        """Add, change and take out several products: all or none."""
        return made(Changed, self._json("POST", "/items", body={"items": dict(items), "remove": [*remove]}))

    def set_stock(self, item_id: str, *, in_stock: bool) -> Changed:
        """Say whether a product can be bought."""
        return made(Changed, self._json("PUT", f"/items/{_name(item_id)}/stock", body={"in_stock": in_stock}))

    def set_price(self, item_id: str, price: float) -> Changed:
        """Say what a product costs, in whole units of money."""
        return made(Changed, self._json("PUT", f"/items/{_name(item_id)}/price", body={"price": price}))

    def remove_item(self, item_id: str) -> Changed:
        """Take a product out."""
        return made(Changed, self._json("DELETE", f"/items/{_name(item_id)}"))

    def picture(self, item_id: str, *, size: int | None = None) -> bytes:
        """The picture of a product as a file: in a square of at least ``size`` pixels, or as it is."""
        return self._content("GET", f"/images/{_name(item_id)}", {"size": size})

    def customers(
        self, q: str = "", *, segment: str = "", sort: str = "recent", n: int = 20, cursor: str | None = None
    ) -> People:
        """Customers to choose from, by a part of their id; ``sort`` is ``recent``, ``purchases`` or ``id``."""
        return made(People, self._json("GET", "/customers", q=q, segment=segment, sort=sort, n=n, cursor=cursor))

    def users(self, *, n: int = 100, cursor: str | None = None) -> People:
        """All customers by id, page by page."""
        return made(People, self._json("GET", "/users", n=n, cursor=cursor))

    def profile(self, user_id: str, *, latest: int = 20) -> Profile:
        """What is known of a customer."""
        return made(Profile, self._json("GET", f"/users/{_name(user_id)}/profile", latest=latest))

    def style(self, user_id: str, *, n: int = 5) -> dict[str, Any]:
        """A customer's styles, drift of taste and style neighbours."""
        return self._dict("GET", f"/users/{_name(user_id)}/style", n=n)

    def trace(self, user_id: str, **asked: Any) -> dict[str, Any]:
        """The full account of one request; ``asked`` is as in :meth:`recommendations`, as far as traces know it."""
        return self._dict("GET", f"/users/{_name(user_id)}/trace", **asked)

    def merge(self, anonymous_id: str, user_id: str) -> bool:
        """Attribute what a visitor did to a customer; whether that was news."""
        body = {"anonymous_id": anonymous_id, "user_id": user_id}
        return bool(self._dict("POST", "/users/merge", body=body)["merged"])

    def set_consent(self, user_id: str, agreed: bool | None) -> None:
        """Say whether a customer agrees to be recommended to by what they do; None takes the answer back."""
        self._dict("PUT", f"/users/{_name(user_id)}/consent", body={"agreed": agreed})

    def search(
        self,
        q: str = "",
        *,
        picture: bytes | None = None,
        n: int = 20,
        offset: int = 0,
        filters: Sequence[str] = (),
        facets: Sequence[str] = (),
        mode: str = "auto",
        sort: str = "relevance",
        user_id: str | None = None,
    ) -> SearchAnswer:
        """Products by words, by a picture file, or by both; ``user_id`` brings in their style."""
        asked = {"q": q, "n": n, "offset": offset, "filters": [*filters], "facets": [*facets]}
        asked |= {"mode": mode, "sort": sort}
        asked |= {} if user_id is None else {"user_id": user_id}
        if picture is None:
            return made(SearchAnswer, self._json("GET", "/search", **asked))
        form = {name: value if isinstance(value, list) else str(value) for name, value in asked.items()}
        return made(SearchAnswer, self._answer("POST", "/search", data=form, files={"picture": picture}).json())

    def models(self) -> Models:
        """The bundle that answers, and all that a request may name as its model."""
        return made(Models, self._json("GET", "/models"))

    def stats(self) -> Stats:
        """Figures of the shop, and of what happened lately."""
        return made(Stats, self._json("GET", "/stats"))

    def config(self) -> dict[str, Any]:
        """The server's settings."""
        return self._dict("GET", "/config")

    def health(self) -> Health:
        """Whether the server answers, and by which bundle."""
        return made(Health, self._json("GET", "/health"))

    def live(self) -> bool:
        """Whether the process runs."""
        return bool(self._dict("GET", "/health/live")["status"] == "live")

    def ready(self) -> bool:
        """Whether it can answer."""
        return bool(self._dict("GET", "/health/ready")["status"] == "ready")

    def metrics(self) -> str:
        """Counters and latencies of the worker that answers, for Prometheus."""
        return self._content("GET", "/metrics", {}).decode()

    def _json(self, method: str, path: str, *, body: Any = None, **query: Any) -> Any:
        """What a route answers."""
        sent = {name: _sent(value) for name, value in query.items() if value is not None}
        options = {} if body is None else {"json": body}
        return self._answer(method, path, params=sent, **options).json()

    def _dict(self, method: str, path: str, **asked: Any) -> dict[str, Any]:
        return dict(self._json(method, path, **asked))

    def _content(self, method: str, path: str, query: Mapping[str, Any]) -> bytes:
        sent = {name: value for name, value in query.items() if value is not None}
        return bytes(self._answer(method, path, params=sent).content)

    def _answer(self, method: str, path: str, **options: Any) -> Any:
        try:
            response = self._http.request(method, path, **options)
        except self._transport_error as error:
            url = self._http.base_url
            raise ApiError(f"{url} does not answer: {error}.", hint="Is the server running?") from error
        if response.is_success:
            return response
        raise _error_of(response)


def _error_of(response: Any) -> ApiError:
    """The error that a response tells of; one that is not the server's, as of a proxy, is told by its status."""
    try:
        told = response.json()["error"]
        code, message = str(told["code"]), str(told["message"])
    except (ValueError, KeyError, TypeError):
        told, code, message = {}, "http", f"The answer was {response.status_code}, in a form that is not the server's."
    wait = response.headers.get("retry-after", "")
    return ApiError(
        message,
        hint=str(told.get("hint", "")),
        code=code,
        status=response.status_code,
        request_id=str(told.get("request_id", "")),
        details=told.get("details"),
        retry_after_s=float(wait) if wait.isdigit() else None,
    )


def _name(part: str) -> str:
    """An id as part of a path."""
    return quote(part, safe="")


def _sent(value: Any) -> Any:
    return _text_of(value) if isinstance(value, datetime) else value


def _text_of(moment: datetime) -> str:
    return moment.isoformat()


__all__ = ["ApiError", "Client"]
