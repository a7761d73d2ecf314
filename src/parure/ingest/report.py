"""The data-quality report for people: on the terminal, and as one self-contained HTML page with plots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parure.core.html import render
from parure.ingest import quality_plots as plots

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table as RichTable

_NEEDED: Final = ("required", "recommended")
_MOST_REASONS: Final = 12

REASONS: Final[dict[str, str]] = {
    "absurd_time": "The time is before the earliest day allowed.",
    "ends_before_start": "The last day is before the first.",
    "all_zero": "Every number of the vector is 0.",
    "already_present": "The id was taken in from another file.",
    "bad_type": "The cell cannot be read as what its column holds.",
    "dimension": "The vector is longer or shorter than the others.",
    "duplicate_id": "The id stands in an earlier row of the file.",
    "future_time": "The time lies in the future.",
    "malformed_row": "The line cannot be split into the cells that the header names.",
    "missing_value": "A required cell is empty.",
    "nonpositive_price": "The price is zero or negative.",
    "not_finite": "A number of the vector is NaN or infinite.",
    "orphan_customer": "No accepted customer has this id.",
    "orphan_order": "No accepted order has this id.",
    "orphan_product": "No accepted product has this id.",
    "out_of_range": "The number is outside of what is plausible.",
    "unknown_choice": "The value is not in the closed list of its column.",
}
"""What each reason code means; a mapping's own codes explain themselves in the rows."""


def write_report(measured: dict[str, Any], path: Path) -> None:
    """Write the page.

    Args:
        measured: What :func:`parure.ingest.quality.quality` gave. The same numbers always give the same bytes.
        path: The ``.html`` file; its folder must exist.
    """
    path.write_text(report_html(measured), encoding="utf-8")


def report_html(measured: dict[str, Any]) -> str:
    """The page as text."""
    return render(
        "parure.ingest",
        "quality.html",
        q=measured | {"files": [each | {"read_as": read_as(each["dialect"])} for each in measured["files"]]},
        volumes=plots.volumes(measured["volumes"]["weeks"]),
        tails=plots.long_tails(measured["popularity"]) if measured["sparsity"]["purchases"] else None,
        repeats=plots.repeats(measured["repeat"]) if measured["repeat"]["purchases"] else None,
        prices=plots.prices(measured["prices"]["histogram"]) if measured["prices"]["histogram"] else None,
        meanings=REASONS,
        notes=list(findings(measured)),
    )


def findings(measured: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a person should know first, as (tone, sentence); the tone is ``good``, ``warn`` or ``bad``."""
    sums = measured["accounting"]
    faulty = sum(each["rows"] for each in measured["quarantine"]["reasons"] if each["reason"] in REASONS)
    share = faulty / sums["rows_in"] if sums["rows_in"] else 0.0
    tone = "good" if share < 0.01 else "warn" if share < 0.2 else "bad"
    yield (
        tone,
        f"{sums['rows_in']:,} rows in = {sums['rows_accepted']:,} accepted + {sums['rows_quarantined']:,} set aside: "
        f"{faulty:,} with a fault, {sums['rows_quarantined'] - faulty:,} left out on purpose by the mapping.",
    )
    if measured["customers_derived"]:
        yield "warn", "No customers table was given: customers are those seen in orders and interactions."
    for table, found in measured["tables"].items():
        empty = [c["column"] for c in found["columns"] if c["need"] == "recommended" and c["missing"] == 1.0]
        if empty:
            yield "warn", f"{table}: {', '.join(empty)} would help, and {'is' if len(empty) == 1 else 'are'} empty."
    repeat = measured["repeat"]["share"]
    if repeat is not None:
        yield (
            "good",
            f"{repeat:.1%} of purchases are of a product that the customer had bought before. "
            "Training reads from such figures whether bought items may be recommended again.",
        )
    if not measured["sparsity"]["purchases"]:
        yield "bad", "There is no purchase yet, so nothing can be learned from what customers buy."


def terminal(measured: dict[str, Any]) -> RenderableType:
    """The report for a terminal, to be printed with a rich console."""
    from rich.console import Group
    from rich.text import Text

    colours = {"good": "green", "warn": "yellow", "bad": "red"}
    notes = [Text("• ", style=colours[tone]) + Text(note) for tone, note in findings(measured)]
    parts: list[RenderableType] = [_files_table(measured["files"]), *notes, _tables_table(measured)]
    if measured["quarantine"]["rows"]:
        parts.append(_reasons_table(measured["quarantine"]))
    return Group(*parts)


def _rich_table(title: str, text: tuple[str, ...], numbers: tuple[str, ...]) -> RichTable:
    from rich.table import Table as RichTable

    table = RichTable(
        title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False
    )
    for name in text:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _files_table(reports: list[dict[str, Any]]) -> RichTable:
    from rich.markup import escape

    table = _rich_table("Files", ("table", "file", "read as"), ("rows in", "accepted", "set aside"))
    for each in reports:
        table.add_row(
            each["table"],
            escape(each["file"]),
            escape(read_as(each["dialect"])),
            f"{each['rows_in']:,}",
            f"{each['rows_accepted']:,}",
            f"{each['rows_quarantined']:,}" if each["rows_quarantined"] else "none",
        )
    return table


def read_as(dialect: dict[str, Any]) -> str:
    """A file's detected form in a few words, as ``text, cp1252, delimiter ';', decimal comma``."""
    parts = [str(dialect.get("format", ""))]
    if "encoding" in dialect:
        parts.append(str(dialect["encoding"]))
    if "delimiter" in dialect:
        parts.append("tab separated" if dialect["delimiter"] == "\t" else f"delimiter {dialect['delimiter']!r}")
    if "," in dict(dialect.get("decimal", {})).values():
        parts.append("decimal comma")
    formats = sorted(set(dict(dialect.get("date_format", {})).values()))
    parts += [f"dates {' and '.join(formats)}"] if formats else []
    parts += [f"{name} {dialect[name]}" for name in ("timezone", "currency", "model", "dimension") if name in dialect]
    return ", ".join(part for part in parts if part)


def _tables_table(measured: dict[str, Any]) -> RichTable:
    table = _rich_table("Tables", ("table",), ("rows", "columns filled"))
    table.add_column("gaps in columns that matter", overflow="fold")
    for name, found in measured["tables"].items():
        if not found["rows"]:
            continue
        gaps = [c for c in found["columns"] if c["need"] in _NEEDED and c["missing"]]
        gaps.sort(key=lambda c: (-c["missing"], c["column"]))
        filled = sum(c["missing"] < 1 for c in found["columns"])
        shown = ", ".join(f"{c['column']} {c['missing']:.0%}" for c in gaps[:6]) + (", …" if len(gaps) > 6 else "")
        table.add_row(name, f"{found['rows']:,}", f"{filled} of {len(found['columns'])}", shown or "none")
    return table


def _reasons_table(quarantine: dict[str, Any]) -> RichTable:
    from rich.markup import escape

    table = _rich_table("Set aside", ("table", "reason"), ("rows",))
    table.add_column("for example", overflow="fold")
    for each in quarantine["reasons"][:_MOST_REASONS]:
        sample = each["samples"][0]
        place = f"{sample['file']} line {sample['line']}: {sample['sentence']}"
        table.add_row(each["table"], each["reason"], f"{each['rows']:,}", escape(place))
    return table
