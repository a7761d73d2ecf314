"""Filters: read from text, applied to the item table, refused with a reason."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core.errors import SettingsError
from parure.core.filters import Condition, ItemFilter

TABLE = pa.table(
    {
        "item_id": ["a", "b", "c", "d", "e"],
        "category": ["Rings", "Rings", "Sets", None, "Watches"],
        "brand": ["one|two", "one", "two", "one", "two"],
        "price_cents": pa.array([10_000, 2_000, 0, 5_000, 10_001], pa.int64()),
        "in_stock": [True, False, True, True, None],
        "weight": pa.array([1.5, 2.0, None, 3.0, 0.5]),
        "created": pa.array([dt.date(2026, 1, day) for day in range(1, 6)]),
        "tags": [["x"], [], None, ["y"], ["x"]],
    }
)


def passing(*texts: str) -> str:
    return "".join(np.array(list("abcde"))[ItemFilter.of(texts).mask(TABLE)])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], "abcde"),
        (["category=Rings"], "ab"),
        (["category = Rings | Sets"], "abc"),
        (["category!=Rings"], "cde"),
        (["category!=Rings|Sets"], "de"),
        (["price<=100"], "abd"),
        (["price<100"], "bd"),
        (["price>=50", "price<=100.00"], "ad"),
        (["price_cents>10000"], "e"),
        (["in_stock"], "acd"),
        (["in_stock=no"], "b"),
        (["weight>=1.5"], "abd"),
        (["weight=2"], "b"),
        (["created>=2026-01-04"], "de"),
        ([r"brand=one\|two"], "a"),
        (["category=Rings", "in_stock", "brand!=one"], "a"),
    ],
)
def test_a_filter_passes_the_items_that_meet_all_conditions(texts: list[str], expected: str) -> None:
    assert passing(*texts) == expected


def test_an_unknown_price_meets_no_bound() -> None:
    assert "c" not in passing("price>=0") + passing("price<=1000")


def test_the_same_answer_comes_from_a_dictionary_column() -> None:
    coded = TABLE.set_column(1, "category", TABLE.column("category").dictionary_encode())
    wanted = ItemFilter.of(["category=Rings"])
    assert (wanted.mask(coded) == wanted.mask(TABLE)).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no column"),
        ("=rings", "names no column"),
        ("category=", "empty value"),
        ("category=a|", "empty value"),
        ("category=a||b", "empty value"),
        ("categry=Rings", "did you mean 'category'?"),
        ("prise<=3", "did you mean 'price'?"),
        ("category<=Rings", "which holds text"),
        ("price<=cheap", "expected a number"),
        ("price<=nan", "expected a number"),
        ("price<=1e999999999", "expected a number"),
        ("price<=10|20", "expected one"),
        ("in_stock=perhaps", "expected true or false"),
        ("created>=soon", "expected a date like"),
        ("tags=x", "by which no filter can go"),
    ],
)
def test_what_cannot_be_read_or_compared_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said.replace("?", r"\?")):
        ItemFilter.of([text]).mask(TABLE)


def test_two_values_asked_for_in_two_texts_are_refused_with_the_way_to_say_it() -> None:
    with pytest.raises(SettingsError, match=r"Write category=Rings\|Sets"):
        ItemFilter.of(["category=Rings", "category=Sets"])


def test_the_same_condition_twice_is_that_condition() -> None:
    assert ItemFilter.of(["in_stock", "in_stock"]) == ItemFilter.of(["in_stock"])


def test_filters_made_in_code_are_those_read_from_text() -> None:
    made = ItemFilter.any_of("category", ["Rings"]) & ItemFilter.between("price_cents", 2000, 5000)
    assert made == ItemFilter.of(["category=Rings", "price_cents>=2000", "price_cents<=5000"])
    assert made.columns == {"category", "price_cents"}
    assert len({made, ItemFilter.model_validate_json(made.model_dump_json())}) == 1
    assert made.without("price_cents") == ItemFilter.of(["category=Rings"])
    assert made
    assert not ItemFilter()


def test_an_empty_result_is_explained_by_the_nearest_value() -> None:
    assert ItemFilter.of(["category=rings"]).why_empty(TABLE) == (
        "No item has the category 'rings', did you mean 'Rings'?"
    )
    assert ItemFilter.of(["category=Qqq"]).why_empty(TABLE) == "No item has the category 'Qqq'."
    assert ItemFilter.of(["category=Rings", "price>=1000"]).why_empty(TABLE) == ""


VALUES = st.text(min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(VALUES, min_size=1, max_size=4), st.sampled_from(["=", "!="]))
def test_text_and_filter_are_the_same_both_ways(values: list[str], operator: str) -> None:
    condition = Condition(column="brand", operator=operator, values=tuple(values))
    assert Condition.of(str(condition)) == condition


@given(st.lists(st.one_of(st.none(), st.sampled_from(["p", "q", "r|s"])), max_size=30), st.sets(VALUES, min_size=1))
def test_equal_and_unequal_part_the_catalogue(brands: list[str | None], wanted: set[str]) -> None:
    table = pa.table({"brand": pa.array(brands, pa.string())})
    values = tuple(sorted(wanted | {"p"}))
    met = Condition(column="brand", values=values).mask(table)
    unmet = Condition(column="brand", operator="!=", values=values).mask(table)
    assert met.tolist() == [brand in values for brand in brands]
    assert (met != unmet).all()


@given(st.lists(st.integers(1, 10**7), max_size=30), st.integers(1, 10**7))
def test_bounds_in_money_are_bounds_in_cents(cents: list[int], bound: int) -> None:
    table = pa.table({"price_cents": pa.array(cents, pa.int64())})
    money = f"{bound // 100}.{bound % 100:02d}"
    for operator, kept in (("<=", [c <= bound for c in cents]), (">", [c > bound for c in cents])):
        assert ItemFilter.of([f"price{operator}{money}"]).mask(table).tolist() == kept
