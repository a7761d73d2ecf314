"""What answers carry: ids, headers, errors, CORS, metrics and the access log, on a real server."""

import json
import logging
import re

import pytest

from parure.serving.errors import CODES

EVENTS, READ = "eVn51jdTr94bYcQe6", "rKx83hdWq02mZpLs7"  # As the fixture has them.
ENVELOPE = {"code", "message", "hint", "request_id"}


def error(answer):
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) - {"details"} == ENVELOPE
    assert body["error"]["request_id"] == answer.headers["x-request-id"]
    assert body["error"]["code"] in CODES
    return body["error"]


def test_a_request_id_is_kept_and_another_is_made_where_it_is_missing_or_odd(serve):
    with serve().client() as client:
        kept = client.get("/users/u", headers={"X-Request-ID": "shop.7_a-B"})
        assert kept.headers["x-request-id"] == kept.json()["id"] == "shop.7_a-B"
        made = [client.get("/users/u").headers["x-request-id"]]
        for odd in (b"", b"a b", b"x" * 65, b'a"b', b"\xe4"):
            made += [client.get("/users/u", headers={"X-Request-ID": odd}).headers["x-request-id"]]
    assert len(set(made)) == 6
    assert all(re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", each) for each in made)


def test_every_answer_forbids_sniffing_and_none_names_the_server(serve):
    with serve().client() as client:
        for path in ("/users/u", "/nowhere", "/raise/fault", "/health"):
            answer = client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers
            assert len(answer.headers.get_list("x-request-id")) == 1


def test_an_app_may_send_one_and_the_same_head_again_and_again(serve):
    with serve().client() as client:
        answers = [client.get("/constant/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [len(answer.headers.get_list("x-request-id")) for answer in answers] == [1, 1, 1]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("unknown", 404, "unknown_id"),
        ("input", 422, "input"),
        ("bundle", 503, "bundle"),
        ("full", 503, "store_full"),
        ("teapot", 418, "bad_request"),
        ("surrogate", 422, "text"),
        ("fault", 500, "fault"),
    ],
)
def test_each_error_has_its_status_and_code(serve, kind, status, code):
    with serve().client() as client:
        answer = client.get(f"/raise/{kind}")
    assert answer.status_code == status
    assert error(answer)["code"] == code


def test_a_full_store_says_when_to_come_back(serve):
    with serve().client() as client:
        assert client.get("/raise/full").headers["retry-after"] == "3"


def test_a_fault_is_logged_with_its_trace_and_told_without(serve, caplog):
    server = serve()
    with server.client() as client:
        answer = client.get("/raise/fault", headers={"X-Request-ID": "fault-1"})
    server.settle()
    assert "secret inside" not in answer.text
    assert "Traceback" not in answer.text
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "fault-1" in record.getMessage()
    assert "/raise/{kind}" in record.getMessage()
    assert "secret inside" in str(record.exc_info[1])


def test_where_the_bundle_lies_is_logged_and_told_only_in_debug(serve, caplog):
    with serve().client() as client:
        assert "secret-place" not in client.get("/raise/bundle").text
    assert any("secret-place" in str(record.exc_info[1]) for record in caplog.records if record.exc_info)
    with serve(debug=True).client() as client:
        assert "secret-place" in client.get("/raise/bundle").text


def test_an_app_that_gives_no_answer_is_a_fault(serve, caplog):
    server = serve()
    with server.client() as client:
        assert error(client.get("/silent/x"))["code"] == "fault"
    server.settle()
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == ["parure.serving"]


def test_an_unknown_address_and_a_wrong_method_say_so(serve):
    with serve().client() as client:
        assert error(client.get("/nowhere"))["code"] == "not_found"
        wrong = client.delete("/users/u")
    assert error(wrong)["code"] == "method"
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_bodies_that_are_not_json_or_not_valid_are_told_apart(serve):
    with serve().client() as client:
        assert client.post("/wish", content=b'{"k": 3}').json() == {"k": 3}
        for body, status, code in [(b"{", 400, "json"), (b"\xff", 400, "json"), (b'{"k": "x"}', 422, "invalid")]:
            answer = client.post("/wish", content=body)
            assert answer.status_code == status
            assert error(answer)["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN, "b": "x"}',
        b'{"\\ud800": "x"}',
        b'{"a": "\\ud800"}',
        b'{"\xff": 1}',
        b"[1]",
        b"{",
        b'{"a": Infinity}',
        b'{"a": 1e999}',
    ],
)
def test_what_fastapi_refuses_gets_the_envelope_whatever_it_holds(serve, body):
    with serve().client() as client:
        answer = client.post("/wide/things/a?k=no", content=body, headers={"Content-Type": "application/json"})
    told = error(answer)
    assert answer.status_code in (400, 422)
    assert len(told["message"]) < 400
    json.loads(answer.content.decode("utf-8"))


def test_a_validation_error_names_the_field_and_not_what_was_sent(serve):
    with serve().client() as client:
        told = error(client.post("/wide/things/a?k=private-value", json={"x": 1.0}))
    assert told["code"] == "invalid"
    assert told["details"][0]["where"] == "query.k"
    assert "private-value" not in json.dumps(told)


def test_pages_of_configured_origins_may_call_and_others_may_not(serve):
    server = serve(cors_origins=["https://shop.example"])
    ask = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    with server.client(key="") as client:
        allowed = client.options("/events", headers=ask)
        assert allowed.status_code == 204
        assert "POST" in allowed.headers["access-control-allow-methods"]
        assert "Authorization" in allowed.headers["access-control-allow-headers"]
        refused = client.options("/events", headers={**ask, "Origin": "https://shop.example.evil.test"})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
        unauthorised = client.get("/users/u", headers={"Origin": "https://shop.example"})
        assert unauthorised.status_code == 401
        assert unauthorised.headers["access-control-allow-origin"] == "https://shop.example"
    with server.client() as client:
        answer = client.get("/users/u", headers={"Origin": "https://shop.example"})
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-origin" not in client.get("/users/u", headers={"Origin": "null"}).headers
        assert client.get("/users/u").headers["vary"] == "Origin"


def test_without_origins_no_page_of_another_site_may_call(serve):
    ask = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    with serve().client() as client:
        assert client.options("/users/u", headers=ask).status_code == 405
        assert "access-control-allow-origin" not in client.get("/users/u", headers=ask).headers


def test_a_forged_forwarded_header_is_passed_over_unless_the_proxy_is_trusted(serve):
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
    with serve().client() as client:
        told = client.get("/users/u", headers=forged).json()
        assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")
    with serve(trust_forwarded=["127.0.0.0/8", "10.0.0.1"]).client() as client:
        told = client.get("/users/u", headers=forged).json()
        assert (told["client"], told["scheme"]) == ("6.6.6.6", "https")
        chain = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9:1234, 10.0.0.1"}
        assert client.get("/users/u", headers=chain).json()["client"] == "203.0.113.9"


def test_a_forged_forwarded_header_does_not_get_around_the_rate_limit(serve):
    with serve(open_reads=True, rate_limit_per_s=0.1, rate_limit_burst=2).client(key="") as client:
        got = [client.get("/users/u", headers={"X-Forwarded-For": f"6.6.6.{i}"}).status_code for i in range(4)]
    assert got == [200, 200, 429, 429]


def test_metrics_count_by_template_method_and_class_of_status(serve, parse_exposition):
    server = serve()
    with server.client() as client:
        for user in ("anna", "bert"):
            client.get(f"/users/{user}?q=private")
        client.get("/nowhere/at/all")
        client.get("/users/u", headers={"X-API-Key": "wrong", "Authorization": ""})
        client.post("/wide/things/a?k=1", json={})
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = parse_exposition(answer.text)
    counts = {
        (labels["route"], labels["method"], labels["status"]): value
        for name, labels, value in families["parure_http_request_seconds"].samples
        if name.endswith("_count")
    }
    assert counts["/users/{user_id}", "GET", "2xx"] == 2
    assert counts["unmatched", "GET", "4xx"] == 1
    assert counts["gate", "GET", "4xx"] == 1
    assert counts["/things/{thing_id}", "POST", "2xx"] == 1
    assert "anna" not in answer.text
    assert "private" not in answer.text
    assert families["parure_http_in_flight"].samples == [("parure_http_in_flight", {"worker": "0"}, 1.0)]


def test_the_access_log_has_one_line_a_request_and_nothing_personal(serve):
    server = serve()
    with server.client(key=EVENTS) as client:
        client.get("/users/anna-1987?q=private", headers={"X-Request-ID": "line-1"})
        client.get("/nowhere/anna-1987")
    first, second = server.lines()
    assert first["request_id"] == "line-1"
    assert first["route"] == "/users/{user_id}"
    assert first["method"] == "GET"
    assert first["status"] == 200
    assert first["role"] == "events"
    assert first["ms"] > 0
    assert first["sent_bytes"] > 50
    assert second["route"] == "unmatched"
    assert second["code"] == "not_found"
    text = server.log.getvalue().decode()
    assert all(word not in text for word in ("anna", "private", "127.0.0.1", EVENTS, READ))


def test_addresses_are_logged_in_debug_alone_and_the_log_may_be_off(serve):
    with (server := serve(debug=True)).client() as client:
        client.get("/users/u")
    assert server.lines()[0]["client"] == "127.0.0.1"
    with (server := serve(access_log=False)).client() as client:
        client.get("/users/u")
    assert server.lines() == []
