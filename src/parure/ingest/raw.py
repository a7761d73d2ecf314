"""Raw tables: what a file, sheet or query holds, before anything is checked, as something SQL can select from."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from parure.core.errors import InputError, MissingInputError, SettingsError
from parure.ingest.cells import literal, quoted
from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.detect import find_delimiter
from parure.ingest.lines import LineStats, read_lines, read_records, records_in, write_records
from parure.ingest.scan import TextFacts, count_lines, opened, scan_text, unpacked
from parure.ingest.schema import TABLES

_HEAD_BYTES: Final = 1 << 17  # no cell in it is longer than the csv module takes
_PRINTABLE: Final = b"\t\n\r\f" + bytes(range(32, 256))
_KNOWN: Final = frozenset(name for table in TABLES.values() for name in table.names)


class NeedsPatience(Exception):  # noqa: N818 - a signal between two readers, not an error
    """The SQL engine cannot read this text, or cannot tell its lines: read it record by record.

    Args:
        read: Does so.
    """

    def __init__(self, read: Callable[[], RawTable]) -> None:
        super().__init__()
        self.read = read


@dataclass
class RawTable:
    """A raw table that SQL can select from.

    Attributes:
        label: How reports call it.
        content_hash: SHA-256 of its content.
        columns: Name -> DuckDB type; text formats have VARCHAR only.
        relation: SQL that stands after FROM and gives exactly ``columns``.
        numbered: SQL that also gives ``_ord`` (position, from 0) and ``_line`` (where a person finds it).
        rows: Number of rows, where it is known without reading.
        dialect: What was detected or set, for the report.
        notes: Sentences for the report.
        trim: Whether cells may have blanks around them.
        nulls_read: Whether missing values already are NULL.
        malformed: Parquet file of records that could not be split into cells, and how many.
        patient: Reads the file again record by record; None where that has been done or is not needed.
        lines_exact: Whether ``_line`` is right whatever the cells hold.
        physical_lines: Counts the lines of the text file, to compare with the records found.
        picked: Given positions in order, gives SQL like ``numbered`` of these rows alone, to be read where every record
            is one line and the table ``rejected`` holds them.
        sample: Some values of each column, where they are at hand without a query.
    """

    label: str
    content_hash: str
    columns: dict[str, str]
    relation: str
    numbered: str
    rows: int | None = None
    dialect: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    trim: bool = True
    nulls_read: bool = False
    malformed: tuple[Path, int] | None = None
    patient: Callable[[], RawTable] | None = None
    lines_exact: bool = True
    physical_lines: Callable[[], int] = lambda: 0
    picked: Callable[[Iterable[int]], str] | None = None
    sample: dict[str, list[str]] = field(default_factory=dict)


def rows_of(con: duckdb.DuckDBPyConnection, raw: RawTable, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over a raw table.

    Raises:
        NeedsPatience: The SQL engine cannot read the raw table's text.
    """
    try:
        return con.execute(query).fetchall()
    except duckdb.Error as error:
        # Only a text file that has not been read record by record yet can be at fault here.
        if raw.patient is None or "CSV" not in str(error):
            raise
        raise NeedsPatience(raw.patient) from None


def parquet_relation(path: Path, columns: Iterable[str]) -> tuple[str, str]:
    """``relation`` and ``numbered`` of a Parquet file, whose rows are numbered by a ``_line`` column or by position."""
    names = list(columns)
    source = f"read_parquet({literal(str(path))}, file_row_number = true)"
    cells = ", ".join(quoted(name) for name in names if name not in ("_line", "_file"))
    line = quoted("_line") if "_line" in names else "file_row_number + 1"
    plain = f"(SELECT {cells} FROM read_parquet({literal(str(path))}))"
    return plain, f"(SELECT {cells}, file_row_number AS _ord, {line} AS _line FROM {source})"


def staged(con: duckdb.DuckDBPyConnection, path: Path, label: str, content_hash: str, **rest: Any) -> RawTable:
    """A raw table over a Parquet file that a reader wrote or a shop gave."""
    described = con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    types = {name: sql_type for name, sql_type, *_ in described}
    relation, numbered = parquet_relation(path, types)
    columns = {name: sql_type for name, sql_type in types.items() if name not in ("_line", "_file")}
    rows = con.execute(f"SELECT count(*) FROM read_parquet({literal(str(path))})").fetchall()[0][0]
    return RawTable(label, content_hash, columns, relation, numbered, rows=int(rows), **rest)


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path, content_hash: str) -> RawTable:
    """Open a Parquet file.

    Raises:
        InputError: It is not one.
    """
    try:
        return staged(con, path, path.name, content_hash, dialect={"format": "parquet"})
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} is not a sound Parquet file: {first}", hint="Export it again.") from None


def open_text(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    scanned: tuple[str, TextFacts | None],
    dialect: Dialect,
    config: IngestConfig,
    work: Path,
) -> RawTable:
    """Open a delimited text file, packed or not.

    The SQL engine reads it straight from the file where its bytes allow; otherwise it is read record by record into a
    temporary file first.

    Raises:
        MissingInputError: It is empty.
        InputError: It is broken as a whole, or has too many columns.
    """
    del con
    content_hash, facts = scanned
    text = path
    if path.suffix.lower() == ".gz":
        text = unpacked(path, work / f"{content_hash[:16]}.txt")
    facts = facts or scan_text(text)[1]
    _demand_text(path, text, facts, dialect.encoding)
    lines = read_lines(text, facts, dialect.encoding, LineStats())
    head = _head(text, facts, dialect.encoding)
    delimiter = dialect.delimiter or find_delimiter(head, _KNOWN)
    header = next(read_records(lines, delimiter, None, config.max_field_chars), None)
    if header is None:
        raise MissingInputError(f"{path.name} is empty.", hint="A header line and rows were expected.")
    if header.fault or len(header.cells) > config.max_columns:
        fault = header.fault or f"It has {len(header.cells):,} columns, at most {config.max_columns:,} are read."
        raise InputError(f"The header of {path.name} cannot be used. {fault}", hint="Check that the file is a table.")
    names = header_names(header.cells)
    made = _TextFile(path.name, content_hash, text, facts, delimiter, names, dialect, config, work)
    easy = facts.plain and dialect.encoding in (None, "utf-8", "utf8") and header.line == 1
    if not easy or "\n" in "".join(header.cells):
        return made.patient()
    raw = made.fast()
    raw.sample = _sample(head, delimiter, names, cut_off=text.stat().st_size > _HEAD_BYTES)
    return raw


def _sample(head: str, delimiter: str, names: Sequence[str], *, cut_off: bool) -> dict[str, list[str]]:
    """Values of the first five hundred records, the header left out, and the last one where it is cut off."""
    records = records_in(head, delimiter, 501)[1 : -1 if cut_off else None]
    rows = [record.cells for record in records if len(record.cells) == len(names)]
    return {
        name: [value.strip() for value in column] for name, column in zip(names, zip(*rows, strict=True), strict=False)
    }


def header_names(cells: Sequence[str]) -> list[str]:
    """Column names from header cells: trimmed, never empty, distinct without regard to case."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for position, cell in enumerate(cells, 1):
        name = cell.strip().strip("\ufeff").replace("\0", "") or f"column_{position}"
        if name.startswith("_"):
            name = f"column{name}"
        seen[name.lower()] += 1
        while seen[name.lower()] > 1:
            name = f"{name}_{position}"
            seen[name.lower()] += 1
        names.append(name)
    return names


def _demand_text(path: Path, text: Path, facts: TextFacts, encoding: str | None) -> None:
    """Refuse an encoding that nobody knows, and pictures and the like, before they are taken for tables."""
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise SettingsError(
                f"The encoding {encoding!r} is not known.", hint="Use a name such as utf-8, cp1252 or latin-1."
            ) from None
    elif not facts.bom:
        with opened(text) as file:
            start = file.read(1024)
        controls = len(start.translate(None, delete=_PRINTABLE))
        if controls > 16 and 50 * controls > len(start):
            raise InputError(
                f"{path} is not a text file: {controls} of its first {len(start)} bytes are control characters.",
                hint="Export it as text. If it is UTF-16 without a byte order mark, set the encoding.",
            )


def _head(path: Path, facts: TextFacts, encoding: str | None) -> str:
    with opened(path) as file:
        head = file.read(_HEAD_BYTES)
    if facts.lone_returns:
        head = head.replace(b"\r", b"\n")
    return head.decode(encoding or facts.bom or ("utf-8" if facts.utf8 else "cp1252"), errors="replace")


@dataclass(frozen=True)
class _TextFile:
    """A delimited text file whose header has been read."""

    label: str
    content_hash: str
    path: Path
    facts: TextFacts
    delimiter: str
    names: list[str]
    settings: Dialect
    config: IngestConfig
    work: Path

    def fast(self) -> RawTable:
        """Let the SQL engine read the file itself."""
        relation = self.read_csv(self.path)
        return RawTable(
            self.label,
            self.content_hash,
            dict.fromkeys(self.names, "VARCHAR"),
            relation,
            f"(SELECT *, _ord + 2 AS _line FROM (SELECT *, row_number() OVER () - 1 AS _ord FROM {relation}))",
            dialect=self._dialect("ascii" if self.facts.ascii else "utf-8"),
            trim=self.facts.blanks,
            nulls_read=True,
            patient=self.patient,
            lines_exact=False,
            physical_lines=lambda: count_lines(self.path),
            picked=self.picked,
        )

    def read_csv(self, path: Path) -> str:
        """SQL that reads a file of this one's form."""
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.names)
        # Every cell is compared with every one of them, so those that the file cannot hold are left out.
        possible = [text for text in self.config.missing_values if self.facts.may_hold(text)]
        nulls = ", ".join(literal(text) for text in ("", *possible))
        return (
            f"read_csv({literal(str(path))}, header = true, auto_detect = false, "
            f"delim = {literal(self.delimiter)}, "
            f"quote = '\"', escape = '\"', strict_mode = true, nullstr = [{nulls}], allow_quoted_nulls = true, "
            f"columns = {{{columns}}})"
        )

    def picked(self, rows: Iterable[int]) -> str:
        """Copy some lines into a file of their own, which is a tenth of the work of reading all cells again."""
        into = self.work / f"{self.content_hash[:16]}.picked.txt"
        wanted = iter(rows)
        following = next(wanted, -1)
        with opened(self.path) as file, into.open("wb") as out:
            out.write(next(file))
            for row, line in enumerate(file):
                if row == following:
                    out.write(line)
                    following = next(wanted, -1)
        return (
            "(SELECT * EXCLUDE (_position), _row AS _ord, _row + 2 AS _line FROM "
            f"(SELECT *, row_number() OVER () AS _position FROM {self.read_csv(into)}) JOIN "
            "(SELECT _rejected AS _row, row_number() OVER (ORDER BY _rejected) AS _position FROM rejected) "
            "USING (_position))"
        )

    def patient(self) -> RawTable:
        """Read it record by record into a temporary file."""
        stats = LineStats()
        lines = read_lines(self.path, self.facts, self.settings.encoding, stats)
        records = read_records(lines, self.delimiter, None, self.config.max_field_chars)
        next(records, None)
        records = read_records(lines, self.delimiter, len(self.names), self.config.max_field_chars)
        into = self.work / f"{self.content_hash[:16]}.raw.parquet"
        aside = self.work / f"{self.content_hash[:16]}.malformed.parquet"
        limit = csv.field_size_limit(max(csv.field_size_limit(), 100 * self.config.max_field_chars))
        try:
            _, malformed = write_records(records, self.names, into, aside)
        finally:
            csv.field_size_limit(limit)
        relation, numbered = parquet_relation(into, [*self.names, "_line"])
        return RawTable(
            self.label,
            self.content_hash,
            dict.fromkeys(self.names, "VARCHAR"),
            relation,
            numbered,
            dialect=self._dialect(_encoding_name(stats, self.facts)),
            notes=self._notes(stats),
            malformed=(aside, malformed) if malformed else None,
        )

    def _dialect(self, encoding: str) -> dict[str, Any]:
        return {"format": "text", "encoding": encoding, "delimiter": self.delimiter}

    def _notes(self, stats: LineStats) -> list[str]:
        notes = []
        if stats.repaired:
            notes.append(f"{stats.repaired:,} lines had been read twice as UTF-8 (as in fÃ¼r) and were repaired.")
        if len(stats.encodings) > 1:
            notes.append("Lines are in two encodings, UTF-8 and Windows-1252; each was read in its own.")
        return notes


def _encoding_name(stats: LineStats, facts: TextFacts) -> str:
    if facts.bom == "utf-8-sig":
        return "utf-8 with byte order mark"
    return " and ".join(sorted(stats.encodings)) or "ascii"
