"""The normal equations of one history."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.retrieval.normal_equations import solved, turning


@pytest.mark.parametrize("turn", [np.eye(2), np.empty((0, 0))], ids=["by items", "by numbers"])
def test_by_hand(turn: np.ndarray) -> None:
    """B is the identity; one item (1, 2) with confidence 3 gives (3 1; ...): (3 4; 4 9) x = (3, 6), x = (3, 6) / 11."""
    vectors = np.array([[9, 9], [1, 2]], np.float32)
    found = solved(np.eye(2), turn, vectors, np.array([1], np.int32), np.array([3.0]))
    np.testing.assert_allclose(found, [3 / 11, 6 / 11], rtol=1e-12)


@given(st.integers(1, 70), st.integers(1, 90), st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 2**32 - 1))
def test_it_solves_what_numpy_solves(size: int, count: int, least: float, seed: int) -> None:
    """Any history, longer and shorter than vectors, with confidences above 1 and on both sides of it."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(100, size)).astype(np.float32)
    rows = rng.choice(100, count, replace=False).astype(np.int32)
    confidence = rng.uniform(least, 4, count)
    beginning = vectors.astype(np.float64).T @ vectors + 0.01 * np.eye(size)
    taken = vectors[rows].astype(np.float64)
    wanted = np.linalg.solve(beginning + (taken.T * (confidence - 1)) @ taken, confidence @ taken)
    found = solved(beginning, turning(beginning), vectors, rows, confidence)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("diagonal", [(1.0, 0.0), (1.0, -1.0), (np.nan, 1.0)])
def test_what_has_no_single_solution_gives_nothing(diagonal: tuple[float, float]) -> None:
    """The caller then asks the library."""
    nothing = np.zeros((1, 2), np.float32), np.array([0], np.int32), np.ones(1)
    assert not len(turning(np.diag(diagonal)))
    assert not len(solved(np.diag(diagonal), turning(np.diag(diagonal)), *nothing))
