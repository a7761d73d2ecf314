"""Small pictures of products for pages that carry everything inside: found, scaled, put side by side on one sheet."""

from __future__ import annotations

import base64
import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from parure.encode.encoder import PictureError
from parure.encode.pictures import Picture, pictures_by_id, pictures_in_parquet, pictures_of

if TYPE_CHECKING:
    from PIL import Image

_MOST_PIXELS: Final = 64_000_000


@dataclass(frozen=True)
class Sheet:
    """Thumbnails side by side, as one JPEG.

    Attributes:
        jpeg: The picture; empty where no product has one.
        columns: Cells in a row of the sheet.
        rows: Rows of the sheet.
        place: For each product that was asked for the number of its cell, counted by rows; -1 where it has no picture.
    """

    jpeg: bytes
    columns: int
    rows: int
    place: tuple[int, ...]

    @property
    def data_uri(self) -> str:
        """The sheet as an address that stands inside a page; empty where there is none."""
        return jpeg_uri(self.jpeg) if self.jpeg else ""


def jpeg_uri(jpeg: bytes) -> str:
    """A JPEG as an address that stands inside a page."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def product_pictures(
    ids: Sequence[str], addresses: Sequence[str | None], *, shop: Path, images: Path | None = None
) -> list[bytes | None]:
    """The picture files of products, as far as they lie on this machine; nothing is fetched from the web.

    Args:
        ids: The products.
        addresses: What the catalogue says about where each picture is.
        shop: The project directory.
        images: A folder of pictures, or a Parquet file of them; the folder ``images`` of the shop where None.

    Returns:
        The content of each product's file, None where there is none that can be read.

    Raises:
        MissingInputError: The folder or file is not there.
        InputError: The file holds no pictures.
    """
    if images is not None and images.is_file():
        wanted = set(ids)
        found = {each.product_id: each.content for each in pictures_in_parquet(images) if each.product_id in wanted}
        return [found.get(product_id) for product_id in ids]
    own = shop / "images"
    folder = images or (own if own.is_dir() else None)
    return [_content(each) for each in pictures_of(zip(ids, addresses, strict=True), base=shop, folder=folder)]


class PictureFiles:
    """The picture files of a shop, found once: for one picture at a time.

    Args:
        base: The shop's directory.
        folder: The folder of pictures; None for none.
    """

    def __init__(self, base: Path, folder: Path | None) -> None:
        self._found = pictures_by_id(base=base, folder=folder)

    @classmethod
    def of(cls, shop: Path, folder: Path | None) -> Self:
        """Those in a folder, or where None in the folder ``images`` of the shop, if it is there."""
        own = shop / "images"
        return cls(shop, folder or (own if own.is_dir() else None))

    def content(self, product_id: str, address: str | None) -> bytes | None:
        """The file of one product; None where there is none on this machine that can be read."""
        return _content(self._found(product_id, address))


def _content(picture: Picture) -> bytes | None:
    if picture.is_remote:
        return None
    try:
        return picture.read()
    except PictureError:
        # A product without a picture is shown without one; ``parure encode`` is who reports why.
        return None


def thumbnail(content: bytes, size: int) -> Image.Image | None:
    """A square picture of ``size`` pixels with the whole of the original in it; None where it cannot be read.

    What the original leaves free is filled with the colour of its corners, so that a white background stays one.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # A picture of very many pixels is refused below, by its header.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content)) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    return None
                opened.draft("RGB", (size * 3 // 2, size * 3 // 2))
                whole = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    picture = Image.new("RGB", whole.size, "white")
    picture.paste(whole, mask=whole.getchannel("A"))
    return ImageOps.pad(picture, (size, size), Image.Resampling.LANCZOS, color=_corner_colour(picture))


def _corner_colour(picture: Image.Image) -> tuple[int, ...]:
    right, bottom = picture.width - 1, picture.height - 1
    corners = [picture.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    return tuple(sorted(values)[1] for values in zip(*corners, strict=True))


def thumbnail_jpeg(content: bytes, size: int, *, quality: int = 80) -> bytes | None:
    """One thumbnail as a JPEG; None where the picture cannot be read."""
    picture = thumbnail(content, size)
    if picture is None:
        return None
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def sheet_of(pictures: Iterable[bytes | None], *, size: int, quality: int = 72) -> Sheet:
    """Put thumbnails of pictures side by side.

    Args:
        pictures: Contents of picture files, None for a product without one; what cannot be read counts as none.
        size: Side of a thumbnail, in pixels.
        quality: Of the JPEG, 1-95.

    Cost:
        About 3 ms a picture of 800 x 800; memory for the sheet and one picture.
    """
    from PIL import Image

    cells: list[Image.Image] = []
    place: list[int] = []
    for content in pictures:
        small = thumbnail(content, size) if content else None
        place.append(len(cells) if small is not None else -1)
        if small is not None:
            cells.append(small)
    if not cells:
        return Sheet(b"", 0, 0, tuple(place))
    columns = math.ceil(math.sqrt(len(cells)))
    rows = math.ceil(len(cells) / columns)
    sheet = Image.new("RGB", (columns * size, rows * size), "white")
    for cell, small in enumerate(cells):
        sheet.paste(small, (cell % columns * size, cell // columns * size))
    written = BytesIO()
    sheet.save(written, "JPEG", quality=quality, optimize=True)
    return Sheet(written.getvalue(), columns, rows, tuple(place))
