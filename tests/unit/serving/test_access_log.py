"""Lines of the log: their form, and what becomes of them when writing fails."""

import io
import json
import logging
import sys
import threading
import time

import pytest

from parure.serving.access_log import _WRITTEN, AccessLog, Line, LogFormatter, write_log

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


def test_a_line_that_comes_while_others_are_written_is_written_too():
    class Stream(io.BytesIO):
        def write(self, data):
            if not self.getvalue():
                log.add(LINE)
            return super().write(data)

    def come_in_time(lines):
        until = time.monotonic() + 30
        while stream.getvalue().count(b"\n") < lines and time.monotonic() < until:
            time.sleep(0.01)
        return stream.getvalue().count(b"\n")

    log = AccessLog(stream := Stream())
    # Of so many lines some still wait while the first are written.
    for _ in range(100):
        log.add(LINE)
    assert come_in_time(101) == 101
    log.add(LINE)
    assert come_in_time(102) == 102
    log.close()
    assert log.lost == 0


def test_lines_beyond_what_may_wait_and_lines_that_cannot_be_written_are_counted_as_lost():
    stream = io.BytesIO()
    stream.close()
    log = AccessLog(stream, waiting=3)
    for _ in range(5):
        log.add(LINE)
    log.close()
    assert log.lost == 5


@pytest.fixture
def loggers():
    """The loggers that a server sets up, afterwards as they were."""
    kept = [(logger := logging.getLogger(name), logger.handlers, logger.level) for name in _WRITTEN]
    yield
    for logger, handlers, level in kept:
        logger.handlers = handlers
        logger.setLevel(level)


@pytest.mark.usefixtures("loggers")
def test_what_a_server_logs_is_written_once_in_its_form_with_values():
    for log_format in ("text", "json"):
        stream = io.StringIO()
        write_log(log_format, stream)
        logging.getLogger("parure.serving").info("bundle %s is served", "v1")
        logging.getLogger("parure.serving").debug("not told")
        logging.getLogger("uvicorn.error").info("not told")
        logging.getLogger("uvicorn.error").error("the port is gone")
        first, second = stream.getvalue().splitlines()
        if log_format == "text":
            assert first.endswith("info parure.serving: bundle v1 is served")
            assert second.endswith("error uvicorn.error: the port is gone")
        else:
            assert json.loads(first)["message"] == "bundle v1 is served"
            assert json.loads(second)["level"] == "error"


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
