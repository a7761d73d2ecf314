"""What sells more lately than it used to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from parure.core import Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.dataset import Dataset
from parure.retrieval.folded import Scores, SharedFoldedIn
from parure.retrieval.signals import Signal
from parure.retrieval.source import Source


class TrendingConfig(Config):
    """Parameters of :class:`Trending`."""

    half_life_days: float = Field(default=14.0, gt=0, le=36_500)
    """After this many days a purchase counts half in what sells lately."""
    usual_half_life_days: float = Field(default=60.0, gt=0, le=36_500)
    """The same in what usually sells."""
    strength: float = Field(default=5.0, gt=0, le=1e6)
    """Purchases added to both sides of the ratio: items with fewer than a few cannot trend."""


class Trending(Source[TrendingConfig]):
    """An item's decayed purchases over what its usual share of purchases lets expect: 1 is as usual.

    Season and fashion show in it before they show in counts. An item that nobody bought has no score.
    """

    kind: ClassVar[str] = "trending"
    config_type: ClassVar[type[Config]] = TrendingConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Count; nothing is random."""
        del rng
        self._items = dataset.items
        acts = self._acts_of_dataset(dataset)
        lately, usually = (
            np.maximum(np.bincount(acts.item_ix, Signal(half_life_days=days).worth(acts), len(dataset.items)), 0)
            for days in (self.config.half_life_days, self.config.usual_half_life_days)
        )
        expected = usually * (lately.sum() / max(float(usually.sum()), 1e-300))
        ratio = (lately + self.config.strength) / (expected + self.config.strength)
        self._scores: Scores = np.where(usually > 0, ratio, np.nan).astype(np.float32)
        return self

    def fold_in(self, queries: Sequence[Query]) -> SharedFoldedIn:
        """See :meth:`Source.fold_in`; the answer is the same for every query."""
        return SharedFoldedIn(self.name, self.items, self._scores[None], np.zeros(len(queries), dtype=np.int64))

    def _arrays(self) -> dict[str, Array]:
        return {"scores": self._scores}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._scores = arrays["scores"]
