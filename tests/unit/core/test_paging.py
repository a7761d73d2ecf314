"""Files of a bundle are laid out in memory before anybody looks at them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from parure.core import paging
from parure.core.artifacts import map_arrays, save_arrays

NUMBERS = np.arange(1_000_000)


def _laid_out(path):
    """Share of a mapped file that is laid out, 0-1, by the system's account."""
    lines = Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.endswith(str(path))]
    told = dict(line.split(":", 1) for line in lines[start + 1 : start + 20] if ":" in line)
    return int(told["Rss"].split()[0]) / int(told["Size"].split()[0])


@pytest.fixture
def mapped(tmp_path):
    """Arrays of two files that are mapped, one in a folder and one beside it."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
        save_arrays(tmp_path / name / "a b.npz", {"numbers": NUMBERS})
    return [map_arrays(tmp_path / name / "a b.npz")["numbers"] for name in ("in", "out")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are not asked")
def test_what_a_folder_holds_is_laid_out_and_nothing_else(mapped, tmp_path):
    paging.lay_out(tmp_path / "in").join()
    assert _laid_out(tmp_path / "in" / "a b.npz") == 1
    # What is mapped beside it has been looked at in one place.
    assert _laid_out(tmp_path / "out" / "a b.npz") < 1
    assert all(np.array_equal(each, NUMBERS) for each in mapped)


def test_where_the_system_does_not_know_how_nothing_is_done(mapped, tmp_path, monkeypatch):
    monkeypatch.setattr(paging, "_POPULATE_READ", 9999)
    paging.lay_out(tmp_path / "in").join()
    monkeypatch.setattr(paging, "_MAPPINGS", tmp_path / "none")
    paging.lay_out(tmp_path / "in").join()
    assert np.array_equal(mapped[0], NUMBERS)
