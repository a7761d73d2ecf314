"""What metrics look like as text, read back by a reader of the format."""

import math

from parure.serving.metrics import Counter, Metrics, Reading


def test_what_is_rendered_is_read_back_as_it_was(parse_exposition):
    metrics = Metrics()
    odd = 'a"b\\c\nd\\n'
    events = Counter("events_total", 'Events, "quoted" \\ and\nbroken.', ("kind",))
    events.add(odd, by=2.5)
    metrics.add(events)
    metrics.add(Reading("odd_number", "Not a number.", lambda: math.nan))
    metrics.add(Reading("waiting_events", "Events that wait.", lambda: 3))
    metrics.http.add("/users/{user_id}", "GET", 200, 0.0042)
    metrics.errors.add("rate")
    families = parse_exposition(metrics.render("w 1").decode())
    assert families["events_total"].kind == "counter"
    assert families["events_total"].help == 'Events, "quoted" \\ and\nbroken.'
    assert families["events_total"].samples == [("events_total", {"kind": odd, "worker": "w 1"}, 2.5)]
    assert families["waiting_events"].samples == [("waiting_events", {"worker": "w 1"}, 3.0)]
    assert math.isnan(families["odd_number"].samples[0][2])
    assert families["parure_http_request_seconds"].kind == "histogram"
    assert families["parure_http_errors_total"].samples[0][1] == {"code": "rate", "worker": "w 1"}


def test_a_worker_that_has_done_nothing_yet_renders_too(parse_exposition):
    assert set(parse_exposition(Metrics().render("0").decode())) == {
        "parure_http_request_seconds", "parure_http_errors_total",
    }  # fmt: skip
