"""What sells among customers of the same kind: age band, gender, country, spending segment, home store ..."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import SharedFoldedIn
from parure.retrieval.groups import GroupCounts
from parure.retrieval.source import Source


class DemographicConfig(Config):
    """Parameters of :class:`Demographic`."""

    columns: tuple[str, ...] = Field(default=("age_band",), min_length=1)
    """Columns of the user table; a group is one combination of their values, as in ``("age_band", "gender")``."""
    half_life_days: float | None = Field(default=14.0, gt=0, le=36_500)
    """After this many days a purchase counts half; no decay where None."""
    strength: float = Field(default=500.0, gt=0, le=1e9)
    """How many (decayed) purchases the whole counts for inside each group: more makes groups more alike."""
    min_users: int = Field(default=5, ge=1, le=1_000_000)
    """Customers of smaller groups are served with the whole."""


class Demographic(Source[DemographicConfig]):
    """Each item's share of the purchases of the customer's group, with a prior of the whole's shares.

    A customer without the attributes, or of a group that is too small, gets the whole; :meth:`group_of` tells.
    """

    kind: ClassVar[str] = "demographic"
    config_type: ClassVar[type[Config]] = DemographicConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Count by group; nothing is random. Columns that the user table lacks leave the whole only."""
        del rng
        self._items = dataset.items
        config = self.config
        self._groups = GroupCounts.of(
            dataset, self._acts_of_dataset(dataset), config.columns, config.half_life_days, config.min_users
        )
        return self

    def group_of(self, query: Query) -> str | None:
        """The group that answers a query, as in ``age_band=26-35``; None where it falls back to the whole."""
        group = self._groups.find(self.config.columns, query.attributes)
        if group == UNKNOWN:
            return None
        return ", ".join(f"{c}={v}" for c, v in zip(self.config.columns, self._groups.names[group], strict=True))

    def fold_in(self, queries: Sequence[Query]) -> SharedFoldedIn:
        """See :meth:`Source.fold_in`; only the attributes of a query play a part."""
        items = self.items
        groups = np.array(
            [self._groups.find(self.config.columns, query.attributes) for query in queries], dtype=np.int64
        )
        distinct, ranking_of = np.unique(groups, return_inverse=True)
        rankings = np.empty((len(distinct), len(items)), dtype=np.float32)
        for position, group in enumerate(distinct.tolist()):
            rankings[position] = self._groups.shares(group, self.config.strength)
        return SharedFoldedIn(self.name, items, rankings, ranking_of)

    def _arrays(self) -> dict[str, Array]:
        return self._groups.arrays()

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._groups = GroupCounts.restore(arrays)
