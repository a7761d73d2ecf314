"""Small pictures are kept: in few sizes, within their room, and no longer than the bundle is served."""

import gc
import io
import threading

import pytest
from PIL import Image

from parure.pipeline.settings import load_settings
from parure.serving import pictures as pictures_module
from parure.serving.pictures import SIZES, Pictures
from parure.serving.worker import Worker
from parure.store import Store


@pytest.fixture(scope="module")
def worker(copied):
    with Store.open(copied) as store:
        worker = Worker(copied, load_settings(copied, {}), store)
        yield worker
        worker.served.close()
    gc.unfreeze()


@pytest.fixture
def pictures(worker):
    return Pictures(worker)


def kept(pictures):
    """What is kept, after a look at whether its size is known."""
    assert pictures._size == sum(len(sent.content) for sent in pictures._kept.values())
    return [*pictures._kept]


def test_sizes_are_rounded_up_to_few_so_that_one_product_cannot_fill_the_room(pictures):
    sides = {size: Image.open(io.BytesIO(pictures.of("P00002", size).content)).size for size in range(16, 1025, 16)}
    assert {*sides.values()} == {(side, side) for side in SIZES}
    assert all(size <= width and (size > 64 or width == 64) for size, (width, _) in sides.items())
    assert kept(pictures) == [("P00002", size) for size in SIZES]


def test_two_who_miss_the_same_picture_at_once_count_it_once(pictures, monkeypatch):
    both, make = threading.Barrier(2, timeout=30), pictures_module.thumbnail_jpeg

    def at_once(content, size):
        both.wait()
        return make(content, size)

    monkeypatch.setattr(pictures_module, "thumbnail_jpeg", at_once)
    threads = [threading.Thread(target=pictures.of, args=("P00002", 64)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(pictures) == [("P00002", 64)]


def test_what_was_not_asked_for_the_longest_time_makes_room(pictures, monkeypatch):
    one, two = (pictures.of(item, 64) for item in ("P00001", "P00002"))
    monkeypatch.setattr(pictures_module, "_KEPT_BYTES", len(one.content) + len(two.content) + 1)
    assert pictures.of("P00001", 64) is one
    pictures.of("P00001", 96)
    assert ("P00002", 64) not in kept(pictures)
    monkeypatch.setattr(pictures_module, "_KEPT_BYTES", 1)
    pictures.of("P00003", 64)
    assert kept(pictures) == []


def test_a_new_bundle_brings_new_pictures(pictures, worker, copied):
    old = pictures.of("P00002", 64)
    folder = copied / "exports" / "images"
    (file,) = (each for each in folder.rglob("*") if each.stem == "P00002")
    file.write_bytes(next(each for each in folder.rglob("*") if each.stem == "P00003").read_bytes())
    assert pictures.of("P00002", 64) is old
    before = worker.served.answers.version
    (other,) = {each.name for each in (copied / "bundles").iterdir() if each.is_dir()} - {before}
    worker.take(worker.opened(other))
    assert pictures.of("P00002", 64).content == pictures.of("P00003", 64).content
    assert pictures._files is not None
