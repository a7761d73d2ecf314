"""The checked tables of a shop, for those who read them."""

# ruff: noqa: S608 - all that goes into the SQL is quoted, or is the SQL of the user's own mapping

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import duckdb

from parure.core.errors import MissingInputError
from parure.ingest.cells import literal, quoted
from parure.ingest.ledger import Ledger, Unit
from parure.ingest.live_log import LiveLog
from parure.ingest.schema import EVENT_TABLES, TABLES, Table


class Tables:
    """Reader of a shop's checked tables.

    Args:
        shop: The project directory.

    Raises:
        MissingInputError: Nothing has been taken in yet.
    """

    def __init__(self, shop: Path) -> None:
        self._directory = Path(shop) / "tables"
        self._log = LiveLog(Path(shop))
        self._ledger = Ledger.read(Path(shop))
        if not self._ledger.units:
            raise MissingInputError(f"The shop {shop} has no tables yet.", hint="Run: parure ingest FILES")

    @property
    def fingerprint(self) -> str:
        """Hash of all accepted content; the same files give the same one."""
        if not self._log:
            return self._ledger.fingerprint
        return sha256(f"{self._ledger.fingerprint}{self._log.fingerprint}".encode()).hexdigest()

    @property
    def customers_derived(self) -> bool:
        """Whether customers are those seen in orders and interactions, because no customers table was given."""
        return not self._ledger.customers_given

    @property
    def catalogue_only(self) -> bool:
        """Whether there are neither orders nor interactions: what customers did is not known."""
        return not self._log and not any(self._ledger.of(table) for table in EVENT_TABLES)

    @property
    def pseudonymised(self) -> bool:
        """Whether customer ids are behind the keyed hash."""
        return bool(self._ledger.pseudonymised)

    def paths(self, table: str) -> list[Path]:
        """Parquet parts of one table, oldest first; of products and customers a later row replaces an earlier one."""
        return [self._directory / unit.part for unit in self._ledger.of(table)]

    def columns(self, table: str) -> dict[str, str]:
        """Stored column -> DuckDB type of one view: the contract's in its order, then the shop's own."""
        found = {column.stored_name: column.sql_type for column in TABLES[table].columns}
        for unit in self._ledger.of(table):
            for name, sql_type in unit.columns.items():
                known = found.setdefault(name, sql_type)
                if known != sql_type:
                    found[name] = "VARCHAR"
        return found

    def counts(self) -> dict[str, int]:
        """Rows of each view."""
        with duckdb.connect() as con:
            self.connection_views(con)
            return {name: int(con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]) for name in TABLES}

    def connection_views(self, con: duckdb.DuckDBPyConnection) -> None:
        """Create the views products, customers, orders, order_items and interactions on a connection.

        Every contract column is there, NULL where the shop has none, money as ``<name>_cents`` BIGINT, times as
        TIMESTAMP in UTC, days as DATE; then the shop's own columns.
        """
        views = {table.name: self._view(table) for table in TABLES.values()}
        if self._log:
            columns = {name: self.columns(name) for name in EVENT_TABLES}
            views |= self._log.views(views, columns, has_orders=bool(self._ledger.of("orders")))
        for name, view in views.items():
            con.execute(f"CREATE OR REPLACE VIEW {name} AS {view}")

    def _view(self, table: Table) -> str:
        columns = self.columns(table.name)
        units = self._ledger.of(table.name)
        if not units:
            if table.name == "customers" and self.customers_derived:
                return self._seen_customers(columns)
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
            return f"SELECT {nothing} WHERE false"
        selects = [self._part(unit, columns, position) for position, unit in enumerate(units)]
        names = ", ".join(quoted(name) for name in columns)
        union = " UNION ALL ".join(selects)
        if table.versioned and len(units) > 1:
            newest = f"row_number() OVER (PARTITION BY {quoted(table.key)} ORDER BY _part DESC) = 1"
            return f"SELECT {names} FROM ({union}) QUALIFY {newest}"
        return f"SELECT {names} FROM ({union})"

    def _part(self, unit: Unit, columns: dict[str, str], position: int) -> str:
        cells = ", ".join(
            f"CAST({quoted(name) if name in unit.columns else 'NULL'} AS {kind}) AS {quoted(name)}"
            for name, kind in columns.items()
        )
        path = literal(str(self._directory / unit.part))
        return f"SELECT {cells}, {position} AS _part FROM read_parquet({path})"

    def _seen_customers(self, columns: dict[str, str]) -> str:
        """Customers as orders and interactions show them: id, first day, last day."""
        seen = [
            f"SELECT customer_id, {moment} AS moment FROM read_parquet({literal(str(path))})"
            for table, moment in (("orders", "order_date"), ("interactions", '"timestamp"'))
            for path in self.paths(table)
        ]
        known = {
            "customer_id": "customer_id",
            "registration_date": "CAST(min(moment) AS DATE)",
            "last_active_date": "CAST(max(moment) AS DATE)",
        }
        cells = ", ".join(
            f"CAST({known.get(name, 'NULL')} AS {kind}) AS {quoted(name)}" for name, kind in columns.items()
        )
        if not seen:
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
            return f"SELECT {nothing} WHERE false"
        return f"SELECT {cells} FROM ({' UNION ALL '.join(seen)}) GROUP BY customer_id"
