"""One OpenAPI document for all routes, made of the types that serve them, and the pages that show it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from parure.serving import types as t
from parure.serving.keys import Access
from parure.serving.models import Problem

_REF: Final = "#/components/schemas/{name}"
_ASSETS: Final = "/assets/docs"
_KEYS: Final = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_ANYWHERE: Final = {
    "400": "The request cannot be read.",
    "401": "A key is needed.",
    "403": "The key does not allow it.",
    "404": "There is no such thing.",
    "408": "The request did not come in whole in time.",
    "413": "The body is too large.",
    "422": "A value is wrong.",
    "429": "Too many requests; see Retry-After.",
    "431": "The request has too many headers.",
    "500": "Something is wrong in the server.",
    "503": "Not now; see Retry-After.",
    "504": "There was no answer in time.",
}
_WITH_CURSOR: Final = {"409": "The list has changed since its first page."}
_WITH_MODELS: Final = {"501": "The server was installed without what this needs."}
_CURSOR_IN_BODY: Final = ("/api/v1/recommendations",)
_PROBLEM: Final = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_EXAMPLE_EVENT: Final = {"user_id": "C0000042", "item_id": "P00017", "event": "view"}


def document(app: FastAPI, access: Callable[[str, str], Access]) -> dict[str, Any]:
    """The document of all routes, made once.

    Args:
        app: What answers.
        access: What each route asks of a request, by method and path.
    """
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        (shown, similar, receipt, body, event, events), components = msgspec.json.schema_components(
            (t.Recommendations, t.Similar, t.Receipt, t.WantedBody, t.ShopEvent, t.ShopEvents), ref_template=_REF
        )
        schemas.update(components)
        made["components"]["securitySchemes"] = _KEYS
        made["security"] = [{"bearer": []}, {"key": []}]
        user = _in_path("user_id", "The customer's id, as in the shop's files; also of a visitor.")
        item = _in_path("item_id", "The product's id.")
        paths = made["paths"]
        get = _operation("recommendations", "Recommendations for a customer", shown)
        paths["/api/v1/recommendations/{user_id}"] = {"get": {**get, "parameters": [user, *_query(t.Wanted)]}}
        paths["/api/v1/recommendations"] = {
            "get": {
                **_operation("recommendations_for_nobody", "For nobody known", shown),
                "parameters": _query(t.Wanted),
            },
            "post": {
                **_operation("recommendations_by_body", "Recommendations, asked for by a body", shown),
                "requestBody": _sent(body, {"user_id": "C0000042", "num_recommendations": 5, "surface": "homepage"}),
            },
        }
        paths["/api/v1/items/{item_id}/similar"] = {
            "get": {
                **_operation("similar", "Items like one item", similar),
                "parameters": [item, *_query(t.SimilarWanted)],
            }
        }
        paths["/api/v1/events"] = {
            "post": {
                **_operation("events", "Take one event, or several", receipt, status="202", tag="events"),
                "requestBody": _sent({"anyOf": [event, events]}, _EXAMPLE_EVENT),
            }
        }
        _add_problems(made)
        _add_roles(made, access)
        app.openapi_schema = made
    return app.openapi_schema


def pages(app: FastAPI) -> None:
    """Add ``/docs`` (Swagger UI) and ``/redoc``; what they need comes from this machine."""
    folder = resources.files("fastapi_offline") / "static"
    app.mount(_ASSETS, StaticFiles(directory=str(folder)), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def swagger() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="parure: API",
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS}/favicon.png",
        )

    @app.get("/redoc", include_in_schema=False)
    async def redoc() -> HTMLResponse:
        return get_redoc_html(
            openapi_url="/openapi.json",
            title="parure: API",
            redoc_js_url=f"{_ASSETS}/redoc.standalone.js",
            redoc_favicon_url=f"{_ASSETS}/favicon.png",
            with_google_fonts=False,
        )


def _add_problems(made: dict[str, Any]) -> None:
    """Say of every operation how it may fail, always in one and the same form."""
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    told = Problem.model_json_schema(ref_template=_REF.format(name="{model}"))
    schemas.update(told.pop("$defs"))
    schemas["Problem"] = told
    for path, operations in made["paths"].items():
        for operation in operations.values():
            problems = dict(_ANYWHERE)
            if any(each["name"] == "cursor" for each in operation.get("parameters", ())) or path in _CURSOR_IN_BODY:
                problems |= _WITH_CURSOR
            if path.endswith(("/search", "/style")):
                problems |= _WITH_MODELS
            told = {status: {"description": text, **_PROBLEM} for status, text in problems.items()}
            operation["responses"] = dict(sorted({**operation["responses"], **told}.items()))


def _add_roles(made: dict[str, Any], access: Callable[[str, str], Access]) -> None:
    """Say of every operation which role its key must have."""
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            role = access(method.upper(), path).role
            if role == "open":
                operation["security"] = []
            else:
                told = operation.get("description", "")
                operation["description"] = f"{told}\n\nNeeds the role `{role}`.".strip()


def _operation(name: str, summary: str, schema: Any, *, status: str = "200", tag: str = "recommendations") -> Any:
    done = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    return {"operationId": name, "summary": summary, "tags": [tag], "responses": {status: done}}


def _sent(schema: Any, example: Any) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _in_path(name: str, text: str) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components((t.Id,), ref_template=_REF)
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _query(kind: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """The fields of a type as parameters of a query."""
    (_, components) = msgspec.json.schema_components((kind,), ref_template=_REF)
    fields = components[kind.__name__]["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in fields.items()]
