"""What the gate costs a request; ``pytest -s -m slow tests/api/test_gate_cost.py`` prints it."""

import asyncio
import time

import pytest

from parure.core.serving_config import ServingConfig
from parure.serving.access_log import AccessLog
from parure.serving.gate import Gate
from parure.serving.keys import Access, AccessRules, Rule

KEY = "Kx83hdWq02mZpLs7vT"
RULES = AccessRules(
    [Rule("/health", Access("open")), Rule("/events", Access("events")), Rule("/admin", Access("admin"))]
)
HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
BODY = {"type": "http.response.body", "body": b"{}"}


class Route:
    path = "/users/{user_id}"


async def bare(scope, receive, send):
    scope["route"] = Route
    await send(HEAD)
    await send(BODY)


async def receive():
    return {"type": "http.request", "body": b""}


async def send(message):
    pass


def scope_of_a_request():
    headers = [(b"host", b"shop.example"), (b"accept", b"*/*"), (b"user-agent", b"x"), (b"connection", b"keep-alive")]
    headers.append((b"authorization", b"Bearer " + KEY.encode()))
    known = {"type": "http", "method": "GET", "path": "/users/u1", "root_path": "", "query_string": b""}
    return {**known, "client": ("127.0.0.1", 1), "scheme": "http", "headers": headers}


async def microseconds(app, requests=20_000):
    """CPU of all threads for one request, the smallest of five runs."""
    runs = []
    for _ in range(5):
        scopes = [scope_of_a_request() for _ in range(requests // 5)]
        began = time.process_time()
        for scope in scopes:
            await app(scope, receive, send)
        runs.append((time.process_time() - began) / len(scopes) * 1e6)
    return min(runs)


def gate(**options):
    config = ServingConfig(api_keys=(f"read:{KEY}",), rate_limit_per_s=1e9, rate_limit_burst=10**9)
    return Gate(bare, config, access=RULES, **options)


@pytest.mark.slow
def test_the_gate_costs_a_request_few_microseconds(tmp_path):
    with (tmp_path / "log").open("wb") as stream:
        log = AccessLog(stream)

        async def measure():
            return [await microseconds(app) for app in (bare, gate(), gate(access_log=log))]

        bare_us, gate_us, logged_us = asyncio.run(measure())
        log.close()
    print(f"bare {bare_us:.1f} us; the gate adds {gate_us - bare_us:.1f}, with its log {logged_us - bare_us:.1f}")
    # Thrice what it takes on a quiet machine.
    assert logged_us - bare_us < 25
