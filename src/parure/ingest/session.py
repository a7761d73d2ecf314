"""How a connection that ingest works on is set up."""

from __future__ import annotations

from pathlib import Path

import duckdb

from parure.ingest import pseudonyms
from parure.ingest.cells import MACROS, literal
from parure.ingest.config import IngestConfig


def prepare(con: duckdb.DuckDBPyConnection, config: IngestConfig, work: Path) -> None:
    """Set what holds for the whole database: memory, where it spills to, threads."""
    con.execute(f"SET memory_limit = '{config.memory_limit_mib}MiB'")
    con.execute(f"SET temp_directory = {literal(str(work / 'spill'))}")
    # It turns IN over six constants into a join, which gives rows back in another order: their lines would be lost.
    con.execute("SET disabled_optimizers = 'in_clause'")
    # No extension is ever fetched from the network.
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET enable_progress_bar = false")
    if config.threads is not None:
        con.execute(f"SET threads = {config.threads}")


def open_session(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Define what expressions call and rely on, which every connection to a database has for itself."""
    con.execute("SET TimeZone = 'UTC'")
    con.execute(MACROS)
    pseudonyms.install(con, key)
