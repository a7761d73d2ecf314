"""A map of very many ids answers as a small one does."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import UNKNOWN, IdMap
from parure.core import ids as ids_module

IDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=40)


@pytest.fixture(params=[0, 3], scope="module", autouse=True)
def few_are_many(request):
    """Every map counts as large, and few ids as so many that they are looked up at once."""
    before = ids_module._MANY, ids_module._FEW
    ids_module._MANY, ids_module._FEW = -1, request.param
    yield
    ids_module._MANY, ids_module._FEW = before


@given(IDS, IDS)
def test_ids_are_found_where_they_are_and_nowhere_else(known, asked):
    large = IdMap.of(known)
    expected = {name: row for row, name in enumerate(sorted(set(known)))}
    assert list(large) == sorted(set(known))
    for name in [*known, *asked]:
        assert large.row_of(name) == expected.get(name, UNKNOWN)
        assert (name in large) == (name in expected)
    assert large.rows_of([*known, *asked]).tolist() == [expected.get(name, UNKNOWN) for name in [*known, *asked]]
    if known:
        rows = np.arange(len(large))[::-1]
        assert large.ids_of(rows) == sorted(set(known))[::-1]
        assert large.id_of(len(large) - 1) == max(set(known))


def test_a_part_of_an_arrow_array_is_searched_as_the_part_it_is():
    whole = pa.array(["a", "b", "c", "d"])
    assert [IdMap(whole.slice(1, 2)).row_of(name) for name in "abcd"] == [UNKNOWN, 0, 1, UNKNOWN]


def test_what_is_no_text_is_not_there():
    large = IdMap.of(["a"])
    assert 3 not in large
    assert large.row_of("\ud800") == UNKNOWN
