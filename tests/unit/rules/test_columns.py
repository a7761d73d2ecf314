"""Sums by code, of one request each."""

from threading import Thread

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core.columns import Column
from parure.rules.columns import Tally, added_up

_CODES = st.lists(st.integers(-1, 6), max_size=30).map(lambda codes: np.array(codes, dtype=np.int32))


@given(st.lists(st.tuples(_CODES, _CODES), max_size=4))
@settings(deadline=None)
def test_sums_are_of_one_request_each(requests: list[tuple[np.ndarray, np.ndarray]]) -> None:
    tally = Tally(7)
    for codes, rows in requests:
        rows = np.where(rows < len(codes), rows, -1).astype(np.int32)
        seen = codes[rows[rows >= 0]]
        expected = [float(np.count_nonzero(seen == code)) if code >= 0 else 0.0 for code in codes.tolist()]
        every = np.arange(len(codes), dtype=np.int32)
        weights = np.ones(len(rows), np.float32)
        assert added_up(tally.sums, *Column(codes).place, rows, weights, every, 0.0).tolist() == expected


def test_threads_do_not_add_to_each_others_sums() -> None:
    tally, brands = Tally(3), Column(np.array([0, 1, 1], dtype=np.int32))
    rows, weights = np.arange(3, dtype=np.int32), np.ones(3, np.float32)
    right = []

    def ask() -> None:
        found = [added_up(tally.sums, *brands.place, rows, weights, rows, 0.0).tolist() for _ in range(500)]
        right.append(all(sums == [1, 2, 2] for sums in found))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 4
