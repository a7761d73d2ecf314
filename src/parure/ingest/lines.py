"""The patient reader of delimited text: one record at a time, for files that the SQL engine cannot take as they are.

It decodes line by line (UTF-8, else Windows-1252), repairs text that went through UTF-8 twice, knows the physical line
of every record, and sets a record aside that has too many or too few cells, an endless quote, a NUL byte or a monstrous
cell, and then goes on with the next line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import ftfy
import pyarrow as pa
import pyarrow.parquet as pq

from parure.core.errors import SettingsError
from parure.ingest.scan import TextFacts, opened

BATCH_ROWS: Final = 50_000
_MOST_QUOTED_LINES: Final = 1_000
_TWICE_MARKS: Final = ("Ã", "Â", "â€")
_RAW_CHARS: Final = 2_000

MALFORMED: Final = pa.schema([("_line", pa.int64()), ("raw", pa.string()), ("sentence", pa.string())])
"""Columns of a file of malformed records."""


@dataclass
class LineStats:
    """What was met while reading."""

    encodings: set[str] = field(default_factory=set)
    repaired: int = 0


def read_lines(path: Path, facts: TextFacts, encoding: str | None, stats: LineStats) -> Iterator[tuple[int, str]]:
    """Physical lines of a text file as (line number, text without its end).

    Raises:
        SettingsError: ``encoding`` is not a known one.
    """
    encoding = encoding or (facts.bom if facts.bom == "utf-16" else None)
    if encoding:
        yield from _one_encoding(path, encoding, stats)
        return
    with opened(path) as file:
        lines = _returns(file.read()) if facts.lone_returns else file
        for number, line in enumerate(lines, 1):
            text = _decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, stats)
            yield number, repaired(text.rstrip("\r\n"), stats)


def _one_encoding(path: Path, encoding: str, stats: LineStats) -> Iterator[tuple[int, str]]:
    stats.encodings.add(encoding)
    try:
        with path.open(encoding=encoding, errors="replace", newline="\n") as file:
            for number, line in enumerate(file, 1):
                yield number, repaired(line.rstrip("\r\n").removeprefix("\ufeff"), stats)
    except LookupError:
        raise SettingsError(
            f"The encoding {encoding!r} is not known.", hint="Use a name such as utf-8, cp1252 or latin-1."
        ) from None


def _returns(content: bytes) -> list[bytes]:
    return content.removesuffix(b"\r").split(b"\r")


def _decoded(line: bytes, stats: LineStats) -> str:
    if line.isascii():
        return line.decode("ascii")
    try:
        text = line.decode("utf-8")
        stats.encodings.add("utf-8")
    except UnicodeDecodeError:
        stats.encodings.add("cp1252")
        try:
            text = line.decode("cp1252")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
    return text


def repaired(text: str, stats: LineStats) -> str:
    """Undo UTF-8 that was read as Windows-1252, as in ``fÃ¼r``; text that is right stays as it is."""
    if not any(mark in text for mark in _TWICE_MARKS):
        return text
    better = ftfy.fix_encoding(text)
    stats.repaired += better != text
    return better


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its first physical line, its cells, its text, and why it is malformed (empty where it is sound)."""

    line: int
    cells: list[str]
    raw: str
    fault: str = ""


def read_records(
    lines: Iterator[tuple[int, str]], delimiter: str, width: int | None, max_field_chars: int
) -> Iterator[Record]:
    """Join physical lines into records and split them into cells.

    Args:
        lines: Physical lines with their numbers.
        delimiter: Character between cells.
        width: Cells that a record must have; None while reading the header.
        max_field_chars: Longest cell allowed.
    """
    waiting: list[tuple[int, str]] = []
    while True:
        first = waiting.pop(0) if waiting else next(lines, None)
        if first is None:
            return
        number, text = first
        if not text.strip(" \t"):
            continue
        if text.count('"') % 2:
            joined = _closed(text, waiting, lines)
            if joined is None:
                yield Record(number, [], text[:_RAW_CHARS], "A quote is opened and never closed.")
                continue
            text = joined
        yield _split(number, text, delimiter, width, max_field_chars)


def records_in(text: str, delimiter: str, most: int) -> list[Record]:
    """The first records of a text that is at hand."""
    lines = ((number, line.rstrip("\r")) for number, line in enumerate(text.split("\n"), 1))
    return list(islice(read_records(lines, delimiter, None, len(text) + 1), most))


def _closed(text: str, waiting: list[tuple[int, str]], lines: Iterator[tuple[int, str]]) -> str | None:
    """Append lines until the quotes are even; None (and nothing consumed) where that never happens."""
    parts = [text]
    taken = 0
    while taken < _MOST_QUOTED_LINES:
        if taken == len(waiting):
            line = next(lines, None)
            if line is None:
                return None
            waiting.append(line)
        parts.append(waiting[taken][1])
        taken += 1
        if parts[-1].count('"') % 2:
            del waiting[:taken]
            return "\n".join(parts)
    return None


def _split(number: int, text: str, delimiter: str, width: int | None, longest: int) -> Record:
    try:
        # Not splitlines(): it also breaks lines at characters that may stand in a cell.
        cells = next(csv.reader([f"{line}\n" for line in text.split("\n")], delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        return Record(number, [], text[:_RAW_CHARS], f"The line cannot be split into cells: {error}.")
    if "\0" in text:
        return Record(number, [], text[:_RAW_CHARS].replace("\0", "\\0"), "The line contains NUL bytes.")
    if any(len(cell) > longest for cell in cells):
        return Record(number, [], text[:_RAW_CHARS], f"A cell has more than {longest:,} characters.")
    if width is not None and len(cells) != width:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) != width:
            fault = f"The line has {len(cells)} cells where the header has {width}."
            return Record(number, [], text[:_RAW_CHARS], fault)
    return Record(number, cells, "")


def write_records(records: Iterator[Record], names: Sequence[str], into: Path, malformed: Path) -> tuple[int, int]:
    """Write sound records to a Parquet file of texts with their line, and malformed ones beside it.

    Returns:
        (sound, malformed) rows.

    Cost:
        About 4 microseconds a cell; memory of one batch.
    """
    schema = pa.schema([(name, pa.string()) for name in names] + [("_line", pa.int64())])
    good = bad = 0
    with pq.ParquetWriter(into, schema) as out, pq.ParquetWriter(malformed, MALFORMED) as aside:
        for batch in _batches(records):
            sound = [record for record in batch if not record.fault]
            broken = [record for record in batch if record.fault]
            columns = list(zip(*(record.cells for record in sound), strict=True)) or [()] * len(names)
            arrays = [pa.array(column, pa.string()) for column in columns]
            arrays.append(pa.array([record.line for record in sound], pa.int64()))
            out.write_batch(pa.record_batch(arrays, schema=schema))
            rows = [{"_line": record.line, "raw": record.raw, "sentence": record.fault} for record in broken]
            aside.write_batch(pa.RecordBatch.from_pylist(rows, schema=MALFORMED))
            good, bad = good + len(sound), bad + len(broken)
    return good, bad


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
