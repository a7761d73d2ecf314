"""Product embeddings: every format reads back what was written, and every row is accounted for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from parure.core import IdMap
from parure.core.errors import ColumnError, InputError, MissingExtraError, MissingInputError, SettingsError
from parure.ingest.embedding_export import export_vectors, write_vectors
from parure.ingest.embeddings import (
    ingest_embeddings,
    load_vectors,
    read_stored,
    vector_models,
)

FORMATS = ["v.npy", "v.npz", "v.csv", "v.csv.gz", "v.parquet", "v.h5", "v.hdf5"]
IDS = ["00123", "b", "ring, „gold“"]
MATRIX = np.array([[3.0, 4.0], [0.0, -2.0], [1e-30, 0.0]])
UNIT = np.array([[0.6, 0.8], [0.0, -1.0], [1.0, 0.0]], np.float32)


def npy(folder: Path, ids: list[str], matrix: np.ndarray) -> Path:
    np.save(folder / "v.npy", matrix)
    (folder / "product_ids.txt").write_text("\n".join(ids) + "\n", encoding="utf-8")
    return folder / "v.npy"


def quarantine(shop: Path) -> list[tuple[int, str]]:
    files = sorted((shop / "quarantine" / "embeddings").glob("*.parquet"))
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    return [(row["line"], row["reason"]) for row in rows]


def test_vectors_are_stored_with_length_one_in_id_order(tmp_path):
    report = ingest_embeddings(npy(tmp_path, IDS[::-1], MATRIX[::-1]), tmp_path / "shop")
    stored = read_stored(tmp_path / "shop")
    assert list(stored.items) == IDS
    assert stored.vectors.dtype == np.float32
    np.testing.assert_allclose(stored.vectors, UNIT)
    assert (report.rows_in, report.rows_accepted, report.rows_quarantined, report.dimension) == (3, 3, 0, 2)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_exported_in_a_format_is_read_back_the_same(tmp_path, name):
    shop, again = tmp_path / "shop", tmp_path / "again"
    ingest_embeddings(npy(tmp_path, IDS, MATRIX), shop, model="net/2", created_date="2026-05-01")
    (tmp_path / "out").mkdir()
    assert export_vectors(shop, tmp_path / "out" / name) == 3
    ingest_embeddings(tmp_path / "out" / name, again)
    assert vector_models(again) == ["net/2"]
    assert (again / "vectors" / "net%2F2.npz").read_bytes() == (shop / "vectors" / "net%2F2.npz").read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_counts_all_its_rows_when_some_are_bad(tmp_path, name):
    matrix = np.array([[1, 0], [0, 0], [np.nan, 1], [0, 1], [2, 2], [1, np.inf]], np.float32)
    write_vectors(tmp_path / name, ["a", "zero", "nan", "b", "a", "inf"], matrix, {})
    report = ingest_embeddings(tmp_path / name, tmp_path / "shop")
    assert report.rows_in == 6
    assert report.rows_accepted == 2
    assert report.rows_quarantined == 4
    assert sum(report.reasons.values()) == 4
    assert report.reasons["duplicate_id"] == 1
    assert list(read_stored(tmp_path / "shop").items) == ["a", "b"]


def test_a_vector_of_an_unknown_product_is_set_aside_with_its_row(tmp_path):
    shop = tmp_path / "shop"
    report = ingest_embeddings(npy(tmp_path, IDS, MATRIX), shop, products=IdMap.of(["00123", "b"]))
    assert report.reasons == {"orphan_product": 1}
    assert quarantine(shop) == [(3, "orphan_product")]


def test_csv_rows_are_named_by_their_line(tmp_path):
    (tmp_path / "v.csv").write_text("product_id,emb_0,emb_1\na,1,0\nb,1\nc,x,0\nd,0,0\n,1,1\ne,0,1\n")
    report = ingest_embeddings(tmp_path / "v.csv", tmp_path / "shop")
    assert sorted(quarantine(tmp_path / "shop")) == [
        (3, "malformed_row"),
        (4, "bad_type"),
        (5, "all_zero"),
        (6, "missing_value"),
    ]
    assert (report.rows_in, report.rows_accepted) == (6, 2)


def test_a_german_csv_with_semicolons_and_decimal_commas_is_read(tmp_path):
    (tmp_path / "v.csv").write_text("\ufeffproduct_id;emb_1;emb_0\nÄ;0,8;0,6\n", encoding="utf-8")
    ingest_embeddings(tmp_path / "v.csv", tmp_path / "shop")
    stored = read_stored(tmp_path / "shop")
    assert list(stored.items) == ["Ä"]
    np.testing.assert_allclose(stored.vectors, [[0.6, 0.8]])


def test_a_parquet_list_of_another_length_is_set_aside(tmp_path):
    table = pa.table({"product_id": ["a", "b", "c", "d"], "embedding": [[1.0, 0.0], [1.0], None, [0.0, 1.0]]})
    pq.write_table(table, tmp_path / "v.parquet")
    report = ingest_embeddings(tmp_path / "v.parquet", tmp_path / "shop")
    assert report.reasons == {"dimension": 2}
    assert quarantine(tmp_path / "shop") == [(2, "dimension"), (3, "dimension")]


def test_several_models_in_one_file_are_kept_apart(tmp_path):
    table = pa.table(
        {"product_id": ["a", "a"], "emb_0": [1.0, 0.0], "emb_1": [0.0, 1.0], "embedding_model": ["one", "two"]}
    )
    pq.write_table(table, tmp_path / "v.parquet")
    report = ingest_embeddings(tmp_path / "v.parquet", tmp_path / "shop")
    assert report.models == ("one", "two")
    assert report.rows_accepted == 2
    with pytest.raises(SettingsError, match="several models"):
        read_stored(tmp_path / "shop")
    np.testing.assert_allclose(load_vectors(tmp_path / "shop", IdMap.of(["a"]), "two"), [[0, 1]])


def test_the_same_file_again_changes_nothing(tmp_path):
    path = npy(tmp_path, IDS, MATRIX)
    assert ingest_embeddings(path, tmp_path / "shop").changed
    before = {p: p.read_bytes() for p in (tmp_path / "shop").rglob("*") if p.is_file()}
    assert not ingest_embeddings(path, tmp_path / "shop").changed
    assert before == {p: p.read_bytes() for p in (tmp_path / "shop").rglob("*") if p.is_file()}


def test_a_new_file_adds_products_and_renews_known_ones(tmp_path):
    shop = tmp_path / "shop"
    ingest_embeddings(npy(tmp_path, ["a", "c"], np.eye(2)), shop)
    ingest_embeddings(npy(tmp_path, ["c", "b"], np.eye(2)), shop)
    found = load_vectors(shop, IdMap.of(["a", "b", "c", "never"]))
    np.testing.assert_array_equal(found[:3], [[1, 0], [0, 1], [1, 0]])
    assert np.isnan(found[3]).all()


def test_another_dimension_for_the_same_model_is_refused(tmp_path):
    shop = tmp_path / "shop"
    ingest_embeddings(npy(tmp_path, ["a"], np.ones((1, 2))), shop)
    with pytest.raises(InputError, match=r"have 3 numbers.*have 2"):
        ingest_embeddings(npy(tmp_path, ["b"], np.ones((1, 3))), shop)
    assert list(read_stored(shop).items) == ["a"]


@pytest.mark.parametrize("name", ["v.npy", "v.npz"])
def test_pickled_objects_are_refused(tmp_path, name):
    objects = np.array([{"a": 1}], dtype=object)
    if name == "v.npy":
        np.save(tmp_path / name, objects, allow_pickle=True)
        (tmp_path / "product_ids.txt").write_text("a\n")
    else:
        np.savez(tmp_path / name, product_ids=np.array(["a"], dtype=object), embeddings=np.ones((1, 2)))
    with pytest.raises(InputError, match="never unpickles"):
        ingest_embeddings(tmp_path / name, tmp_path / "shop")


def test_hdf5_names_the_extra_when_h5py_is_not_installed(tmp_path, monkeypatch):
    (tmp_path / "v.h5").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"parure\[hdf5\]"):
        ingest_embeddings(tmp_path / "v.h5", tmp_path / "shop")


def test_hdf5_reads_ids_of_any_kind_of_text(tmp_path):
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["item_ids"] = np.array([b"x", b"y"])
        file["vectors"] = np.eye(2)
    ingest_embeddings(tmp_path / "v.h5", tmp_path / "shop")
    assert list(read_stored(tmp_path / "shop").items) == ["x", "y"]


def broken_no_ids(folder):
    np.save(folder / "v.npy", np.eye(2))
    return folder / "v.npy"


def broken_count(folder):
    return npy(folder, ["a"], np.eye(2))


def broken_shape(folder):
    return npy(folder, ["a"], np.ones(3))


def broken_text_matrix(folder):
    return npy(folder, ["a"], np.array([["x", "y"]]))


def broken_format(folder):
    (folder / "v.xml").write_text("<v/>")
    return folder / "v.xml"


def broken_missing(folder):
    return folder / "v.csv"


def broken_directory(folder):
    (folder / "v.npz").mkdir()
    return folder / "v.npz"


def broken_empty_csv(folder):
    (folder / "v.csv").write_text("")
    return folder / "v.csv"


def broken_header_only(folder):
    (folder / "v.csv").write_text("product_id,emb_0\n")
    return folder / "v.csv"


def broken_column(folder):
    (folder / "v.csv").write_text("produkt_id,emb_0\na,1\n")
    return folder / "v.csv"


def broken_truncated_npz(folder):
    np.savez(folder / "w.npz", product_ids=np.array(["a"]), embeddings=np.ones((1, 2)))
    (folder / "v.npz").write_bytes((folder / "w.npz").read_bytes()[:200])
    return folder / "v.npz"


def broken_truncated_npy(folder):
    path = npy(folder, ["a", "b"], np.eye(2))
    path.write_bytes(path.read_bytes()[:-8])
    return path


def broken_parquet(folder):
    (folder / "v.parquet").write_bytes(b"PAR1 nothing")
    return folder / "v.parquet"


def broken_nested_parquet(folder):
    pq.write_table(pa.table({"product_id": ["a"], "embedding": [{"x": 1.0}]}), folder / "v.parquet")
    return folder / "v.parquet"


def broken_hdf5(folder):
    (folder / "v.h5").write_bytes(b"not hdf5")
    return folder / "v.h5"


def broken_utf16(folder):
    (folder / "v.csv").write_text("product_id,emb_0\na,1\n", encoding="utf-16")
    return folder / "v.csv"


def broken_sidecar(folder):
    (folder / "v.json").write_text("{")
    return npy(folder, ["a"], np.ones((1, 2)))


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (broken_no_ids, MissingInputError, "product_ids.txt"),
        (broken_count, InputError, "2 vectors but 1 product ids"),
        (broken_shape, InputError, r"shape \(3,\)"),
        (broken_text_matrix, InputError, "expected numbers"),
        (broken_format, InputError, "not an embedding format"),
        (broken_missing, MissingInputError, "does not exist"),
        (broken_directory, MissingInputError, "is a directory"),
        (broken_empty_csv, MissingInputError, "is empty"),
        (broken_header_only, MissingInputError, "holds no embeddings"),
        (broken_column, ColumnError, "id"),
        (broken_truncated_npz, InputError, "cannot be read"),
        (broken_truncated_npy, InputError, "cannot be read"),
        (broken_parquet, InputError, "cannot be read"),
        (broken_nested_parquet, ColumnError, "lists of numbers"),
        (broken_hdf5, InputError, "cannot be read"),
        (broken_utf16, InputError, "UTF-8"),
        (broken_sidecar, InputError, "not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_gives_a_clear_error(tmp_path, make, kind, says):
    path = make(tmp_path)
    with pytest.raises(InputError, match=says) as caught:
        ingest_embeddings(path, tmp_path / "shop")
    assert caught.type is kind
    assert str(path.parent) in caught.value.message
    assert caught.value.hint
    assert not vector_models(tmp_path / "shop")


def test_a_sidecar_json_names_the_model_of_an_npy(tmp_path):
    (tmp_path / "v.json").write_text(json.dumps({"embedding_model": "lite0", "created_date": "2026-05-01"}))
    ingest_embeddings(npy(tmp_path, IDS, MATRIX), tmp_path / "shop")
    stored = read_stored(tmp_path / "shop", "lite0")
    assert stored.created_date == "2026-05-01"


def test_a_date_that_is_none_sets_the_row_aside(tmp_path):
    (tmp_path / "v.csv").write_text("product_id,emb_0,created_date\na,1,2026-05-01\nb,1,31.02.2026\n")
    assert ingest_embeddings(tmp_path / "v.csv", tmp_path / "shop").reasons == {"bad_type": 1}


def test_loading_without_any_vectors_says_what_to_do(tmp_path):
    with pytest.raises(MissingInputError, match="parure ingest"):
        load_vectors(tmp_path, IdMap.of(["a"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    matrix=hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.floats(width=64)),
    data=st.data(),
)
def test_rows_in_are_rows_accepted_and_rows_quarantined(tmp_path_factory, matrix, data):
    folder = tmp_path_factory.mktemp("v")
    ids = data.draw(st.lists(st.sampled_from(["a", "b", "ß", "d", "e"]), min_size=len(matrix), max_size=len(matrix)))
    report = ingest_embeddings(npy(folder, ids, matrix), folder / "shop", products=IdMap.of(["a", "b", "ß"]))
    assert report.rows_in == len(matrix) == report.rows_accepted + report.rows_quarantined
    assert sum(report.reasons.values()) == report.rows_quarantined == len(quarantine(folder / "shop"))
    if report.rows_accepted:
        stored = read_stored(folder / "shop")
        assert len(stored.items) == report.rows_accepted
        np.testing.assert_allclose(np.linalg.norm(stored.vectors, axis=1), 1, rtol=1e-5)
