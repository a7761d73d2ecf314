"""Every SQL file is one SELECT that DuckDB and Spark both read, and says what it gives."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from parure.core import EventKind
from parure.dataset.sql_files import render, sql_names, sql_parameters, sql_text

INPUTS = {"products", "customers", "orders", "order_items", "interactions", "promotions"}
BUILT_IN_SPARK = {"unix_micros"}
NOT_PORTABLE = re.compile(r"\b(list|quantile_cont|hash|ntile|epoch_us|date_trunc|strftime|unnest)\s*\(|//|::", re.I)


def rendered(name: str) -> str:
    """The file with every parameter set to some number."""
    return render(name, **dict.fromkeys(sql_parameters(name), 1))


def without_comments(name: str) -> str:
    return re.sub(r"--[^\n]*", "", sql_text(name))


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
@pytest.mark.parametrize("name", sql_names())
def test_a_file_is_one_select_in_both_dialects(name, dialect):
    statements = sqlglot.parse(rendered(name), read=dialect)
    assert len(statements) == 1
    assert isinstance(statements[0], exp.Query)
    unknown = {call.name.lower() for call in statements[0].find_all(exp.Anonymous)}
    assert unknown <= BUILT_IN_SPARK


@pytest.mark.parametrize("name", sql_names())
def test_a_file_keeps_to_what_both_dialects_mean_alike(name):
    text = without_comments(name)
    assert not NOT_PORTABLE.search(text)
    # A literal like 0.5 is DECIMAL in Spark; with an exponent it is DOUBLE in both.
    assert not re.search(r"\d\.\d", text)
    for ordered in re.findall(r"ORDER BY ([^)]+)", text):
        assert "NULLS LAST" in ordered or "NULLS FIRST" in ordered


@pytest.mark.parametrize("name", sql_names())
def test_a_header_says_grain_key_columns_and_what_is_read(name):
    header = [row for row in sql_text(name).splitlines() if row.startswith("--")]
    for field in ("Grain:", "Key:", "Columns:", "Reads:"):
        assert any(row.startswith(f"-- {field}") for row in header)
    tree = sqlglot.parse_one(rendered(name), read="duckdb")
    inner = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {table.name for table in tree.find_all(exp.Table)} - inner
    assert read <= INPUTS | set(sql_names())
    told = " ".join(header).split("Reads:")[1].split("Parameters:")
    assert set(re.findall(r"[a-z_]+", told[0])) == read
    if len(told) == 1:
        assert not sql_parameters(name)


def test_the_numbers_of_event_kinds_in_the_sql_are_those_of_the_code():
    stated = dict(re.findall(r"WHEN '(\w+)' THEN (\d+)", sql_text("browsing")))
    assert {name: int(number) for name, number in stated.items()} == {k.name.lower(): k.value for k in EventKind}
