"""The quality of a shop's checked tables in numbers: volumes, gaps, long tails, sparsity, repeats, prices, quarantine.

All counting is done by the SQL engine over the tables; what comes out is plain JSON values, small enough to send.
"""

# ruff: noqa: S608 - what is put into the SQL are names of the contract and quoted paths
from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError
from parure.ingest.cells import literal, quoted
from parure.ingest.embeddings import embedding_reports
from parure.ingest.ledger import Ledger
from parure.ingest.schema import TABLES
from parure.ingest.tables import Tables

SAMPLES: Final = 5
"""Rows shown for each reason in the quarantine."""
CATEGORIES: Final = 12
"""Categories shown, those with most purchases."""
_CURVE_POINTS: Final = 120

Counts = NDArray[np.int64]


def quality(shop: Path) -> dict[str, Any]:
    """Measure the checked tables of a shop.

    Args:
        shop: The project directory.

    Returns:
        JSON-ready values under ``tables`` (rows, and missing values a column), ``volumes`` (a week), ``popularity`` (of
        items and of users), ``sparsity``, ``repeat`` (overall, a month, the largest categories), ``prices`` (euros, or
        whatever the shop's currency is), ``quarantine`` (reasons with sample rows), ``files`` and ``accounting``.

    Raises:
        MissingInputError: Nothing has been taken in yet.
        InputError: The tables on disk are broken.

    Cost:
        About a second for 1.5 million order lines.
    """
    tables = Tables(shop)
    ledger = Ledger.read(shop)
    try:
        with duckdb.connect() as con:
            con.execute("SET enable_progress_bar = false")
            tables.connection_views(con)
            return {
                "shop": Path(shop).resolve().name,
                "fingerprint": tables.fingerprint,
                "pseudonymised": tables.pseudonymised,
                "customers_derived": tables.customers_derived,
                "tables": {name: _columns(con, name, tables.columns(name)) for name in TABLES},
                "volumes": _volumes(con),
                **_purchases(con),
                "prices": _prices(con),
                "quarantine": _quarantine(con, shop, ledger),
                **_accounting(shop, ledger),
            }
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise InputError(f"The tables of {shop} cannot be read: {first}", hint="Take the files in again.") from error


def _sql(name: str) -> str:
    return (files("parure.ingest") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _columns(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> dict[str, Any]:
    """Rows of one table, and how many of them each column leaves empty."""
    cells = ", ".join(f"count({quoted(name)})" for name in columns)
    rows, *filled = con.execute(f"SELECT count(*), {cells} FROM {table}").fetchall()[0]
    contract = {column.stored_name: column for column in TABLES[table].columns}
    found = []
    for name, count in zip(columns, filled, strict=True):
        need = contract[name].need if name in contract else "extra"
        missing = 1.0 - count / rows if rows else None
        found.append({"column": name, "need": need, "missing_rows": rows - count, "missing": missing})
    return {"rows": rows, "columns": found}


def _volumes(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = con.execute(_sql("weekly_volumes")).fetchall()
    first, last = con.execute(
        "SELECT min(moment), max(moment) FROM "
        '(SELECT order_date AS moment FROM orders UNION ALL SELECT "timestamp" FROM interactions)'
    ).fetchall()[0]
    return {
        "first": None if first is None else first.isoformat(),
        "last": None if last is None else last.isoformat(),
        "days": 0 if first is None else (last - first).days + 1,
        "weeks": [
            {"week": week.isoformat(), "orders": orders, "lines": lines, "interactions": interactions}
            for week, orders, lines, interactions in rows
        ],
    }


def _purchases(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Everything that is read from who bought what."""
    con.execute(
        "CREATE TEMP TABLE product_codes AS SELECT product_id AS id, coalesce(category, 'unknown') AS category, "
        "CAST(row_number() OVER () AS INTEGER) AS code FROM products"
    )
    con.execute(
        "CREATE TEMP TABLE customer_codes AS SELECT customer_id AS id, CAST(row_number() OVER () AS INTEGER) AS code "
        "FROM customers"
    )
    for name in ("purchases", "pairs"):
        con.execute(f"CREATE TEMP TABLE {name} AS {_sql(name)}")
    products, customers = (con.execute(f"SELECT count(*) FROM {t}").fetchall()[0][0] for t in ("products", "customers"))
    by_item = _counts(con, "product")
    by_user = _counts(con, "customer")
    (pairs,) = con.execute("SELECT count(*) FROM pairs").fetchall()[0]
    cells = len(by_item) * len(by_user)
    return {
        "popularity": {"items": _tail(by_item, products), "users": _tail(by_user, customers)},
        "sparsity": {
            "products": len(by_item),
            "customers": len(by_user),
            "pairs": pairs,
            "density": pairs / cells if cells else None,
            "purchases": int(by_item.sum()),
        },
        "repeat": _repeats(con),
    }


def _counts(con: duckdb.DuckDBPyConnection, who: str) -> Counts:
    """Purchases of each, most first: int64[n]."""
    found = con.execute(f"SELECT sum(purchases) AS n FROM pairs GROUP BY {who} ORDER BY n DESC").fetchnumpy()["n"]
    return np.asarray(found).astype(np.int64)


def _tail(counts: Counts, known: int) -> dict[str, Any]:
    """How unevenly purchases are spread.

    Args:
        counts: int64[n], purchases of each, most first.
        known: How many there are, those without a purchase included.
    """
    if not len(counts):
        return {"active": 0, "known": known, "never": known, "curve": [], "lorenz": []}
    total = int(counts.sum())
    upward = np.concatenate([[0], np.cumsum(counts[::-1])]) / total
    ranks = np.unique(np.geomspace(1, len(counts), _CURVE_POINTS).round().astype(int))
    places = np.unique(np.linspace(0, len(counts), _CURVE_POINTS).round().astype(int))
    # Twice the area between the diagonal and the Lorenz curve.
    gini = 1 - float((upward[1:] + upward[:-1]).sum()) / len(counts)
    middle = np.quantile(counts, [0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
    return {
        "active": len(counts),
        "known": known,
        "never": known - len(counts),
        "mean": total / len(counts),
        "quantiles": dict(zip(("p10", "p25", "p50", "p75", "p90", "p99"), middle.tolist(), strict=True)),
        "max": int(counts[0]),
        "once": int((counts == 1).sum()),
        "gini": gini,
        "top_1_percent_share": float(counts[: max(1, round(len(counts) / 100))].sum() / total),
        "top_20_percent_share": float(counts[: max(1, round(len(counts) / 5))].sum() / total),
        "curve": [[int(rank), int(counts[rank - 1])] for rank in ranks],
        "lorenz": [[place / len(counts), float(upward[place])] for place in places.tolist()],
    }


def _repeats(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = con.execute(_sql("repeats")).fetchall()
    months: dict[str, list[int]] = {}
    categories: dict[str, list[int]] = {}
    for month, category, purchases, repeats in rows:
        for sums in (months.setdefault(month.isoformat()[:7], [0, 0]), categories.setdefault(category, [0, 0])):
            sums[0] += purchases
            sums[1] += repeats
    largest = sorted(categories.items(), key=lambda each: (-each[1][0], each[0]))[:CATEGORIES]
    total = sum(purchases for purchases, _ in months.values())
    again = sum(repeats for _, repeats in months.values())
    return {
        "purchases": total,
        "repeats": again,
        "share": again / total if total else None,
        "months": [{"month": name, **_share(sums)} for name, sums in sorted(months.items())],
        "categories": [{"category": name, **_share(sums)} for name, sums in largest],
        "other_categories": len(categories) - len(largest),
    }


def _share(sums: list[int]) -> dict[str, Any]:
    return {"purchases": sums[0], "repeats": sums[1], "share": sums[1] / sums[0]}


def _prices(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Prices of products in whole units of the currency."""
    bins = con.execute(_sql("price_bins")).fetchall()
    names = ("min", "p10", "p25", "p50", "p75", "p90", "max")
    places = "[0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]"
    found = con.execute(f"SELECT quantile_disc(price_cents, {places}) FROM products WHERE price_cents > 0").fetchall()
    quantiles = found[0][0]
    return {
        "quantiles": {} if quantiles is None else {n: q / 100 for n, q in zip(names, quantiles, strict=True)},
        "histogram": [
            {"from": 10 ** (place / 20) / 100, "to": 10 ** ((place + 1) / 20) / 100, "products": products}
            for place, products in bins
        ],
    }


def _quarantine(con: duckdb.DuckDBPyConnection, shop: Path, ledger: Ledger) -> dict[str, Any]:
    """Rows set aside by table and reason, most first, each with a few samples."""
    parts = [
        (unit.report.table, place)
        for unit in ledger.units
        if unit.report.rows_quarantined and (place := Path(shop) / "quarantine" / unit.quarantine).exists()
    ]
    parts += [("embeddings", place) for place in sorted((Path(shop) / "quarantine" / "embeddings").glob("*.parquet"))]
    if not parts:
        return {"rows": 0, "reasons": []}
    union = " UNION ALL ".join(
        f'SELECT {literal(table)} AS tab, file, line, reason, "column", sentence, left(raw, 400) AS raw '
        f"FROM read_parquet({literal(str(place))})"
        for table, place in parts
    )
    con.execute(f"CREATE TEMP TABLE set_aside AS {union}")
    reasons = con.execute("SELECT tab, reason, count(*) FROM set_aside GROUP BY ALL ORDER BY 3 DESC, 1, 2").fetchall()
    samples = con.execute(
        "SELECT * FROM set_aside QUALIFY row_number() OVER (PARTITION BY tab, reason ORDER BY file, line) "
        f"<= {SAMPLES} ORDER BY file, line"
    ).fetchall()
    names = ("file", "line", "column", "sentence", "raw")
    return {
        "rows": sum(count for _, _, count in reasons),
        "reasons": [
            {
                "table": table,
                "reason": reason,
                "rows": count,
                "samples": [
                    dict(zip(names, (file, line, column, sentence, raw), strict=True))
                    for tab, file, line, why, column, sentence, raw in samples
                    if (tab, why) == (table, reason)
                ],
            }
            for table, reason, count in reasons
        ],
    }


def _accounting(shop: Path, ledger: Ledger) -> dict[str, Any]:
    """Every file with its figures, and their sums."""
    found: list[dict[str, Any]] = [unit.report.to_dict() for unit in ledger.units]
    for report in embedding_reports(shop):
        models = ", ".join(report.models) or "none"
        dialect = {"format": Path(report.file).suffix.lstrip("."), "model": models, "dimension": report.dimension}
        found.append(
            {"table": "embeddings", "missing_columns": [], "notes": [], "unchanged": False}
            | {"dialect": dialect}
            | report.to_dict()
        )
    sums = {name: sum(each[name] for each in found) for name in ("rows_in", "rows_accepted", "rows_quarantined")}
    return {"files": found, "accounting": sums}
