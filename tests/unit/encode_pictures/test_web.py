import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from parure.encode import web
from parure.encode.encoder import PictureError
from parure.encode.web import WebLimits, fetch, is_public

PICTURE = b"picture" * 1000
LOCAL = WebLimits(allow_private=True, timeout_s=5)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answers = {
            "/picture.jpg": lambda: self.answer(200, PICTURE),
            "/a%20b.jpg?x=1": lambda: self.answer(200, b"spaced"),
            "/gone": lambda: self.answer(404),
            "/broken": lambda: self.answer(500),
            "/hop": lambda: self.answer(302, Location="/picture.jpg"),
            "/round": lambda: self.answer(302, Location="/round"),
            "/nowhere": lambda: self.answer(302),
            "/inside": lambda: self.answer(302, Location="http://169.254.169.254/latest/meta-data"),
            "/file": lambda: self.answer(302, Location="file:///etc/passwd"),
            "/drip": self.drip,
            "/drip-headers": self.drip_headers,
            "/short": self.short,
        }
        answers[self.path]()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.slowly()

    def drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        self.slowly()

    def slowly(self) -> None:
        try:
            for _ in range(200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b"x" * 100)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


def reason_of(url: str, limits: WebLimits = LOCAL) -> str:
    with pytest.raises(PictureError) as caught:
        fetch(url, limits)
    return caught.value.reason


def test_a_picture_is_fetched(server):
    assert fetch(f"{server}/picture.jpg", LOCAL) == PICTURE


def test_an_address_with_spaces_is_written_as_servers_expect(server):
    assert fetch(f"{server}/a%20b.jpg?x=1", LOCAL) == b"spaced"


def test_redirects_are_followed_up_to_the_limit(server):
    assert fetch(f"{server}/hop", LOCAL) == PICTURE
    assert reason_of(f"{server}/hop", LOCAL.model_copy(update={"redirects": 0})) == "fetch_failed"
    assert reason_of(f"{server}/round") == "fetch_failed"
    assert reason_of(f"{server}/nowhere") == "fetch_failed"


def test_what_a_server_refuses_is_said(server):
    assert reason_of(f"{server}/gone") == "not_found"
    assert reason_of(f"{server}/broken") == "fetch_failed"
    assert reason_of(f"{server}/short") == "fetch_failed"


def test_a_picture_that_is_too_large_is_given_up(server):
    assert reason_of(f"{server}/picture.jpg", LOCAL.model_copy(update={"max_bytes": 2000})) == "too_large"


@pytest.mark.parametrize("path", ["drip", "drip-headers"])
def test_a_server_that_drips_is_given_up_in_time(server, path):
    start = time.monotonic()
    assert reason_of(f"{server}/{path}", LOCAL.model_copy(update={"timeout_s": 0.5})) == "fetch_timeout"
    assert time.monotonic() - start < 8  # of the ten that it would drip


def test_a_local_address_is_refused_unless_allowed(server):
    assert reason_of(f"{server}/picture.jpg", WebLimits()) == "address_refused"
    assert reason_of(f"http://localhost:{server.rpartition(':')[2]}/picture.jpg", WebLimits()) == "address_refused"


def test_every_hop_is_judged(server, monkeypatch):
    judged = web.is_public
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1" or judged(address))
    assert fetch(f"{server}/hop", WebLimits()) == PICTURE
    assert reason_of(f"{server}/inside", WebLimits()) == "address_refused"
    assert reason_of(f"{server}/file", WebLimits()) == "address_refused"


def test_a_name_is_resolved_once_and_that_address_is_connected_to(server, monkeypatch):
    port = int(server.rpartition(":")[2])
    asked = []

    def resolve(host, *_: object, **__: object):
        asked.append(host)
        if host == "shop.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return original(host, *_, **__)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert fetch(f"http://shop.example:{port}/picture.jpg", LOCAL) == PICTURE
    assert asked.count("shop.example") == 1
    assert reason_of(f"http://shop.example:{port}/picture.jpg", WebLimits()) == "address_refused"


@pytest.mark.parametrize(
    "url", ["ftp://a.b/c", "file:///etc/passwd", "http://", "http://user:word@a.b/", "http://a.b/\r\nX: y", "nonsense"]
)
def test_what_is_no_plain_web_address_is_refused(url):
    assert reason_of(url) == "address_refused"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "fe80::1%eth0", "fc00::1", "::", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1", "nonsense",
    ],
)  # fmt: skip
def test_addresses_of_the_inside_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


def test_a_closed_port_and_an_unknown_name_are_failures():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert reason_of(f"http://127.0.0.1:{port}/") == "fetch_failed"
    assert reason_of("http://no-such-name.invalid/") == "fetch_failed"
