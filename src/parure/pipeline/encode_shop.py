"""Turns the pictures of a shop's products into vectors that the shop keeps."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from parure.core.artifacts import load_json, save_json, save_table
from parure.core.errors import MissingInputError
from parure.core.progress import Progress, Silent, Step
from parure.encode.cache import FILE_NAME, VectorCache
from parure.encode.encoder import PictureEncoder, Vectors
from parure.encode.encoding import Encoded, encode_pictures
from parure.encode.models import DEFAULT_MODEL, Precision, open_encoder
from parure.encode.pictures import Picture, pictures_in_parquet, pictures_of
from parure.encode.thumbnails import FILE_NAME as THUMBNAILS
from parure.encode.thumbnails import write_thumbnails
from parure.encode.web import WebLimits
from parure.ingest import Tables
from parure.ingest.embeddings import store_vectors

_BLOCK = 512
_ENCODERS = "encoders.json"


@dataclass(frozen=True)
class EncodeReport:
    """What became of the pictures of a shop; ``products == encoded + sum(reasons.values())`` always holds.

    Attributes:
        model: Name of the encoder, under which the vectors are stored.
        size: Numbers in a vector.
        products: Products of the shop.
        encoded: Products that have a vector of the model now.
        computed: Pictures that were encoded in this run; the others were known.
        reasons: Reason code -> products without a vector.
        changed: Whether any stored vector is different now.
        quarantine: The list of pictures that could not be read; None where there is none.
    """

    model: str
    size: int
    products: int
    encoded: int
    computed: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    changed: bool = True
    quarantine: Path | None = None

    def to_dict(self) -> dict[str, object]:
        """JSON-ready fields."""
        place = None if self.quarantine is None else str(self.quarantine)
        return {**self.__dict__, "reasons": dict(sorted(self.reasons.items())), "quarantine": place}


def encode_shop(
    shop: Path,
    *,
    now: datetime,
    images: Path | None = None,
    model: str = DEFAULT_MODEL,
    precision: Precision = "auto",
    processes: int | None = None,
    limits: WebLimits | None = None,
    progress: Progress | None = None,
) -> EncodeReport:
    """Encode the main picture of every product and store the vectors in the shop.

    What was encoded before, by the same model and from the same bytes, is not encoded again; a run that was killed goes
    on where it was.

    Args:
        shop: The shop's directory, with a table of products.
        now: The day that is written beside the vectors.
        images: A folder of pictures named by product_id, or a Parquet file with their bytes; the folder ``images`` of
            the shop, if there is one, where None. ``image_url`` of the table of products says where the others lie.
        model: See :func:`parure.encode.models.open_encoder`.
        precision: ``auto`` takes 8 bits where they have the neighbours of 32 bits on this processor.
        processes: One a processor where None.
        limits: For pictures that are fetched from the web.
        progress: Where to report to.

    Raises:
        MissingInputError: The shop has no products, the folder is not there, or no product has a readable picture.
        SettingsError: No model has this name.
        MissingExtraError: A package is not installed.

    Cost:
        About 6 ms of one processor a picture of 800 x 800 in 8 bits; memory does not grow with the number of pictures,
        save for a line a product.
    """
    progress = progress or Silent()
    products = _products(shop)
    with progress.step("open the model"):
        encoder = open_encoder(model, precision=precision)
    cache = shop / "cache" / FILE_NAME
    with progress.step("encode pictures", total=len(products)) as step:
        pictures = _pictures(shop, products, images)
        told = encode_pictures(pictures, encoder, cache, processes=processes, limits=limits)
        found, failed, computed = _sorted_out(told, step)
    quarantine = _write_quarantine(shop, failed)
    if not found:
        raise MissingInputError(
            f"None of the {len(products):,} products has a picture that can be read.",
            hint=f"Give their folder with --images; {quarantine} says what is wrong with each.",
        )
    with progress.step("store the vectors"):
        created = now.date().isoformat() if computed else _created(shop, encoder.name, now)
        blocks = _blocks(cache, encoder, [found[each] for each in sorted(found)])
        changed = store_vectors(shop, sorted(found), blocks, encoder.name, created)
        _store_thumbnails(shop, cache, sorted(found), found)
        _remember(shop, encoder.name, model, created)
    reasons = Counter(str(each.reason) for each in failed)
    counts = (len(products), len(found), computed)
    return EncodeReport(encoder.name, encoder.size, *counts, reasons, changed, quarantine)


def _sorted_out(told: Iterable[Encoded], step: Step) -> tuple[dict[str, bytes], list[Encoded], int]:
    """The content of each product's picture, those that could not be read, and how many were not known before."""
    found: dict[str, bytes] = {}
    failed: list[Encoded] = []
    computed = 0
    for each in told:
        step.advance()
        computed += each.computed
        if each.reason is None:
            found[each.product_id] = each.content
        else:
            failed.append(each)
    return found, failed, computed


def encoder_of(shop: Path, vectors_model: str) -> PictureEncoder:
    """The encoder that made a shop's vectors, for a picture to search by.

    On a processor where 8 bits do not agree, the same model in 32 bits stands in; its vectors are alike to 0.98.

    Args:
        shop: The shop's directory.
        vectors_model: Name of the model as the vectors are stored under.

    Raises:
        SettingsError: No encoder of parure made them.
        MissingExtraError: A package is not installed.
    """
    return open_encoder(_remembered(shop).get(vectors_model, {}).get("model", vectors_model))


def _products(shop: Path) -> list[tuple[str, str | None]]:
    with duckdb.connect() as con:
        Tables(shop).connection_views(con)
        rows = con.execute("SELECT product_id, image_url FROM products ORDER BY product_id").fetchall()
    if not rows:
        raise MissingInputError(f"{shop} has no products yet.", hint=f"Run: parure ingest YOUR-FILES --shop {shop}")
    return rows


def _pictures(shop: Path, products: Sequence[tuple[str, str | None]], images: Path | None) -> Iterator[Picture]:
    if images is None and (shop / "images").is_dir():
        images = shop / "images"
    if images is None or not images.is_file():
        yield from pictures_of(products, base=shop, folder=images)
        return
    missing = {product_id for product_id, _ in products}
    for picture in pictures_in_parquet(images):
        if picture.product_id in missing:
            missing.discard(picture.product_id)
            yield picture
    for product_id in sorted(missing):
        yield Picture(product_id, "", fault=("no_picture", f"{images.name} has no picture of the product."))


def _blocks(cache: Path, encoder: PictureEncoder, contents: Sequence[bytes]) -> Iterator[Vectors]:
    """The vectors in the order of the products, a few at a time."""
    with VectorCache(cache) as kept:
        for start in range(0, len(contents), _BLOCK):
            yield kept.vectors(encoder.name, contents[start : start + _BLOCK], encoder.size)


def _store_thumbnails(shop: Path, cache: Path, ids: Sequence[str], contents: Mapping[str, bytes]) -> None:
    """Put the thumbnails beside the vectors, a few at a time."""
    with VectorCache(cache) as kept:
        without = kept.without_thumbnail(set(contents.values()))
        shown = [each for each in ids if contents[each] not in without]
        hashes = [contents[each] for each in shown]
        blocks = (kept.thumbnails(hashes[start : start + _BLOCK]) for start in range(0, len(hashes), _BLOCK))
        write_thumbnails(shop / "vectors" / THUMBNAILS, shown, hashes, blocks)


def _remembered(shop: Path) -> dict[str, dict[str, str]]:
    """How each encoder of the shop's vectors was opened, and when it last computed any."""
    place = shop / "vectors" / _ENCODERS
    return dict(load_json(place)) if place.is_file() else {}


def _created(shop: Path, name: str, now: datetime) -> str:
    """The day on which vectors of an encoder were last computed; today where that is not known."""
    return _remembered(shop).get(name, {}).get("created", now.date().isoformat())


def _remember(shop: Path, name: str, model: str, created: str) -> None:
    is_file = Path(model).is_file()
    about = {"model": str(Path(model).resolve()) if is_file else model, "created": created}
    place = shop / "vectors" / _ENCODERS
    partial = place.with_suffix(f".{os.getpid()}.partial")
    save_json(partial, {**_remembered(shop), name: about})
    partial.replace(place)


def _write_quarantine(shop: Path, failed: Sequence[Encoded]) -> Path | None:
    """The pictures that gave no vector, in the columns of every quarantine; the list of the last run counts."""
    place = shop / "quarantine" / "pictures" / "pictures.parquet"
    if not failed:
        place.unlink(missing_ok=True)
        return None
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    raw = [{"product_id": each.product_id, "picture": each.place} for each in failed]
    save_table(
        partial,
        pa.table(
            {
                "file": pa.array([each.place for each in failed], pa.string()),
                "line": pa.array(range(1, len(failed) + 1), pa.int64()),
                "reason": pa.array([str(each.reason) for each in failed]),
                "column": pa.array(["picture"] * len(failed)),
                "sentence": pa.array([each.sentence for each in failed]),
                "reasons": pa.array([[str(each.reason)] for each in failed]),
                "raw": pa.array([json.dumps(each, ensure_ascii=False) for each in raw]),
            }
        ),
    )
    partial.replace(place)
    return place
