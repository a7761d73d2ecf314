"""TIFU-KNN: personal item frequencies with neighbours (Hu, He, Gao and Zhang, SIGIR 2020)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from parure.core.config import Config
from parure.retrieval.folded import Scores
from parure.retrieval.neighbours import NeighbourConfig, NeighbourSource
from parure.retrieval.signals import Acts


class TifuKnnConfig(NeighbourConfig):
    """Parameters of :class:`TifuKnn`."""

    group_size: int = Field(default=7, ge=1, le=1000)
    """Orders in a group."""
    within_decay: float = Field(default=0.95, gt=0, le=1)
    """What an order counts against the next one of its group."""
    group_decay: float = Field(default=0.85, gt=0, le=1)
    """What a group counts against the next one."""


class TifuKnn(NeighbourSource[TifuKnnConfig]):
    """The mean over groups of orders of the mean over their orders, both decayed, mixed with that of neighbours.

    Neighbours are nearest by Euclidean distance and have equal votes, as in the paper.
    """

    kind: ClassVar[str] = "tifu_knn"
    config_type: ClassVar[type[Config]] = TifuKnnConfig

    def _taste(self, acts: Acts) -> sp.csr_matrix:
        config = self.config
        later = acts.later_orders()
        group, place = np.divmod(later, config.group_size)
        orders = np.zeros(acts.shape[0], dtype=np.int64)
        np.maximum.at(orders, acts.row, later + 1)
        orders = orders[acts.row]
        # The newest groups are full; only the oldest one may hold fewer orders.
        size = np.minimum(orders - group * config.group_size, config.group_size)
        groups = -(-orders // config.group_size)
        weight = config.within_decay**place * config.group_decay**group / (size * groups)
        return acts.sums(weight).astype(np.float32)

    def _compared(self, acts: Acts, taste: sp.csr_matrix) -> sp.csr_matrix:
        del acts
        return taste

    def _weigh(self, products: Scores, query_squares: Scores) -> Scores:
        return np.asarray(2 * products - self._squares - query_squares[:, None], dtype=np.float32)

    def _votes(self, nearness: Scores) -> Scores:
        return np.full(len(nearness), 1 / max(len(nearness), 1), dtype=np.float32)
