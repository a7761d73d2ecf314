"""Lines of the log: their form, and what becomes of them when writing fails."""

import io
import json
import logging
import sys
import threading

import pytest

from parure.serving.access_log import AccessLog, Line, LogFormatter

LINE = Line(1_700_000_000.0625, "ab-1", "GET", '/a"b/{id}', 200, 1.23456, 17, "read", "", "")


def written(log_format, *lines):
    stream = io.BytesIO()
    log = AccessLog(stream, log_format)
    for line in lines:
        log.add(line)
    log.close()
    return stream.getvalue().decode()


def test_a_line_of_json_holds_what_is_known_and_leaves_out_what_is_not():
    told = json.loads(written("json", LINE))
    assert told == {
        "at": "2023-11-14T22:13:20.062Z", "request_id": "ab-1", "method": "GET", "route": '/a"b/{id}', "status": 200,
        "ms": 1.235, "sent_bytes": 17, "role": "read",
    }  # fmt: skip
    told = json.loads(written("json", LINE._replace(code="rate", client='::1"')))
    assert told["code"] == "rate"
    assert told["client"] == '::1"'


def test_a_line_of_text_is_words():
    assert written("text", LINE) == '2023-11-14T22:13:20.062Z ab-1 GET /a"b/{id} 200 1.235ms 17B read\n'


def test_lines_come_in_order_none_is_lost_and_none_is_torn_at_a_pipes_size():
    pieces = []

    class Stream(io.BytesIO):
        def write(self, data):
            pieces.append(data)
            return len(data)

    log = AccessLog(Stream())
    threads = [threading.Thread(target=lambda: [log.add(LINE._replace(status=i)) for i in range(500)])]
    for thread in threads:
        thread.start()
        thread.join()
    log.close()
    assert [json.loads(line)["status"] for line in b"".join(pieces).splitlines()] == list(range(500))
    assert all(len(piece) <= 4096 and piece.endswith(b"\n") for piece in pieces)
    assert len(pieces) < 100


def test_lines_beyond_what_may_wait_and_lines_that_cannot_be_written_are_counted_as_lost():
    stream = io.BytesIO()
    stream.close()
    log = AccessLog(stream, waiting=3)
    for _ in range(5):
        log.add(LINE)
    log.close()
    assert log.lost == 5


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_other_lines_carry_the_trace_and_cannot_be_forged_by_a_line_break(log_format):
    try:
        raise RuntimeError("inside")
    except RuntimeError:
        trace = sys.exc_info()
    record = logging.LogRecord("parure.serving", logging.ERROR, "", 0, "user %s", ("a\nb",), trace)
    text = LogFormatter(log_format).format(record)
    if log_format == "json":
        told = json.loads(text)
        assert "\n" not in text
        assert told["message"] == "user a\nb"
        assert "RuntimeError: inside" in told["trace"]
    else:
        assert text.splitlines()[0].endswith("error parure.serving: user a\\nb")
        assert "RuntimeError: inside" in text
