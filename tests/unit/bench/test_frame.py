"""Starting benchmarks, timing them, and their rows."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import bench.__main__ as frame
from bench._table import print_rows
from bench.options import Options
from bench.timing import Comparison, Time, alternate, run_measured
from parure.evaluation import Row


def _row(case: str = "ours", metric: str = "map@12", unit: str = "score") -> Row:
    return Row(
        bench="b", dataset="d", case=case, split="all", metric=metric, value=0.25, low=0.2, high=0.3, unit=unit
    )  # fmt: skip


def test_every_registered_benchmark_can_be_run() -> None:
    for module, about in frame.BENCHES.values():
        assert callable(import_module(module).run)
        assert about


def test_rows_are_written_as_json_and_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module("bench.peer_quality")
    asked: list[Options] = []
    monkeypatch.setattr(module, "run", lambda options: asked.append(options) or [_row()])
    assert frame.main(["peers", "--json", str(tmp_path / "rows.json"), "--dataset", "x", "--seed", "3"]) == 0
    assert json.loads((tmp_path / "rows.json").read_text()) == [dict(_row())]
    assert asked == [Options(datasets=("x",), seed=3)]
    assert "0.2500" in capsys.readouterr().out


def test_an_unknown_benchmark_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        frame.main(["nonsense"])
    assert "peers" in capsys.readouterr().err


def test_the_table_has_a_row_a_case_and_a_column_a_metric() -> None:
    console = Console(file=StringIO(), width=120)
    print_rows([_row(), _row("theirs"), _row(metric="train_vs_library_calls", unit="ratio")], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "ours" in text
    assert "theirs" in text
    assert "ratio" in text


def test_jobs_take_turns_and_change_who_is_first() -> None:
    order: list[str] = []
    found = alternate(lambda: order.append("a"), lambda: order.append("b"), rounds=3, warm_up=False)
    assert "".join(order) == "abbaab"
    assert len(found.ours) == len(found.theirs) == 3


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    ours = tuple(Time(wall, 2.0) for wall in (2.0, 9.0, 3.0))
    found = Comparison(ours, (Time(1.0, 4.0),) * 3)
    assert (found.wall.value, found.wall.low, found.wall.high) == (3.0, 2.0, 9.0)
    assert found.cpu.value == 0.5
    assert found.cpu.row(bench="speed", dataset="d", case="c", metric="m")["unit"] == "ratio"


def test_peak_memory_is_that_of_the_process_and_not_of_the_one_that_starts_it() -> None:
    ballast = bytearray(120 << 20)
    small = run_measured([sys.executable, "-S", "-c", "pass"])
    big = run_measured([sys.executable, "-S", "-c", "b = bytearray(80 << 20)"])
    assert small.peak_mib < 60 < len(ballast) / (1 << 20)
    assert 75 < big.peak_mib - small.peak_mib < 95


def test_a_process_that_fails_is_not_measured() -> None:
    with pytest.raises(RuntimeError, match="status 3"):
        run_measured([sys.executable, "-S", "-c", "raise SystemExit(3)"])
