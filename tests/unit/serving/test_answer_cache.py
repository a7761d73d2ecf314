"""Answers that are kept: so many, so large, and so long."""

from parure.serving import answer_cache
from parure.serving.answer_cache import AnswerCache


def test_the_least_recently_used_is_forgotten_first():
    cache = AnswerCache(2, 60)
    cache.put("a", b"1")
    cache.put("b", b"2")
    assert cache.get("a") == b"1"
    cache.put("c", b"3")
    assert [cache.get(key) for key in "abc"] == [b"1", None, b"3"]
    assert [cache.hits, cache.misses] == [3, 1]


def test_no_more_bytes_are_kept_than_may_be(monkeypatch):
    monkeypatch.setattr(answer_cache, "_MOST_BYTES", 10)
    monkeypatch.setattr(answer_cache, "_LONGEST", 8)
    cache = AnswerCache(100, 60)
    for key in "abc":
        cache.put(key, b"1234")
    assert [cache.get(key) for key in "abc"] == [None, b"1234", b"1234"]
    cache.put("b", b"12")
    cache.put("d", b"1234")
    assert [cache.get(key) for key in "bcd"] == [b"12", b"1234", b"1234"]
    cache.put("long", b"123456789")
    assert cache.get("long") is None
    cache.clear()
    for key in "xyz":
        cache.put(key, b"12")
    assert len(cache) == 3


def test_nothing_is_kept_past_its_time_or_where_nothing_may_be():
    for cache in (AnswerCache(0, 60), AnswerCache(9, 0)):
        cache.put("a", b"1")
        assert cache.get("a") is None
    brief = AnswerCache(9, 1e-9)
    brief.put("a", b"1")
    assert brief.get("a") is None
