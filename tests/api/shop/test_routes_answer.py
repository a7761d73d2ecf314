"""Every route answers, and as the OpenAPI document says."""

from typing import Any

import pytest

WHO, ITEM = "C0000001", "P00017"
EVENT = {"user_id": "visitor-routes", "item_id": ITEM, "event": "view"}
# Method, path as it is documented, what stands for its names, query, body, status.
ASKED: list[tuple[str, str, dict[str, str], dict[str, Any], Any, int]] = [
    ("GET", "/recommendations", {}, {"n": 3}, None, 200),
    ("GET", "/recommendations", {}, {"n": 0}, None, 422),
    ("GET", "/recommendations/{user_id}", {"user_id": WHO}, {"surface": "homepage"}, None, 200),
    ("GET", "/recommendations/{user_id}", {"user_id": WHO}, {"properties": ["material", "brand"]}, None, 200),
    ("GET", "/recommendations/{user_id}", {"user_id": "nobody"}, {"language": "de"}, None, 200),
    ("GET", "/recommendations/{user_id}", {"user_id": WHO}, {"model": "none"}, None, 422),
    ("POST", "/recommendations", {}, {}, {"user_id": WHO, "num_recommendations": 3}, 200),
    ("POST", "/recommendations", {}, {}, {"session": [{"item_id": ITEM}]}, 200),
    ("POST", "/recommendations", {}, {}, {"surprise": 1}, 422),
    ("GET", "/items/{item_id}/similar", {"item_id": ITEM}, {"n": 4}, None, 200),
    ("GET", "/items/{item_id}/similar", {"item_id": ITEM}, {"mode": "visual"}, None, 200),
    ("GET", "/items/{item_id}/similar", {"item_id": "none"}, {}, None, 404),
    ("POST", "/events", {}, {}, EVENT, 202),
    ("POST", "/events", {}, {}, {"events": [EVENT, EVENT]}, 202),
    ("POST", "/events", {}, {}, {**EVENT, "event": "sneeze"}, 422),
    ("GET", "/items/popular", {}, {"n": 4}, None, 200),
    ("GET", "/items/popular", {}, {"category": "rings"}, None, 200),
    ("GET", "/items/{item_id}", {"item_id": ITEM}, {}, None, 200),
    ("GET", "/items/{item_id}", {"item_id": "none"}, {}, None, 404),
    ("PUT", "/items/{item_id}", {"item_id": "N1"}, {}, {"title": "New", "price": 1.5}, 200),
    ("POST", "/items", {}, {}, {"items": {"N2": {"title": "Newer"}}, "remove": ["N1"]}, 200),
    ("PUT", "/items/{item_id}/stock", {"item_id": "N2"}, {}, {"in_stock": False}, 200),
    ("PUT", "/items/{item_id}/price", {"item_id": "N2"}, {}, {"price": 12.5}, 200),
    ("PUT", "/items/{item_id}/price", {"item_id": "N2"}, {}, {"price": -1}, 422),
    ("DELETE", "/items/{item_id}", {"item_id": "N2"}, {}, None, 200),
    ("GET", "/customers", {}, {"q": "00001", "sort": "purchases"}, None, 200),
    ("GET", "/users", {}, {"n": 7}, None, 200),
    ("GET", "/users/{user_id}/profile", {"user_id": WHO}, {"latest": 3}, None, 200),
    ("GET", "/users/{user_id}/profile", {"user_id": "none"}, {}, None, 404),
    ("GET", "/users/{user_id}/style", {"user_id": WHO}, {}, None, 200),
    ("GET", "/users/{user_id}/trace", {"user_id": WHO}, {"n": 3}, None, 200),
    ("POST", "/users/merge", {}, {}, {"anonymous_id": "visitor-routes", "user_id": "C0000002"}, 200),
    ("PUT", "/users/{user_id}/consent", {"user_id": "C0000003"}, {}, {"agreed": True}, 200),
    ("GET", "/search", {}, {"q": "ring"}, None, 200),
    ("GET", "/search", {}, {}, None, 422),
    ("GET", "/images/{item_id}", {"item_id": ITEM}, {"size": 64}, None, 200),
    ("GET", "/images/{item_id}", {"item_id": "none"}, {}, None, 404),
    ("GET", "/models", {}, {}, None, 200),
    ("GET", "/stats", {}, {}, None, 200),
    ("GET", "/config", {}, {}, None, 200),
    ("GET", "/health", {}, {}, None, 200),
    ("GET", "/health/live", {}, {}, None, 200),
    ("GET", "/health/ready", {}, {}, None, 200),
    ("GET", "/metrics", {}, {}, None, 200),
    ("GET", "/catalogue", {}, {}, None, 200),
    ("GET", "/map", {}, {}, None, 200),
    ("GET", "/bundles", {}, {}, None, 200),
    ("POST", "/bundles/{version}/publish", {"version": "none"}, {}, None, 404),
    ("POST", "/bundles/rollback", {}, {}, None, 200),
    ("GET", "/overview", {}, {"minutes": 5}, None, 200),
    ("GET", "/overview", {}, {"days": 0}, None, 422),
    ("GET", "/quality", {}, {}, None, 404),
    ("GET", "/users/{user_id}/without", {"user_id": WHO}, {"item_id": "none"}, None, 404),
    ("GET", "/users/{user_id}/without", {"user_id": "visitor-without"}, {"item_id": ITEM}, None, 200),
    ("GET", "/rules", {}, {}, None, 200),
    ("POST", "/rules/preview", {}, {}, {"recipe": "homepage", "rules": [{"kind": "in_stock"}]}, 202),
    ("POST", "/rules/preview", {}, {}, {"recipe": "homepage", "rules": [{"kind": "none"}]}, 422),
    ("GET", "/rules/preview/{job_id}", {"job_id": "preview-0"}, {}, None, 404),
    ("POST", "/rules/publish", {}, {}, {"recipe": "homepage", "rules": [{"kind": "in_stock"}]}, 200),
    ("GET", "/catalogue", {}, {"surface": "none"}, None, 422),
    ("GET", "/searches", {}, {"days": 2, "n": 3}, None, 200),
    ("GET", "/searches", {}, {"days": 91}, None, 422),
]


@pytest.mark.parametrize(("method", "path", "names", "query", "body", "status"), ASKED)
def test_an_answer_is_what_the_document_says(changing, fits, method, path, names, query, body, status):
    if path == "/search":
        changing.search("ring")
    if path == "/users/{user_id}/without":
        changing.send("POST", "/events", {"user_id": "visitor-without", "item_id": ITEM, "event": "view"})
    response = changing.ask(path.format(**names), method, params=query, json=body)
    assert response.status_code == status, response.text
    fits(response, path)


def test_a_search_with_a_picture_and_words_is_what_the_document_says(changing, fits):
    changing.search("ring")
    picture = changing.ask(f"/images/{ITEM}").content
    response = changing.ask("/search", "POST", files={"picture": picture}, data={"q": "gold", "n": 3})
    assert response.status_code == 200, response.text
    fits(response, "/search")


def test_no_operation_of_the_document_is_left_out_here(document):
    asked = {(method, f"/api/v1{path}") for method, path, *_ in ASKED} | {("POST", "/api/v1/search")}
    assert {(method.upper(), path) for path, each in document["paths"].items() for method in each} == asked


def test_the_document_speaks_of_our_errors_alone(document):
    assert not {"HTTPValidationError", "ValidationError"} & {*document["components"]["schemas"]}
    for path, each in document["paths"].items():
        for method, operation in each.items():
            for status, told in operation["responses"].items():
                if status >= "4":
                    schema = told["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, (method, path, status)


def test_every_operation_has_a_short_name_of_its_own(document):
    names = [operation["operationId"] for each in document["paths"].values() for operation in each.values()]
    assert len({*names}) == len(names)
    assert all("api_v1" not in name and not name.startswith("_") for name in names)


def test_pages_of_the_api_are_there_and_ask_no_other_machine(reading):
    with reading.client() as client:
        for page in ("/docs", "/redoc"):
            response = client.get(f"{reading.url}{page}")
            assert response.status_code == 200
            assert "https://" not in response.text.replace("https://www.w3.org", "")
