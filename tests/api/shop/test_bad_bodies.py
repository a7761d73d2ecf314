"""Broken, hostile and endless bodies: each is refused, and the server answers on in the same memory."""

import errno
import io
import json
import random
import socket
import zlib

import psutil
import pytest

EVENT = {"user_id": "u-bad", "item_id": "P00001", "event": "view"}


@pytest.fixture(scope="module")
def steady(changing):
    """The server, whose memory must not have grown by more than 100 MB once the module is through."""
    changing.search("ring")
    picture = changing.ask("/images/P00001").content
    for _ in range(3):
        assert changing.ask("/search", "POST", files={"picture": picture}).status_code == 200
    process = psutil.Process(changing.process.pid)
    before = process.memory_info().rss
    yield changing
    grown = process.memory_info().rss - before
    assert grown < 100e6, f"{grown / 1e6:.0f} MB"


@pytest.fixture(autouse=True)
def answers_on(steady):
    """After each test the server answers as ever."""
    yield
    assert steady.process.poll() is None
    assert len(steady.recommended("C0000001", n=3)) == 3


def _png(width, height, rows):
    def chunk(kind, content):
        body = kind + content
        return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _pictures():
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 60)).save(out, "JPEG")
    jpeg = out.getvalue()
    png = _png(40, 40, (b"\0" + b"\x10\x20\x30" * 40) * 40)
    huge = jpeg.replace((200).to_bytes(2, "big") + (300).to_bytes(2, "big"), b"\xff\xff\xff\xff")
    assert huge != jpeg
    return {
        "empty": b"",
        "one byte": b"\xff",
        "magic of a JPEG": jpeg[:3],
        "head of a JPEG": jpeg[:200],
        "magic of a PNG": png[:8],
        "PNG without pixels": png[:45],
        "PNG bomb": _png(60_000, 60_000, b"\0" * 1_000_000),
        "JPEG that claims to be enormous": huge,
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "words": b"this is no picture" * 100,
        "a GIF's name alone": b"GIF89a",
        "WebP cut short": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
        "zeros": b"\0" * 100_000,
        "a ZIP": b"PK\x03\x04" + b"\0" * 400,
    }


PICTURES = _pictures()


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_no_picture_is_refused(steady, name):
    response = steady.ask("/search", "POST", files={"picture": ("p.jpg", PICTURES[name], "image/jpeg")})
    assert 400 <= response.status_code < 500, response.text
    assert response.json()["error"]["message"]


def test_pictures_with_changed_bytes_are_answered_or_refused(steady):
    drawn = random.Random(5)
    whole = steady.ask("/images/P00002").content
    for _ in range(25):
        broken = bytearray(whole[: drawn.randrange(100, len(whole))])
        for _ in range(drawn.randrange(1, 20)):
            broken[drawn.randrange(len(broken))] = drawn.randrange(256)
        response = steady.ask("/search", "POST", files={"picture": bytes(broken)})
        assert response.status_code < 500, response.text


def test_a_picture_that_is_too_large_is_refused_before_it_is_read(steady):
    response = steady.ask("/search", "POST", files={"picture": b"\xff\xd8\xff" + b"\0" * 11_000_000})
    assert (response.status_code, response.json()["error"]["code"]) == (413, "body_size")


TEXTS = {
    "nothing": b"",
    "half an object": b'{"user_id": "a", ',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"events":' * 50_000,
    "deep and closed": b'{"events":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a huge number": b'{"user_id":"a","item_id":"b","event":"view","quantity":1' + b"0" * 5000 + b"}",
    "a huge exponent": b'{"user_id":"a","item_id":"b","event":"view","quantity":1e99999}',
    "half a character": b'{"user_id":"\\ud800","item_id":"b","event":"view"}',
    "half a character in the item": b'{"user_id":"a","item_id":"\\udfff","event":"view"}',
    "NUL": b'{"user_id":"a\\u0000b","item_id":"b","event":"view"}',
    "NaN": b'{"user_id":"a","item_id":"b","event":"view","price":NaN}',
    "infinity": b'{"user_id":"a","item_id":"b","event":"view","price":Infinity}',
    "Latin-1": '{"user_id":"é"}'.encode("latin-1"),
    "bytes": bytes(range(256)),
    "a list": b"[]",
    "null": b"null",
    "a text": b'"a"',
    "the wrong types": b'{"user_id":1,"item_id":[],"event":{},"timestamp":"never"}',
    "many events": json.dumps({"events": [EVENT] * 1001}).encode(),
    "a moment beyond years": b'{"user_id":"a","item_id":"b","event":"view","timestamp":"9999-12-31T23:59:59-23:59"}',
}
PLACES = [
    ("POST", "/events"),
    ("POST", "/recommendations"),
    ("POST", "/items"),
    ("PUT", "/items/P00003"),
    ("PUT", "/items/P00003/stock"),
    ("PUT", "/items/P00003/price"),
    ("POST", "/users/merge"),
    ("PUT", "/users/C0000003/consent"),
]


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_proper_json_is_refused_everywhere(steady, name):
    for method, path in PLACES:
        response = steady.ask(path, method, content=TEXTS[name], headers={"content-type": "application/json"})
        assert 400 <= response.status_code < 500, (method, path, response.text)
        assert response.json()["error"]["code"]


@pytest.mark.parametrize(
    "attributes", [b'{"note":"\\ud800"}', b'{"note":"\\u0000"}', b'{"weight":1e999}', b'{"note":1' + b"0" * 400 + b"}"]
)
def test_odd_attributes_of_a_product_break_nothing(steady, attributes):
    body = b'{"title":"Odd","attributes":' + attributes + b"}"
    response = steady.ask("/items/N-odd", "PUT", content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500, response.text
    assert steady.ask("/items/N-odd").status_code in (200, 404)
    assert steady.get("/search", q="ring")["items"]


def test_odd_texts_in_a_query_are_refused_or_answered(steady):
    for query in ("q=%ED%A0%80", "q=%00", "q=%FF%FE", "filters=%00", "n=1e9", "n=" + "9" * 400, "offset=-1", "mode=x"):
        for path in ("/search", "/recommendations", "/recommendations/C0000001", "/items/popular", "/customers"):
            response = steady.ask(f"{path}?{query}")
            assert response.status_code < 500, (path, query, response.text)


def _raw(steady, head, parts=()):
    """Send bytes as they are; what came back."""
    host, port = steady.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head)
        hung_up = not _sent(connection, parts)
        found = b""
        while part := _received(connection):
            found += part
        # It may hang up on what it does not want to read, but not without a word.
        assert found or not hung_up
        return found


def _sent(connection, parts):
    """Whether the server took all of it before it hung up."""
    try:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
            raise
        return False
    return True


def _received(connection):
    """More of the answer; nothing once the server has hung up."""
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def _head(path, length, kind="application/json"):
    return (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("path", ["/events", "/items", "/recommendations", "/search"])
def test_a_gigabyte_that_is_announced_is_refused_and_one_cut_short_leaves_nothing(steady, path):
    kind = "multipart/form-data; boundary=b" if path == "/search" else "application/json"
    assert b" 413 " in _raw(steady, _head(path, 1 << 30, kind), [b"x" * 65536] * 4)
    assert b" 400 " in _raw(steady, _head(path, "9" * 30, kind))
    assert b" 200 " not in _raw(steady, _head(path, 1000, kind), [b'{"user_id":'])


def test_chunks_without_an_end_are_cut_off(steady):
    head = b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert b" 413 " in _raw(steady, head, [chunk] * 64)


def test_a_form_with_very_many_parts_is_refused(steady):
    form = [("filters", (None, "in_stock"))] * 3000
    response = steady.ask("/search", "POST", files=form)
    assert 400 <= response.status_code < 500
