"""Broken inputs that cannot be used at all: each gives one clear error of its kind, and nothing is stored.

A case is a function that breaks the files and may return other arguments of ``ingest``; its first line says what is
wrong. ``@case`` says which error, with which code, and words that the message must hold.
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import openpyxl
import pytest

from parure.core.errors import ColumnError, InputError, MissingInputError, ParureError, SettingsError

Break = Callable[[Any], Mapping[str, Any] | None]
CASES: list[tuple[Break, type[ParureError], tuple[str, ...]]] = []


def case(kind: type[ParureError], *words: str) -> Callable[[Break], Break]:
    """Register a case: ingest must raise exactly ``kind`` with all of ``words`` in the message."""

    def register(function: Break) -> Break:
        CASES.append((function, kind, words))
        return function

    return register


# -- files ------------------------------------------------------------------------------------------------------------


@case(MissingInputError, "missing.csv", "There is no file")
def file_that_is_not_there(files):
    """A file that does not exist."""
    return {"inputs": [files.folder / "missing.csv"]}


@case(MissingInputError, "products.csv", "empty")
def empty_file(files):
    """A file of no bytes."""
    files.write("products", "")


@case(MissingInputError, "products.csv", "no rows")
def header_only(files):
    """A header and no rows."""
    files.write("products", files.text("products").splitlines()[0] + "\n")


@case(MissingInputError, "No input is a table")
def directory_without_tables(files):
    """A directory with no table in it."""
    (files.folder / "notes").mkdir()
    (files.folder / "notes" / "readme.md").write_text("nothing")
    return {"inputs": [files.folder / "notes"]}


@case(MissingInputError, "products", "missing")
def directory_named_like_a_table(files):
    """A directory whose name ends in .csv is no file."""
    files.remove("products")
    files.path("products").mkdir()


@case(MissingInputError, "loop.csv")
def symlink_loop(files):
    """A link that leads to itself."""
    (files.folder / "loop.csv").symlink_to(files.folder / "loop.csv")
    return {"inputs": [files.folder / "loop.csv"]}


@case(MissingInputError, "dangling.csv", "There is no file")
def dangling_symlink(files):
    """A link to a file that is gone."""
    (files.folder / "dangling.csv").symlink_to(files.folder / "gone.csv")
    return {"inputs": [files.folder / "dangling.csv"]}


@case(MissingInputError, "products.csv")
def dangling_symlink_in_a_directory(files):
    """A table of the directory is a link to a file that is gone."""
    files.remove("products")
    files.path("products").symlink_to(files.folder / "gone.csv")


@case(InputError, "products.csv.gz", "cut off")
def truncated_gzip(files):
    """A gzip file that breaks off."""
    packed = gzip.compress(files.text("products").encode() * 200)
    files.write("products", packed[: len(packed) // 2], ".csv.gz")


@case(InputError, "products.csv.gz", "gzip")
def gzip_that_is_none(files):
    """A text file named .gz."""
    files.write("products", files.text("products"), ".csv.gz")


@case(InputError, "products.csv", "text")
def picture_named_csv(files):
    """A PNG picture named .csv."""
    files.write("products", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0" + bytes(range(256)) * 20)


@case(InputError, "products.xlsx", "workbook")
def archive_named_xlsx(files):
    """A ZIP archive named .xlsx that holds no workbook."""
    files.remove("products")
    with zipfile.ZipFile(files.path("products", ".xlsx"), "w") as archive:
        archive.writestr("products.csv", files.text("products"))


@case(InputError, "products.xlsx", "workbook")
def text_named_xlsx(files):
    """A text file named .xlsx."""
    files.write("products", files.text("products"), ".xlsx")


@case(InputError, "products.parquet", "Parquet")
def corrupt_parquet(files):
    """A Parquet file with its end cut off."""
    files.write("products", b"PAR1" + b"\0" * 400, ".parquet")


@case(InputError, "notes.pdf", "unknown kind")
def file_of_unknown_kind(files):
    """A file that is no table."""
    (files.folder / "notes.pdf").write_bytes(b"%PDF")
    return {"inputs": [files.folder / "notes.pdf"]}


@case(MissingInputError, "order_items", "missing")
def table_that_is_missing(files):
    """A shop without order lines and interactions."""
    files.remove("order_items", "interactions")


@case(MissingInputError, "orders", "missing")
def lines_without_orders(files):
    """Order lines whose orders are nowhere."""
    files.remove("orders")


@case(MissingInputError, "products.jsonl")
def json_array_in_place_of_lines(files):
    """One JSON array where an object a line was expected."""
    files.write("products", '[\n{"product_id": "p1"},\n{"product_id": "p2"}\n]\n'.replace("\n", " "), ".jsonl")


# -- columns ----------------------------------------------------------------------------------------------------------


@case(ColumnError, "produkt_id", "did you mean product_id")
def required_column_misspelt(files):
    """A required column under a near name."""
    files.write("products", files.text("products").replace("product_id", "produkt_id"))


@case(ColumnError, "products.csv", "stock_status")
def required_column_missing(files):
    """A required column that is not there."""
    files.write("products", "product_id,title,category,price\np1,Ring,rings,34.00\n")


@case(ColumnError, "products.csv", "delimiter")
def delimiter_nobody_uses(files):
    """Cells between carets."""
    files.write("products", files.text("products").replace(",", "^"))


@case(ColumnError, "products.csv", "delimiter")
def wrong_delimiter_set(files):
    """The user says semicolon, the file says comma."""
    from parure.ingest import Dialect, IngestConfig

    return {"config": IngestConfig(dialect=Dialect(delimiter=";"))}


@case(InputError, "products.csv", "10,000 columns", "2,000")
def ten_thousand_columns(files):
    """A header of ten thousand columns."""
    names = files.text("products").splitlines()[0].split(",") + [f"c{place}" for place in range(9_995)]
    files.write("products", ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")


@case(ColumnError, "products.xlsx", "product_id")
def excel_with_a_title_above_the_header(files):
    """A workbook with a merged title where the header should be."""
    files.remove("products")
    book = openpyxl.Workbook()
    book.active["A1"] = "All our products"
    book.active.merge_cells("A1:E1")
    for line in files.text("products").splitlines():
        book.active.append(line.split(","))
    book.save(files.path("products", ".xlsx"))


@case(MissingInputError, "products.xlsx", "empty")
def excel_without_cells(files):
    """A workbook with nothing in it."""
    files.remove("products")
    openpyxl.Workbook().save(files.path("products", ".xlsx"))


@case(ColumnError, "products.csv", "product_id")
def file_without_a_header(files):
    """Rows from the first line on."""
    files.write("products", "\n".join(files.text("products").splitlines()[1:]) + "\n")


# -- settings, mappings, databases ------------------------------------------------------------------------------------

MAPPING = """
[sources.articles]
files = ["products.csv"]
[sources.events]
files = ["interactions.csv"]
[tables.interactions]
source = "events"
[tables.products]
source = "articles"
"""


def mapped(files: Any, text: str) -> dict[str, Any]:
    path = files.folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return {"mapping": path}


@case(SettingsError, "shop.toml", "TOML")
def mapping_that_is_no_toml(files):
    """A mapping with an unclosed bracket."""
    return mapped(files, "[tables.products\n")


@case(SettingsError, "shop.toml", "product", "did you mean 'products'")
def mapping_of_an_unknown_table(files):
    """A mapping of a table that the contract does not have."""
    return mapped(files, MAPPING.replace("[tables.products]", "[tables.product]"))


@case(SettingsError, "shop.toml", "titel", "did you mean 'title'")
def mapping_of_an_unknown_column(files):
    """A mapping to a column that the contract does not have."""
    return mapped(files, MAPPING + 'columns = {titel = "name"}\n')


@case(ColumnError, "nombre")
def mapping_from_a_column_that_is_not_there(files):
    """A mapping from a column that the file does not have."""
    return mapped(files, MAPPING + 'columns = {title = "nombre"}\n')


@case(SettingsError, "shop.toml", "articels", "did you mean 'articles'")
def mapping_of_an_unknown_source(files):
    """A table made from a source that is not declared."""
    return mapped(files, MAPPING.replace('source = "articles"', 'source = "articels"'))


@case(SettingsError, "shop.toml", "colums", "did you mean 'columns'")
def mapping_with_an_unknown_setting(files):
    """A misspelt setting in a mapping."""
    return mapped(files, MAPPING + 'colums = {title = "name"}\n')


@case(SettingsError, "products", "pricce")
def mapping_with_wrong_sql(files):
    """An expression over a column that is not there."""
    return mapped(files, MAPPING + 'expressions = {price = "pricce * 2"}\n')


@case(SettingsError, "products", "SELECT")
def mapping_with_a_select_that_is_none(files):
    """A derived table whose SELECT is no SQL."""
    return mapped(files, MAPPING + 'sql = "SELEC * FROM articles"\n')


@case(MissingInputError, "nowhere.toml")
def mapping_that_is_not_there(files):
    """A mapping file that does not exist."""
    return {"mapping": files.folder / "nowhere.toml"}


@case(SettingsError, "h_and_n", "did you mean 'h_and_m'")
def preset_that_is_not_there(files):
    """A preset that parure does not ship."""
    return {"preset": "h_and_n"}


@case(MissingInputError, "articles", "articles.csv")
def preset_without_its_files(files):
    """A preset whose files are not among the inputs."""
    return {"preset": "h_and_m"}


@case(SettingsError, "klingon-8")
def encoding_nobody_knows(files):
    """An encoding that does not exist."""
    from parure.ingest import Dialect, IngestConfig

    return {"config": IngestConfig(dialect=Dialect(encoding="klingon-8"))}


@case(SettingsError, "Europe/Berlyn", "did you mean")
def time_zone_nobody_knows(files):
    """A time zone that does not exist."""
    from parure.ingest import Dialect, IngestConfig

    return {"config": IngestConfig(dialect=Dialect(timezone="Europe/Berlyn"))}


@case(InputError, "shop.db", "database")
def database_that_is_none(files):
    """A text file given as an SQLite database."""
    (files.folder / "shop.db").write_text("This is not a database, it is a letter of some length." * 20)
    return {"inputs": [f"sqlite:///{files.folder / 'shop.db'}"]}


@case(MissingInputError, "gone.db")
def database_that_is_not_there(files):
    """An SQLite database that does not exist is not made."""
    return {"inputs": [f"sqlite:///{files.folder / 'gone.db'}"]}


@case(InputError, "oracel")
def database_of_an_unknown_kind(files):
    """A database URL of a kind that nobody knows."""
    return {"inputs": ["oracel://user:secret@host/db"]}


@pytest.mark.parametrize(("function", "kind", "words"), [pytest.param(*c, id=c[0].__name__) for c in CASES])
def test_a_broken_input_gives_a_clear_error_and_stores_nothing(files, function, kind, words):
    arguments = function(files) or {}
    with pytest.raises(ParureError) as caught:
        files.ingest(**arguments)
    assert caught.type is kind, caught.value
    said = str(caught.value)
    assert [word for word in words if word.lower() not in said.lower()] == [], said
    assert caught.value.code == kind.code
    assert caught.value.hint, said
    assert "secret" not in said
    assert len(said) < 1_500
    assert not list(files.shop.rglob("*.parquet"))
    assert not (files.shop / "tables" / "ledger.json").exists()


def test_every_case_says_what_is_wrong_in_one_line():
    assert all(function.__doc__ and "\n" not in function.__doc__ for function, _, _ in CASES)


def test_after_an_error_the_sound_files_go_in(files):
    files.write("products", "")
    with pytest.raises(MissingInputError):
        files.ingest()
    files.write("products", files.text("products"))
    assert files.ingest().rows_accepted == 10
