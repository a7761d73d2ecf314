"""The client against a real server."""

import inspect
import subprocess
import sys
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

import pytest

import parure.client_answers as answers
import parure.client_console_answers as console_answers
from parure.client import ApiError, Client
from parure.core.errors import ParureError

WHO, ITEM = "C0000001", "P00017"
KINDS = {
    name: kind
    for name, kind in {**vars(answers), **vars(console_answers)}.items()
    if inspect.isclass(kind) and is_dataclass(kind)
}
METHODS = {
    "GET /recommendations/{user_id}": "recommendations", "GET /recommendations": "recommendations",
    "POST /recommendations": "recommendations", "GET /items/{item_id}/similar": "similar", "POST /events": "events",
    "GET /items/popular": "popular", "GET /items/{item_id}": "item", "PUT /items/{item_id}": "put_item",
    "POST /items": "change_items", "PUT /items/{item_id}/stock": "set_stock", "PUT /items/{item_id}/price": "set_price",
    "DELETE /items/{item_id}": "remove_item", "GET /images/{item_id}": "picture", "GET /customers": "customers",
    "GET /users": "users", "GET /users/{user_id}/profile": "profile", "GET /users/{user_id}/style": "style",
    "GET /users/{user_id}/trace": "trace", "POST /users/merge": "merge", "PUT /users/{user_id}/consent": "set_consent",
    "GET /search": "search", "POST /search": "search", "GET /models": "models", "GET /stats": "stats",
    "GET /config": "config", "GET /health": "health", "GET /health/live": "live", "GET /health/ready": "ready",
    "GET /metrics": "metrics", "GET /bundles": "bundles", "POST /bundles/{version}/publish": "publish_bundle",
    "POST /bundles/rollback": "roll_back_bundle",
    "GET /overview": "overview",
    "GET /quality": "quality",
    "GET /users/{user_id}/without": "without",
    "GET /rules": "rules", "POST /rules/preview": "preview_rules", "GET /rules/preview/{job_id}": "rules_preview",
    "POST /rules/publish": "publish_rules",
    "GET /catalogue": "catalogue",
    "GET /searches": "searches",
    "GET /map": "taste_map",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(changing):
    with Client(changing.url) as client:
        yield client


def test_there_is_a_method_for_every_operation(document):
    operations = {f"{method.upper()} {path[7:]}" for path, each in document["paths"].items() for method in each}
    assert operations == {*METHODS}
    assert all(callable(getattr(Client, name)) for name in METHODS.values())


@pytest.mark.parametrize("name", KINDS)
def test_answers_have_the_fields_that_the_document_tells_of(document, name):
    assert {each.name for each in fields(KINDS[name])} == {*document["components"]["schemas"][name]["properties"]}


def test_recommendations_and_what_goes_with_them(client):
    told = client.recommendations(WHO, n=3, surface="homepage", properties=["material"], language="de")
    assert [told.user_info.user_id, told.surface, len(told.items)] == [WHO, "homepage", 3]
    assert all("material" in each.properties for each in told.items)
    more = client.recommendations(WHO, n=3, surface="homepage", cursor=told.next_cursor)
    assert not {each.item_id for each in told.items} & {each.item_id for each in more.items}
    assert any(each.evidence for each in client.recommendations(WHO).items)
    past = client.recommendations(WHO, timestamp=datetime(2000, 1, 1, tzinfo=UTC))
    assert not any(each.evidence for each in past.items)
    session = client.recommendations(session=[{"item_id": ITEM, "event": "click"}])
    assert session.primary_model == "session"
    assert client.recommendations(n=2, filters=["category=rings"], price_max=900).items
    assert [each.item_id for each in client.similar(ITEM, n=2, mode="visual").items]


def test_events_count_and_merge(client):
    receipt = client.event("visitor-c", ITEM, "view", event_id="c-1", timestamp=datetime.now(UTC))
    assert [receipt.accepted, receipt.event_ids] == [1, ["c-1"]]
    assert (
        client.events([{"user_id": "visitor-c", "item_id": ITEM, "event": "view", "event_id": "c-1"}]).duplicates == 1
    )
    assert client.merge("visitor-c", "C0000002")
    assert not client.merge("visitor-c", "C0000002")
    assert client.profile("C0000002", latest=1).live_events == 1
    client.set_consent("C0000002", True)
    client.set_consent("C0000002", None)


def test_products_change(client):
    odd = "N/1 ü?"
    assert client.put_item(odd, title="Odd", price=3.0, in_stock=True).changed == 1
    assert client.item(odd).attributes["title"] == "Odd"
    client.set_price(odd, 4.5)
    client.set_stock(odd, in_stock=False)
    assert client.item(odd).attributes["price_cents"] == 450
    assert client.change_items({"N2": {"title": "Two"}}, remove=[odd]).changed == 2
    assert client.remove_item("N2").in_bundle == 0
    assert client.item("N2").withdrawn
    assert client.popular(n=2, category="rings").items[0].category == "rings"


def test_customers_search_and_the_server(client, changing):
    changing.search("ring")
    picture = client.picture(ITEM)
    assert client.search(picture=picture, n=2).items[0].item_id == ITEM
    assert client.search("ring", n=2, filters=["in_stock"], user_id=WHO).total
    assert len(client.picture(ITEM, size=32)) < len(picture)
    page = client.users(n=10)
    assert page.total == 60
    assert client.users(n=10, cursor=page.next_cursor).users[0].user_id not in [each.user_id for each in page.users]
    assert client.customers("00001").users
    assert client.style(WHO, n=1)["styles"]
    assert client.trace(WHO, n=2, surface="homepage")["final"]
    assert "style_led" in [each.name for each in client.models().models]
    assert client.stats().users == 60
    assert client.config()["shop"]["name"] == "Small"
    assert client.health().status == "ready"
    assert client.live()
    assert client.ready()
    assert "parure_http" in client.metrics()


def test_errors_carry_what_the_server_says(client):
    with pytest.raises(ApiError) as found:
        client.item("none")
    error = found.value
    assert isinstance(error, ParureError)
    assert [error.code, error.status] == ["unknown_id", 404]
    assert error.request_id
    assert error.hint
    with pytest.raises(ApiError) as found:
        client.set_price(ITEM, -1)
    assert found.value.details


def test_where_nobody_answers_that_is_said():
    with Client("http://127.0.0.1:1") as client, pytest.raises(ApiError, match="does not answer") as found:
        client.health()
    assert [found.value.code, found.value.status] == ["unreachable", 0]


def test_the_client_needs_nothing_of_the_server():
    program = "import sys\nfor name in ('fastapi', 'msgspec', 'uvicorn', 'starlette', 'pydantic_settings'):\n"
    program += (
        "    sys.modules[name] = None\nimport parure.client\nparure.client.Client('http://127.0.0.1:1')\nprint('fine')"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.stdout == "fine\n", finished.stderr
