"""The benchmarks' data sets and their time split."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from bench.data import MOVIES, RETAIL, available, data_folder, lines, split
from parure.core.errors import UnknownIdError


def _march(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2024, 3, day, hour, minute, tzinfo=UTC)


def _table(*rows: tuple[str, str, datetime]) -> pa.Table:
    users, items, times = zip(*rows, strict=True)
    ones = np.ones(len(rows))
    columns = {"user_id": users, "item_id": items, "timestamp": pa.array(times, pa.timestamp("us"))}
    return pa.table({**columns, "quantity": ones, "price": ones})


def test_the_last_seven_days_are_the_target_and_strangers_are_left_out() -> None:
    week = split(
        _table(
            ("ann", "milk", _march(1, 9)),
            ("bob", "tea", _march(7, 23, 59)),
            ("ann", "milk", _march(8, 0, 0)),
            ("ann", "tea", _march(10)),
            ("ann", "tea", _march(11)),
            ("bob", "unheard of", _march(12)),
            ("stranger", "tea", _march(14, 8)),
        )
    )
    assert list(week.train.users) == ["ann", "bob"]
    assert list(week.truth.users) == ["ann"]
    assert week.train.items.ids_of(week.truth.item_ix) == ["milk", "tea"]
    assert week.train.items.ids_of(week.truth_new.item_ix) == ["tea"]
    assert week.train.age_days.tolist() == pytest.approx([6.625, 1 / 1440], abs=1e-5)


def test_an_earlier_target_sees_nothing_later() -> None:
    table = _table(*(("ann", f"item{day:02d}", _march(day)) for day in range(1, 29)))
    week = split(table, weeks_back=2)
    assert list(week.train.items) == [f"item{day:02d}" for day in range(1, 8)]


def test_an_unknown_data_set_names_a_near_one() -> None:
    with pytest.raises(UnknownIdError, match="did you mean 'movielens_100k'"):
        lines("movielens")


@pytest.mark.data
@pytest.mark.parametrize(("name", "rows"), [(MOVIES, 100_000), (RETAIL, None)])
def test_real_lines_follow_the_rules_of_the_protocol(name: str, rows: int | None) -> None:
    if name not in available():
        pytest.skip(f"{name} is not in {data_folder()}; set PARURE_DATA")
    table = lines(name)
    assert rows is None or len(table) == rows
    assert table.column("user_id").null_count == table.column("item_id").null_count == 0
    assert min(table.column("quantity").to_pylist()) > 0
    week = split(table)
    assert 0 < len(week.truth_new) <= len(week.truth)
