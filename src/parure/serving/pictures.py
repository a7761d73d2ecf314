"""Pictures of products, as they are or small."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

from parure.core import UNKNOWN
from parure.core.errors import UnknownIdError
from parure.pipeline.thumbnails import PictureFiles, thumbnail_jpeg
from parure.serving.worker import Worker

_KEPT_BYTES: Final = 64 * 2**20
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
    """Finds pictures of products on this machine; small ones are kept, 64 MB of them.

    Args:
        worker: Whose shop.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._files: PictureFiles | None = None
        self._kept: OrderedDict[tuple[str, int], Sent] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def of(self, item_id: str, size: int | None) -> Sent:
        """The picture of a product.

        Args:
            item_id: The product.
            size: Side of a square that holds all of it, in pixels; as it is where None.

        Raises:
            UnknownIdError: There is no such product, or no picture of it on this machine.
        """
        with self._lock:
            kept = self._kept.get((item_id, size or 0))
        if kept is not None:
            return kept
        content = self._content(item_id)
        small = None if size is None or content is None else thumbnail_jpeg(content, size)
        # What is no picture is not shown: an address in the catalogue may lead to any file of the machine.
        if content is None or _type_of(content) is None or (size is not None and small is None):
            raise UnknownIdError(f"There is no picture of {item_id!r} here.", hint="See images in [serving].")
        sent = _sent(content if small is None else small)
        if size is not None:
            self._keep((item_id, size), sent)
        return sent

    def _content(self, item_id: str) -> bytes | None:
        dataset = self._worker.answers.dataset
        row, table = dataset.items.row_of(item_id), dataset.item_table
        fresh = self._worker.item_changes.get(item_id)
        if row == UNKNOWN and fresh is None:
            raise UnknownIdError(f"There is no product {item_id!r}.", hint="Check the id.")
        address = None
        if row != UNKNOWN and "image_url" in table.column_names:
            address = table.column("image_url")[row].as_py()
        with self._lock:
            if self._files is None:
                images = self._worker.settings.serving.images
                folder = self._worker.shop / images if images else None
                self._files = PictureFiles.of(self._worker.shop, folder)
        return self._files.content(item_id, address)

    def _keep(self, key: tuple[str, int], sent: Sent) -> None:
        with self._lock:
            self._kept[key] = sent
            self._size += len(sent.content)
            while self._size > _KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.content)


def _type_of(content: bytes) -> str | None:
    return next((name for start, name in _TYPES.items() if content.startswith(start)), None)


def _sent(content: bytes) -> Sent:
    return Sent(content, _type_of(content) or "application/octet-stream", f'"{sha256(content).hexdigest()[:16]}"')
