"""What an operator looks at first."""

import pytest

from parure.client import Client

ITEM = "P00017"


def _rates(served, surface):
    return [each for each in served.get("/overview")["surfaces"] if each["surface"] == surface]


def test_minutes_before_the_first_event_are_not_known_and_those_without_one_are_empty(changing):
    told = changing.get("/overview", minutes=5)
    assert told["events_per_minute"] == [None] * 5
    assert told["surfaces"] == []
    changing.event("visitor-o", ITEM)
    told = changing.get("/overview", minutes=1440)
    assert sum(each or 0 for each in told["events_per_minute"]) == 1
    assert len(told["events_per_minute"]) == 1440
    assert told["events_per_minute"][0] is None
    assert told["events_per_minute"][-1] is not None


def test_rates_are_of_what_was_shown_and_are_not_known_where_nothing_was(changing):
    for kind in ("impression", "impression", "impression", "impression", "click", "add_to_cart"):
        changing.event("visitor-o", ITEM, kind, recommendation_id="r-1", surface="homepage")
    changing.event("visitor-o", ITEM, "click", recommendation_id="r-2", surface="email")
    changing.event("visitor-o", ITEM, "click", surface="cart")
    (home,) = _rates(changing, "homepage")
    assert [home["impressions"], home["clicks"], home["carts"], home["purchases"]] == [4, 1, 1, 0]
    assert [home["click_rate"], home["cart_rate"], home["purchase_rate"]] == [0.25, 0.25, 0.0]
    (email,) = _rates(changing, "email")
    assert [email["impressions"], email["clicks"], email["click_rate"]] == [0, 1, None]
    assert _rates(changing, "cart") == []


def test_the_worker_tells_of_itself(changing):
    assert changing.ask("/items/none").status_code == 404
    changing.recommended("C0000001")
    changing.recommended("C0000001")
    told = changing.get("/overview")
    assert told["bundle_version"] == changing.get("/health")["bundle_version"]
    assert told["errors"]["unknown_id"] == 1
    by_route = {(each["method"], each["route"]): each for each in told["latencies"]}
    asked = by_route["GET", "/api/v1/recommendations/{user_id}"]
    assert asked["requests"] == 2
    assert 0 < asked["p50_ms"] <= asked["p90_ms"] <= asked["p99_ms"]
    assert told["cache"]["hits"] == 1
    assert 0 < told["cache"]["hit_rate"] < 1
    assert told["waiting_events"] == 0


@pytest.mark.parametrize("query", [{"minutes": 0}, {"minutes": 1441}, {"days": 91}, {"minutes": "many"}])
def test_spans_that_cannot_be_told_of_are_refused(changing, query):
    response = changing.ask("/overview", params=query)
    assert [response.status_code, response.json()["error"]["code"]] == [422, "invalid"]


def test_the_client_does_the_same(changing):
    with Client(changing.url) as client:
        told = client.overview(minutes=3, days=1)
    assert len(told.events_per_minute) == 3
    assert told.latencies[0].requests > 0
    assert told.cache.hit_rate is not None
