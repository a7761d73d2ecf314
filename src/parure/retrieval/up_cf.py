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
from parure.retrieval.signals import Acts, Signal, normalised_rows


class UpCfConfig(NeighbourConfig):
    """Parameters of :class:`UpCf`."""

    neighbours: int = Field(default=200, ge=1, le=100_000)
    own_share: float = Field(default=0.0, ge=0, le=1)
    half_life_days: float | None = Field(default=28.0, gt=0, le=36_500)
    """After this many days a purchase speaks half for its item; no decay where None."""
    compare_half_life_days: float | None = Field(default=None, gt=0, le=36_500)
    """The same where customers are compared."""
    power: float = Field(default=3.0, ge=0, le=20)
    """Locality: the cosine is raised to this power; more makes near customers count more."""


class UpCf(NeighbourSource[UpCfConfig]):
    """Shares of an item in the decayed purchases of like customers, weighted by cosine to a power.

    With ``own_share`` 0 it says what others would buy in the customer's place; a blend adds the own history.
    """

    kind: ClassVar[str] = "up_cf"
    config_type: ClassVar[type[Config]] = UpCfConfig

    def _taste(self, acts: Acts) -> sp.csr_matrix:
        counts = acts.matrix(Signal(weighting="count", half_life_days=self.config.half_life_days))
        total = np.asarray(counts.sum(axis=1)).ravel()
        return (sp.diags_array(1 / np.maximum(total, 1e-12)) @ counts).tocsr().astype(np.float32)

    def _compared(self, acts: Acts, taste: sp.csr_matrix) -> sp.csr_matrix:
        del taste
        return normalised_rows(acts.matrix(Signal(weighting="log", half_life_days=self.config.compare_half_life_days)))

    def _weigh(self, products: Scores, query_squares: Scores) -> Scores:
        del query_squares
        return np.where(products > 0, products, np.float32(np.nan))

    def _votes(self, nearness: Scores) -> Scores:
        votes = np.minimum(nearness, 1) ** np.float32(self.config.power)
        return (votes / max(float(votes.sum()), 1e-30)).astype(np.float32)
