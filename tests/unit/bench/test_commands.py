"""What a command takes is measured, the memory of all its processes counted once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import commands

linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells of shared memory")


@linux
def test_a_process_and_those_that_it_started_are_found() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in set(commands._descendants(os.getpid()))
        child.communicate(b"\n")
    assert child.pid not in set(commands._descendants(os.getpid()))
    assert commands._proportional_mib(child.pid) == 0


@linux
def test_what_a_process_holds_is_told_in_mebibytes() -> None:
    held = bytearray(os.urandom(1 << 20)) * 64
    with_it = commands._proportional_mib(os.getpid())
    del held
    assert with_it - commands._proportional_mib(os.getpid()) == pytest.approx(64, abs=8)
