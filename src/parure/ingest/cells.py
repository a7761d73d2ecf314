"""How the text of one cell becomes a typed value: SQL expressions that give NULL where the text is not one.

Every expression is cheap for the plain spelling (``12.50``, ``2024-05-01 10:00:00``) and falls back to a patient one
only for the cells that the cheap one could not read: CASE runs its later branches on those rows alone, while COALESCE
and OR run all of theirs on all rows.
"""

# ruff: noqa: RUF001 - typographic quotes and dashes are what shops write

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from parure.ingest.schema import Column

Decimal = Literal[".", ","]

_CURRENCY: Final = r"(?:[€$£¥₹₽]|[A-Za-z]{2,3}\.?|zł|Kč)?"
_BLANK: Final = r"[\s\x{00a0}\x{202f}]"
_GROUPED: Final = rf"[0-9]{{1,3}}(?:(?:{_BLANK}|''|’)[0-9]{{3}})+(?:[.,][0-9]*)?"
_AMOUNT: Final = (
    rf"^{_BLANK}*{_CURRENCY}{_BLANK}*([-+]?){_BLANK}*{_CURRENCY}{_BLANK}*"
    rf"({_GROUPED}|[0-9][0-9.,]*|[.,][0-9]+)(?:-|–)?{_BLANK}*{_CURRENCY}{_BLANK}*$"
)
_TRUE: Final = ("true", "t", "yes", "y", "1", "1.0", "ja", "j", "wahr", "oui", "si", "sí")
_FALSE: Final = ("false", "f", "no", "n", "0", "0.0", "nein", "falsch", "non")

MACROS: Final = rf"""
CREATE OR REPLACE TEMP MACRO parure_digits(x) AS
    regexp_replace(regexp_extract(x, '{_AMOUNT}', 1) || regexp_extract(x, '{_AMOUNT}', 2),
        '{_BLANK}|''|’|[+]', '', 'g');
CREATE OR REPLACE TEMP MACRO parure_unsign(x, comma_is_decimal) AS CASE
    WHEN regexp_matches(x, '^-?[0-9]+$') THEN x
    WHEN regexp_matches(x, '^-?[0-9]{{1,3}}(\.[0-9]{{3}})+,[0-9]*$') THEN replace(replace(x, '.', ''), ',', '.')
    WHEN regexp_matches(x, '^-?[0-9]{{1,3}}(,[0-9]{{3}})+\.[0-9]*$') THEN replace(x, ',', '')
    WHEN regexp_matches(x, '^-?[0-9]{{1,3}}(,[0-9]{{3}}){{2,}}$') THEN replace(x, ',', '')
    WHEN regexp_matches(x, '^-?[0-9]{{1,3}}(\.[0-9]{{3}}){{2,}}$') THEN replace(x, '.', '')
    WHEN regexp_matches(x, '^-?[1-9][0-9]{{0,2}},[0-9]{{3}}$') AND NOT comma_is_decimal THEN replace(x, ',', '')
    WHEN regexp_matches(x, '^-?[1-9][0-9]{{0,2}}\.[0-9]{{3}}$') AND comma_is_decimal THEN replace(x, '.', '')
    WHEN regexp_matches(x, '^-?[0-9]*,[0-9]*$') THEN replace(x, ',', '.')
    WHEN regexp_matches(x, '^-?[0-9]*\.[0-9]*$') THEN x
END;
CREATE OR REPLACE TEMP MACRO parure_amount(x, comma_is_decimal) AS
    TRY_CAST(parure_unsign(parure_digits(x), comma_is_decimal) AS DOUBLE);
"""
"""Macros that the expressions call; run once for each connection."""


@dataclass(frozen=True)
class CellFormat:
    """How the cells of one column are written.

    Attributes:
        decimal: Decimal mark of numbers.
        date_format: strptime format, or ``iso``, ``epoch_s``, ``epoch_ms``, ``epoch_us``.
        timezone: Zone of times that carry no offset.
        trim: Whether cells may have blanks around them.
        nulls_read: Whether empty cells already are NULL.
        values: Text (lower case, trimmed) -> value, from the mapping.
        missing: Texts that mean that nothing is there.
    """

    decimal: Decimal = "."
    date_format: str = "iso"
    timezone: str = "UTC"
    trim: bool = True
    nulls_read: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def is_text(sql_type: str) -> bool:
    """Whether a DuckDB type is text."""
    return sql_type.startswith(("VARCHAR", "ENUM"))


def is_number(sql_type: str) -> bool:
    """Whether a DuckDB type is a number."""
    return sql_type.startswith(("TINY", "SMALL", "INT", "BIG", "HUGE", "U", "FLOAT", "DOUBLE", "DECIMAL")) and (
        sql_type != "UUID"
    )


def cleaned(cell: str, sql_type: str, form: CellFormat) -> str:
    """The cell as text, or NULL where nothing is there."""
    if not is_text(sql_type):
        return f"CAST({cell} AS VARCHAR)"
    text = f"nullif(trim({cell}), '')" if form.trim else cell if form.nulls_read else f"nullif({cell}, '')"
    if form.missing:
        known = ", ".join(literal(token) for token in form.missing)
        text = f"CASE WHEN {cell} IN ({known}) THEN NULL ELSE {text} END"
    if form.values:
        whens = " ".join(f"WHEN {literal(k.strip().lower())} THEN {literal(v)}" for k, v in form.values.items())
        text = f"CASE lower(trim({cell})) {whens} ELSE {text} END"
    return text


def typed(column: Column, cell: str, sql_type: str, form: CellFormat) -> str:
    """The cell as the column's stored type, NULL where it is missing or cannot be read."""
    kind = column.type
    if kind == "id":
        return _id(cell, sql_type, form)
    if kind == "text":
        return cleaned(cell, sql_type, form)
    if kind == "choice":
        return _choice(column, cleaned(cell, sql_type, form))
    if kind == "boolean":
        return cell if sql_type == "BOOLEAN" else _boolean(cleaned(cell, sql_type, form))
    if kind == "list":
        return _list(cell, sql_type, form)
    if kind in ("date", "timestamp"):
        return _moment(kind, cell, sql_type, form)
    number = _number(cell, sql_type, form)
    if kind == "money":
        return f"TRY_CAST(round({number} * 100) AS BIGINT)"
    if kind == "integer":
        return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END"
    # A required number that is not finite is a fault anyway, see ``unreadable``.
    return number if column.required else f"CASE WHEN isfinite({number}) THEN {number} END"


def unreadable(column: Column, value: str) -> str:
    """SQL condition: the typed value is none."""
    if column.type == "number" and column.required:
        return f"({value} IS NULL OR NOT isfinite({value}))"
    return f"{value} IS NULL"


def _id(cell: str, sql_type: str, form: CellFormat) -> str:
    if sql_type in ("DOUBLE", "FLOAT"):
        # Whole numbers that a tool saved as 1001.0 are the id 1001.
        return f"CASE WHEN {cell} = floor({cell}) THEN CAST(TRY_CAST({cell} AS BIGINT) AS VARCHAR) END"
    return cleaned(cell, sql_type, form)


def _choice(column: Column, text: str) -> str:
    exact = ", ".join(literal(choice) for choice in column.choices)
    whens = " ".join(f"WHEN {literal(_bare(choice))} THEN {literal(choice)}" for choice in column.choices)
    return (
        f"CASE WHEN {text} IN ({exact}) THEN {text} "
        f"ELSE CASE regexp_replace(lower({text}), '[^a-z0-9+]', '', 'g') {whens} END END"
    )


def _bare(choice: str) -> str:
    return "".join(letter for letter in choice.lower() if letter.isalnum() or letter == "+")


def _boolean(text: str) -> str:
    true = ", ".join(map(literal, _TRUE))
    false = ", ".join(map(literal, _FALSE))
    return f"CASE WHEN lower({text}) IN ({true}) THEN true WHEN lower({text}) IN ({false}) THEN false END"


def _list(cell: str, sql_type: str, form: CellFormat) -> str:
    if sql_type.endswith("[]"):
        return f"CAST({cell} AS VARCHAR[])"
    text = cleaned(cell, sql_type, form)
    return f"list_filter(list_transform(string_split({text}, ','), lambda part: trim(part)), lambda part: part <> '')"


def _number(cell: str, sql_type: str, form: CellFormat) -> str:
    if is_number(sql_type):
        return f"CAST({cell} AS DOUBLE)"
    if not is_text(sql_type):
        return f"TRY_CAST(CAST({cell} AS VARCHAR) AS DOUBLE)"
    if form.values:
        cell = cleaned(cell, sql_type, form)
    if form.decimal == ".":
        plain, comma = f"TRY_CAST({cell} AS DOUBLE)", "false"
    else:
        plain, comma = (
            f"CASE WHEN NOT contains({cell}, '.') THEN TRY_CAST(replace({cell}, ',', '.') AS DOUBLE) END",
            "true",
        )
    patient = f"parure_amount({cell}, {comma})"
    return f"CASE WHEN {plain} IS NOT NULL THEN {plain} ELSE {patient} END"


def _moment(kind: str, cell: str, sql_type: str, form: CellFormat) -> str:
    """A date keeps the day that the shop wrote; a timestamp is moved to UTC."""
    if sql_type == "DATE":
        moment = f"CAST({cell} AS TIMESTAMP)"
    elif sql_type == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(timezone('UTC', {cell}) AS {kind.upper()})"
    elif sql_type.startswith("TIMESTAMP"):
        moment = f"CAST({cell} AS TIMESTAMP)"
    elif is_number(sql_type) or form.date_format.startswith("epoch"):
        return f"TRY_CAST({_epoch(cell, form)} AS {kind.upper()})"
    elif form.date_format == "iso":
        return _iso(kind, cell, form)
    else:
        # %y before %Y would read 2024 as 20; a format without a time also takes one with a time.
        formats = ", ".join(literal(f) for f in _with_times(form.date_format))
        moment = f"try_strptime(trim({cell}), [{formats}])"
    if kind == "date":
        return f"CAST({moment} AS DATE)"
    return _to_utc(moment, form.timezone)


def _to_utc(moment: str, zone: str) -> str:
    return moment if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {moment}))"


def _iso(kind: str, cell: str, form: CellFormat) -> str:
    if kind == "date":
        return f"TRY_CAST({cell} AS DATE)"
    # TRY_CAST to TIMESTAMP drops an offset silently, so rows that may carry one take the slower zoned cast.
    zoned = f"contains({cell}, '+') OR contains(substr({cell}, 11), '-')"
    if form.timezone != "UTC":
        zoned += f" OR right(trim({cell}), 1) IN ('Z', 'z')"
    plain = _to_utc(f"TRY_CAST({cell} AS TIMESTAMP)", form.timezone)
    return f"CASE WHEN {zoned} THEN timezone('UTC', TRY_CAST({cell} AS TIMESTAMPTZ)) ELSE {plain} END"


def _epoch(cell: str, form: CellFormat) -> str:
    scale = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}.get(form.date_format, 1_000_000)
    # make_timestamp fails on absurd numbers; those become NULL, which is a fault of type.
    us = f"TRY_CAST(TRY_CAST({cell} AS DOUBLE) * {scale} AS BIGINT)"
    return f"make_timestamp(CASE WHEN abs({us}) < 8000000000000000000 THEN {us} END)"


def _with_times(date_format: str) -> list[str]:
    if "%H" in date_format or "%I" in date_format:
        return [date_format]
    return [f"{date_format} %H:%M:%S", f"{date_format} %H:%M", date_format]


def missing(cell: str, sql_type: str, form: CellFormat, *, required: bool) -> str:
    """SQL condition: nothing is there. NaN is nothing where the column is not required, and a fault where it is."""
    if is_text(sql_type):
        test = f"{cleaned(cell, sql_type, form)} IS NULL"
        return test if required else f"({test} OR lower(trim({cell})) IN ('nan', '-'))"
    if sql_type in ("DOUBLE", "FLOAT") and not required:
        return f"({cell} IS NULL OR isnan({cell}))"
    return f"{cell} IS NULL"
