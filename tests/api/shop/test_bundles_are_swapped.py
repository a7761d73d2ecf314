"""A bundle that is published, or gone back to, is served without a request noticing."""

import json
import threading
from collections import Counter

import httpx
import pytest

USERS = [f"C{number:07}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def versions(copied):
    return sorted(each.name for each in (copied / "bundles").iterdir() if each.is_dir())


def _point(shop, version):
    """Let the shop name another bundle, as publishing and rolling back do."""
    beside = shop / "bundles" / "pointing"
    beside.write_text(version + "\n", encoding="utf-8")
    beside.replace(shop / "bundles" / "current")


def _served(changing, version):
    """Wait until the server answers by a bundle."""
    changing.wait_for(lambda: changing.get("/health")["bundle_version"] == version)


def _logged(changing):
    """Messages of the server's log, which is JSON line by line."""
    lines = [line for line in changing.log.read_text().splitlines() if line.startswith("{")]
    return [told["message"] for told in map(json.loads, lines) if "message" in told]


def _shown(told):
    """What an answer owes to its bundle."""
    return [(each["item_id"], each["model_source"], each["recommendation_reason"]) for each in told["items"]]


class _Asking(threading.Thread):
    """Asks one after the other until it is told to stop, and compares with what each bundle says when it is alone."""

    def __init__(self, served, number, alone):
        super().__init__()
        self.served, self.number, self.alone, self.stopped = served, number, alone, threading.Event()
        self.wrong, self.versions, self.asked = [], Counter(), 0

    def run(self):
        with self.served.client() as client:
            while not self.stopped.is_set():
                user = USERS[(self.number + self.asked) % len(USERS)]
                self.asked += 1
                try:
                    self._judge(user, client.get(f"/recommendations/{user}", params={"n": 5, "request_id": user}))
                except httpx.TransportError as error:
                    self.wrong.append(repr(error))

    def _judge(self, user, response):
        if response.status_code != 200:
            self.wrong.append(response.text)
            return
        told = response.json()
        version = told["bundle_version"]
        self.versions[version] += 1
        if told["recommendation_id"].split(".")[1] != version[-8:] or _shown(told) != self.alone[version][user]:
            self.wrong.append(response.text)


def _flip(changing, versions, times):
    alone = {}
    for version in versions:
        _point(changing.shop, version)
        _served(changing, version)
        alone[version] = {
            user: _shown(changing.get(f"/recommendations/{user}", n=5, request_id=user)) for user in USERS
        }
    assert all(alone[versions[0]][user] != alone[versions[1]][user] for user in USERS), "nobody could tell them apart"
    threads = [_Asking(changing, number, alone) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(times):
            version = versions[number % 2]
            _point(changing.shop, version)
            _served(changing, version)
    finally:
        for thread in threads:
            thread.stopped.set()
        for thread in threads:
            thread.join()
    assert [thread.wrong for thread in threads] == [[], [], [], []]
    seen = sum((thread.versions for thread in threads), Counter())
    assert {*seen} == {*versions}
    assert sum(seen.values()) == sum(thread.asked for thread in threads) > times


def test_twenty_swaps_fail_no_request_and_every_answer_is_of_one_bundle(changing, versions):
    _flip(changing, versions, 20)


@pytest.mark.slow
def test_a_hundred_swaps_fail_no_request_and_memory_stays(changing, versions):
    import psutil

    _flip(changing, versions, 10)
    process = psutil.Process(changing.process.pid)
    before = process.memory_info().rss
    _flip(changing, versions, 100)
    assert process.memory_info().rss - before < 100e6


def test_what_was_said_of_products_and_customers_outlives_a_swap(changing, versions):
    _point(changing.shop, versions[0])
    _served(changing, versions[0])
    first, *_ = changing.recommended("C0000004")
    changing.send("PUT", f"/items/{first}/stock", {"in_stock": False})
    changing.event("C0000004", "P00001", "click")
    _point(changing.shop, versions[1])
    _served(changing, versions[1])
    assert f"bundle {versions[1]} is served" in _logged(changing)
    told = changing.get("/recommendations/C0000004", n=60)
    assert first not in [each["item_id"] for each in told["items"]]
    assert told["user_info"]["live_events"] == 1
    assert changing.search("ring")["items"]


def test_a_broken_bundle_is_refused_and_named_while_the_old_one_serves(changing, versions):
    (changing.shop / "bundles" / "2027-01-01-0badbad0").mkdir()
    before = changing.get("/health")["bundle_version"]
    _point(changing.shop, "2027-01-01-0badbad0")
    refused = changing.wait_for(lambda: changing.get("/health")["refused_bundles"])
    assert {*refused} == {"2027-01-01-0badbad0"}
    why = refused["2027-01-01-0badbad0"]
    assert f"bundle 2027-01-01-0badbad0 is refused: {why}" in _logged(changing)
    assert changing.get("/recommendations/C0000001")["bundle_version"] == before
    _point(changing.shop, versions[0])
    _served(changing, versions[0])


def test_a_bundle_with_one_wrong_byte_is_refused(changing, versions):
    _point(changing.shop, versions[0])
    _served(changing, versions[0])
    largest = max((changing.shop / "bundles" / versions[1]).rglob("*.*"), key=lambda each: each.stat().st_size)
    whole = largest.read_bytes()
    largest.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    _point(changing.shop, versions[1])
    changing.wait_for(lambda: versions[1] in changing.get("/health")["refused_bundles"])
    assert changing.get("/recommendations/C0000001")["bundle_version"] == versions[0]
    largest.write_bytes(whole)
