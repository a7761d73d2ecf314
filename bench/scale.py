"""How time and memory grow: a made-up shop of H&M's size, a tenth and a hundredth, from files to everybody's lists.

Each stage is the command that a shop would run, in a process of its own: ``ingest`` with the preset for H&M's files,
``train`` of one recipe, ``batch`` with twelve items for each customer. No part of it needs torch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.commands import measured_rows
from bench.large_shop import LargeShop
from bench.options import Options
from parure.evaluation import Row

SIZES: Final = {"1_percent": 0.01, "10_percent": 0.1, "100_percent": 1.0}
RECIPE: Final = "als_item_cf_popular"
"""Factors, neighbours and best sellers: what the number of lines, and not its square, decides the cost of. EASE would
leave out all but the 10,000 best sellers of 105,542 articles, and what is bought again plays no part in fashion."""

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
        yield from measured_rows("scale", dataset, case, [*arguments, "--shop", str(shop), "--json"], env=_ENVIRONMENT)
