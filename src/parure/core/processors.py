"""How many threads a job may use, so that jobs that run side by side do not get in each other's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_JOBS: ContextVar[int] = ContextVar("_JOBS", default=1)


@contextmanager
def shared_by(jobs: int) -> Iterator[None]:
    """What runs in the block, in this thread, has its share of the processors: so many jobs run side by side."""
    token = _JOBS.set(max(jobs, 1))
    try:
        yield
    finally:
        _JOBS.reset(token)


def threads() -> int:
    """How many threads a library may be told to use here; 1 or more.

    Threads that wait for each other at the end of every step, as those of OpenMP do, lose more than half their time
    where twice as many run as there are processors.
    """
    return max((os.cpu_count() or 1) // _JOBS.get(), 1)
