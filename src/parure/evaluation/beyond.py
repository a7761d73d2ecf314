"""What a list is worth besides hits: variety, novelty, and how the catalogue shares in it.

Only the first ``k`` places of a list count. A user for whom a value has no meaning (no list, a single item) gets NaN
and is left out of its mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN
from parure.core.clock import DAY_US
from parure.dataset import Dataset
from parure.evaluation.truth import Rows

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Vectors = NDArray[np.float32]

_CHUNK_CELLS = 1 << 24
"""Vector components gathered at once: 64 MB."""


@dataclass(frozen=True)
class ItemFacts:
    """What these measures need to know of the catalogue at the end of train.

    Attributes:
        category: int32[items], number of the item's category; UNKNOWN where it has none.
        buyers: int64[items], users who bought it.
        users: How many users there were.
        known: How many items anybody had touched: what coverage is a share of.
        tail: bool[items], outside the best sellers that make half of all purchases.
        fresh: bool[items], first seen in the last four weeks of train, or never sold yet.
        vectors: float32[items, size] of unit length, NaN for an item without one; None without vectors.
    """

    category: Rows
    buyers: NDArray[np.int64]
    users: int
    known: int
    tail: Flags
    fresh: Flags
    vectors: Vectors | None = None

    @classmethod
    def of(cls, dataset: Dataset, *, vectors: Vectors | None = None, fresh_days: float = 28.0) -> ItemFacts:
        """Read the facts from a dataset.

        Args:
            dataset: Everything before the target weeks.
            vectors: float32[items, size] in the dataset's order of items, NaN for an item without one.
            fresh_days: How old an item may be to count as new, in days.
        """
        table = dataset.item_table
        sold = table.column("purchases").to_numpy().astype(np.int64)
        touched = np.bincount(dataset.events.item_ix, minlength=len(dataset.items)) > 0
        first_seen = table.column("first_seen_us").to_numpy().astype(np.float64)
        encoded = table.column("category").combine_chunks().dictionary_encode().indices
        return cls(
            category=encoded.fill_null(UNKNOWN).to_numpy(zero_copy_only=False).astype(np.int32),
            buyers=table.column("buyers").to_numpy().astype(np.int64),
            users=len(dataset.users),
            known=int((touched | (sold > 0)).sum()),
            tail=_outside_head(sold),
            fresh=~(first_seen < dataset.as_of_us - fresh_days * DAY_US),
            vectors=None if vectors is None else _unit(vectors),
        )


def category_diversity(ranked: Rows, facts: ItemFacts, *, k: int = 10) -> Values:
    """Share of the pairs in a list whose categories differ, float64[users].

    Items without a category are left out; NaN with fewer than two that have one.
    """
    label = _look_up(facts.category, ranked[:, :k], UNKNOWN)
    has = label != UNKNOWN
    pairs = has[:, :, None] & has[:, None, :]
    same = (pairs & (label[:, :, None] == label[:, None, :])).sum(axis=(1, 2)) - has.sum(axis=1)
    return 1 - _ratio(same, pairs.sum(axis=(1, 2)) - has.sum(axis=1))


def vector_diversity(ranked: Rows, vectors: Vectors, *, k: int = 10) -> Values:
    """Mean cosine distance of the pairs in a list, float64[users], from 0 (all alike) to 2.

    Args:
        ranked: int32[users, depth].
        vectors: float32[items, size] of unit length, NaN for an item without one; such items are left out.
        k: Places looked at.
    """
    found = np.empty(len(ranked))
    padded = np.vstack([vectors, np.full((1, vectors.shape[1]), np.nan, np.float32)])
    places = np.where(ranked[:, :k] < len(vectors), ranked[:, :k], UNKNOWN)
    step = max(1, _CHUNK_CELLS // (k * vectors.shape[1]))
    for start in range(0, len(ranked), step):
        gathered = padded[places[start : start + step]]
        there = ~np.isnan(gathered[:, :, 0])
        count = there.sum(axis=1).astype(np.float64)
        # For unit vectors the cosines of all ordered pairs sum to |sum of the vectors|^2 - n.
        total = np.where(there[:, :, None], gathered, 0).sum(axis=1, dtype=np.float64)
        alike = (total**2).sum(axis=1) - count
        found[start : start + step] = 1 - _ratio(alike, count * (count - 1))
    return found


def novelty(ranked: Rows, facts: ItemFacts, *, k: int = 10) -> Values:
    """Mean surprise of a list in bits, float64[users]: minus log2 of the share of users who bought each item.

    One imaginary buyer is added to every item, so that one nobody bought has a finite value. Zhou et al. 2010,
    *Solving the apparent diversity-accuracy dilemma of recommender systems*.
    """
    surprise = -np.log2((facts.buyers + 1) / (facts.users + 1))
    return _mean_over_list(surprise, ranked[:, :k])


def tail_share(ranked: Rows, facts: ItemFacts, *, k: int = 10) -> Values:
    """Share of a list that lies outside the best sellers that make half of all purchases, float64[users]."""
    return _mean_over_list(facts.tail.astype(np.float64), ranked[:, :k])


def gini(ranked: Rows, items: int, *, k: int = 10) -> float:
    """How unequally the places of all lists are spread over ``items``: 0 all alike, near 1 a few items take all."""
    shown = ranked[:, :k]
    counts = np.sort(np.bincount(shown[(shown >= 0) & (shown < items)], minlength=items))
    total = counts.sum()
    if not total:
        return float("nan")
    return float((2 * np.arange(1, items + 1) - items - 1) @ counts / (items * total))


def _mean_over_list(values: Values, places: Rows) -> Values:
    """Mean of an item value over each list; NaN for an empty one."""
    there = (places != UNKNOWN) & (places < len(values))
    return _ratio(_look_up(values, places, 0.0).sum(axis=1), there.sum(axis=1))


def _look_up(values: NDArray[np.generic], places: Rows, missing: float) -> NDArray[np.generic]:
    """An item value for every place, ``missing`` after the end of a list and for strangers."""
    padded = np.append(values, np.asarray(missing, values.dtype))
    return np.asarray(padded[np.where(places < len(values), places, UNKNOWN)])


def _ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Values:
    """``part / whole``, NaN where the whole is nothing."""
    made = np.full(len(part), np.nan)
    np.divide(part, whole, out=made, where=np.asarray(whole) > 0)
    return made


def _outside_head(sold: NDArray[np.int64]) -> Flags:
    """bool[items]: all but the best sellers that together make half of all purchases."""
    order = np.argsort(-sold, kind="stable")
    before = np.cumsum(sold[order]) - sold[order]
    tail = np.ones(len(sold), dtype=bool)
    tail[order[before < sold.sum() / 2]] = False
    return tail


def _unit(vectors: Vectors) -> Vectors:
    """Vectors scaled to length 1; one of length 0 becomes NaN."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = np.full(vectors.shape, np.nan, dtype=np.float32)
    np.divide(vectors, length, out=scaled, where=length > 0)
    return scaled
