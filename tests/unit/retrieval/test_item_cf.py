"""All pairs of items, however the work is dealt out."""

from __future__ import annotations

import os

import numpy as np
import pytest
import scipy.sparse as sp

from parure.retrieval import item_cf


@pytest.mark.parametrize(("threads", "rows_a_call"), [(1, 4096), (1, 7), (2, 4096), (2, 7), (3, 5), (8, 1), (8, 40)])
def test_how_rows_are_dealt_out_does_not_show_in_the_neighbours(
    threads: int, rows_a_call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    z = sp.random(30, 41, density=0.3, format="csr", dtype=np.float32, rng=rng)
    z.data[:] = rng.permutation(len(z.data)) + 1  # no two sums are alike: there is one right answer
    z = (z @ sp.diags_array((np.arange(41) % 9 > 0).astype(np.float32))).tocsr()
    z.eliminate_zeros()
    monkeypatch.setattr(os, "cpu_count", lambda: threads)
    monkeypatch.setattr(item_cf, "_ROWS_A_CALL", rows_a_call)
    found = item_cf._all_pairs(z, 6)
    products = (z.T @ z).toarray()
    assert found.shape == products.shape
    for row, expected in enumerate(products):
        best = np.flatnonzero(expected >= np.sort(expected)[-7])
        assert sorted(found[[row]].indices) == [item for item in best if expected[item] > 0]
        np.testing.assert_allclose(found[[row]].toarray()[0][best], expected[best], rtol=1e-5)


def test_a_matrix_without_entries_has_no_neighbours() -> None:
    found = item_cf._all_pairs(sp.csr_matrix((0, 3), dtype=np.float32), 5)
    assert found.shape == (3, 3)
    assert found.nnz == 0
