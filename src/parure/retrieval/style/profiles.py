"""Taste as one direction: the weighted, time-decayed mean or median of unit vectors, for all customers at once.

The mean is the sparse matrix of what each customer did times the dense matrix of what items look like, scaled to
length 1. The median is the point on the unit sphere from which the weighted sum of straight distances to the items is
least: an odd purchase, however far off, pulls it no harder than a near one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from parure.retrieval.signals import Acts

Vectors = NDArray[np.float32]
Average = Literal["mean", "median"]

_CHUNK_BYTES: Final = 16 * 2**20
"""Rows of profiles worked on at once fill about this."""
_MEDIAN_STEPS: Final = 50
_MEDIAN_DONE: Final = 3e-5
"""Steps stop when no likeness of an item to its middle changes by more than this."""
_MEDIAN_SMOOTH: Final = 1e-3
"""A distance is taken as the root of its square plus the square of this, so that a profile may lie on an item."""
_ALL_IN_ONE: Final = 1e-3
"""Where less than this share of the weight lies on pairs of different items, there is nothing to compare."""


@dataclass(frozen=True)
class Weights:
    """A sparse matrix in the layout of CSR, without what SciPy's takes time to make: one request needs none of it.

    Attributes:
        data: float32[n].
        indices: int32[n], the column of each number.
        indptr: int32 or int64[rows + 1], where rows begin.
        columns: How many there are.
    """

    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.integer]
    columns: int

    @classmethod
    def of(cls, matrix: sp.csr_matrix) -> Self:
        """The same numbers as a SciPy matrix's."""
        return cls(matrix.data, matrix.indices, matrix.indptr, matrix.shape[1])

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def parts(self) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.integer]]:
        """Its three arrays: data, indices and indptr."""
        return self.data, self.indices, self.indptr

    @cached_property
    def matrix(self) -> sp.csr_matrix:
        """As a SciPy matrix; made when first asked for."""
        return sp.csr_matrix((self.data, self.indices, self.indptr), shape=(len(self), self.columns))


@dataclass(frozen=True)
class Taste:
    """What rows (customers or queries) did with items that have a vector.

    Attributes:
        weights: float32[rows, items], above 0: what counts for an item, decayed, relative to the row's newest
            event; an item that was sent back or dismissed more than it was liked is not stored.
        events: int64[rows], how many events spoke for an item.
    """

    weights: Weights
    events: NDArray[np.int64]


@dataclass(frozen=True)
class Profiles:
    """The styles of several rows.

    Attributes:
        vectors: float32[rows, size], of length 1; NaN for a row with too few events.
        consistency: float32[rows], mean likeness of pairs of the row's items; see :func:`style_profiles`.
        events: int64[rows], events that spoke for an item with a vector.
    """

    vectors: Vectors
    consistency: NDArray[np.float32]
    events: NDArray[np.int64]


def known_rows(unit: Vectors) -> NDArray[np.bool_]:
    """bool[items]: which items have a vector."""
    return ~np.isnan(unit[:, 0]) if unit.shape[1] else np.zeros(len(unit), dtype=bool)


def taste_of(acts: Acts, known: NDArray[np.bool_], *, half_life_days: float | None) -> Taste:
    """Weigh what was done, per item.

    Args:
        acts: Events, sorted by (row, time).
        known: bool[items], which items have a vector; events on others do not count.
        half_life_days: After this many days an event counts half; no decay where None.

    Returns:
        One row a row of ``acts``.

    Cost:
        One sort of the events by cell.
    """
    if len(acts) < len(known) or not known.all():
        acts = acts.take(known[acts.item_ix])
    worth = acts.weight.astype(np.float64)
    if half_life_days is not None and len(acts):
        age = np.maximum(acts.age_days, 0.0)
        # A direction depends on ratios of weights alone. Counting from the newest event of the row keeps the numbers
        # near 1, so that a taste of ten years ago does not vanish in rounding.
        worth *= np.exp2((_newest(age, acts) - age) / half_life_days)
    liked = acts.weight > 0
    if acts.shape[0] == 1:
        events = np.array([np.count_nonzero(liked)], np.int64)
    else:
        events = np.bincount(acts.row[liked], minlength=acts.shape[0]).astype(np.int64)
    data, indices, indptr = acts.summed(worth)
    return Taste(Weights(data.astype(np.float32), indices, indptr, acts.shape[1]), events)


def _newest(age: NDArray[np.float64], acts: Acts) -> NDArray[np.float64] | float:
    """The age of the newest event of each event's row."""
    if acts.shape[0] == 1:
        return float(age.min())
    starts = np.flatnonzero(np.concatenate([[True], acts.row[1:] != acts.row[:-1]]))
    return np.repeat(np.minimum.reduceat(age, starts), np.diff(np.append(starts, len(acts))))


def style_profiles(taste: Taste, unit: Vectors, *, min_events: int = 3, average: Average = "mean") -> Profiles:
    """The style of every row.

    Consistency is the mean likeness (cosine) of pairs of different items, each pair weighing the product of its items'
    weights. With ``s`` the weighted sum of unit vectors it is ``(|s|^2 - sum w^2) / ((sum w)^2 - sum w^2)``, which
    costs nothing beyond the profiles. NaN for rows with fewer than two items, or whose weight lies on one of them.

    Args:
        taste: What each row did.
        unit: float32[items, size], vectors of length 1 or NaN.
        min_events: Rows with fewer events have no style.
        average: ``mean``, or ``median`` for what is not drawn away by the odd item.

    Cost:
        Mean: one sparse x dense product. Median: about eight times that.
    """
    vectors, squares = _directions(taste, unit, min_events)
    consistency = _consistency(taste.weights, squares)
    if average == "median":
        vectors = style_vectors(taste, unit, min_events=min_events, average=average)
    return Profiles(vectors, consistency.astype(np.float32), taste.events)


def style_vectors(taste: Taste, unit: Vectors, *, min_events: int = 3, average: Average = "mean") -> Vectors:
    """The ``vectors`` of :func:`style_profiles` alone."""
    if average == "median":
        taste = Taste(_median_weights(taste.weights, unit), taste.events)
    return _directions(taste, unit, min_events)[0]


def _directions(taste: Taste, unit: Vectors, min_events: int) -> tuple[Vectors, NDArray[np.float64]]:
    """The weighted sums of unit vectors, scaled to length 1, and the squares of their lengths."""
    weights = taste.weights.matrix
    rows, size = weights.shape[0], unit.shape[1]
    vectors = np.empty((rows, size), dtype=np.float32)
    squares = np.empty(rows)
    for start, stop in _chunks(rows, size):
        part = weights if stop - start == rows else weights[start:stop]
        sums = part @ unit
        square = np.einsum("ij,ij->i", sums, sums, dtype=np.float64)
        usable = (taste.events[start:stop] >= min_events) & (square > 0)
        scale = np.where(usable, 1 / np.sqrt(np.where(usable, square, 1)), np.nan)
        np.multiply(sums, scale[:, None].astype(np.float32), out=vectors[start:stop])
        squares[start:stop] = square
    return vectors, squares


def _chunks(rows: int, size: int) -> Iterator[tuple[int, int]]:
    step = max(1, _CHUNK_BYTES // (4 * max(size, 1)))
    return ((start, min(start + step, rows)) for start in range(0, rows, step))


def _consistency(weights: Weights, squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """See :func:`style_profiles`; ``squares`` are squared lengths of the sums, float64[rows]."""
    rows = np.repeat(np.arange(len(weights)), np.diff(weights.indptr))
    data = weights.data.astype(np.float64)
    whole = np.bincount(rows, data, len(weights)) ** 2
    own = np.bincount(rows, data**2, len(weights))
    pairs = whole - own
    found = np.full(len(whole), np.nan)
    some = pairs > _ALL_IN_ONE * whole
    found[some] = ((squares[some] - own[some]) / pairs[some]).clip(-1, 1)
    return found


def _median_weights(weights: Weights, unit: Vectors) -> Weights:
    """The weights whose mean is the median of the given ones, row by row.

    Weiszfeld's steps on the sphere, which divide a weight by the item's distance to the middle so far. A distance is a
    concave function of the cosine, so that its tangent lies above it everywhere: each step minimises that bound, and
    no step makes the sum of distances larger. Steps need likenesses between a row's items alone.
    """
    found = replace(weights, data=weights.data.copy())
    counts = np.diff(weights.indptr)
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] > 1]
    start = 0
    while start < len(order):
        longest = counts[order[start : start + _rows_at_once(int(counts[order[start]]), unit.shape[1])]].max()
        rows = order[start : start + _rows_at_once(int(longest), unit.shape[1])]
        start += len(rows)
        cells = weights.indptr[rows][:, None] + np.arange(counts[rows].max())
        filled = np.arange(counts[rows].max()) < counts[rows][:, None]
        cells = np.where(filled, cells, weights.indptr[rows][:, None])
        items = unit[weights.indices[cells]]
        pulled = _weiszfeld(items @ items.transpose(0, 2, 1), np.where(filled, weights.data[cells], 0))
        found.data[cells[filled]] = pulled[filled]
    return found


def _rows_at_once(longest: int, size: int) -> int:
    return max(1, _CHUNK_BYTES // (4 * max(longest * max(size, longest), 1)))


def _weiszfeld(gram: Vectors, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights whose mean is the median: gram float32[rows, n, n], weight float32[rows, n], 0 for what is not there."""
    top = weight.max(axis=1, keepdims=True)
    # What has decayed to nothing, or was undone, has no middle: it keeps its zeros.
    weight = np.divide(weight, top, out=np.zeros_like(weight), where=top > 0)
    pulled = weight
    last = np.zeros_like(weight)
    for _ in range(_MEDIAN_STEPS):
        products = np.einsum("rij,rj->ri", gram, pulled)
        length = np.sqrt(np.maximum(np.einsum("ri,ri->r", products, pulled), 1e-20))[:, None]
        cosine = products / length
        moving = np.where(weight > 0, np.abs(cosine - last), 0).max(axis=1) >= _MEDIAN_DONE
        if not moving.any():
            break
        last = cosine
        # A row that has come to rest stays, whichever rows it is worked on with.
        drawn = weight / np.sqrt(np.maximum(2 - 2 * cosine, 0) + np.float32(_MEDIAN_SMOOTH**2))
        pulled = np.where(moving[:, None], drawn, pulled)
    return np.asarray(pulled, dtype=np.float32)
