"""Whether the items shown differ from each other."""

from __future__ import annotations

from typing import ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.core.native import native, native_sums
from parure.core.slate import Effect, Positions, Slate
from parure.dataset import Dataset
from parure.rules.columns import Codes, codes
from parure.rules.rule import Rule
from parure.rules.shopper import Shopper
from parure.rules.vectors import Vectors, small_vectors

Likeness = NDArray[np.float32]
"""float32[n, n], symmetric: how alike two candidates are. Each is like itself, whatever the diagonal says."""

_KEPT_APART: Final = np.float32(0.95)
"""Likeness counts so much for a determinant, so that even twins have something of their own and it never vanishes."""

_EXPONENT: Final = 2.0
"""With it, the same lambda takes both methods about equally far from the order of the scores."""

_LEAST: Final = 1e-30

_NO_VECTORS: Final = np.empty((0, 0), np.float32)
_NO_CODES: Final = np.empty(0, np.int32)


class DiversityConfig(Config):
    """Parameters of :class:`Diversity`."""

    method: Literal["mmr", "dpp"] = "dpp"
    """How items are chosen: by maximal marginal relevance, or, in less time, by a determinantal point process."""
    relevance: float = Field(default=0.8, ge=0, le=1)
    """How much the score counts against difference: 1 leaves the order as it is, 0 goes by difference alone."""
    likeness: Literal["auto", "vectors", "column", "both"] = "auto"
    """What makes items alike: pictures' vectors, the same value in ``column``, or the mean of both; ``auto`` takes
    vectors where the shop has them, and the column where not."""
    column: str = Field(default="category", min_length=1)
    """Column of the item table; items with the same value in it are alike."""
    window: int = Field(default=3, ge=1, le=100)
    """The items shown are chosen from so many times as many of the best candidates."""


class Diversity(Rule[DiversityConfig]):
    """Chooses the first k so that they are good and not all alike; the others follow in their order.

    Scores of the candidates looked at are scaled so that the best has a relevance r of 1 and the worst of 0. With
    lambda for ``relevance``, each place goes to the candidate i, of those left, with the largest

    * ``mmr``: lambda * r_i - (1 - lambda) * max over the chosen j of likeness_ij, none below 0 (Carbonell & Goldstein
      1998);
    * ``dpp``: determinant of the kernel of the chosen and i, with exp(a r_i) exp(a r_j) likeness_ij as kernel and
      a = 2 lambda / (1 - lambda), by a Cholesky factor that grows by a row a place (Chen, Zhang & Zhou 2018).

    It goes by scores: what an arranging rule before it did within the window is undone.
    """

    kind: ClassVar[str] = "diversity"
    effect: ClassVar[Effect] = Effect.ARRANGES
    reasons: ClassVar[dict[str, str]] = {"diversified": "moved up because it differs from the items before it"}
    config_type: ClassVar[type[Config]] = DiversityConfig

    def fit(self, dataset: Dataset) -> Self:
        """Make vectors small, and read the column."""
        by = self.config.likeness
        self._vectors: Vectors | None = small_vectors(dataset) if by != "column" else None
        self._codes: Codes | None = None
        if by in ("column", "both") or (by == "auto" and self._vectors is None):
            found, names = codes(dataset, self.config.column)
            self._codes = found if names else None
        return self

    def apply(self, shopper: Shopper, slate: Slate) -> Slate:
        """With the first k chosen anew."""
        k = shopper.query.k
        config = self.config
        if config.relevance == 1 or (self._vectors is None and self._codes is None):
            return slate
        lifted, arranged, where = _diversified(
            slate.ranked(),
            slate.item_ix,
            slate.scores,
            _NO_VECTORS if self._vectors is None else self._vectors,
            _NO_CODES if self._codes is None else self._codes,
            k,
            config.window,
            config.relevance,
            config.method == "mmr",
        )
        return slate.arrange(arranged, self.kind, "diversified", where) if lifted else slate


@native
def by_marginal_relevance(
    relevance: NDArray[np.float32], likeness: Likeness, k: int, weight: float
) -> NDArray[np.intp]:
    """The k candidates that maximal marginal relevance chooses, in the order in which it does: intp[k].

    Args:
        relevance: float32[n].
        likeness: float32[n, n].
        k: At most n.
        weight: The lambda of the method, 0-1.
    """
    worth = relevance * weight
    alone = worth.copy()
    chosen = np.empty(k, np.intp)
    for place in range(k):
        best = int(np.argmax(worth))
        chosen[place] = best
        # What each is worth beside the chosen is the least of what it is worth beside one of them.
        for other in range(len(worth)):
            worth[other] = min(worth[other], alone[other] - (1 - weight) * likeness[best, other])
        worth[best] = -np.inf
        for before in chosen[:place]:
            worth[before] = -np.inf
    return chosen


@native
def by_determinant(relevance: NDArray[np.float32], likeness: Likeness, k: int, weight: float) -> NDArray[np.intp]:
    """The k candidates that the greedy search for the largest determinant chooses, in its order: intp[k].

    Args:
        relevance: float32[n], 0-1.
        likeness: float32[n, n], positive semi-definite.
        k: At most n.
        weight: The lambda of the method, 0-1 and less than 1.
    """
    n = len(relevance)
    # Relevance less 1 in the exponent: of a constant factor nothing hangs, and nothing overflows.
    quality = np.exp((relevance - 1) * (_EXPONENT * weight / (1 - weight)))
    gain = quality * quality
    factor = np.empty((k, n), np.float64)
    chosen = np.empty(k, np.intp)
    for place in range(k):
        best = int(np.argmax(gain))
        chosen[place] = best
        # Where nothing of any worth is left, the rest follows in its order.
        root = np.sqrt(max(gain[best], _LEAST))
        # Item by item within, so that several are taken at once.
        shared = factor[place]
        for other in range(n):
            shared[other] = likeness[best, other] * _KEPT_APART * quality[best] * quality[other]
        for before in range(place):
            own = factor[before, best]
            for other in range(n):
                shared[other] -= own * factor[before, other]
        for other in range(n):
            shared[other] /= root
            gain[other] -= shared[other] ** 2
        for before in range(place + 1):
            gain[chosen[before]] = -np.inf
    return chosen


@native
def _moved_up(order: Positions, chosen: NDArray[np.intp], n: int) -> tuple[int, Positions, NDArray[np.bool_]]:
    """How many of the chosen come sooner, the order with the chosen first, and which of n candidates came sooner."""
    lifted = 0
    arranged, where = np.empty_like(order), np.zeros(n, np.bool_)
    taken = np.zeros(len(order), np.bool_)
    for place in range(len(chosen)):
        arranged[place] = order[chosen[place]]
        taken[chosen[place]] = True
        if chosen[place] > place:
            where[order[chosen[place]]] = True
            lifted += 1
    place = len(chosen)
    for old in range(len(order)):
        if not taken[old]:
            arranged[place] = order[old]
            place += 1
    return lifted, arranged, where


@native
def _diversified(
    order: Positions,
    item_ix: NDArray[np.int32],
    scores: NDArray[np.float32],
    vectors: Vectors,
    codes: Codes,
    k: int,
    window: int,
    weight: float,
    marginal: bool,
) -> tuple[int, Positions, NDArray[np.bool_]]:
    """All of it: how many come sooner, the order after it, and which come sooner; see :class:`Diversity`.

    Args:
        order: intp[m], places of the kept candidates, best first.
        item_ix: int32[n].
        scores: float32[n].
        vectors: float32[items, size]; none where vectors do not count.
        codes: int32[items]; none where the column does not count.
        k: How many are shown.
        window: From so many times as many they are chosen.
        weight: The lambda of the method.
        marginal: Whether the method is ``mmr``.
    """
    seen = order[: window * k]
    if len(seen) < 2 or k < 2:
        return 0, order, np.zeros(len(item_ix), np.bool_)
    rows = item_ix[seen]
    relevance = _relevance(scores[seen])
    likeness = _likeness(rows, vectors, codes)
    shown = min(k, len(seen))
    if marginal:
        chosen = by_marginal_relevance(relevance, likeness, shown, weight)
    else:
        chosen = by_determinant(relevance, likeness, shown, weight)
    return _moved_up(order, chosen, len(item_ix))


@native
def _relevance(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores as relevance: 1 for the largest, 0 for the smallest; all 0 where they are the same."""
    low = scores.min()
    span = scores.max() - low
    return (scores - low) / span if span > 0 else np.zeros_like(scores)


@native_sums
def _likeness(rows: NDArray[np.int32], vectors: Vectors, codes: Codes) -> Likeness:
    """How alike the items at ``rows`` are, float32[n, n]; by code, UNKNOWN is like nothing."""
    n = len(rows)
    found = np.zeros((n, n), np.float32)
    if len(vectors):
        near = np.empty((n, vectors.shape[1]), np.float32)
        for item in range(n):
            near[item] = vectors[rows[item]]
        for item in range(n):
            for other in range(item):
                product = np.float32(0)
                for number in range(near.shape[1]):
                    product += near[item, number] * near[other, number]
                found[item, other] = found[other, item] = product
    if len(codes):
        part = np.float32(0.5) if len(vectors) else np.float32(1)
        found *= part
        for item in range(n):
            for other in range(n):
                if codes[rows[item]] >= 0 and codes[rows[item]] == codes[rows[other]]:
                    found[item, other] += part
    return found
