"""The benchmark of growth: its stages run, and memory of several processes is counted once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import scale
from bench.options import Options

linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells of shared memory")


@pytest.mark.slow
def test_every_stage_of_a_shop_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "SIZES", {"tiny": 0.0005, "left_out": 1.0})
    rows = list(scale.run(Options(datasets=("tiny",))))
    assert {row["dataset"] for row in rows} == {"tiny"}
    assert {row["case"] for row in rows} == {"ingest", f"train {scale.RECIPE}", "batch"}
    assert {(row["metric"], row["unit"]) for row in rows} == {("wall_s", "s"), ("cpu_s", "s"), ("peak_mib", "MiB")}
    assert all(row["value"] > 0 for row in rows)


@linux
def test_a_process_and_those_that_it_started_are_found() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in set(scale._descendants(os.getpid()))
        child.communicate(b"\n")
    assert child.pid not in set(scale._descendants(os.getpid()))
    assert scale._proportional_mib(child.pid) == 0


@linux
def test_what_a_process_holds_is_told_in_mebibytes() -> None:
    held = bytearray(os.urandom(1 << 20)) * 64
    with_it = scale._proportional_mib(os.getpid())
    del held
    assert with_it - scale._proportional_mib(os.getpid()) == pytest.approx(64, abs=8)
