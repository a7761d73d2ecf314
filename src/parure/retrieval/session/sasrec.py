"""What comes next in a sequence of items, by a transformer: SASRec, trained with a sampled softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from parure.core import EventKind, Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import FactoredFoldedIn, Rows, Scores
from parure.retrieval.session.sessions import Steps, StepWeights, gap_us, sessions_of
from parure.retrieval.session.training import Plan, Sequences, learn
from parure.retrieval.session.transformer import Transformer
from parure.retrieval.source import Source

_KINDS: Final = max(EventKind) + 1
_STRENGTH: Final = (10 * StepWeights().table()).astype(np.int64)
"""Which of two kinds says more; 0 for what is not read."""


class SasRecConfig(Config):
    """Parameters of :class:`SasRec`."""

    embedding_size: int = Field(default=96, ge=2, le=1024)
    """Length of the vectors; a multiple of ``heads``."""
    layers: int = Field(default=2, ge=1, le=16)
    """Layers of attention."""
    heads: int = Field(default=2, ge=1, le=64)
    """Heads of each."""
    max_length: int = Field(default=50, ge=2, le=1000)
    """So many steps are read: the last ones."""
    gap_minutes: float | None = Field(default=None, gt=0, le=5_256_000)
    """A longer pause begins a new sequence; None: all that a customer ever did is one."""
    min_count: int = Field(default=2, ge=1, le=1_000_000)
    """An item has a vector when it stands in sequences at least this often; the source says nothing of the others."""
    negatives: int = Field(default=1024, ge=1, le=1_000_000)
    """How many items each batch is held against; all there are, exactly, where there are no more."""
    popular_share: float = Field(default=0.5, ge=0, le=1)
    """Share of them drawn by how often an item stands in sequences; the others have all the same chance."""
    epochs: int = Field(default=10, ge=1, le=10_000)
    """How often every sequence is read."""
    batch_size: int = Field(default=512, ge=1, le=1_000_000)
    """Sequences a step of training."""
    learning_rate: float = Field(default=3e-3, gt=0, le=1)
    """The largest one; it rises over the first tenth of the steps and falls from there."""
    weight_decay: float = Field(default=0.01, ge=0, le=10)
    """How fast weights shrink (AdamW)."""
    dropout: float = Field(default=0.3, ge=0, lt=1)
    """Share of numbers left out at random while training."""
    temperature: float | None = Field(default=0.07, gt=0, le=100)
    """Scores are cosines over this; None: products of vectors, whose lengths count too."""

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.embedding_size % self.heads:
            raise ValueError(f"embedding_size must be a multiple of heads, got {self.embedding_size} and {self.heads}")
        return self


class SasRec(Source[SasRecConfig]):
    """Products of what a sequence ends in with the items' vectors.

    A causal transformer (Kang and McAuley 2018) over the customer's last steps: vectors of item, position and kind of
    event are added up, and attention also knows how far apart steps are. Views, clicks, carts, wishes and purchases are
    read; each next item is a target. Torch is needed to train and not to serve.

    Cost:
        Fit: epochs times steps times (negatives + 8 layers x size) x size. A query: under a millisecond, and one
        product of its vector with all items.
    """

    kind: ClassVar[str] = "sasrec"
    config_type: ClassVar[type[Config]] = SasRecConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Train on what all customers did, from weights and in an order drawn by ``rng``.

        Raises:
            MissingExtraError: Torch is not installed.
        """
        config = self.config
        self._items = dataset.items
        self._purchases_only = False
        steps = _merged(sessions_of(dataset, StepWeights(), gap_us(config.gap_minutes)))
        # A sequence of one step teaches nothing.
        counted = np.bincount(steps.session, minlength=steps.sessions)[steps.session] > 1
        known = np.bincount(steps.item_ix[counted], minlength=len(dataset.items)) >= config.min_count
        self._number = np.where(known, np.cumsum(known), 0).astype(np.int32)
        sequences = self._sequences(steps, rng)
        if len(sequences):
            plan = Plan(**config.model_dump(include=set(Plan.__dataclass_fields__)))
            self._weights = learn(sequences, plan, rng)
        else:
            self._number[:] = 0
            self._weights = {}
        self._prepare()
        return self

    def _sequences(self, steps: Steps, rng: np.random.Generator) -> Sequences:
        """Sequences of two steps and more, in pieces of ``max_length`` steps and the one that follows."""
        # What was done at the same moment, as in one order, has no order to learn from.
        order = np.lexsort((rng.random(len(steps)), steps.timestamp_us, steps.session))
        steps = steps.take(order[self._number[steps.item_ix[order]] > 0])
        offsets = steps.offsets()
        lengths = np.diff(offsets)
        from_end = np.repeat(offsets[1:], lengths) - 1 - np.arange(len(steps))
        piece = from_end // self.config.max_length
        new = np.ones(len(steps), dtype=bool)
        new[1:] = (steps.session[1:] != steps.session[:-1]) | (piece[1:] != piece[:-1])
        starts = np.flatnonzero(new)
        ends = np.append(starts[1:], len(steps)) if len(starts) else starts
        # The first step of the next piece is the last target of this one.
        ends = ends + (np.append(steps.session[1:] == steps.session[:-1], False)[ends - 1] if len(ends) else ends)
        return _pieces(self._number[steps.item_ix], steps.kind, starts, ends, int(self._number.max(initial=0)))

    def _prepare(self) -> None:
        """Set up what folding in needs: the network, and the vectors of all items, NaN where there is none."""
        vectors = self._weights.get("items", np.zeros((1, self.config.embedding_size), np.float32)).copy()
        if self.config.temperature is not None:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        vectors[0] = np.nan
        self._vectors: Scores = vectors[self._number]
        self._network = Transformer(self._weights, self.config.heads) if self._weights else None

    def query_vectors(self, queries: Sequence[Query]) -> Scores:
        """What each query's sequence ends in, float32[queries, size]; NaN where it holds no item with a vector."""
        config = self.config
        rows = [self._steps(query) for query in queries]
        lengths = np.array([len(items) for items, _ in rows], dtype=np.int64)
        found = np.full((len(rows), config.embedding_size), np.nan, np.float32)
        if self._network is None or not lengths.any():
            return found
        items, kinds = np.zeros((2, len(rows), lengths.max()), np.int64)
        for row, (own_items, own_kinds) in enumerate(rows):
            items[row, : len(own_items)], kinds[row, : len(own_items)] = own_items, own_kinds
        said = lengths > 0
        found[said] = self._network.encode(items[said], kinds[said], lengths[said])
        if config.temperature is not None:
            found /= np.linalg.norm(found, axis=1, keepdims=True) * np.float32(config.temperature)
        return found

    def _steps(self, query: Query) -> tuple[Rows, NDArray[np.int8]]:
        """Numbers of the items and kinds of the last steps of a query, oldest first."""
        history, pause_us = query.history, gap_us(self.config.gap_minutes)
        rows = history.rows_in(self.items)
        kept = np.flatnonzero((rows != UNKNOWN) & (_STRENGTH[history.kind] > 0))
        time = history.timestamp_us[kept]
        breaks = np.flatnonzero(np.diff(time) > pause_us)
        kept = kept[breaks[-1] + 1 :] if len(breaks) else kept
        steps = Steps(np.zeros(len(kept), np.int64), rows[kept], history.timestamp_us[kept], history.kind[kept], 1)
        steps = _merged(steps)
        numbers = self._number[steps.item_ix]
        known = np.flatnonzero(numbers)[-self.config.max_length :]
        return numbers[known], steps.kind[known]

    def fold_in(self, queries: Sequence[Query]) -> FactoredFoldedIn:
        """See :meth:`Source.fold_in`."""
        return FactoredFoldedIn(self.name, self.items, self.query_vectors(queries), self._vectors)

    def _arrays(self) -> dict[str, Array]:
        return {"number": self._number, **self._weights}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._number = arrays["number"]
        self._weights = {name: values for name, values in arrays.items() if name != "number"}
        self._prepare()


def _merged(steps: Steps) -> Steps:
    """Acts of different kinds on one item, one after the other, as one step of the weightiest kind.

    Who views an item, puts it in the cart and buys it has chosen one item, not three. The same act twice is two steps.
    """
    if len(steps) < 2:
        return steps
    same = (steps.session[1:] == steps.session[:-1]) & (steps.item_ix[1:] == steps.item_ix[:-1])
    starts = np.flatnonzero(np.append(True, ~(same & (steps.kind[1:] != steps.kind[:-1]))))
    if len(starts) == len(steps):
        return steps
    strongest = np.maximum.reduceat(_STRENGTH[steps.kind] * _KINDS + steps.kind, starts)
    first = steps.take(starts)
    kinds = (strongest % _KINDS).astype(np.int8)
    return Steps(first.session, first.item_ix, first.timestamp_us, kinds, steps.sessions)


def _pieces(
    numbers: Rows, kinds: NDArray[np.int8], starts: NDArray[np.int64], ends: NDArray[np.int64], vocabulary: int
) -> Sequences:
    """The steps from each start to its end, as sequences; pieces of one step are left out."""
    lengths = ends - starts
    starts, lengths = starts[lengths > 1], lengths[lengths > 1]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    at = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return Sequences(numbers[at].astype(np.int64), kinds[at].astype(np.int64), offsets, vocabulary, _KINDS)
