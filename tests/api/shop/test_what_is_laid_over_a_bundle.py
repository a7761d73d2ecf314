"""What happened since a bundle was made holds for whatever bundle is served, and for no longer than it should."""

from datetime import UTC, datetime, timedelta

import pytest

from parure.pipeline.answer import Answers
from parure.pipeline.live_log import settle_products
from parure.pipeline.settings import load_settings
from parure.serving.hot import _act
from parure.serving.served import Served
from parure.serving.types import SessionStep
from parure.store import Consent, ItemChange, Store


@pytest.fixture
def opened(copied):
    """Opens the shop's bundle with what its store holds by then."""
    found = []

    def open_it():
        found.append(Served.open(copied, load_settings(copied, {}), None))
        return found[-1]

    yield open_it
    for served in found:
        served.close()


def test_a_value_that_no_longer_fits_its_column_is_left_out_and_the_rest_holds(copied, opened):
    with Store.open(copied) as store:
        store.change_items_blocking(
            [
                ItemChange("P00001", 1, attributes={"price_cents": "12 g", "in_stock": False}),
                ItemChange("P00002", 1, attributes={"price_cents": 4321}),
            ]
        )
        store.set_consent_blocking(Consent("C0000001", False))
    served = opened()
    told = [served.answers.describe_item(item) for item in ("P00001", "P00002")]
    assert served.misfits == 1
    assert told[0]["in_stock"] is False
    assert told[0]["price_cents"] != 4321
    assert told[1]["price_cents"] == 4321
    assert not served.answers.recommender(served.answers.bundle.main).hears("C0000001")


def test_what_the_files_say_now_holds_from_the_bundle_on_that_is_made_of_them(copied, opened, train):
    with Store.open(copied) as store:
        store.change_items_blocking([ItemChange("P00003", 5, removed=True), ItemChange("P00004", 9, removed=True)])
    assert settle_products(copied, 1, before_us=7) >= 1
    old = opened()
    assert {"P00003", "P00004"} <= {*old.item_changes}
    train(copied)
    new = opened()
    assert "P00003" not in new.item_changes
    assert new.item_changes["P00004"].removed is True


def test_a_step_of_a_session_lies_before_the_request_whatever_clock_it_comes_from():
    now_us = 1_000_000_000_000
    late = datetime(2300, 1, 1, tzinfo=UTC)
    assert _act(SessionStep("P1"), 0, now_us)[2] == now_us - 1
    assert _act(SessionStep("P1", timestamp=late), 0, now_us)[2] == now_us - 1
    assert _act(SessionStep("P1", timestamp=datetime(1970, 1, 2, tzinfo=UTC)), 60_000_000, now_us)[2] == 86_460_000_000


def test_who_did_not_agree_is_nobody_to_a_single_source_and_to_search(changing):
    who = "C0000007"
    source = next(each["name"] for each in changing.get("/models")["models"] if each["kind"] == "source")
    changing.send("PUT", f"/users/{who}/consent", {"agreed": True})
    assert changing.get(f"/recommendations/{who}", model="style")["user_info"]["total_purchases"] > 0
    changing.send("PUT", f"/users/{who}/consent", {"agreed": False})
    for model in ("style", source):
        answer = changing.get(f"/recommendations/{who}", model=model)
        assert answer["user_info"]["total_purchases"] == 0
        assert [each["evidence"] for each in answer["items"]] == [None] * len(answer["items"])
    strange = changing.search("gold", n=40)
    found = changing.search("gold", n=40, user_id=who)
    assert [each["item_id"] for each in found["items"]] == [each["item_id"] for each in strange["items"]]
    assert "did not agree" in " ".join(found["notes"])


def test_an_id_that_was_merged_gets_what_the_customer_gets(changing):
    visitor, who = "C0000011", "C0000012"
    assert changing.recommended(visitor) != changing.recommended(who)
    changing.send("POST", "/users/merge", {"anonymous_id": visitor, "user_id": who})
    assert changing.recommended(visitor) == changing.recommended(who)
    changing.event(visitor, changing.recommended(who)[0], "dismiss")
    assert changing.recommended(visitor) == changing.recommended(who)
    assert changing.get(f"/recommendations/{visitor}")["user_info"]["live_events"] == 1
    changing.send("PUT", f"/users/{visitor}/consent", {"agreed": False})
    for each in (visitor, who):
        assert changing.get(f"/recommendations/{each}")["user_info"]["total_purchases"] == 0


def test_two_customers_who_share_a_browser_stay_two(changing):
    first, second = "C0000021", "C0000022"
    before = changing.recommended(first), changing.recommended(second)
    assert before[0] != before[1]
    changing.send("POST", "/users/merge", {"anonymous_id": "browser", "user_id": first})
    assert changing.recommended("browser") == before[0]
    changing.send("POST", "/users/merge", {"anonymous_id": "browser", "user_id": second})
    assert changing.recommended("browser") == before[1]
    assert (changing.recommended(first), changing.recommended(second)) == before


def test_an_event_from_a_clock_that_is_fast_counts_at_once(changing):
    first = changing.recommended("C0000013")[0]
    soon = datetime.now(UTC) + timedelta(minutes=5)
    changing.event("C0000013", first, "dismiss", timestamp=soon.isoformat())
    assert first not in changing.recommended("C0000013")


def test_a_feed_of_stock_and_prices_brings_nothing_back_and_makes_nothing_up(changing):
    changing.send("DELETE", "/items/P00020")
    changing.send("PUT", "/items/P00020/stock", {"in_stock": True})
    assert changing.get("/items/P00020")["withdrawn"] is True
    for path, body in (("stock", {"in_stock": True}), ("price", {"price": 5})):
        assert changing.ask(f"/items/never-heard-of/{path}", "PUT", json=body).status_code == 404
    assert changing.ask("/items/never-heard-of").status_code == 404


def test_what_was_sold_out_at_training_is_shown_nowhere_before_anything_changes(reading, made):
    table = Answers.open(made).dataset.item_table.select(["item_id", "in_stock"]).to_pylist()
    sold_out = {each["item_id"] for each in table if each["in_stock"] is False}
    assert sold_out
    assert not sold_out & {each["item_id"] for each in reading.get("/items/popular", n=90)["items"]}
    assert not sold_out & {each["item_id"] for each in reading.get("/items/P00002/similar", n=90)["items"]}


def test_ids_with_a_stroke_are_ids_too(changing):
    assert changing.ask("/users/a%2Fb/consent", "PUT", json={"agreed": True}).status_code == 200
    changing.event("a/b", "P00001")
    assert changing.get("/users/a%2Fb/profile")["user_id"] == "a/b"
