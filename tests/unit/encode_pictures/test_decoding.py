from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from parure.encode import decoding
from parure.encode.decoding import decode
from parure.encode.encoder import PictureError
from parure.encode.preparation import Preparation

SMALL = Preparation(size=32)
RED, WHITE = (255, 0, 0), (255, 255, 255)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def middle(pixels: np.ndarray) -> list[int]:
    return pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist()


def reason_of(content: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode(content, SMALL)
    return caught.value.reason


def test_a_wide_picture_is_kept_whole_on_white():
    pixels = decode(saved(Image.new("RGB", (64, 32), RED), "PNG"), SMALL)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert (pixels[8:24] == RED).all()
    assert (pixels[:8] == 255).all()
    assert (pixels[24:] == 255).all()


def test_stretching_fills_the_square_and_cropping_takes_the_middle():
    image = Image.new("RGB", (96, 32), RED)
    image.paste((0, 0, 255), (32, 0, 64, 32))
    content = saved(image, "PNG")
    assert (decode(content, Preparation(size=32, shape="crop")) == (0, 0, 255)).all()
    stretched = decode(content, Preparation(size=32, shape="stretch"))
    assert stretched[16, 2].tolist() == list(RED)
    assert middle(stretched) == [0, 0, 255]


def test_a_large_jpeg_decoded_in_part_looks_like_the_whole(photo):
    with Image.open(BytesIO(photo)) as image:
        wanted = image.convert("RGB").resize((224, 168), Image.Resampling.BOX)
    found = decode(photo, Preparation())[28:196]
    assert np.abs(found.astype(float) - np.asarray(wanted)).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(orientation):
    upright = Image.new("RGB", (48, 48), WHITE)
    upright.paste(RED, (0, 0, 24, 24))
    upright.paste((0, 0, 255), (24, 0, 48, 24))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind, options in (("PNG", {}), ("JPEG", {"quality": 100, "subsampling": 0})):
        pixels = decode(saved(stored, kind, exif=exif, **options), SMALL).astype(int)
        assert np.abs(pixels[4, 4] - RED).max() < 8
        assert np.abs(pixels[4, 28] - (0, 0, 255)).max() < 8
        assert np.abs(pixels[28, 4] - WHITE).max() < 8


def test_what_is_transparent_is_white():
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 16, 32))
    for kind in ("PNG", "WEBP", "TIFF"):
        pixels = decode(saved(image, kind, **({"lossless": True} if kind == "WEBP" else {})), SMALL)
        assert pixels[16, 4].tolist() == list(RED)
        assert pixels[16, 28].tolist() == list(WHITE)
    palette = saved(image.convert("RGB").quantize(4), "PNG", transparency=0)
    assert decode(palette, SMALL).shape == (32, 32, 3)


def test_cmyk_comes_out_as_rgb():
    pixels = decode(saved(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=100), SMALL)
    assert np.abs(np.array(middle(pixels)) - RED).max() < 12


def test_sixteen_bits_come_out_as_eight():
    grey = Image.fromarray(np.full((32, 32), 0x8000, np.uint16))
    assert middle(decode(saved(grey, "PNG"), SMALL)) == [128, 128, 128]
    assert middle(decode(saved(grey, "TIFF"), SMALL)) == [128, 128, 128]


def test_grey_and_black_and_white_come_out_as_rgb():
    assert middle(decode(saved(Image.new("L", (64, 64), 77), "JPEG", quality=100), SMALL)) == [77, 77, 77]
    assert middle(decode(saved(Image.new("1", (64, 64), 1), "PNG"), SMALL)) == [255, 255, 255]


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, (0, 255, 0), (0, 0, 255))]
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True})):
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert middle(decode(content, SMALL)) == list(RED)


def test_one_pixel_is_a_picture():
    assert (decode(saved(Image.new("RGB", (1, 1), RED), "PNG"), SMALL) == RED).all()


def test_a_picture_20_000_pixels_wide_keeps_a_line():
    for kind in ("PNG", "JPEG"):
        pixels = decode(saved(Image.new("RGB", (20_000, 30), (0, 0, 0)), kind), SMALL)
        assert (pixels[16] < 10).all() or (pixels[15] < 10).all()
        assert (pixels[0] == 255).all()


def test_a_file_is_judged_before_it_is_decoded(monkeypatch):
    bomb = saved(Image.new("L", (12_000, 12_000)), "PNG")
    assert len(bomb) < 1 << 20
    assert reason_of(bomb) == "too_many_pixels"
    monkeypatch.setattr(decoding, "MAX_FILE_BYTES", 100)
    assert reason_of(bomb) == "too_large"


def test_what_is_no_picture_is_said(photo):
    assert reason_of(b"") == "empty"
    assert reason_of(b"<html>not found</html>") == "not_a_picture"
    assert reason_of(bytes(range(256)) * 10) == "not_a_picture"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_off_is_refused(kind, photo):
    with Image.open(BytesIO(photo)) as image:
        whole = saved(image, kind)
    assert decode(whole, SMALL).shape == (32, 32, 3)
    assert reason_of(whole[: len(whole) // 2]) in {"truncated", "unsupported_picture", "not_a_picture"}


def test_damaged_bytes_never_raise_anything_else(photo, rng):
    with Image.open(BytesIO(photo)) as image:
        small = image.resize((64, 64))
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"):
        whole = saved(small, kind)
        for _ in range(25):
            damaged = bytearray(whole)
            for place in rng.integers(0, len(damaged), 8):
                damaged[place] = rng.integers(256)
            with suppress(PictureError):
                assert decode(bytes(damaged), SMALL).shape == (32, 32, 3)


def test_the_same_bytes_give_the_same_pixels(photo):
    assert np.array_equal(decode(photo, SMALL), decode(photo, SMALL))
