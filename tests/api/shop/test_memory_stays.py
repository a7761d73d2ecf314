"""A server under steady load holds no more after ten minutes than after the first two; in an hour, than after five."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

MINUTES = float(os.environ.get("PARURE_SOAK_MINUTES", "10"))
"""The whole form takes an hour: PARURE_SOAK_MINUTES=60."""
PER_SECOND = 20
SETTLING = min(5.0, MINUTES / 5)
"""Minutes until what is kept for reuse has been filled."""
WORDS = ("ring", "silver", "gold earrings", "Armband", "gift", "watch")


@pytest.mark.slow
def test_memory_after_a_long_load_is_that_of_its_beginning(copied: Path, start: Callable[..., Any]) -> None:
    with start(copied, cache_entries=50) as served, served.client() as client:
        server = psutil.Process(served.process.pid)
        users = [each["user_id"] for each in client.get("/users", params={"n": 60}).json()["users"]]
        items = [each["item_id"] for each in client.get("/items/popular", params={"n": 60}).json()["items"]]
        rng, begun, sent = random.Random(7), time.monotonic(), 0
        settled, statuses = 0, set()
        while (passed := time.monotonic() - begun) < MINUTES * 60:
            statuses.add(_ask(client, rng, users, items, sent))
            sent += 1
            if not settled and passed > SETTLING * 60:
                settled = _held(server)
            time.sleep(max(0.0, begun + sent / PER_SECOND - time.monotonic()))
        assert statuses <= {200, 202}
        assert sent > MINUTES * 60
        held = _held(server)
        print(f"{settled / 2**20:.1f} MiB after {SETTLING:g} minutes, {held / 2**20:.1f} after {MINUTES:g}")
        assert held <= 1.05 * settled


def _ask(client: Any, rng: random.Random, users: list[str], items: list[str], number: int) -> int:
    """One of the requests that a shop makes, of the same customers and products again and again."""
    user, item = rng.choice(users), rng.choice(items)
    visitor = f"visitor {rng.randrange(200)}"
    asked = {
        0: lambda: client.get(f"/recommendations/{user}", params={"surface": "homepage"}),
        1: lambda: client.get(f"/items/{item}/similar"),
        2: lambda: client.post("/events", json={"user_id": visitor, "item_id": item, "event": "view"}),
        3: lambda: client.get(f"/recommendations/{visitor}"),
        4: lambda: client.get("/search", params={"q": rng.choice(WORDS)}),
        5: lambda: client.put(f"/items/{item}/stock", json={"in_stock": rng.random() < 0.9}),
        6: lambda: client.get(f"/images/{item}", params={"size": rng.choice((64, 128))}),
    }
    status = asked[number % len(asked)]().status_code
    # While search is being opened it says so.
    return 200 if status == 503 and number % len(asked) == 4 else status


def _held(server: psutil.Process) -> int:
    """Bytes that the server and its processes hold."""
    return sum(each.memory_info().rss for each in [server, *server.children(recursive=True)])
