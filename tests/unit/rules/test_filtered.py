"""A query's filter keeps out what does not pass it, from every source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parure.core.errors import SettingsError
from parure.core.filters import ItemFilter
from parure.rules import Filtered, Shopper
from parure.testing import checkerboard


def test_only_items_that_pass_are_not_forbidden() -> None:
    dataset = checkerboard()
    categories = dataset.item_table.column("category").to_pylist()
    rule = Filtered().fit(dataset)
    for wanted in sorted(set(categories)):
        query = replace(dataset.query(""), item_filter=ItemFilter.any_of("category", [wanted]))
        for _ in range(2):
            found = rule.forbid(Shopper(query, dataset.items))
            forbidden = found[1].tolist() if found else []
            assert forbidden == [row for row, category in enumerate(categories) if category != wanted]


def test_a_query_without_a_filter_forbids_nothing_also_after_one_with_a_filter() -> None:
    dataset = checkerboard()
    rule = Filtered().fit(dataset)
    nothing_passes = replace(dataset.query(""), item_filter=ItemFilter.of(["price<=0"]))
    assert rule.forbid(Shopper(nothing_passes, dataset.items)) is not None
    assert rule.forbid(Shopper(dataset.query(""), dataset.items)) is None


def test_an_unknown_column_is_refused() -> None:
    dataset = checkerboard()
    query = replace(dataset.query(""), item_filter=ItemFilter.of(["categry=a"]))
    with pytest.raises(SettingsError, match="did you mean 'category'"):
        Filtered().fit(dataset).forbid(Shopper(query, dataset.items))
