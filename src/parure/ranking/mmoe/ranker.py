"""A ranker that predicts what becomes of an item, several tasks at once, and weighs them as a request asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from parure.core.artifacts import load_arrays, save_arrays
from parure.core.config import Config
from parure.ranking.blend import Blend, BlendConfig
from parure.ranking.mmoe.config import MmoeConfig
from parure.ranking.mmoe.graph import can_export, export
from parure.ranking.mmoe.inputs import Inputs
from parure.ranking.mmoe.lessons import PURCHASE, SPEND, Lessons
from parure.ranking.mmoe.net import Net
from parure.ranking.mmoe.training import train
from parure.ranking.ranker import OTHER, TASKS, Examples, Ranker, Slates

Numbers = NDArray[np.float32]

WEIGHTS: Final = "mmoe.npz"
GRAPH: Final = "mmoe.onnx"


@dataclass(frozen=True)
class _Model:
    """What was learned.

    Attributes:
        inputs: From features to inputs.
        net: From inputs to logits.
        speaking: int64[m], the inputs that sources are behind.
        adds: float32[m, sources], 1 at the source behind each.
    """

    inputs: Inputs
    net: Net
    speaking: NDArray[np.int64]
    adds: Numbers

    @classmethod
    def of(cls, inputs: Inputs, net: Net, ranker: Mmoe) -> Self:
        names = [ranker.features[column] for column in inputs.owners()]
        place = {name: n for n, name in enumerate(ranker.sources)}
        place |= {f"{name}_rank": n for n, name in enumerate(ranker.sources)}
        speaking = np.array([n for n, name in enumerate(names) if name in place], dtype=np.int64)
        adds = np.zeros((len(speaking), len(ranker.sources)), np.float32)
        adds[np.arange(len(speaking)), [place[names[n]] for n in speaking]] = 1
        return cls(inputs, net, speaking, adds)

    def before(self, slates: Slates) -> Numbers:
        """What the net's first layer makes of each candidate."""
        return self.net.before(self.inputs.apply(slates.features))


class Mmoe(Ranker[MmoeConfig]):
    """Probabilities of a click, a cart, a purchase and a purchase above the own average; their weighted sum sorts.

    The net is that of Ma et al., Multi-gate Mixture-of-Experts (KDD 2018); see :class:`~parure.ranking.mmoe.net.Net`
    and :func:`~parure.ranking.mmoe.training.train`. What the examples do not record has no head and no probability,
    and adds nothing to a score; a request that wants nothing but that is served by the ranker's own goals. Before
    :meth:`fit`, or where nothing ever came true, the sources' scores are blended evenly.

    Cost:
        Serving needs no PyTorch: 200 candidates with 60 features take about 0.2 ms, their shares 0.5 ms.
    """

    kind: ClassVar[str] = "mmoe"
    config_type: ClassVar[type[Config]] = MmoeConfig
    reads_table: ClassVar[bool] = True
    asks_everybody: ClassVar[bool] = True

    def __init__(self, config: MmoeConfig, features: Sequence[str]) -> None:
        super().__init__(config, features)
        self.heads: tuple[str, ...] = ()
        """The tasks that it predicts."""
        self._model: _Model | None = None

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The features that are scores of sources: those with a rank beside them, or all where none has."""
        ranked = tuple(name for name in self.features if f"{name}_rank" in self.features)
        return ranked or self.features

    @property
    def voices(self) -> tuple[str, ...]:
        """The sources, and ``other``."""
        return (*self.sources, OTHER)

    def fit(self, examples: Examples, *, rng: np.random.Generator) -> Self:
        """Learn from past moments: from ``examples.tasks``, or from purchases alone where there are none.

        Raises:
            MissingExtraError: PyTorch is not installed.
        """
        lessons = Lessons.of(examples)
        self.heads, self._model = lessons.heads, None
        if lessons.heads:
            inputs = Inputs.fit(lessons.features, rng)
            self._model = _Model.of(inputs, train(lessons, inputs, self.config, rng=rng), self)
        return self

    def probabilities(self, slates: Slates) -> Numbers:
        """How likely each task is to come true within seven days.

        Returns:
            float32[n, tasks] in the order of :data:`~parure.ranking.TASKS`; NaN for a task without a head.
            ``spend`` is never above ``purchase``.
        """
        found = np.full((len(slates.features), len(TASKS)), np.nan, dtype=np.float32)
        if self._model is not None:
            logits = self._model.net.logits(self._model.before(slates))
            found[:, self._columns] = _product(_sigmoid(logits), self.heads)
        return found

    def score_many(self, slates: Slates) -> Numbers:
        """The tasks' probabilities, weighed by ``slates.goals`` or the ranker's own: see :meth:`Ranker.score_many`.

        A query whose row of goals is NaN asks for nothing of its own.
        """
        if self._model is None:
            return np.asarray(self._stand_in(slates).sum(axis=1), dtype=np.float32)
        logits = self._model.net.logits(self._model.before(slates))
        return self._weighed(_sigmoid(logits), self._goals(slates))

    def shares(self, slates: Slates) -> Numbers:
        """See :meth:`scores_and_shares`."""
        return self.scores_and_shares(slates)[1]

    def scores_and_shares(self, slates: Slates) -> tuple[Numbers, Numbers]:
        """The scores, and what lifts each candidate above the mean of its slate, by source.

        A source's share is the sum over its inputs (score, rank, whether it says anything) of the input's difference
        from the slate's mean, times the slope of the score half-way between the two: the path from the mean to the
        candidate in one step (Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017). ``other``
        is what is left of the score: that of a mean candidate, all that is no source, and the error of the one step.
        """
        if self._model is None:
            parts = self._stand_in(slates)
            shares = np.hstack([parts, np.zeros((len(parts), 1), np.float32)])
            return np.asarray(parts.sum(axis=1), dtype=np.float32), shares
        net, columns = self._model.net, self._model.speaking
        read = self._model.inputs.apply(slates.features)
        before = net.before(read)
        goals = self._goals(slates)
        scores = self._weighed(_sigmoid(net.logits(before)), goals)
        halfway = (before + _means(before, slates)) / np.float32(2)
        slopes = net.slopes(halfway, lambda logits: self._slope(_sigmoid(logits), goals))
        lifts = (read[:, columns] - _means(read[:, columns], slates)) * (slopes @ net.first[columns].T)
        shares = np.empty((len(read), len(self.voices)), np.float32)
        shares[:, :-1] = lifts @ self._model.adds
        shares[:, -1] = scores - shares[:, :-1].sum(axis=1)
        return scores, shares

    def save(self, directory: Path) -> None:
        """Write the ranker into an existing directory, and its net as ONNX beside it where ``onnx`` is installed."""
        super().save(directory)
        if self._model is not None:
            inputs, net = self._model.inputs, self._model.net
            save_arrays(directory / WEIGHTS, {**inputs.to_arrays(), **net.to_arrays()})
            if can_export():
                export(directory / GRAPH, inputs, net, self.heads)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what :meth:`save` wrote."""
        ranker = super().load(directory)
        if ranker.heads:
            ranker._learn(load_arrays(directory / WEIGHTS))  # noqa: SLF001 - its own
        return ranker

    def _learn(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what :meth:`save` wrote as arrays."""
        self._model = _Model.of(Inputs.from_arrays(arrays), Net.from_arrays(arrays), self)

    def _state(self) -> dict[str, object]:
        return {"heads": list(self.heads)}

    def _restore(self, state: dict[str, object]) -> None:
        self.heads = tuple(cast("list[str]", state["heads"]))

    @property
    def _columns(self) -> list[int]:
        return [TASKS.index(head) for head in self.heads]

    def _goals(self, slates: Slates) -> Numbers:
        """The weights of the heads for each row, float32[n, heads]."""
        own = np.array([getattr(self.config.goals, head) for head in self.heads], np.float32)
        if not own.any():
            own = np.array([head == PURCHASE for head in self.heads], np.float32)
        if not own.any():
            own = np.ones_like(own)
        if slates.goals is None:
            return np.broadcast_to(own, (len(slates.features), len(own)))
        asked = slates.goals[:, self._columns]
        asked = np.where(np.isnan(asked).any(axis=1, keepdims=True) | ~asked.any(axis=1, keepdims=True), own, asked)
        return np.repeat(asked.astype(np.float32), np.diff(slates.offsets), axis=0)

    def _weighed(self, single: Numbers, goals: Numbers) -> Numbers:
        return np.asarray((_product(single, self.heads) * goals).sum(axis=1), dtype=np.float32)

    def _slope(self, single: Numbers, goals: Numbers) -> Numbers:
        """How the score changes with each logit, float32[n, heads]."""
        slope = goals * single * (1 - single)
        if SPEND in self.heads:
            bought, spend = self.heads.index(PURCHASE), self.heads.index(SPEND)
            slope[:, bought] += goals[:, spend] * single[:, spend] * single[:, bought] * (1 - single[:, bought])
            slope[:, spend] *= single[:, bought]
        return slope

    def _stand_in(self, slates: Slates) -> Numbers:
        """The sources' scores, evenly weighed: float32[n, sources]."""
        columns = [self.features.index(name) for name in self.sources]
        return Blend(BlendConfig(), self.sources).shares(Slates(slates.features[:, columns], slates.offsets))


def _sigmoid(logits: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)


def _product(single: Numbers, heads: tuple[str, ...]) -> Numbers:
    """Probabilities of the tasks: what a head says, and of ``spend`` the product with the purchase."""
    if SPEND not in heads:
        return single
    found = single.copy()
    found[:, heads.index(SPEND)] *= single[:, heads.index(PURCHASE)]
    return found


def _means(columns: Numbers, slates: Slates) -> NDArray[Any]:
    """The mean of each query's rows, at every row."""
    counts = np.diff(slates.offsets)
    filled = counts > 0
    if not filled.any():
        return columns
    totals = np.add.reduceat(columns, slates.offsets[:-1][filled], axis=0)
    return np.repeat(totals / counts[filled, None].astype(np.float32), counts[filled], axis=0)
