"""Do pictures find what is alike? On Fashion Product Images: neighbours by type and colour, and copies found again.

Neighbours: of each product, the 10 nearest by picture; the share that has its article type, its base colour, both.
Against two plain measures on the same pixels: a histogram of colours, and the pixels themselves.

Copies: a product's picture is changed, each time in one way, and looked for, by the engine that answers in a shop,
among all pictures of the half it comes from, and among those of the made-up shop. It counts as found when its product
comes first; products whose pictures are byte for byte the same count as one. What vectors alone would find stands
beside it. How the second look weighs things was chosen on other products than the 1,000 that a seed sets apart here.
The larger half are the products whose file is larger than the median: all pictures have about 60 x 80 pixels, so a
larger file is one with more to see in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.data import data_folder
from bench.options import Options
from parure.core.errors import MissingInputError
from parure.demo import DemoSize, make_shop
from parure.encode.cache import VectorCache
from parure.encode.converted import cache_directory
from parure.encode.encoder import PictureEncoder
from parure.encode.encoding import encode_pictures
from parure.encode.models import open_encoder
from parure.encode.pictures import Picture, pictures_in_parquet
from parure.encode.thumbnails import QUERY_SIDE, SIDE, Thumbnails, thumbnail
from parure.evaluation import Row
from parure.evaluation.intervals import bootstrap
from parure.search import SearchEngine, SearchQuery
from parure.search.look import Looks

if TYPE_CHECKING:
    from PIL.Image import Image

DATASET, MADE_UP = "fashion_product_images_small", "made_up_shop"
K = 10
QUERIES = 2000
SET_APART = 1000
COPIES = 500
_BLOCK = 500
_SMALL_SIDE = 32
_BINS = 4

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Fashion:
    """The Fashion Product Images set.

    Attributes:
        pictures: The file of each product's picture.
        types: Article type.
        colours: Base colour.
        vectors: float32[n, d], the encoder's.
        thumbnails: uint8[n, side, side, 3].
    """

    pictures: list[bytes]
    types: NDArray[Any]
    colours: NDArray[Any]
    vectors: Matrix
    thumbnails: NDArray[np.uint8]

    @cached_property
    def larger_half(self) -> Gallery:
        """The products whose file is larger than the median."""
        sizes = np.array([len(each) for each in self.pictures])
        rows = np.flatnonzero(sizes > np.median(sizes))
        return Gallery(
            DATASET, "larger half", [self.pictures[row] for row in rows], self.vectors[rows], self.thumbnails[rows]
        )


@dataclass(frozen=True)
class Gallery:
    """Pictures among which a copy is looked for.

    Attributes:
        dataset: Whose they are.
        split: Which of them.
        pictures: Their files.
        vectors: float32[n, d], the encoder's.
        thumbnails: uint8[n, side, side, 3].
    """

    dataset: str
    split: str
    pictures: list[bytes]
    vectors: Matrix
    thumbnails: NDArray[np.uint8]

    @cached_property
    def engine(self) -> SearchEngine:
        """The search of a shop with these pictures; its products are named by their row."""
        table = pa.table({"item_id": [f"{row:06d}" for row in range(len(self.pictures))]})
        return SearchEngine().fit(table).with_pictures(self.vectors, Thumbnails.of(self.thumbnails))

    def first(self, picture: bytes, vector: Matrix) -> int:
        """The row that a search by a picture finds first."""
        query = SearchQuery(picture=vector, look=thumbnail(picture, QUERY_SIDE), k=1, facets=())
        return int(self.engine.search(query).item_ids[0])

    @cached_property
    def same_picture(self) -> NDArray[np.int64]:
        """int64[n]: products whose pictures are the same bytes have the same number."""
        numbers: dict[bytes, int] = {}
        return np.array([numbers.setdefault(each, len(numbers)) for each in self.pictures])


def rows(options: Options) -> Iterable[Row]:
    """Rows of all parts, on the data sets that are asked for and there."""
    encoder = open_encoder()
    if options.wants(DATASET) and (data_folder() / DATASET).is_dir():
        fashion = load_fashion(encoder)
        yield from neighbour_rows(fashion, options)
        yield from copy_rows(fashion.larger_half, encoder, options)
    if options.wants(MADE_UP):
        yield from copy_rows(load_made_up(encoder), encoder, options)


def run(options: Options) -> Iterable[Row]:
    """For ``python -m bench``: the rows of this part alone."""
    return rows(options)


def load_fashion(encoder: PictureEncoder) -> Fashion:
    """The set with its vectors, which are computed once and kept in the user's cache directory.

    Raises:
        MissingInputError: The set is not on this machine.
    """
    folder = data_folder() / DATASET
    source = folder / "images_all_60x80.parquet"
    if not source.is_file():
        raise MissingInputError(f"{source} is not there.", hint="Set PARURE_DATA to the folder of data sets.")
    kept = cache_directory() / "bench" / "fashion.sqlite"
    found = {
        each.product_id: each.content
        for each in encode_pictures(pictures_in_parquet(source), encoder, kept)
        if each.reason is None
    }
    contents = {each.product_id: each.content for each in pictures_in_parquet(source)}
    table = pq.read_table(folder / "items.parquet", columns=["item_id", "articleType", "baseColour"]).to_pydict()
    use = [row for row, item in enumerate(table["item_id"]) if item in found]
    ids = [table["item_id"][row] for row in use]
    with VectorCache(kept) as cache:
        vectors = cache.vectors(encoder.name, [found[each] for each in ids], encoder.size)
        small = _squares(cache.thumbnails([found[each] for each in ids]))
    types, colours = (np.array([str(table[name][row]) for row in use]) for name in ("articleType", "baseColour"))
    return Fashion([contents[each] or b"" for each in ids], types, colours, vectors, small)


def load_made_up(encoder: PictureEncoder) -> Gallery:
    """The main pictures of the made-up shop, drawn once and kept in the user's cache directory."""
    home = cache_directory() / "bench"
    shop = make_shop(home / "made-up", size=DemoSize(customers=1, views=1), seed=7)
    files = sorted(shop.images.glob("*.jpg"))
    pictures = [Picture(file.stem, str(file)) for file in files]
    found = [each.content for each in encode_pictures(pictures, encoder, home / "made-up.sqlite")]
    with VectorCache(home / "made-up.sqlite") as cache:
        vectors = cache.vectors(encoder.name, found, encoder.size)
        small = _squares(cache.thumbnails(found))
    return Gallery(MADE_UP, "all", [file.read_bytes() for file in files], vectors, small)


def _squares(flat: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return flat.reshape(len(flat), SIDE, SIDE, 3)


# -- neighbours -------------------------------------------------------------------------------------------------------


def neighbour_rows(fashion: Fashion, options: Options) -> Iterator[Row]:
    """precision@10 of the encoder, a colour histogram and raw pixels, on the same queries."""
    rng = np.random.default_rng(options.seed)
    queries = np.sort(rng.choice(len(fashion.pictures), min(QUERIES, len(fashion.pictures)), replace=False))
    pixels = _small(fashion.pictures)
    measures: dict[str, Callable[[], Matrix]] = {
        "picture vectors": lambda: fashion.vectors,
        "colour histogram": lambda: _histograms(pixels),
        "raw pixels": lambda: _units(pixels.reshape(len(pixels), -1).astype(np.float32) - 127.5),
    }
    looks = Looks(Thumbnails.of(fashion.thumbnails))
    seconds: dict[str, Look] = {"picture search": lambda row, alike: _looked(fashion, looks, row, alike)}
    measures = {"picture search": measures["picture vectors"], **measures}
    for case, features in measures.items():
        near = nearest(features(), queries, seconds.get(case))
        types = fashion.types[near] == fashion.types[queries, None]
        colours = fashion.colours[near] == fashion.colours[queries, None]
        for metric, hits in (("article_type", types), ("base_colour", colours), ("both", types & colours)):
            yield _row(case, f"precision@{K}_{metric}", hits.mean(axis=1), options)


Look = Callable[[int, Matrix], Matrix]


def _looked(fashion: Fashion, looks: Looks, row: int, alike: Matrix) -> Matrix:
    """Likenesses to one product after a second look at the pictures; the product itself has none."""
    return looks.again(thumbnail(fashion.pictures[row], QUERY_SIDE), alike, np.isfinite(alike))


def nearest(vectors: Matrix, queries: NDArray[np.int64], look: Look | None = None) -> NDArray[np.int64]:
    """The ``K`` nearest rows of each query by cosine, itself left out: int64[len(queries), K]."""
    parts = []
    for start in range(0, len(queries), _BLOCK):
        part = queries[start : start + _BLOCK]
        alike = vectors[part] @ vectors.T
        alike[np.arange(len(part)), part] = -np.inf
        if look is not None:
            alike = np.stack([look(int(row), each) for row, each in zip(part, alike, strict=True)])
        best = np.argpartition(-alike, K, axis=1)[:, :K]
        parts.append(best)
    return np.concatenate(parts)


def _small(pictures: Sequence[bytes]) -> NDArray[np.uint8]:
    """uint8[n, side, side, 3]."""
    from PIL import Image

    small = np.empty((len(pictures), _SMALL_SIDE, _SMALL_SIDE, 3), np.uint8)
    for row, content in enumerate(pictures):
        with Image.open(BytesIO(content)) as image:
            resized = image.convert("RGB").resize((_SMALL_SIDE, _SMALL_SIDE), Image.Resampling.BILINEAR)
            small[row] = np.asarray(resized)
    return small


def _histograms(pixels: NDArray[np.uint8]) -> Matrix:
    """Square roots of the shares of 64 colours, so that the cosine is the Bhattacharyya coefficient."""
    parts = pixels.reshape(len(pixels), -1, 3) // (256 // _BINS)
    colour = (parts[..., 0].astype(np.int64) * _BINS + parts[..., 1]) * _BINS + parts[..., 2]
    counts = np.stack([np.bincount(each, minlength=_BINS**3) for each in colour])
    shares: Matrix = np.sqrt(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _units(matrix: Matrix) -> Matrix:
    unit: Matrix = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), np.float32(1e-9))
    return unit


# -- copies -----------------------------------------------------------------------------------------------------------


def copy_rows(gallery: Gallery, encoder: PictureEncoder, options: Options) -> Iterator[Row]:
    """How often a changed copy finds its product first, each change alone."""
    rng = np.random.default_rng(options.seed)
    size = len(gallery.pictures)
    apart = rng.choice(size, min(SET_APART, size), replace=False)
    chosen = np.sort(apart[:COPIES])
    numbers = gallery.same_picture
    about = {"dataset": gallery.dataset, "split": gallery.split}
    for metric, changes in (("mild_copy_found_first", MILD), ("hard_copy_found_first", HARD)):
        for name, change in changes.items():
            changed = [change(gallery.pictures[row]) for row in chosen]
            vectors = encoder.encode(changed)
            first = np.array([gallery.first(each, vector) for each, vector in zip(changed, vectors, strict=True)])
            by_vectors = np.argmax(vectors @ gallery.vectors.T, axis=1)
            for kind, found in ((metric, first), (f"{metric}_by_vectors_alone", by_vectors)):
                hits = (numbers[found] == numbers[chosen]).astype(np.float64)
                yield _row(name, kind, hits, options, **about)


def _changed(change: Callable[[Image], Image], *, quality: int = 0) -> Callable[[bytes], bytes]:
    """A change of pixels as one of files; without loss, save where a quality is given."""

    def made(content: bytes) -> bytes:
        from PIL import Image

        out = BytesIO()
        with Image.open(BytesIO(content)) as image:
            kind = {"format": "JPEG", "quality": quality} if quality else {"format": "PNG"}
            change(image.convert("RGB")).save(out, **kind)
        return out.getvalue()

    return made


def _cropped(share: float) -> Callable[[Image], Image]:
    """Cut so much off the width and off the height, half of it at each edge."""

    def crop(image: Image) -> Image:
        x, y = image.width * share / 2, image.height * share / 2
        return image.crop((round(x), round(y), round(image.width - x), round(image.height - y)))

    return crop


def _turned(image: Image) -> Image:
    from PIL import Image as Images

    return image.rotate(10, Images.Resampling.BICUBIC, fillcolor=(255, 255, 255))


def _relit(image: Image) -> Image:
    """A quarter brighter, with less contrast and a warmer light."""
    pixels = np.asarray(image).astype(np.float32)
    warm = np.array([1.08, 1.0, 0.9], np.float32)
    return _image(((pixels - 128) * 0.85 + 128) * 1.15 * warm)


def _mirrored(image: Image) -> Image:
    from PIL.ImageOps import mirror

    return mirror(image)


def _left_half(image: Image) -> Image:
    return image.crop((0, 0, image.width // 2, image.height))


def _blurred(image: Image) -> Image:
    from PIL.ImageFilter import GaussianBlur

    return image.filter(GaussianBlur(image.width / 30))


def _other_ground(image: Image) -> Image:
    """White ground becomes a soft brown one with a gradient."""
    pixels = np.asarray(image).astype(np.float32)
    ground = np.linspace(90, 170, pixels.shape[0], dtype=np.float32)[:, None, None] * np.array(
        [1.0, 0.85, 0.7], np.float32
    )
    return _image(np.where((pixels > 240).all(axis=2, keepdims=True), ground, pixels))


def _image(pixels: NDArray[np.float32]) -> Image:
    from PIL import Image

    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


MILD: dict[str, Callable[[bytes], bytes]] = {
    "10 % cropped off": _changed(_cropped(0.1)),
    "turned by 10 degrees": _changed(_turned),
    "re-lit": _changed(_relit),
    "JPEG quality 40": _changed(lambda image: image, quality=40),
    "mirrored": _changed(_mirrored),
}
HARD: dict[str, Callable[[bytes], bytes]] = {
    "half cropped": _changed(_left_half),
    "other background": _changed(_other_ground),
    "blurred": _changed(_blurred),
}


def _row(
    case: str, metric: str, values: NDArray[np.float64], options: Options, *, dataset: str = DATASET, split: str = "all"
) -> Row:
    """The mean of one value a query, with its interval."""
    found = bootstrap(values[:, None], seed=options.seed)
    return Row(
        bench="style", dataset=dataset, case=case, split=split, metric=metric,
        value=float(found.value[0]), low=float(found.low[0]), high=float(found.high[0]), unit="share",
    )  # fmt: skip
