"""Where the pictures of products lie: a folder, paths and addresses in the table of products, a Parquet file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from parure.core.errors import ColumnError, InputError, MissingInputError
from parure.encode.decoding import MAX_FILE_BYTES
from parure.encode.encoder import PictureError, Reason
from parure.encode.web import WebLimits, fetch

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jp2"})
_ID_COLUMNS = ("product_id", "item_id", "article_id", "id")
_ROWS = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """One product's picture, not yet read.

    Attributes:
        product_id: Whose it is.
        place: A path or an address, for messages; empty where there is none.
        content: Its bytes where they are at hand already.
        fault: Why there is nothing to read, as reason and sentence.
    """

    product_id: str
    place: str
    content: bytes | None = None
    fault: tuple[Reason, str] | None = None

    @property
    def is_remote(self) -> bool:
        """Whether it has to be fetched."""
        return self.content is None and self.place.startswith(("http://", "https://"))

    def read(self, limits: WebLimits | None = None) -> bytes:
        """Its bytes.

        Raises:
            PictureError: It is not there, cannot be read or fetched, or is too large.
        """
        if self.fault is not None:
            raise PictureError(*self.fault, hint="Give it an image_url, or put PRODUCT_ID.jpg into the folder.")
        if self.content is not None:
            return self.content
        return fetch(self.place, limits) if self.is_remote else _read_file(Path(self.place))


def pictures_of(
    products: Iterable[tuple[str, str | None]], *, base: Path, folder: Path | None = None
) -> Iterator[Picture]:
    """The main picture of each product.

    In a folder it is the file that is named by the product's id, in any folder below it: ``rings/R1.jpg``, and also
    ``010/0108775015.jpg`` for the product 0108775015 or 108775015. Else it is what ``image_url`` says: an http(s)
    address, or a path below the folder or below the shop's directory.

    Args:
        products: product_id and image_url.
        base: The shop's directory.
        folder: The folder of pictures.

    Yields:
        One a product, in the same order; with a ``fault`` where there is none.

    Raises:
        MissingInputError: The folder is not there.
    """
    find = pictures_by_id(base=base, folder=folder)
    for product_id, image_url in products:
        yield find(product_id, image_url)


def pictures_by_id(*, base: Path, folder: Path | None = None) -> Callable[[str, str | None], Picture]:
    """What finds the main picture of one product, by its id and image_url, as :func:`pictures_of` does.

    Raises:
        MissingInputError: The folder is not there.

    Cost:
        The folder is gone through once.
    """
    if folder is not None and not folder.is_dir():
        raise MissingInputError(f"There is no folder {folder}.", hint="Give the folder that holds the pictures.")
    by_name = _files_by_name(folder) if folder is not None else {}
    roots = [each.resolve() for each in (folder, base) if each is not None]

    def find(product_id: str, image_url: str | None) -> Picture:
        file = by_name.get(product_id) or by_name.get(product_id.lstrip("0"))
        return Picture(product_id, file) if file else _declared(product_id, image_url or "", roots)

    return find


def pictures_in_parquet(path: Path, *, id_column: str = "", picture_column: str = "") -> Iterator[Picture]:
    """Pictures whose bytes lie in a Parquet file, read a few rows at a time.

    Args:
        path: The file.
        id_column: Holds the product's id; the first of product_id, item_id, article_id, id where empty.
        picture_column: Holds the file's bytes, or a struct with a field ``bytes``; the only such column where empty.

    Raises:
        MissingInputError: The file is not there.
        ColumnError: It has no such columns.
        InputError: It is no Parquet file.
    """
    if not path.is_file():
        raise MissingInputError(f"There is no file {path}.", hint="Check the path.")
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} is no Parquet file: {error}.", hint="Give a folder or a Parquet file.") from error
    with file:
        id_name, picture_name = _columns(file.schema_arrow, path, id_column, picture_column)
        for batch in file.iter_batches(_ROWS, columns=[id_name, picture_name]):
            ids = batch.column(id_name).cast(pa.string()).to_pylist()
            for product_id, cell in zip(ids, batch.column(picture_name).to_pylist(), strict=True):
                content = cell.get("bytes") if isinstance(cell, dict) else cell
                place = f"{path.name}: {product_id}"
                if content is None:
                    yield Picture(product_id, place, fault=("no_picture", "The product has no picture."))
                elif product_id is not None:
                    yield Picture(product_id, place, content)


def _columns(schema: pa.Schema, path: Path, id_column: str, picture_column: str) -> tuple[str, str]:
    names = schema.names
    held = [field.name for field in schema if _holds_bytes(field.type)]
    id_name = id_column or next((name for name in _ID_COLUMNS if name in names), "")
    picture_name = picture_column or (held[0] if len(held) == 1 else "")
    if id_name not in names or picture_name not in held:
        raise ColumnError(
            f"{path} has the columns {', '.join(names)}; one with ids ({', '.join(_ID_COLUMNS)}) and one with the "
            "bytes of pictures were expected.",
            hint="Rename them.",
        )
    return id_name, picture_name


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        place = kind.get_field_index("bytes")
        return place >= 0 and _holds_bytes(kind.field(place).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _files_by_name(folder: Path) -> dict[str, str]:
    """File name without suffix -> path; also without leading zeros, which tables of numbers lose."""
    # Paths as text: as objects they take four times as long, and a shop may have a hundred thousand pictures.
    files = []
    for where, _, names in os.walk(folder):
        parts = Path(where).parts
        for name in names:
            stem, _, suffix = name.rpartition(".")
            if stem and f".{suffix.lower()}" in SUFFIXES:
                files.append(((*parts, name), stem, f"{where}{os.sep}{name}"))
    exact: dict[str, str] = {}
    bare: dict[str, str] = {}
    for _, stem, path in sorted(files):
        exact.setdefault(stem, path)
        if stem.isdigit():
            bare.setdefault(stem.lstrip("0"), path)
    return {**bare, **exact}


def _declared(product_id: str, image_url: str, roots: Sequence[Path]) -> Picture:
    """The picture that the table of products names."""
    if not image_url.strip():
        return Picture(product_id, "", fault=("no_picture", "The product has no picture."))
    scheme = urlsplit(image_url).scheme.lower() if "://" in image_url else ""
    if scheme in {"http", "https"}:
        return Picture(product_id, f"{scheme}{image_url[len(scheme) :]}")
    if scheme not in {"", "file"}:
        return Picture(product_id, image_url, fault=("address_refused", f"{scheme} addresses are not fetched."))
    path = Path(unquote(urlsplit(image_url).path)) if scheme else Path(image_url)
    places = [place for root in roots if (place := (root / path).resolve()).is_relative_to(root)]
    if not places:
        return Picture(product_id, image_url, fault=("address_refused", f"{image_url} lies outside of the shop."))
    return Picture(product_id, str(next((place for place in places if place.exists()), places[0])))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise PictureError("too_large", f"{path.name} has more than {MAX_FILE_BYTES:,} bytes.")
            # Told how much there is, it need not ask again whether that was all.
            return file.read(size)
    except FileNotFoundError as error:
        raise PictureError("not_found", f"{path} is not there.", hint="Check image_url and the folder.") from error
    except (OSError, ValueError) as error:
        raise PictureError("not_readable", f"{path} cannot be read: {error}.", hint="Check its rights.") from error
