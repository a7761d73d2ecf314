"""Benchmark rows as a table: cases down, metrics across, one table a data set and split."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from parure.evaluation import Row
from parure.evaluation.metrics import METRICS
from parure.evaluation.table import NARROW_COLUMNS

_WIDE = 140
"""On a narrower terminal only a few of the ranking metrics are shown; the JSON always holds all."""


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Print all rows, grouped."""
    if console.width < _WIDE:
        rows = [row for row in rows if row["metric"] not in METRICS or row["metric"] in NARROW_COLUMNS]
    for dataset, split in dict.fromkeys((row["dataset"], row["split"]) for row in rows):
        mine = [row for row in rows if (row["dataset"], row["split"]) == (dataset, split)]
        console.print(_table(mine, f"{mine[0]['bench']}: {dataset}, {split}"))


def _table(rows: Sequence[Row], title: str) -> Table:
    """One table; where a row gives an interval, it stands dim behind the first metric that has one."""
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    cells = {(row["case"], row["metric"]): row for row in rows}
    leading = next((row["metric"] for row in rows if row["low"] is not None), "")
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("case", overflow="fold")
    for metric in metrics:
        units = {row["unit"] for row in rows if row["metric"] == metric} - {"score", "difference"}
        table.add_column(f"{metric}\n[dim]{', '.join(sorted(units))}[/]" if units else metric, justify="right")
    for case in dict.fromkeys(row["case"] for row in rows):
        table.add_row(case, *(_cell(cells.get((case, metric)), metric == leading) for metric in metrics))
    return table


def _cell(row: Row | None, with_interval: bool) -> str:
    if row is None:
        return ""
    places = 4 if row["unit"] in {"score", "difference"} else 2
    value = f"{row['value']:,.{places}f}"
    if not with_interval or row["low"] is None or row["high"] is None:
        return value
    return f"{value} [dim]{row['low']:,.{places}f}-{row['high']:,.{places}f}[/]"
