"""Ranking metrics of many users at once.

Every value agrees with the plain definition of the protocol (docs: how quality is measured): a list is scored as it
is and never padded, a user without a list scores 0, and nothing is sampled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN
from parure.core.errors import InputError
from parure.evaluation.truth import DEPTH, Rows, Truth

Values = NDArray[np.float64]

RECALL_CUTOFFS = (10, 20, 100, 200)
"""Where recall is read."""

METRICS = ("map@12", "ndcg@10", "precision@10", "hit_rate@10", *(f"recall@{k}" for k in RECALL_CUTOFFS))
"""Columns of :func:`user_metrics`, in order."""

_CELLS = 1 << 25
"""Cells of the bitmap of one chunk of users: 32 MB."""


def user_metrics(ranked: Rows, truth: Truth) -> Values:
    """Score every user's list.

    Args:
        ranked: int32[users, depth <= any], rows of the truth's items, best first, without repeats, UNKNOWN after the
            end; a row number beyond the truth's items is a miss that keeps its place.
        truth: What the users took, in the same order of users.

    Returns:
        float64[users, metrics], columns as :data:`METRICS`.

    Raises:
        InputError: The number of users differs, or a list holds an item twice.

    Cost:
        Linear in users x depth; 100,000 users x 200 places take about a second.
    """
    check_ranked(ranked, truth)
    hits = _hits(ranked[:, :DEPTH], truth)
    wanted = truth.sizes.astype(np.float64)
    out = np.empty((len(truth), len(METRICS)))
    out[:, 0] = _average_precision(hits[:, :12], wanted)
    out[:, 1] = _discounted_gain(hits[:, :10], wanted)
    found_at_10 = hits[:, :10].sum(axis=1)
    out[:, 2] = found_at_10 / 10
    out[:, 3] = found_at_10 > 0
    for column, k in enumerate(RECALL_CUTOFFS, start=4):
        out[:, column] = hits[:, :k].sum(axis=1) / wanted
    return out


def recall_curve(ranked: Rows, truth: Truth, cutoffs: NDArray[np.int64]) -> Values:
    """Mean recall over users at each of ``cutoffs``, float64[cutoffs]."""
    found = np.cumsum(_hits(ranked[:, :DEPTH], truth), axis=1, dtype=np.int32)
    if not found.shape[1] or not len(truth):
        return np.zeros(len(cutoffs))
    at = found[:, np.minimum(cutoffs, found.shape[1]) - 1]
    return np.asarray((at / truth.sizes[:, None]).mean(axis=0))


def coverage(ranked: Rows, known_items: int, *, k: int = 10) -> float:
    """Share of the ``known_items`` that appear in the first ``k`` places of anybody's list."""
    if known_items < 1:
        raise InputError(f"Coverage needs at least one known item, got {known_items}.")
    return len(distinct(ranked, k=k)) / known_items


def distinct(ranked: Rows, *, k: int = 10) -> Rows:
    """The different items among the first ``k`` places of all lists, int32 ascending."""
    shown = np.unique(ranked[:, :k])
    return np.asarray(shown[shown != UNKNOWN])


def check_ranked(ranked: Rows, truth: Truth) -> None:
    """Refuse lists that would be scored wrongly.

    Raises:
        InputError: The number of users differs, or a list holds an item twice.
    """
    if ranked.ndim != 2 or len(ranked) != len(truth):
        raise InputError(
            f"Got lists of shape {ranked.shape} for {len(truth):,} judged users; expected one row a user.",
            hint="Rank for exactly the users of the truth, in their order.",
        )
    in_order = np.sort(ranked[:, :DEPTH], axis=1)
    twice = ((in_order[:, 1:] == in_order[:, :-1]) & (in_order[:, 1:] != UNKNOWN)).any(axis=1)
    if twice.any():
        user = truth.users.id_of(int(np.argmax(twice)))
        raise InputError(
            f"The list of user {user!r} holds an item twice, which would count one purchase as two hits.",
            hint="Remove repeats before scoring.",
        )


def _hits(ranked: Rows, truth: Truth) -> NDArray[np.bool_]:
    """bool[users, depth]: which places hold an item that the user took.

    A bitmap of (chunk of users) x (items) answers each place with one look-up, where a search would need twenty.
    """
    users, depth = ranked.shape
    hits = np.zeros((users, depth), dtype=bool)
    width = len(truth.items) + 1
    step = max(1, _CELLS // width)
    taken = np.zeros((min(step, users), width), dtype=bool)
    for start in range(0, users, step):
        stop = min(start + step, users)
        part = slice(int(truth.offsets[start]), int(truth.offsets[stop]))
        at = truth.user_position[part] - start, truth.item_ix[part]
        taken[at] = True
        # The last column stays False: UNKNOWN (-1) and rows beyond the items both land there.
        places = np.minimum(ranked[start:stop], width - 1)
        hits[start:stop] = np.take_along_axis(taken[: stop - start], places, axis=1)
        taken[at] = False
    return hits


def _average_precision(first: NDArray[np.bool_], wanted: Values) -> Values:
    """Mean over the hits of the precision at their place, against the best possible number of hits."""
    places = np.arange(1, first.shape[1] + 1)
    precision = np.cumsum(first, axis=1) / places
    return np.asarray((first * precision).sum(axis=1) / np.minimum(wanted, 12))


def _discounted_gain(first: NDArray[np.bool_], wanted: Values) -> Values:
    """Gain discounted by place, against the best possible list."""
    discount = 1.0 / np.log2(np.arange(2, 12))
    ideal = np.cumsum(discount)[np.minimum(wanted, 10).astype(np.int64) - 1]
    return np.asarray((first * discount[: first.shape[1]]).sum(axis=1) / ideal)
