"""Pictures of products, as they are or small."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

from parure.core import UNKNOWN
from parure.core.errors import UnknownIdError
from parure.pipeline.answer import Answers
from parure.pipeline.thumbnails import PictureFiles, thumbnail_jpeg
from parure.serving.worker import Worker

_KEPT_BYTES: Final = 64 * 2**20
SIZES: Final = (64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Sides of small pictures, in pixels: with a thousand of them, one product could fill what is kept."""
_TYPES: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp", b"GIF8": "image/gif"}
MEDIA_TYPES: Final = tuple(_TYPES.values())
"""What a picture may be sent as."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture.

    Attributes:
        content: The file.
        media_type: What it is.
        etag: A hash of it.
    """

    content: bytes
    media_type: str
    etag: str


class Pictures:
    """Finds pictures of products on this machine; small ones are kept, 64 MB of them, while a bundle is served.

    Any thread may ask.

    Args:
        worker: Whose shop.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._lock = Lock()
        self._begin(worker.answers.version)

    def _begin(self, version: str) -> None:
        """Know nothing yet of the pictures of a bundle's products."""
        self._version = version
        self._files: PictureFiles | None = None
        self._kept: OrderedDict[tuple[str, int], Sent] = OrderedDict()
        self._size = 0

    def of(self, item_id: str, size: int | None) -> Sent:
        """The picture of a product.

        Args:
            item_id: The product.
            size: Side of a square that holds all of it, in pixels, rounded up to one of :data:`SIZES`; as it is where
                None.

        Raises:
            UnknownIdError: There is no such product, or no picture of it on this machine.
        """
        answers = self._worker.answers
        if size is None:
            return _sent(self._content(answers, item_id))
        key = item_id, next((step for step in SIZES if step >= size), SIZES[-1])
        kept = self._look_up(answers.version, key)
        if kept is None:
            small = thumbnail_jpeg(self._content(answers, item_id), key[1])
            if small is None:
                raise _no_picture(item_id)
            kept = _sent(small)
            self._keep(answers.version, key, kept)
        return kept

    def _content(self, answers: Answers, item_id: str) -> bytes:
        """The file of a product's picture."""
        row, table = answers.dataset.items.row_of(item_id), answers.dataset.item_table
        fresh = self._worker.item_changes.get(item_id)
        if row == UNKNOWN and fresh is None:
            raise UnknownIdError(f"There is no product {item_id!r}.", hint="Check the id.")
        address = None
        if row != UNKNOWN and "image_url" in table.column_names:
            address = table.column("image_url")[row].as_py()
        content = self._listing(answers.version).content(item_id, address)
        # What is no picture is not shown: an address in the catalogue may lead to any file of the machine.
        if content is None or _type_of(content) is None:
            raise _no_picture(item_id)
        return content

    def _listing(self, version: str) -> PictureFiles:
        """The files that there were when a bundle's pictures were first asked for."""
        with self._lock:
            self._turn_to(version)
            if self._files is None:
                images = self._worker.settings.serving.images
                self._files = PictureFiles.of(self._worker.shop, self._worker.shop / images if images else None)
            return self._files

    def _look_up(self, version: str, key: tuple[str, int]) -> Sent | None:
        with self._lock:
            self._turn_to(version)
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def _keep(self, version: str, key: tuple[str, int], sent: Sent) -> None:
        with self._lock:
            if version != self._version:
                return  # Another bundle is served by now.
            # Another thread may have made the same one meanwhile.
            before = self._kept.pop(key, None)
            self._kept[key] = sent
            self._size += len(sent.content) - (len(before.content) if before else 0)
            while self._size > _KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.content)

    def _turn_to(self, version: str) -> None:
        """Forget what was of another bundle; the lock is held."""
        if version != self._version:
            self._begin(version)


def _no_picture(item_id: str) -> UnknownIdError:
    return UnknownIdError(f"There is no picture of {item_id!r} here.", hint="See images in [serving].")


def _type_of(content: bytes) -> str | None:
    return next((name for start, name in _TYPES.items() if content.startswith(start)), None)


def _sent(content: bytes) -> Sent:
    return Sent(content, _type_of(content) or "application/octet-stream", f'"{sha256(content).hexdigest()[:16]}"')
