"""Histories as averages: worked by hand, and the same in training as for a query."""

from dataclasses import replace

import numpy as np
import pytest

from parure.core import History, Query
from parure.core.clock import DAY_US, rng_for
from parure.dataset import dataset_from_events
from parure.retrieval.signals import acts_of_queries
from parure.retrieval.two_tower import TwoTowerConfig
from parure.retrieval.two_tower.histories import Log, context, profile_codes
from parure.retrieval.two_tower.moments import Past, log_of
from parure.testing import checkerboard


def shop(rows):
    """Events (user, item, day, kind) from day 0 on; the moment of the dataset is day 100."""
    events = [(user, item, int(day * DAY_US), kind, 1.0, 100) for user, item, day, kind in rows]
    return dataset_from_events(events, as_of_us=100 * DAY_US)


def bags(dataset, day=None, *, length=50, half_lives=(10.0,)):
    log = log_of(dataset)
    rows = np.arange(len(dataset.users))
    moments = None if day is None else np.full(len(rows), int(day * DAY_US))
    return log.bags(rows, moments, length=length, half_lives=half_lives)


def test_an_item_counts_by_the_logarithm_of_its_purchases_and_fades_from_the_newest_event():
    dataset = shop([("u", "a", 0, "purchase"), ("u", "a", 1, "purchase"), ("u", "b", 11, "purchase")])
    found = bags(dataset)
    assert dataset.items.ids_of(found.item_ix) == ["a", "b"]
    # a: two purchases, ten days before the newest event, which is one half-life; b: one purchase, not faded.
    a, b = np.log(3) / 2, np.log(2)
    assert found.weights[0] == pytest.approx([a / (a + b), b / (a + b)], rel=1e-6)
    assert found.newest_us.tolist() == [11 * DAY_US]


def test_at_a_past_moment_later_events_are_not_seen():
    dataset = shop([("u", "a", 0, "purchase"), ("u", "b", 5, "purchase"), ("u", "a", 9, "purchase")])
    found = bags(dataset, day=6)
    a, b = np.log(2) * 2 ** (-5 / 10), np.log(2)
    assert found.weights[0] == pytest.approx([a / (a + b), b / (a + b)], rel=1e-6)
    assert bags(dataset, day=-1).sizes.tolist() == [0]


def test_what_was_given_back_is_not_in_the_average():
    dataset = shop([("u", "a", 0, "purchase"), ("u", "b", 1, "purchase"), ("u", "a", 2, "return")])
    assert dataset.items.ids_of(bags(dataset).item_ix) == ["b"]
    assert dataset.items.ids_of(bags(dataset, day=1.5).item_ix) == ["a", "b"]


def test_a_view_counts_less_than_a_purchase():
    found = bags(shop([("u", "bought", 0, "purchase"), ("u", "seen", 0, "view")]))
    bought, seen = found.weights[0]
    assert bought > 5 * seen > 0


def test_of_a_long_history_the_newest_events_are_read():
    dataset = shop([("u", f"item-{day:02}", day, "purchase") for day in range(20)])
    assert dataset.items.ids_of(bags(dataset, length=3).item_ix) == ["item-17", "item-18", "item-19"]


def test_a_short_half_life_leaves_the_last_visit_alone():
    dataset = shop([("u", "old", 0, "purchase"), ("u", "new", 90, "purchase"), ("u", "too", 90, "purchase")])
    old, *last = bags(dataset, half_lives=(0.5,)).weights[0]
    assert old < 1e-6
    assert last == pytest.approx([0.5, 0.5])


def test_a_query_as_of_a_past_moment_is_averaged_as_training_saw_that_moment():
    dataset = checkerboard()
    config = TwoTowerConfig(horizon_days=3, half_life_days=1000, history_length=2)
    past = Past(dataset, config, log_of(dataset))
    seen = 0
    for batch in past.epoch(rng_for(0, "moments")):
        queries = [_as_of(dataset, user, now) for user, now in zip(batch.user_ix, batch.now_us, strict=True)]
        acts = acts_of_queries(queries, dataset.items, purchases_only=False)
        served = Log(acts, log_of(dataset).scale).bags(
            np.arange(len(queries)), None, length=2, half_lives=config.half_lives_days
        )
        assert np.array_equal(served.item_ix, batch.history.item_ix)
        assert np.array_equal(served.offsets, batch.history.offsets)
        assert served.weights == pytest.approx(batch.history.weights, abs=1e-6)
        assert np.array_equal(context(served, batch.now_us), context(batch.history, batch.now_us))
        seen += len(queries)
    assert seen > 10


def _as_of(dataset, user, now_us):
    query = dataset.query(dataset.users.id_of(int(user)))
    return replace(query, now_us=int(now_us), history=query.history.take(query.history.timestamp_us <= now_us))


def test_what_is_to_be_foretold_lies_within_the_horizon_after_the_moment():
    dataset = checkerboard()
    past = Past(dataset, TwoTowerConfig(horizon_days=4, half_life_days=10_000), log_of(dataset))
    times = {
        (int(u), int(i)): int(t)
        for u, i, t in zip(dataset.events.user_ix, dataset.events.item_ix, dataset.events.timestamp_us, strict=True)
    }
    taken = 0
    for batch in past.epoch(rng_for(1, "moments")):
        for moment, item in zip(batch.moment, batch.taken, strict=True):
            ahead_days = (times[int(batch.user_ix[moment]), int(item)] - batch.now_us[moment]) / DAY_US
            assert 0 < ahead_days <= 4 + 1e-6
            taken += 1
    assert taken == len(dataset.events)


def test_things_bought_again_count_as_little_as_the_settings_say():
    dataset = shop([("u", "a", 0, "purchase"), ("u", "a", 20, "purchase"), ("u", "b", 20, "purchase")])
    config = TwoTowerConfig(horizon_days=1, half_life_days=36_500, bought_weight=0.25)
    (batch,) = Past(dataset, config, log_of(dataset)).epoch(rng_for(0, "moments"))
    late = batch.now_us[batch.moment] > 10 * DAY_US
    names = dataset.items.ids_of(batch.taken[late])
    assert dict(zip(names, batch.worth[late].tolist(), strict=True)) == {"a": 0.25, "b": 1.0}
    assert batch.worth[~late].tolist() == [1.0]


def test_the_frequency_of_items_sums_to_one_and_falls_with_age():
    dataset = shop([("u", "old", 0, "purchase"), ("v", "new", 60, "purchase")])
    past = Past(dataset, TwoTowerConfig(half_life_days=60), log_of(dataset))
    new, old = past.frequency()[dataset.items.rows_of(["new", "old"])]
    assert new + old == pytest.approx(1)
    assert new == pytest.approx(2 * old)


def test_attributes_are_numbered_by_column_and_value():
    codes = profile_codes([{"gender": "f", "age_band": "26-35"}, {"gender": "26-35"}, {}], ("gender", "age_band"))
    assert (codes[0] > 0).all()
    assert codes[1, 0] not in (0, codes[0, 1])
    assert codes[2].tolist() == [0, 0]


def test_an_empty_history_has_a_context_of_numbers():
    query = Query(History.empty(checkerboard().items), now_us=0)
    acts = acts_of_queries([query], checkerboard().items, purchases_only=False)
    empty = Log(acts, 10.0).bags(np.arange(1), None, length=5, half_lives=(1.0,))
    assert np.isfinite(context(empty, np.array([0]))).all()
