"""The way of a shop's files into its tables, from first byte to published ledger."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from parure.core.clock import DAY_US, from_us, time_us
from parure.core.errors import InputError, MissingInputError, SettingsError, did_you_mean
from parure.core.progress import Progress, Silent
from parure.ingest import pseudonyms
from parure.ingest.cells import literal
from parure.ingest.checks import Bounds, Plan
from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.inputs import Context, Found, Opener, find
from parure.ingest.ledger import Ledger, Unit, publish, workspace
from parure.ingest.load import Loaded, settle, write_stage
from parure.ingest.mapping import SourceSpec, TableSpec, read_mapping, read_preset
from parure.ingest.opening import Reader, Work, mentions
from parure.ingest.planning import make_plan
from parure.ingest.raw import NeedsPatience, RawTable
from parure.ingest.result import FileReport, IngestResult
from parure.ingest.schema import EVENT_TABLES, TABLES, Table
from parure.ingest.session import open_session, prepare
from parure.ingest.staging import Scan, run_ahead

_DECISIVE = {
    "earliest",
    "latest_ahead_days",
    "max_quantity",
    "free_lines",
    "max_price",
    "max_field_chars",
    "missing_values",
}
"""Settings that decide which rows are accepted and how they are read, besides the dialect."""


def ingest(
    shop: Path,
    inputs: Sequence[Path | str],
    *,
    preset: str | None = None,
    mapping: Path | None = None,
    config: IngestConfig | None = None,
    progress: Progress | None = None,
    now_us: int | None = None,
) -> IngestResult:
    """Check a shop's files and add what is sound to its tables.

    Args:
        shop: The project directory; ``tables/`` and ``quarantine/`` in it are made at need.
        inputs: Directories, files, or database URLs. With a preset that knows where its files are it may be empty.
        preset: Name of a mapping that parure ships.
        mapping: A mapping file of the user's own.
        config: Bounds and choices.
        progress: Where the work reports to.
        now_us: The moment that "future" is measured from, in microseconds since 1970 UTC; now where None.

    Returns:
        What became of every row: for each file and table, rows in = rows accepted + rows quarantined.

    Raises:
        MissingInputError: A file or table is not there, not readable or empty.
        ColumnError: A required column is missing; near misses are named.
        SettingsError: The mapping or the configuration is wrong.
        InputError: A file is broken as a whole, or the shop cannot be written.

    Cost:
        At most 1.5 times what DuckDB needs to read, cast and write the same text files; memory is bounded by
        ``config.memory_limit_mib``. Nothing is stored unless all of it is.
    """
    if preset is not None and mapping is not None:
        raise SettingsError("Both a preset and a mapping were given.", hint="Give one of them.")
    chosen = read_preset(preset) if preset is not None else read_mapping(mapping) if mapping is not None else None
    config = config or IngestConfig()
    now_us = time_us() if now_us is None else now_us
    shop = Path(shop)
    with workspace(shop) as work, duckdb.connect() as con, _said_clearly(shop):
        prepare(con, config, work)
        ledger = Ledger.read(shop)
        _settle_pseudonyms(shop, ledger, config)
        key = pseudonyms.pseudonym_key(shop)
        open_session(con, key)
        found = find(inputs, chosen, Context(con, config, work))
        progress = progress or Silent()
        reader = Reader(con, found, work, progress)
        return _Run(shop, work, con, key, config, found, ledger, _bounds(config, now_us), progress, reader).finish()


@contextmanager
def _said_clearly(shop: Path) -> Iterator[None]:
    """What the disk or the memory refuses half-way becomes an error with a next step."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            f"Taking files into {shop} needs more memory: {_first_line(error)}",
            hint="Raise memory_limit_mib. Nothing was stored.",
        ) from error
    except (duckdb.IOException, OSError) as error:
        raise InputError(
            f"Taking files into {shop} failed on the disk: {_first_line(error)}",
            hint="Check free space and rights. Nothing was stored.",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]


def _hash(described: dict[str, Any]) -> str:
    return sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _settle_pseudonyms(shop: Path, ledger: Ledger, config: IngestConfig) -> None:
    if ledger.pseudonymised is not None and ledger.pseudonymised != config.pseudonymise:
        had = "are" if ledger.pseudonymised else "are not"
        raise SettingsError(
            f"The customer ids in {shop} {had} pseudonymised, and this ingest asks for the opposite.",
            hint="Keep the setting `pseudonymise` as it was, or take the files into a new shop.",
        )
    ledger.pseudonymised = config.pseudonymise


def _bounds(config: IngestConfig, now_us: int) -> Bounds:
    try:
        earliest = date.fromisoformat(config.earliest)
    except ValueError:
        raise SettingsError(f"earliest is {config.earliest!r}, a day such as 1990-01-01 was expected.") from None
    latest = from_us(now_us + int(config.latest_ahead_days * DAY_US)).replace(tzinfo=None)
    return Bounds(f"TIMESTAMP '{earliest}'", f"TIMESTAMP '{latest}'", config)


@dataclass(frozen=True)
class _Ready:
    """A piece of work whose rows are open and whose cells are understood."""

    work: Work
    raw: RawTable
    plan: Plan


@dataclass
class _Run:
    """One ingest under way."""

    shop: Path
    directory: Path
    con: duckdb.DuckDBPyConnection
    key: bytes
    config: IngestConfig
    found: Found
    ledger: Ledger
    bounds: Bounds
    progress: Progress
    reader: Reader
    moves: dict[Path, Path] = field(default_factory=dict)
    reports: list[FileReport] = field(default_factory=list)
    parts: dict[str, list[Path]] = field(default_factory=dict)
    copies: list[Work] = field(default_factory=list)
    replaced: dict[str, Unit] = field(default_factory=dict)

    def finish(self) -> IngestResult:
        """Do all that is new, publish what it gave, and report."""
        mapping = self.found.mapping
        self._check_tables()
        self.ledger.customers_given = self.ledger.customers_given or "customers" in mapping.tables
        fresh = [work for work in self._all_work() if not self._unchanged(work)]
        found = {work.key: self.ledger.replaced_by(work.key, work.source) for work in fresh}
        self.replaced = {key: unit for key, unit in found.items() if unit is not None}
        leaving = {unit.key for unit in self.replaced.values()}
        for table in TABLES:
            staying = [unit for unit in self.ledger.of(table) if unit.key not in leaving]
            self.parts[table] = [self.shop / "tables" / unit.part for unit in staying]
        # All are opened, and their columns looked at, before a row of any is taken in.
        self._take_all_in([self._ready(work) for work in fresh])
        for work in self.copies:
            self._unchanged(work)
        if fresh:
            publish(self.moves)
            self.ledger.write(self.shop)
        for unit in self.replaced.values():
            (self.shop / "tables" / unit.part).unlink(missing_ok=True)
            (self.shop / "quarantine" / unit.quarantine).unlink(missing_ok=True)
        order = list(TABLES)
        return IngestResult(
            files=sorted(self.reports, key=lambda report: (order.index(report.table), report.file)),
            ignored=sorted(self.found.ignored),
            fingerprint=self.ledger.fingerprint,
            customers_derived=not self.ledger.customers_given,
            catalogue_only=not any(self.ledger.of(table) for table in EVENT_TABLES),
        )

    def _check_tables(self) -> None:
        """Refuse a shop that nothing can be answered from; a catalogue alone is enough for what looks or reads alike.

        Raises:
            MissingInputError: Products are missing, or one half of the orders, or a file's name is nearly that of a
                table of events: left out, it would be missed much later.
        """
        there = self._tables_there()
        got = ", ".join(sorted(there)) or "none"
        if "products" not in there:
            raise self._missing("products", got)
        if "order_items" in there and "orders" not in there:
            raise self._missing("orders", got)
        if "interactions" in there:
            return
        if "orders" in there and "order_items" not in there:
            raise self._missing("order_items", got)
        meant = next((table for table in EVENT_TABLES if self._near_file(table)), None)
        if meant is not None and not there & set(EVENT_TABLES):
            raise self._missing(meant, got)

    def _tables_there(self) -> set[str]:
        return set(self.found.mapping.tables) | {unit.report.table for unit in self.ledger.units}

    def _near_file(self, table: str) -> str:
        """The name of a file that no table wants and that is nearly ``table``, as a question; empty without one."""
        return did_you_mean(table, [name.split(".")[0].lower() for name in self.found.ignored])

    def _missing(self, table: str, got: str) -> MissingInputError:
        guess = self._near_file(table)
        near = f" There is a file of a similar name: {guess}" if guess else ""
        other = "" if table == "products" else " (or interactions)"
        return MissingInputError(
            f"The table {table}{other} is missing; tables found: {got}.{near}",
            hint=f"Add a file named {table}.csv (or .tsv, .parquet, .jsonl, .xlsx), or use a mapping.",
        )

    def _all_work(self) -> list[Work]:
        found: dict[str, Work] = {}
        for name, table in TABLES.items():
            spec = self.found.mapping.tables.get(name)
            if spec is None:
                continue
            for openers in self._groups(spec):
                work = self._work(table, spec, openers)
                if work.key in found:
                    self.copies.append(work)
                found.setdefault(work.key, work)
        return list(found.values())

    def _groups(self, spec: TableSpec) -> list[list[Opener]]:
        """The raw tables that are taken in together: one file at a time, or all that a derived table reads."""
        if spec.sql is None:
            return [[opener] for opener in self.found.openers[spec.source]]
        first = self.found.openers[spec.source]
        rest = [
            opener
            for name in self.found.mapping.sources
            if name != spec.source and mentions(spec.sql, name)
            for opener in self.found.openers[name]
        ]
        return [[*first, *rest]]

    def _work(self, table: Table, spec: TableSpec, openers: list[Opener]) -> Work:
        described: dict[str, Any] = {
            "table": table.name,
            "files": sorted(opener.content_hash for opener in openers),
            "spec": spec.model_dump(mode="json"),
        }
        source = _hash(described)
        described["dialects"] = [self.config.dialect.model_dump(), self._dialect(spec).model_dump()]
        # What is as parure sets it is left out, so that the key stays when a setting is added.
        bounds = self.config.model_dump(mode="json", include=_DECISIVE, exclude_defaults=True)
        described |= {"bounds": bounds} if bounds else {}
        key = _hash(described)
        own = self.found.openers[spec.source] if spec.sql else openers
        label = ", ".join(opener.label for opener in own) or spec.source
        joined = "".join(sorted(opener.content_hash for opener in openers))
        digest = openers[0].content_hash if len(openers) == 1 else sha256(joined.encode()).hexdigest()
        return Work(table, spec, tuple(openers), key, label, digest, source)

    def _dialect(self, spec: TableSpec) -> Dialect:
        source = self.found.mapping.sources.get(spec.source, SourceSpec())
        return self.config.dialect.over(source.dialect.over(self.found.mapping.dialect))

    def _unchanged(self, work: Work) -> bool:
        before = self.ledger.find(work.key)
        if before is not None:
            values = {**before.report.__dict__, "unchanged": True, "file": work.label}
            self.reports.append(FileReport(**values))
        return before is not None

    def _ready(self, work: Work) -> _Ready:
        """Open one piece of work and decide how its cells are read.

        Raises:
            ColumnError: A required column is missing.
        """
        raw = self.reader.open(work)
        try:
            return _Ready(work, raw, self._plan(work, raw))
        except NeedsPatience as signal:
            raw = self.reader.patiently(work, signal)
            return _Ready(work, raw, self._plan(work, raw))

    def _plan(self, work: Work, raw: RawTable) -> Plan:
        pseudonymise, dialect = self.config.pseudonymise, self._dialect(work.spec)
        return make_plan(self.con, work.table, work.spec, raw, dialect, self.bounds, pseudonymise=pseudonymise)

    def _parents(self, table: Table) -> dict[str, str]:
        """For each reference that can be checked, SQL of the keys that exist."""
        parents = {}
        for column in table.references:
            if column.references == "customers" and not self.ledger.customers_given:
                continue
            paths = ", ".join(literal(str(path)) for path in self.parts[column.references])
            key = TABLES[column.references].key
            parents[column.name] = f"SELECT {key} FROM read_parquet([{paths}])" if paths else "SELECT '' WHERE false"
        return parents

    def _take_all_in(self, all_ready: Sequence[_Ready]) -> None:
        scans = [Scan(ready.plan, ready.raw, self._stage(ready.work)) for ready in all_ready]
        with run_ahead(self.con, partial(open_session, key=self.key), scans, self.config.threads) as running:
            for ready, scan in zip(all_ready, running, strict=True):
                with self.progress.step(f"Taking in {ready.work.label} as {ready.work.table.name}"):
                    self._take_in(ready, scan)

    def _take_in(self, ready: _Ready, scan: Future[None]) -> None:
        try:
            scan.result()
            loaded = self._settle(ready)
        except NeedsPatience as signal:
            raw = self.reader.patiently(ready.work, signal)
            ready = _Ready(ready.work, raw, self._plan(ready.work, raw))
            write_stage(self.con, ready.plan, raw, self._stage(ready.work))
            loaded = self._settle(ready)
        report = self._report(ready, loaded)
        kept = Unit(ready.work.key, report, loaded.columns, ready.work.source)
        self.ledger.put(kept, self.replaced.get(kept.key))
        self.reports.append(report)
        part, quarantine = self._paths(ready.work)
        if loaded.accepted:
            self.moves[part] = self.shop / "tables" / kept.part
            self.parts[report.table].append(part)
        if loaded.reasons:
            self.moves[quarantine] = self.shop / "quarantine" / kept.quarantine

    def _settle(self, ready: _Ready) -> Loaded:
        table = ready.work.table
        part, quarantine = self._paths(ready.work)
        present = [] if table.versioned else self.parts[table.name]
        plan = replace(ready.plan, parents=self._parents(table))
        return settle(self.con, plan, ready.raw, present, self._stage(ready.work), part, quarantine)

    def _stage(self, work: Work) -> Path:
        return self._paths(work)[0].with_suffix(".stage")

    def _paths(self, work: Work) -> tuple[Path, Path]:
        name = f"{work.table.name}-{work.key[:16]}"
        return self.directory / f"{name}.part.parquet", self.directory / f"{name}.quarantine.parquet"

    def _report(self, ready: _Ready, loaded: Loaded) -> FileReport:
        work, raw = ready.work, ready.raw
        if not loaded.rows_in and not self.ledger.of(work.table.name) and work.spec.sql is None:
            raise MissingInputError(
                f"{work.label} has a header and no rows.", hint="Export it again, or leave the file away."
            )
        notes = [*raw.notes, *(["Taken in again, because settings have changed."] if work.key in self.replaced else [])]
        recommended = [c.name for c in work.table.columns if c.need == "recommended"]
        return FileReport(
            table=work.table.name,
            file=work.label,
            content_hash=work.content_hash,
            rows_in=loaded.rows_in,
            rows_accepted=loaded.accepted,
            rows_quarantined=loaded.rows_in - loaded.accepted,
            reasons=loaded.reasons,
            dialect=raw.dialect,
            missing_columns=tuple(n for n in recommended if work.table[n].stored_name not in loaded.columns),
            notes=tuple(dict.fromkeys(notes)),
        )
