"""The token bucket: what it lets through, what it holds back, and what it keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.serving.rate import RateLimiter, network_of

PACE = st.tuples(st.floats(0.1, 1000), st.integers(1, 50))
GAPS = st.lists(st.floats(0, 5), min_size=1, max_size=120)


def passes(limiter, gaps, start=1000.0):
    """Moments at which requests came, and whether each passed."""
    now, seen = start, []
    for gap in gaps:
        now += gap
        seen.append((now, limiter.wait_s("a", now) == 0))
    return seen


@given(PACE, GAPS)
def test_no_stretch_of_time_holds_more_than_the_burst_and_what_flowed_in(pace, gaps):
    per_s, burst = pace
    taken = [moment for moment, passed in passes(RateLimiter(per_s, burst), gaps) if passed]
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - taken[first]) * per_s + 1e-3


@given(PACE, GAPS)
def test_a_request_that_waits_as_long_as_it_is_told_passes_and_not_much_earlier(pace, gaps):
    limiter = RateLimiter(*pace)
    now = 1000.0
    for gap in gaps:
        now += gap
        wait_s = limiter.wait_s("a", now)
        if wait_s > 1e-6:
            assert limiter.wait_s("a", now + wait_s * 0.9) > 0
            now += wait_s
            assert limiter.wait_s("a", now) == 0


@given(PACE, st.integers(1, 200))
def test_who_keeps_to_the_rate_is_never_held_back(pace, requests):
    per_s, burst = pace
    assert all(passed for _, passed in passes(RateLimiter(per_s, burst), [1.001 / per_s] * requests))


@given(PACE)
def test_after_a_rest_exactly_the_burst_passes_at_once(pace):
    per_s, burst = pace
    assert sum(passed for _, passed in passes(RateLimiter(per_s, burst), [0.0] * (burst + 5))) == burst


def test_one_caller_does_not_use_up_anothers_bucket():
    limiter = RateLimiter(1, 1)
    assert limiter.wait_s("a", 1.0) == 0
    assert limiter.wait_s("a", 1.0) > 0
    assert limiter.wait_s(b"b", 1.0) == 0


def test_memory_is_bounded_and_the_least_lately_used_goes_first():
    limiter = RateLimiter(1, 1, callers=3)
    for caller in ("a", "b", "c", "a", "d"):
        limiter.wait_s(caller, 1.0 if caller != "a" else 1.0 + len(limiter))
    assert len(limiter) == 3
    assert limiter.wait_s("b", 1.0) == 0  # Forgotten, so its bucket counts as full.
    assert limiter.wait_s("d", 1.0) > 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::7%eth0", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unix", "unix"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_network_counts_as_one_caller(address, network):
    assert network_of(address) == network
