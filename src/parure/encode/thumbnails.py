"""Small copies of the products' pictures, kept beside their vectors: what a search looks at after the vectors.

A vector says what a picture is like, and says it alike of the same ring in silver and in white gold. Where it matters
which of them a picture shows, the pixels decide; a few of them are enough.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parure.core.errors import BundleError, InputError
from parure.core.ids import IdMap
from parure.encode.decoding import Pixels, decode
from parure.encode.preparation import Preparation

SIDE = 48
"""Side of a thumbnail, in pixels; a stone in a ring still has a few of them."""
QUERY_SIDE = 2 * SIDE
"""Side of the picture that is looked for: it is turned and zoomed, so it has more to take from."""
BYTES = SIDE * SIDE * 3
FILE_NAME = "thumbnails.arrow"

_SEEN = Preparation(size=224)
_SCHEMA = pa.schema([("product_id", pa.string()), ("content", pa.binary()), ("thumbnail", pa.binary(BYTES))])
_FORMAT = {b"parure": b"thumbnails 1"}


def thumbnail(picture: bytes, side: int = SIDE) -> Pixels:
    """A picture as a small square, whole, on white.

    Args:
        picture: Content of a picture file.
        side: Of the square, in pixels.

    Returns:
        uint8[side, side, 3].

    Raises:
        PictureError: It cannot be read.
    """
    return shrunk(decode(picture, _SEEN), side)


def shrunk(pixels: Pixels, side: int = SIDE) -> Pixels:
    """The same of a square that is decoded already: uint8[n, n, 3] -> uint8[side, side, 3]."""
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX))


def fits(preparation: Preparation) -> bool:
    """Whether what a model sees of a picture is what thumbnails are made of."""
    return preparation.size == _SEEN.size and preparation.shape == _SEEN.shape


def write_thumbnails(
    place: Path, ids: Sequence[str], contents: Sequence[bytes], blocks: Iterable[NDArray[np.uint8]]
) -> None:
    """Write the thumbnails of products, whole or not at all, in place of those that were there.

    Args:
        place: The file.
        ids: Products, ascending.
        contents: Hash of each one's picture.
        blocks: uint8[n, BYTES], one after the other, in the order of the ids.

    Raises:
        InputError: The disk takes nothing.
    """
    partial = place.with_suffix(f".{os.getpid()}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with pa.OSFile(str(partial), "wb") as file, pa.ipc.new_file(file, _SCHEMA.with_metadata(_FORMAT)) as out:
            start = 0
            for block in blocks:
                end = start + len(block)
                data = pa.FixedSizeBinaryArray.from_buffers(
                    pa.binary(BYTES), len(block), [None, pa.py_buffer(np.ascontiguousarray(block))]
                )
                columns = [pa.array(ids[start:end], pa.string()), pa.array(contents[start:end], pa.binary()), data]
                out.write_batch(pa.record_batch(columns, schema=_SCHEMA.with_metadata(_FORMAT)))
                start = end
        partial.replace(place)
    except OSError as error:
        raise InputError(f"Cannot write {place}: {error.strerror}.", hint="Check the disk and its rights.") from error
    finally:
        partial.unlink(missing_ok=True)


class Thumbnails:
    """The thumbnails of a catalogue's products, read from disk as they are asked for.

    Args:
        pixels: ``fixed_size_binary[BYTES]``, one a picture.
        rows: int64[items], where in ``pixels`` each item's is; -1 for an item without one.
    """

    def __init__(self, pixels: pa.ChunkedArray, rows: NDArray[np.int64]) -> None:
        self._pixels = pixels
        self._rows = rows

    @classmethod
    def of(cls, pictures: NDArray[np.uint8]) -> Thumbnails:
        """Those at hand: uint8[items, SIDE, SIDE, 3]."""
        flat = pa.py_buffer(np.ascontiguousarray(pictures))
        held = pa.FixedSizeBinaryArray.from_buffers(pa.binary(BYTES), len(pictures), [None, flat])
        return cls(pa.chunked_array([held]), np.arange(len(pictures)))

    @classmethod
    def read(cls, place: Path, items: IdMap) -> Thumbnails:
        """Those of a file, in the row order of a catalogue; the file is mapped into memory, not read.

        Raises:
            BundleError: It is no such file.
        """
        try:
            # Closed when nothing of the table is held any more.
            found = pa.ipc.open_file(pa.memory_map(str(place))).read_all()
            if found.schema.metadata != _FORMAT:
                raise BundleError(f"{place} holds no thumbnails.", hint="Run: parure encode")
        except (OSError, pa.ArrowInvalid) as error:
            raise BundleError(f"{place} is broken: {error}.", hint="Run: parure encode") from error
        rows = items.translate(IdMap(found.column("product_id").combine_chunks()))
        return cls(found.column("thumbnail"), rows.astype(np.int64))

    def __len__(self) -> int:
        return len(self._rows)

    def there(self, items: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of some items have one."""
        found: NDArray[np.bool_] = self._rows[items] >= 0
        return found

    def take(self, items: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Those of items that have one: uint8[len(items), SIDE, SIDE, 3]."""
        held = self._pixels.take(pa.array(self._rows[items])).combine_chunks()
        data = np.frombuffer(held.buffers()[1], np.uint8)[held.offset * BYTES :][: len(held) * BYTES]
        return data.reshape(len(items), SIDE, SIDE, 3)
