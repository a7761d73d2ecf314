"""Keys are found by their digest; rules give each route its role."""

import pytest

from parure.core.serving_config import ServingConfig
from parure.serving.app import RULES
from parure.serving.keys import Access, AccessRules, KeyRing, Rule, token_of

SECRET = "Kx83hdWq02mZpLs7" * 32  # As long as a key may be, so that a comparison that stops early would show.


@pytest.fixture(scope="module")
def ring():
    return KeyRing(ServingConfig(api_keys=(f"read:{SECRET}",)))


def test_a_key_is_found_and_its_neighbours_are_not(ring):
    role, digest = ring.find(SECRET.encode())
    assert role == "read"
    assert len(digest) == 32
    for wrong in (
        b"",
        SECRET[:-1].encode(),
        SECRET.encode() + b"x",
        SECRET.upper().encode(),
        digest,
        digest.hex().encode(),
    ):
        assert ring.find(wrong) is None


def test_nothing_of_a_secret_is_kept(ring):
    assert SECRET.encode() not in b"".join(ring._roles)
    assert all(len(kept) == 32 for kept in ring._roles)


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({b"authorization": b"Bearer abc"}, b"abc"),
        ({b"authorization": b"BEARER  abc "}, b"abc"),
        ({b"authorization": b"Basic abc"}, None),
        ({b"authorization": b"Basic abc", b"x-api-key": b"k"}, b"k"),
        ({b"x-api-key": b"k"}, b"k"),
        ({}, None),
    ],
)
def test_a_key_is_read_from_either_header(headers, token):
    assert token_of(headers) == token


def test_the_first_rule_that_fits_by_prefix_and_method_gives_the_access():
    rules = AccessRules(
        [
            Rule("/health", Access("open")),
            Rule("/admin/", Access("admin")),
            Rule("/events", Access("events"), ("POST",)),
            Rule("/events/export", Access("admin"), ("GET",)),
        ]
    )
    roles = {
        ("GET", "/health"): "open",
        ("GET", "/health/live"): "open",
        ("GET", "/healthy"): "read",
        ("GET", "/admin"): "admin",
        ("DELETE", "/admin/bundle/1"): "admin",
        ("POST", "/events"): "events",
        ("GET", "/events"): "read",
        ("HEAD", "/events/export"): "admin",
        ("GET", "/users/admin"): "read",
        ("GET", ""): "read",
    }
    assert {asked: rules(*asked).role for asked in roles} == roles


def test_pictures_are_limited_by_address_and_health_never_is():
    assert RULES("GET", "/api/v1/images/P1").limited
    assert not any(RULES("GET", f"/api/v1/health{path}").limited for path in ("", "/live", "/ready"))
