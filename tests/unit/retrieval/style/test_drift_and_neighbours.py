"""A style that moves is seen to move, one that stays is not; like customers are found."""

import numpy as np
import pytest

from parure.core.clock import DAY_US, rng_for
from parure.dataset import dataset_from_events
from parure.index import unit_rows
from parure.retrieval.signals import acts_of_dataset
from parure.retrieval.style import known_rows, style_change, style_neighbours, style_windows

NOW = 2000 * DAY_US
TASTES = 2
EACH = 40


def catalogue(seed=0, size=32, spread=1.0):
    """Items of two tastes, forty of each, t0-00 to t1-39, and their vectors."""
    rng = np.random.default_rng(seed)
    middles = unit_rows(rng.normal(size=(TASTES, size)).astype(np.float32))
    noise = rng.normal(size=(TASTES, EACH, size)).astype(np.float32) * spread / np.sqrt(size)
    names = [f"t{taste}-{place:02}" for taste in range(TASTES) for place in range(EACH)]
    return names, unit_rows((middles[:, None] + noise).reshape(TASTES * EACH, size))


def acts_of(taste_of_day, seed):
    """Sixty visits in the last 360 days, two views each, of the taste that a day has."""
    names, unit = catalogue()
    rng = np.random.default_rng(seed)
    rows = []
    for visit in range(60):
        ago = visit * 6 + 1
        seen = [f"t{taste_of_day(ago, rng)}-{place:02}" for place in rng.choice(EACH, 2, replace=False)]
        rows += [("u", item, int(NOW - ago * DAY_US), "view", 1, 0) for item in seen]
    dataset = dataset_from_events(rows, {name: {} for name in names}, as_of_us=NOW)
    return acts_of_dataset(dataset, purchases_only=False), unit


def change(taste_of_day, seed):
    acts, unit = acts_of(taste_of_day, seed)
    return style_change(acts, unit, known_rows(unit), split_days=120, rng=rng_for(seed, "drift"))


def test_a_planted_drift_is_found():
    for seed in range(10):
        found = change(lambda ago, _: int(ago < 120), seed)
        assert found.p_value < 0.01
        assert found.drift > 5 * found.expected


def test_a_constant_taste_is_not_said_to_drift():
    surprising = 0
    for seed in range(40):
        found = change(lambda _, rng: int(rng.random() < 0.3), seed)
        surprising += found.p_value <= 0.05
        assert found.drift < 0.5
    # Chance alone says so in one of twenty.
    assert surprising <= 6


def test_no_change_can_be_told_where_a_span_is_empty():
    acts, unit = acts_of(lambda *_: 0, 0)
    known = known_rows(unit)
    assert style_change(acts, unit, known, split_days=1000, rng=rng_for(0, "drift")) is None
    assert style_change(acts, unit, known, split_days=0.5, rng=rng_for(0, "drift")) is None
    assert style_change(acts, unit, np.zeros_like(known), split_days=90, rng=rng_for(0, "drift")) is None


def test_windows_hold_the_style_of_their_time():
    acts, unit = acts_of(lambda ago, _: int(ago < 120), 0)
    found = style_windows(acts, unit, known_rows(unit), window_days=60, windows=8)
    assert found.vectors.shape == (1, 8, 32)
    assert found.events[0].tolist() == [0, 0, 20, 20, 20, 20, 20, 20]
    drift = found.drift()[0]
    assert np.isnan(drift[:2]).all()
    assert drift[2:].argmax() == 3
    assert drift[5] > 3 * np.delete(drift[2:], 3).max()


def test_windows_by_hand():
    rows = [("u", "a", NOW - 15 * DAY_US, "view", 1, 0), ("u", "b", NOW - 5 * DAY_US, "view", 1, 0)]
    dataset = dataset_from_events(rows, as_of_us=NOW)
    unit = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    acts = acts_of_dataset(dataset, purchases_only=False)
    found = style_windows(acts, unit, known_rows(unit), window_days=10, windows=2, min_events=1)
    assert found.drift()[0] == pytest.approx([0.4])


def test_neighbours_are_those_that_brute_force_finds():
    rng = np.random.default_rng(0)
    profiles = unit_rows(rng.normal(size=(600, 8)).astype(np.float32))
    profiles[[3, 77]] = np.nan
    wanted = np.arange(400)
    found = style_neighbours(profiles, wanted, 5)
    for row, (rows, cosines) in zip(wanted, found, strict=True):
        all_cosines = np.where(np.arange(600) == row, np.nan, profiles @ profiles[row])
        if row in (3, 77):
            assert len(rows) == 0
            continue
        assert rows.tolist() == np.argsort(-np.nan_to_num(all_cosines, nan=-2), kind="stable")[:5].tolist()
        assert cosines == pytest.approx(all_cosines[rows], abs=1e-6)
