"""What a customer would be recommended had they left one product alone."""

import pytest

from parure.client import Client

WHO = "C0000042"


def _bought(served):
    events = served.get(f"/users/{WHO}/profile", latest=500)["latest_events"]
    return [each["item_id"] for each in events]


def test_both_lists_are_told_and_what_entered_and_left(changing):
    item = _bought(changing)[0]
    told = changing.get(f"/users/{WHO}/without", item_id=item, n=8, surface="homepage")
    ids = [[each["item_id"] for each in told[name]] for name in ("with_item", "without_item")]
    assert [told["user_id"], told["item_id"], told["surface"], told["model"]] == [WHO, item, "homepage", "homepage"]
    assert [len(each) for each in ids] == [8, 8]
    assert told["events_left_out"] == _bought(changing).count(item)
    assert told["title"]
    assert told["entered"] == [each for each in ids[1] if each not in ids[0]]
    assert told["left"] == [each for each in ids[0] if each not in ids[1]]
    assert all(each["recommendation_reason"] for name in ("with_item", "without_item") for each in told[name])
    assert any(
        changing.get(f"/users/{WHO}/without", item_id=each, surface="homepage")["left"] for each in {*_bought(changing)}
    )


def test_the_first_list_is_what_is_recommended(changing):
    told = changing.get(f"/users/{WHO}/without", item_id=_bought(changing)[0], n=5, model="hybrid")
    assert [each["item_id"] for each in told["with_item"]] == changing.recommended(WHO, n=5, model="hybrid")


def test_what_happened_a_moment_ago_can_be_left_out(changing):
    changing.event("visitor-w", "P00017", "add_to_cart")
    told = changing.get("/users/visitor-w/without", item_id="P00017", model="session")
    assert told["events_left_out"] == 1
    assert told["with_item"] != told["without_item"]


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        (WHO, {}, 422),
        (WHO, {"item_id": "none"}, 404),
        ("nobody", {"item_id": "P00017"}, 404),
        (WHO, {"item_id": "P00017", "n": 0}, 422),
        (WHO, {"item_id": "P00017", "model": "none"}, 422),
        (WHO, {"item_id": "P00017", "surface": "none"}, 422),
        (WHO, {"item_id": "P00017", "language": "deutsch"}, 422),
        (WHO, {"item_id": "\x01"}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(changing, who, query, status):
    assert changing.ask(f"/users/{who}/without", params=query).status_code == status


def test_the_client_does_the_same(changing):
    with Client(changing.url) as client:
        told = client.without(WHO, _bought(changing)[0], n=3, surface="email")
    assert [len(told.with_item), len(told.without_item), told.surface] == [3, 3, "email"]


def test_of_who_did_not_agree_both_lists_are_those_of_nobody_known(changing):
    item = _bought(changing)[0]
    with Client(changing.url) as client:
        client.set_consent(WHO, False)
        told = changing.get(f"/users/{WHO}/without", item_id=item, n=8, surface="homepage")
        client.set_consent(WHO, None)
    assert told["events_left_out"] == _bought(changing).count(item)
    assert told["with_item"] == told["without_item"]
    assert told["entered"] == told["left"] == []
