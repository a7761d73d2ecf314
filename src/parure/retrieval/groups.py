"""Popularity within groups of customers, shrunk towards the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from parure.core.artifacts import Array
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import Scores
from parure.retrieval.signals import Acts, Signal, csr_arrays, csr_from


class GroupCounts:
    """Decayed purchases of every item, for the whole and for each group of customers.

    Args:
        names: Names of the groups, sorted: their values in the order of the columns.
        counts: CSR float64[groups, items].
        whole: float64[items], shares of all purchases; sums to 1 where there are any.
    """

    def __init__(self, names: Sequence[tuple[str, ...]], counts: sp.csr_matrix, whole: NDArray[np.float64]) -> None:
        self.names = tuple(names)
        self.whole = whole
        self._counts = counts
        self._place = {name: position for position, name in enumerate(self.names)}

    @classmethod
    def of(
        cls, dataset: Dataset, acts: Acts, columns: Sequence[str], half_life_days: float | None, min_users: int
    ) -> GroupCounts:
        """Count a dataset's purchases, or what else its customers did.

        Args:
            dataset: Its ``user_table`` says who belongs where.
            acts: What to count; rows are rows of ``dataset.users``.
            columns: Columns of the user table; a group is one combination of their values.
            half_life_days: After this many days a purchase counts half; no decay where None.
            min_users: Groups with fewer customers who bought are left out.
        """
        weight = Signal(half_life_days=half_life_days).worth(acts)
        names, group_of = _groups(dataset, columns, np.unique(acts.row), min_users)
        whole = np.maximum(np.bincount(acts.item_ix, weight, minlength=acts.shape[1]), 0)
        kept = group_of[acts.row] != UNKNOWN
        places = (group_of[acts.row[kept]], acts.item_ix[kept])
        counts = sp.coo_matrix((weight[kept], places), shape=(len(names), acts.shape[1])).tocsr()
        np.maximum(counts.data, 0, out=counts.data)
        return cls(names, counts, whole / max(whole.sum(), 1e-12))

    def find(self, columns: Sequence[str], attributes: Mapping[str, str]) -> int:
        """The group of a customer with these attributes; UNKNOWN where one is missing or the group is too small."""
        return self._place.get(tuple(str(attributes.get(column, "")) for column in columns), UNKNOWN)

    def shares(self, group: int, strength: float) -> Scores:
        """Each item's share of a group's purchases, with ``strength`` purchases of the whole mixed in.

        Args:
            group: Which; UNKNOWN for the whole.
            strength: How many purchases the whole counts for.

        Returns:
            float32[items]; NaN for items nobody bought.
        """
        shares = self.whole
        if group != UNKNOWN:
            row = self._counts[[group]]
            shares = (row.toarray()[0] + strength * self.whole) / (row.sum() + strength)
        return np.where(self.whole > 0, shares, np.nan).astype(np.float32)

    def arrays(self) -> dict[str, Array]:
        """What to save."""
        text = json.dumps(self.names)
        return {
            **csr_arrays("groups", self._counts),
            "whole": self.whole,
            "names": np.frombuffer(text.encode(), dtype=np.uint8),
        }

    @classmethod
    def restore(cls, arrays: dict[str, Array]) -> GroupCounts:
        """Take back what :meth:`arrays` gave."""
        text = arrays["names"].tobytes().decode()
        return cls([tuple(name) for name in json.loads(text)], csr_from("groups", arrays), arrays["whole"])


def _groups(
    dataset: Dataset, columns: Sequence[str], buyers: NDArray[np.int32], min_users: int
) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
    """Names of the groups that are large enough, and each user's group."""
    table = dataset.user_table
    group_of = np.full(len(dataset.users), UNKNOWN, dtype=np.int64)
    if not columns or any(column not in table.column_names for column in columns):
        return [], group_of
    values = [table.column(column).cast("string").to_pylist() for column in columns]
    keys = [tuple(value or "" for value in key) for key in zip(*values, strict=True)]
    sizes: dict[tuple[str, ...], int] = {}
    for user in buyers.tolist():
        if all(keys[user]):
            sizes[keys[user]] = sizes.get(keys[user], 0) + 1
    names = sorted(key for key, size in sizes.items() if size >= min_users)
    place = {name: position for position, name in enumerate(names)}
    return names, np.array([place.get(key, UNKNOWN) for key in keys], dtype=np.int64)
