"""Items bought by the same customers, or in the same orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final, Literal, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Candidates, Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.ids import UNKNOWN
from parure.core.keys import best_of
from parure.core.native import native
from parure.core.processors import threads
from parure.dataset import Dataset
from parure.retrieval.folded import FoldedIn, Rows, Scores, SparseFoldedIn
from parure.retrieval.likeliest import likeliest
from parure.retrieval.one_row import RowOfOne, Taken, row_of
from parure.retrieval.signals import Acts, Signal, csr_arrays, csr_from
from parure.retrieval.source import ItemSimilarity, Source
from parure.retrieval.summed import SummedFoldedIn, Sums, summed
from parure.retrieval.term_weights import Bm25, tfidf

_ROWS_A_CALL: Final = 4096
"""Items compared with all others in one call: some 0.2 s for two threads and 70,000 items."""

_WORDS: Final = 64
"""So many times 64 bits tell apart what is sought from what is not; a power of 2."""


class ItemCfConfig(Signal):
    """Parameters of :class:`ItemCf`."""

    half_life_days: float | None = Field(default=60.0, gt=0, le=36_500)
    similarity: Literal["cosine", "bm25", "tfidf", "rp3beta"] = "cosine"
    """How alike two items are: cosine of their columns, as they are or weighted by BM25 or TF-IDF first, or the chance
    of a random walk item-customer-item, less for popular items (RP3beta, Paudel et al. 2017)."""
    together: Literal["history", "order", "both"] = "history"
    """What counts as bought together: by the same customer, in the same order, or either."""
    neighbours: int = Field(default=100, ge=1, le=10_000)
    """How many neighbours of each item are kept."""
    shrink: float = Field(default=10.0, ge=0, le=1e6)
    """Added to the squared length of a column: pairs seen by few customers count less."""
    beta: float = Field(default=0.4, ge=0, le=2)
    """For ``rp3beta``: how much popular items are held back."""
    own: float = Field(default=0.0, ge=0, le=1)
    """How much an item speaks for itself, 0-1: raises what is bought again."""


class ItemCf(Source[ItemCfConfig], ItemSimilarity):
    """An item's score is the sum, over the items of a history, of their weight times how alike the two are.

    Cost:
        Fit: the sum over customers of their items squared (``implicit``'s all-pairs product). A query: its items times
        the number of neighbours.
    """

    kind: ClassVar[str] = "item_cf"
    config_type: ClassVar[type[Config]] = ItemCfConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Compare all pairs of items; nothing is random."""
        del rng
        self._items = dataset.items
        acts = self._acts_of_dataset(dataset)
        parts = []
        if self.config.together in ("history", "both"):
            parts.append(acts.matrix(self.config))
        if self.config.together in ("order", "both"):
            parts.append(_order_rows(acts).matrix(self.config))
        self._similar = self._compare(sp.vstack(parts).tocsr())
        self._scaled = self._row = None
        return self

    def _compare(self, x: sp.csr_matrix) -> sp.csr_matrix:
        """The neighbours of each item: CSR float32[items, items], own similarity on the diagonal."""
        config = self.config
        x = x[np.diff(x.indptr) > 0]
        if config.similarity == "rp3beta":
            return _random_walk(x, config.beta, config.neighbours)
        if config.similarity == "bm25":
            x = Bm25.of(x).apply(x)
        elif config.similarity == "tfidf":
            x = tfidf(x)
        x.eliminate_zeros()
        squares = np.bincount(x.indices, x.data.astype(np.float64) ** 2, minlength=x.shape[1])
        data = x.data / np.sqrt(squares + config.shrink)[x.indices]
        return _all_pairs(sp.csr_matrix((data, x.indices, x.indptr), shape=x.shape), config.neighbours)

    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """See :meth:`Source.fold_in`."""
        items = self.items
        if len(queries) == 1:
            if self._row is None:
                self._row = RowOfOne(self.config, purchases_only=self._purchases_only)
            weights = self._weights()
            sums = _summed(self._row.taken(queries[0], items), weights.indptr, weights.indices, weights.data)
            return SummedFoldedIn(self.name, items, sums)
        acts = self._acts_of_queries(queries)
        return SparseFoldedIn(self.name, items, (acts.matrix(self.config) @ self._weights()).tocsr())

    def _weights(self) -> sp.csr_matrix:
        """The neighbours with the diagonal scaled by ``own``."""
        if self._scaled is None:
            scaled = self._similar.tocoo()
            scaled.data = np.where(scaled.row == scaled.col, scaled.data * np.float32(self.config.own), scaled.data)
            self._scaled = scaled.tocsr()
            self._scaled.eliminate_zeros()
        return self._scaled

    _scaled: sp.csr_matrix | None = None
    _row: RowOfOne | None = None

    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """See :meth:`ItemSimilarity.similar`; at most as many as there are ``neighbours``."""
        row_of, parts = self.items.row_of, (self._similar.indptr, self._similar.indices, self._similar.data)
        return [
            Candidates(self.name, self.items, *_nearest(*parts, row_of(item_id), max(k, 0))) for item_id in item_ids
        ]

    def likeness(self, item_ix: Rows, others: Rows) -> Scores:
        """See :meth:`ItemSimilarity.likeness`: looked up among the neighbours of ``others``."""
        similar = self._similar
        return _looked_up(similar.indptr, similar.indices, similar.data, item_ix, others)

    def likeliest(self, item_ix: Rows, others: Rows, weight: Scores) -> tuple[Rows, Scores]:
        """See :meth:`ItemSimilarity.likeliest`."""
        similar = self._similar
        return _likeliest(similar.indptr, similar.indices, similar.data, item_ix, others, weight)

    def _arrays(self) -> dict[str, Array]:
        return csr_arrays("similar", self._similar)

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._similar = csr_from("similar", arrays)
        self._scaled = self._row = None


@native
def _summed(taken: Taken, indptr: NDArray[np.integer], indices: Rows, data: Scores) -> Sums:
    """What the neighbours of a history's items add up to."""
    items, values = row_of(taken)
    return summed(items, values, indptr, indices, data)


@native
def _nearest(
    indptr: NDArray[np.integer], indices: NDArray[np.int32], data: Scores, row: int, k: int
) -> tuple[Rows, Scores]:
    """The nearest ``k`` neighbours of the item at one row of the catalogue, less itself; none where it is UNKNOWN."""
    start, stop = (indptr[row], indptr[row + 1]) if row >= 0 else (0, 0)
    rows, scores, found = np.empty(stop - start, np.int32), np.empty(stop - start, np.float32), 0
    for place in range(start, stop):
        rows[found], scores[found] = indices[place], data[place]
        found += indices[place] != row
    return best_of(rows[:found], scores[:found], k)


@native
def _looked_up(
    indptr: NDArray[np.integer], indices: NDArray[np.int32], data: Scores, item_ix: Rows, others: Rows
) -> Scores:
    """How alike each of ``item_ix`` is to each of ``others`` by the neighbours of the latter; 0 for itself."""
    found = np.zeros((len(item_ix), len(others)), np.float32)
    # One bit for the last digits of each item sought: nearly all neighbours are told apart from all of them at once.
    sought = np.zeros(_WORDS, np.uint64)
    for item in item_ix:
        sought[item >> 6 & (_WORDS - 1)] |= np.uint64(1) << np.uint64(item & 63)
    for other in range(len(others)):
        for place in range(indptr[others[other]], indptr[others[other] + 1]):
            near = indices[place]
            if not sought[near >> 6 & (_WORDS - 1)] >> np.uint64(near & 63) & np.uint64(1):
                continue
            for item in range(len(item_ix)):
                if item_ix[item] == near and near != others[other]:
                    found[item, other] = data[place]
    return found


@native
def _likeliest(
    indptr: NDArray[np.integer], indices: NDArray[np.int32], data: Scores, item_ix: Rows, others: Rows, weight: Scores
) -> tuple[Rows, Scores]:
    """By neighbours, which of the others adds most to each item."""
    return likeliest(_looked_up(indptr, indices, data, item_ix, others), weight)


def _order_rows(acts: Acts) -> Acts:
    """The same events with one row an order: what one customer bought at one moment."""
    new = np.ones(len(acts), dtype=bool)
    new[1:] = (acts.row[1:] != acts.row[:-1]) | (acts.timestamp_us[1:] != acts.timestamp_us[:-1])
    number = (np.cumsum(new) - 1).astype(np.int32)
    return replace(acts, row=number, shape=(int(new.sum()), acts.shape[1]))


def _all_pairs(z: sp.csr_matrix, neighbours: int) -> sp.csr_matrix:
    """The largest entries of each row of Z'Z: CSR float32[items, items]; the diagonal comes on top."""
    n_items = z.shape[1]
    # With popular items side by side the sums that are added to most often share a few cache lines: a fifth faster.
    buyers = np.bincount(z.indices, minlength=n_items)
    order = np.argsort(-buyers, kind="stable")[: np.count_nonzero(buyers)].astype(np.int32)
    place = np.full(n_items, UNKNOWN, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    ranked = sp.csr_matrix((z.data.astype(np.float32), place[z.indices], z.indptr), shape=(z.shape[0], len(order)))
    rows, found = _top_products(ranked, neighbours + 1)
    place[order[rows]] = np.arange(len(order), dtype=np.int32)
    back = found[place[place != UNKNOWN]]
    counts = np.zeros(n_items + 1, dtype=np.int64)
    counts[np.sort(order) + 1] = np.diff(back.indptr)
    return sp.csr_matrix((back.data, order[back.indices], np.cumsum(counts)), shape=(n_items, n_items))


def _top_products(ranked: sp.csr_matrix, top: int) -> tuple[NDArray[np.int64], sp.csr_matrix]:
    """The largest ``top`` entries of each row of Z'Z, for Z with its popular columns first.

    A row costs as much as its item is popular, and one call gives each thread one run of its rows: they are dealt out
    like cards, or one thread would get all that is dear. A call also keeps the interpreter to itself: in several, a
    source that is fitted beside this one has its turn in between.

    Returns:
        Which row of Z'Z comes when, int64[items], and the entries, CSR float32[items, items].
    """
    from sparse_dot_topn import sp_matmul_topn

    items = ranked.T.tocsr()
    ranked = items.T.tocsr()  # its rows in ascending order now, which is read a fifth faster
    share = threads()
    calls = max(1, -(-items.shape[0] // _ROWS_A_CALL))
    hands = [np.arange(call, items.shape[0], calls) for call in range(calls)]
    dealt = [np.concatenate([hand[thread::share] for thread in range(share)]) for hand in hands]
    parts = [sp_matmul_topn(items[rows], ranked, top_n=top, n_threads=share, sort=False) for rows in dealt]
    return np.concatenate(dealt), sp.vstack(parts, format="csr")


def _random_walk(x: sp.csr_matrix, beta: float, neighbours: int) -> sp.csr_matrix:
    """Chances of the walk item-customer-item over popularity to the power ``beta``, the largest of each row.

    The chance from i to j is ``sum_u x_ui x_uj / length_u / mass_i``, over ``mass_j`` to the power beta. Up to a factor
    of the row, which does not change its order, that is Z'Z with the columns of Z divided by ``mass ** beta``.
    """
    mass = np.maximum(np.asarray(x.sum(axis=0), dtype=np.float64).ravel(), 1e-12)
    lengths = np.maximum(np.asarray(x.sum(axis=1), dtype=np.float64).ravel(), 1e-12)
    data = x.data / np.sqrt(np.repeat(lengths, np.diff(x.indptr))) / mass[x.indices] ** beta
    found = _all_pairs(sp.csr_matrix((data, x.indices, x.indptr), shape=x.shape), neighbours)
    rows = np.repeat(np.arange(len(mass)), np.diff(found.indptr))
    found.data = (found.data * mass[rows] ** (beta - 1)).astype(np.float32)
    return found
