"""Who may do what, on a real server."""

import pytest

ADMIN, EVENTS, READ = "aGm20fkUs67nXwHt8", "eVn51jdTr94bYcQe6", "rKx83hdWq02mZpLs7"  # As the fixture has them.


def code(answer):
    return answer.json()["error"]["code"]


def test_a_read_route_without_a_key_is_refused_and_told_how_to_send_one(serve):
    with serve().client(key="") as client:
        answer = client.get("/users/u1")
    assert answer.status_code == 401
    assert code(answer) == "key_missing"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "X-API-Key" in answer.json()["error"]["hint"]


def test_a_key_is_taken_as_bearer_and_as_x_api_key(serve):
    with serve().client(key="") as client:
        for headers in ({"Authorization": f"bearer {READ}"}, {"X-API-Key": READ}):
            answer = client.get("/users/u1", headers=headers)
            assert answer.status_code == 200
            assert answer.json()["role"] == "read"


@pytest.mark.parametrize("key", ["wrong", READ[:-1], READ + "x", READ[:-1] + "x", "x" * 100_000 + READ])
def test_an_unknown_key_is_refused_however_near_it_comes(serve, key):
    with serve().client(key=key[:60_000]) as client:
        answer = client.get("/users/u1")
    assert answer.status_code == 401
    assert code(answer) == "key_unknown"


def test_each_role_may_do_what_those_before_it_may_and_no_more(serve):
    server = serve()
    wanted = {READ: (200, 403, 403), EVENTS: (200, 202, 403), ADMIN: (200, 202, 200)}
    for key, statuses in wanted.items():
        with server.client(key=key) as client:
            got = client.get("/users/u"), client.post("/events", content=b"[]"), client.get("/admin/thing")
        assert tuple(answer.status_code for answer in got) == statuses
        assert all(code(answer) == "role" for answer in got if answer.status_code == 403)


def test_health_needs_no_key_and_passes_over_a_wrong_one(serve):
    with serve().client(key="wrong") as client:
        assert client.get("/health").status_code == 200


def test_an_admin_prefix_also_guards_its_spellings(serve):
    with serve().client() as client:
        for path in ("/admin/thing", "/admin%2Fthing", "/%61dmin/thing", "/admin"):
            assert client.get(path).status_code == 403


def test_open_reads_answer_without_a_key_but_refuse_a_wrong_one_and_keep_events_shut(serve):
    server = serve(open_reads=True)
    with server.client(key="") as client:
        assert client.get("/users/u1").json()["role"] == "open"
        assert client.post("/events", content=b"[]").status_code == 401
        assert client.get("/admin/thing").status_code == 401
    with server.client(key="wrong") as client:
        assert client.get("/users/u1").status_code == 401


def test_in_a_demo_everyone_may_do_everything(serve):
    with serve(environment="demo", api_keys=()).client(key="") as client:
        assert client.get("/users/u1").json()["role"] == "admin"
        assert client.get("/admin/thing").status_code == 200


def test_a_websocket_does_not_get_past_the_keys(serve):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "AAAA",
        "Sec-WebSocket-Version": "13",
    }
    with serve().client(key="") as client:
        assert client.get("/users/u1", headers=headers).status_code == 401
