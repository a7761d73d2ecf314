"""Writes the generated pages of the docs: every command, setting, table and feature, from the code itself.

Run as ``python -m parure.cli.reference docs``; a test fails when the pages on disk differ.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from parure.cli.app import app
from parure.ingest import TABLES, Column, preset_names, read_preset
from parure.ingest.report import REASONS
from parure.pipeline.settings_reference import settings_markdown
from parure.ranking.features.page import features_markdown

NOTICE = "<!-- Written by `./run docs` from the code. Do not edit. -->"


def pages() -> dict[str, str]:
    """File name -> text of each generated page."""
    return {
        "cli.md": cli_markdown(),
        "features.md": features_markdown(),
        "settings.md": settings_markdown(),
        "tables.md": tables_markdown(),
    }


def cli_markdown() -> str:
    """The page that documents every command with its arguments, options and an example."""
    group: Any = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        NOTICE,
        "",
        "Every command knows `--help`. With `--json` it prints one JSON document on standard output; errors go to",
        "standard error. Exit codes: 0 done, 1 an error that the message explains, 2 a wrong command line, 3 a fault",
        "in parure. `--shop` is the current directory where left out, or the variable `PARURE_SHOP`.",
        "",
    ]
    for name, command in _commands(group):
        lines += [f"## `parure {name}`", "", command.help or "", ""]
        lines += ["| argument or option | default | what it does |", "|---|---|---|"]
        lines += [_row(parameter) for parameter in command.params if parameter.name != "help"]
        lines += ["", "```sh", (command.epilog or "").removeprefix("Example: "), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with the words that it is called by; those of a group one by one."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def tables_markdown() -> str:
    """The page that documents every table, reason code and preset of ingest."""
    lines = ["# Tables", "", NOTICE, ""]
    lines += [
        "Columns beyond these are kept, and offered as features. *Recommended* columns are named when missing.",
        "",
    ]
    for table in TABLES.values():
        again = "is a newer version" if table.versioned else "is set aside as `already_present`"
        lines += [f"## {table.name}", "", f"Key: `{table.key}`; a key that comes again {again}.", ""]
        lines += ["| column | type | need | allowed |", "|---|---|---|---|"]
        lines += [f"| `{c.name}` | {c.type} | {c.need} | {_allowed(c)} |" for c in table.columns]
        lines.append("")
    lines += ["## Reasons", "", "A mapping may add codes of its own.", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in sorted(REASONS.items())]
    lines += ["", "## Presets", "", "| name | what it reads |", "|---|---|"]
    lines += [f"| `{name}` | {' '.join(read_preset(name).description.split())} |" for name in preset_names()]
    return "\n".join(lines).rstrip() + "\n"


def _allowed(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    if column.references:
        return f"an id in {column.references}"
    if column.above_zero:
        return "> 0"
    bounds = [
        f"{sign} {bound:g}" for sign, bound in ((">=", column.minimum), ("<=", column.maximum)) if bound is not None
    ]
    return ", ".join(bounds)


def _row(parameter: Any) -> str:
    options = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if options else [str(parameter.name).upper()]
    default = parameter.default
    shown = "" if default is None or default is False or callable(default) else f"`{default}`"
    if parameter.required:
        shown = "required"
    text = " ".join((getattr(parameter, "help", "") or "").split()).replace("|", "\\|")
    return f"| {', '.join(f'`{name}`' for name in names)} | {shown} | {text} |"


def main(directory: Path) -> None:
    """Write the pages into ``directory``."""
    for name, text in pages().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
