"""A full queue and a search that is not ready are said at once, with when to come again."""

import shutil
from concurrent.futures import ThreadPoolExecutor


def test_a_full_queue_says_when_to_come_again_and_keeps_what_it_took(copied, start):
    with start(copied, store__queue_events=3, store__commit_events=1) as served:
        event = {"user_id": "u-full", "item_id": "P00001", "event": "view"}
        with ThreadPoolExecutor(24) as pool:
            answers = [*pool.map(lambda _: served.ask("/events", "POST", json={"events": [event] * 2}), range(96))]
        full = [each for each in answers if each.status_code == 503]
        assert full
        for each in full:
            assert each.json()["error"]["code"] == "store_full"
            assert int(each.headers["retry-after"]) >= 1
        taken = sum(each.json()["accepted"] for each in answers if each.status_code == 202)
        assert {each.status_code for each in answers} == {202, 503}
        assert served.get("/users/u-full/profile")["live_events"] == taken
        assert served.get("/stats")["waiting_events"] == 0
        assert served.send("POST", "/events", event)["accepted"] == 1


def test_while_search_is_prepared_it_says_so_and_all_else_answers(made, tmp_path, start):
    shop = tmp_path / "shop"
    shutil.copytree(made, shop)
    shutil.rmtree(shop / "search", ignore_errors=True)
    # Texts that are encoded anew keep search waiting for a while.
    shutil.rmtree(shop / "cache", ignore_errors=True)
    with start(shop) as served:
        first = served.ask("/search", params={"q": "ring"})
        assert first.status_code in (200, 503)
        if first.status_code == 503:
            assert first.json()["error"]["code"] == "unavailable"
            assert int(first.headers["retry-after"]) >= 1
            assert "Traceback" not in served.log.read_text()
        assert served.recommended("C0000001")
        assert served.search("ring")["items"]
