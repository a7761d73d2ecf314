"""The rules of the contract as SQL: one SELECT that types and checks every row, and one that says what is wrong.

The first runs over all rows in a single scan and marks a bad row by an empty key; the second runs over the bad rows
alone and finds their reasons.
"""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from parure.ingest.cells import CellFormat, literal, missing, quoted, typed, unreadable
from parure.ingest.config import IngestConfig
from parure.ingest.mapping import LeaveOut
from parure.ingest.schema import Column, Table

_SEPARATOR: Final = "\x1f"
SQL_SEPARATOR: Final = "chr(31)"


@dataclass(frozen=True)
class Cell:
    """Where a contract column's text comes from.

    Attributes:
        sql: SQL over the raw table's columns.
        sql_type: DuckDB type that it has.
        form: How it is written.
    """

    sql: str
    sql_type: str
    form: CellFormat


@dataclass(frozen=True)
class Bounds:
    """What lies outside is a fault.

    Attributes:
        earliest: SQL timestamp literal.
        latest: SQL timestamp literal.
        config: The other bounds.
    """

    earliest: str
    latest: str
    config: IngestConfig


@dataclass(frozen=True)
class Plan:
    """How one raw table becomes rows of one contract table.

    Attributes:
        table: The contract.
        cells: Contract column -> where its text comes from; absent columns are not listed.
        extras: Further column -> SQL over the raw table's columns.
        leave_out: Rows that are set aside on purpose.
        bounds: What lies outside is a fault.
        parents: Reference column -> SQL subquery of the keys that exist; absent where nothing can be checked.
        hidden: Columns of the raw table that must not appear in the quarantine.
        may_be_zero: Columns in which zero is no fault.
        pseudonyms: Contract columns that are stored behind the keyed hash.
    """

    table: Table
    cells: Mapping[str, Cell]
    extras: Mapping[str, str]
    leave_out: Sequence[LeaveOut]
    bounds: Bounds
    parents: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    pseudonyms: frozenset[str] = frozenset()
    may_be_zero: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[Column]:
        """The contract columns that are there."""
        return [column for column in self.table.columns if column.name in self.cells]

    @property
    def raw_texts(self) -> str:
        """The raw cells under the contract's names, and a flag for each leave-out rule."""
        parts = [f"{self.cells[c.name].sql} AS {_raw(c)}" for c in self.columns]
        parts += [f"{sql} AS {_extra(name)}" for name, sql in self.extras.items()]
        parts += [f"coalesce({rule.when}, false) AS _left_{i}" for i, rule in enumerate(self.leave_out)]
        return ", ".join(parts)

    def _typed(self, carry: Sequence[str] = ()) -> str:
        """Typed values, beside the raw cells that later checks look at."""
        parts = [*carry]
        for column in self.columns:
            cell = self.cells[column.name]
            value = typed(column, _raw(column), cell.sql_type, cell.form)
            if column.name in self.pseudonyms:
                value = f"pseudonym({'lower(' + value + ')' if column.name == 'email' else value})"
            parts += [f"{value} AS {_value(column)}", _raw(column)]
        parts += [_extra(name) for name in self.extras]
        parts += [f"_left_{i}" for i in range(len(self.leave_out))]
        return ", ".join(parts)

    def select(self, relation: str) -> str:
        """SQL of all rows, in their order, with stored names and types; the key of a bad row is NULL.

        Orphans are found afterwards: a join here would lose the order under memory pressure, and with it the lines.
        """
        key = self.table[self.table.key]
        out = [f"CASE WHEN {self._sound()} THEN {_value(key)} END AS {quoted(key.stored_name)}"]
        out += [f"{_value(c)} AS {quoted(c.stored_name)}" for c in self.columns if c.name != key.name]
        out += [f"{_extra(name)} AS {quoted(name)}" for name in self.extras]
        return f"SELECT {', '.join(out)} FROM (SELECT {self._typed()} FROM (SELECT {self.raw_texts} FROM {relation}))"

    def _sound(self) -> str:
        conditions = [f"NOT _left_{i}" for i in range(len(self.leave_out))]
        for column in self.columns:
            conditions += self._column_sound(column)
        return " AND ".join(conditions)

    def _column_sound(self, column: Column) -> list[str]:
        inside = [f"{_value(column)} {_OPPOSITE[sign]} {bound}" for _, sign, bound, _ in self._limits(column)]
        good = " AND ".join([f"NOT ({unreadable(column, _value(column))})", *inside])
        if column.required:
            return [good]
        if column.type in ("id", "text", "list"):
            return []
        cell = self.cells[column.name]
        nothing = missing(_raw(column), cell.sql_type, cell.form, required=False)
        # OR would run all three on all rows.
        return [f"CASE WHEN {_raw(column)} IS NULL OR ({good}) THEN true ELSE coalesce({nothing}, false) END"]

    def _limits(self, column: Column) -> list[tuple[str, str, str, str]]:
        """For one column: (reason code, comparison that is a fault, with what, how a person says it)."""
        if column.type in ("date", "timestamp"):
            limits = [("absurd_time", "<", self.bounds.earliest, "is before the earliest day allowed")]
            if not column.may_lie_ahead:
                limits.append(("future_time", ">", self.bounds.latest, "lies in the future"))
            if column.not_before and column.not_before in self.cells:
                start = _value(self.table[column.not_before])
                limits.append(("ends_before_start", "<", start, f"is before its {column.not_before}"))
            return limits
        if column.type not in ("money", "number", "integer"):
            return []
        code = "nonpositive_price" if column.type == "money" and "price" in column.name else "out_of_range"
        limits = []
        if column.above_zero and column.name not in self.may_be_zero:
            limits.append((code, "<=", "0", "is not above zero"))
        else:
            least = column.minimum if column.minimum is not None else 0.0
            limits.append((code, "<", self._scaled(column, least), f"is below {least:g}"))
        largest = self._largest(column)
        if largest is not None:
            limits.append(("out_of_range", ">", self._scaled(column, largest), f"is above {largest:,g}"))
        return limits

    def _largest(self, column: Column) -> float | None:
        if column.type == "money":
            return self.bounds.config.max_price
        return self.bounds.config.max_quantity if column.name == "quantity" else column.maximum

    @staticmethod
    def _scaled(column: Column, bound: float) -> str:
        return f"{bound * 100:.0f}" if column.type == "money" else f"{bound!r}"

    def faults(self, relation: str, rejected: str, file: str, raw_columns: Sequence[str]) -> str:
        """SQL of the quarantine rows of ``rejected``.

        Args:
            relation: Raw rows with ``_ord`` and ``_line``.
            rejected: A table of (_rejected, _kind), where _kind is ``row``, ``duplicate_id`` or ``already_present``.
            file: Name of the file.
            raw_columns: Columns that stand in the raw row.
        """
        shown = ", ".join(
            f"{literal(name)}: {literal('(hidden)') if name in self.hidden else quoted(name)}" for name in raw_columns
        )
        found = f"[{', '.join(self._faults())}]"
        return f"""
            WITH texts AS (
                SELECT {self.raw_texts}, _line, _kind, to_json({{{shown}}})::VARCHAR AS _row
                FROM {relation} JOIN {rejected} ON _ord = _rejected
            ), checked AS (
                SELECT _line, _row, list_filter({found}, lambda fault: fault IS NOT NULL) AS found
                FROM (SELECT {self._typed(["_line", "_row", "_kind"])} FROM texts)
            )
            SELECT {literal(file)} AS file, _line AS line, split_part(found[1], {SQL_SEPARATOR}, 1) AS reason,
                split_part(found[1], {SQL_SEPARATOR}, 2) AS "column",
                split_part(found[1], {SQL_SEPARATOR}, 3) AS sentence,
                list_transform(found, lambda fault: rtrim(split_part(fault, {SQL_SEPARATOR}, 1) || ':' ||
                    split_part(fault, {SQL_SEPARATOR}, 2), ':')) AS reasons,
                _row AS raw
            FROM checked"""

    def _faults(self) -> list[str]:
        """SQL texts of all that can be wrong with a row, NULL where it is not; the first one names the row's reason."""
        faults = [
            f"CASE WHEN _left_{i} THEN {literal(f'{rule.code}{_SEPARATOR}{_SEPARATOR}{rule.because}')} END"
            for i, rule in enumerate(self.leave_out)
        ]
        faults += [self._column_fault(column) for column in self.columns]
        for name, keys in self.parents.items():
            column = self.table[name]
            parent = column.references
            wrong = f"{_value(column)} IS NOT NULL AND {_value(column)} NOT IN ({keys})"
            code = f"orphan_{parent.removesuffix('s')}"
            faults.append(self._fault(wrong, code, column, f"is not a {table_key(parent)} of the accepted {parent}"))
        key = self.table[self.table.key]
        faults.append(
            self._fault("_kind = 'duplicate_id'", "duplicate_id", key, "stands in an earlier row of the file")
        )
        faults.append(
            self._fault("_kind = 'already_present'", "already_present", key, "was taken in from another file")
        )
        return faults

    def _column_fault(self, column: Column) -> str:
        cell = self.cells[column.name]
        nothing = missing(_raw(column), cell.sql_type, cell.form, required=column.required)
        whens = [
            f"WHEN {nothing} THEN {self._text('missing_value', column, 'is empty') if column.required else 'NULL'}"
        ]
        if column.type == "choice":
            bad = self._text("unknown_choice", column, f"is none of {', '.join(column.choices)}")
        else:
            bad = self._text("bad_type", column, f"is not {_ARTICLES[column.type]}")
        whens.append(f"WHEN {unreadable(column, _value(column))} THEN {bad}")
        for code, sign, bound, sentence in self._limits(column):
            whens.append(f"WHEN {_value(column)} {sign} {bound} THEN {self._text(code, column, sentence)}")
        return f"CASE {' '.join(whens)} END"

    def _fault(self, condition: str, code: str, column: Column, sentence: str) -> str:
        return f"CASE WHEN {condition} THEN {self._text(code, column, sentence)} END"

    def _text(self, code: str, column: Column, sentence: str) -> str:
        if column.name in self.pseudonyms:
            got = "''"
        else:
            got = f"coalesce(' ' || chr(39) || left(CAST({_raw(column)} AS VARCHAR), 80) || chr(39), '')"
        start = literal(f"{code}{_SEPARATOR}{column.name}{_SEPARATOR}{column.name}")
        return f"{start} || {got} || {literal(f' {sentence}.')}"


# A positive comparison is one pass over the rows less than the negation of its opposite.
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<="}

_ARTICLES: Final = {
    "id": "an id",
    "text": "a text",
    "money": "an amount of money",
    "number": "a number",
    "integer": "a whole number",
    "date": "a date",
    "timestamp": "a date and time",
    "choice": "a known value",
    "boolean": "true or false",
    "list": "a list",
}


def table_key(table: str) -> str:
    """Name of the key of a table that others refer to."""
    return f"{table.removesuffix('s')}_id"


def _raw(column: Column) -> str:
    return quoted(f"r:{column.name}")


def _value(column: Column) -> str:
    return quoted(f"v:{column.name}")


def _extra(name: str) -> str:
    return quoted(f"x:{name}")
