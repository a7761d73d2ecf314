"""From what the user names (directories, files, database URLs) to raw tables with names."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import duckdb

from parure.core.errors import InputError, MissingExtraError, MissingInputError, did_you_mean
from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.formats import (
    database_label,
    database_tables,
    open_json_lines,
    open_query,
    open_sheet,
    sheet_names,
)
from parure.ingest.mapping import InputSpec, Mapping, SourceSpec, TableSpec
from parure.ingest.raw import RawTable, open_parquet, open_text
from parure.ingest.scan import TextFacts, content_hash, scan_text
from parure.ingest.schema import TABLES

Format = Literal["text", "json lines", "parquet", "excel"]

_FORMATS: Final[dict[str, Format]] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".psv": "text",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".xlsb": "excel",
    ".ods": "excel",
}


@dataclass(frozen=True)
class Given:
    """A file as given.

    Attributes:
        path: Where it is.
        format: What it holds, by its name's ending.
        stem: Its name without endings, lower case.
    """

    path: Path
    format: Format
    stem: str

    @cached_property
    def scanned(self) -> tuple[str, TextFacts | None]:
        """SHA-256 of its bytes and, for plain text, what one pass over them tells."""
        if self.format in ("text", "json lines") and self.path.suffix.lower() != ".gz":
            return scan_text(self.path)
        return content_hash(self.path), None

    @property
    def content_hash(self) -> str:
        """SHA-256 of its bytes."""
        return self.scanned[0]


@dataclass(frozen=True)
class Opener:
    """A raw table that can be opened, whose content is known by its hash before it is read.

    Attributes:
        label: How reports call it.
        content_hash: SHA-256 of its content; for a database, after reading.
        open: Reads it.
    """

    label: str
    content_hash: str
    open: Callable[[], RawTable]


@dataclass(frozen=True)
class Context:
    """What opening a raw table needs."""

    con: duckdb.DuckDBPyConnection
    config: IngestConfig
    work: Path


def from_package(spec: InputSpec) -> Path:
    """Folder of the files that an installed package carries.

    Raises:
        MissingExtraError: It is not installed.
    """
    found = importlib.util.find_spec(spec.package)
    if found is None or not found.submodule_search_locations:
        raise MissingExtraError(spec.package, spec.extra, "This preset reads data that a package carries, and")
    return Path(next(iter(found.submodule_search_locations))) / spec.folder


def collect(inputs: Iterable[Path | str]) -> tuple[list[Given], list[str], list[str]]:
    """Split inputs into files, database URLs and names of files of unknown kind.

    Raises:
        MissingInputError: One is not there or may not be read.
    """
    files: list[Given] = []
    urls: list[str] = []
    ignored: list[str] = []
    for item in inputs:
        if "://" in str(item):
            urls.append(str(item))
            continue
        path = Path(item)
        inside = _listed(path)
        for one in inside if inside is not None else [path]:
            given = _given(one)
            if given is not None:
                files.append(given)
            elif inside is None:
                raise InputError(
                    f"{path.name} is of an unknown kind.", hint=f"Known endings: {', '.join(_FORMATS)}, also with .gz."
                )
            else:
                ignored.append(one.name)
    # The order in which files are named must not matter, so they are taken by name, then content.
    return sorted(files, key=lambda given: (given.path.name, given.content_hash)), urls, ignored


def _listed(path: Path) -> list[Path] | None:
    """Files of a directory, None for a file.

    Raises:
        MissingInputError: It is not there, may not be read, or is a loop of links.
    """
    try:
        if not path.is_dir():
            # exists() hides a loop of links on some versions; stat() raises for it.
            path.stat()
            return None
        return sorted(one for one in path.iterdir() if not one.name.startswith(".") and not one.is_dir())
    except PermissionError:
        raise MissingInputError(
            f"{path} may not be read: permission denied.", hint="Give the user that runs parure read access."
        ) from None
    except FileNotFoundError:
        raise MissingInputError(f"There is no file or directory {path}.", hint="Check the path.") from None
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MissingInputError(f"Cannot read {path}: {reason}.", hint="Check the path and its links.") from None


def _given(path: Path) -> Given | None:
    name = path.name.lower().removesuffix(".gz")
    suffix = Path(name).suffix
    if suffix not in _FORMATS:
        return None
    return Given(path, _FORMATS[suffix], name.removesuffix(suffix))


def table_of(stem: str) -> str | None:
    """The table that a file of this name feeds: ``orders-2024`` and ``Order Items (2)`` find theirs."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in stem.lower())
    for table in sorted(TABLES, key=len, reverse=True):
        if plain == table or (plain.startswith(table) and not plain[len(table)].isalpha()):
            return table
    return None


class Found:
    """Raw tables by source name, with the mapping that says what becomes of them."""

    def __init__(self, mapping: Mapping, openers: dict[str, list[Opener]], ignored: list[str]) -> None:
        self.mapping = mapping
        self.openers = openers
        self.ignored = ignored


def find(inputs: Sequence[Path | str], mapping: Mapping | None, context: Context) -> Found:
    """Match inputs to the sources of a mapping, or by name to the tables of the contract.

    Raises:
        MissingInputError: Nothing fits, or a source of the mapping has no file.
    """
    if not inputs and mapping is not None and mapping.input is not None:
        inputs = [from_package(mapping.input)]
    files, urls, ignored = collect(inputs)
    if mapping is None:
        return _by_name(files, urls, ignored, context)
    openers: dict[str, list[Opener]] = {}
    used: set[Path] = set()
    for name, spec in mapping.sources.items():
        dialect = spec.dialect.over(mapping.dialect)
        fitting = [given for given in files if _fits(given, spec)]
        used |= {given.path for given in fitting}
        found = [_file_opener(given, spec.sheet, dialect, context) for given in fitting]
        found += [opener for url in urls for opener in _database_openers(url, spec, name, context)]
        if not found and not spec.optional:
            raise _no_file(name, spec, files)
        openers[name] = found
    ignored += [given.path.name for given in files if given.path not in used]
    return Found(mapping, openers, ignored)


def _fits(given: Given, spec: SourceSpec) -> bool:
    name = given.path.name.lower()
    return any(fnmatch(name, pattern.lower()) or fnmatch(name, pattern.lower() + ".gz") for pattern in spec.files)


def _no_file(name: str, spec: SourceSpec, files: Sequence[Given]) -> MissingInputError:
    wanted = ", ".join(spec.files) or ", ".join(spec.tables) or "a query"
    names = [given.path.name for given in files]
    guess = next(filter(None, (did_you_mean(pattern, names) for pattern in spec.files)), "")
    return MissingInputError(
        f"The source {name!r} ({wanted}) is not among the inputs" + (f", {guess}" if guess else "."),
        hint=f"Got: {', '.join(names[:20]) or 'no files'}.",
    )


def _by_name(files: list[Given], urls: list[str], ignored: list[str], context: Context) -> Found:
    openers: dict[str, list[Opener]] = {}
    for given in files:
        fed = _tables_in(given)
        for table, sheet in fed:
            openers.setdefault(table, []).append(_file_opener(given, sheet, Dialect(), context))
        if not fed:
            ignored.append(given.path.name)
    for url in urls:
        for name in database_tables(url):
            fed_table = table_of(name)
            if fed_table is None:
                ignored.append(name)
            else:
                openers.setdefault(fed_table, []).append(_query_opener(url, name, name, context, is_table=True))
    if not openers:
        raise _nothing_fits(ignored)
    mapping = Mapping(
        sources={table: SourceSpec() for table in openers},
        tables={table: TableSpec(source=table) for table in TABLES if table in openers},
    )
    return Found(mapping, openers, ignored)


def _tables_in(given: Given) -> list[tuple[str, str | None]]:
    """(table, sheet) pairs that a file feeds by its name, or by the names of its sheets."""
    own = table_of(given.stem)
    if given.format == "excel":
        sheets = [(table, sheet) for sheet in sheet_names(given.path) if (table := table_of(sheet))]
        if sheets:
            return list(sheets)
    return [(own, None)] if own else []


def _nothing_fits(ignored: Sequence[str]) -> MissingInputError:
    guesses = [f"{name!r}: {guess}" for name in ignored[:50] if (guess := did_you_mean(name.split(".")[0], TABLES))]
    got = ", ".join(ignored[:20]) or "nothing"
    return MissingInputError(
        f"No input is a table of the shop: got {got}" + (f" ({'; '.join(guesses[:3])})." if guesses else "."),
        hint=f"Name files after their table ({', '.join(TABLES)}), or give a preset or a mapping.",
    )


def _file_opener(given: Given, sheet: str | None, dialect: Dialect, context: Context) -> Opener:
    con, config, work = context.con, context.config, context.work
    dialect = config.dialect.over(dialect)
    if given.format == "parquet":
        return Opener(given.path.name, given.content_hash, lambda: open_parquet(con, given.path, given.content_hash))
    if given.format == "excel":
        digest = hashlib.sha256(f"{given.content_hash}/{sheet}".encode()).hexdigest()
        return Opener(
            f"{given.path.name}" + (f" [{sheet}]" if sheet else ""),
            digest,
            lambda: open_sheet(con, given.path, sheet, given.content_hash, config, work),
        )
    read = open_text if given.format == "text" else open_json_lines
    return Opener(
        given.path.name,
        given.content_hash,
        lambda: read(con, given.path, given.scanned, dialect, config, work),
    )


def _database_openers(url: str, spec: SourceSpec, name: str, context: Context) -> list[Opener]:
    if spec.query:
        return [_query_opener(url, spec.query, name, context, is_table=False)]
    there = set(database_tables(url)) if spec.tables else set()
    return [_query_opener(url, table, table, context, is_table=True) for table in spec.tables if table in there]


def _query_opener(url: str, query: str, name: str, context: Context, *, is_table: bool) -> Opener:
    raw = open_query(context.con, url, query, name, context.work, is_table=is_table)
    return Opener(f"{database_label(url)} [{name}]", raw.content_hash, lambda: raw)
