"""A full queue and a search that is not ready are said at once, with when to come again."""

import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing


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


def test_a_server_whose_store_refused_is_not_ready_until_it_can_write_again(copied, start):
    event = {"user_id": "u-ready", "item_id": "P00001", "event": "view"}
    with start(copied, store__busy_s=0) as served:
        with closing(sqlite3.connect(copied / "store" / "parure.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for path, method in (("/events", "POST"), ("/health/ready", "GET"), ("/health/ready", "GET")):
                refused = served.ask(path, method, json=event if method == "POST" else None)
                assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store")
            assert served.ask("/health/live").status_code == 200
            assert served.recommended("C0000001")
            other.execute("ROLLBACK")
        assert served.get("/health/ready") == {"status": "ready"}
        before = served.get("/stats")["live_events"]
        assert served.send("POST", "/events", event)["accepted"] == 1
        assert served.get("/stats")["live_events"] == before + 1


def test_while_search_is_prepared_it_says_so_and_all_else_answers(made, tmp_path, start):
    shop = tmp_path / "shop"
    shutil.copytree(made, shop)
    # A pipe: whoever reads the synonyms waits until somebody writes them.
    os.mkfifo(shop / "synonyms.txt")
    with start(shop, search__synonyms="synonyms.txt") as served:
        for _ in range(2):
            refused = served.ask("/search", params={"q": "ring"})
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "unavailable"
            assert int(refused.headers["retry-after"]) >= 1
            assert served.recommended("C0000001")
        assert "Traceback" not in served.log.read_text()
        (shop / "synonyms.txt").write_text("", encoding="utf-8")
        assert served.search("ring")["items"]
