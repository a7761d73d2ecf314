"""What every command prints with: people's output, machines' output, errors, and progress bars."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from parure.core.errors import ParureError
from parure.core.progress import Progress, Silent, Step

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")]

_PIPED_WIDTH = 160
"""Columns of a table that goes into a file or a pipe, where no window sets a width."""

out = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH)
err = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def report_error(error: ParureError, *, as_json: bool) -> None:
    """Say on standard error what went wrong and what to do."""
    if as_json:
        sys.stderr.write(json.dumps({"error": error.to_dict()}, ensure_ascii=False) + "\n")
        return
    err.print(f"[bold red]Error[/] [dim]({error.code})[/]", Text(error.message), soft_wrap=True)
    if error.hint:
        err.print(Text(error.hint, style="yellow"), soft_wrap=True)


def report_bug(error: Exception, *, as_json: bool) -> None:
    """Say on standard error that something unforeseen happened; the stack comes only when asked for."""
    if as_json:
        told = {"code": "fault", "message": f"{type(error).__name__}: {error}", "hint": "This is a fault in parure."}
        sys.stderr.write(json.dumps({"error": told}, ensure_ascii=False) + "\n")
        return
    err.print("[bold red]Unexpected error[/]", Text(f"{type(error).__name__}: {error}"), soft_wrap=True)
    if os.environ.get("PARURE_DEBUG"):
        err.print_exception()
    else:
        err.print("This is a fault in parure. Run it again with PARURE_DEBUG=1 for the stack, and report both.")


class _BarStep:
    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, amount: float = 1.0) -> None:
        self._bars.advance(self._task, amount)


class _Drawn:
    """Progress as bars on standard error."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    @contextmanager
    def step(self, label: str, total: float | None = None) -> Iterator[Step]:
        task = self._bars.add_task(label, total=total)
        yield _BarStep(self._bars, task)
        self._bars.update(task, total=total or 1, completed=total or 1)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Bars on standard error where somebody watches; silence for pipes, JSON and ``quiet``."""
    if quiet or not err.is_terminal:
        yield Silent()
        return
    spinner = SpinnerColumn(finished_text="[green]✓")
    with Bars(spinner, TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err) as bars:
        yield _Drawn(bars)
