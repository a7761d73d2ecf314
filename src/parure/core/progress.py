"""How long work says where it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Step(Protocol):
    """One bar: moved on as work is done."""

    def advance(self, amount: float = 1.0) -> None:
        """Say that ``amount`` more of the total is done."""


class Progress(Protocol):
    """Where long work reports to; the command line draws bars, tests and libraries stay silent."""

    def step(self, label: str, total: float | None = None) -> AbstractContextManager[Step]:
        """Open a bar for one piece of work; ``total`` None where the length is unknown."""


class _SilentStep:
    def advance(self, amount: float = 1.0) -> None:
        del amount


class Silent:
    """Progress that nobody watches."""

    @contextmanager
    def step(self, label: str, total: float | None = None) -> Iterator[Step]:
        """Open a bar that is never drawn."""
        del label, total
        yield _SilentStep()
