import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from parure.cli import encode as command
from parure.core.errors import InputError, MissingInputError
from parure.ingest import ingest
from parure.ingest.embeddings import read_stored, store_vectors
from parure.pipeline.encode_shop import encode_shop, encoder_of
from parure.testing.encoder_contract import example_pictures

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Four products: two with a picture, one with a broken one, one with none."""
    images = tmp_path / "images"
    images.mkdir()
    for name, content in zip("ab", example_pictures(2), strict=True):
        (images / f"{name}.jpg").write_bytes(content)
    (images / "c.jpg").write_bytes(b"nothing")
    lines = ["product_id,title,category,price,stock_status,image_url"]
    lines += [f"{each},Ring {each},rings,10.00,in_stock,images/{each}.jpg" for each in "abc"]
    (tmp_path / "products.csv").write_text(
        "\n".join([*lines, "d,Ring d,rings,10.00,in_stock,"]) + "\n", encoding="utf-8"
    )
    ingest(tmp_path, [str(tmp_path / "products.csv")])
    return tmp_path


def test_a_shop_gets_the_vectors_of_its_pictures(shop):
    report = encode_shop(shop, now=NOW)
    assert (report.products, report.encoded, report.computed) == (4, 2, 2)
    assert report.reasons == {"not_a_picture": 1, "no_picture": 1}
    stored = read_stored(shop)
    assert list(stored.items) == ["a", "b"]
    assert stored.created_date == "2026-05-01"
    encoder = encoder_of(shop, stored.model)
    assert np.array_equal(encoder.encode(example_pictures(2)), stored.vectors)


def test_again_nothing_is_computed_and_nothing_changes(shop):
    encode_shop(shop, now=NOW)
    files = {path: path.read_bytes() for path in (shop / "vectors").iterdir()}
    report = encode_shop(shop, now=NOW.replace(year=2027))
    assert (report.computed, report.changed) == (0, False)
    assert files == {path: path.read_bytes() for path in (shop / "vectors").iterdir()}


def test_pictures_without_a_vector_are_listed_with_their_reason(shop):
    report = encode_shop(shop, now=NOW)
    rows = pq.read_table(report.quarantine).to_pylist()
    assert [(json.loads(row["raw"])["product_id"], row["reason"]) for row in rows] == [
        ("c", "not_a_picture"),
        ("d", "no_picture"),
    ]
    for name in "cd":
        (shop / "images" / f"{name}.jpg").write_bytes(example_pictures(1)[0])
    assert encode_shop(shop, now=NOW, images=shop / "images").quarantine is None
    assert not report.quarantine.exists()


def test_a_shop_without_any_picture_is_told(shop):
    (shop / "none").mkdir()
    for file in (shop / "images").iterdir():
        file.unlink()
    with pytest.raises(MissingInputError, match="None of the 4 products"):
        encode_shop(shop, now=NOW, images=shop / "none")


def test_the_command_prints_the_report(shop):
    app = typer.Typer()
    command.register(app)
    done = CliRunner().invoke(app, ["--shop", str(shop), "--images", str(shop / "images"), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["encoded"] == 2
    assert "2 of 4 products" in CliRunner().invoke(app, ["--shop", str(shop)]).stdout


def test_vectors_stored_in_blocks_are_those_stored_at_once(tmp_path):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(10, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [f"p{row}" for row in range(10)]
    assert store_vectors(tmp_path, ids, vectors, "m", "2026-05-01")
    assert not store_vectors(tmp_path, ids, (vectors[row : row + 3] for row in range(0, 10, 3)), "m", "2026-05-01")
    assert np.array_equal(read_stored(tmp_path, "m").vectors, vectors)


def test_vectors_that_do_not_fit_are_refused_and_the_old_ones_stay(tmp_path):
    good = np.eye(2, dtype=np.float32)
    store_vectors(tmp_path, ["a", "b"], good, "m")
    for ids, vectors in (
        (["b", "a"], good),
        (["a"], good),
        (["a", "b"], good * 2),
        ([], good[:0]),
        (["a", "b"], good * np.nan),
    ):
        with pytest.raises(InputError):
            store_vectors(tmp_path, ids, vectors, "m")
    assert np.array_equal(read_stored(tmp_path, "m").vectors, good)
    assert [path.name for path in (tmp_path / "vectors").iterdir()] == ["m.npz"]
