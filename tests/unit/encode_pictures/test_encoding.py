import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from parure.core.errors import InputError
from parure.encode.cache import VectorCache, content_hash
from parure.encode.encoding import encode_pictures
from parure.encode.models import open_encoder
from parure.encode.pictures import Picture
from parure.testing.encoder_contract import example_pictures


class Counting:
    """An encoder of two numbers that counts what it is asked for."""

    name, size = "counting", 2

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def encode(self, pictures):
        self.seen += pictures
        return np.array([[0.6, 0.8]] * len(pictures), np.float32)


def test_what_is_known_is_not_encoded_again(tmp_path):
    encoder, cache = Counting(), tmp_path / "cache.sqlite"
    pictures = [Picture("1", "a", b"one"), Picture("2", "b", b"two"), Picture("3", "c", b"one")]
    first = list(encode_pictures(pictures, encoder, cache, processes=1))
    assert [each.product_id for each in first] == ["1", "2", "3"]
    assert [each.computed for each in first] == [True, True, False]
    assert encoder.seen == [b"one", b"two"]
    assert not any(each.computed for each in encode_pictures(pictures, encoder, cache, processes=1))
    with VectorCache(cache) as kept:
        assert kept.vectors("counting", [content_hash(b"one")], 2).tolist() == [pytest.approx([0.6, 0.8])]
        assert kept.known("another", [content_hash(b"one")]) == set()


def test_what_cannot_be_read_is_reported_and_the_rest_is_encoded(tmp_path):
    good = example_pictures(1)[0]
    pictures = [Picture("1", "a", b"nothing"), Picture("2", "b", good), Picture("3", str(tmp_path / "none.jpg"))]
    found = list(encode_pictures(pictures, open_encoder(), tmp_path / "cache.sqlite", processes=1))
    assert [each.reason for each in found] == ["not_a_picture", None, "not_found"]
    assert found[0].sentence


@pytest.mark.slow
def test_several_processes_give_what_one_gives(tmp_path):
    contents = example_pictures(70, size=64)
    pictures = [Picture(str(row), "", content) for row, content in enumerate([*contents, b"nothing"])]
    encoder = open_encoder()
    one = list(encode_pictures(pictures, encoder, tmp_path / "one.sqlite", processes=1))
    two = list(encode_pictures(pictures, encoder, tmp_path / "two.sqlite", processes=2))
    assert one == two
    hashes = [each.content for each in one if each.reason is None]
    with VectorCache(tmp_path / "one.sqlite") as a, VectorCache(tmp_path / "two.sqlite") as b:
        assert np.array_equal(a.vectors(encoder.name, hashes, 1280), b.vectors(encoder.name, hashes, 1280))


PROGRAM = """
import sys
from pathlib import Path
from parure.encode.encoding import encode_pictures
from parure.encode.models import open_encoder
from parure.encode.pictures import pictures_of
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    products = [(file.stem, None) for file in sorted((folder / "images").iterdir())]
    found = list(encode_pictures(pictures_of(products, base=folder, folder=folder / "images"), open_encoder(),
                                 folder / "cache.sqlite", processes=2))
    print(sum(each.computed for each in found), len(found))
"""


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path):
    total = 600
    (tmp_path / "images").mkdir()
    drawn = example_pictures(20, size=64)
    for row in range(total):
        (tmp_path / "images" / f"{row:04d}.jpg").write_bytes(drawn[row % 20] + row.to_bytes(4, "little"))
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    run = [sys.executable, str(program), str(tmp_path)]
    running = subprocess.Popen(run, stdout=subprocess.DEVNULL)
    workers = wait_for(tmp_path / "cache.sqlite", running, at_least=64)
    running.kill()
    running.wait()
    with VectorCache(tmp_path / "cache.sqlite") as kept:
        done = len(kept)
    assert 64 <= done < total
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive, "processes outlive their parent"
    computed, found = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert int(found) == total
    assert int(computed) == total - done


def wait_for(cache: Path, running: subprocess.Popen, *, at_least: int) -> list[psutil.Process]:
    """The processes under a run, once so many vectors are kept."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert running.poll() is None, "the run ended before it could be killed"
        if cache.exists():
            with VectorCache(cache) as kept:
                if len(kept) >= at_least:
                    return psutil.Process(running.pid).children(recursive=True)
        time.sleep(0.05)
    raise AssertionError("nothing was kept")


def test_a_broken_cache_is_said(tmp_path):
    (tmp_path / "cache.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(InputError):
        VectorCache(tmp_path / "cache.sqlite")
