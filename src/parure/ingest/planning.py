"""From a raw table and its mapping to a plan: which cell feeds which column, and how its values are written."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import duckdb

from parure.core.errors import ColumnError, SettingsError, did_you_mean
from parure.ingest.cells import CellFormat, is_text, literal, quoted
from parure.ingest.checks import Bounds, Cell, Plan
from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.detect import (
    AMBIGUOUS,
    day_and_month_first,
    find_currency,
    find_date_format,
    find_decimal,
    has_offsets,
)
from parure.ingest.mapping import TableSpec
from parure.ingest.raw import RawTable, rows_of
from parure.ingest.schema import Column, Table

_SAMPLE_ROWS: Final = 2_000
_NUMBERS: Final = ("money", "number", "integer")
_TIMES: Final = ("date", "timestamp")


@dataclass(frozen=True)
class Assigned:
    """Contract and extra columns of one raw table.

    Attributes:
        sources: Contract column -> SQL over the raw columns.
        extras: Further column -> SQL over the raw columns.
    """

    sources: Mapping[str, str]
    extras: Mapping[str, str]


def assign(table: Table, spec: TableSpec, raw: RawTable) -> Assigned:
    """Find the SQL of every column.

    Raises:
        ColumnError: A required column, or one that the mapping names, is missing; near misses are named.
    """
    by_name = {_plain(name): name for name in raw.columns}
    sources: dict[str, str] = {}
    used: set[str] = set()
    for name, source in spec.columns.items():
        if source not in raw.columns:
            raise _missing(table, [source], raw)
        sources[name] = quoted(source)
        used.add(source)
    sources |= {name: _constant(value) for name, value in spec.constants.items()}
    sources |= {name: f"({sql})" for name, sql in spec.expressions.items()}
    for name in table.names:
        if name not in sources and _plain(name) in by_name:
            sources[name] = quoted(by_name[_plain(name)])
            used.add(by_name[_plain(name)])
    absent = [name for name in table.required if name not in sources]
    if absent:
        raise _missing(table, absent, raw)
    extras = {name: f"({sql})" for name, sql in spec.extra.items()}
    if spec.keep_unmapped:
        extras |= {name: quoted(name) for name in raw.columns if name not in used and name not in extras}
    return Assigned(sources, _clear_of_contract(table, extras))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _constant(value: str | float | bool) -> str:
    return literal(value) if isinstance(value, str) else repr(value).lower()


def _clear_of_contract(table: Table, extras: Mapping[str, str]) -> dict[str, str]:
    """Rename extra columns that would hide a stored one, as a shop's own ``price_cents``."""
    taken = {column.stored_name.lower() for column in table.columns} | {name.lower() for name in table.names}
    clear: dict[str, str] = {}
    for name, sql in extras.items():
        fresh = name.lstrip("_") or "column"
        while fresh.lower() in taken:
            fresh += "_extra"
        taken.add(fresh.lower())
        clear[fresh] = sql
    return clear


def _missing(table: Table, absent: Sequence[str], raw: RawTable) -> ColumnError:
    got = list(raw.columns)
    guesses = []
    for name in absent:
        near = did_you_mean(name, [g.lower() for g in got])
        if near:
            similar = next(g for g in got if f"{g.lower()!r}" in near)
            guesses.append(f"got {similar!r}, did you mean {name}?")
    hint = "Rename the column, or map it in a mapping file."
    if len(got) == 1:
        hint = "The file has a single column: check its delimiter."
    shown = ", ".join(got[:20]) + (", ..." if len(got) > 20 else "")
    return ColumnError(
        f"{raw.label} lacks {', '.join(absent)} for the table {table.name}"
        + (f" ({'; '.join(guesses)})" if guesses else "")
        + f"; its columns are {shown}.",
        hint=hint,
    )


def make_plan(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    spec: TableSpec,
    raw: RawTable,
    dialect: Dialect,
    bounds: Bounds,
    *,
    pseudonymise: bool,
) -> Plan:
    """Decide how every cell is read; what is detected is added to ``raw.dialect``.

    Raises:
        ColumnError: A required column is missing.
        SettingsError: An expression of the mapping is wrong.
    """
    assigned = assign(table, spec, raw)
    names = list(assigned.sources)
    types = _types(con, raw, assigned, spec, table)
    texts = [n for n in names if is_text(types[n]) and table[n].type in (*_NUMBERS, *_TIMES)]
    samples = _samples(con, raw, {name: assigned.sources[name] for name in texts})
    forms = _formats(con, table, raw, samples, assigned, dialect, bounds.config)
    base = _base(raw, bounds.config)
    cells = {}
    for name in names:
        form = forms.get(name, base)
        if name in spec.values:
            form = replace(form, trim=True, values=spec.values[name])
        cells[name] = Cell(assigned.sources[name], types[name], form)
    secret = {"email"} if "email" in table else set()
    if pseudonymise and "customer_id" in table:
        secret.add("customer_id")
    return Plan(
        table,
        cells,
        _flat_extras(con, raw, assigned.extras, base),
        spec.leave_out,
        bounds,
        hidden=_hidden(raw, assigned, secret),
        pseudonyms=frozenset(secret & set(names)),
        may_be_zero=frozenset((*spec.may_be_zero, *(("unit_price",) if bounds.config.free_lines else ()))),
    )


def _base(raw: RawTable, config: IngestConfig) -> CellFormat:
    missing = () if raw.nulls_read else config.missing_values
    return CellFormat(trim=raw.trim, nulls_read=raw.nulls_read, missing=missing)


def _hidden(raw: RawTable, assigned: Assigned, secret: set[str]) -> frozenset[str]:
    """Raw columns that a secret contract column is made from, however it is made."""
    texts = [assigned.sources[name] for name in secret if name in assigned.sources]
    return frozenset(name for name in raw.columns if any(name in text for text in texts))


def _types(
    con: duckdb.DuckDBPyConnection, raw: RawTable, assigned: Assigned, spec: TableSpec, table: Table
) -> dict[str, str]:
    parts = [f"{sql} AS {quoted(name)}" for name, sql in assigned.sources.items()]
    parts += [f"CAST({rule.when} AS BOOLEAN)" for rule in spec.leave_out]
    parts += [f"{sql}" for sql in assigned.extras.values()]
    try:
        found = con.execute(f"DESCRIBE SELECT {', '.join(parts)} FROM {raw.relation}").fetchall()
    except duckdb.Error as error:
        raise SettingsError(
            f"The mapping of {table.name} is wrong for {raw.label}: {str(error).splitlines()[0]}",
            hint=f"Its columns are {', '.join(list(raw.columns)[:30])}.",
        ) from None
    # An extra column may carry the name of a column of the contract: the first ones are those that count.
    return {name: sql_type for name, sql_type, *_ in found[: len(assigned.sources)]}


def _samples(con: duckdb.DuckDBPyConnection, raw: RawTable, sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Up to 2,000 values of each text column that holds numbers or times."""
    at_hand = {name: raw.sample[sql[1:-1]] for name, sql in sources.items() if sql[1:-1] in raw.sample}
    if len(at_hand) == len(sources):
        return {name: [value for value in values if value] for name, values in at_hand.items()}
    cells = ", ".join(f"trim({sql}) AS {quoted(name)}" for name, sql in sources.items())
    found = rows_of(con, raw, f"SELECT {cells} FROM {raw.relation} LIMIT {_SAMPLE_ROWS}")
    columns = list(zip(*found, strict=True)) or [()] * len(sources)
    return {name: [v for v in column if v] for name, column in zip(sources, columns, strict=True)}


def _formats(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    raw: RawTable,
    samples: Mapping[str, list[str]],
    assigned: Assigned,
    dialect: Dialect,
    config: IngestConfig,
) -> dict[str, CellFormat]:
    numbers = [value for name in samples if table[name].type in _NUMBERS for value in samples[name]]
    # A file with semicolons comes from where the comma is the decimal mark.
    usual = find_decimal(numbers) or ("," if raw.dialect.get("delimiter") == ";" else ".")
    base = _base(raw, config)
    zone = _zone(con, dialect.timezone)
    forms: dict[str, CellFormat] = {}
    for name, values in samples.items():
        column = table[name]
        if column.type in _NUMBERS:
            decimal = dialect.decimal or find_decimal(values) or usual
            forms[name] = replace(base, decimal=decimal)
        else:
            date_format = dialect.date_format or _date_format(con, raw, assigned.sources[name], column, values)
            forms[name] = replace(base, date_format=date_format, timezone=zone)
    raw.dialect |= _described(table, samples, forms, dialect, zone)
    times = [name for name in assigned.sources if table[name].type in _TIMES and name not in forms]
    return forms | {name: CellFormat(timezone=zone) for name in times}


def _described(
    table: Table, samples: Mapping[str, list[str]], forms: Mapping[str, CellFormat], dialect: Dialect, zone: str
) -> dict[str, Any]:
    """What was found, for the report."""
    money = [value for name in samples if table[name].type == "money" for value in samples[name]]
    moments = [value for name in samples if table[name].type == "timestamp" for value in samples[name]]
    found: dict[str, Any] = {
        "decimal": {name: form.decimal for name, form in forms.items() if table[name].type in _NUMBERS},
        "date_format": {name: form.date_format for name, form in forms.items() if table[name].type in _TIMES},
    }
    if money:
        found["currency"] = dialect.currency or find_currency(money) or "EUR (assumed)"
    if moments:
        assumed = zone if dialect.timezone else "UTC (assumed)"
        found["timezone"] = "offsets in the values" if has_offsets(moments) else assumed
    return {name: value for name, value in found.items() if value}


def _zone(con: duckdb.DuckDBPyConnection, name: str | None) -> str:
    if name is None:
        return "UTC"
    known = [row[0] for row in con.execute("SELECT name FROM pg_timezone_names()").fetchall()]
    if name not in known:
        by_lower = {zone.lower(): zone for zone in known}
        guess = did_you_mean(name, by_lower)
        raise SettingsError(
            f"The time zone {name!r} is not known" + (f", {guess}" if guess else "."), hint="As in Europe/Berlin."
        )
    return name


def _date_format(con: duckdb.DuckDBPyConnection, raw: RawTable, sql: str, column: Column, values: Sequence[str]) -> str:
    """The format of one column; where its sample fits both orders of day and month, all its rows are asked."""
    found = find_date_format(values)
    if found != AMBIGUOUS:
        return found
    day_first, month_first = day_and_month_first(values)
    counts = ", ".join(f"count(try_strptime(trim({sql}), {literal(f)}))" for f in (day_first, month_first))
    days, months = rows_of(con, raw, f"SELECT {counts} FROM {raw.relation}")[0]
    if days == months:
        raw.notes.append(f"{column.name}: every date can be read with the day or the month first; the day was taken.")
    return day_first if days >= months else month_first


def _flat_extras(
    con: duckdb.DuckDBPyConnection, raw: RawTable, extras: Mapping[str, str], form: CellFormat
) -> dict[str, str]:
    """Extra columns as plain values: text is trimmed, nested values become JSON text."""
    del form
    if not extras:
        return {}
    parts = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in extras.items())
    found = con.execute(f"DESCRIBE SELECT {parts} FROM {raw.relation}").fetchall()
    flat = {}
    for (name, sql), (_, sql_type, *_) in zip(extras.items(), found, strict=True):
        if sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP", "UNION")):
            flat[name] = f"CAST(to_json({sql}) AS VARCHAR)"
        elif sql_type == "TIMESTAMP WITH TIME ZONE":
            flat[name] = f"timezone('UTC', {sql})"
        elif is_text(sql_type):
            flat[name] = f"nullif(trim({sql}), '')" if raw.trim else sql
        else:
            flat[name] = sql
    return flat
