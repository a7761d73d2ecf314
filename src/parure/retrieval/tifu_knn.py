"""TIFU-KNN: personal item frequencies with neighbours (Hu, He, Gao and Zhang, SIGIR 2020)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from parure.core.config import Config
from parure.retrieval.folded import Scores
from parure.retrieval.neighbours import NeighbourConfig, NeighbourSource
from parure.retrieval.signals import Acts, normalised_rows


class TifuKnnConfig(NeighbourConfig):
    """Parameters of :class:`TifuKnn`."""

    own_share: float = Field(default=0.9, ge=0, le=1)
    group_size: int = Field(default=7, ge=1, le=1000)
    """Orders in a group."""
    within_decay: float = Field(default=0.95, gt=0, le=1)
    """What an order counts against the next one of its group."""
    group_decay: float = Field(default=0.7, gt=0, le=1)
    """What a group counts against the next one."""
    distance: Literal["cosine", "euclidean"] = "cosine"
    """How near customers are: by the angle between their vectors, or by distance, as in the paper, where customers with
    short histories are near to everybody."""
    mean: bool = False
    """Take means over the orders of a group and over groups, as in the paper, instead of sums: customers with short
    histories then weigh as much as others, and a lone old order weighs more."""


class TifuKnn(NeighbourSource[TifuKnnConfig]):
    """Counts of orders, decayed within groups of orders and between groups, mixed with those of neighbours.

    Neighbours have equal votes. With ``distance = "euclidean"`` and ``mean`` it is the paper's method; the defaults
    are better on The Complete Journey.
    """

    kind: ClassVar[str] = "tifu_knn"
    config_type: ClassVar[type[Config]] = TifuKnnConfig

    def _taste(self, acts: Acts) -> sp.csr_matrix:
        config = self.config
        later = acts.later_orders()
        group, place = np.divmod(later, config.group_size)
        weight = acts.weight * config.within_decay**place * config.group_decay**group
        return acts.sums(weight / self._orders(acts, later, group) if config.mean else weight).astype(np.float32)

    def _orders(self, acts: Acts, later: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
        """The orders in each event's group times the groups of its customer."""
        size = self.config.group_size
        total = np.zeros(acts.shape[0], dtype=np.int64)
        np.maximum.at(total, acts.row, later + 1)
        orders = total[acts.row]
        # The newest groups are full; only the oldest one may hold fewer orders.
        return np.asarray(np.minimum(orders - group * size, size) * -(-orders // size))

    def _compared(self, acts: Acts, taste: sp.csr_matrix) -> sp.csr_matrix:
        del acts
        return normalised_rows(taste) if self.config.distance == "cosine" else taste

    def _weigh(self, products: Scores, query_squares: Scores) -> Scores:
        if self.config.distance == "cosine":
            return np.where(products > 0, products, np.float32(np.nan))
        return np.asarray(2 * products - self._squares - query_squares[:, None], dtype=np.float32)

    def _votes(self, nearness: Scores) -> Scores:
        return np.full(len(nearness), 1 / max(len(nearness), 1), dtype=np.float32)
