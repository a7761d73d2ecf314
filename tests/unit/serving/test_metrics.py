"""Metrics: names are single, values are told exactly."""

import pytest

from parure.serving.metrics import BUCKETS_S, Counter, Latencies, Metrics, Reading


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
    metrics.add(Reading("a_bytes", "A.", lambda: 1))
    with pytest.raises(ValueError, match="a_bytes"):
        metrics.add(Counter("a_bytes", "B."))


def test_quantiles_lie_in_the_bucket_that_holds_them():
    metrics = Metrics()
    for seconds, status in ((0.003, 200), (0.003, 200), (0.003, 404), (0.15, 500)):
        metrics.http.add("/a", "GET", status, seconds)
    met = metrics.http.by_route()["/a", "GET"]
    assert [met.requests, met.failed] == [4, 1]
    assert met.quantile_s(0.5) == pytest.approx(0.002 + 0.003 * 2 / 3)
    assert 0.1 < met.quantile_s(0.99) <= 0.2


def test_what_is_slower_than_every_bucket_counts_as_the_last_bound():
    metrics = Metrics()
    metrics.http.add("/a", "GET", 200, 99.0)
    assert metrics.http.by_route()["/a", "GET"].quantile_s(0.5) == BUCKETS_S[-1]
    assert Latencies((0.0,) * (len(BUCKETS_S) + 1), 0).quantile_s(0.5) is None
