"""Weights known from text search, with customers as documents and items as terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from parure.core.artifacts import Array


@dataclass(frozen=True)
class Bm25:
    """Okapi BM25: an item's count saturates, common items and long histories count less.

    Attributes:
        rarity: float32[items], log of users over users who have the item; 0 where that is negative.
        mean_length: Mean sum of a user's counts.
        k1: How soon counts saturate.
        b: How much the length of a history counts, 0-1.
    """

    rarity: NDArray[np.float32]
    mean_length: float
    k1: float = 1.2
    b: float = 0.75

    @classmethod
    def of(cls, counts: sp.csr_matrix, *, k1: float = 1.2, b: float = 0.75) -> Bm25:
        """Read rarity and mean length from CSR[users, items]."""
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        active = max(int((lengths > 0).sum()), 1)
        rarity = np.maximum(np.log(active) - np.log1p(counts.getnnz(axis=0)), 0).astype(np.float32)
        return cls(rarity, float(lengths.sum()) / active, k1, b)

    def apply(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """The weighted matrix, for users from training or new ones: CSR float32 of the same entries."""
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        norm = self.k1 * (1 - self.b + self.b * lengths / max(self.mean_length, 1e-12))
        data = counts.data * (self.k1 + 1) / (norm[rows] + counts.data) * self.rarity[counts.indices]
        return sp.csr_matrix((data.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape)

    def arrays(self) -> dict[str, Array]:
        """What to save."""
        return {"bm25_rarity": self.rarity, "bm25_numbers": np.array([self.mean_length, self.k1, self.b])}

    @classmethod
    def restore(cls, arrays: dict[str, Array]) -> Bm25:
        """Take back what :meth:`arrays` gave."""
        return cls(arrays["bm25_rarity"], *(float(number) for number in arrays["bm25_numbers"]))


def tfidf(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Counts times the log of (1 + users) over (1 + users who have the item): CSR float32."""
    users = int((np.diff(counts.indptr) > 0).sum())
    rarity = np.log((1 + users) / (1 + counts.getnnz(axis=0))).astype(np.float32)
    data = counts.data * rarity[counts.indices]
    return sp.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
