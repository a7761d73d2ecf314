"""How the catalogue shares in what is sold, recommended and shown."""

import pytest

from parure.client import Client


@pytest.fixture(scope="module")
def asked(unmade, start):
    with start(unmade) as served:
        yield served


def _told(served, **query):
    def answered():
        response = served.ask("/catalogue", params=query)
        assert response.status_code in (200, 503), response.text
        assert response.status_code == 200 or int(response.headers["retry-after"]) > 0
        return response.json() if response.status_code == 200 else None

    return served.wait_for(answered)


def test_shares_of_sales_and_recommendations_are_told(asked):
    told = _told(asked)
    assert [told["items"], told["recipe"], told["shown"]] == [90, "style_led", None]
    assert told["customers"] <= 60
    assert told["recommended"]["total"] <= told["customers"] * told["k"]
    for each in (told["sold"], told["recommended"]):
        curve = each["curve"]
        assert [len(curve), curve[0], curve[-1]] == [101, 0.0, 1.0]
        assert curve == sorted(curve)
        assert all(share >= place / 100 - 1e-6 for place, share in enumerate(curve))
        assert each["coverage"] == pytest.approx(each["covered"] / 90)
        assert 0 <= each["gini"] < 1
        assert 0 <= each["tail_share"] <= 1
    assert told["sold"]["covered"] == told["ever_bought"]
    assert sum(each["items"] for each in told["categories"]) == 90
    for name in ("sold", "recommended"):
        assert sum(each[name] for each in told["categories"]) == told[name]["total"]
    assert all(each["shown"] is None for each in told["categories"])


def test_it_is_the_same_when_asked_again_and_of_another_place_another(asked):
    first = _told(asked)
    assert _told(asked) == first
    page = _told(asked, surface="product_page")
    assert [page["recipe"], page["sold"]] == ["product_page", first["sold"]]
    assert page["recommended"] != first["recommended"]


def test_what_was_shown_lately_is_told_where_anything_was(asked):
    for item_id in ("P00001", "P00001", "P00002", "unknown"):
        asked.event("visitor-k", item_id, "impression")
    told = _told(asked)
    assert [told["shown"]["total"], told["shown"]["covered"]] == [3, 2]
    assert sum(each["shown"] for each in told["categories"]) == 3


def test_a_place_that_is_not_served_is_refused(asked):
    for surface in ("none", "../parure", "x" * 200):
        assert asked.ask("/catalogue", params={"surface": surface}).status_code == 422


def test_the_client_does_the_same(asked):
    _told(asked)
    with Client(asked.url) as client:
        told = client.catalogue()
    assert len(told.sold.curve) == 101
    assert told.categories[0].items > 0
