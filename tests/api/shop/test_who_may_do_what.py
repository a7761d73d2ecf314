"""In production every route asks for a key with the role that it needs."""

import pytest

from parure.serving.keys import RANKS

KEYS = {"read": "rKx83hdWq02mZpLs7", "events": "eVn51jdTr94bYcQe6", "admin": "aGm20fkUs67nXwHt8"}
NEEDS = {
    "open": {"GET /images/{item_id}", "GET /health", "GET /health/live", "GET /health/ready"},
    "read": {
        "GET /recommendations", "GET /recommendations/{user_id}", "POST /recommendations",
        "GET /items/{item_id}/similar", "GET /items/popular", "GET /items/{item_id}", "GET /search", "POST /search",
        "GET /models",
    },
    "events": {"POST /events", "POST /users/merge"},
    "admin": {
        "PUT /items/{item_id}", "POST /items", "PUT /items/{item_id}/stock", "PUT /items/{item_id}/price",
        "DELETE /items/{item_id}", "GET /customers", "GET /users", "GET /users/{user_id}/profile",
        "GET /users/{user_id}/style", "GET /users/{user_id}/trace", "PUT /users/{user_id}/consent", "GET /stats",
        "GET /config", "GET /metrics", "GET /bundles", "POST /bundles/{version}/publish", "POST /bundles/rollback",
        "GET /map",
        "GET /searches",
        "GET /catalogue",
        "GET /rules", "POST /rules/preview", "GET /rules/preview/{job_id}", "POST /rules/publish",
        "GET /users/{user_id}/without",
        "GET /quality",
        "GET /overview",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def guarded(copied, start):
    keys = ",".join(f"{role}:{secret}" for role, secret in KEYS.items())
    with start(copied, environment="production", api_keys=keys) as served:
        yield served


def _status(guarded, operation, key):
    method, path = operation.split()
    headers = {"X-API-Key": KEYS[key]} if key else {}
    response = guarded.ask(
        path.format(item_id="P00017", user_id="C0000001", version="none", job_id="none"), method, headers=headers
    )
    return response.status_code, response


def test_the_roles_are_told_of_every_operation(document):
    operations = {f"{method.upper()} {path[7:]}" for path, each in document["paths"].items() for method in each}
    assert operations == set().union(*NEEDS.values())


@pytest.mark.parametrize(("role", "operation"), [(role, each) for role in NEEDS for each in sorted(NEEDS[role])])
def test_only_who_has_the_role_passes(guarded, role, operation):
    for key in (None, *KEYS):
        status, response = _status(guarded, operation, key)
        if RANKS[key or "open"] >= RANKS[role]:
            assert status not in (401, 403), (key, response.text)
        else:
            assert status == (403 if key else 401)
            assert response.json()["error"]["code"] == ("role" if key else "key_missing")


def test_a_wrong_key_opens_nothing_that_needs_one(guarded):
    response = guarded.ask("/recommendations", headers={"Authorization": "Bearer wrong-wrong-wrong-1"})
    assert (response.status_code, response.json()["error"]["code"]) == (401, "key_unknown")


def test_settings_are_shown_without_secrets(guarded):
    response = guarded.ask("/config", headers={"X-API-Key": KEYS["admin"]})
    assert response.status_code == 200
    assert all(secret not in response.text for secret in KEYS.values())
    assert response.json()["serving"]["api_keys"] == ["read:…", "events:…", "admin:…"]


def test_the_servers_log_names_neither_customers_nor_keys_nor_what_was_asked(guarded):
    guarded.ask("/recommendations/C0000042", params={"language": "de"}, headers={"X-API-Key": KEYS["read"]})
    guarded.wait_for(lambda: "recommendations/{user_id}" in guarded.log.read_text())
    log = guarded.log.read_text()
    assert "C0000042" not in log
    assert "language" not in log
    assert all(secret not in log for secret in KEYS.values())
