"""Rate, sizes, time and broken connections, on a real server."""

import http.client
import logging
import socket
import threading
import time

import httpx
import pytest

ADMIN, READ = "aGm20fkUs67nXwHt8", "rKx83hdWq02mZpLs7"  # As the fixture has them.


def code(answer):
    return answer.json()["error"]["code"]


def raw(port, *parts, pause=0.0, shut=False):
    """Send bytes as they are and read until the server closes, as it must; or hang up at once where ``shut``."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        got = b""
        while not shut and (more := connection.recv(65536)):
            got += more
        return got


def wait_for(what, *, seconds=30):
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.005)
    return found


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", f"X-API-Key: {READ}", *lines, "", ""]).encode("latin-1")


def test_beyond_the_burst_a_key_waits_as_long_as_it_is_told(serve):
    server = serve(rate_limit_per_s=2, rate_limit_burst=3)
    with server.client() as client, server.client(key=ADMIN) as other:
        assert [client.get("/users/u").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.get("/users/u")
        assert code(refused) == "rate"
        assert refused.headers["retry-after"] == "1"
        assert other.get("/users/u").status_code == 200
        assert client.get("/health").status_code == 200
        time.sleep(1.0)
        assert client.get("/users/u").status_code == 200


def test_what_is_open_counts_against_the_address_but_for_health(serve):
    server = serve(rate_limit_per_s=0.001, rate_limit_burst=3)
    with server.client(key="") as client, server.client() as other:
        assert [client.get("/open/thing").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert code(client.get("/open/thing")) == "rate"
        assert other.get("/open/thing").status_code == 429
        assert [client.get("/health").status_code for _ in range(9)] == [200] * 9
        assert other.get("/users/u").status_code == 200


def test_guessing_keys_uses_up_what_an_address_may_ask(serve):
    server = serve(rate_limit_per_s=0.1, rate_limit_burst=2)
    with server.client(key="") as client:
        statuses = [client.get("/users/u", headers={"X-API-Key": f"guess{i}"}).status_code for i in range(4)]
    assert statuses == [401, 401, 429, 429]
    with server.client() as client:
        assert client.get("/users/u").status_code == 200


def test_two_gigabytes_are_refused_before_a_byte_of_them_is_sent(serve):
    # That it ends says that the connection was closed and nothing was waited for.
    got = raw(serve().port, head("POST", "/length", "Content-Length: 2147483648"))
    assert got.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in got
    assert b'"body_size"' in got


def test_a_body_of_absurd_length_is_no_fault(serve):
    got = raw(serve().port, head("POST", "/length", "Content-Length: " + "9" * 19))
    assert got.split(b" ")[1] in (b"413", b"400")


def test_a_body_a_little_too_long_is_refused_and_the_connection_lives_on(serve):
    with serve(body_limit_bytes=1024).client() as client:
        assert client.post("/length", content=b"x" * 1024).text == "1024"
        answer = client.post("/length", content=b"x" * 1025)
        assert answer.status_code == 413
        assert code(answer) == "body_size"
        assert client.post("/length", content=b"x").text == "1"


def test_a_body_without_a_length_is_counted_as_it_comes(serve):
    server = serve(body_limit_bytes=1024)
    with server.client() as client:
        assert client.post("/length", content=iter([b"x" * 500] * 2)).text == "1000"
        answer = client.post("/length", content=iter([b"x" * 500] * 3))
        assert answer.status_code == 413
        assert code(answer) == "body_size"
        assert client.post("/wide/things/a?k=1", content=iter([b"x" * 500] * 3)).status_code == 413


def test_pictures_have_a_limit_of_their_own(serve):
    with serve(body_limit_bytes=1024, picture_limit_bytes=4096).client() as client:
        assert client.post("/picture", content=b"x" * 4096).text == "4096"
        assert client.post("/picture", content=b"x" * 4097).status_code == 413


@pytest.mark.parametrize("path", ["/length", "/wide/things/a?k=1"])
def test_a_client_that_leaves_in_the_middle_of_its_body_is_nobodys_error(serve, caplog, path):
    server = serve()
    raw(server.port, head("POST", path, "Content-Length: 1000", "Content-Type: application/json"), b"x" * 10, shut=True)
    with server.client() as client:
        text = wait_for(lambda: text if b'code="gone"' in (text := client.get("/metrics").content) else b"")
    assert b'parure_http_errors_total{code="gone",worker="0"} 1' in text
    assert b'status="5xx"' not in text
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert any(line["status"] == 499 and line["code"] == "gone" for line in server.lines())


def test_what_takes_too_long_is_answered_504_and_the_rest_is_not(serve, caplog):
    server = serve(request_timeout_s=0.3)
    with server.client() as client:
        late = client.get("/sleep?s=3600")
        assert late.status_code == 504
        assert code(late) == "late"
        assert client.get("/sleep?s=0.01").status_code == 200
        assert client.get("/sleep?s=3600").status_code == 504
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_route_in_a_thread_is_answered_in_time_too(serve):
    server = serve(request_timeout_s=0.2)
    with server.client() as client:
        assert client.get("/thread").status_code == 504
    assert not server.go_on.is_set()
    server.go_on.set()


def test_who_is_refused_in_the_middle_of_a_body_of_unknown_length_cannot_send_on(serve):
    head_of_chunks = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
    got = raw(serve().port, head_of_chunks)
    assert got.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in got


def test_an_answer_that_has_begun_is_not_cut_off(serve):
    with serve(request_timeout_s=0.2).client() as client:
        assert client.get("/stream").text == "part " * 5


def test_a_body_that_dawdles_is_answered_408(serve):
    server = serve(request_timeout_s=0.3)
    got = raw(server.port, head("POST", "/length", "Content-Length: 100"), b"x" * 10, pause=0.4)
    assert got.startswith(b"HTTP/1.1 408")
    assert b'"request_late"' in got


def test_a_stopping_server_answers_what_it_cuts_short(serve):
    server = serve()

    def stop_when_it_has_begun():
        # As uvicorn does once the time for a graceful stop is over.
        for exchange in wait_for(lambda: list(server.gate._timed)):
            exchange.task.get_loop().call_soon_threadsafe(exchange.task.cancel)

    threading.Thread(target=stop_when_it_has_begun, daemon=True).start()
    with server.client() as client:
        answer = client.get("/sleep?s=30")
    assert answer.status_code == 503
    assert code(answer) == "stopping"
    assert answer.headers["connection"] == "close"


def test_a_head_without_end_is_refused(serve):
    server = serve()
    got = raw(server.port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", *[b"a" * 16384] * 5, pause=0.01)
    assert got.startswith(b"HTTP/1.1 431")
    assert b'"header_size"' in got


def test_a_head_that_dawdles_ends_its_connection(serve):
    server = serve()
    server.options.http_protocol_class.head_s, before = 0.2, server.options.http_protocol_class.head_s
    try:
        assert raw(server.port, b"GET / HT", pause=0.4).startswith(b"HTTP/1.1 408")
        assert raw(server.port, pause=0.4) == b""
    finally:
        server.options.http_protocol_class.head_s = before


def test_many_and_long_headers_are_no_fault(serve):
    with serve().client() as client:
        assert client.get("/users/u", headers={f"X-{i}": "a" for i in range(150)}).status_code == 431
        assert client.get("/users/u", headers={"X-Long": "a" * 60_000}).status_code == 200
        assert client.get("/users/u", headers={"X-Long": "a" * 300_000}).status_code in (200, 431)


@pytest.mark.parametrize(
    "target",
    [
        "/users/%00", "/users/%ff%fe", "/users/%zz", "/users/%", "/users/%ed%a0%80", "/users/a%0d%0ab", "//",
        "/%2e%2e/x", "/users/" + "a" * 30_000, "/users/u?q=%00", "/users/u?q=%ed%a0%80", "/users/u?q=%zz&%=%",
        "/users/u?" + "a=b&" * 5000, "/users/\xff", "/users/u?q=\xff", "*", "http://other/users/u",
        "/users/u#x", "/users/%F0%9F%92%8D",
    ],
)  # fmt: skip
def test_no_path_or_query_is_a_fault(serve, caplog, target):
    got = raw(serve().port, head("GET", target, "Connection: close"))
    assert 200 <= int(got.split(b" ", 2)[1]) < 500
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_path_with_nul_is_refused_with_the_envelope(serve):
    with serve().client() as client:
        answer = client.get("/users/a%00b")
    assert answer.status_code == 400
    assert code(answer) == "bad_request"


def test_an_answer_that_breaks_off_closes_the_connection_and_is_logged_once_by_the_gate(serve, caplog):
    server = serve()
    with server.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/broken", headers={"X-Request-ID": "broken-1"})
        assert client.get("/users/u").status_code == 200
    server.settle()
    ours = [record for record in caplog.records if record.name == "parure.serving"]
    assert len(ours) == 1
    assert "broken-1" in ours[0].getMessage()
    assert ours[0].exc_info is not None


def test_a_connection_is_kept_for_longer_than_clients_keep_theirs(serve):
    connection = http.client.HTTPConnection("127.0.0.1", serve().port, timeout=30)
    for pause in (7, 0):  # Most servers written in Python would have closed it after 5 seconds.
        connection.request("GET", "/sleep?s=0", headers={"X-API-Key": READ})
        answer = connection.getresponse()
        assert (answer.status, answer.read() != b"", answer.will_close) == (200, True, False)
        place = connection.sock.getsockname()
        time.sleep(pause)
    assert connection.sock.getsockname() == place
    connection.close()
