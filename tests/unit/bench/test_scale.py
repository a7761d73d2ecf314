"""The benchmark of growth: its stages run."""

from __future__ import annotations

import pytest

from bench import scale
from bench.options import Options


@pytest.mark.slow
def test_every_stage_of_a_shop_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "SIZES", {"tiny": 0.0005, "left_out": 1.0})
    rows = list(scale.run(Options(datasets=("tiny",))))
    assert {row["dataset"] for row in rows} == {"tiny"}
    assert {row["case"] for row in rows} == {"ingest", f"train {scale.RECIPE}", "batch"}
    assert {(row["metric"], row["unit"]) for row in rows} == {("wall_s", "s"), ("cpu_s", "s"), ("peak_mib", "MiB")}
    assert all(row["value"] > 0 for row in rows)
