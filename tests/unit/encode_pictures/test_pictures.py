import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parure.core.errors import ColumnError, InputError, MissingInputError
from parure.encode.encoder import PictureError
from parure.encode.pictures import pictures_in_parquet, pictures_of


def places(products, base, folder=None):
    return {each.product_id: each for each in pictures_of(products, base=base, folder=folder)}


def test_a_folder_is_searched_for_the_products_id(tmp_path):
    (tmp_path / "rings").mkdir()
    (tmp_path / "rings" / "R1.JPG").write_bytes(b"one")
    (tmp_path / "R1_2.jpg").write_bytes(b"another view")
    (tmp_path / "R2.txt").write_bytes(b"no picture")
    found = places([("R1", None), ("R2", None)], tmp_path, tmp_path)
    assert found["R1"].read() == b"one"
    with pytest.raises(PictureError) as caught:
        found["R2"].read()
    assert caught.value.reason == "no_picture"


def test_the_scheme_of_h_and_m_is_found_with_and_without_the_leading_zero(tmp_path):
    (tmp_path / "010").mkdir()
    (tmp_path / "010" / "0108775015.jpg").write_bytes(b"top")
    found = places([("0108775015", None), ("108775015", None)], tmp_path, tmp_path)
    assert found["0108775015"].read() == found["108775015"].read() == b"top"


def test_image_url_is_a_path_below_the_shop_or_an_address(tmp_path):
    (tmp_path / "a b.jpg").write_bytes(b"file")
    products = [
        ("1", "a b.jpg"),
        ("2", "https://shop.example/x.jpg"),
        ("3", (tmp_path / "a b.jpg").as_uri()),
        ("4", "x.jpg"),
    ]
    found = places(products, tmp_path)
    assert found["1"].read() == found["3"].read() == b"file"
    assert found["2"].is_remote
    with pytest.raises(PictureError) as caught:
        found["4"].read()
    assert caught.value.reason == "not_found"


@pytest.mark.parametrize("url", ["../secret.jpg", "/etc/hostname", "file:///etc/hostname", "ftp://a.b/c.jpg"])
def test_a_path_outside_the_shop_is_refused(url, tmp_path):
    shop = tmp_path / "shop"
    shop.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    with pytest.raises(PictureError) as caught:
        places([("1", url)], shop)["1"].read()
    assert caught.value.reason == "address_refused"


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(MissingInputError):
        places([], tmp_path, tmp_path / "none")


def test_a_parquet_file_may_hold_the_bytes(tmp_path):
    file = tmp_path / "pictures.parquet"
    pq.write_table(pa.table({"item_id": [1, 2], "jpeg": pa.array([b"one", None], pa.binary())}), file)
    first, second = pictures_in_parquet(file)
    assert (first.product_id, first.read()) == ("1", b"one")
    with pytest.raises(PictureError):
        second.read()


def test_a_parquet_file_may_hold_them_in_a_struct(tmp_path):
    file = tmp_path / "pictures.parquet"
    cells = pa.array([{"bytes": b"one", "path": "x"}], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    pq.write_table(pa.table({"id": ["a"], "image": cells}), file)
    assert next(pictures_in_parquet(file)).read() == b"one"


def test_a_parquet_file_without_pictures_is_said(tmp_path):
    file = tmp_path / "pictures.parquet"
    pq.write_table(pa.table({"item_id": [1]}), file)
    with pytest.raises(ColumnError):
        list(pictures_in_parquet(file))
    file.write_bytes(b"nothing")
    with pytest.raises(InputError):
        list(pictures_in_parquet(file))
