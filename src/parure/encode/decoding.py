"""From the bytes of a picture file to the square of pixels that a model sees; the same way for index and query.

JPEG is decoded at half, a quarter or an eighth of its size where that still holds the target, and only the rest is
resized. Everything is judged before it is decoded, so that a small file cannot ask for gigabytes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import MissingExtraError
from parure.encode.encoder import PictureError
from parure.encode.preparation import Preparation

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]

MAX_FILE_BYTES = 64 << 20
"""A larger file is not opened."""
MAX_PIXELS = 80_000_000
"""A picture with more is not decoded: Pillow holds 80 megapixels in 320 MB, and product photographs have fewer."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
# Two-in-one files of cameras (MPO) are opened by the reader of JPEG.
_PAPER = (255, 255, 255)
_ORIENTATION = 0x0112
_DAMAGE = (ValueError, SyntaxError, TypeError, KeyError, IndexError, ArithmeticError, RuntimeError, MemoryError)
"""What Pillow's readers raise on nonsense inside a file, besides OSError."""


def decode(picture: bytes, preparation: Preparation) -> Pixels:
    """The pixels that a model sees.

    Turned as the EXIF says, transparency on white, the first frame of an animation; CMYK, grey and 16-bit pictures
    come out as RGB.

    Args:
        picture: Content of a picture file.
        preparation: Size and shape of what comes out.

    Returns:
        uint8[size, size, 3], red, green, blue.

    Raises:
        PictureError: It is no picture, damaged, too large, or of a kind that cannot be read.
        MissingExtraError: Pillow or simplejpeg is not installed.

    Cost:
        About 2 ms for a JPEG of 800 x 800.
    """
    with _opened(picture) as image:
        wanted = _target(image.size, preparation)
        orientation = image.getexif().get(_ORIENTATION, 1)
        content = _reduced_jpeg(picture, image, wanted)
        small = _resized(_rgb(image) if content is None else content, wanted)
        return _square(_upright(small, orientation), preparation)


@contextmanager
def _opened(picture: bytes) -> Iterator[Image]:
    """A picture whose header has been judged; what goes wrong while it is read is said as a PictureError."""
    _require_packages()
    from PIL import Image, UnidentifiedImageError

    if not picture:
        raise PictureError("empty", "The picture is empty.")
    if len(picture) > MAX_FILE_BYTES:
        raise PictureError("too_large", f"The picture has {len(picture):,} bytes; at most {MAX_FILE_BYTES:,} are read.")
    try:
        with warnings.catch_warnings():
            # What Pillow warns of is judged here, or does not change the pixels.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(picture), formats=_FORMATS) as image:
                _judge_size(*image.size)
                yield image
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("not_a_picture", "The file is no picture that can be read.") from error
    except Image.DecompressionBombError as error:
        raise PictureError("too_many_pixels", f"The picture has more than {MAX_PIXELS:,} pixels.") from error
    except (OSError, EOFError) as error:
        raise PictureError("truncated", f"The picture is cut off or damaged: {error}.") from error
    except _DAMAGE as error:
        raise PictureError("unsupported_picture", f"The picture cannot be decoded: {error}.") from error


def _judge_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        got = f"The picture has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} are decoded."
        raise PictureError("too_many_pixels", got, hint="Give a smaller version; 800 x 800 is plenty.")


@cache
def _require_packages() -> None:
    for module, package in (("PIL", "pillow"), ("simplejpeg", "simplejpeg")):
        if find_spec(module) is None:
            raise MissingExtraError(package, "pictures", "Opening a picture")


def _target(size: tuple[int, int], preparation: Preparation) -> tuple[int, int]:
    """Width and height to resize to, before the square is made."""
    side = preparation.size
    if preparation.shape == "stretch":
        return side, side
    scale = side / (max(size) if preparation.shape == "fit" else min(size))
    # A picture of 20,000 x 10 keeps at least one row, and one that is cropped gets no larger than its middle needs.
    longest = 8 * side
    return tuple(min(max(round(n * scale), 1), longest) for n in size)  # type: ignore[return-value]


def _reduced_jpeg(picture: bytes, image: Image, wanted: tuple[int, int]) -> Image | None:
    """A JPEG decoded no larger than needed; None where it is none, or Pillow has to see to it."""
    if image.format not in {"JPEG", "MPO"} or image.mode not in {"RGB", "L"}:
        return None
    import simplejpeg
    from PIL import Image

    width, height = image.size
    # Halves have fast inverse transforms in libjpeg-turbo; the eighths between them take longer than they save.
    part = next((n for n in (8, 4, 2) if -(-width // n) >= wanted[0] and -(-height // n) >= wanted[1]), 1)
    try:
        pixels = simplejpeg.decode_jpeg(
            picture, min_width=-(-width // part), min_height=-(-height // part), min_factor=1
        )
    except ValueError:
        # It stops at the slightest fault; Pillow tells the harmless ones from a picture that is cut off.
        return None
    return Image.fromarray(pixels)


def _rgb(image: Image) -> Image:
    """The first frame as RGB on white."""
    from PIL import Image

    image.load()
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        # A picture of 16 bits is sometimes opened as one of 32; its largest value tells.
        return Image.fromarray(
            (values >> (8 if values.max(initial=0) > 255 else 0)).clip(0, 255).astype(np.uint8)
        ).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        above = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, (*_PAPER, 255)), above).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _resized(image: Image, wanted: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    if image.size == wanted:
        return image
    # Where several pixels become one, their plain mean is as good as a weighted one and takes two thirds of the time.
    several = 3 * wanted[0] <= 2 * image.width and 3 * wanted[1] <= 2 * image.height
    return image.resize(wanted, Resampling.BOX if several else Resampling.BILINEAR, reducing_gap=2.0)


def _upright(image: Image, orientation: Any) -> Image:
    """Turned and mirrored as the camera's note says."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return image if turn is None else image.transpose(turn)


def _square(image: Image, preparation: Preparation) -> Pixels:
    """The picture in the middle of a white square, or what the square holds of it."""
    side = preparation.size
    pixels = np.asarray(image)
    if pixels.shape == (side, side, 3):
        return pixels
    square = np.full((side, side, 3), _PAPER, np.uint8)
    height, width = (min(n, side) for n in pixels.shape[:2])
    top, left = (side - height) // 2, (side - width) // 2
    from_top, from_left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    square[top : top + height, left : left + width] = pixels[
        from_top : from_top + height, from_left : from_left + width
    ]
    return square
