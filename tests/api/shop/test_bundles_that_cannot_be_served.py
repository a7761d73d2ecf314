"""What becomes of a bundle that cannot be served, and of a server that stops while it loads one."""

import asyncio
import errno
import gc
import logging
import os
import signal
import threading

import pytest
from starlette.testclient import TestClient

from parure.core.errors import BundleError, StoreError
from parure.pipeline.settings import load_settings
from parure.serving.app import Server
from parure.serving.swapping import Swapper
from parure.serving.worker import Worker
from parure.store import ItemChange, Store
from parure.testing.store_contract import event


class Troubled(Worker):
    """A worker that has no luck with a new bundle."""

    def __init__(self, shop, store):
        self.opening, self.tried = [], 0
        super().__init__(shop, load_settings(shop, {}), store)

    def opened(self, version):
        if version is not None:
            self.tried += 1
            if self.opening:
                raise self.opening.pop(0)
        return super().opened(version)


def version_of(worker):
    return worker.served.answers.version


@pytest.fixture(scope="module")
def versions(copied):
    return sorted(each.name for each in (copied / "bundles").iterdir() if each.is_dir())


def point(shop, version):
    (shop / "bundles" / "current").write_text(version + "\n", encoding="utf-8")


def opened(pipe):
    """A pipe, opened for writing; None as long as nobody waits for what is written."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


@pytest.fixture
def troubled(copied, versions):
    """A worker that serves the first bundle while the shop names the second."""
    point(copied, versions[0])
    with Store.open(copied) as store:
        worker = Troubled(copied, store)
        point(copied, versions[1])
        yield worker
        worker.served.close()
    gc.unfreeze()


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def test_what_fails_but_is_not_broken_is_tried_again_after_growing_pauses(troubled, versions, caplog):
    clock = Clock()
    swapper = Swapper(troubled, now_s=clock)
    troubled.opening = [MemoryError("no room"), OSError("gone"), StoreError("locked"), *[OSError("still")] * 5]
    pauses = (1, 2, 4, 8, 16, 32, 60, 60)
    told = ["MemoryError: no room", "OSError: gone", "StoreError: locked", *["OSError: still"] * 5]
    for tried, (pause_s, words) in enumerate(zip(pauses, told, strict=True), start=1):
        asyncio.run(swapper.look())
        assert troubled.tried == tried
        assert troubled.refused == {versions[1]: words}
        assert version_of(troubled) == versions[0]
        clock.now_s += pause_s - 0.1
        asyncio.run(swapper.look())
        assert troubled.tried == tried
        clock.now_s += 0.1
    asyncio.run(swapper.look())
    assert version_of(troubled) == versions[1]
    assert troubled.refused == {}
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == len(told)
    assert all(versions[1] in record.getMessage() and record.exc_info for record in errors)


def test_a_broken_bundle_is_not_tried_again_before_another_was_named(troubled, versions):
    swapper = Swapper(troubled)
    troubled.opening = [BundleError("It is broken.", hint="Train again.")]
    for _ in range(3):
        asyncio.run(swapper.look())
    assert troubled.tried == 1
    assert troubled.refused == {versions[1]: "It is broken. Train again."}
    point(troubled.shop, versions[0])
    asyncio.run(swapper.look())
    point(troubled.shop, versions[1])
    asyncio.run(swapper.look())
    assert version_of(troubled) == versions[1]
    assert troubled.refused == {}


def test_a_bundle_is_taken_as_a_whole_with_what_the_store_says_by_then(troubled, versions):
    before, item = troubled.served, troubled.answers.dataset.items.id_of(3)
    heard = []
    troubled.hearing.append(lambda: heard.append(version_of(troubled)))
    troubled.store.change_items_blocking([ItemChange(item, 1, attributes={"price_cents": 4321})])
    asyncio.run(Swapper(troubled).look())
    assert heard == [versions[1]]
    assert troubled.item_changes.keys() == {item}
    assert troubled.answers.describe_item(item)["price_cents"] == 4321
    with pytest.raises(StoreError):
        before.refresh()


def test_a_server_that_stops_does_not_wait_for_a_bundle(troubled):
    begun, goes_on = threading.Event(), threading.Event()

    def opened(version):
        begun.set()
        assert goes_on.wait(60)
        raise BundleError(f"{version} is broken.")

    troubled.opened = opened

    async def stop_while_it_loads():
        async with Swapper(troubled, every_s=0):
            while not begun.is_set():
                await asyncio.sleep(0.001)

    asyncio.run(stop_while_it_loads())
    assert not goes_on.is_set()
    assert troubled.refused == {}
    goes_on.set()


def test_a_server_that_stops_closes_its_store_before_all_else(troubled):
    server = Server(troubled.shop, troubled.settings)
    refused, close = [], server._search.close

    def close_search():
        with pytest.raises(StoreError, match="closed") as refusal:
            server.store.append_events_blocking([event(1)])
        refused.append(refusal.value)
        close()

    server._search.close = close_search
    with TestClient(server) as client:
        assert client.get("/api/v1/health/live").status_code == 200
    assert len(refused) == 1


def test_a_process_that_is_told_to_stop_ends_while_it_loads(copied, start, versions):
    point(copied, versions[0])
    stuck = copied / "bundles" / "2027-02-02-0badc0de"
    stuck.mkdir()
    # A pipe: whoever reads the manifest waits until somebody writes it.
    os.mkfifo(stuck / "manifest.json")
    with start(copied) as served:
        point(copied, stuck.name)
        writing = served.wait_for(lambda: opened(stuck / "manifest.json"))
        assert served.get("/recommendations/C0000001")["bundle_version"] == versions[0]
        served.process.terminate()
        assert served.process.wait(timeout=60) in (0, -signal.SIGTERM)
        os.close(writing)
        assert "Traceback" not in served.log.read_text()
