"""Speed as a ratio to a peer in the same run, and peak memory of a fresh process.

Machines are shared and noisy: two jobs are therefore run in turn, and what is reported is the median of the ratios of
the rounds, with the smallest and the largest beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from parure.evaluation import Row

Job = Callable[[], object]

# ru_maxrss of a process started by exec is never less than that of its parent at that moment. A small process in
# between keeps the size of the benchmark itself out of the figure.
_BETWEEN = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[2:], stdout=sys.stderr).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
wall_s, cpu_s = time.perf_counter() - start, used.ru_utime + used.ru_stime
report = {"code": code, "wall_s": wall_s, "cpu_s": cpu_s, "rss": used.ru_maxrss}
with open(int(sys.argv[1]), "w") as out:
    json.dump(report, out)
"""


@dataclass(frozen=True)
class Time:
    """What one run of a job took, in seconds."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Ratio:
    """One job against another over several rounds.

    Attributes:
        value: Median of the rounds.
        low: Smallest round.
        high: Largest round.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Ratio:
        """Sum up the rounds."""
        return cls(median(values), min(values), max(values))

    def row(self, *, bench: str, dataset: str, case: str, metric: str) -> Row:
        """As a benchmark row."""
        return Row(
            bench=bench, dataset=dataset, case=case, split="all", metric=metric,
            value=self.value, low=self.low, high=self.high, unit="ratio",
        )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Times of two jobs run in turn, one pair a round."""

    ours: tuple[Time, ...]
    theirs: tuple[Time, ...]

    @property
    def wall(self) -> Ratio:
        """Our wall time over theirs."""
        return Ratio.of([a.wall_s / b.wall_s for a, b in zip(self.ours, self.theirs, strict=True)])

    @property
    def cpu(self) -> Ratio:
        """Our CPU time over theirs, all threads counted."""
        return Ratio.of([a.cpu_s / b.cpu_s for a, b in zip(self.ours, self.theirs, strict=True)])


@dataclass(frozen=True)
class Usage:
    """What a whole process took.

    Attributes:
        wall_s: From start to end, in seconds.
        cpu_s: User and system time of it and its children, in seconds.
        peak_mib: Largest resident size of any one process in it, in MiB.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float


def timed(job: Job) -> Time:
    """Run a job once; CPU time is that of all threads of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    return Time(time.perf_counter() - wall, time.process_time() - cpu)


def alternate(ours: Job, theirs: Job, *, rounds: int = 5, warm_up: bool = True) -> Comparison:
    """Run two jobs in turn; who goes first changes with every round.

    Args:
        ours: The job in question.
        theirs: The peer or the floor.
        rounds: How many pairs are timed.
        warm_up: Run both once before, untimed, so that imports and caches favour nobody.
    """
    if warm_up:
        ours()
        theirs()
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = timed(theirs)
            pairs.append((timed(ours), second))
        else:
            first = timed(ours)
            pairs.append((first, timed(theirs)))
    return Comparison(tuple(a for a, _ in pairs), tuple(b for _, b in pairs))


def run_measured(arguments: Sequence[str], *, env: Mapping[str, str] | None = None) -> Usage:
    """Run a program in a process of its own and measure it.

    Args:
        arguments: The program and its arguments, as in ``[sys.executable, "-c", "..."]``; what it prints goes to
            standard error.
        env: Variables set on top of this process's.

    Raises:
        RuntimeError: It failed.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading) as answer:
        try:
            subprocess.run(
                [sys.executable, "-I", "-S", "-c", _BETWEEN, str(writing), *arguments],
                env={**os.environ, **(env or {})},
                pass_fds=(writing,),
                check=True,
            )
        finally:
            os.close(writing)
        report = json.load(answer)
    if report["code"]:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {report['code']}")
    # Linux counts in KiB, macOS in bytes.
    size_mib = report["rss"] / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Usage(report["wall_s"], report["cpu_s"], size_mib)
