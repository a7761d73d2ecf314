"""What one ingest did, file by file, in figures that add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FileReport:
    """What happened to the rows that one file (or query) gave to one table.

    ``rows_in == rows_accepted + rows_quarantined`` always holds.

    Attributes:
        table: The table they were for.
        file: Name of the file as given; for a database the URL without its password, for a derived table its sources.
        content_hash: SHA-256 of the content.
        rows_in: Rows found.
        rows_accepted: Rows that passed every check and are stored.
        rows_quarantined: Rows set aside, left-out rows included.
        reasons: First reason code of each quarantined row -> rows.
        dialect: What was detected or set: format, encoding, delimiter, and per column decimal mark and date format.
        unchanged: True where the same content had been taken in before, so nothing was done; figures are of that time.
        missing_columns: Recommended columns the file does not have.
        notes: Sentences a person should read, as "read twice as UTF-8 and repaired".
    """

    table: str
    file: str
    content_hash: str
    rows_in: int
    rows_accepted: int
    rows_quarantined: int
    reasons: dict[str, int] = field(default_factory=dict)
    dialect: dict[str, Any] = field(default_factory=dict)
    unchanged: bool = False
    missing_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return {
            "table": self.table,
            "file": self.file,
            "content_hash": self.content_hash,
            "rows_in": self.rows_in,
            "rows_accepted": self.rows_accepted,
            "rows_quarantined": self.rows_quarantined,
            "reasons": dict(sorted(self.reasons.items())),
            "dialect": self.dialect,
            "unchanged": self.unchanged,
            "missing_columns": list(self.missing_columns),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class IngestResult:
    """What one ingest did.

    Attributes:
        files: One report for each file and table it fed, in table order.
        ignored: Names of given files that no table wanted.
        fingerprint: Hash of all accepted content after this ingest, as :attr:`Tables.fingerprint`.
        customers_derived: True where no customers table was ever given and customers are those seen in orders and
            interactions.
        catalogue_only: True where the shop has neither orders nor interactions: nothing can be learned from what
            customers did, and nothing measured.
    """

    files: Sequence[FileReport]
    ignored: Sequence[str]
    fingerprint: str
    customers_derived: bool
    catalogue_only: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything new was stored."""
        return any(not report.unchanged for report in self.files)

    @property
    def rows_in(self) -> int:
        """Rows found in all files."""
        return sum(report.rows_in for report in self.files)

    @property
    def rows_accepted(self) -> int:
        """Rows stored of all files."""
        return sum(report.rows_accepted for report in self.files)

    @property
    def rows_quarantined(self) -> int:
        """Rows set aside of all files."""
        return sum(report.rows_quarantined for report in self.files)

    def of(self, table: str) -> list[FileReport]:
        """The reports of one table."""
        return [report for report in self.files if report.table == table]

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-ready values, with totals a table."""
        totals: dict[str, dict[str, Any]] = {}
        for report in self.files:
            total = totals.setdefault(
                report.table, {"rows_in": 0, "rows_accepted": 0, "rows_quarantined": 0, "reasons": {}}
            )
            for name in ("rows_in", "rows_accepted", "rows_quarantined"):
                total[name] += getattr(report, name)
            for reason, rows in report.reasons.items():
                total["reasons"][reason] = total["reasons"].get(reason, 0) + rows
        return {
            "files": [report.to_dict() for report in self.files],
            "tables": totals,
            "rows_in": self.rows_in,
            "rows_accepted": self.rows_accepted,
            "rows_quarantined": self.rows_quarantined,
            "ignored": list(self.ignored),
            "changed": self.changed,
            "customers_derived": self.customers_derived,
            "catalogue_only": self.catalogue_only,
            "fingerprint": self.fingerprint,
        }
