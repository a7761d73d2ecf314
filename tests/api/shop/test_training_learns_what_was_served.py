"""What a server took in is in the next bundle, once."""

import json

import pytest

WHO = "C0000001"


@pytest.fixture(scope="module")
def retrained(changing, train):
    """The served shop after a purchase, a dismissal and another training; what was told before, and the item."""
    known = changing.get(f"/users/{WHO}/profile", latest=500)
    seen = {each["item_id"] for each in known["latest_events"]}
    item = next(each for each in changing.recommended(WHO, n=60) if each not in seen)
    changing.event(WHO, item, "purchase", price=50.0, order_id="live-1", event_id="live-purchase")
    changing.event("visitor-5", item, "view")
    version = train(changing.shop)
    changing.wait_for(lambda: changing.get("/health")["bundle_version"] == version)
    return {"item": item, "before": known, "version": version}


def test_the_bundle_says_how_far_it_has_learned(changing, retrained):
    manifest = json.loads((changing.shop / "bundles" / retrained["version"] / "manifest.json").read_text())
    facts = changing.get("/models")["facts"]
    assert facts["events_seq"] == 2
    assert "events_seq" in json.dumps(manifest)


def test_a_purchase_is_in_the_history_once_and_no_longer_counts_as_live(changing, retrained):
    told = changing.get(f"/users/{WHO}/profile", latest=500)
    bought = [each for each in told["latest_events"] if each["item_id"] == retrained["item"]]
    assert [each["event"] for each in bought] == ["purchase"]
    assert told["events"] == retrained["before"]["events"] + 1
    assert told["live_events"] == 0
    answer = changing.get(f"/recommendations/{WHO}")
    assert answer["user_info"]["live_events"] == 0
    assert answer["user_info"]["total_purchases"] == retrained["before"]["attributes"]["purchases"] + 1


def test_an_event_that_comes_again_after_training_is_still_a_duplicate(changing, retrained):
    told = changing.event(WHO, retrained["item"], "purchase", event_id="live-purchase")
    assert told["duplicates"] == 1
    assert changing.get(f"/users/{WHO}/profile")["live_events"] == 0


def test_another_training_does_not_count_it_twice_and_new_events_count_on_top(changing, retrained, train):
    changing.event(WHO, retrained["item"], "view")
    assert changing.get(f"/users/{WHO}/profile")["live_events"] == 1
    version = train(changing.shop)
    changing.wait_for(lambda: changing.get("/health")["bundle_version"] == version)
    told = changing.get(f"/users/{WHO}/profile", latest=500)
    assert told["events"] == retrained["before"]["events"] + 2
    assert told["live_events"] == 0
    bought = [each["event"] for each in told["latest_events"] if each["item_id"] == retrained["item"]]
    assert sorted(bought) == ["purchase", "view"]
