"""Searches are counted in memory and written together."""

import asyncio

import pytest

from parure.core.errors import StoreError
from parure.serving.searches import LONG, NO_WORDS, SearchCounter, normalised, told_searches
from parure.store import Store

DAY_US = 86_400_000_000
NOW_US = 20_000 * DAY_US


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        ("  Gold  RING\t", "gold ring"),
        ("", NO_WORDS),
        (" \n", NO_WORDS),
        ("x" * 100, "x" * 100),
        ("x" * 101, LONG),
        ("half \ud800", "half ?"),
    ],
)
def test_words_are_counted_in_lower_case_and_not_at_length(typed, counted):
    assert normalised(typed) == counted


def test_what_is_gathered_is_written_a_hundred_at_a_time(tmp_path):
    async def search(store):
        counter = SearchCounter(store, on=True, now_us=lambda: NOW_US)
        for _ in range(250):
            counter.count("Ring", 4, 1.0)
        await asyncio.gather(*counter._writing)
        written = store.statistics.searches(1, 1)[0]
        counter.close()
        return written, store.statistics.searches(1, 1)[0]

    with Store.open(tmp_path, now_us=lambda: NOW_US) as store:
        assert asyncio.run(search(store)) == ([(20_000, 200, 0)], [(20_000, 250, 0)])


def test_one_alone_is_written_within_a_second_or_so(tmp_path):
    async def search(store):
        counter = SearchCounter(store, on=True, now_us=lambda: NOW_US)
        counter.count("ring", 0, 1.0)
        assert store.statistics.searches(1, 1)[0] == []
        await asyncio.sleep(1.2)
        await asyncio.gather(*counter._writing)
        return store.statistics.searches(1, 1)[0]

    with Store.open(tmp_path, now_us=lambda: NOW_US) as store:
        assert asyncio.run(search(store)) == [(20_000, 1, 1)]


def test_nothing_is_counted_where_that_is_switched_off(tmp_path):
    with Store.open(tmp_path, now_us=lambda: NOW_US) as store:
        counter = SearchCounter(store, on=False, now_us=lambda: NOW_US)
        counter.count("ring", 1, 1.0)
        counter.close()
        assert store.statistics.searches(1, 1) == ([], [])


def test_searches_that_the_store_does_not_take_are_counted_as_lost(tmp_path, caplog):
    async def search(store):
        counter = SearchCounter(store, on=True, now_us=lambda: NOW_US)
        for _ in range(100):
            counter.count("ring", 1, 1.0)
        await asyncio.gather(*counter._writing)
        counter.count("ring", 1, 1.0)
        counter.close()
        return counter.lost

    with Store.open(tmp_path) as store:
        pass
    with pytest.raises(StoreError):
        store.count_searches_blocking([])
    assert asyncio.run(search(store)) == 101
    assert "100 searches were not counted" in caplog.text


def test_what_was_sent_once_a_day_is_not_told_of(tmp_path):
    clock = [NOW_US]

    async def search(store):
        counter = SearchCounter(store, on=True, now_us=lambda: clock[0])
        for text, found in (("ring", 3), ("ring", 5), ("my name", 1), ("tiara", 0), ("tiara", 0)):
            counter.count(text, found, 2.0)
        clock[0] += DAY_US
        counter.count("my name", 1, 1.0)
        counter.close()

    with Store.open(tmp_path, now_us=lambda: clock[0]) as store:
        asyncio.run(search(store))
        told = told_searches(store, 7, 10, counting=True)
    assert [(each.query, each.searches, each.mean_results) for each in told.top] == [
        ("ring", 2, 4.0),
        ("tiara", 2, 0.0),
    ]
    assert [(each.query, each.without_result) for each in told.without_result] == [("tiara", 2)]
    assert [told.searches, told.not_listed] == [6, 2]
    assert [each.searches for each in told.days] == [5, 1]
