"""The file formats that product embeddings come in: read as one matrix with ids.

=============================  =========================================================================
file                           holds
=============================  =========================================================================
``.npy``                       the matrix; ids one a line in ``product_ids.txt`` beside it
``.npz``                       arrays ``product_ids`` and ``embeddings``
``.csv`` (also ``.csv.gz``)    columns ``product_id, emb_0, emb_1, ...``
``.parquet``                   ``product_id`` and a list column ``embedding``, or ``emb_0, emb_1, ...``
``.h5``, ``.hdf5``             data sets ``product_ids`` and ``embeddings`` (extra ``hdf5``)
=============================  =========================================================================

Two optional texts say where the vectors come from, ``embedding_model`` and ``created_date``: a column in CSV and
Parquet, an array in ``.npz``, an attribute in HDF5, a JSON object in ``<name>.json`` beside a ``.npy``.
:mod:`parure.ingest.embedding_export` writes the same formats.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from parure.core.errors import ColumnError, InputError, MissingExtraError, MissingInputError, did_you_mean

ID_NAMES = ("product_ids", "product_id", "ids", "item_ids", "item_id")
"""What the ids may be called inside a file; the first is the one we write."""
VECTOR_NAMES = ("embeddings", "embedding", "vectors", "vector", "emb")
"""What the matrix, or a list column, may be called inside a file."""
ABOUT_NAMES = ("embedding_model", "created_date")

_NUMBERED = re.compile(r"emb_(\d+)$")


@dataclass(frozen=True)
class RawVectors:
    """What stood in one file, not yet judged.

    Attributes:
        ids: One a row; None where it was empty.
        matrix: float64[n, dimension]; rows of another length are NaN and named in ``faults``.
        rows: int64[n], line (text files) or row number of each, counted from 1 as an editor does.
        faults: For rows that could not be read, position in ``ids`` -> (reason code, detail).
        about: ``embedding_model`` and ``created_date`` of each row, None where nothing is said.
    """

    ids: list[str | None]
    matrix: NDArray[np.float64]
    rows: NDArray[np.int64]
    faults: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    about: Mapping[str, list[str | None]] = field(default_factory=dict)


def read_vectors(path: Path) -> RawVectors:
    """Read a file of product embeddings; its format is taken from the end of its name.

    Raises:
        MissingInputError: It is not there, not readable or holds no rows.
        ColumnError: Ids or vectors were not found in it.
        InputError: It is broken, of an unknown format, or would have to be unpickled.
        MissingExtraError: HDF5 without the package h5py.
    """
    reader = _READERS.get(ending_of(path))
    if reader is None:
        raise InputError(
            f"{path} is not an embedding format that is known; expected one of {', '.join(sorted(_READERS))}.",
            hint="Save the vectors in one of these formats.",
        )
    if not path.is_file():
        what = "is a directory, not a file" if path.is_dir() else "does not exist"
        raise MissingInputError(f"The embeddings {path} cannot be read: it {what}.", hint="Check the path.")
    try:
        raw = reader(path)
    except PermissionError as error:
        raise MissingInputError(f"The embeddings {path} may not be read.", hint="Give read permission.") from error
    except (OSError, EOFError, pa.ArrowInvalid, zipfile.BadZipFile) as error:
        raise _broken(path, error) from error
    if not raw.ids:
        raise MissingInputError(f"{path} holds no embeddings.", hint="Expected at least one row.")
    return raw


def ending_of(path: Path) -> str:
    """The end of a file's name that says its format, in lower case."""
    name = path.name.lower()
    return ".csv.gz" if name.endswith(".csv.gz") else path.suffix.lower()


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} cannot be read as embeddings: {error}", hint="Write it again; it may be cut off.")


# -- numpy ------------------------------------------------------------------------------------------------------------


def _read_npy(path: Path) -> RawVectors:
    matrix = _matrix(path, _load_numpy(path))
    beside = [path.with_name(f"{path.stem}.product_ids.txt"), path.with_name("product_ids.txt")]
    listed = next((file for file in beside if file.is_file()), None)
    if listed is None:
        raise MissingInputError(
            f"{path} has no list of ids; expected {beside[1]}.", hint="Write one product id a line, in row order."
        )
    try:
        lines = listed.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{listed} is not UTF-8: {error}.", hint="Save it as UTF-8.") from error
    sidecar = path.with_suffix(".json")
    about = _json_about(sidecar) if sidecar.is_file() else {}
    return _of_matrix(path, [line.strip() for line in lines], matrix, about)


def _json_about(path: Path) -> dict[str, str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.", hint="Correct it or remove it.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} holds no JSON object.", hint=f"Expected {{{', '.join(ABOUT_NAMES)}}}.")
    return {name: str(values[name]) for name in ABOUT_NAMES if values.get(name) is not None}


def _read_npz(path: Path) -> RawVectors:
    with _load_numpy(path) as archive:
        ids_name = _first_of(path, archive.files, ID_NAMES, "ids")
        vectors_name = _first_of(path, archive.files, VECTOR_NAMES, "vectors")
        try:
            ids = np.atleast_1d(archive[ids_name])
            matrix = _matrix(path, archive[vectors_name])
            about = {name: str(archive[name].ravel()[0]) for name in ABOUT_NAMES if name in archive.files}
        except ValueError as error:
            raise _pickled(path, error) from error
    return _of_matrix(path, _texts(path, ids), matrix, about)


def _load_numpy(path: Path) -> Any:
    archive = path.suffix.lower() == ".npz"
    if archive != zipfile.is_zipfile(path):
        raise InputError(f"{path} cannot be read: it is not what its name says, or cut off.", hint="Write it again.")
    try:
        return np.load(path, allow_pickle=False)
    except ValueError as error:
        raise _pickled(path, error) from error


def _pickled(path: Path, error: Exception) -> InputError:
    if "pickle" in str(error).lower():
        return InputError(
            f"{path} holds pickled objects; parure never unpickles, because that can run foreign code.",
            hint="Save plain arrays: np.asarray(vectors, dtype=np.float32), and ids as strings (dtype 'U').",
        )
    return _broken(path, error)


# -- tables -----------------------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> RawVectors:
    table = pq.read_table(path)
    return _of_table(path, table, np.arange(1, len(table) + 1))


def _read_csv(path: Path) -> RawVectors:
    delimiter, decimal, columns = _csv_form(path)
    skipped: dict[int, str] = {}

    def skip(row: pacsv.InvalidRow) -> str:
        skipped[row.number] = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        return "skip"

    def read(number: pa.DataType) -> pa.Table:
        types = {name: number if _NUMBERED.match(name) else pa.string() for name in columns}
        skipped.clear()
        return pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(use_threads=False),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
            convert_options=pacsv.ConvertOptions(column_types=types, decimal_point=decimal),
        )

    try:
        table = read(pa.float64())
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise
        table = _tolerant(read(pa.string()), decimal)  # slower, but keeps the good rows
    lines = np.setdiff1d(np.arange(2, len(table) + len(skipped) + 2), np.fromiter(skipped, np.int64, len(skipped)))
    return _with_skipped(_of_table(path, table, lines), skipped)


def _csv_form(path: Path) -> tuple[str, str, list[str]]:
    """Delimiter, decimal mark and column names, from the first two lines."""
    try:
        with pa.input_stream(path, compression="detect") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig") as text:
            header, first = text.readline(), text.readline()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error}.", hint="Save it as UTF-8.") from error
    if not header.strip():
        raise MissingInputError(f"{path} is empty.", hint="Expected a header product_id, emb_0, emb_1, ...")
    delimiter = max(",;\t|", key=header.count)
    decimal = "," if delimiter != "," and re.search(r"\d,\d", first) else "."
    return delimiter, decimal, [name.strip().strip('"') for name in header.rstrip("\r\n").split(delimiter)]


def _tolerant(texts: pa.Table, decimal: str) -> pa.Table:
    """Numbers where the text is one, null elsewhere."""
    parts = []
    for name in texts.column_names:
        quoted = '"' + name.replace('"', '""') + '"'
        number = f"TRY_CAST(replace({quoted}, '{decimal}', '.') AS DOUBLE) AS {quoted}"
        parts.append(number if _NUMBERED.match(name) else quoted)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(texts)
        return relation.project(", ".join(parts)).to_arrow_table()


def _with_skipped(raw: RawVectors, skipped: Mapping[int, str]) -> RawVectors:
    """Add the lines whose number of fields was wrong, so that they are accounted for."""
    count, extra = len(raw.ids), len(skipped)
    faults = {count + place: ("malformed_row", detail) for place, detail in enumerate(skipped.values())}
    return RawVectors(
        ids=[*raw.ids, *[None] * extra],
        matrix=np.vstack([raw.matrix, np.full((extra, raw.matrix.shape[1]), np.nan)]),
        rows=np.concatenate([raw.rows, np.fromiter(skipped, np.int64, extra)]),
        faults={**raw.faults, **faults},
        about={name: [*values, *[None] * extra] for name, values in raw.about.items()},
    )


def _of_table(path: Path, table: pa.Table, rows: NDArray[np.int64]) -> RawVectors:
    id_name = _first_of(path, table.column_names, ("product_id", *ID_NAMES), "ids")
    ids = [None if value in (None, "") else str(value) for value in table.column(id_name).to_pylist()]
    about = {
        name: [None if value in (None, "") else str(value) for value in table.column(name).to_pylist()]
        for name in ABOUT_NAMES
        if name in table.column_names
    }
    numbered = sorted((n for n in table.column_names if _NUMBERED.match(n)), key=lambda n: int(n[4:]))
    if numbered:
        matrix, faults = _from_columns(table, numbered)
    else:
        matrix, faults = _from_lists(path, table)
    return RawVectors(ids, matrix, rows, faults, about)


def _from_columns(table: pa.Table, names: list[str]) -> tuple[NDArray[np.float64], dict[int, tuple[str, str]]]:
    matrix = np.empty((len(table), len(names)))
    faults: dict[int, tuple[str, str]] = {}
    for place, name in enumerate(names):
        column = table.column(name)
        for row in np.flatnonzero(column.is_null().to_numpy()).tolist():
            faults.setdefault(row, ("bad_type", f"{name} is empty or not a number"))
        matrix[:, place] = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    return matrix, faults


def _from_lists(path: Path, table: pa.Table) -> tuple[NDArray[np.float64], dict[int, tuple[str, str]]]:
    lists = [f.name for f in table.schema if pa.types.is_list(f.type) or pa.types.is_fixed_size_list(f.type)]
    lists += [f.name for f in table.schema if pa.types.is_large_list(f.type)]
    name = lists[0] if len(lists) == 1 else _first_of(path, table.column_names, VECTOR_NAMES, "vectors")
    try:
        column = table.column(name).combine_chunks().cast(pa.large_list(pa.float64()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise ColumnError(f"Column {name!r} of {path} does not hold lists of numbers.", hint=str(error)) from error
    lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    dimension = int(np.bincount(lengths).argmax()) if len(lengths) else 0
    fits = lengths == dimension
    matrix = np.full((len(table), dimension), np.nan)
    flat = column.filter(pa.array(fits)).flatten().fill_null(np.nan).to_numpy(zero_copy_only=False)
    matrix[fits] = flat.reshape(-1, dimension) if dimension else 0.0
    detail = "{} numbers where the other vectors have " + str(dimension)
    return matrix, {r: ("dimension", detail.format(lengths[r])) for r in np.flatnonzero(~fits).tolist()}


# -- HDF5 -------------------------------------------------------------------------------------------------------------


def import_h5py() -> Any:
    """The package h5py.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise MissingExtraError("h5py", "hdf5", "Reading and writing HDF5") from None
    return h5py


def _read_hdf5(path: Path) -> RawVectors:
    with import_h5py().File(path, "r") as file:
        ids = file[_first_of(path, list(file), ID_NAMES, "ids")]
        texts = ids.asstr()[:].tolist() if ids.dtype.kind in "OS" else _texts(path, ids[:])
        vectors = file[_first_of(path, list(file), VECTOR_NAMES, "vectors")]
        matrix = _matrix(path, vectors[:])
        about = {name: str(file.attrs[name]) for name in ABOUT_NAMES if name in file.attrs}
    return _of_matrix(path, texts, matrix, about)


# -- shared -----------------------------------------------------------------------------------------------------------


def _first_of(path: Path, names: list[str], wanted: tuple[str, ...], what: str) -> str:
    """The first of ``wanted`` that the file has."""
    for name in wanted:
        if name in names:
            return name
    guess = next((g for n in names if (g := did_you_mean(n, wanted))), "")
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    columns = " or emb_0, emb_1, ..." if what == "vectors" else ""
    raise ColumnError(
        f"{path} has no {what}: got {shown or 'nothing'}, expected {wanted[0]!r}{columns}.",
        hint=guess[:1].upper() + guess[1:] or "Rename the column.",
    )


def _matrix(path: Path, values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind not in "fiu" or values.ndim != 2 or not values.shape[1]:
        raise InputError(
            f"{path} holds {values.dtype} of shape {values.shape}, expected numbers of shape (products, dimension).",
            hint="Save one row a product, for example with np.save(path, vectors.astype('float32')).",
        )
    return values.astype(np.float64)


def _texts(path: Path, ids: NDArray[Any]) -> list[str]:
    if ids.ndim != 1 or ids.dtype.kind not in "USiu":
        raise InputError(
            f"The ids in {path} are {ids.dtype} of shape {ids.shape}, expected a list of texts.",
            hint="Save them as strings (dtype 'U').",
        )
    return [i.decode() for i in ids.tolist()] if ids.dtype.kind == "S" else [str(i) for i in ids.tolist()]


def _of_matrix(path: Path, ids: list[str], matrix: NDArray[np.float64], about: Mapping[str, str]) -> RawVectors:
    if len(ids) != len(matrix):
        raise InputError(
            f"{path} has {len(matrix):,} vectors but {len(ids):,} product ids; expected as many of each.",
            hint="Write both again from the same list.",
        )
    return RawVectors(
        ids=[i or None for i in ids],
        matrix=matrix,
        rows=np.arange(1, len(ids) + 1),
        about={name: [value] * len(ids) for name, value in about.items()},
    )


_READERS: Mapping[str, Callable[[Path], RawVectors]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_csv,
    ".csv.gz": _read_csv,
    ".parquet": _read_parquet,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
}
