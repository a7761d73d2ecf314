"""How time and memory grow: a made-up shop of H&M's size, a tenth and a hundredth, from files to everybody's lists.

Each stage is the command that a shop would run, in a process of its own: ``ingest`` with the preset for H&M's files,
``train`` of one recipe, ``batch`` with twelve items for each customer. No part of it needs torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Final

from bench.large_shop import LargeShop
from bench.options import Options
from bench.timing import Usage, run_measured
from parure.evaluation import Row

SIZES: Final = {"1_percent": 0.01, "10_percent": 0.1, "100_percent": 1.0}
RECIPE: Final = "als_item_cf_popular"
"""Factors, neighbours and best sellers: what the number of lines, and not its square, decides the cost of. EASE would
leave out all but the 10,000 best sellers of 105,542 articles, and what is bought again plays no part in fashion."""

_LOOKS_A_SECOND: Final = 2
_ENVIRONMENT: Final = {"PARURE_TRAIN__SURFACES": "[]", "PARURE_TRAIN__CALIBRATE": "false"}
"""One recipe, without past weeks for confidence: the cost of each can be told by itself."""


def run(options: Options) -> Iterable[Row]:
    """Rows of all sizes that were asked for, the smallest first."""
    for name, share in SIZES.items():
        if options.wants(name):
            with TemporaryDirectory(prefix="parure-bench-") as folder:
                yield from _stages(name, LargeShop(share, options.seed), Path(folder))


def _stages(dataset: str, large: LargeShop, folder: Path) -> Iterator[Row]:
    exports, shop = folder / "exports", folder / "shop"
    lines = large.write(exports)
    shop.mkdir()
    print(f"{dataset}: {lines:,} lines, {large.customers:,} customers, {large.articles:,} articles", file=sys.stderr)
    stages = {
        "ingest": ["ingest", str(exports), "--preset", "h_and_m"],
        f"train {RECIPE}": ["train", "--recipe", RECIPE],
        "batch": ["batch", "--output", str(folder / "lists.parquet"), "-k", "12"],
    }
    for case, arguments in stages.items():
        used, together_mib = _measured([sys.executable, "-m", "parure", *arguments, "--shop", str(shop), "--json"])
        print(
            f"{dataset} {case}: {used.wall_s:,.1f} s wall, {used.cpu_s:,.1f} s CPU, {together_mib:,.0f} MiB",
            file=sys.stderr,
        )
        for metric, value, unit in (
            ("wall_s", used.wall_s, "s"),
            ("cpu_s", used.cpu_s, "s"),
            ("peak_mib", together_mib, "MiB"),
        ):
            yield Row(
                bench="scale", dataset=dataset, case=case, split="all", metric=metric,
                value=value, low=None, high=None, unit=unit,
            )  # fmt: skip


def _measured(arguments: list[str]) -> tuple[Usage, float]:
    """What a command takes, and the peak of what it and the processes that it starts hold together, in MiB.

    Memory that processes share counts once. Where the system does not tell of that, or the peak of a single process
    was higher than anything seen between two looks, it is that one's.
    """
    ended = Event()
    with ThreadPoolExecutor(1) as beside:
        watching = beside.submit(_peak_together, ended)
        try:
            used = run_measured(arguments, env=_ENVIRONMENT)
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
