"""Scores of trees by compiled code, without following branches.

The idea is that of QuickScorer (Lucchese et al., SIGIR 2015) in its vectorised form (Lucchese et al., SIGIR 2016): each
leaf of a tree is a bit, from left to right. A node that a row goes right at rules out the leaves on its left; the nodes
may be asked in any order, and the lowest bit left is the leaf. Every question is put to all rows of a block at once.

A row's missing values are replaced beforehand by what makes them go where the node sends them: minus infinity goes
left everywhere, NaN right. A feature whose nodes disagree is laid out once for each answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native
from parure.ranking.trees.forest import Forest, Missing, Tree

_BLOCK = 256
"""Rows worked on at once, at most: with 40 features, their values fit into the second-level cache."""
_LANES = 16
"""Rows of a block are a multiple of this, which leaves no rest to the widest vector instructions."""
_UNROLLED = 4
"""Nodes asked in one go, see :func:`_survivors`."""
_MOST_BITS = 64
_DE_BRUIJN: Final = {32: 0x077CB531, 64: 0x03F79D71B4CB0A89}
"""Numbers whose bits, shifted by any number of places, start differently each time: a product with one bit tells which
bit it is (Leiserson, Prokop and Randall, 1998)."""
_ZERO = np.float32(1e-35)
"""LightGBM takes numbers up to this size for zero."""

Features = NDArray[np.float32]


@dataclass(frozen=True)
class _Layout:
    """Columns as nodes read them.

    Attributes:
        feature: int32[columns], feature of the row.
        nan_as: float32[columns], what stands for NaN.
        zero_as: float32[columns], what stands for zero.
    """

    feature: NDArray[np.int32]
    nan_as: NDArray[np.float32]
    zero_as: NDArray[np.float32]

    @classmethod
    def of(cls, forest: Forest) -> tuple[_Layout, list[NDArray[np.int32]]]:
        """The columns that the nodes need, and the column of each node, int32[nodes] for each tree."""
        wanted = [_reading(tree) for tree in forest.trees]
        readings, column_of = np.unique(_joined(wanted, np.int64), return_inverse=True)
        missing, missing_left = (readings >> 1) % 4, (readings % 2).astype(bool)
        side = np.where(missing_left, -np.inf, np.nan)
        layout = cls(
            (readings >> 3).astype(np.int32),
            np.where(missing == Missing.NONE, 0.0, side).astype(np.float32),
            np.where(missing == Missing.ZERO, side, 0.0).astype(np.float32),
        )
        ends = np.cumsum([0, *map(len, wanted)])
        return layout, [column_of[start:end].astype(np.int32) for start, end in pairwise(ends)]


def _reading(tree: Tree) -> NDArray[np.int64]:
    """How each node reads its feature, as one number: the feature, what is missing, where that goes."""
    missing_left = tree.missing_left & (tree.missing != Missing.NONE)
    return np.asarray(tree.feature.astype(np.int64) * 8 + tree.missing * 2 + missing_left)


def rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest single-precision numbers that are not above, which such numbers can be compared with instead."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)


class TreeScorer(ABC):
    """Adds up what the leaves that a row comes out at are worth, and what each voice has in that.

    Args:
        forest: The trees.
        groups: Voice of each feature, int64[features].
        voices: How many voices there are; the last one has what every row gets.
    """

    def __init__(self, forest: Forest, groups: Sequence[int], voices: int) -> None:
        self._voices = voices
        width = -(-voices // _LANES) * _LANES
        self._values = self._table([tree.value[:, None] for tree in forest.trees], 1)[..., 0].copy()
        found = (tree.contributions(groups, voices) for tree in forest.trees)
        padded = [np.pad(each, ((0, 0), (0, width - voices))) for each in found]
        self._parts = self._table(padded, width).astype(np.float32)
        self._no_parts = self._parts[..., :0].copy()

    def scores(self, features: Features) -> NDArray[np.float32]:
        """Scores, float32[n] for float32[n, features]; summed in double precision and in the order of the trees.

        Cost:
            200 rows, 40 features, 100 trees of 31 leaves: about 55 microseconds of a 2.6 GHz server core with AVX-512.
        """
        return self._summed(_plain(features), self._no_parts)[0].astype(np.float32)

    def scores_and_shares(self, features: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores as :meth:`scores` gives them, and what each voice has in them, float32[n, voices].

        Cost:
            Twice that of the scores alone, for up to 16 voices.
        """
        scores, shares = self._summed(_plain(features), self._parts)
        return scores.astype(np.float32), shares[:, : self._voices]

    @abstractmethod
    def _table(self, rows: Sequence[NDArray[np.float64]], width: int) -> NDArray[np.float64]:
        """What leaves hold, as the code looks it up; ``rows`` is, for each tree, float64[its leaves, width]."""

    @abstractmethod
    def _summed(
        self, features: Features, parts: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Sums of the values and of ``parts`` at the leaves."""


def scorer_of(forest: Forest, groups: Sequence[int], voices: int) -> TreeScorer:
    """The fastest scorer for trees of that size; arguments as :class:`TreeScorer`'s."""
    kind = _BitScorer if forest.most_leaves <= _MOST_BITS else _Walker
    return kind(forest, groups, voices)


class _BitScorer(TreeScorer):
    """For trees of at most 64 leaves: a bit a leaf, in 32 or 64 bits a row."""

    def __init__(self, forest: Forest, groups: Sequence[int], voices: int) -> None:
        self._bits = 32 if forest.most_leaves <= 32 else 64
        word = np.uint32 if self._bits == 32 else np.uint64
        whole, self._shift = 2**self._bits - 1, self._bits - self._bits.bit_length() + 1
        self._word = np.array([whole, 1, _DE_BRUIJN[self._bits], self._shift], word)
        spans = [tree.spans() for tree in forest.trees]
        self._cells = [self._cell(place) for place, _, _ in spans]
        layout, columns = _Layout.of(forest)
        most = max(map(len, columns), default=0)
        shape = (len(columns), -(-most // _UNROLLED) * _UNROLLED)
        # What fills up the rows of small trees rules nothing out.
        column, threshold = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
        mask = np.full(shape, whole, word)
        for number, (tree, (_, first, middle)) in enumerate(zip(forest.trees, spans, strict=True)):
            nodes = slice(0, len(tree.feature))
            column[number, nodes] = columns[number]
            threshold[number, nodes] = rounded_down(tree.threshold)
            mask[number, nodes] = [
                whole - 2**end + 2**start for start, end in zip(first.tolist(), middle.tolist(), strict=True)
            ]
        self._nodes = (layout.feature, layout.nan_as, layout.zero_as, column, threshold, mask)
        super().__init__(forest, groups, voices)

    def _cell(self, place: NDArray[np.int64]) -> list[int]:
        """Where a leaf stands in the table: the top bits of its bit times the de Bruijn number."""
        whole = int(self._word[0])
        return [((_DE_BRUIJN[self._bits] << each) & whole) >> self._shift for each in place.tolist()]

    def _table(self, rows: Sequence[NDArray[np.float64]], width: int) -> NDArray[np.float64]:
        found = np.zeros((len(rows), self._bits, width))
        for number, each in enumerate(rows):
            found[number, self._cells[number]] = each
        return found

    def _summed(
        self, features: Features, parts: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        # As even as they can be: a last block that is almost empty would cost as much as a full one.
        blocks = max(-(-len(features) // _BLOCK), 1)
        rows = max(-(-len(features) // (blocks * _LANES)), 1) * _LANES
        return _summed_by_bits(features, *self._nodes, self._word, rows, self._values, parts)


class _Walker(TreeScorer):
    """For trees of any size: from node to node."""

    def __init__(self, forest: Forest, groups: Sequence[int], voices: int) -> None:
        layout, columns = _Layout.of(forest)
        trees = forest.trees
        self._nodes = (
            layout.feature, layout.nan_as, layout.zero_as,
            np.cumsum([0, *(len(tree.feature) for tree in trees)]),
            np.cumsum([0, *(len(tree.value) for tree in trees)]),
            _joined(columns, np.int32),
            rounded_down(_joined([tree.threshold for tree in trees], np.float64)),
            _joined([tree.left for tree in trees], np.int32),
            _joined([tree.right for tree in trees], np.int32),
        )  # fmt: skip
        super().__init__(forest, groups, voices)

    def _table(self, rows: Sequence[NDArray[np.float64]], width: int) -> NDArray[np.float64]:
        return np.concatenate([np.zeros((0, width)), *rows])

    def _summed(
        self, features: Features, parts: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        return _summed_by_walking(features, *self._nodes, _BLOCK, self._values, parts)


def _plain(features: Features) -> Features:
    """In the one layout that the code is compiled for; another would be compiled while a customer waits."""
    return np.ascontiguousarray(features, dtype=np.float32)


def _joined(parts: Sequence[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)


@native
def _laid_out(
    features: Features,
    start: int,
    feature: NDArray[np.int32],
    nan_as: NDArray[np.float32],
    zero_as: NDArray[np.float32],
    block: NDArray[np.float32],
) -> None:
    """Write rows from ``start`` on as columns: ``block``, float32[columns, rows]."""
    count = min(len(features) - start, block.shape[1])
    for column in range(len(feature)):
        place, for_nan, for_zero, row = feature[column], nan_as[column], zero_as[column], block[column]
        for number in range(count):
            value = features[start + number, place]
            known = for_nan if np.isnan(value) else value
            row[number] = for_zero if abs(value) <= _ZERO else known


@native
def _survivors(
    block: NDArray[np.float32],
    columns: NDArray[np.int32],
    thresholds: NDArray[np.float32],
    masks: NDArray[Any],
    whole: Any,
    alive: NDArray[Any],
) -> None:
    """The leaves of one tree that no node rules out: ``alive``, bits for each row; the lowest of them is the leaf."""
    alive[:] = whole
    for node in range(0, len(columns), _UNROLLED):
        x0, x1, x2, x3 = (
            block[columns[node]], block[columns[node + 1]], block[columns[node + 2]], block[columns[node + 3]],
        )  # fmt: skip
        t0, t1, t2, t3 = thresholds[node], thresholds[node + 1], thresholds[node + 2], thresholds[node + 3]
        m0, m1, m2, m3 = masks[node], masks[node + 1], masks[node + 2], masks[node + 3]
        for row in range(len(alive)):
            a = whole if x0[row] <= t0 else m0
            b = whole if x1[row] <= t1 else m1
            c = whole if x2[row] <= t2 else m2
            d = whole if x3[row] <= t3 else m3
            alive[row] = alive[row] & a & b & c & d


@native
def _summed_by_bits(
    features: Features,
    feature: NDArray[np.int32],
    nan_as: NDArray[np.float32],
    zero_as: NDArray[np.float32],
    columns: NDArray[np.int32],
    thresholds: NDArray[np.float32],
    masks: NDArray[Any],
    word: NDArray[Any],
    rows: int,
    values: NDArray[np.float64],
    parts: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Sums of ``values``, float64[trees, bits], and ``parts``, float32[trees, bits, width], at the leaves of each row.

    So many ``rows`` are worked on at once. ``word`` holds all bits, 1, the de Bruijn number, and how far to shift.
    """
    whole, one, de_bruijn, shift = word[0], word[1], word[2], word[3]
    block = np.zeros((len(feature), rows), dtype=np.float32)
    alive, total = np.zeros(rows, dtype=word.dtype), np.zeros(rows)
    scores = np.empty(len(features))
    shares = np.zeros((len(features), parts.shape[2]), dtype=np.float32)
    for start in range(0, len(features), rows):
        count = min(len(features) - start, rows)
        _laid_out(features, start, feature, nan_as, zero_as, block)
        total[:] = 0.0
        for tree in range(len(columns)):
            _survivors(block, columns[tree], thresholds[tree], masks[tree], whole, alive)
            of_tree = values[tree]
            for row in range(rows):
                alive[row] = (alive[row] & (whole - alive[row] + one)) * de_bruijn
            for row in range(rows):
                total[row] += of_tree[alive[row] >> shift]
            if shares.shape[1]:
                for row in range(count):
                    leaf = alive[row] >> shift
                    for voice in range(shares.shape[1]):
                        shares[start + row, voice] += parts[tree, leaf, voice]
        scores[start : start + count] = total[:count]
    return scores, shares


@native
def _summed_by_walking(
    features: Features,
    feature: NDArray[np.int32],
    nan_as: NDArray[np.float32],
    zero_as: NDArray[np.float32],
    node_ends: NDArray[np.int64],
    leaf_ends: NDArray[np.int64],
    columns: NDArray[np.int32],
    thresholds: NDArray[np.float32],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    rows: int,
    values: NDArray[np.float64],
    parts: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The same for trees whose nodes and leaves, and what they hold, stand one behind the other."""
    block = np.zeros((len(feature), rows), dtype=np.float32)
    scores = np.zeros(len(features))
    shares = np.zeros((len(features), parts.shape[1]), dtype=np.float32)
    for start in range(0, len(features), rows):
        count = min(len(features) - start, rows)
        _laid_out(features, start, feature, nan_as, zero_as, block)
        for tree in range(len(node_ends) - 1):
            root, first_leaf = node_ends[tree], leaf_ends[tree]
            for row in range(count):
                place = 0 if root < node_ends[tree + 1] else -1
                while place >= 0:
                    node = root + place
                    place = left[node] if block[columns[node], row] <= thresholds[node] else right[node]
                leaf = first_leaf - place - 1
                scores[start + row] += values[leaf]
                for voice in range(shares.shape[1]):
                    shares[start + row, voice] += parts[leaf, voice]
    return scores, shares
