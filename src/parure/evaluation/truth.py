"""What users really took in the weeks a model did not see, and the ranked lists that are held against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, IdMap
from parure.core.errors import InputError, did_you_mean

Rows = NDArray[np.int32]

DEPTH = 200
"""Places of a list that any metric looks at."""


@dataclass(frozen=True)
class Truth:
    """For every judged user, the distinct items taken in the target weeks.

    Attributes:
        users: Judged users; their order is the order of every per-user result.
        items: Items known in train.
        offsets: int64[users + 1]: user u's items are ``item_ix[offsets[u]:offsets[u + 1]]``; never empty.
        item_ix: int32[n], rows of ``items``.
    """

    users: IdMap
    items: IdMap
    offsets: NDArray[np.int64]
    item_ix: Rows

    @classmethod
    def of(cls, taken: Mapping[str, Collection[str]], items: IdMap) -> Truth:
        """Turn user id -> item ids into a truth; users who took nothing are left out.

        Raises:
            InputError: An item is not in ``items``: what nobody could have known cannot be asked for.
        """
        users = IdMap.of(user for user, found in taken.items() if found)
        sizes = [len(set(taken[user])) for user in users]
        named = [item for user in users for item in sorted(set(taken[user]))]
        rows = items.rows_of(named)
        if (rows == UNKNOWN).any():
            stranger = named[int(np.argmax(rows == UNKNOWN))]
            raise InputError(
                f"The truth holds the item {stranger!r}, which is not among the {len(items):,} items known in train. "
                f"{did_you_mean(stranger, items)}".strip(),
                hint="Leave unknown items out of the target weeks, as the time split does.",
            )
        return cls(users, items, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), rows)

    def __len__(self) -> int:
        return len(self.users)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """int64[users]: how many items each user took."""
        return np.diff(self.offsets)

    @cached_property
    def user_position(self) -> NDArray[np.int64]:
        """int64[n]: for each entry of ``item_ix``, the position of its user."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.sizes)

    def where(self, keep: NDArray[np.bool_]) -> tuple[Truth, NDArray[np.int64]]:
        """Keep some of the (user, item) pairs.

        Args:
            keep: bool[n], one value an entry of ``item_ix``.

        Returns:
            The smaller truth, and the positions of its users in this one, int64[users left].
        """
        left = np.bincount(self.user_position[keep], minlength=len(self))
        positions = np.flatnonzero(left)
        users = IdMap.of(self.users.ids_of(positions))
        offsets = np.concatenate([[0], np.cumsum(left[positions])]).astype(np.int64)
        return Truth(users, self.items, offsets, self.item_ix[keep]), positions

    def without(self, user_ids: IdMap, user_ix: Rows, item_ix: Rows) -> tuple[Truth, NDArray[np.int64]]:
        """Leave out what a user already had; users left with nothing are dropped.

        Args:
            user_ids: The map of ``user_ix``.
            user_ix: int32[m], who had it.
            item_ix: int32[m], what they had, rows of this truth's ``items``.

        Returns:
            As :meth:`where`.
        """
        width = np.int64(len(self.items))
        position = user_ids.translate(self.users)[user_ix]
        had = position[position != UNKNOWN].astype(np.int64) * width + item_ix[position != UNKNOWN]
        return self.where(~np.isin(self.user_position * width + self.item_ix, had))


def ranked_matrix(lists: Sequence[Sequence[int] | Rows], *, depth: int = DEPTH) -> Rows:
    """Put ranked lists of unequal length into one matrix.

    Args:
        lists: For each user, rows of items, best first.
        depth: Longer lists are cut here.

    Returns:
        int32[users, depth], UNKNOWN after the end of a short list.
    """
    cut = [np.asarray(each[:depth], dtype=np.int32) for each in lists]
    lengths = np.fromiter((len(each) for each in cut), dtype=np.int64, count=len(cut))
    ranked = np.full((len(cut), depth), UNKNOWN, dtype=np.int32)
    if lengths.sum():
        ranked[np.arange(depth) < lengths[:, None]] = np.concatenate(cut)
    return ranked


def ranked_from_ids(lists: Mapping[str, Iterable[str]], truth: Truth, *, depth: int = DEPTH) -> Rows:
    """Ranked item ids by user id, as a matrix in the truth's order of users; a user without a list gets an empty one.

    An id that the truth's items do not hold keeps its place in the list and can only be a miss.
    """
    stranger = len(truth.items)
    found = [truth.items.rows_of(list(lists.get(user, ()))[:depth]) for user in truth.users]
    for rows in found:
        unknown = np.flatnonzero(rows == UNKNOWN)
        rows[unknown] = stranger + np.arange(len(unknown))
    return ranked_matrix(found, depth=depth)
