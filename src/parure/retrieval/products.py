"""The largest products of a vector with those of a catalogue, exactly and without looking at most of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, IdMap
from parure.core.keys import best_of, keys_of, score_of, select
from parure.core.native import native, native_sums
from parure.retrieval.folded import FoldedIn, Rows, Scores
from parure.retrieval.marks import Marks, barred_marks, is_marked

Codes = NDArray[np.int8]
Turn = NDArray[np.float64]

_LEVELS: Final = 127
"""A number of an item's vector is rounded to so many steps on each side of 0."""
_QUERY_LEVELS: Final = 32_767
"""One of the query's to so many, or fewer where vectors are so long that the sum of products would not fit."""
_ROUNDING: Final = 1e-5
"""Sums of single precision are off by less than this share of the lengths."""
_MOST: Final = 2**31 - 1
_LANE: Final = 64
_BATCH: Final = 512
"""So many items are looked at in one go."""
_FIRST: Final = 4
"""So many times as many items as are wanted are looked at before it is asked how good the worst one found will be; from
then on it is asked whenever half as many as are wanted have come to those that may be among them."""
_BLOCK: Final = 16_384


@dataclass(frozen=True)
class Catalogue:
    """Vectors of a catalogue, made ready for being searched by products.

    Longest vectors first: by Cauchy and Schwarz no product exceeds that of the lengths, so that the search ends where
    even that is less than the worst item found. Before, most items are passed over by their vectors rounded to a byte
    a number, which a product is off from by no more than the length of what the rounding took. What is left is
    multiplied out. No item is missed.

    Products stay the same where items are turned one way and queries the other: v'q = (L^-1 v)'(L'q). Where a few
    directions hold most of all lengths, they hide how short items are in the others; turned so that no direction
    stands out (whitening), half as many items are long enough to be looked at.

    Attributes:
        vectors: float32[items, size]; what is zero or NaN is never found.
        order: int32[n], rows of the other items, the longest vector first, as ``facts`` has them.
        codes: int8[pieces, n, 64], vectors of these, turned, rounded and cut in pieces, zeros behind them.
        facts: float32[3, n], of each its length, one step of the rounding, and what the rounding took at most; all with
            a little on top for what sums of single precision lose.
        query_turn: float64[size, size], L', which turns a query.

    Cost:
        Made: 0.2 s for 100,000 vectors of 64 numbers, and a quarter of their memory. The best 80 of 105,542 items of
        matrix factorisation: 5 in 100 are looked at and 0.1 in 100 multiplied out, in 0.04 ms;
        where all vectors are of one length, all are looked at.
    """

    vectors: Scores
    order: Rows
    codes: Codes
    facts: Scores
    query_turn: Turn

    @classmethod
    def of(cls, vectors: Scores, item_turn: Turn | None = None) -> Self:
        """Turn, sort and round float32[items, size].

        Args:
            vectors: The items.
            item_turn: float64[size, size], L'^-1 of L L' = the sum of v v' over all items or much like it, which turns
                an item; where None or empty, nothing is turned.
        """
        width = vectors.shape[1]
        turn = np.eye(width) if item_turn is None or not len(item_turn) else item_turn
        # Products of single precision are off by a share of the lengths of what is multiplied: of vectors as they came.
        stretch = _ROUNDING * float(np.linalg.norm(turn, 2))
        lengths = np.empty(len(vectors))
        for start in range(0, len(vectors), _BLOCK):
            given = vectors[start : start + _BLOCK].astype(np.float64)
            turned = np.linalg.norm(given @ turn, axis=1)
            lengths[start : start + _BLOCK] = turned * (1 + _ROUNDING) + stretch * np.linalg.norm(given, axis=1)
        known = np.flatnonzero(lengths > 0)  # a comparison with NaN is false
        order = known[np.argsort(-lengths[known], kind="stable")].astype(np.int32)
        size = -(-width // _LANE) * _LANE
        codes = np.zeros((len(order), size), np.int8)
        facts = np.empty((3, len(order)), np.float32)
        off = np.sqrt(size) / 2 / min(_QUERY_LEVELS, _MOST // (_LEVELS * size)) + _ROUNDING
        for start in range(0, len(order), _BLOCK):
            part = slice(start, start + _BLOCK)
            given = vectors[order[part]].astype(np.float64)
            block, more = given @ turn, stretch * np.linalg.norm(given, axis=1)
            step = np.abs(block).max(axis=1, initial=0) / _LEVELS
            codes[part, :width] = rounded = np.rint(block / step[:, None])
            length, lost = np.linalg.norm(block, axis=1), np.linalg.norm(block - rounded * step[:, None], axis=1)
            facts[:, part] = lengths[order[part]], step, lost + (length + lost) * off + more
        pieces = codes.reshape(len(order), size // _LANE, _LANE).transpose(1, 0, 2)
        return cls(vectors, order, np.ascontiguousarray(pieces), facts, np.asarray(np.linalg.inv(turn), np.float64))

    def best(self, vector: Scores, k: int, exclude: Rows) -> tuple[Rows, Scores]:
        """The items with the largest products, largest first, ties by row.

        Args:
            vector: float32[size]; nothing is found for one with NaN.
            k: How many at most.
            exclude: int32[m], rows that must not be found.

        Returns:
            int32[<=k] and float32[<=k].
        """
        barred = barred_marks(exclude, len(self.vectors))
        return _best(self.vectors, self.order, self.codes, self.facts, self.query_turn, vector, max(k, 0), barred)


class VectorFoldedIn(FoldedIn):
    """One query folded in as a vector; an item's score is the product of its vector with the query's.

    Args:
        source: Name of the source.
        items: The catalogue.
        vector: float32[size]; NaN where nothing is known of the query.
        catalogue: The items' vectors.
    """

    def __init__(self, source: str, items: IdMap, vector: Scores, catalogue: Catalogue) -> None:
        self._source = source
        self._items = items
        self._vector = vector
        self._catalogue = catalogue

    def top(self, k: int, exclude: Sequence[Rows] | None = None) -> list[Candidates]:
        """See :meth:`FoldedIn.top`."""
        barred = np.empty(0, np.int32) if exclude is None else exclude[0]
        return [Candidates(self._source, self._items, *self._catalogue.best(self._vector, k, barred))]

    def score(self, rows: Sequence[Rows]) -> list[Scores]:
        """See :meth:`FoldedIn.score`."""
        (wanted,) = rows
        return [_products(self._catalogue.vectors, self._vector, wanted)]


@native_sums
def _product(one: Scores, other: Scores) -> np.float32:
    total = np.float32(0)
    for place in range(len(one)):
        total += one[place] * other[place]
    return total


@native
def _bound(
    most: Scores,
    codes: Codes,
    facts: Scores,
    part: tuple[int, int],
    query: tuple[NDArray[np.int16], np.float32, np.float32],
) -> None:
    """Fill in what the products of the items from one place to another do not exceed.

    Each line of a table is cut to the part by itself: of a table that is cut lengthwise numbers are read one by one.
    """
    start, stop = part
    rounded, step, length = query
    bounds, steps, off = most[start:stop], facts[1, start:stop], facts[2, start:stop]
    for piece in range(len(rounded)):
        _multiplied(bounds, codes[piece, start:stop], rounded[piece], piece == 0)
    for place in range(len(bounds)):
        bounds[place] = bounds[place] * (step * steps[place]) + length * off[place]


@native
def _multiplied(sums: Scores, codes: Codes, rounded: NDArray[np.int16], is_first: bool) -> None:
    """Add the products with one piece of all vectors to sums."""
    for place in range(len(sums)):
        total = np.int32(0)
        # So many at once a processor multiplies in a few steps; a loop of any other length takes twice as long.
        for number in range(_LANE):
            total = np.int32(total + np.int32(np.int32(codes[place, number]) * np.int32(rounded[number])))
        sums[place] = np.float32(total) if is_first else sums[place] + np.float32(total)


@native
def _products(vectors: Scores, vector: Scores, rows: Rows) -> Scores:
    """Products of some items, NaN for one without a vector."""
    found = np.empty(len(rows), np.float32)
    for place in range(len(rows)):
        item = vectors[rows[place]]
        found[place] = _product(item, vector)
        if found[place] == 0:
            known = False
            for number in item:
                known |= number != 0
            found[place] = found[place] if known else np.nan
    return found


@native
def _best(
    vectors: Scores, order: Rows, codes: Codes, facts: Scores, query_turn: Turn, vector: Scores, k: int, barred: Marks
) -> tuple[Rows, Scores]:
    """What :meth:`Catalogue.best` finds."""
    k = min(k, len(order))
    if k == 0 or np.isnan(vector[0]):
        return np.empty(0, np.int32), np.empty(0, np.float32)
    query = _rounded(_turned(vector, query_turn), len(codes) * _LANE)
    length = query[2]
    most, near = np.empty(len(order), np.float32), np.empty(len(order), np.int32)
    border, found, full = np.float32(-np.inf), 0, _FIRST * k
    for start in range(0, len(order), _BATCH):
        if facts[0, start] * length < border:
            break
        stop = min(start + _BATCH, len(order))
        _bound(most, codes, facts, (start, stop), query)
        count = found
        for place in range(start, stop):
            near[count] = place
            count += most[place] >= border
        for number in range(found, count):
            near[found] = near[number]
            found += not is_marked(barred, order[near[number]])
        if found >= full:
            border, found = _narrowed(near[:found], most, facts[2], length, k)
            full = found + k // 2
    if found > k:
        border, found = _narrowed(near[:found], most, facts[2], length, k)
    rows, scores = np.empty(found, np.int32), np.empty(found, np.float32)
    # All at once, so that the processor waits for the memory of several at a time.
    for place in range(found):
        rows[place] = order[near[place]]
        scores[place] = _product(vectors[rows[place]], vector)
    return best_of(rows, scores, k)


@native
def _narrowed(near: Rows, most: Scores, off: Scores, length: np.float32, k: int) -> tuple[np.float32, int]:
    """What the ``k``-th best product is at least, and how many may reach that; these are brought to the front.

    Args:
        near: int32[n], places of items, ``k`` at least, changed in place.
        most: What the product of each is at most, by place.
        off: How far that is off for a query of length 1, by place.
        length: The query's.
        k: How many are wanted.
    """
    least = np.empty(len(near), np.float32)
    for number in range(len(near)):
        least[number] = most[near[number]] - 2 * length * off[near[number]]
    keys = keys_of(near, least)
    select(keys, k)
    border, found = np.float32(score_of(keys[k - 1])), 0
    for place in near:
        near[found] = place
        found += most[place] >= border
    return border, found


@native_sums
def _turned(vector: Scores, query_turn: Turn) -> NDArray[np.float64]:
    """A query's vector in the coordinates of the codes."""
    turned = vector.astype(np.float64)
    for row in range(len(query_turn)):
        total, line = 0.0, query_turn[row]
        for place in range(len(vector)):
            total += line[place] * vector[place]
        turned[row] = total
    return turned


@native
def _rounded(vector: NDArray[np.float64], size: int) -> tuple[NDArray[np.int16], np.float32, np.float32]:
    """A query's vector as whole numbers, zeros behind it, the step between them, and its length."""
    largest, squares = 0.0, 0.0
    for number in vector:
        largest, squares = max(largest, abs(number)), squares + number * number
    step = np.float32(largest / min(_QUERY_LEVELS, _MOST // (_LEVELS * size)))
    rounded = np.zeros(size, np.int16)
    for place in range(len(vector) if step > 0 else 0):
        rounded[place] = np.int16(np.rint(vector[place] / step))
    return rounded.reshape(-1, _LANE), step, np.float32(np.sqrt(squares))
