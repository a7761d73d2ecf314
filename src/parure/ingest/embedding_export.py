"""Stored product embeddings, written to files of every format that :mod:`parure.ingest.embedding_files` reads.

For those who take a shop's vectors elsewhere, or hand vectors of their own model to another shop::

    export_vectors(Path("my-shop"), Path("vectors.parquet"))
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from parure.core.artifacts import save_arrays, save_table
from parure.core.errors import InputError
from parure.ingest.embedding_files import ending_of, import_h5py
from parure.ingest.embeddings import read_stored


def write_vectors(path: Path, ids: list[str], vectors: NDArray[np.float32], about: Mapping[str, str]) -> None:
    """Write embeddings in the format that the end of the name says; :func:`read_vectors` reads them back.

    Args:
        path: Where; an existing file is replaced.
        ids: Product ids.
        vectors: float32[len(ids), dimension].
        about: ``embedding_model`` and ``created_date``, where known.

    Raises:
        InputError: The format is unknown.
        MissingExtraError: HDF5 without the package h5py.
    """
    writer = _WRITERS.get(ending_of(path))
    if writer is None:
        raise InputError(
            f"{path.name!r} does not end like an embedding format; expected one of {', '.join(sorted(_WRITERS))}.",
            hint="Choose another file name.",
        )
    writer(path, ids, vectors, about)


def export_vectors(shop: Path, target: Path, model: str = "") -> int:
    """Write the vectors of one model to a file of any embedding format, which :func:`ingest_embeddings` reads back.

    Args:
        shop: The shop's directory.
        target: The file; its ending says the format.
        model: Name of the model; may be empty where there is only one.

    Returns:
        How many vectors were written.

    Raises:
        InputError: The format is unknown.
        MissingInputError: The shop has none of that model.
    """
    stored = read_stored(shop, model)
    about = {"embedding_model": stored.model} | ({"created_date": stored.created_date} if stored.created_date else {})
    write_vectors(target, list(stored.items), stored.vectors, about)
    return len(stored.items)


_Writer = Callable[[Path, list[str], NDArray[np.float32], Mapping[str, str]], None]


def _write_npy(path: Path, ids: list[str], vectors: NDArray[np.float32], about: Mapping[str, str]) -> None:
    np.save(path, vectors, allow_pickle=False)
    path.with_name(f"{path.stem}.product_ids.txt").write_text("".join(f"{i}\n" for i in ids), encoding="utf-8")
    if about:
        path.with_suffix(".json").write_text(json.dumps(dict(about), sort_keys=True) + "\n", encoding="utf-8")


def _write_npz(path: Path, ids: list[str], vectors: NDArray[np.float32], about: Mapping[str, str]) -> None:
    texts = {name: np.array(value) for name, value in about.items()}
    save_arrays(path, {"product_ids": np.array(ids, dtype=np.str_), "embeddings": vectors, **texts})


def _write_csv(path: Path, ids: list[str], vectors: NDArray[np.float32], about: Mapping[str, str]) -> None:
    columns: dict[str, Any] = {"product_id": pa.array(ids, pa.string())}
    columns.update({f"emb_{place}": pa.array(vectors[:, place]) for place in range(vectors.shape[1])})
    columns.update({name: pa.array([value] * len(ids)) for name, value in about.items()})
    with pa.output_stream(path, compression="detect") as sink:
        pacsv.write_csv(pa.table(columns), sink)


def _write_parquet(path: Path, ids: list[str], vectors: NDArray[np.float32], about: Mapping[str, str]) -> None:
    lists = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    texts = {name: pa.array([value] * len(ids)) for name, value in about.items()}
    save_table(path, pa.table({"product_id": pa.array(ids, pa.string()), "embedding": lists, **texts}))


def _write_hdf5(path: Path, ids: list[str], vectors: NDArray[np.float32], about: Mapping[str, str]) -> None:
    h5py = import_h5py()
    with h5py.File(path, "w") as file:
        file.create_dataset("product_ids", data=ids, dtype=h5py.string_dtype())
        file.create_dataset("embeddings", data=vectors)
        file.attrs.update(about)


_WRITERS: Mapping[str, _Writer] = {
    ".npy": _write_npy,
    ".npz": _write_npz,
    ".csv": _write_csv,
    ".csv.gz": _write_csv,
    ".parquet": _write_parquet,
    ".h5": _write_hdf5,
    ".hdf5": _write_hdf5,
}
