"""Binary trees over numbers, and what each feature on the way to a leaf adds to its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Missing(IntEnum):
    """What a node takes for a missing value, by LightGBM's numbers."""

    NONE = 0
    """Nothing is missing; NaN counts as 0."""
    ZERO = 1
    """0 and NaN."""
    NAN = 2
    """NaN."""


@dataclass(frozen=True)
class Tree:
    """One tree of m nodes and m + 1 leaves; node 0 is the root, and every node stands before its children.

    A row goes left where its feature is at most the threshold. Children below 0 are leaves: ``~child`` is the number of
    the leaf.

    Attributes:
        feature: int32[m], column that a node looks at.
        threshold: float64[m].
        missing: int8[m], :class:`Missing`.
        missing_left: bool[m], whether a row goes left where the value is missing.
        left: int32[m].
        right: int32[m].
        gain: float64[m], how much the split lowered the loss.
        value: float64[m + 1], what each leaf adds to the score.
        count: float64[m + 1], rows that each leaf was learned from.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    missing: NDArray[np.int8]
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    gain: NDArray[np.float64]
    value: NDArray[np.float64]
    count: NDArray[np.float64]

    def spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Where the leaves stand from left to right.

        Returns:
            Place of each leaf, int64[m + 1]; and for each node the first place under it and the first place under its
            right child, int64[m] each.
        """
        size = np.ones(len(self.feature), dtype=np.int64)
        for node in reversed(range(len(size))):
            size[node] = sum(1 if child < 0 else size[child] for child in (self.left[node], self.right[node]))
        place = np.zeros(len(self.value), dtype=np.int64)
        first, middle = np.zeros_like(size), np.zeros_like(size)
        for node in range(len(size)):
            left, right = int(self.left[node]), int(self.right[node])
            middle[node] = first[node] + (1 if left < 0 else size[left])
            for child, start in ((left, first[node]), (right, middle[node])):
                if child < 0:
                    place[~child] = start
                else:
                    first[child] = start
        return place, first, middle

    def contributions(self, groups: Sequence[int] | NDArray[np.int64], count: int) -> NDArray[np.float64]:
        """What each group of features adds to the value of each leaf.

        A node's expected value is the mean over the rows that reached it in training. Each step down changes it; the
        change counts for the feature looked at (Saabas, Interpreting Random Forests, 2014). The root's expected value
        counts for the last group.

        Args:
            groups: Group of each feature, int64[features].
            count: How many groups there are.

        Returns:
            float64[m + 1, count]; a row sums to the leaf's value.
        """
        found = np.zeros((len(self.value), count))
        if not len(self.feature):
            found[:, -1] = self.value
            return found
        expected = self._expected()
        so_far = np.zeros((len(self.feature), count))
        so_far[0, -1] = expected[0]
        for node in range(len(self.feature)):
            for child in (int(self.left[node]), int(self.right[node])):
                row = found[~child] if child < 0 else so_far[child]
                row[:] = so_far[node]
                row[groups[self.feature[node]]] += (self.value[~child] if child < 0 else expected[child]) - expected[
                    node
                ]
        return found

    def _expected(self) -> NDArray[np.float64]:
        """Mean value of the leaves under each node by the rows they were learned from, float64[m]."""
        count = np.maximum(self.count, 1e-9)
        total, weight = np.zeros(len(self.feature)), np.zeros(len(self.feature))
        for node in reversed(range(len(total))):
            for child in (int(self.left[node]), int(self.right[node])):
                total[node] += count[~child] * self.value[~child] if child < 0 else total[child]
                weight[node] += count[~child] if child < 0 else weight[child]
        return np.asarray(total / weight, dtype=np.float64)


@dataclass(frozen=True)
class Forest:
    """Trees whose values are added up.

    Attributes:
        features: How many columns a row has.
        trees: In the order in which they are added.
    """

    features: int
    trees: tuple[Tree, ...]

    @classmethod
    def mean(cls, forests: Sequence[Forest]) -> Self:
        """One forest that adds up to the mean of several over the same features.

        Args:
            forests: One at least; of any numbers of trees.
        """
        share = 1 / len(forests)
        scaled = (
            replace(tree, gain=tree.gain * share, value=tree.value * share) for each in forests for tree in each.trees
        )
        return cls(forests[0].features, tuple(scaled))

    @property
    def most_leaves(self) -> int:
        """Leaves of the largest tree; 1 where there is none."""
        return max((len(tree.value) for tree in self.trees), default=1)

    def gains(self) -> NDArray[np.float64]:
        """How much the splits on each feature lowered the loss, float64[features]."""
        total = np.zeros(self.features)
        for tree in self.trees:
            np.add.at(total, tree.feature, tree.gain)
        return total
