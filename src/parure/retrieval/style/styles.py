"""Several styles a customer: spherical k-means over what they liked, the number chosen by the data.

All of it works on the likenesses between a customer's items, which are few, and never on the long vectors again. For
each number of styles the items are grouped by weighted spherical k-means (Dhillon & Modha 2001), begun from items as
unlike as possible; the number with the largest silhouette (Rousseeuw 1987), by cosine distance and weighted like the
items, wins if it is large enough. Otherwise the customer has one style.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.native import native, native_sums
from parure.retrieval.style.grouping import Labels, labels_of
from parure.retrieval.style.profiles import Average, Taste, Vectors, Weights, style_vectors

Border = tuple[int, int, int, int, float, bool]
"""Least events of a row with a style; least items of one with several; most styles, least items of each and their
least silhouette; whether means are asked for."""
Parts = tuple[Vectors, NDArray[np.float32], Labels, NDArray[np.float32], NDArray[np.int32], NDArray[np.integer], Labels]

_NO_DIRECTION: Final = 1e-20
"""Vectors with a smaller squared length cancel each other out."""


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

    def border(self, min_events: int, average: Average) -> Border:
        """What :func:`split` asks for."""
        fewest = max(self.styles_from_items, 2 * self.style_min_items) if self.max_styles > 1 else sys.maxsize
        few = self.max_styles, self.style_min_items, self.style_min_silhouette
        return min_events, fewest, *few, average == "mean"


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
    taste: Taste, unit: Vectors, how: StyleSplit, *, min_events: int = 3, average: Average = "mean"
) -> Styles:
    """The styles of every row.

    Args:
        taste: What each row did.
        unit: float32[items, size], vectors of length 1 or NaN.
        how: When a row has several.
        min_events: Rows with fewer events have no style.
        average: Which middle of its items a style is.

    Cost:
        For 20 items of 1,280 numbers about 0.03 ms a row on one core; the first call compiles.
    """
    border = how.border(min_events, average)
    found = split(unit, *taste.weights.parts, taste.events, border)
    return styles_from(found, unit, min_events=min_events, average=average)


def styles_from(found: Parts, unit: Vectors, *, min_events: int, average: Average) -> Styles:
    """What :func:`split` found, with medians where these are asked for; arguments as for :func:`split_styles`."""
    vectors, share, offsets, data, indices, indptr, events = found
    weights = Weights(data, indices, indptr, len(unit))
    if average == "median":
        vectors = style_vectors(Taste(weights, events), unit, min_events=min_events, average=average)
    return Styles(vectors, share, offsets, weights)


def style_labels(items: Vectors, weights: NDArray[np.float32], split: StyleSplit) -> Labels:
    """Which style each item of a customer belongs to, int64[n], from 0, the weightiest style; all 0 where one serves.

    Args:
        items: float32[n, size], unit vectors of different items.
        weights: float32[n], above 0.
        split: When there are several.
    """
    rows = np.arange(len(items), dtype=np.int32)
    return labels_of(items, rows, weights, split.max_styles, split.style_min_items, split.style_min_silhouette)


@native
def split(
    unit: Vectors,
    data: NDArray[np.float32],
    indices: NDArray[np.int32],
    indptr: NDArray[np.integer],
    events: Labels,
    border: Border,
) -> Parts:
    """The styles of rows of a sparse matrix (data, indices, indptr) with so many events each.

    Returns:
        Vectors (of means; empty where they are not asked for), shares and offsets of :class:`Styles`; its weights as
        data, indices and indptr; and for each style the events of its row.
    """
    min_events, fewest, max_styles, min_items, least, means = border
    labels, number = _all_labels(unit, data, indices, indptr, events, min_events, fewest, max_styles, min_items, least)
    offsets, share, of_style, by_style, of_items, ends = _side_by_side(data, indices, indptr, events, labels, number)
    vectors = np.empty((0, 0), np.float32)
    if means:
        vectors = _middles(unit, by_style, of_items, ends, of_style, min_events)
    return vectors, share, offsets, by_style, of_items, ends, of_style


@native
def _all_labels(
    unit: Vectors,
    data: NDArray[np.float32],
    indices: NDArray[np.int32],
    indptr: NDArray[np.integer],
    events: Labels,
    min_events: int,
    fewest: int,
    max_styles: int,
    min_items: int,
    least: float,
) -> tuple[Labels, Labels]:
    """The style of each number of a sparse matrix within its row, and how many styles each row has."""
    labels, number = np.zeros(len(data), np.int64), np.ones(len(events), np.int64)
    for row in range(len(events)):
        start, stop = indptr[row], indptr[row + 1]
        if events[row] >= min_events and stop - start >= fewest:
            found = labels_of(unit, indices[start:stop], data[start:stop], max_styles, min_items, least)
            for place in range(len(found)):
                labels[start + place] = found[place]
            number[row] = found.max() + 1
    return labels, number


@native
def _side_by_side(
    data: NDArray[np.float32],
    indices: NDArray[np.int32],
    indptr: NDArray[np.integer],
    events: Labels,
    labels: Labels,
    number: Labels,
) -> tuple[Labels, NDArray[np.float32], Labels, NDArray[np.float32], NDArray[np.int32], Labels]:
    """Offsets, shares and events of styles, and a sparse matrix (data, indices, indptr) with one row a style."""
    offsets = np.zeros(len(number) + 1, np.int64)
    for row in range(len(number)):
        offsets[row + 1] = offsets[row] + number[row]
    share, of_row = np.ones(offsets[-1], np.float32), np.empty(offsets[-1], np.int64)
    by_style, of_items, ends = np.empty_like(data), np.empty_like(indices), np.zeros(offsets[-1] + 1, np.int64)
    filled = 0
    for row in range(len(number)):
        start, stop = indptr[row], indptr[row + 1]
        whole = 0.0
        for cell in range(start, stop):
            whole += data[cell]
        for label in range(number[row]):
            style, mass = offsets[row] + label, 0.0
            for cell in range(start, stop):
                if labels[cell] == label:
                    by_style[filled], of_items[filled] = data[cell], indices[cell]
                    mass += data[cell]
                    filled += 1
            ends[style + 1], of_row[style] = filled, events[row]
            if number[row] > 1:
                share[style] = mass / whole
    return offsets, share, of_row, by_style, of_items, ends


@native_sums
def _middles(
    unit: Vectors,
    data: NDArray[np.float32],
    indices: NDArray[np.int32],
    indptr: NDArray[np.integer],
    events: Labels,
    min_events: int,
) -> Vectors:
    """Weighted means scaled to length 1, one a row of a sparse matrix; NaN where there are too few events."""
    found = np.zeros((len(events), unit.shape[1]), np.float32)
    for row in range(len(events)):
        middle, square = found[row], np.float32(0)
        last = indptr[row + 1] - 1
        for cell in range(indptr[row], indptr[row + 1], 4):
            # Four items at once, so that a sum is read and written once for all of them; where fewer are left the last
            # stands in, weighing nothing.
            second, third, fourth = min(cell + 1, last), min(cell + 2, last), min(cell + 3, last)
            a, b, c, d = unit[indices[cell]], unit[indices[second]], unit[indices[third]], unit[indices[fourth]]
            of_a, of_b = data[cell], data[second] if second > cell else np.float32(0)
            of_c = data[third] if third > second else np.float32(0)
            of_d = data[fourth] if fourth > third else np.float32(0)
            for column in range(len(middle)):
                middle[column] += of_a * a[column] + of_b * b[column] + of_c * c[column] + of_d * d[column]
        for column in range(len(middle)):
            square += middle[column] * middle[column]
        if events[row] >= min_events and square > _NO_DIRECTION:
            middle *= np.float32(1 / np.sqrt(square))
        else:
            middle[:] = np.nan
    return found
