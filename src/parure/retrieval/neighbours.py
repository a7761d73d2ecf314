"""What the two nearest-neighbour sources share: customers from training whose purchases speak for the query."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from hashlib import blake2b
from typing import Self, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core import Query, best_first
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import BlockFoldedIn, Scores
from parure.retrieval.signals import Acts, csr_arrays, csr_from
from parure.retrieval.source import Source


class NeighbourConfig(Config):
    """Parameters that nearest-neighbour sources share."""

    neighbours: int = Field(default=300, ge=1, le=100_000)
    """How many customers speak for the query."""
    own_share: float = Field(default=0.7, ge=0, le=1)
    """Weight of the query's own history; its neighbours have the rest."""
    max_users: int = Field(default=50_000, ge=1, le=10_000_000)
    """At most so many customers are kept as possible neighbours: those who bought last."""


NeighbourConfigT = TypeVar("NeighbourConfigT", bound=NeighbourConfig)


class NeighbourSource(Source[NeighbourConfigT]):
    """Scores are the own taste vector mixed with those of the most alike customers.

    The model holds the taste vectors of customers from training, keyed by a hash of the id, so that nobody is taken
    for their own neighbour.
    """

    @abstractmethod
    def _taste(self, acts: Acts) -> sp.csr_matrix:
        """The vectors that speak for items: CSR float32[rows, items]."""

    @abstractmethod
    def _compared(self, acts: Acts, taste: sp.csr_matrix) -> sp.csr_matrix:
        """The vectors by which customers are compared: CSR float32[rows, items]."""

    @abstractmethod
    def _weigh(self, products: Scores, query_squares: Scores) -> Scores:
        """Turn products of compared vectors into a measure where more is nearer, float32[queries, users]."""

    @abstractmethod
    def _votes(self, nearness: Scores) -> Scores:
        """Weights of chosen neighbours from their nearness, best first; they sum to 1 or to 0."""

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Make everybody's vectors; nothing is random."""
        del rng
        self._items = dataset.items
        acts = _latest_users(self._acts_of_dataset(dataset), self.config.max_users)
        self._tastes = self._taste(acts)
        self._compare_to = self._compared(acts, self._tastes)
        active = np.flatnonzero(np.diff(self._tastes.indptr) > 0)
        self._tastes, self._compare_to = self._tastes[active].tocsr(), self._compare_to[active].tocsr()
        keys = np.array([_key(user_id) for user_id in dataset.users.ids_of(active)], dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        self._keys, self._key_rows = keys[order], order.astype(np.int64)
        self._prepare()
        return self

    def _prepare(self) -> None:
        self._transposed = self._compare_to.T.tocsr()
        self._squares = _squares(self._compare_to)

    def fold_in(self, queries: Sequence[Query]) -> BlockFoldedIn:
        """See :meth:`Source.fold_in`; a query without a known purchase has no scores."""
        items = self.items
        acts = self._acts_of_queries(queries)
        taste = self._taste(acts)
        compared = self._compared(acts, taste)
        share = np.float32(self.config.own_share)

        def block(start: int, stop: int) -> Scores:
            scores = self._neighbour_scores(queries[start:stop], compared[start:stop]) * (1 - share)
            if share:
                scores += (taste[start:stop] * share).toarray()
            scores[scores <= 0] = np.nan
            return scores

        # A block holds scores of all items, and nearness to all neighbours on the way.
        return BlockFoldedIn(self.name, items, len(queries), block, width=max(len(items), len(self._squares)))

    def _neighbour_scores(self, queries: Sequence[Query], compared: sp.csr_matrix) -> Scores:
        """The mean taste of each query's neighbours: float32[queries, items]."""
        nearness = self._weigh((compared @ self._transposed).toarray(), _squares(compared))
        nearness[np.diff(compared.indptr) == 0] = np.nan
        own = self._own_rows(queries)
        nearness[np.flatnonzero(own >= 0), own[own >= 0]] = np.nan
        chosen = [best_first(row, self.config.neighbours) for row in nearness]
        votes = [self._votes(row[best]) for row, best in zip(nearness, chosen, strict=True)]
        bounds = np.concatenate([[0], np.cumsum([len(best) for best in chosen])])
        flat = (np.concatenate([np.empty(0, np.float32), *votes]), np.concatenate([np.empty(0, np.int32), *chosen]))
        weights = sp.csr_matrix((*flat, bounds), shape=nearness.shape)
        return np.asarray((weights @ self._tastes).toarray(), dtype=np.float32)

    def _own_rows(self, queries: Sequence[Query]) -> NDArray[np.int64]:
        """Where each query's own user stands among the neighbours; -1 where they do not."""
        keys = np.array([_key(query.user_id) if query.user_id is not None else 0 for query in queries], dtype=np.uint64)
        if not len(self._keys):
            return np.full(len(queries), -1)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[at] == keys, self._key_rows[at], -1)

    def _arrays(self) -> dict[str, Array]:
        matrices = {**csr_arrays("tastes", self._tastes), **csr_arrays("compared", self._compare_to)}
        return {**matrices, "keys": self._keys, "key_rows": self._key_rows}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._tastes, self._compare_to = csr_from("tastes", arrays), csr_from("compared", arrays)
        self._keys, self._key_rows = arrays["keys"], arrays["key_rows"]
        self._prepare()


def _squares(matrix: sp.csr_matrix) -> Scores:
    """Squared lengths of the rows."""
    return np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float32).ravel()


def _key(user_id: str) -> int:
    return int.from_bytes(blake2b(user_id.encode(), digest_size=8).digest(), "little")


def _latest_users(acts: Acts, n: int) -> Acts:
    """The events of the ``n`` users whose newest event is the latest; ties go to the smaller row."""
    last = np.full(acts.shape[0], np.inf)
    np.minimum.at(last, acts.row, acts.age_days)
    if np.isfinite(last).sum() <= n:
        return acts
    kept = np.zeros(acts.shape[0], dtype=bool)
    kept[np.argsort(last, kind="stable")[:n]] = True
    return acts.take(kept[acts.row])
