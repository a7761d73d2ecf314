import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core.errors import InputError
from parure.evaluation import expected_calibration_error, reliability_curve
from parure.evaluation.calibration import bins_of


def test_the_error_is_the_mean_distance_of_what_was_said_and_what_came_true():
    # .1 said four times, one came true: .15 away. .6 said six times, three came true: .10 away.
    said = np.array([0.1] * 4 + [0.6] * 6)
    came = np.array([True, False, False, False, True, True, True, False, False, False])
    assert expected_calibration_error(said, came, bins=2) == pytest.approx(0.4 * 0.15 + 0.6 * 0.10)


def test_one_probability_for_all_is_one_bin():
    assert expected_calibration_error(np.full(10, 0.3), np.arange(10) < 3) == pytest.approx(0.0)
    assert set(bins_of(np.full(10, 0.3)).tolist()) == {0}


def test_bins_have_about_equal_mass():
    rows = np.bincount(bins_of(np.random.default_rng(0).random(1500), 15))
    assert rows.tolist() == [100] * 15


def test_right_probabilities_have_the_error_that_chance_makes():
    rng = np.random.default_rng(1)
    said = rng.random(5000)
    found = reliability_curve(said, rng.random(5000) < said, resamples=50)
    assert found.error == pytest.approx(found.error_by_chance, abs=0.01)
    assert found.log_loss < found.log_loss_of_rate
    assert sum(found.rows) == 5000


def test_wrong_probabilities_are_found_out():
    rng = np.random.default_rng(2)
    said = rng.random(5000)
    found = reliability_curve(said, rng.random(5000) < said**3, resamples=50)
    assert found.error > 0.2
    assert found.observed[7] < found.predicted[7]


def test_nearly_all_intervals_hold_the_right_probability():
    rng = np.random.default_rng(3)
    said = np.repeat(rng.random(2000), 3)
    occasions = np.repeat(np.arange(2000), 3)
    found = reliability_curve(said, rng.random(6000) < said, occasions=occasions, resamples=400)
    inside = [low <= right <= high for low, right, high in zip(found.low, found.predicted, found.high, strict=True)]
    assert sum(inside) >= 13


def test_intervals_over_lists_are_wider_where_lists_come_true_as_a_whole():
    rng = np.random.default_rng(4)
    lists = np.repeat(np.arange(300), 10)
    came = np.repeat(rng.random(300) < 0.4, 10)
    said = np.full(3000, 0.4)
    alone = reliability_curve(said, came, resamples=300)
    together = reliability_curve(said, came, occasions=lists, resamples=300)
    assert together.high[0] - together.low[0] > 2 * (alone.high[0] - alone.low[0])


@pytest.mark.parametrize(
    ("said", "came"), [([], []), ([0.5], [True, False]), ([1.5], [True]), ([float("nan")], [True])]
)
def test_what_is_no_probability_is_refused(said, came):
    with pytest.raises(InputError):
        expected_calibration_error(np.array(said), np.array(came, bool))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80), bins=st.integers(1, 20))
def test_the_error_is_between_0_and_1_and_equal_probabilities_share_a_bin(values, bins):
    said, came = np.array([v for v, _ in values]), np.array([c for _, c in values])
    assert 0 <= expected_calibration_error(said, came, bins=bins) <= 1
    place = bins_of(said, bins)
    assert place.max() < bins
    assert all(len(set(place[said == value].tolist())) == 1 for value in said)
    assert (np.diff(place[np.argsort(said)]) >= 0).all()
