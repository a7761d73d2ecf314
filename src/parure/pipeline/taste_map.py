"""A map of taste: products that look alike lie near each other, and customers among what their style is nearest to.

Two maps are drawn of the same vectors. PCA keeps the two directions in which the products differ most; distances on it
are true, but most of what tells products apart lies in the directions left out. UMAP (McInnes, Healy & Melville 2018)
keeps who is near whom; how far apart groups lie on it says little.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import util
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from parure.core.clock import rng_for
from parure.core.config import Config
from parure.core.errors import InputError, MissingExtraError
from parure.core.progress import Progress, Silent
from parure.dataset import Dataset
from parure.pipeline.bundle import Bundle
from parure.retrieval import Style

Layout = Literal["umap", "pca"]
Points = NDArray[np.float32]

AMONG: Final = 5
"""A customer's place is the middle of so many products."""
_NEAREST: Final = 8
"""Products named as alike to a product, or near to a style."""
_SHARPNESS: Final = 0.05
"""Cosine by which a product must be nearer to weigh e times as much in a customer's place."""
_STEPS: Final = 12
_PUSHES: Final = 80
_PUSH: Final = 0.3
_TOUCHING: Final = 0.004
"""Products nearer than this to a customer's place pull no harder, so that rings do not all lie on pictures."""
_VALUES: Final = (2, 60)
"""A column colours the map where it has from so many to so many different values."""
_HIDDEN: Final = {"item_id", "title", "image_url"}


class TasteMapConfig(Config):
    """What stands on the map, and how it is drawn."""

    layouts: tuple[Layout, ...] = Field(default=("umap", "pca"), min_length=1)
    """Which maps; the first is shown first. ``umap`` needs the extra ``map``."""
    most_products: int = Field(default=1500, ge=3, le=20_000)
    """Of a larger catalogue the best-selling ones are shown, and where nothing sold, some drawn by chance."""
    most_customers: int = Field(default=150, ge=0, le=20_000)
    """Of more customers those who did most are shown; 0 for none."""
    neighbours: int = Field(default=15, ge=2, le=200)
    """UMAP: how many products alike each product is tied to; more draws the whole better, fewer the detail."""
    min_dist: float = Field(default=0.6, ge=0, le=0.99)
    """UMAP: how near two products may lie on the map."""
    narrowed: float = Field(default=0.8, ge=0, le=1)
    """UMAP: how far empty space between groups is taken out, for its width says little; 0 leaves it, 1 takes all."""
    room: float = Field(default=0.75, ge=0, le=1)
    """UMAP: how far products that crowd are pushed apart: 0 not at all, 1 until together they would fill the map."""
    thumbnail_px: int = Field(default=72, ge=16, le=256)
    """Side of the pictures inside the page, in pixels."""
    seed: int = Field(default=0, ge=0)
    """Seed of everything random: the same data and seed give the same map."""


@dataclass(frozen=True)
class TasteMap:
    """Products and customers with their places; n products, m styles of customers.

    Attributes:
        product_ids: The products, those that sold best first.
        titles: Their titles.
        addresses: Where the catalogue says that their pictures are; None where it does not.
        price_cents: int64[n], -1 where unknown.
        columns: Text columns with few different values, by name, each of length n.
        layouts: Name of a layout -> float32[n, 2], from 0 to 1.
        alike: int32[n, <= 8], rows of the products that look most alike, nearest first.
        customer_ids: Of each style whose it is; several styles of one customer stand side by side.
        shares: float32[m], the style's share of what the customer did.
        places: Name of a layout -> float32[m, 2].
        near: int32[m, <= 8], rows of the products nearest to the style.
        catalogue_size: Products with a vector, shown or not.
        customers_size: Customers who did anything, shown or not.
    """

    product_ids: tuple[str, ...]
    titles: tuple[str, ...]
    addresses: tuple[str | None, ...]
    price_cents: NDArray[np.int64]
    columns: Mapping[str, Sequence[str | None]]
    layouts: Mapping[str, Points]
    alike: NDArray[np.int32]
    customer_ids: tuple[str, ...]
    shares: NDArray[np.float32]
    places: Mapping[str, Points]
    near: NDArray[np.int32]
    catalogue_size: int
    customers_size: int


def umap_is_there() -> bool:
    """Whether the package that draws UMAP is installed."""
    return util.find_spec("umap") is not None


def taste_map(bundle: Bundle, config: TasteMapConfig | None = None, *, progress: Progress | None = None) -> TasteMap:
    """Give products and customers of a bundle their places.

    Args:
        bundle: What was trained; its dataset holds the vectors.
        config: What to show; the defaults where None.
        progress: Where to report to.

    Raises:
        InputError: Fewer than three products have a vector.
        MissingExtraError: ``umap`` is asked for and not installed.

    Cost:
        For 1,500 products of 1,280 numbers about 6 s of UMAP (its first run on a machine compiles for 20 s more) and
        0.5 s of PCA.
    """
    config, progress = config or TasteMapConfig(), progress or Silent()
    dataset = bundle.dataset
    shown, size = _shown_products(dataset, config)
    vectors = _unit(dataset, shown)
    # Sums of BLAS round by how many threads share them.
    with threadpool_limits(1, "blas"):
        layouts: dict[str, Points] = {}
        for name in config.layouts:
            with progress.step(f"draw {name.upper()} of {len(shown):,} products"):
                layouts[name] = _umap(vectors, config) if name == "umap" else _pca(vectors)
        with progress.step("find what is alike"):
            alike = _nearest(vectors @ vectors.T, _NEAREST, but_itself=True)
            owners, shares, styles, customers = _styles(bundle, config)
            likeness = styles @ vectors.T
    table = dataset.item_table.take(pa.array(shown))
    return TasteMap(
        product_ids=tuple(dataset.items.ids_of(shown)),
        titles=tuple(text or "" for text in table.column("title").to_pylist()),
        addresses=tuple(_texts(table, "image_url")),
        price_cents=table.column("price_cents").fill_null(-1).to_numpy().astype(np.int64),
        columns=_colouring(table),
        layouts=layouts,
        alike=alike,
        customer_ids=owners,
        shares=shares,
        places={name: _among(likeness, points) for name, points in layouts.items()},
        near=_nearest(likeness, _NEAREST),
        catalogue_size=size,
        customers_size=customers,
    )


def _shown_products(dataset: Dataset, config: TasteMapConfig) -> tuple[NDArray[np.int64], int]:
    """Rows of the products on the map, best-selling first, and how many have a vector.

    Raises:
        InputError: There are too few to draw.
    """
    vectors = dataset.item_vectors
    known = np.flatnonzero(~np.isnan(vectors[:, 0])) if vectors is not None else np.empty(0, np.int64)
    if len(known) < 3:
        raise InputError(
            f"The bundle has {len(known)} products with a vector; a map needs three at least.",
            hint="Run: parure encode (or parure ingest --embeddings FILE), then parure train.",
        )
    sold = dataset.item_table.column("purchases").fill_null(0).to_numpy().astype(np.int64)[known]
    chance = rng_for(config.seed, "taste map").permutation(len(known))
    return known[np.lexsort((chance, -sold))][: config.most_products], len(known)


def _unit(dataset: Dataset, rows: NDArray[np.int64]) -> Points:
    if dataset.item_vectors is None:  # pragma: no cover - the rows are those of vectors
        raise InputError("The bundle has no vectors.")
    vectors = dataset.item_vectors[rows]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _pca(vectors: Points) -> Points:
    """The two directions in which the vectors differ most, in a box from 0 to 1."""
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    points = centred @ axes[:, :-3:-1]
    # The sign of an axis is open: the farther side goes right and up.
    points *= np.where(np.abs(points.min(axis=0)) > points.max(axis=0), -1, 1)
    return _boxed(points)


def _umap(vectors: Points, config: TasteMapConfig) -> Points:
    if not umap_is_there():
        raise MissingExtraError("umap-learn", "map", "A map by UMAP")
    with warnings.catch_warnings():
        # It warns that a seed means one thread, and of its own libraries' future.
        warnings.simplefilter("ignore")
        from umap import UMAP

        drawn = UMAP(
            n_neighbors=min(config.neighbours, len(vectors) - 1),
            min_dist=config.min_dist,
            metric="cosine",
            init="pca",
            random_state=config.seed,
            n_jobs=1,
        ).fit_transform(vectors)
    return _boxed(_spread(_narrowed(np.asarray(drawn, dtype=np.float64), config.narrowed), config.room))


def _narrowed(points: NDArray[np.float64], amount: float) -> NDArray[np.float64]:
    """Each axis mixed with its ranks: the order along it stays, wide gaps shrink and crowds get room."""
    length = np.maximum(np.ptp(points, axis=0), 1e-12)
    ranks = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0, kind="stable") / max(len(points) - 1, 1)
    return np.asarray(length * ((1 - amount) * (points - points.min(axis=0)) / length + amount * ranks))


def _spread(points: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """Push products apart, pair by pair, until hardly two are nearer than the room that each can have.

    Args:
        points: float64[n, 2].
        room: Share of the distance at which n products would fill the map like a grid.

    Cost:
        Some 60 rounds of neighbour search in the plane: under a second for 1,500 products.
    """
    length = np.maximum(np.ptp(points, axis=0), 1e-12)
    spread = (points - points.min(axis=0)) / length
    gap = room / np.sqrt(len(points))
    for _ in range(_PUSHES if gap else 0):
        pairs = cKDTree(spread).query_pairs(gap, output_type="ndarray")
        if not len(pairs):
            break
        first, second = pairs[np.lexsort(pairs.T[::-1])].T
        between = spread[first] - spread[second]
        distance = np.linalg.norm(between, axis=1, keepdims=True)
        # Two on one spot part sideways.
        between = np.where(distance > 1e-9, between / np.maximum(distance, 1e-9), [1.0, 0.0])
        push = _PUSH * (gap - distance) * between
        for axis in (0, 1):
            spread[:, axis] += np.bincount(first, push[:, axis], len(spread))
            spread[:, axis] -= np.bincount(second, push[:, axis], len(spread))
    return np.asarray(spread * length)


def _boxed(points: NDArray[np.float64]) -> Points:
    """Moved and scaled alike in both directions, so that the longer one runs from 0 to 1 and the other is centred."""
    low, high = points.min(axis=0), points.max(axis=0)
    length = max(float((high - low).max()), 1e-12)
    return np.asarray((points - (low + high) / 2) / length + 0.5, dtype=np.float32)


def _styles(bundle: Bundle, config: TasteMapConfig) -> tuple[tuple[str, ...], NDArray[np.float32], Points, int]:
    """Whose style, its share and its direction, for the customers on the map; and how many customers did anything."""
    dataset = bundle.dataset
    style = next((source for source in bundle.sources if isinstance(source, Style)), None)
    if style is None:
        style = Style().fit(dataset, rng=rng_for(config.seed, "style"))
    done = np.diff(dataset.user_offsets)
    active = np.flatnonzero(done)
    # A few more than are shown, for some have done nothing with a product that has a vector.
    busiest = active[np.lexsort((active, -done[active]))][: 2 * config.most_customers]
    ids = dataset.users.ids_of(busiest)
    folded = style.styles(dataset.queries(ids))
    has_one = ~np.isnan(folded.vectors[folded.offsets[:-1], 0])
    kept = np.flatnonzero(has_one)[: config.most_customers]
    parts = [np.arange(folded.offsets[row], folded.offsets[row + 1]) for row in kept]
    rows = np.concatenate([*parts, np.empty(0, np.int64)]).astype(np.int64)
    owners = tuple(ids[row] for row, part in zip(kept, parts, strict=True) for _ in part)
    return owners, folded.share[rows], folded.vectors[rows], len(active)


def _nearest(likeness: Points, k: int, *, but_itself: bool = False) -> NDArray[np.int32]:
    """Columns of the ``k`` largest values of each row, largest first, ties in column order."""
    if but_itself:
        likeness = likeness.copy()
        np.fill_diagonal(likeness, -np.inf)
    k = min(k, likeness.shape[1] - but_itself)
    return np.argsort(-likeness, axis=1, kind="stable")[:, :k].astype(np.int32)


def _among(likeness: Points, points: Points) -> Points:
    """The place of each style among the products nearest to it, the nearer the heavier.

    It is their weighted geometric median (Weiszfeld 1937): where they lie in two groups the mean would fall between, it
    stays with the weightier one.
    """
    nearest = _nearest(likeness, AMONG)
    values = np.take_along_axis(likeness, nearest, axis=1)
    weight = np.exp((values - values.max(axis=1, keepdims=True, initial=-1)) / _SHARPNESS)
    there = points[nearest].astype(np.float64)
    place = _mean_place(weight, there)
    for _ in range(_STEPS):
        distance = np.linalg.norm(there - place[:, None], axis=2)
        place = _mean_place(weight / np.maximum(distance, _TOUCHING), there)
    return place.astype(np.float32)


def _mean_place(weight: NDArray[np.floating], there: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(np.einsum("mk,mkd->md", weight / total, there))


def _texts(table: pa.Table, name: str) -> list[str | None]:
    return list(table.column(name).to_pylist()) if name in table.column_names else [None] * len(table)


def _colouring(table: pa.Table) -> dict[str, list[str | None]]:
    """Text columns that tell products apart without naming them: some values, not one each."""
    few, many = _VALUES
    found = {}
    for field in table.schema:
        if field.name in _HIDDEN or not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        values = pc.count_distinct(table.column(field.name)).as_py()
        if few <= values <= min(many, max(few, len(table) // 2)):
            found[field.name] = list(table.column(field.name).to_pylist())
    return found
