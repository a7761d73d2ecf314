"""TIFU-KNN: own purchases, decayed by basket and by group of baskets, mixed with those of the most alike users.

After Hu, He, Gao and Zhang, "Modeling Personalized Item Frequency Information for Next-basket Recommendation" (SIGIR
2020); user vectors are those of the authors' program and of cornac's. It is written out here because no library's
serves: cornac 3.0.1 averages the neighbours' vectors into one number for all items (``np.mean`` without an axis), so
that neighbours change no ranking.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from bench.data import Train

_Numbers = NDArray[np.int64]


def user_vectors(train: Train, *, groups: int, within_decay: float, group_decay: float) -> sp.csr_matrix:
    """What each user buys, late baskets counting most, CSR float32[users, items].

    A basket is the set of items that a user bought on one day. A user's baskets are parted, in order, into groups of
    equal size, the later ones larger by one where it does not come out even; with fewer baskets than groups, each
    basket is a group. A group is the mean of its baskets; a vector is the mean of a user's groups.

    Args:
        train: The lines.
        groups: Into how many groups a user's baskets are parted, at least 1.
        within_decay: Weight of a basket relative to the user's next one, in (0, 1].
        group_decay: Weight of a group relative to the next one, in (0, 1].
    """
    basket, user = _baskets(train)
    count = np.bincount(user, minlength=len(train.users))
    place = np.arange(len(user)) - (np.cumsum(count) - count)[user]
    group, size = _groups(place, count[user], groups)
    weight = within_decay ** (count[user] - 1 - place) * group_decay ** (groups - 1 - group)
    weight = weight / (size * np.minimum(count[user], groups))
    rows = np.arange(len(user))
    of_user = sp.csr_matrix((weight.astype(np.float32), (user, rows)), shape=(len(train.users), len(user)))
    bought = sp.csr_matrix(
        (np.ones(len(basket), np.float32), (basket, train.item_ix)), shape=(len(user), len(train.items))
    )
    bought.sum_duplicates()
    bought.data[:] = 1
    return (of_user @ bought).tocsr()


def neighbours(vectors: sp.csr_matrix, k: int) -> sp.csr_matrix:
    """Users x users, float32: 1 / k for each of the k other users nearest by Euclidean distance.

    Cost:
        Memory: users squared, three times four bytes.
    """
    users = vectors.shape[0]
    k = min(k, users - 1)
    square = np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel()
    # Less the user's own square, which is the same for all others.
    distance = square - 2 * (vectors @ vectors.T).toarray()
    np.fill_diagonal(distance, np.inf)
    nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
    share = np.full(users * k, 1 / k, np.float32)
    return sp.csr_matrix((share, nearest.ravel(), np.arange(0, users * k + 1, k)), shape=(users, users))


def _baskets(train: Train) -> tuple[_Numbers, _Numbers]:
    """The basket of each line, and the user of each basket; a user's baskets stand together, oldest first."""
    day = np.ceil(train.age_days).astype(np.int64)
    latest = day.max()
    _, basket = np.unique(train.user_ix * (latest + 1) + (latest - day), return_inverse=True)
    user = np.zeros(int(basket.max()) + 1, np.int64)
    user[basket] = train.user_ix
    return basket, user


def _groups(place: _Numbers, count: _Numbers, groups: int) -> tuple[_Numbers, _Numbers]:
    """The group of each basket, 0 the oldest, and how many baskets it holds.

    Args:
        place: int64[baskets], 0 for a user's oldest.
        count: int64[baskets], how many the user has.
        groups: How many groups there are at most.
    """
    base, larger = count // groups, count % groups
    of_base = (groups - larger) * base
    late = place >= of_base
    group = np.where(late, groups - larger + (place - of_base) // (base + 1), place // np.maximum(base, 1))
    few = count < groups
    return np.where(few, place, group), np.where(few | ~late, np.maximum(base, 1), base + 1)
