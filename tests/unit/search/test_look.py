"""The second look at pictures: a copy is told from the same design in another colour."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from parure.core import IdMap
from parure.core.errors import BundleError
from parure.encode.thumbnails import BYTES, QUERY_SIDE, SIDE, Thumbnails, shrunk, write_thumbnails
from parure.search import SearchEngine, SearchQuery
from parure.search.look import NEAREST, Looks, differences

GOLD, SILVER, ROSE = (212, 170, 60), (170, 172, 178), (200, 130, 110)
RUBY, SAPPHIRE, EMERALD, PEARL = (190, 20, 50), (30, 60, 180), (20, 140, 80), (235, 225, 220)
DESIGNS = [(metal, stone) for metal in (GOLD, SILVER, ROSE) for stone in (RUBY, SAPPHIRE, EMERALD, PEARL)]


def ring(metal: tuple[int, ...], stone: tuple[int, ...]) -> NDArray[np.uint8]:
    """One design, in a metal and with a stone: uint8[224, 224, 3]."""
    down, right = np.mgrid[-1:1:224j, -1:1:224j]
    pixels = np.full((224, 224, 3), 244.0) - 10 * np.hypot(down, right)[:, :, None]
    shine = 0.75 + 0.25 * np.sin(5 * right + 2 * down)[:, :, None]
    band = np.abs(np.hypot(right, 1.3 * down - 0.2) - 0.5) < 0.07
    pixels[band] = (np.array(metal) * shine)[band]
    head = np.hypot(right - 0.05, down + 0.3) < 0.1
    pixels[head] = (np.array(stone) * shine)[head]
    return pixels.clip(0, 255).astype(np.uint8)


def turned(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    white = (255, 255, 255)
    return np.asarray(Image.fromarray(pixels).rotate(10, Image.Resampling.BICUBIC, fillcolor=white))


def cropped(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels[11:-11, 11:-11]).resize((224, 224)))


def relit(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    warm = np.array([1.05, 1.0, 0.93])
    return (((pixels - 128.0) * 0.85 + 118) * warm).clip(0, 255).astype(np.uint8)


def mirrored(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.mirror(Image.fromarray(pixels)))


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    return np.stack([shrunk(ring(*design)) for design in DESIGNS])


@pytest.mark.parametrize("change", [turned, cropped, relit, mirrored])
def test_a_changed_copy_is_found_among_the_same_design_in_other_metals_and_stones(
    pictures: NDArray[np.uint8], change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    looks = Looks(Thumbnails.of(pictures))
    # The vectors know the design alone, and lean to the first.
    cosines = np.linspace(0.95, 0.94, len(DESIGNS)).astype(np.float32)
    for row, design in enumerate(DESIGNS):
        query = shrunk(change(ring(*design)), QUERY_SIDE)
        found = looks.again(query, cosines, np.ones(len(DESIGNS), bool))
        assert int(found.argmax()) == row
        assert (found <= 1.001).all()


def test_the_same_picture_leaves_next_to_nothing_and_another_leaves_most(pictures: NDArray[np.uint8]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)
    left = differences(shrunk(ring(*DESIGNS[0]), QUERY_SIDE), np.concatenate([pictures[:1], noise]))
    assert left[0] < 0.1
    assert left[1] > 0.5


def test_what_is_only_alike_keeps_its_score_and_order(pictures: NDArray[np.uint8]) -> None:
    looks = Looks(Thumbnails.of(pictures))
    query = np.random.default_rng(2).integers(0, 256, (QUERY_SIDE, QUERY_SIDE, 3), np.uint8)
    cosines = np.random.default_rng(3).random(len(DESIGNS)).astype(np.float32)
    assert np.array_equal(looks.again(query, cosines, np.ones(len(DESIGNS), bool)), cosines)


def test_only_what_is_allowed_and_among_the_nearest_is_looked_at(pictures: NDArray[np.uint8]) -> None:
    query = shrunk(ring(*DESIGNS[0]), QUERY_SIDE)
    many = np.concatenate([pictures[:1], *[pictures[1:2]] * NEAREST])
    cosines = np.full(len(many), 0.5, np.float32)
    cosines[0] = 0.4
    assert Looks(Thumbnails.of(many)).again(query, cosines, np.ones(len(many), bool))[0] == np.float32(0.4)
    allowed = np.zeros(len(many), bool)
    allowed[[0, 3]] = True
    found = Looks(Thumbnails.of(many)).again(query, cosines, allowed)
    assert found[0] > 0.5
    assert np.array_equal(np.delete(found, [0, 3]), np.delete(cosines, [0, 3]))


def test_products_without_a_vector_or_a_thumbnail_are_left_alone(pictures: NDArray[np.uint8]) -> None:
    held = pa.chunked_array([pa.array([pictures[0].tobytes()], pa.binary(BYTES))])
    looks = Looks(Thumbnails(held, np.array([-1, 0, -1])))
    cosines = np.array([0.9, 0.8, -np.inf], np.float32)
    found = looks.again(shrunk(ring(*DESIGNS[0]), QUERY_SIDE), cosines, np.ones(3, bool))
    assert found[1] > found[0] == np.float32(0.9)
    assert found[2] == -np.inf


def test_the_engine_takes_a_second_look_where_it_is_given_one(pictures: NDArray[np.uint8]) -> None:
    table = pa.table({"item_id": [f"R{row:02d}" for row in range(len(DESIGNS))]})
    vectors = np.tile(np.float32([0.6, 0.8]), (len(DESIGNS), 1))
    engine = SearchEngine().fit(table).with_pictures(vectors, Thumbnails.of(pictures))
    look = shrunk(turned(ring(*DESIGNS[7])), QUERY_SIDE)
    asked = SearchQuery(picture=np.float32([0.6, 0.8]), look=look, facets=())
    assert engine.search(asked).item_ids[0] == "R07"
    assert "look" in engine.search(asked).took_ms
    without = SearchEngine().fit(table).with_pictures(vectors)
    assert without.search(asked).item_ids[0] == "R00"


def test_thumbnails_come_back_from_their_file_in_the_order_of_a_catalogue(
    tmp_path: Path, pictures: NDArray[np.uint8]
) -> None:
    place = tmp_path / "thumbnails.arrow"
    flat = pictures[:3].reshape(3, -1)
    write_thumbnails(place, ["a", "b", "c"], [b"1", b"2", b"3"], [flat[:2], flat[2:]])
    found = Thumbnails.read(place, IdMap.of(["c", "b", "z"]))
    assert found.there(np.arange(3)).tolist() == [True, True, False]
    # Rows of the catalogue are in id order: b, c, z.
    assert np.array_equal(found.take(np.array([1, 0])), pictures[[2, 1]])
    place.write_bytes(b"nothing")
    with pytest.raises(BundleError):
        Thumbnails.read(place, IdMap.of(["a"]))
