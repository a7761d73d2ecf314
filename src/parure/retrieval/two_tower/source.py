"""Two towers: one turns a customer into a vector, the other an item; what lies near is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from parure.core import Candidates, Query
from parure.core.artifacts import Array
from parure.core.errors import MissingExtraError
from parure.core.ids import UNKNOWN
from parure.dataset import Dataset
from parure.retrieval.folded import FactoredFoldedIn, FoldedIn, Rows, Scores
from parure.retrieval.source import ItemSimilarity, Source
from parure.retrieval.two_tower.config import TwoTowerConfig
from parure.retrieval.two_tower.folded import ThresholdFoldedIn
from parure.retrieval.two_tower.histories import Log, context, profile_codes
from parure.retrieval.two_tower.moments import Past, log_of
from parure.retrieval.two_tower.towers import Floats, Tower, write_onnx
from parure.retrieval.two_tower.traits import ItemTraits


class TwoTower(Source[TwoTowerConfig], ItemSimilarity):
    """Vectors of customers and items from two small networks that were trained together.

    The user tower reads the history (all kinds of events, by their weights), the profile and the moment; the item tower
    reads id, attributes, title, price, sales and picture, so an item that nobody bought yet has its place too. Scores
    are cosines. Training needs PyTorch, the answers need numpy alone. Covington et al. 2016; Yi et al. 2019.

    A query without a known item in its history and without a known attribute of the customer gets nothing: there is
    nothing to tell.

    Cost:
        Fit: see :func:`~parure.retrieval.two_tower.training.train_towers`. A query: the last ``history_length`` events,
        two small matrix products, and one product of its vector with all items.
    """

    kind: ClassVar[str] = "two_tower"
    config_type: ClassVar[type[TwoTowerConfig]] = TwoTowerConfig

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Train on past moments: from what was known at each, tell what was taken within the horizon after it.

        Raises:
            MissingExtraError: PyTorch is not installed.
        """
        if find_spec("torch") is None:
            raise MissingExtraError("torch", "neural", "Training the source 'two_tower'")
        from parure.retrieval.two_tower.training import train_towers

        self._items = dataset.items
        self._purchases_only = False
        log = log_of(dataset)
        self._scale = log.scale
        traits = ItemTraits.of(dataset, self.config)
        profile = profile_codes([dataset.attributes(user) for user in dataset.users], self.config.profile)
        past = Past(dataset, self.config, log)
        trained = train_towers(traits, profile, past, self.config, rng=rng)
        self._user_tower, self._item_tower = trained.user_tower, trained.item_tower
        self._profile = trained.profile
        self._known_values = np.bincount(profile.ravel(), minlength=len(trained.profile)) > 0
        self._known_values[0] = False
        self._embeddings = np.ascontiguousarray(trained.inputs[:, : self.config.embedding_size])
        self._vectors = self._item_tower(trained.inputs)
        self._vectors[~traits.known if len(past) else slice(None)] = np.nan
        return self

    @property
    def item_vectors(self) -> Scores:
        """float32[items, size], unit vectors; NaN for an item of which nothing is known."""
        return self._vectors

    def user_features(self, queries: Sequence[Query]) -> tuple[Floats, NDArray[np.bool_]]:
        """What the user tower is given, float32[queries, inputs], and of which queries anything is known."""
        log = Log(self._acts_of_queries(queries), self._scale)
        config = self.config
        bags = log.bags(np.arange(len(queries)), None, length=config.history_length, half_lives=config.half_lives_days)
        size = config.embedding_size
        held = self._embeddings[bags.item_ix]
        some = np.flatnonzero(bags.sizes)
        averages = np.zeros((len(queries), len(bags.weights), size), np.float32)
        for place, weights in enumerate(bags.weights):
            if len(some):
                averages[some, place] = np.add.reduceat(held * weights[:, None], bags.offsets[some])
        codes = profile_codes([query.attributes for query in queries], config.profile)
        codes *= self._known_values[codes]  # a value that nobody had in training says nothing
        profile = self._profile[codes].sum(axis=1, dtype=np.float32)
        now = np.array([query.now_us for query in queries], np.int64)
        flat = averages.reshape(len(queries), -1)
        told = (bags.sizes > 0) | codes.any(axis=1)
        return np.concatenate([flat, profile, context(bags, now)], axis=1), told

    def user_vectors(self, queries: Sequence[Query]) -> Scores:
        """The unit vector of each query, float32[queries, size]; NaN where nothing is known of it."""
        if not queries:
            return np.empty((0, self.config.embedding_size), np.float32)
        features, told = self.user_features(queries)
        vectors = self._user_tower(features)
        vectors[~told] = np.nan
        return vectors

    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """See :meth:`Source.fold_in`."""
        items = self.items
        folded = FactoredFoldedIn(self.name, items, self.user_vectors(queries), self._vectors)
        return folded if self.config.threshold is None else ThresholdFoldedIn(folded, self.config.threshold)

    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """See :meth:`ItemSimilarity.similar`: by cosine of the items' vectors."""
        rows = self.items.rows_of(item_ids)
        wanted = self._vectors[rows]
        wanted[rows == UNKNOWN] = np.nan
        folded = FactoredFoldedIn(self.name, self.items, wanted, self._vectors)
        return folded.top(k, [row[row != UNKNOWN] for row in rows.reshape(-1, 1)])

    def likeness(self, item_ix: Rows, others: Rows) -> Scores:
        """See :meth:`ItemSimilarity.likeness`: cosines of the items' vectors."""
        products: Scores = self._vectors.take(item_ix, axis=0) @ self._vectors.take(others, axis=0).T
        return products

    def _save(self, directory: Path) -> None:
        """The arrays, and the towers once more for other runtimes where ONNX is installed."""
        super()._save(directory)
        if find_spec("onnx") is not None:
            write_onnx(self._user_tower, directory / "user_tower.onnx")
            write_onnx(self._item_tower, directory / "item_tower.onnx")

    def _arrays(self) -> dict[str, Array]:
        return {
            "embeddings": self._embeddings,
            "vectors": self._vectors,
            "profile": self._profile,
            "known_values": self._known_values,
            "scale": np.array([self._scale]),
            **self._user_tower.arrays("user"),
            **self._item_tower.arrays("item"),
        }

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._embeddings = arrays["embeddings"]
        self._vectors = arrays["vectors"]
        self._profile = arrays["profile"]
        self._known_values = arrays["known_values"]
        self._scale = float(arrays["scale"][0])
        self._user_tower = Tower.restore("user", arrays)
        self._item_tower = Tower.restore("item", arrays)
