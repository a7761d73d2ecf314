"""Several styles a customer: spherical k-means over what they liked, the number chosen by the data.

All of it works on the likenesses between a customer's items, which are few, and never on the long vectors again. For
each number of styles the items are grouped by weighted spherical k-means (Dhillon & Modha 2001), begun from items as
unlike as possible; the number with the largest silhouette (Rousseeuw 1987), by cosine distance and weighted like the
items, wins if it is large enough. Otherwise the customer has one style.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.index import unit_rows
from parure.retrieval.style.profiles import Average, Taste, Vectors, Weights, style_vectors

_STEPS: Final = 20
_HOPELESS: Final = 0.55
"""Where a rough cut reaches less than this part of the silhouette that is asked for, no styles are looked for."""
_HEAVIEST: Final = 64
"""Styles are made of at most so many items: those that weigh most."""
_ONE, _TINY, _SAME = (np.array(value, np.float32) for value in (1, 1e-12, 1e-6))
"""As arrays: beside arrays of twenty numbers, turning a Python number into one takes longer than the arithmetic."""


class StyleSplit(Config):
    """When one customer has several styles."""

    max_styles: int = Field(default=4, ge=1, le=20)
    """A customer has at most so many styles; 1 for a single one."""
    styles_from_items: int = Field(default=8, ge=2, le=1000)
    """A customer may have several styles from this many different items on."""
    style_min_items: int = Field(default=3, ge=1, le=1000)
    """Where there are several styles, each rests on at least this many different items."""
    style_min_silhouette: float = Field(default=0.25, ge=-1, le=1)
    """Styles are told apart where their silhouette is larger: 0 is no better than one style, 1 is perfect. Items of a
    single style, cut at their best, rarely reach this default."""


@dataclass(frozen=True)
class Styles:
    """Styles of several rows, those of one row side by side, the weightiest first.

    Attributes:
        vectors: float32[styles, size], of length 1; NaN for a row without a style.
        share: float32[styles], share of the row's weight; 1 where the row has one style.
        offsets: int64[rows + 1]: the styles of row r are ``offsets[r]`` to ``offsets[r + 1]``; at least one a row.
        weights: float32[styles, items], what each style is made of; an item speaks for one style of a row.
    """

    vectors: Vectors
    share: NDArray[np.float32]
    offsets: NDArray[np.int64]
    weights: Weights

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def single(cls, vectors: Vectors) -> Self:
        """One given style a row, made of nothing: float32[rows, size]."""
        rows = len(vectors)
        return cls(
            vectors,
            np.ones(rows, dtype=np.float32),
            np.arange(rows + 1, dtype=np.int64),
            Weights(np.empty(0, np.float32), np.empty(0, np.int32), np.zeros(rows + 1, np.int64), 0),
        )

    def of(self, row: int) -> slice:
        """Where the styles of a row stand."""
        return slice(int(self.offsets[row]), int(self.offsets[row + 1]))


def split_styles(
    taste: Taste, unit: Vectors, split: StyleSplit, *, min_events: int = 3, average: Average = "mean"
) -> Styles:
    """The styles of every row.

    Args:
        taste: What each row did.
        unit: float32[items, size], vectors of length 1 or NaN.
        split: When a row has several.
        min_events: Rows with fewer events have no style.
        average: Which middle of its items a style is.

    Cost:
        For 20 items of 1,280 numbers about 0.1 ms a row on one core, about 0.4 ms where groups are looked for.
    """
    weights = taste.weights
    bounds = weights.indptr.tolist()
    fewest = max(split.styles_from_items, 2 * split.style_min_items) if split.max_styles > 1 else sys.maxsize
    vectors: list[Vectors] = []
    number, labels = [], np.zeros(len(weights.data), dtype=np.int64)
    for (start, stop), events in zip(pairwise(bounds), taste.events.tolist(), strict=True):
        number.append(1)
        if events < min_events or start == stop:
            vectors.append(np.full((1, unit.shape[1]), np.nan, np.float32))
            continue
        items = _with_middle(unit, weights.indices[start:stop], weights.data[start:stop])
        if stop - start >= fewest:
            labels[start:stop] = found = style_labels(items, weights.data[start:stop], split)
            number[-1] = int(found.max()) + 1
        vectors.append(items[-1:].copy() if number[-1] == 1 else _centres(items[:-1], weights.data[start:stop], found))
    joined = vectors[0] if len(vectors) == 1 else np.concatenate([np.empty((0, unit.shape[1]), np.float32), *vectors])
    if len(joined) == len(number):
        share, offsets = np.ones(len(number), np.float32), np.arange(len(number) + 1, dtype=np.int64)
    else:
        count = np.array(number, dtype=np.int64)
        offsets = np.concatenate([[0], np.cumsum(count)])
        weights = _by_style(weights, np.repeat(offsets[:-1], np.diff(weights.indptr)) + labels, len(joined))
        share = _shares(weights, count)
    if average == "median":
        apart = Taste(weights, np.repeat(taste.events, np.diff(offsets)))
        joined = style_vectors(apart, unit, min_events=min_events, average=average)
    return Styles(joined, share, offsets, weights)


def _with_middle(unit: Vectors, rows: NDArray[np.int32], weights: NDArray[np.float32]) -> Vectors:
    """The vectors of items and, behind them, their weighted mean scaled to length 1: float32[n + 1, size]."""
    found = np.empty((len(rows) + 1, unit.shape[1]), dtype=np.float32)
    unit.take(rows, axis=0, out=found[:-1], mode="clip")
    middle = weights @ found[:-1]
    found[-1:] = unit_rows(middle[None])
    return found


def _by_style(weights: Weights, style: NDArray[np.int64], n_styles: int) -> Weights:
    """The same numbers with one row a style."""
    order = np.lexsort((weights.indices, style))
    indptr = np.searchsorted(style[order], np.arange(n_styles + 1))
    return Weights(weights.data[order], weights.indices[order], indptr, weights.columns)


def _shares(by_style: Weights, number: NDArray[np.int64]) -> NDArray[np.float32]:
    owner = np.repeat(np.arange(len(number)), number)
    style = np.repeat(np.arange(len(by_style)), np.diff(by_style.indptr))
    mass = np.bincount(style, by_style.data, len(by_style))
    whole = np.bincount(owner, mass, len(number))[owner]
    return np.where(number[owner] > 1, mass / np.where(whole > 0, whole, 1), 1).astype(np.float32)


def style_labels(items: Vectors, weights: NDArray[np.float32], split: StyleSplit) -> NDArray[np.int64]:
    """Which style each item of a customer belongs to, int64[n], from 0, the weightiest style; all 0 where one serves.

    Args:
        items: float32[n + 1, size], unit vectors of different items and, last, their middle.
        weights: float32[n], above 0.
        split: When there are several.
    """
    count = len(weights)
    kept = None if count <= _HEAVIEST else np.sort(np.argsort(-weights, kind="stable")[:_HEAVIEST])
    looked = items if kept is None else items[[*kept.tolist(), count]]
    weight = weights if kept is None else weights[kept]
    # The middle makes this a product of two different matrices, for which BLAS is twice as fast with so few rows.
    gram = looked[:-1] @ looked.T
    found = _groups(gram[:, :-1], gram[:, -1], weight, split)
    if found is None:
        return np.zeros(count, dtype=np.int64)
    if kept is not None:
        found = (items[:-1] @ _centres(looked[:-1], weight, found).T).argmax(axis=1)
    order = np.argsort(-np.bincount(found, weights, int(found.max()) + 1), kind="stable")
    return np.asarray(np.argsort(order)[found])


def _groups(
    gram: Vectors, typical: Vectors, weights: NDArray[np.float32], split: StyleSplit
) -> NDArray[np.int64] | None:
    """The best grouping, None where one group serves; ``typical``, float32[n], is how like the middle items are."""
    distance = _ONE - gram
    hopeless = _HOPELESS * split.style_min_silhouette
    if not _fall_apart(gram, distance, typical, weights, hopeless):
        return None
    weight = weights / weights.max()
    best, best_silhouette = None, split.style_min_silhouette
    tried = 1
    for number in range(2, min(split.max_styles, len(gram) // split.style_min_items) + 1):
        found = _k_means(gram, weight, number, split.style_min_items)
        if found is None or found.max() < tried:
            continue
        tried = int(found.max()) + 1
        reached = silhouette(distance, weight, found)
        if reached > best_silhouette:
            best, best_silhouette = found, reached
        elif reached < hopeless:
            break
    return best


def _centres(items: Vectors, weights: NDArray[np.float32], labels: NDArray[np.int64]) -> Vectors:
    """The middle of each group, float32[groups, size]."""
    members = np.where(labels == np.arange(labels.max() + 1)[:, None], weights, np.float32(0))
    return unit_rows(members @ items)


def _fall_apart(gram: Vectors, distance: Vectors, typical: Vectors, weights: NDArray[np.float32], least: float) -> bool:
    """Whether a rough cut, by which of two items far apart each is nearer to, gives hope of several styles."""
    one = int(gram[int(typical.argmax())].argmin())
    other = int(gram[one].argmin())
    labels = (gram[one] < gram[other]).astype(np.int64)
    return 0 < int(np.count_nonzero(labels)) < len(labels) and silhouette(distance, weights, labels) >= least


def _k_means(gram: Vectors, weight: NDArray[np.float32], number: int, min_items: int) -> NDArray[np.int64] | None:
    """Weighted spherical k-means on likenesses; None where fewer than two groups are left.

    A group that comes out smaller than ``min_items``, such as one odd purchase, is dissolved into the others.
    """
    near = gram.take(_far_apart(gram, weight, number), axis=1)
    groups, column, before = np.eye(number, dtype=np.float32), weight[:, None], b""
    for _ in range(_STEPS):
        labels = near.argmax(axis=1)
        members = groups.take(labels, axis=0)
        # Bytes are compared in a tenth of the time that arrays so short take.
        told = labels.tobytes()
        if told == before:
            large = np.add.reduce(members) >= min_items
            if large.all():
                return np.asarray(labels, dtype=np.int64)
            members, told = members[:, large], b""
            groups = np.eye(members.shape[1], dtype=np.float32)
            if len(groups) < 2:
                return None
        before = told
        weighted = members * column
        products = gram.dot(weighted)
        squares = np.add.reduce(weighted * products)
        near = products / np.sqrt(np.maximum(squares, _TINY))
    return None


def _far_apart(gram: Vectors, weight: NDArray[np.float32], number: int) -> list[int]:
    """Items to begin from: the one most like the rest, and then, again and again, the least like those chosen."""
    chosen = [int((gram @ weight).argmax())]
    nearest = gram[:, chosen[0]]
    while len(chosen) < number:
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, gram[:, chosen[-1]])
    return chosen


def silhouette(distance: Vectors, weight: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """How well groups are told apart, -1 to 1: the weighted mean over items of (b - a) / max(a, b).

    ``a`` is the mean cosine distance of an item to the others of its group, ``b`` to the items of the nearest other
    group; an item alone in its group counts 0.

    Args:
        distance: float32[n, n], cosine distances; about 0 on the diagonal.
        weight: float[n].
        labels: int64[n], from 0, no group empty.
    """
    members = np.eye(int(labels.max()) + 1, dtype=np.float32).take(labels, axis=0)
    own = members.astype(np.bool_)
    size = np.add.reduce(members)
    to_group = distance.dot(members)
    # One place in each row of ``own`` is true, so that what is taken there is in the order of the items.
    others = size.take(labels) - _ONE
    inside = to_group[own] / np.maximum(others, _ONE)
    outside = to_group / size
    outside[own] = np.inf
    nearest = np.minimum.reduce(outside, axis=1)
    reached = (nearest - inside) / np.maximum(np.maximum(inside, nearest), _SAME)
    if 1 in size.tolist():
        reached[others == 0] = 0
    return float(reached.dot(weight) / np.add.reduce(weight))
