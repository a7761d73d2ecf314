"""``parure batch``: the lists of all customers at once, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from parure.cli.ask import AnyCountOption, LanguageOption, SurfaceOption, VersionOption
from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.core.errors import MissingInputError
from parure.pipeline.answer import Answers
from parure.pipeline.batch import BatchReport, Wanted, write_lists

_HEADERS = {"user_id", "customer_id"}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Example: parure batch --output lists.parquet --surface email -k 6")(batch)


def batch(
    output: Annotated[Path, typer.Option("--output", "-o", help="The Parquet file to write.")],
    shop: ShopOption = Path(),
    k: AnyCountOption = None,
    surface: SurfaceOption = None,
    users: Annotated[
        Path | None,
        typer.Option(help="A text file with one customer id a line; everybody the bundle knows if left out."),
    ] = None,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="With the reason for each item, and its chance where that was learned.")
    ] = False,
    language: LanguageOption = "en",
    processes: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many work at once; one a processor if left out.")
    ] = None,
    bundle: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the recommendations of all customers: user_id, rank, item_id, score, source."""
    chosen = None if users is None else _ids(users)
    with progress(quiet=as_json) as bars:
        with bars.step("read the bundle"):
            answers = Answers.open(shop, bundle)
        report = write_lists(
            answers,
            output,
            wanted=Wanted(surface, k, reasons, language),
            users=chosen,
            processes=processes,
            progress=bars,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report)


def _ids(path: Path) -> list[str]:
    """The ids of a file, one a line; a header and empty lines are passed over."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise MissingInputError(
            f"Cannot read {path}: {error}.", hint="A text file in UTF-8 with one customer id a line was expected."
        ) from None
    if lines and lines[0] in _HEADERS:
        del lines[0]
    return [line for line in lines if line]


def _print_report(report: BatchReport) -> None:
    out.print(
        Text(
            f"{report.rows:,} recommendations for {report.customers:,} customers, {report.k} each, by the recipe "
            f"{report.recipe} of bundle {report.bundle}: {report.file}"
        ),
        soft_wrap=True,
    )
    if report.short:
        out.print(Text(f"{report.short:,} customers have fewer: rules left no more for them."), soft_wrap=True)
