"""UP-CF: what customers alike bought lately.

Follows Faggioli, Polato and Aiolli, Recency Aware Collaborative Filtering for Next Basket Recommendation, 2020.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from parure.core.config import Config
from parure.retrieval.folded import Scores
from parure.retrieval.neighbours import NeighbourConfig, NeighbourSource
from parure.retrieval.signals import Acts, Signal, Weighting, normalised_rows


class UpCfConfig(NeighbourConfig, Signal):
    """Parameters of :class:`UpCf`."""

    weighting: Weighting = "count"
    half_lives: tuple[tuple[float, float], ...] = ((0.18, 120.0), (0.1, 28.0))
    order_half_lives: tuple[tuple[float, float], ...] = ((0.72, 10.0),)
    neighbours: int = Field(default=200, ge=1, le=100_000)
    own_share: float = Field(default=0.0, ge=0, le=1)
    power: float = Field(default=5.0, ge=0, le=20)
    """Locality: the cosine is raised to this power; more makes near customers count more."""
    shares: bool = True
    """Every customer speaks with the same voice: what they bought is scaled to a sum of 1, as in the paper."""


class UpCf(NeighbourSource[UpCfConfig]):
    """The decayed purchases of like customers, weighted by cosine (of their logarithms) to a power.

    With ``own_share`` 0 it says what others would buy in the customer's place; a blend adds the own history.
    """

    kind: ClassVar[str] = "up_cf"
    config_type: ClassVar[type[Config]] = UpCfConfig

    def _taste(self, acts: Acts) -> sp.csr_matrix:
        counts = acts.matrix(self.config)
        if not self.config.shares:
            return counts
        total = np.asarray(counts.sum(axis=1)).ravel()
        return (sp.diags_array(1 / np.maximum(total, 1e-12)) @ counts).tocsr().astype(np.float32)

    def _compared(self, acts: Acts, taste: sp.csr_matrix) -> sp.csr_matrix:
        counts = acts.matrix(self.config) if self.config.shares else taste.copy()
        counts.data = np.log1p(counts.data)
        return normalised_rows(counts)

    def _weigh(self, products: Scores, query_squares: Scores) -> Scores:
        del query_squares
        return np.where(products > 0, products, np.float32(np.nan))

    def _votes(self, nearness: Scores) -> Scores:
        votes = np.minimum(nearness, 1) ** np.float32(self.config.power)
        return (votes / max(float(votes.sum()), 1e-30)).astype(np.float32)
