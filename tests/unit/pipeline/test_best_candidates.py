"""The best candidates go on, and behind them those that must be there whatever their scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parure.pipeline.merged import best_rows


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_the_best_go_on_and_behind_them_what_must_be_there(count, size, must, seed):
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(1000)[:count]).astype(np.int32)
    scores = rng.choice(np.array([0, 0.25, 0.5, 1, 2, np.nan], np.float32), count)
    shares = rng.random((count, 3)).astype(np.float32)
    included = np.sort(rng.permutation(1000)[:must]).astype(np.int32)
    order = sorted((at for at in range(count) if not np.isnan(scores[at])), key=lambda at: (-scores[at], rows[at]))
    kept = [at for place, at in enumerate(order) if place < size or rows[at] in included]
    found = best_rows(rows, scores, shares, included, size)
    for got, given_ in zip(found, (rows, scores, shares), strict=True):
        assert np.array_equal(got, given_[kept])
