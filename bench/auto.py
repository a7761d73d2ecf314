"""``parure train --auto`` as a shop runs it: what it takes, and what the shop is told at the end.

One command: sources, the learned ones among them, rankers, the gate, the search, the bundle.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bench.commands import measured_rows
from bench.data import JOURNEY
from bench.options import Options
from bench.shops import MADE_UP, shop_of
from parure.evaluation import Row

MINUTES: Final = 3
"""Of the search over settings of trees; the rest takes as long as it takes."""
DATASETS: Final = (MADE_UP, JOURNEY)


def run(options: Options) -> Iterable[Row]:
    """Rows for each of the two that was asked for."""
    for dataset in DATASETS:
        if options.wants(dataset):
            with shop_of(dataset) as shop:
                arguments = ["train", "--auto", "--minutes", str(MINUTES), "--shop", str(shop)]
                yield from measured_rows("auto", dataset, f"train --auto --minutes {MINUTES}", arguments)
