"""Arrays and tables that processes share by mapping their files."""

import zipfile

import numpy as np
import pyarrow as pa
import pytest

from parure.core.artifacts import load_arrays, map_arrays, map_table, save_arrays, save_mappable
from parure.core.errors import BundleError

ARRAYS = {
    "a_long_name_that_moves_what_follows": np.arange(7, dtype=np.int8),
    "columns": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
    "empty": np.empty((0, 4), np.float64),
    "texts": np.array(["ring", "Anhänger"]),
    "number": np.array(3.5),
    "x": np.arange(1000, dtype=np.int64),
}


@pytest.fixture
def path(tmp_path):
    save_arrays(tmp_path / "arrays.npz", ARRAYS)
    return tmp_path / "arrays.npz"


def test_what_is_mapped_is_what_was_saved(path):
    for found in (map_arrays(path), load_arrays(path)):
        assert sorted(found) == sorted(ARRAYS)
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype


def test_every_array_begins_where_the_processor_likes_it(path):
    for name, array in map_arrays(path).items():
        assert array.flags.aligned, name
        assert not array.size or array.ctypes.data % 64 == 0, name


def test_what_one_process_writes_stays_with_it(path):
    mine, before = map_arrays(path), path.read_bytes()
    mine["x"][0] = 77
    assert map_arrays(path)["x"][0] == 0
    assert path.read_bytes() == before


def test_equal_arrays_give_equal_bytes(path, tmp_path):
    save_arrays(tmp_path / "again.npz", ARRAYS)
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_a_file_that_was_cut_short_is_refused(path):
    content = path.read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(BundleError, match="Cannot read arrays"):
            map_arrays(path)


def test_a_compressed_file_and_one_with_objects_are_refused(tmp_path):
    np.savez_compressed(tmp_path / "small.npz", x=np.arange(9))
    with pytest.raises(BundleError, match="compressed"):
        map_arrays(tmp_path / "small.npz")
    np.savez(tmp_path / "objects.npz", x=np.array([{}], dtype=object))
    with pytest.raises(BundleError, match="objects"):
        map_arrays(tmp_path / "objects.npz")


def test_an_array_larger_than_its_member_is_refused(tmp_path):
    head = np.lib.format.header_data_from_array_1_0(np.arange(1000))
    with zipfile.ZipFile(tmp_path / "lying.npz", "w") as archive, archive.open("x.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, head)
    with pytest.raises(BundleError, match="cut short"):
        map_arrays(tmp_path / "lying.npz")


def test_a_mapped_table_is_the_table_and_its_bytes_do_not_depend_on_its_chunks(tmp_path):
    table = pa.table({"name": ["ring", None, "band"], "tags": [["a"], [], None], "price": [1.5, None, 3.0]})
    parts = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    save_mappable(tmp_path / "one.arrow", table)
    save_mappable(tmp_path / "parts.arrow", parts)
    assert map_table(tmp_path / "one.arrow").equals(table)
    assert (tmp_path / "one.arrow").read_bytes() == (tmp_path / "parts.arrow").read_bytes()
    (tmp_path / "one.arrow").write_bytes(b"ARROW1 no more")
    with pytest.raises(BundleError, match="Cannot read the table"):
        map_table(tmp_path / "one.arrow")
    with pytest.raises(BundleError, match="Cannot read the table"):
        map_table(tmp_path / "none.arrow")
