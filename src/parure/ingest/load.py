"""One raw table into one contract table: type and check all rows in a scan, set the bad ones aside, keep the rest."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from parure.ingest.cells import literal, quoted
from parure.ingest.checks import Plan
from parure.ingest.raw import NeedsPatience, RawTable, rows_of

# Ids are mostly distinct: trying a dictionary on them costs a third of the writing time and wins no space. The second
# version of the format keeps lengths and numbers as differences, which is a tenth smaller and sooner written.
_PARQUET: Final = "(FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000, PARQUET_VERSION v2)"

_FEW: Final = 10
"""Where fewer than one row in so many is rejected, their lines are picked out instead of reading the file again."""
_SORTED_KEYS: Final = 8_000_000
"""Up to so many keys their hashes (64 MB) are sorted, which takes a quarter of the time of a hash table."""


@dataclass(frozen=True)
class Loaded:
    """Figures of one load.

    Attributes:
        rows_in: Rows found.
        accepted: Rows in the part.
        reasons: First reason code -> rows.
        columns: Stored column -> DuckDB type.
    """

    rows_in: int
    accepted: int
    reasons: dict[str, int]
    columns: dict[str, str]


def write_stage(con: duckdb.DuckDBPyConnection, plan: Plan, raw: RawTable, stage: Path) -> None:
    """Type and check all rows of a raw table, each by itself, and write them in their order; a bad one has no key.

    Args:
        con: A connection with the macros of :mod:`~parure.ingest.cells`.
        plan: How the rows are read and checked.
        raw: The rows.
        stage: Where they go.

    Raises:
        NeedsPatience: The text must be read record by record.

    Cost:
        One scan of the raw rows.
    """
    rows_of(con, raw, f"COPY ({plan.select(raw.relation)}) TO {literal(str(stage))} {_PARQUET}")


def settle(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    raw: RawTable,
    present: Sequence[Path],
    stage: Path,
    part: Path,
    quarantine: Path,
) -> Loaded:
    """Check staged rows against each other and against other tables, and part the accepted from the rejected.

    Args:
        con: A connection with the macros of :mod:`~parure.ingest.cells`.
        plan: How the rows are read and checked, with the keys that references may name.
        raw: The rows as they were.
        present: Parts of the same table whose keys may not come again; empty for versioned tables.
        stage: What :func:`write_stage` wrote; it is gone afterwards.
        part: Where the accepted rows go; not written where there are none.
        quarantine: Where the others go, with reasons; not written where there are none.

    Raises:
        NeedsPatience: The text must be read record by record.

    Cost:
        One scan of the keys. Rows are read a second time only where some are rejected.
    """
    total, rejected = _find_rejected(con, plan, stage, present)
    malformed = raw.malformed[1] if raw.malformed else 0
    reasons: dict[str, int] = {}
    if rejected or malformed:
        _set_aside(con, plan, raw, total, rejected, quarantine)
        counted = con.execute(f"SELECT reason, count(*) FROM read_parquet({literal(str(quarantine))}) GROUP BY reason")
        reasons = {str(reason): int(rows) for reason, rows in counted.fetchall()}
    columns = _describe(con, stage)
    if total == rejected:
        stage.unlink()
    elif rejected:
        _keep_accepted(con, stage, part)
    else:
        stage.replace(part)
    con.execute("DROP TABLE IF EXISTS rejected")
    return Loaded(total + malformed, total - rejected, reasons, columns)


def _find_rejected(con: duckdb.DuckDBPyConnection, plan: Plan, stage: Path, present: Sequence[Path]) -> tuple[int, int]:
    """Fill the table ``rejected`` (_rejected, _kind); returns (rows, rejected rows)."""
    key = quoted(plan.table[plan.table.key].stored_name)
    rows = f"read_parquet({literal(str(stage))}, file_row_number = true)"
    total, sound = con.execute(f"SELECT count(*), count({key}) FROM {rows}").fetchall()[0]
    con.execute("CREATE OR REPLACE TEMP TABLE rejected (_rejected BIGINT, _kind VARCHAR)")
    with ThreadPoolExecutor(1) as beside, con.cursor() as second:
        # Sorting keeps one processor busy, so the orphans are looked for beside it.
        sorting = beside.submit(_keys_repeat, second, key, rows, sound)
        # Where all rows are sound, their keys need not be read to tell.
        orphans = _find_orphans(con, plan, f"{key} IS NOT NULL" if sound < total else "true", rows)
        repeated = sorting.result()
    if orphans:
        # An orphan does not stand in the way of a sound row with its key.
        rows = f"(SELECT * FROM {rows} WHERE file_row_number NOT IN (SELECT _rejected FROM rejected))"
    selects = []
    if sound < total:
        selects.append(f"SELECT file_row_number, 'row' FROM {rows} WHERE {key} IS NULL")
    if repeated:
        twice = f"row_number() OVER (PARTITION BY {key} ORDER BY file_row_number) > 1"
        selects.append(
            f"SELECT file_row_number, 'duplicate_id' FROM (SELECT file_row_number, {key} FROM {rows} WHERE {key} IN "
            f"(SELECT {key} FROM {rows} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1)) QUALIFY {twice}"
        )
    if present:
        paths = ", ".join(literal(str(path)) for path in present)
        known = f"SELECT {key} FROM read_parquet([{paths}])"
        selects.append(f"SELECT file_row_number, 'already_present' FROM {rows} WHERE {key} IN ({known})")
    if selects:
        con.execute(
            "INSERT INTO rejected SELECT _rejected, min(_kind) FROM "
            f"({' UNION ALL '.join(selects)}) AS found(_rejected, _kind) GROUP BY _rejected"
        )
    return int(total), int(con.execute("SELECT count(*) FROM rejected").fetchall()[0][0])


def _find_orphans(con: duckdb.DuckDBPyConnection, plan: Plan, is_sound: str, rows: str) -> int:
    """Add sound rows whose reference leads nowhere to the table ``rejected``; returns how many.

    Not in the typing scan: a join there would change the order of rows, and with it their line numbers.
    """
    if not plan.parents:
        return 0
    # A join for each reference that lets only orphans pass takes less than one pass in which all rows are marked.
    lost = " UNION ALL ".join(
        f"(SELECT file_row_number FROM {rows} AS child WHERE {is_sound} AND {reference} IS NOT NULL AND "
        f"NOT EXISTS (SELECT 1 FROM ({keys}) AS parent(known) WHERE parent.known = child.{reference}))"
        for reference, keys in ((quoted(plan.table[name].stored_name), keys) for name, keys in plan.parents.items())
    )
    inserted = con.execute(f"INSERT INTO rejected SELECT DISTINCT file_row_number, 'row' FROM ({lost})")
    return int(inserted.fetchall()[0][0])


def _keys_repeat(con: duckdb.DuckDBPyConnection, key: str, rows: str, sound: int) -> bool:
    """Whether a key seems to come twice; two keys of one hash only cost a second look."""
    if sound > _SORTED_KEYS:
        distinct = con.execute(f"SELECT count(DISTINCT {key}) FROM {rows}").fetchall()[0][0]
        return bool(distinct < sound)
    found = con.execute(f"SELECT hash({key}) AS hashed FROM {rows} WHERE {key} IS NOT NULL").fetchnumpy()["hashed"]
    hashes = np.sort(np.asarray(found, dtype=np.uint64))
    return bool((hashes[1:] == hashes[:-1]).any())


def _set_aside(
    con: duckdb.DuckDBPyConnection, plan: Plan, raw: RawTable, total: int, rejected: int, quarantine: Path
) -> None:
    # Position and line agree only where every record is one line, the header included.
    if raw.patient is not None and not raw.lines_exact and raw.physical_lines() != total + 1:
        raise NeedsPatience(raw.patient)
    selects = []
    if rejected:
        relation = raw.numbered
        if raw.picked is not None and rejected < total // _FEW:
            found = con.execute("SELECT _rejected FROM rejected ORDER BY _rejected").fetchnumpy()["_rejected"]
            relation = raw.picked(found.tolist())
        selects.append(plan.faults(relation, "rejected", raw.label, list(raw.columns)))
    if raw.malformed:
        text = "'(hidden)'" if plan.hidden else "raw"
        selects.append(
            f"SELECT {literal(raw.label)} AS file, _line AS line, 'malformed_row' AS reason, '' AS \"column\", "
            f"sentence, ['malformed_row'] AS reasons, {text} AS raw FROM read_parquet({literal(str(raw.malformed[0]))})"
        )
    union = " UNION ALL ".join(f"({select})" for select in selects)
    con.execute(f"COPY (SELECT * FROM ({union}) ORDER BY line, raw) TO {literal(str(quarantine))} {_PARQUET}")


def _keep_accepted(con: duckdb.DuckDBPyConnection, stage: Path, part: Path) -> None:
    rows = f"read_parquet({literal(str(stage))}, file_row_number = true)"
    con.execute(
        f"COPY (SELECT * EXCLUDE (file_row_number) FROM {rows} WHERE file_row_number NOT IN "
        f"(SELECT _rejected FROM rejected) ORDER BY file_row_number) TO {literal(str(part))} {_PARQUET}"
    )
    stage.unlink()


def _describe(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    found = con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    return {name: sql_type for name, sql_type, *_ in found}
