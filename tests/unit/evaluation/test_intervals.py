"""Bootstrap intervals over users."""

from __future__ import annotations

import numpy as np
import pytest

from parure.evaluation import intervals
from parure.evaluation.intervals import Group, bootstrap, bootstrap_groups, defined_groups, paired


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
    values = np.array([[1.0, np.nan, np.nan, 2.0], [3.0, 5.0, np.nan, 4.0], [np.nan, 7.0, np.nan, np.nan]])
    groups = defined_groups(values)
    assert [columns for columns, _ in groups] == [[0, 3], [1]]
    found = bootstrap_groups(3, [group for _, group in groups], resamples=20)
    assert found[0].value.tolist() == [2.0, 3.0]
    assert found[1].value.tolist() == [6.0]


def test_a_group_of_all_users_is_judged_like_all_users() -> None:
    values = np.random.default_rng(0).random((30, 2))
    plain = bootstrap(values, resamples=100)
    (group,) = bootstrap_groups(30, [Group(values, np.arange(30))], resamples=100)
    np.testing.assert_allclose([group.low, group.high], [plain.low, plain.high], atol=1e-12)


def test_the_interval_of_a_group_holds_its_own_mean_and_is_wider_than_that_of_all() -> None:
    values = np.random.default_rng(0).random((400, 1))
    rows = np.arange(40)
    whole, part = bootstrap_groups(400, [Group(values), Group(values[rows], rows)], resamples=300)
    assert part.low[0] < values[:40].mean() < part.high[0]
    assert part.high[0] - part.low[0] > 2 * (whole.high[0] - whole.low[0])


def test_a_group_of_one_is_left_out_of_the_resamples_that_miss_it() -> None:
    (found,) = bootstrap_groups(5, [Group(np.array([[0.4]]), np.array([2]))], resamples=50)
    assert (found.low[0], found.value[0], found.high[0]) == pytest.approx((0.4, 0.4, 0.4))
