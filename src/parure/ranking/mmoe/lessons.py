"""From examples to what a pass of training sees: labels by task, and few of the many candidates nothing became of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from parure.ranking.ranker import TASKS, Examples

Numbers = NDArray[np.float32]
Rows = NDArray[np.int64]

PURCHASE: Final = "purchase"
SPEND: Final = "spend"


@dataclass(frozen=True)
class Lessons:
    """Labelled candidates.

    Attributes:
        heads: The tasks that can be learned, in the order of :data:`~parure.ranking.TASKS`.
        features: float32[n, features].
        labels: float32[n, heads], 1 or 0, NaN where nobody knows.
        query: int64[n], ascending.
    """

    heads: tuple[str, ...]
    features: Numbers
    labels: Numbers
    query: Rows

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """Keep the tasks that came true at least once; ``spend`` only beside ``purchase``, on which it rests."""
        if examples.tasks is None:
            names, labels = [PURCHASE], examples.labels[:, None]
        else:
            names, labels = list(TASKS), examples.tasks
        came_true = {name for name, column in zip(names, labels.T, strict=True) if (column == 1).any()}
        if PURCHASE not in came_true:
            came_true.discard(SPEND)
        heads = [name for name in names if name in came_true]
        columns = labels[:, [names.index(name) for name in heads]].astype(np.float32)
        return cls(tuple(heads), examples.slates.features, columns, examples.slates.query_of_row)

    def rates(self) -> NDArray[np.float64]:
        """float64[heads]: how often each task came true, never quite 0 or 1; of ``spend``, among what was bought."""
        known = ~np.isnan(self.labels)
        if SPEND in self.heads:
            known[:, self.heads.index(SPEND)] &= self.labels[:, self.heads.index(PURCHASE)] == 1
        true = (known & (self.labels == 1)).sum(axis=0)
        return np.asarray((true + 0.5) / (known.sum(axis=0) + 1.0), dtype=np.float64)

    def parted(self, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
        """Rows to learn from, and those of a share of the queries to be judged by: none where there are few."""
        queries = np.unique(self.query)
        unseen = np.sort(rng.permutation(queries)[: int(share * len(queries))])
        away = np.isin(self.query, unseen)
        return np.flatnonzero(~away), np.flatnonzero(away)

    def drawn(self, rows: Rows, negatives: int, rng: np.random.Generator) -> tuple[Rows, Numbers]:
        """Every row that something became of, and some of the others.

        Args:
            rows: Rows to draw from, ascending.
            negatives: How many of the others at most, a query.
            rng: What is drawn follows from it.

        Returns:
            int64[m], the rows, and float32[m], how many each stands for. Counted so, the rows drawn have in the mean
            the sums of all rows, whatever the task.
        """
        alive = (self.labels[rows] == 1).any(axis=1)
        others = rows[~alive]
        order = np.lexsort((rng.random(len(others)), self.query[others]))
        query = self.query[others][order]
        first = np.searchsorted(query, query)
        kept = np.arange(len(order)) - first < negatives
        total = np.searchsorted(query, query, side="right") - first
        stands = (total / np.minimum(total, negatives))[kept]
        found = np.concatenate([rows[alive], others[order][kept]])
        return found, np.concatenate([np.ones(int(alive.sum())), stands]).astype(np.float32)
