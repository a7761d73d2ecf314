"""What customers do counts in their next request, whichever worker answers it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

WHO, OTHER = "C0000001", "C0000002"


@pytest.fixture(scope="module")
def two(copied, start):
    """A server with two workers."""
    with start(copied, workers=2) as served:
        yield served


def _asked_of_both(two, user_id):
    """How many live events the answers on new connections counted until both workers had answered."""
    until, counts, workers = time.monotonic() + 60, [], set()
    while len(workers) < 2 and time.monotonic() < until:
        with ThreadPoolExecutor(4) as pool:
            for response in pool.map(lambda _: two.ask(f"/recommendations/{user_id}"), range(4)):
                counts.append(response.json()["user_info"]["live_events"])
                workers.add(response.headers["x-request-id"].partition("-")[0])
    assert len(workers) == 2
    return counts


def test_an_event_counts_in_the_next_request_on_every_worker(two):
    items = two.recommended(OTHER)
    for tried in range(1, 101):
        two.event("u-counted", items[tried % len(items)], "click")
        # Not an answer that began after the event was taken may be without it.
        assert {*_asked_of_both(two, "u-counted")} == {tried}


def test_an_item_that_is_dismissed_is_gone_at_once(two):
    for _ in range(5):
        first = two.recommended(OTHER)[0]
        two.event(OTHER, first, "dismiss")
        for _ in range(6):
            assert first not in two.recommended(OTHER)


def test_what_a_stranger_clicks_changes_what_they_get(two):
    before = two.get("/recommendations/stranger-1")
    assert before["user_info"]["user_type"] == "visitor"
    assert before["fallback_used"]
    rings = [each["item_id"] for each in two.get("/items/popular", category="watches", n=4)["items"]]
    for item in rings[:3]:
        two.event("stranger-1", item, "click")
    after = two.get("/recommendations/stranger-1")
    assert after["primary_model"] == "session"
    assert after["user_info"]["live_events"] == 3
    assert [each["item_id"] for each in after["items"]] != [each["item_id"] for each in before["items"]]


def test_a_session_that_the_shop_keeps_itself_counts_likewise(two):
    items = [each["item_id"] for each in two.get("/items/popular", category="watches", n=3)["items"]]
    told = two.send("POST", "/recommendations", {"session": [{"item_id": each, "event": "click"} for each in items]})
    assert told["primary_model"] == "session"
    assert told["user_info"] | {"user_type": "visitor", "live_events": 3, "user_id": None} == told["user_info"]


def test_what_a_visitor_did_is_the_customers_once_they_are_merged(two):
    items = two.recommended(WHO)
    for item in items[:2]:
        two.event("visitor-9", item, "click")
    assert two.send("POST", "/users/merge", {"anonymous_id": "visitor-9", "user_id": WHO}) == {
        "user_id": WHO,
        "merged": True,
    }
    counts = _asked_of_both(two, WHO)
    assert {*counts} == {2}
    two.event("visitor-9", items[2], "click")
    counts = _asked_of_both(two, WHO)
    assert {*counts} == {3}
    latest = two.get(f"/users/{WHO}/profile", latest=3)["latest_events"]
    assert [each["item_id"] for each in latest] == items[2::-1]
    assert two.send("POST", "/users/merge", {"anonymous_id": "visitor-9", "user_id": WHO})["merged"] is False


def test_events_that_come_twice_count_once(two):
    event = {"user_id": "u-twice", "item_id": "P00001", "event": "view", "event_id": "one-and-the-same"}
    assert two.send("POST", "/events", event) == {
        "accepted": 1, "duplicates": 0, "unknown_items": 0, "event_ids": ["one-and-the-same"],
    }  # fmt: skip
    assert two.send("POST", "/events", event)["duplicates"] == 1
    assert two.send("POST", "/events", {"events": [event, {**event, "event_id": "another"}]})["accepted"] == 1
    counts = _asked_of_both(two, "u-twice")
    assert {*counts} == {2}


def test_of_a_batch_with_one_wrong_event_nothing_is_kept(two):
    good = {"user_id": "u-batch", "item_id": "P00001", "event": "view"}
    for bad in ({**good, "event": "sneeze"}, {**good, "timestamp": "2199-01-01T00:00:00Z"}, {"user_id": "u-batch"}):
        response = two.ask("/events", "POST", json={"events": [good, bad]})
        assert response.status_code == 422
    counts = _asked_of_both(two, "u-batch")
    assert {*counts} == {0}


def test_an_event_about_an_item_that_nobody_knows_is_kept_and_named(two):
    assert two.event("u-unknown", "P99999")["unknown_items"] == 1
    assert two.get("/users/u-unknown/profile")["live_events"] == 1


def test_without_consent_nothing_personal_is_left_and_with_it_all_is_back(two):
    def answers():
        two.event(WHO, "P00001")  # so that no worker answers from what it kept
        return [two.get(f"/recommendations/{WHO}") for _ in range(6)]

    assert all(each["evidence"] for answer in answers() for each in answer["items"][:1])
    two.send("PUT", f"/users/{WHO}/consent", {"agreed": False})
    for answer in answers():
        assert [each["evidence"] for each in answer["items"]] == [None] * len(answer["items"])
        told = answer["user_info"]
        assert told["user_id"] == WHO
        assert [told["total_purchases"], told["last_purchase_date"], told["spending_segment"]] == [0, None, None]
        assert told["live_events"] == 0
    two.send("PUT", f"/users/{WHO}/consent", {"agreed": None})
    assert all(each["evidence"] for answer in answers() for each in answer["items"][:1])


def test_a_kept_answer_is_not_given_once_consent_stock_or_dismissal_say_otherwise(two):
    who = "C0000005"

    def all_say():
        return {tuple(two.recommended(who)) for _ in range(8)}

    (before,) = all_say()
    two.send("PUT", f"/items/{before[0]}/stock", {"in_stock": False})
    assert all(before[0] not in each for each in all_say())
    two.send("PUT", f"/items/{before[0]}/stock", {"in_stock": True})
    assert all_say() == {before}
    two.send("PUT", f"/users/{who}/consent", {"agreed": False})
    (impersonal,) = all_say()
    assert impersonal != before
    two.send("PUT", f"/users/{who}/consent", {"agreed": None})
    assert all_say() == {before}
    two.event(who, before[0], "dismiss")
    assert all(before[0] not in each for each in all_say())
