"""The SQL of the dataset: one file a transformation, in the dialect that DuckDB and Spark share.

Every file is one SELECT. Its result is known to later files by the file's name, as a table or a view, whichever the
engine that runs them finds best. Three rules keep the dialects together: money is whole cents, moments are microseconds
since 1970 UTC, and a literal that is not whole is written with an exponent (``864E2``), which is DOUBLE in both.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from parure.core.errors import SettingsError

Value = bool | int | float | str

_TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$(?P<name>[a-z][a-z0-9_]*)")

_DUCKDB_MACROS = "CREATE OR REPLACE TEMP MACRO unix_micros(moment) AS epoch_us(moment)"
"""What Spark has built in and DuckDB calls otherwise."""


def sql_names() -> list[str]:
    """Names of all transformations, in alphabetical order."""
    folder = files("parure.dataset") / "sql"
    return sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql"))


@cache
def sql_text(name: str) -> str:
    """The text of one file, with its header and its parameters as ``$name``.

    Raises:
        SettingsError: There is no such file.
    """
    if name not in sql_names():
        raise SettingsError(f"There is no transformation {name!r}.", hint=f"There are: {', '.join(sql_names())}.")
    return (files("parure.dataset") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def sql_parameters(name: str) -> set[str]:
    """The parameters that one file asks for."""
    return {found["name"] for found in _TOKEN.finditer(sql_text(name)) if found["name"]}


def render(name: str, **values: Value) -> str:
    """One file with its parameters put in as literals; comments and string literals are left alone.

    Args:
        name: The file, without ending.
        values: A value for each of its parameters; those that the file does not ask for are ignored.

    Raises:
        SettingsError: A parameter has no value, or a text that cannot be quoted alike in both dialects.
    """

    def replace(found: re.Match[str]) -> str:
        parameter = found["name"]
        if parameter is None:
            return found[0]
        if parameter not in values:
            raise SettingsError(f"{name}.sql needs a value for ${parameter}.", hint="Pass it to render.")
        return _literal(values[parameter])

    return _TOKEN.sub(replace, sql_text(name))


def duckdb_macros() -> str:
    """The statement to run once on a DuckDB connection before any of the files."""
    return _DUCKDB_MACROS


def _literal(value: Value) -> str:
    """A value as SQL that both dialects read alike."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    if isinstance(value, float):
        text = repr(value) if "e" in repr(value) else f"{value!r}E0"
        return text if value >= 0 else f"({text})"
    if "'" in value or "\\" in value:
        raise SettingsError(f"The text {value!r} cannot stand in SQL.", hint="Leave out quotes and backslashes.")
    return f"'{value}'"
