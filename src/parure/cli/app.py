"""Puts the commands together and turns errors into exit codes.

Exit codes: 0 done; 1 an error that the message explains; 2 the command line itself is wrong; 3 a fault in parure.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from parure import __version__
from parure.cli import (
    ask,
    batch,
    data,
    demo,
    encode,
    profile,
    recipes,
    search,
    serve,
    shop,
    taste_map,
    trace,
    training,
)
from parure.cli.console import report_bug, report_error
from parure.core.errors import ParureError

app = typer.Typer(
    name="parure",
    help="A self-hosted recommender for shops: from your tables to recommendations that are measured.",
    epilog="Example: parure init my-shop && cd my-shop && parure ingest ../exports && parure train",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (shop, data, encode, training, ask, batch, trace, recipes, search, profile, taste_map, serve, demo):
    module.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"parure {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run the command line; every error a user can act on ends as one message, never as a stack trace."""
    try:
        app()
    except ParureError as error:
        report_error(error, as_json="--json" in sys.argv)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last line of defence, which says so and exits 3
        report_bug(error, as_json="--json" in sys.argv)
        sys.exit(3)
