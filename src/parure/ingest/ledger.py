"""What has been taken in: the ledger of a shop's tables, and how it changes in one step.

Parts are written beside it under temporary names, moved into place, and the ledger is replaced last. Readers look only
at parts that the ledger names, so a process that is killed at any point leaves the tables as they were.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from parure.core.artifacts import load_json, save_json
from parure.core.errors import InputError
from parure.ingest.result import FileReport

try:
    import fcntl
except ImportError:  # as on Windows
    _HAS_FLOCK = False
else:
    _HAS_FLOCK = True

_VERSION: Final = 1
_FILE: Final = "ledger.json"


@dataclass(frozen=True)
class Unit:
    """What one file (or derived query) gave to one table.

    Attributes:
        key: Hash of the content and of how it was read.
        report: The figures of that time.
        columns: Stored column -> DuckDB type, of the part.
        source: Hash of the content and of its mapping alone; with other settings the same source is another unit.
    """

    key: str
    report: FileReport
    columns: dict[str, str]
    source: str

    @property
    def part(self) -> str:
        """Path of its accepted rows, from the tables' directory."""
        return f"{self.report.table}/{self.key[:16]}.parquet"

    @property
    def quarantine(self) -> str:
        """Path of its rejected rows, from the quarantine's directory."""
        return f"{self.report.table}/{self.key[:16]}.parquet"


@dataclass
class Ledger:
    """The units of a shop, oldest first.

    Attributes:
        units: Oldest first.
        pseudonymised: Whether customer ids are behind the keyed hash; None while nothing has been taken in.
        customers_given: Whether a customers table was ever given.
    """

    units: list[Unit] = field(default_factory=list)
    pseudonymised: bool | None = None
    customers_given: bool = False

    @classmethod
    def read(cls, shop: Path) -> Ledger:
        """The ledger of a shop; an empty one where there is none."""
        path = shop / "tables" / _FILE
        if not path.exists():
            return cls()
        values: dict[str, Any] = load_json(path)
        if values.get("version") != _VERSION:
            raise InputError(
                f"{path} has version {values.get('version')!r}, this parure reads {_VERSION}.",
                hint="Take the files in again into a new shop directory.",
            )
        units = [Unit(u["key"], _report(u["report"]), u["columns"], u.get("source", "")) for u in values["units"]]
        return cls(units, values["pseudonymised"], values["customers_given"])

    def write(self, shop: Path) -> None:
        """Replace the shop's ledger in one step."""
        path = shop / "tables" / _FILE
        fresh = path.with_suffix(".json.new")
        units = [
            {"key": u.key, "report": u.report.to_dict(), "columns": u.columns, "source": u.source} for u in self.units
        ]
        save_json(
            fresh,
            {
                "version": _VERSION,
                "pseudonymised": self.pseudonymised,
                "customers_given": self.customers_given,
                "units": units,
            },
        )
        _flush(fresh)
        fresh.replace(path)

    def find(self, key: str) -> Unit | None:
        """The unit of that key."""
        return next((unit for unit in self.units if unit.key == key), None)

    def replaced_by(self, key: str, source: str) -> Unit | None:
        """The unit of the same source that was taken in with other settings."""
        return next((unit for unit in self.units if unit.source == source and unit.key != key), None)

    def put(self, unit: Unit, instead_of: Unit | None = None) -> None:
        """Add a unit, or put it where another stood: what is newer than that stays newer."""
        if instead_of is None:
            self.units.append(unit)
        else:
            self.units[self.units.index(instead_of)] = unit

    def of(self, table: str) -> list[Unit]:
        """Units of one table that hold rows, oldest first."""
        return [unit for unit in self.units if unit.report.table == table and unit.report.rows_accepted]

    @property
    def fingerprint(self) -> str:
        """Hash of all accepted content."""
        lines = [f"{u.report.table} {u.key} {u.report.rows_accepted}" for u in self.units if u.report.rows_accepted]
        return sha256("\n".join([*lines, str(self.pseudonymised)]).encode()).hexdigest()


def _report(values: dict[str, Any]) -> FileReport:
    lists = {name: tuple(values[name]) for name in ("missing_columns", "notes")}
    return FileReport(**{**values, **lists})


def _flush(path: Path) -> None:
    """Make the file's content durable."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def publish(moves: dict[Path, Path]) -> None:
    """Move finished files into place."""
    for source, target in moves.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        _flush(source)
        source.replace(target)


def _hold(lock: IO[str], shop: Path) -> None:
    """Take the lock that ends with the process, however that ends.

    Raises:
        InputError: Another ingest has it, or this system has no such locks.
    """
    if not _HAS_FLOCK:
        raise InputError(
            "This system has no file locks as POSIX knows them (fcntl.flock), so two ingests could not be kept apart.",
            hint="Run parure on Linux or macOS; on Windows in WSL or a container.",
        )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"Another ingest into {shop} is running.", hint="Wait until it is done.") from None


@contextmanager
def workspace(shop: Path) -> Iterator[Path]:
    """A temporary directory inside the shop that only one ingest at a time may hold.

    Raises:
        InputError: The shop cannot be written, or another ingest is running.
    """
    try:
        (shop / "tables").mkdir(parents=True, exist_ok=True)
        lock = (shop / "tables" / ".lock").open("w")
    except OSError as error:
        raise InputError(f"Cannot write into the shop {shop}: {error}.", hint="Check its owner and mode.") from None
    with lock:
        _hold(lock, shop)
        work = shop / "tables" / ".work"
        # What an ingest left that was killed is nobody's: the lock is ours.
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
