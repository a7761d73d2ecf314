"""Truths and ranked lists."""

from __future__ import annotations

import numpy as np
import pytest

from parure.core import IdMap
from parure.core.errors import InputError
from parure.evaluation.metrics import coverage, user_metrics
from parure.evaluation.truth import Truth, ranked_from_ids, ranked_matrix

ITEMS = IdMap.of("abcd")


def test_users_who_took_nothing_are_not_judged() -> None:
    truth = Truth.of({"bob": {"a"}, "ann": set(), "cat": ["b", "b", "a"]}, ITEMS)
    assert list(truth.users) == ["bob", "cat"]
    assert truth.sizes.tolist() == [1, 2]


def test_an_item_nobody_could_know_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'zz', which is not among the 4 items"):
        Truth.of({"bob": {"zz"}}, ITEMS)


def test_what_a_user_already_had_is_left_out() -> None:
    truth = Truth.of({"ann": "ab", "bob": "b"}, ITEMS)
    known = IdMap.of(["aaron", "bob", "ann"])
    had = np.array([known.row_of("bob"), known.row_of("ann"), known.row_of("aaron")], np.int32)
    new, positions = truth.without(known, had, ITEMS.rows_of(["b", "a", "b"]))
    assert list(new.users) == ["ann"]
    assert ITEMS.ids_of(new.item_ix) == ["b"]
    assert positions.tolist() == [0]


def test_a_longer_list_is_cut() -> None:
    assert ranked_matrix([[0, 1, 2], []], depth=2).tolist() == [[0, 1], [-1, -1]]


def test_lists_for_other_users_are_refused() -> None:
    truth = Truth.of({"ann": "a"}, ITEMS)
    with pytest.raises(InputError, match=r"shape \(2, 200\) for 1 judged users"):
        user_metrics(ranked_matrix([[0], [1]]), truth)


def test_a_repeated_item_is_refused_with_the_user_named() -> None:
    truth = Truth.of({"ann": "a", "bob": "a"}, ITEMS)
    with pytest.raises(InputError, match="'bob' holds an item twice"):
        user_metrics(ranked_from_ids({"ann": "ab", "bob": "aba"}, truth), truth)


def test_coverage_of_an_empty_catalogue_is_refused() -> None:
    with pytest.raises(InputError, match="at least one known item"):
        coverage(ranked_matrix([[0]]), 0)
