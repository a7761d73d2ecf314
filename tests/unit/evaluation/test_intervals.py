"""Bootstrap intervals over users."""

from __future__ import annotations

import numpy as np
import pytest

from parure.evaluation import intervals
from parure.evaluation.intervals import bootstrap, bootstrap_defined, paired


def test_drawing_in_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random((40, 2))
    whole = bootstrap(values, resamples=100)
    monkeypatch.setattr(intervals, "_CELLS", 40 * 7)
    parts = bootstrap(values, resamples=100)
    np.testing.assert_allclose(parts.low, whole.low, rtol=0, atol=1e-12)
    np.testing.assert_allclose(parts.high, whole.high, rtol=0, atol=1e-12)


def test_equal_users_leave_no_doubt() -> None:
    found = bootstrap(np.full((25, 1), 0.25), resamples=50)
    assert (found.low[0], found.value[0], found.high[0]) == pytest.approx((0.25, 0.25, 0.25))


def test_more_users_narrow_the_interval() -> None:
    values = (np.arange(4000) % 2).astype(float)[:, None]
    few, many = bootstrap(values[:40], resamples=300), bootstrap(values, resamples=300)
    assert many.high[0] - many.low[0] < (few.high[0] - few.low[0]) / 5


def test_nobody_to_judge_gives_no_number() -> None:
    assert np.isnan(bootstrap(np.empty((0, 3))).value).all()


def test_a_pair_is_surer_than_its_parts() -> None:
    rng = np.random.default_rng(1)
    users = rng.random(300)
    a, b = (users + 0.01)[:, None], users[:, None]
    gap = paired(a, b, resamples=200)
    assert gap.low[0] == pytest.approx(0.01)
    assert gap.high[0] == pytest.approx(0.01)


def test_each_column_is_judged_over_the_users_it_is_defined_for() -> None:
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0]])
    found = bootstrap_defined(values, resamples=20)
    assert found.value.tolist() == [2.0, 6.0]


def test_a_column_defined_for_nobody_gives_no_number() -> None:
    found = bootstrap_defined(np.array([[np.nan, 1.0]]), resamples=5)
    assert np.isnan(found.value[0])
    assert found.value[1] == 1
