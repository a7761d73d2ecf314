"""Product embeddings: checked, turned into unit vectors and kept as one file a model under ``<shop>/vectors``.

The stored file is an ``.npz`` of plain arrays: ``vectors`` (float32 unit vectors, rows in id order), ``id_bytes`` and
``id_ends`` (UTF-8 ids end to end), ``about`` (JSON). It is written beside its place and moved there in one step. Rows
that are wrong go to ``<shop>/quarantine/embeddings`` with file, row number and reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from zipfile import ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core import IdMap
from parure.core.artifacts import load_arrays, load_json, save_arrays, save_json, save_table
from parure.core.errors import InputError, MissingInputError, SettingsError
from parure.ingest.embedding_checks import Reasons, judge, judge_dates
from parure.ingest.embedding_files import RawVectors, read_vectors

DEFAULT_MODEL = "default"
"""Name of the model where neither the file nor the caller says one."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class EmbeddingsReport:
    """What happened to one file of embeddings; ``rows_in == rows_accepted + rows_quarantined`` always holds.

    Attributes:
        file: Name of the file.
        content_hash: SHA-256 of the file.
        models: Names of the models it held vectors of.
        dimension: Numbers in a vector.
        rows_in: Rows found.
        rows_accepted: Rows stored.
        rows_quarantined: Rows set aside.
        reasons: Reason code -> rows.
        changed: Whether anything stored is different now.
    """

    file: str
    content_hash: str
    models: tuple[str, ...]
    dimension: int
    rows_in: int
    rows_accepted: int
    rows_quarantined: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    changed: bool = True

    def to_dict(self) -> dict[str, object]:
        """The report as JSON-ready values."""
        return {**self.__dict__, "models": list(self.models), "reasons": dict(sorted(self.reasons.items()))}


@dataclass(frozen=True)
class StoredVectors:
    """The vectors of one model.

    Attributes:
        model: Its name.
        items: The products that have one, in row order.
        vectors: float32[len(items), dimension], unit length.
        created_date: When they were made, as the file said; empty where it did not.
    """

    model: str
    items: IdMap
    vectors: Vectors
    created_date: str = ""


def ingest_embeddings(
    path: Path, shop: Path, *, products: IdMap | None = None, model: str = "", created_date: str = ""
) -> EmbeddingsReport:
    """Take a file of product embeddings into a shop.

    A product that has a vector of the model already gets the new one. The same file again changes nothing.

    Args:
        path: The file; see :mod:`parure.ingest.embedding_files` for the formats.
        shop: The shop's directory.
        products: The products of the shop; vectors of others are set aside. None: all are taken.
        model: Name of the model that made the vectors; what the file says where empty, else ``default``.
        created_date: Day they were made (``2026-05-01``); what the file says where empty.

    Raises:
        MissingInputError: The file is not there or empty.
        InputError: It is broken, or its dimension is not that of the model's stored vectors.
        MissingExtraError: HDF5 without the package h5py.

    Cost:
        Reading, and about three copies of the matrix in memory.
    """
    raw = read_vectors(path)
    models = _column(raw, "embedding_model", model) or [DEFAULT_MODEL] * len(raw.ids)
    reasons, details = judge(raw, models, products)
    dates = _column(raw, "created_date", created_date) or [""] * len(raw.ids)
    reasons, details = judge_dates(dates, reasons, details)
    unit = _unit_vectors(raw.matrix)
    groups = _groups(models, reasons)
    merged = [_merged(shop, name, raw, unit, rows, dates) for name, rows in groups.items()]
    content_hash = _file_hash(path)
    changes = [_save(shop, stored) for stored in merged]
    _write_quarantine(shop, path, content_hash, raw, reasons, details)
    accepted = sum(len(rows) for rows in groups.values())
    report = EmbeddingsReport(
        file=path.name,
        content_hash=content_hash,
        models=tuple(sorted(groups)),
        dimension=raw.matrix.shape[1],
        rows_in=len(raw.ids),
        rows_accepted=accepted,
        rows_quarantined=len(raw.ids) - accepted,
        reasons={code: int((reasons == code).sum()) for code in sorted(set(reasons) - {""})},
        changed=any(changes),
    )
    _record(shop, report)
    return report


def embedding_reports(shop: Path) -> list[EmbeddingsReport]:
    """What happened to each file of embeddings that a shop took in, ordered by name; the last time counts.

    Raises:
        BundleError: The list on disk is broken.
    """
    place = shop / "vectors" / "files.json"
    if not place.exists():
        return []
    return [EmbeddingsReport(**{**each, "models": tuple(each["models"])}) for each in load_json(place)]


def vector_models(shop: Path) -> list[str]:
    """Names of the models that a shop has vectors of."""
    return sorted(unquote(file.stem) for file in (shop / "vectors").glob("*.npz"))


def read_stored(shop: Path, model: str = "") -> StoredVectors:
    """The vectors of one model as they are stored.

    Args:
        shop: The shop's directory.
        model: Name of the model; may be empty where there is only one.

    Raises:
        MissingInputError: The shop has none of that model.
        SettingsError: There are several models and none was named.
        BundleError: The stored file is broken.
    """
    models = vector_models(shop)
    if not model and len(models) > 1:
        raise SettingsError(f"{shop} has vectors of several models: {', '.join(models)}.", hint="Name one of them.")
    if not models or (model and model not in models):
        got = f"only of {', '.join(models)}" if models else "none at all"
        wanted = f" of the model {model!r}" if model else ""
        raise MissingInputError(f"{shop} has no vectors{wanted}: {got}.", hint="Take some in with parure ingest.")
    arrays = load_arrays(_place(shop, model or models[0]))
    about = json.loads(arrays["about"].tobytes())
    offsets = np.concatenate([np.zeros(1, np.int32), arrays["id_ends"]]).astype(np.int32)
    ids = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(arrays["id_bytes"]))
    return StoredVectors(about["embedding_model"], IdMap(ids), arrays["vectors"], about["created_date"])


def load_vectors(shop: Path, items: IdMap, model: str = "") -> Vectors:
    """The vectors of one model in the row order of a catalogue.

    Args:
        shop: The shop's directory.
        items: The catalogue.
        model: Name of the model; may be empty where there is only one.

    Returns:
        float32[len(items), dimension], unit length; rows of NaN for products without a vector.

    Raises:
        MissingInputError: The shop has none of that model.
        SettingsError: There are several models and none was named.
        BundleError: The stored file is broken.
    """
    stored = read_stored(shop, model)
    rows = items.translate(stored.items)
    found = np.full((len(items), stored.vectors.shape[1]), np.nan, np.float32)
    found[rows >= 0] = stored.vectors[rows[rows >= 0]]
    return found


def store_vectors(
    shop: Path, ids: Sequence[str], vectors: Vectors | Iterable[Vectors], model: str, created: str = ""
) -> bool:
    """Store the vectors of a model, in place of those that the shop has of it.

    Args:
        shop: The shop's directory.
        ids: Products, distinct and in ascending order.
        vectors: float32[len(ids), dimension], unit length; or its blocks of rows, one after the other, which keeps
            memory flat.
        model: Name of the model.
        created: Day they were made (``2026-05-01``).

    Returns:
        Whether anything stored is different now.

    Raises:
        InputError: The ids are not ascending, a vector is not finite or not of length 1, the number of rows is another
            one, or the disk takes nothing.
    """
    if any(a >= b for a, b in pairwise(ids)) or not ids:
        raise InputError("The ids of vectors must be distinct, ascending and at least one.", hint="Sort them.")
    blocks = iter([vectors]) if isinstance(vectors, np.ndarray) else iter(vectors)
    place = _place(shop, model)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _write_blocks(partial, ids, blocks, {"created_date": created, "embedding_model": model})
        changed = not place.exists() or _file_hash(place) != _file_hash(partial)
        partial.replace(place)
    except OSError as error:
        raise InputError(f"Cannot write {place}: {error.strerror}.", hint="Check the disk and its rights.") from error
    finally:
        partial.unlink(missing_ok=True)
    return changed


def _column(raw: RawVectors, name: str, override: str) -> list[str]:
    """One text a row: the caller's, else the file's."""
    if override:
        return [override] * len(raw.ids)
    default = DEFAULT_MODEL if name == "embedding_model" else ""
    return [value or default for value in raw.about.get(name, [])]


def _groups(models: list[str], reasons: Reasons) -> dict[str, NDArray[np.int64]]:
    """Accepted rows by model."""
    names = np.array(models, dtype=object)
    accepted = reasons == ""
    return {name: np.flatnonzero(accepted & (names == name)) for name in sorted(set(names[accepted]))}


def _unit_vectors(matrix: NDArray[np.float64]) -> Vectors:
    """Rows of length 1, float32; rows without a direction are left to the judge."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # The largest number goes out first: the square of a very large or small one would leave the range.
        scaled = matrix / np.abs(matrix).max(axis=1, keepdims=True)
        unit: Vectors = (scaled / np.sqrt((scaled**2).sum(axis=1, keepdims=True))).astype(np.float32)
    return unit


# -- storing ----------------------------------------------------------------------------------------------------------


def _place(shop: Path, model: str) -> Path:
    return shop / "vectors" / f"{quote(model, safe=' ')}.npz"


def _merged(
    shop: Path, model: str, raw: RawVectors, unit: Vectors, rows: NDArray[np.int64], dates: list[str]
) -> StoredVectors:
    """The stored vectors of a model with the new rows put in."""
    created = max((dates[row] for row in rows.tolist()), default="")
    new_ids = [str(raw.ids[row]) for row in rows.tolist()]
    new_vectors = unit[rows]
    if model in vector_models(shop):
        old = read_stored(shop, model)
        if old.vectors.shape[1] != unit.shape[1]:
            raise InputError(
                f"The new vectors have {unit.shape[1]} numbers, those stored for the model {model!r} have "
                f"{old.vectors.shape[1]}.",
                hint=f"Name another model, or remove {_place(shop, model)}.",
            )
        kept = old.items.translate(IdMap.of(new_ids)) < 0
        new_ids += [i for i, keep in zip(old.items, kept, strict=True) if keep]
        new_vectors = np.vstack([new_vectors, old.vectors[kept]])
        created = max(created, old.created_date)
    items = IdMap.of(new_ids)
    vectors = np.empty_like(new_vectors)
    vectors[items.rows_of(new_ids)] = new_vectors
    return StoredVectors(model, items, vectors, created)


def _save(shop: Path, stored: StoredVectors) -> bool:
    """Write the vectors in one step; False where the same bytes stood there already."""
    ids = [i.encode() for i in stored.items]
    about = json.dumps({"created_date": stored.created_date, "embedding_model": stored.model}).encode()
    place = _place(shop, stored.model)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        save_arrays(
            partial,
            {
                "about": np.frombuffer(about, np.uint8),
                "id_bytes": np.frombuffer(b"".join(ids), np.uint8),
                "id_ends": np.cumsum([len(i) for i in ids], dtype=np.int32),
                "vectors": stored.vectors,
            },
        )
        changed = not place.exists() or _file_hash(place) != _file_hash(partial)
        partial.replace(place)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"Cannot write {place}: {error.strerror}.", hint="Check the disk and its rights.") from error
    return changed


def _write_blocks(place: Path, ids: Sequence[str], blocks: Iterator[Vectors], about: Mapping[str, str]) -> None:
    """The same file as :func:`_save` writes, with the matrix written block by block."""
    first = next(blocks, np.empty((0, 0), np.float32))
    encoded = [i.encode() for i in ids]
    small: dict[str, NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(dict(about)).encode(), np.uint8),
        "id_bytes": np.frombuffer(b"".join(encoded), np.uint8),
        "id_ends": np.cumsum([len(i) for i in encoded], dtype=np.int32),
    }
    save_arrays(place, small)
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(ids), first.shape[1])}
    rows = 0
    with ZipFile(place, "a") as archive, archive.open(ZipInfo("vectors.npy"), "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for block in chain([first], blocks):
            _require_units(block, first.shape[1])
            member.write(np.ascontiguousarray(block, "<f4").tobytes())
            rows += len(block)
    if rows != len(ids):
        raise InputError(f"There are {rows:,} vectors for {len(ids):,} ids.", hint="Give one vector an id.")


def _require_units(block: Vectors, dimension: int) -> None:
    lengths = np.linalg.norm(block, axis=1)
    if block.shape[1] != dimension or not np.allclose(lengths, 1, atol=1e-3):
        raise InputError(
            f"Vectors of {dimension} numbers and length 1 were expected; one is not.", hint="Encode the pictures anew."
        )


def _record(shop: Path, report: EmbeddingsReport) -> None:
    """Keep the figures of a file, in place of those that the same content had before."""
    others = [each for each in embedding_reports(shop) if each.content_hash != report.content_hash]
    reports = sorted([*others, report], key=lambda each: (each.file, each.content_hash))
    place = shop / "vectors" / "files.json"
    partial = place.with_suffix(f".{os.getpid()}.partial")
    place.parent.mkdir(parents=True, exist_ok=True)
    save_json(partial, [{**each.to_dict(), "changed": True} for each in reports])
    partial.replace(place)


def _file_hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


_COLUMNS = {"missing_value": "product_id", "orphan_product": "product_id", "duplicate_id": "product_id"}


def _sentence(detail: str) -> str:
    return f"{detail[:1].upper()}{detail[1:]}."


def _write_quarantine(
    shop: Path, path: Path, content_hash: str, raw: RawVectors, reasons: Reasons, details: list[str]
) -> None:
    """One Parquet file for each file with faults, named by its content, so that a re-run replaces it."""
    rows = np.flatnonzero(reasons != "").tolist()
    place = shop / "quarantine" / "embeddings" / f"{content_hash[:16]}.parquet"
    if not rows:
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    save_table(
        partial,
        pa.table(
            {
                "file": pa.array([path.name] * len(rows)),
                "line": pa.array(raw.rows[rows]),
                "reason": pa.array([str(reasons[row]) for row in rows]),
                "column": pa.array([_COLUMNS.get(str(reasons[row]), "embedding") for row in rows]),
                "sentence": pa.array([_sentence(details[row]) for row in rows]),
                "reasons": pa.array([[str(reasons[row])] for row in rows]),
                "raw": pa.array([json.dumps({"product_id": raw.ids[row]}, ensure_ascii=False) for row in rows]),
            }
        ),
    )
    partial.replace(place)
