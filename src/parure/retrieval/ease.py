"""EASE: the best linear item-to-item model in closed form (Steck, Embarrassingly Shallow Autoencoders, 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from threading import Lock
from typing import ClassVar, Final, Literal, Self

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field
from threadpoolctl import threadpool_limits

from parure.core import Candidates, IdMap, Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.errors import SettingsError
from parure.core.ids import UNKNOWN
from parure.core.native import native_sums
from parure.dataset import Dataset
from parure.retrieval.folded import BlockFoldedIn, Rows, Scores
from parure.retrieval.signals import Signal, csr_arrays, csr_from
from parure.retrieval.source import ItemSimilarity, Source

Mix = tuple[tuple[float, float], ...]
_COLUMNS = 4096
"""Items whose diagonal is worked out at once."""
_LARGE: Final = 256 * 2**20
_ALONE: Final = Lock()
"""Two matrices of more than ``_LARGE`` bytes are not inverted at the same time, or their copies would add up."""


class EaseConfig(Signal):
    """Parameters of :class:`Ease`."""

    half_lives: Mix = ((0.18, 120.0), (0.1, 28.0))
    order_half_lives: Mix = ((0.72, 10.0),)
    reg: float = Field(default=10.0, gt=0, le=1e6)
    """Ridge penalty; more makes rare items speak less."""
    form: Literal["auto", "users", "items"] = "auto"
    """Which matrix is inverted: users by users, exact for every item, or items by items, for the most popular items;
    ``auto`` takes users where there are fewer of them than items and they fit in memory."""
    max_items: int = Field(default=10_000, ge=1, le=100_000)
    """For ``items``: how many of the most popular items take part; the others have no score."""
    memory_mib: int = Field(default=2048, ge=1, le=1_000_000)
    """Upper bound of the matrix to invert; fewer items take part where they would not fit."""


class Ease(Source[EaseConfig], ItemSimilarity):
    """Scores are ``x B``, where B predicts each item from the others and its diagonal is 0.

    With P the inverse of ``X'X + reg I``, ``B = I - P / diag(P)``. Where users are fewer than items, P is never formed:
    ``P = (I - X' K X) / reg`` with K the inverse of ``X X' + reg I`` (Woodbury), which gives the same scores for all
    items at the cost of a users-by-users inverse. That form keeps the purchases matrix X in the model, without ids.

    Cost:
        Fit: the cube of the number of users or items. A query: one pass over X, or over the rows of B of its items.
    """

    kind: ClassVar[str] = "ease"
    config_type: ClassVar[type[Config]] = EaseConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Solve; nothing is random."""
        del rng
        acts = self._acts_of_dataset(dataset)
        return self.fit_matrix(acts.matrix(self.config), dataset.items)

    def fit_matrix(self, matrix: sp.csr_matrix, items: IdMap) -> Self:
        """Solve for a ready matrix, CSR float32[users, items]."""
        self._items = items
        matrix = matrix[np.diff(matrix.indptr) > 0]
        seen = np.flatnonzero(matrix.getnnz(axis=0)).astype(np.int32)
        largest = int(np.sqrt(self.config.memory_mib * 2**20 / 4))
        fits = matrix.shape[0] < len(seen) and matrix.shape[0] <= largest
        if self.config.form == "users" or (self.config.form == "auto" and fits):
            self._set_kept(seen)
            self._fit_users(matrix[:, seen].tocsr())
        else:
            self._set_kept(_most_popular(matrix, min(self.config.max_items, largest, len(seen))))
            self._fit_items(matrix[:, self._kept].tocsr())
        return self

    def _fit_users(self, x: sp.csr_matrix) -> None:
        self._set_users(x)
        self._inverse = _ridge_inverse(x @ x.T, self.config.reg)
        columns = x.tocsc()
        spread = np.empty(x.shape[1], dtype=np.float32)
        for start in range(0, x.shape[1], _COLUMNS):
            part = columns[:, start : start + _COLUMNS]
            product = part.T @ self._inverse
            spread[start : start + _COLUMNS] = np.asarray(part.T.multiply(product).sum(axis=1)).ravel()
        # reg * diag(P); it is above 0 in exact arithmetic.
        self._diagonal = np.maximum(1 - spread, np.float32(1e-6))

    def _fit_items(self, x: sp.csr_matrix) -> None:
        weights = _ridge_inverse(x.T @ x, self.config.reg)
        weights /= -np.diag(weights).copy()
        np.fill_diagonal(weights, 0)
        self._set_users(None)
        self._inverse, self._diagonal = weights, np.empty(0, np.float32)

    def _set_kept(self, kept: Rows) -> None:
        """Keep which items take part, and where each stands among them: UNKNOWN for the rest and for no item."""
        self._kept = kept
        self._place = np.full(len(self.items) + 1, UNKNOWN, dtype=np.int64)
        self._place[kept] = np.arange(len(kept))

    def _set_users(self, x: sp.csr_matrix | None) -> None:
        """Keep X, its transpose in the layout that folding in reads, and how many customers each item has.

        None for the form over items.
        """
        self._x = x
        self._transposed = None if x is None else x.T.tocsr()
        # One more, of nobody, for UNKNOWN.
        self._customers = np.zeros(1, np.int64) if x is None else np.append(x.getnnz(axis=0), 0)

    def _product(self, x: sp.csr_matrix) -> Scores:
        """``x B``: float32[rows, kept items] for CSR[rows, kept items]."""
        if self._transposed is None:
            return np.asarray(x @ self._inverse, dtype=np.float32)
        projected = (x @ self._transposed) @ self._inverse
        scores = np.ascontiguousarray((self._transposed @ np.ascontiguousarray(projected.T)).T)
        scores /= self._diagonal
        x = x.tocoo()
        # x - (x - x X' K X) / (reg diag(P)), where x itself is sparse.
        scores[x.row, x.col] += x.data * (1 - 1 / self._diagonal[x.col])
        return scores

    def _spread(self, scores: Scores) -> Scores:
        """Scores of kept items as scores of the catalogue, NaN for the rest."""
        if len(self._kept) == len(self.items):
            return scores
        full = np.full((len(scores), len(self.items)), np.nan, dtype=np.float32)
        full[:, self._kept] = scores
        return full

    def fold_in(self, queries: Sequence[Query]) -> BlockFoldedIn:
        """See :meth:`Source.fold_in`; a query without a known item has no scores."""
        items = self.items
        acts = self._acts_of_queries(queries)
        x = acts.matrix(self.config)[:, self._kept].tocsr()

        def block(start: int, stop: int) -> Scores:
            part = x[start:stop]
            scores = self._spread(self._product(part))
            scores[np.diff(part.indptr) == 0] = np.nan
            return scores

        return BlockFoldedIn(self.name, items, len(queries), block)

    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """See :meth:`ItemSimilarity.similar`: the items that an item speaks for most, by its row of B."""
        rows = self.items.rows_of(item_ids)
        columns = self._place[rows]
        known = columns != UNKNOWN
        cells = (np.ones(int(known.sum()), np.float32), (np.flatnonzero(known), columns[known]))
        one_hot = sp.coo_matrix(cells, shape=(len(rows), len(self._kept))).tocsr()

        def block(start: int, stop: int) -> Scores:
            scores = self._spread(self._product(one_hot[start:stop]))
            scores[~known[start:stop]] = np.nan
            return np.where(scores > 0, scores, np.float32(np.nan))

        folded = BlockFoldedIn(self.name, self.items, len(rows), block)
        return folded.top(k, [row[row != UNKNOWN] for row in rows.reshape(-1, 1)])

    def likeness(self, item_ix: Rows, others: Rows) -> Scores:
        """See :meth:`ItemSimilarity.likeness`: entries of B, by which the others speak for an item.

        Cost:
            A look-up. In the form over users, all customers times those of the items or of the others, whichever are
            fewer.
        """
        columns, rows = self._place[item_ix], self._place[others]
        if self._transposed is None:
            found = self._inverse.T[np.ix_(columns, rows)] if len(self._kept) else np.zeros((len(columns), len(rows)))
        else:
            x = self._transposed
            if self._customers[columns].sum() < self._customers[rows].sum():
                found = _between(x.indptr, x.indices, x.data, self._inverse, columns, rows).T
            else:
                found = _between(x.indptr, x.indices, x.data, self._inverse, rows, columns)
            found = found / self._diagonal[columns, None]
            found[np.equal.outer(item_ix, others)] = 0
        return np.where((columns[:, None] != UNKNOWN) & (rows != UNKNOWN), found, 0).astype(np.float32)

    def _arrays(self) -> dict[str, Array]:
        arrays: dict[str, Array] = {"kept": self._kept, "inverse": self._inverse, "diagonal": self._diagonal}
        return arrays if self._x is None else {**arrays, **csr_arrays("x", self._x)}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._set_kept(arrays["kept"])
        self._inverse, self._diagonal = arrays["inverse"], arrays["diagonal"]
        self._set_users(csr_from("x", arrays) if "x_data" in arrays else None)


@native_sums
def _between(
    indptr: NDArray[np.integer],
    indices: NDArray[np.int32],
    data: Scores,
    inverse: Scores,
    near: NDArray[np.int64],
    far: NDArray[np.int64],
) -> Scores:
    """The entries of X' K X between some items and others, float32[far, near], for X' by its rows.

    K is symmetric. The customers of ``near`` are multiplied by all of K, those of ``far`` by what comes of it.
    """
    found = np.zeros((len(far), len(near)), np.float32)
    reached = np.empty(len(inverse), np.float32)
    for one in range(len(near)):
        reached[:] = 0
        for place in range(indptr[near[one]], indptr[near[one] + 1]):
            weight, row = data[place], inverse[indices[place]]
            for user in range(len(reached)):
                reached[user] += weight * row[user]
        for other in range(len(far)):
            total = np.float32(0)
            for place in range(indptr[far[other]], indptr[far[other] + 1]):
                total += data[place] * reached[indices[place]]
            found[other, one] = total
    return found


def _most_popular(matrix: sp.csr_matrix, n: int) -> NDArray[np.int32]:
    """Rows of the ``n`` items with the largest column sums, in ascending order; ties go to the smaller row."""
    weight = np.asarray(matrix.sum(axis=0)).ravel()
    return np.sort(np.argsort(-weight, kind="stable")[:n]).astype(np.int32)


def _ridge_inverse(gram: sp.csr_matrix, reg: float) -> NDArray[np.float32]:
    """The inverse of ``gram + reg I``, float32[n, n], by Cholesky in place."""
    full = np.asfortranarray(gram.toarray(), dtype=np.float32)
    if not len(full):
        return full
    np.fill_diagonal(full, full.diagonal() + np.float32(reg))
    # LAPACK cuts its work by the number of threads, and each cut rounds differently: one thread gives one result.
    with _ALONE if full.nbytes > _LARGE else nullcontext(), threadpool_limits(1, "blas"):
        factor, info = sl.lapack.spotrf(full, lower=False, overwrite_a=True, clean=False)
        inverse, info_inverse = sl.lapack.spotri(factor, lower=False, overwrite_c=True)
    if info or info_inverse:
        raise SettingsError(f"EASE cannot be solved in single precision with reg = {reg}.", hint="Set a larger reg.")
    # LAPACK fills the upper triangle only.
    mirrored = np.triu(inverse)
    mirrored += np.triu(inverse, 1).T
    return np.ascontiguousarray(mirrored)
