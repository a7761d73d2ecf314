"""What one of parure's commands takes: time, and the memory of all its processes together."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Final

from bench.timing import Usage, run_measured
from parure.evaluation import Row

_LOOKS_A_SECOND: Final = 2


def measured_rows(
    bench: str, dataset: str, case: str, arguments: Sequence[str], *, env: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """Run ``parure`` with some arguments; rows of its time and memory.

    Args:
        bench: The benchmark, for the rows.
        dataset: The data, for the rows.
        case: What is run, for the rows.
        arguments: As on the command line.
        env: Variables set on top of this process's.

    Raises:
        RuntimeError: The command failed.
    """
    used, together_mib = _measured([sys.executable, "-m", "parure", *arguments], env)
    told = f"{used.wall_s:,.1f} s wall, {used.cpu_s:,.1f} s CPU, {together_mib:,.0f} MiB"
    print(f"{dataset} {case}: {told}", file=sys.stderr)
    figures = (("wall_s", used.wall_s, "s"), ("cpu_s", used.cpu_s, "s"), ("peak_mib", together_mib, "MiB"))
    for metric, value, unit in figures:
        yield Row(
            bench=bench, dataset=dataset, case=case, split="all", metric=metric,
            value=value, low=None, high=None, unit=unit,
        )  # fmt: skip


def _measured(arguments: Sequence[str], env: Mapping[str, str] | None) -> tuple[Usage, float]:
    """What a program takes, and the peak of what it and the processes that it starts hold together, in MiB.

    Memory that processes share counts once. Where the system does not tell of that, or the peak of a single process
    was higher than anything seen between two looks, it is that one's.
    """
    ended = Event()
    with ThreadPoolExecutor(1) as beside:
        watching = beside.submit(_peak_together, ended)
        try:
            used = run_measured(arguments, env=env)
        finally:
            ended.set()
    return used, max(watching.result(), used.peak_mib)


def _peak_together(ended: Event) -> float:
    """The largest sum of the proportional sizes of this process's descendants until ``ended``, in MiB."""
    peak = 0.0
    while not ended.wait(1 / _LOOKS_A_SECOND):
        peak = max(peak, sum(_proportional_mib(process) for process in _descendants(os.getpid())))
    return peak


def _descendants(process: int) -> Iterator[int]:
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in file.read_text(encoding="ascii").split()]
        except OSError:
            continue  # it has just ended
        for child in children:
            yield child
            yield from _descendants(child)


def _proportional_mib(process: int) -> float:
    """A process's memory, with that which n processes share counted as an n-th; 0 where it has just ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
