"""``parure ingest``: a shop's files become checked tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.table import Table
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.core import IdMap
from parure.core.artifacts import save_json
from parure.core.clock import time_us
from parure.ingest import IngestResult, Tables, ingest, preset_names
from parure.ingest.embeddings import ingest_embeddings
from parure.ingest.quality import quality
from parure.ingest.report import write_report
from parure.pipeline.live_log import settle_products
from parure.pipeline.settings import load_settings

CATALOGUE_ONLY = (
    "There are products but no orders or interactions. What will work: alike products (once pictures or vectors are in)"
    " and search. What will not: recommendations of a customer's own (the range is shown instead, and said so), and"
    " parure evaluate. Add orders.csv with order_items.csv, or interactions.csv, when there are some."
)
"""Said after an ingest that leaves a shop with products alone."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("ingest", epilog="Example: parure ingest exports/ --preset h_and_m")(ingest_command)


def ingest_command(
    inputs: Annotated[list[str] | None, typer.Argument(help="Files, directories, or a database URL.")] = None,
    shop: ShopOption = Path(),
    preset: Annotated[
        str | None, typer.Option(help=f"How the files are laid out: {', '.join(preset_names())}.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="Your own layout, as TOML; see docs/ingest.md.")] = None,
    pseudonymise: Annotated[
        bool | None,
        typer.Option(help="Replace customer ids by a keyed hash; as in parure.toml where left out."),
    ] = None,
    embeddings: Annotated[
        list[Path] | None,
        typer.Option(help="A file of picture vectors: npy, npz, CSV, HDF5, Parquet. May be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a shop's files and take in what is right; wrong rows go to quarantine with a reason."""
    settings = load_settings(shop).ingest
    if pseudonymise is not None:
        settings = settings.model_copy(update={"pseudonymise": pseudonymise})
    started_us = time_us()
    with progress(quiet=as_json) as bars:
        if inputs or preset or mapping or not embeddings:
            result = ingest(shop, inputs or [], preset=preset, mapping=mapping, config=settings, progress=bars)
        else:
            tables = Tables(shop)
            result = IngestResult([], [], tables.fingerprint, tables.customers_derived, tables.catalogue_only)
        products = [file.file for file in result.files if file.table == "products" and not file.unchanged]
        settle_products(shop, len(products), before_us=_written_us(inputs or [], products, started_us))
        with bars.step("take in embeddings", total=len(embeddings or [])):
            vectors = [ingest_embeddings(path, shop, products=_products(shop)) for path in embeddings or []]
        with bars.step("write the data-quality report"):
            page = write_quality_report(shop)
    if as_json:
        print_json({**result.to_dict(), "embeddings": [asdict(report) for report in vectors], "report": str(page)})
        return
    print_result(result)
    for report in vectors:
        taken = f"{report.rows_accepted:,} of {report.rows_in:,} vectors taken in"
        out.print(Text(f"{report.file}: {taken} {report.reasons or ''}"), soft_wrap=True)
    out.print(Text(f"Report: {page}"), soft_wrap=True)
    out.print(Text("Next: parure train" if shop == Path() else f"Next: parure train --shop {shop}"), soft_wrap=True)


def _written_us(inputs: Sequence[str], names: Sequence[str], otherwise: int) -> int:
    """When the oldest of some files was written, in microseconds since 1970 UTC; another moment for a database."""
    wanted, paths = {Path(name).name for name in names}, [Path(given) for given in inputs]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    written = (file.stat().st_mtime_ns // 1000 for file in files if file.name in wanted and file.is_file())
    return min(written, default=otherwise)


def write_quality_report(shop: Path) -> Path:
    """Measure the shop's data and write the page and its JSON twin; gives the page."""
    measured = quality(shop)
    reports = shop / "reports"
    reports.mkdir(exist_ok=True)
    write_report(measured, reports / "quality.html")
    save_json(reports / "quality.json", measured)
    return reports / "quality.html"


def _products(shop: Path) -> IdMap:
    """The ids of all products that were taken in."""
    with duckdb.connect() as con:
        Tables(shop).connection_views(con)
        return IdMap(
            con.sql("SELECT product_id FROM products ORDER BY product_id").to_arrow_table().column(0).combine_chunks()
        )


def print_result(result: IngestResult) -> None:
    """What happened to every row, file by file."""
    table = Table(title="Rows in = accepted + quarantined")
    for header in ("table", "file", "rows in", "accepted", "quarantined", "why"):
        table.add_column(header, justify="right" if header in {"rows in", "accepted", "quarantined"} else "left")
    for file in result.files:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in file.reasons.items())
        table.add_row(
            file.table,
            Text(file.file),
            f"{file.rows_in:,}",
            f"{file.rows_accepted:,}",
            f"{file.rows_quarantined:,}",
            Text("unchanged since last time" if file.unchanged else reasons),
        )
    out.print(table)
    for note in dict.fromkeys(note for file in result.files for note in file.notes):
        out.print("[yellow]•[/]", Text(note), soft_wrap=True)
    if result.catalogue_only:
        out.print("[yellow]•[/]", Text(CATALOGUE_ONLY), soft_wrap=True)
    for name in result.ignored:
        out.print("[yellow]•[/]", Text(f"{name} was left alone: no table wants it."), soft_wrap=True)
