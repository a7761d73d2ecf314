"""Raw tables from JSON Lines, Excel workbooks and SQL databases."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from parure.core.errors import InputError, MissingExtraError, MissingInputError, did_you_mean
from parure.ingest.cells import literal, quoted
from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.lines import MALFORMED, LineStats, read_lines
from parure.ingest.raw import RawTable, header_names, staged
from parure.ingest.scan import TextFacts, scan_text, unpacked

_BATCH_ROWS: Final = 50_000


def open_json_lines(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    scanned: tuple[str, TextFacts | None],
    dialect: Dialect,
    config: IngestConfig,
    work: Path,
) -> RawTable:
    """Open a file with one JSON object a line, packed or not.

    Raises:
        MissingInputError: It holds no object.
        InputError: It has too many columns.
    """
    content_hash, facts = scanned
    text = unpacked(path, work / f"{content_hash[:16]}.txt") if path.suffix.lower() == ".gz" else path
    facts = facts or scan_text(text)[1]
    stats = LineStats()
    if not facts.plain or dialect.encoding:
        whole = work / f"{content_hash[:16]}.utf8.txt"
        with whole.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{line}\n" for _, line in read_lines(text, facts, dialect.encoding, stats))
        text = whole
    into, malformed = work / f"{content_hash[:16]}.raw.parquet", work / f"{content_hash[:16]}.malformed.parquet"
    broken = _unfold(con, text, into, malformed, path, config)
    encoding = " and ".join(sorted(stats.encodings)) or "utf-8"
    raw = staged(con, into, path.name, content_hash, dialect={"format": "json lines", "encoding": encoding})
    raw.malformed = (malformed, broken) if broken else None
    if stats.repaired:
        raw.notes.append(f"{stats.repaired:,} lines had been read twice as UTF-8 (as in fÃ¼r) and were repaired.")
    return raw


def _unfold(
    con: duckdb.DuckDBPyConnection, text: Path, into: Path, malformed: Path, path: Path, config: IngestConfig
) -> int:
    """Write objects as columns of text, and lines that are none beside them; returns how many are none."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE json_lines AS SELECT row_number() OVER () AS _line, j, "
        "CASE WHEN json_valid(j) THEN json_type(j) = 'OBJECT' ELSE false END AS sound "
        f"FROM read_csv({literal(str(text))}, header = false, auto_detect = false, delim = '\x01', quote = '', "
        "escape = '', nullstr = '', max_line_size = 33554432, columns = {'j': 'VARCHAR'})"
    )
    keys = [
        row[0]
        for row in con.execute(
            "SELECT key FROM (SELECT unnest(json_keys(j)) AS key, _line FROM json_lines WHERE sound) "
            "GROUP BY key ORDER BY min(_line), key"
        ).fetchall()
    ]
    if not keys:
        raise MissingInputError(f"{path.name} holds no JSON object.", hint="One object a line was expected.")
    if len(keys) > config.max_columns:
        raise InputError(f"{path.name} has {len(keys):,} keys, at most {config.max_columns:,} are read.")
    cells = ", ".join(
        f"json_extract_string(j, {literal('/' + key.replace('~', '~0').replace('/', '~1'))}) AS {quoted(name)}"
        for key, name in zip(keys, header_names(keys), strict=True)
    )
    con.execute(f"COPY (SELECT {cells}, _line FROM json_lines WHERE sound) TO {literal(str(into))} (FORMAT parquet)")
    rows = con.execute(
        "SELECT _line, left(j, 2000), 'The line is not a JSON object.' FROM json_lines "
        "WHERE NOT sound AND trim(coalesce(j, '')) <> '' ORDER BY _line"
    ).fetchall()
    con.execute("DROP TABLE json_lines")
    found = [dict(zip(MALFORMED.names, row, strict=True)) for row in rows]
    pq.write_table(pa.Table.from_pylist(found, schema=MALFORMED), malformed)
    return len(rows)


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets of an Excel workbook.

    Raises:
        MissingExtraError: The reader is not installed.
        InputError: It is not a workbook.
    """
    return list(_workbook(path).sheet_names)


def _workbook(path: Path) -> Any:
    try:
        import python_calamine
    except ImportError:
        raise MissingExtraError("python-calamine", "excel", f"Reading the workbook {path.name}") from None
    try:
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except (OSError, python_calamine.CalamineError) as error:
        raise InputError(f"{path} cannot be read as a workbook: {error}.", hint="Save it as .xlsx again.") from None


def open_sheet(
    con: duckdb.DuckDBPyConnection, path: Path, sheet: str | None, content_hash: str, config: IngestConfig, work: Path
) -> RawTable:
    """Open one sheet of an Excel workbook; its first row that is not empty is the header.

    Raises:
        InputError: There is no such sheet, or it has too many columns.
        MissingInputError: The sheet is empty.
    """
    book = _workbook(path)
    name = sheet if sheet is not None else book.sheet_names[0]
    if name not in book.sheet_names:
        guess = did_you_mean(name, book.sheet_names)
        raise InputError(
            f"{path.name} has no sheet {name!r}" + (f", {guess}" if guess else "."),
            hint=f"Its sheets: {', '.join(book.sheet_names)}.",
        )
    rows = enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1)
    filled = ((line, [_cell_text(cell) for cell in row]) for line, row in rows)
    filled = ((line, row) for line, row in filled if any(row))
    header = next(filled, None)
    label = f"{path.name} [{name}]"
    if header is None:
        raise MissingInputError(f"{label} is empty.", hint="A header row and rows were expected.")
    if len(header[1]) > config.max_columns:
        raise InputError(f"{label} has {len(header[1]):,} columns, at most {config.max_columns:,} are read.")
    digest = hashlib.sha256(f"{content_hash}/{name}".encode()).hexdigest()
    into = work / f"{digest[:16]}.raw.parquet"
    _write_texts(into, header_names([cell or "" for cell in header[1]]), filled)
    return staged(con, into, label, digest, dialect={"format": "excel", "sheet": name})


def _cell_text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).hex()
    if isinstance(cell, list) and all(isinstance(part, str) and "," not in part for part in cell):
        return ",".join(cell)
    if isinstance(cell, dict | list):
        return json.dumps(cell, default=str)
    return str(cell)


def _write_texts(into: Path, names: Sequence[str], rows: Iterable[tuple[int, Sequence[str | None]]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in names] + [("_line", pa.int64())])
    with pq.ParquetWriter(into, schema) as out:
        for batch in _batches(rows):
            columns = list(zip(*(row for _, row in batch), strict=True))
            arrays = [pa.array(column, pa.string()) for column in columns]
            arrays.append(pa.array([line for line, _ in batch], pa.int64()))
            out.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(rows: Iterable[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


_CONNECT_SECONDS: Final = 15
_QUERY_PASSWORD: Final = re.compile(r"(?<=[?&])[^=&]*password=[^&]*&?", re.IGNORECASE)
_URL_HINT: Final = "As in sqlite:///shop.db or postgresql://user:password@host/database."


def _engine(url: str) -> Any:
    try:
        import sqlalchemy
    except ImportError:
        raise MissingExtraError("sqlalchemy", "sql", "Reading a database") from None
    label = database_label(url)
    try:
        parsed = sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        # Their messages may quote the URL, and with it the password.
        raise InputError(f"{label} is not a database URL.", hint=_URL_HINT) from None
    if "@" in (parsed.host or ""):
        raise InputError(
            f"The database URL {label} has an @ in its password.", hint="Write %40 for @, %2F for / and %3A for :."
        )
    arguments: dict[str, Any] = {}
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        parsed = parsed.set(drivername="postgresql+psycopg")
        # Without it a server behind a firewall that drops packets is waited for longer than anybody does.
        arguments = {} if "connect_timeout" in parsed.query else {"connect_timeout": _CONNECT_SECONDS}
    try:
        return sqlalchemy.create_engine(parsed, connect_args=arguments)
    except ModuleNotFoundError as error:
        if parsed.drivername == "postgresql+psycopg":
            raise MissingExtraError("psycopg", "postgres", "Reading a Postgres database") from None
        raise InputError(f"{label} needs a driver that is not installed: {error}.", hint=_URL_HINT) from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise InputError(f"{label} cannot be used: {_short(error)}.", hint=_URL_HINT) from None


def database_label(url: str) -> str:
    """The URL without its password, for people and logs."""
    scheme, _, rest = _QUERY_PASSWORD.sub("", url).partition("://")
    user, at, server = rest.rpartition("@")
    return f"{scheme}://{user.split(':', 1)[0]}{at}{server}"


def database_tables(url: str) -> list[str]:
    """Names of the tables and views of a database.

    Raises:
        InputError: It cannot be reached.
    """
    import sqlalchemy

    engine = _engine(url)
    # A missing SQLite file would be made on connecting, and look like an empty shop.
    if engine.dialect.name == "sqlite" and engine.url.database and not Path(engine.url.database).exists():
        raise MissingInputError(f"There is no database file {engine.url.database}.", hint="Check the path.")
    try:
        inspector = sqlalchemy.inspect(engine)
        return [*inspector.get_table_names(), *inspector.get_view_names()]
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise InputError(f"Cannot read {database_label(url)}: {_short(error)}.", hint="Check the URL.") from None
    finally:
        engine.dispose()


def open_query(
    con: duckdb.DuckDBPyConnection, url: str, query: str, name: str, work: Path, *, is_table: bool
) -> RawTable:
    """Read a table or query of a database, a batch at a time, into a temporary file.

    Raises:
        InputError: The query fails.
    """
    import sqlalchemy

    engine = _engine(url)
    into = work / f"{hashlib.sha256(f'{url}/{query}'.encode()).hexdigest()[:16]}.raw.parquet"
    statement = f"SELECT * FROM {engine.dialect.identifier_preparer.quote(query)}" if is_table else query
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            result = connection.execute(sqlalchemy.text(statement))
            rows = ((line, [_cell_text(cell) for cell in row]) for line, row in enumerate(result, 1))
            _write_texts(into, header_names(list(result.keys())), rows)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise InputError(
            f"Cannot read {name} from {database_label(url)}: {_short(error)}.",
            hint="Check rights and values; a query in a mapping can leave out or rewrite what cannot be read.",
        ) from None
    finally:
        engine.dispose()
    raw = staged(con, into, f"{database_label(url)} [{name}]", "", dialect={"format": "database"})
    raw.content_hash = _rows_hash(con, raw)
    return raw


def _short(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")


def _rows_hash(con: duckdb.DuckDBPyConnection, raw: RawTable) -> str:
    """A hash of the rows that does not depend on the order in which the database gave them."""
    cells = ", ".join(quoted(name) for name in raw.columns)
    found = con.execute(f"SELECT count(*), sum(hash({cells})), bit_xor(hash({cells})) FROM {raw.relation}").fetchall()
    return hashlib.sha256(json.dumps([list(raw.columns), *map(str, found[0])]).encode()).hexdigest()
