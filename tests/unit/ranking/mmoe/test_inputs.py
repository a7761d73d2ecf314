"""Features of any scale, with gaps, as numbers around 0."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from parure.core.clock import rng_for
from parure.ranking.mmoe.inputs import CLIP, Inputs

NAN = np.nan


def fitted(rows) -> tuple[Inputs, np.ndarray]:
    features = np.array(rows, np.float32)
    inputs = Inputs.fit(features, rng_for(0, "inputs"))
    return inputs, inputs.apply(features)


def test_values_by_hand():
    # Median size 3: ln(1 + 3/3), ln(1 + 9/3) and minus ln(1 + 3/3) are ln 2 times 1, 2 and -1.
    inputs, values = fitted([[3], [9], [-3]])
    logs = np.array([1, 2, -1]) * np.log(2)
    assert np.allclose(values[:, 0], (logs - logs.mean()) / logs.std(), atol=1e-6)
    assert inputs.size == 1


def test_what_is_missing_is_the_mean_and_has_a_flag():
    _, values = fitted([[1, 2], [NAN, 2], [3, 5], [2, 4]])
    assert values.shape == (4, 3)
    assert values[1, 0] == 0
    assert values[:, 2].tolist() == [0, 1, 0, 0]


def test_columns_that_are_missing_together_share_a_flag():
    inputs, values = fitted([[1, 7, NAN], [NAN, NAN, 3], [2, 8, 4]])
    assert inputs.flagged.tolist() == [0, 2]
    assert inputs.owners().tolist() == [0, 1, 2, 0, 2]
    assert values[:, 3:].tolist() == [[0, 1], [1, 0], [0, 0]]


def test_a_column_that_is_always_the_same_or_never_there_says_nothing():
    inputs, values = fitted([[5, NAN, 0], [5, NAN, 0]])
    assert values.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert inputs.apply(np.array([[9, 3, 1]], np.float32)).tolist() == [[0, 0, 0]]


def test_a_gap_where_there_was_none_before_is_the_mean():
    inputs, _ = fitted([[1.0], [2.0]])
    assert inputs.apply(np.array([[NAN]], np.float32)).tolist() == [[0]]


def test_an_outlier_is_clipped():
    inputs, _ = fitted([[1.0], [2.0], [3.0]])
    far = inputs.apply(np.array([[3e38], [-3e38], [np.inf], [-np.inf]], np.float32))
    assert far[:, 0].tolist() == [CLIP, -CLIP, CLIP, -CLIP]


def test_arrays_make_the_same_inputs_again():
    rows = np.array([[1, NAN], [4, 2], [2, 9]], np.float32)
    inputs = Inputs.fit(rows, rng_for(0, "inputs"))
    assert np.array_equal(Inputs.from_arrays(inputs.to_arrays()).apply(rows), inputs.apply(rows))


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(1, 4)), elements=st.floats(width=32)))
def test_whatever_comes_in_numbers_within_the_clip_come_out_in_the_same_order(rows):
    inputs = Inputs.fit(rows, rng_for(0, "inputs"))
    values = inputs.apply(rows)
    assert (np.abs(values) <= CLIP).all()
    for column in range(rows.shape[1]):
        known = ~np.isnan(rows[:, column])
        order = np.argsort(rows[known, column], kind="stable")
        assert (np.diff(values[known, column][order]) >= 0).all()
