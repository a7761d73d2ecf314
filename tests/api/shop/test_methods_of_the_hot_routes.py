"""HEAD and wrong methods at the addresses that are called most."""

import pytest

PATHS = {
    "/recommendations": {"GET", "HEAD", "POST"},
    "/recommendations/C0000001": {"GET", "HEAD"},
    "/items/P00002/similar": {"GET", "HEAD"},
    "/events": {"POST"},
}


@pytest.mark.parametrize("path", [path for path, methods in PATHS.items() if "HEAD" in methods])
def test_head_is_answered_as_get_is_but_without_a_body(reading, path):
    with reading.client() as client:
        head, get = client.head(path, params={"n": 3}), client.get(path, params={"n": 3})
        assert head.status_code == get.status_code == 200
        assert head.content == b""
        assert head.headers["content-type"] == get.headers["content-type"]
        assert abs(int(head.headers["content-length"]) - len(get.content)) < 100  # times and names differ
        missing = client.head(path, params={"n": 0})
        assert (missing.status_code, missing.content) == (422, b"")


WRONG = [
    (path, method)
    for path, methods in PATHS.items()
    for method in ("DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND", "HEAD")
    if method not in methods
]


def _refused(reading):
    """How many wrong methods the server has counted."""
    lines = reading.ask("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if 'errors_total{code="method"' in line)


@pytest.mark.parametrize(("path", "method"), WRONG)
def test_a_wrong_method_is_refused_with_the_envelope_and_counted(reading, path, method):
    before = _refused(reading)
    response = reading.ask(path, method)
    assert response.status_code == 405
    assert {*response.headers["allow"].split(", ")} == PATHS[path]
    assert response.headers["content-type"] == "application/json"
    if method != "HEAD":
        assert response.json()["error"]["code"] == "method"
        assert response.json()["error"]["request_id"] == response.headers["x-request-id"]
    assert _refused(reading) == before + 1
