"""Metrics: names are single, values are told exactly."""

import pytest

from parure.serving.metrics import BUCKETS_S, Metrics


def test_a_request_is_counted_in_the_first_bucket_that_it_fits():
    metrics = Metrics()
    for seconds in (0.0, 0.0005, 0.0006, 99.0):
        metrics.http.add("/a", "GET", 200, seconds)
    counts = [value for ending, _, value in metrics.http.samples() if ending == "_bucket"]
    assert counts == [2, 3] + [3] * (len(BUCKETS_S) - 2) + [4]


def test_odd_methods_share_one_label():
    metrics = Metrics()
    for method in ("BREW", "WHEN", "GET"):
        metrics.http.add("/a", method, 404, 0.1)
    assert {dict(labels)["method"] for _, labels, _ in metrics.http.samples()} == {"OTHER", "GET"}


def test_a_name_is_taken_once():
    metrics = Metrics()
    metrics.gauge("a_bytes", "A.", lambda: 1)
    with pytest.raises(ValueError, match="a_bytes"):
        metrics.counter("a_bytes", "B.")
