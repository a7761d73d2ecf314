"""Opening what a table is made from: its files, and for a derived table the SELECT over them."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from parure.core.errors import ColumnError, SettingsError, did_you_mean
from parure.core.progress import Progress
from parure.ingest.cells import literal, quoted
from parure.ingest.inputs import Found, Opener
from parure.ingest.mapping import SourceSpec, TableSpec
from parure.ingest.raw import NeedsPatience, RawTable, rows_of, staged
from parure.ingest.schema import Table


@dataclass(frozen=True)
class Work:
    """One file, or one derived table, that is to be taken in.

    Attributes:
        table: The table it feeds.
        spec: How.
        openers: The raw tables it reads.
        key: Hash of their content and of how it is read.
        label: How reports call it.
        content_hash: SHA-256 of its content.
        source: Hash of their content and of the mapping alone, without settings.
    """

    table: Table
    spec: TableSpec
    openers: tuple[Opener, ...]
    key: str
    label: str
    content_hash: str
    source: str


class Reader:
    """Opens raw tables, each once.

    Args:
        con: The connection they are read with.
        found: What there is, by source.
        directory: Where temporary files go.
        progress: Where the work reports to.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, found: Found, directory: Path, progress: Progress) -> None:
        self._con = con
        self._found = found
        self._directory = directory
        self._progress = progress
        self._opened: dict[tuple[str, str], RawTable] = {}

    def open(self, work: Work) -> RawTable:
        """The rows that one piece of work is about, after a look at the columns of all that it reads.

        Raises:
            ColumnError: A file lacks a column that the mapping says it has.
            SettingsError: The SELECT of a derived table is wrong.
        """
        for opener in work.openers:
            self._raw(opener)
        for name, openers in self._found.openers.items():
            for opener in openers:
                if opener in work.openers:
                    _demand(name, self._found.mapping.sources[name].columns, self._raw(opener))
        return self._raw(work.openers[0]) if work.spec.sql is None else self._derive(work, work.spec.sql)

    def patiently(self, work: Work, signal: NeedsPatience) -> RawTable:
        """Read a text file record by record, for this table and all others that it feeds."""
        raw = signal.read()
        if work.spec.sql is None:
            self._opened[work.openers[0].label, work.openers[0].content_hash] = raw
        return raw

    def _raw(self, opener: Opener) -> RawTable:
        key = (opener.label, opener.content_hash)
        if key not in self._opened:
            with self._progress.step(f"Opening {opener.label}"):
                self._opened[key] = opener.open()
        return self._opened[key]

    def _derive(self, work: Work, sql: str) -> RawTable:
        """Run a derived table's SELECT into a temporary file."""
        for name, spec in self._found.mapping.sources.items():
            if name == work.spec.source or mentions(sql, name):
                self._source_view(name, spec)
        into = self._directory / f"{work.key[:16]}.derived.parquet"
        # The user's text stands on lines of its own, so that a closing comment cannot swallow the bracket.
        statement = f"COPY (\n{sql.rstrip().rstrip(';')}\n) TO {literal(str(into))} (FORMAT parquet)"
        try:
            self._con.execute(statement)
        except duckdb.Error as error:
            raise SettingsError(
                f"The SELECT of [tables.{work.table.name}] fails: {' '.join(str(error).split())[:300]}",
                hint="Its sources are " + ", ".join(self._found.mapping.sources) + ".",
            ) from None
        return staged(self._con, into, work.label, work.content_hash, dialect={"format": "derived"})

    def _source_view(self, name: str, spec: SourceSpec) -> None:
        openers = self._found.openers[name]
        selects = [
            f"SELECT * EXCLUDE (_ord), {literal(opener.label)} AS _file FROM {self._exact(opener).numbered}"
            for opener in openers
        ]
        if not openers:
            cells = ", ".join(f"CAST(NULL AS VARCHAR) AS {quoted(column)}" for column in spec.columns)
            selects = [f"SELECT {cells}, NULL::BIGINT AS _line, NULL::VARCHAR AS _file WHERE false"]
        self._con.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {' UNION ALL BY NAME '.join(selects)}")

    def _exact(self, opener: Opener) -> RawTable:
        """The raw table with right line numbers: read record by record where positions would not give them."""
        raw = self._raw(opener)
        if raw.patient is None or raw.lines_exact:
            return raw
        try:
            rows = rows_of(self._con, raw, f"SELECT count(*) FROM {raw.relation}")[0][0]
            raw.lines_exact = rows + 1 == raw.physical_lines()
        except NeedsPatience:
            raw.lines_exact = False
        if not raw.lines_exact:
            raw = self._opened[opener.label, opener.content_hash] = raw.patient()
        return raw


def mentions(sql: str, name: str) -> bool:
    """Whether a SELECT names a source."""
    return re.search(rf"\b{re.escape(name)}\b", sql, re.IGNORECASE) is not None


def _demand(name: str, columns: Sequence[str], raw: RawTable) -> None:
    """Check the columns that a mapping's source must have.

    Raises:
        ColumnError: One is missing; a near miss is named.
    """
    for column in columns:
        if column not in raw.columns:
            guess = did_you_mean(column, raw.columns)
            raise ColumnError(
                f"{raw.label} lacks the column {column!r} of the source {name!r}" + (f", {guess}" if guess else "."),
                hint=f"Its columns are {', '.join(list(raw.columns)[:30])}.",
            )
