"""A store of vectors in a folder: items with attributes, asked by vector and filter."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parure.core.errors import BundleError, InputError, SettingsError
from parure.core.filters import ItemFilter
from parure.index import EmbeddedVectorStore, HnswIndex, choose, store

VECTORS = np.eye(6, dtype=np.float32) + 0.1
IDS = ["ring", "chain", "watch", "brooch", "cuff", "clip"]
ATTRIBUTES = pa.table(
    {"metal": ["gold", "gold", "steel", "gold", None, "steel"], "price_cents": [100, 200, 300, 0, 5, 6]}
)
GOLD = ItemFilter.any_of("metal", ["gold"])


def filled(folder: Path) -> EmbeddedVectorStore:
    made = EmbeddedVectorStore(folder, 6)
    made.upsert(IDS, VECTORS, ATTRIBUTES)
    return made


def names(found) -> list[str]:
    return [hit.item_id for hit in found[0]]


def test_the_most_alike_that_pass_the_filter_are_found(tmp_path: Path) -> None:
    made = filled(tmp_path)
    assert names(made.search(VECTORS[2:3], 2)) == ["watch", "brooch"]
    assert names(made.search(VECTORS[2:3], 9, item_filter=GOLD)) == ["brooch", "chain", "ring"]
    assert (made.count(), made.count(GOLD)) == (6, 3)
    with pytest.raises(SettingsError, match="did you mean 'metal'"):
        made.search(VECTORS, 1, item_filter=ItemFilter.any_of("metl", ["gold"]))


def test_what_was_flushed_is_there_when_opened_again_and_nothing_else(tmp_path: Path) -> None:
    with filled(tmp_path) as made:
        made.delete(["chain"])
    made.delete(["ring"])  # after the last flush
    again = EmbeddedVectorStore(tmp_path, 6)
    assert names(again.search(VECTORS[:1], 9, item_filter=GOLD)) == ["ring", "brooch"]
    assert len(list(tmp_path.iterdir())) == 2  # one folder of files, and the name of it


def test_an_update_without_attributes_keeps_them_and_a_new_item_has_none(tmp_path: Path) -> None:
    made = filled(tmp_path)
    made.upsert(["ring", "pin"], VECTORS[3:5])
    assert made.count(GOLD) == 3
    assert made.count(ItemFilter.of(["metal!=gold"])) == 4
    made.upsert(["ring"], VECTORS[3:4], pa.table({"metal": ["steel"]}))
    assert made.count(GOLD) == 2


def test_an_item_put_in_again_after_its_deletion_has_lost_its_attributes(tmp_path: Path) -> None:
    made = filled(tmp_path)
    assert made.delete(["ring", "nobody"]) == 1
    assert made.count(GOLD) == 2
    made.upsert(["other", "ring"], VECTORS[:2])
    assert made.count(GOLD) == 2
    assert made.count() == 7


def test_new_columns_are_empty_for_items_from_before(tmp_path: Path) -> None:
    made = filled(tmp_path)
    made.upsert(["pin"], VECTORS[:1], pa.table({"stone": ["opal"]}))
    assert made.count(ItemFilter.any_of("stone", ["opal"])) == 1
    assert made.count(GOLD) == 3


def test_wrong_attributes_are_refused_and_change_nothing(tmp_path: Path) -> None:
    made = filled(tmp_path)
    for wrong in (pa.table({"metal": ["a", "b"]}), pa.table({"metal": [1]})):
        with pytest.raises(InputError):
            made.upsert(["pin"], VECTORS[:1], wrong)
    assert made.count() == 6


def test_a_changed_or_missing_file_is_found_out(tmp_path: Path) -> None:
    filled(tmp_path).close()
    place = next(tmp_path.glob("written-*")) / "vectors.npz"
    content = bytearray(place.read_bytes())
    content[-100] ^= 1
    place.write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        EmbeddedVectorStore(tmp_path, 6)


def test_vectors_of_another_size_need_another_store(tmp_path: Path) -> None:
    filled(tmp_path).close()
    with pytest.raises(BundleError, match="expected 7"):
        EmbeddedVectorStore(tmp_path, 7)


def test_a_failed_flush_leaves_what_the_one_before_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(tmp_path)
    made.flush()
    made.delete(["ring"])
    monkeypatch.setattr(store, "sync_tree", lambda path: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        made.flush()
    assert EmbeddedVectorStore(tmp_path, 6).count() == 6
    assert len(list(tmp_path.iterdir())) == 2


def test_it_grows_into_a_graph_and_keeps_its_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "EXACT_UP_TO", 40)
    monkeypatch.setattr(store, "EXACT_UP_TO", 40)
    made = filled(tmp_path)
    made.delete(["chain"])
    made.upsert(["pin", "stud"], -VECTORS[:2], pa.table({"metal": ["gold", "tin"]}))
    assert isinstance(made.index, HnswIndex)
    assert names(made.search(VECTORS[:1], 9, item_filter=GOLD)) == ["ring", "brooch", "pin"]
    made.close()
    assert EmbeddedVectorStore(tmp_path, 6).count(GOLD) == 3


def test_a_folder_that_is_being_changed_is_read_by_others_and_changed_by_none(tmp_path: Path) -> None:
    filled(tmp_path).close()
    first, second = (EmbeddedVectorStore(tmp_path, 6) for _ in range(2))
    first.delete(["ring"])
    with pytest.raises(InputError, match="is being changed by another"):
        second.delete(["chain"])
    assert second.count() == EmbeddedVectorStore(tmp_path, 6).count() == 6
    first.flush()
    with pytest.raises(InputError, match="was changed by another store since") as caught:
        second.upsert(["pin"], VECTORS[:1])
    assert "Open it again" in caught.value.hint
    with EmbeddedVectorStore(tmp_path, 6) as third:
        third.upsert(["pin"], VECTORS[:1])
    assert EmbeddedVectorStore(tmp_path, 6).count() == 6


def test_a_process_that_ends_without_a_flush_leaves_no_lock(tmp_path: Path) -> None:
    left = (
        "import sys, os, numpy as np; from pathlib import Path; from parure.index import EmbeddedVectorStore\n"
        "made = EmbeddedVectorStore(Path(sys.argv[1]), 6); made.upsert(['a'], np.ones((1, 6), np.float32))\n"
        "print('changed', flush=True); sys.stdin.read(); os._exit(1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", left, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "changed\n"
        store = EmbeddedVectorStore(tmp_path, 6)
        with pytest.raises(InputError, match="is being changed by another process"):
            store.upsert(IDS, VECTORS)
        other.communicate()
    store.upsert(IDS, VECTORS)
    assert store.count() == 6


def test_threads_that_share_a_store_lose_nothing(tmp_path: Path) -> None:
    made = filled(tmp_path)

    def change(number: int) -> None:
        for step in range(20):
            made.upsert([f"{number}-{step}"], VECTORS[:1], pa.table({"metal": ["gold"]}))
            assert made.search(VECTORS[:1], 3, item_filter=GOLD)[0]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(change, range(4)))
    assert (made.count(), made.count(GOLD)) == (6 + 80, 3 + 80)
