import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from parure.core.errors import InputError
from parure.ranking import Calibration, CalibrationConfig
from parure.ranking.calibration import _read_off


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def drawn(rows=20_000, seed=0):
    """Scores whose meaning is known: sigmoid(score - 3)."""
    rng = np.random.default_rng(seed)
    scores = rng.gamma(2.0, 1.0, rows).astype(np.float32)
    return scores, rng.random(rows) < sigmoid(scores - 3)


@pytest.mark.parametrize("kind", ["isotonic", "beta"])
def test_probabilities_that_scores_stand_for_are_found_again(kind):
    learned = Calibration.fit(*drawn(), config=CalibrationConfig(kind=kind))
    asked = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    assert learned.kind == kind
    assert learned.predict(asked) == pytest.approx(sigmoid(asked - 3), abs=0.04)


def test_of_two_bins_without_order_isotonic_makes_one():
    # 10 rows each at scores 1, 2 and 3, of which 1, 6 and 2 came true. The bins of 2 and 3 fall, so they become one:
    # with two rows of the general rate (9 of 30) added to each, (6 + .6 + 2 + .6) / 24; the first is (1 + .6) / 12.
    scores = np.repeat([1.0, 2.0, 3.0], 10)
    outcomes = np.concatenate([np.arange(10) < came for came in (1, 6, 2)])
    learned = Calibration.fit(scores, outcomes, config=CalibrationConfig(kind="isotonic", min_positive=1))
    assert learned.predict(np.array([1.0, 2.0, 3.0])) == pytest.approx([1.6 / 12, 9.2 / 24, 9.2 / 24])


def test_scores_beyond_those_seen_mean_what_the_last_one_meant():
    learned = Calibration.fit(*drawn())
    low, first, last, high = learned.predict(np.array([-1e6, 0.0, 1e3, 1e6]))
    assert low == first
    assert last == high
    assert 0 < low < high < 1


def test_too_few_that_came_true_give_one_probability_for_all():
    learned = Calibration.fit(np.arange(99.0), np.arange(99) < 4)
    assert learned.kind == "constant"
    assert learned.predict(np.array([-5.0, 50.0, 500.0])) == pytest.approx([0.045] * 3)


def test_scores_that_are_all_alike_mean_the_general_rate():
    learned = Calibration.fit(np.ones(999), np.arange(999) % 3 == 0)
    assert learned.predict(np.array([0.0, 1.0])) == pytest.approx([1 / 3] * 2, abs=1e-3)


def test_the_curve_is_chosen_that_says_better_what_it_has_not_seen():
    # A step, which a beta curve cannot follow.
    rng = np.random.default_rng(1)
    scores = rng.random(20_000)
    step = Calibration.fit(scores, rng.random(20_000) < np.where(scores < 0.5, 0.1, 0.6))
    assert step.kind == "isotonic"
    # A smooth curve of few rows, which bins follow badly.
    scores = rng.random(1_500)
    smooth = Calibration.fit(scores, rng.random(1_500) < 0.05 + 0.3 * scores)
    assert smooth.kind == "beta"


def test_a_score_that_tells_nothing_means_the_general_rate():
    rng = np.random.default_rng(8)
    learned = Calibration.fit(rng.random(4_000), rng.random(4_000) < 0.1)
    assert learned.kind == "constant"
    assert learned.predict(np.array([0.1, 0.9])) == pytest.approx([0.1] * 2, abs=0.015)


def test_a_score_that_means_another_thing_each_week_means_the_general_rate():
    # What rises in one week falls in the next, as far as the few that came true can tell.
    rng = np.random.default_rng(9)
    scores, week = rng.random(4_000), np.repeat([0, 1], 2_000)
    outcomes = rng.random(4_000) < np.where(week == 0, 0.2 * scores, 0.2 * (1 - scores))
    assert Calibration.fit(scores, outcomes, groups=week).kind == "constant"
    # Within one week it would have been learned.
    assert Calibration.fit(scores[week == 0], outcomes[week == 0]).kind != "constant"


def test_what_was_learned_can_be_told():
    learned = Calibration.fit(*drawn(), outcome="acts", config=CalibrationConfig(kind="beta"))
    assert learned.facts == {"counts": "acts", "curve": "beta", "bands": 1}


def test_who_is_active_has_a_curve_of_their_own_where_that_says_more():
    rng = np.random.default_rng(2)
    scores, activity = rng.random(30_000), rng.integers(0, 30, 30_000).astype(float)
    outcomes = rng.random(30_000) < 0.4 * scores * activity / 30
    learned = Calibration.fit(scores, outcomes, activity=activity)
    assert len(learned.edges) == 2
    quiet, busy = (float(learned.predict(np.array([0.8]), events)[0]) for events in (2, 28))
    assert busy > 2 * quiet


def test_activity_that_tells_nothing_parts_nobody():
    scores, outcomes = drawn()
    activity = np.random.default_rng(3).integers(0, 30, len(scores)).astype(float)
    assert Calibration.fit(scores, outcomes, activity=activity).edges == ()


def test_strangers_have_a_curve_beside_the_others():
    rng = np.random.default_rng(7)
    scores = rng.random(5_000)
    known = Calibration.fit(scores, rng.random(5_000) < 0.6 * scores)
    both = known.beside(Calibration.fit(scores, rng.random(5_000) < 0.1))
    assert both.predict(scores[:9], 4).tolist() == known.predict(scores[:9], 4).tolist()
    assert both.predict(scores[:9], 0).tolist() == known.predict(scores[:9], 0).tolist()
    assert both.predict(scores[:9], -1) == pytest.approx(np.full(9, 0.1), abs=0.04)


def test_many_customers_are_told_the_same_as_each_alone():
    rng = np.random.default_rng(4)
    scores, activity = rng.random(30_000), rng.integers(0, 30, 30_000).astype(float)
    learned = Calibration.fit(scores, rng.random(30_000) < 0.4 * scores * activity / 30, activity=activity)
    together = learned.predict_many(scores[:50], activity[:50])
    alone = [learned.predict(scores[[row]], activity[row])[0] for row in range(50)]
    assert together.tolist() == alone


def test_what_holds_in_one_week_only_is_not_taken_for_more():
    # In each week another half of the customers acts more: whoever is held out contradicts the others.
    rng = np.random.default_rng(5)
    scores, week = rng.random(8_000), np.repeat([0, 1], 4_000)
    activity = rng.integers(0, 2, 8_000).astype(float)
    outcomes = rng.random(8_000) < np.where(activity == week, 0.4, 0.1)
    config = CalibrationConfig(bands=2)
    assert Calibration.fit(scores, outcomes, activity=activity, groups=week, config=config).edges == ()


def test_what_is_saved_comes_back_the_same(tmp_path):
    rng = np.random.default_rng(6)
    scores, activity = rng.random(30_000), rng.integers(0, 30, 30_000).astype(float)
    outcomes = rng.random(30_000) < 0.4 * scores * activity / 30
    learned = Calibration.fit(scores, outcomes, activity=activity, outcome="purchases")
    learned.save(tmp_path)
    found = Calibration.load(tmp_path)
    assert (found.kind, found.edges, found.outcome) == (learned.kind, learned.edges, "purchases")
    assert np.array_equal(found.predict_many(scores, activity), learned.predict_many(scores, activity))
    assert found.to_dict() == json.loads(json.dumps(learned.to_dict()))


@pytest.mark.parametrize("broken", [{}, {"kind": "beta", "outcome": "", "edges": [1.0], "curves": []}])
def test_what_is_no_calibration_is_refused(broken):
    with pytest.raises(InputError, match="no calibration"):
        Calibration.from_dict(broken)


@pytest.mark.parametrize(
    ("scores", "outcomes"), [([], []), ([1.0], [True, False]), ([float("nan")], [True]), ([float("inf")], [True])]
)
def test_columns_that_cannot_be_learned_from_are_refused(scores, outcomes):
    with pytest.raises(InputError):
        Calibration.fit(np.array(scores), np.array(outcomes, bool))


@settings(max_examples=40, deadline=None)
@given(
    scores=arrays(np.float32, st.integers(40, 300), elements=st.floats(-50, 50, width=32)),
    seed=st.integers(0, 99),
    kind=st.sampled_from(["auto", "constant", "isotonic", "beta"]),
    asked=arrays(np.float32, 30, elements=st.floats(-100, 100, width=32)),
)
def test_a_higher_score_never_means_less(scores, seed, kind, asked):
    rng = np.random.default_rng(seed)
    outcomes = rng.random(len(scores)) < rng.random()
    config = CalibrationConfig(kind=kind, min_positive=3, bands=2)
    learned = Calibration.fit(scores, outcomes, activity=rng.integers(0, 3, len(scores)), config=config)
    for activity in (0, 1, 2):
        found = learned.predict(np.sort(asked), activity)
        assert found.dtype == np.float32
        assert (np.diff(found) >= 0).all()
        assert ((found > 0) & (found < 1)).all()


@given(
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12, unique=True),
    st.lists(st.floats(-1, 2, width=32), max_size=20),
    st.integers(0, 2**32 - 1),
)
def test_a_curve_is_read_off_as_numpy_does_it(knots, scores, seed):
    places = np.array(sorted(knots))
    heights = np.sort(np.random.default_rng(seed).random(len(places)))
    asked = np.array([*scores, *knots], dtype=np.float32)
    assert np.array_equal(_read_off(asked, places, heights), np.interp(asked, places, heights).astype(np.float32))
