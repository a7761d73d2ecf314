"""Typing scans that run ahead: while the rows of one table are checked, those of the next ones are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

import duckdb

from parure.ingest.checks import Plan
from parure.ingest.load import write_stage
from parure.ingest.raw import RawTable

_AT_ONCE: Final = 2
"""A small file keeps one processor busy, so two are read at a time; each more would hold its buffers in memory."""


@dataclass(frozen=True)
class Scan:
    """A typing scan to run.

    Attributes:
        plan: How the rows are read and checked.
        raw: The rows.
        stage: Where they go.
    """

    plan: Plan
    raw: RawTable
    stage: Path


@contextmanager
def run_ahead(
    con: duckdb.DuckDBPyConnection,
    open_session: Callable[[duckdb.DuckDBPyConnection], None],
    scans: Sequence[Scan],
    threads: int | None,
) -> Iterator[list[Future[None]]]:
    """Run typing scans in their order, two at a time, each beside the other over a connection of its own.

    Args:
        con: The connection whose database they use.
        open_session: Defines on a fresh connection what the expressions call.
        scans: What to run.
        threads: Threads of the SQL engine, all processors where None; with one, one scan runs at a time.

    Yields:
        For each scan what waits for it and raises what it raised. Those that still run at the end are broken off.
    """
    sessions: list[duckdb.DuckDBPyConnection] = []
    idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()

    def fresh() -> duckdb.DuckDBPyConnection:
        session = con.cursor()
        sessions.append(session)
        open_session(session)
        return session

    def run(scan: Scan) -> None:
        try:
            session = idle.get_nowait()
        except Empty:
            session = fresh()
        try:
            write_stage(session, scan.plan, scan.raw, scan.stage)
        finally:
            idle.put(session)

    try:
        with ThreadPoolExecutor(1 if threads == 1 else _AT_ONCE) as pool:
            try:
                yield [pool.submit(run, scan) for scan in scans]
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                for session in sessions:
                    session.interrupt()
    finally:
        for session in sessions:
            session.close()
