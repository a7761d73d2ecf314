"""The best of some scores, and keys in order, however many there are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from parure.core.keys import best_of, best_places, in_order

SCORES = st.floats(width=32, allow_nan=True, allow_infinity=True)


def _expected(rows, scores):
    """Largest scores first, ties by row, NaN left out."""
    return sorted(
        (row for row in range(len(rows)) if not np.isnan(scores[row])), key=lambda at: (-scores[at], rows[at])
    )


@given(st.integers(0, 700), st.integers(0, 2**32 - 1))
def test_keys_come_in_order_however_many_runs_they_make(count, seed):
    rng = np.random.default_rng(seed)
    for keys in (rng.integers(-(2**62), 2**62, count), rng.integers(0, 5, count)):
        assert np.array_equal(in_order(keys), np.sort(keys))


@given(arrays(np.float32, st.integers(0, 300), elements=SCORES), st.integers(0, 320), st.integers(0, 1000))
def test_the_best_come_first_and_what_is_nan_does_not_come(scores, k, seed):
    rows = np.random.default_rng(seed).permutation(1000)[: len(scores)].astype(np.int32)
    found, values = best_of(rows, scores, k)
    at = _expected(rows, scores)[:k]
    assert found.tolist() == rows[at].tolist()
    assert np.array_equal(values, scores[at])
    places = _expected(np.arange(len(scores)), scores)
    assert best_places(scores).tolist() == places
