"""Matrix factorisation for implicit feedback (Hu, Koren and Volinsky 2008), solved by the ``implicit`` library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field
from threadpoolctl import threadpool_limits

from parure.core import Candidates, Query
from parure.core.artifacts import Array
from parure.core.config import Config
from parure.core.ids import UNKNOWN
from parure.core.native import native, native_sums
from parure.core.processors import threads
from parure.dataset import Dataset
from parure.retrieval.folded import FactoredFoldedIn, FoldedIn, Rows, Scores
from parure.retrieval.likeliest import likeliest
from parure.retrieval.normal_equations import Matrix, solved, turning
from parure.retrieval.one_row import RowOfOne, Taken, row_of
from parure.retrieval.products import Catalogue, VectorFoldedIn
from parure.retrieval.signals import Signal
from parure.retrieval.source import ItemSimilarity, Source
from parure.retrieval.term_weights import Bm25

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares

_SETTING_UP: Final = Lock()


class AlsConfig(Signal):
    """Parameters of :class:`Als`."""

    embedding_size: int = Field(default=64, ge=1, le=1024)
    """Length of the vectors."""
    alpha: float = Field(default=1.0, gt=0, le=1000)
    """Confidence of an entry is alpha times its value. Large values drown what was not bought."""
    reg: float = Field(default=0.01, ge=0, le=1000)
    """L2 penalty."""
    epochs: int = Field(default=15, ge=1, le=1000)
    """How often users and items are solved in turn."""
    rescale: Literal["none", "bm25"] = "bm25"
    """Weigh the matrix by BM25 on top: common items and eager customers count less."""
    threads: int = Field(default=0, ge=0, le=1024)
    """Threads for fitting; where 0 all processors, or their share beside other sources. The result is the same."""


class Als(Source[AlsConfig], ItemSimilarity):
    """Vectors of users and items whose product says how likely a purchase is.

    Only the items' vectors are kept. A query's vector is solved from its history exactly (Cholesky), as if the user
    had taken part in the last half-step of training.

    Cost:
        Fit: epochs times (non-zeros times size squared). Many queries: of each its items times size squared, and one
        product of the vector with all items. One query by itself: 0.01 ms for its vector (size 64, 22 items), and what
        :class:`~parure.retrieval.products.Catalogue` says; the first one sets up what that needs, 0.2 s for 100,000
        items.
    """

    kind: ClassVar[str] = "als"
    config_type: ClassVar[type[Config]] = AlsConfig
    spins: ClassVar[bool] = True

    def fit(self, dataset: Dataset, *, rng: np.random.Generator) -> Self:
        """Alternate between users and items from random vectors of ``rng``."""
        self._items = dataset.items
        counts = self._acts_of_dataset(dataset).matrix(self.config)
        self._bm25 = Bm25.of(counts) if self.config.rescale == "bm25" else None
        matrix = self._bm25.apply(counts) if self._bm25 else counts
        matrix.eliminate_zeros()
        self._factors = np.zeros((matrix.shape[1], self.config.embedding_size), dtype=np.float32)
        if matrix.nnz:
            # Users and items without an entry would only cost time; their vectors are zero in any case.
            held = np.bincount(matrix.indices, minlength=matrix.shape[1]) > 0
            place = (np.cumsum(held) - 1).astype(np.int32)
            users = np.diff(matrix.indptr) > 0
            layout = (matrix.data, place[matrix.indices], np.concatenate([[0], matrix.indptr[1:][users]]))
            model = self._solver(seed=int(rng.integers(2**31)))
            with threadpool_limits(1, "blas"):
                model.fit(sp.csr_matrix(layout, shape=(int(users.sum()), int(held.sum()))), show_progress=False)
            self._factors[held] = model.item_factors
        self._prepare()
        return self

    def _solver(self, seed: int | None = None) -> AlternatingLeastSquares:
        from implicit.cpu.als import AlternatingLeastSquares

        config = self.config
        # implicit looks at BLAS's threads when it is set up, and those are the same for all that are set up at once.
        with _SETTING_UP, threadpool_limits(1, "blas"):
            return AlternatingLeastSquares(
                factors=config.embedding_size,
                regularization=config.reg,
                alpha=config.alpha,
                iterations=config.epochs,
                num_threads=config.threads or threads(),
                random_state=seed,
            )

    def _prepare(self) -> None:
        """Set up what folding in needs: a solver that knows the items, and vectors that are NaN where unknown."""
        self._folder = self._solver()
        self._folder.item_factors = self._factors
        self._lengths = np.maximum(np.linalg.norm(self._factors, axis=1), np.float32(1e-15))
        self._known = np.abs(self._factors).max(axis=1, initial=0) > 0
        self._dense: Scores | None = None
        self._alone: _Alone | None = None
        self._units: Catalogue | None = None

    def _scoring(self) -> Scores:
        """The items' vectors, NaN where unknown: a copy, which a worker that answers one by one never needs."""
        if self._dense is None:
            dense = self._factors.copy()
            dense[~self._known] = np.nan
            # One assignment: of threads that come at the same time, the last one's stays.
            self._dense = dense
        return self._dense

    def user_vectors(self, queries: Sequence[Query]) -> Scores:
        """The vector of each query, float32[queries, size]; NaN where its history holds no known item."""
        acts = self._acts_of_queries(queries)
        matrix = acts.matrix(self.config)
        if self._bm25:
            matrix = self._bm25.apply(matrix)
            matrix.eliminate_zeros()
        if not len(queries):
            return np.empty((0, self.config.embedding_size), np.float32)
        # Items without a vector say nothing, but would count as bought in the confidence.
        matrix.data *= self._known[matrix.indices]
        matrix.eliminate_zeros()
        # Forked processes may use no thread but their own: see shared_by().
        self._folder.num_threads = threads()
        vectors = self._folder.recalculate_user(np.arange(len(queries)), matrix)
        vectors[np.diff(matrix.indptr) == 0] = np.nan
        return np.asarray(vectors, dtype=np.float32)

    def fold_in(self, queries: Sequence[Query]) -> FoldedIn:
        """See :meth:`Source.fold_in`."""
        if len(queries) == 1:
            if self._alone is None:
                # One assignment: of threads that come at the same time, the last one's stays.
                rows = RowOfOne(self.config, purchases_only=self._purchases_only, bm25=self._bm25)
                equations = self._equations()
                turn = turning(equations)
                self._alone = _Alone(rows, equations, turn, Catalogue.of(self._factors, turn))
            alone = self._alone
            return VectorFoldedIn(self.name, self.items, self._vector_of(queries[0], alone), alone.catalogue)
        return FactoredFoldedIn(self.name, self.items, self.user_vectors(queries), self._scoring())

    def _equations(self) -> NDArray[np.float64]:
        """What the normal equations of every query begin with, float64[size, size]."""
        squares = np.asarray(self._folder.YtY, dtype=np.float64)
        return squares + self.config.reg * np.eye(len(squares))

    def _vector_of(self, query: Query, alone: _Alone) -> Scores:
        """What :meth:`user_vectors` gives for one query, at a fraction of the cost."""
        taken = alone.rows.taken(query, self.items)
        found = _vector(taken, self._known, self.config.alpha, alone.equations, alone.item_turn, self._factors)
        # What implicit makes of it counts where the equations are not good enough.
        vector: Scores = found if len(found) else self.user_vectors([query])[0]
        return vector

    def similar(self, item_ids: Sequence[str], k: int) -> list[Candidates]:
        """See :meth:`ItemSimilarity.similar`: by cosine of the items' vectors."""
        rows = self.items.rows_of(item_ids)
        if len(rows) == 1:
            return [self._similar_to(int(rows[0]), k)]
        length = np.linalg.norm(self._scoring(), axis=1, keepdims=True)
        unit = np.vstack([self._scoring() / length, np.full((1, self.config.embedding_size), np.nan, np.float32)])
        folded = FactoredFoldedIn(self.name, self.items, unit[rows], unit[:-1])
        return folded.top(k, [row[row != UNKNOWN] for row in rows.reshape(-1, 1)])

    def _similar_to(self, row: int, k: int) -> Candidates:
        """The same for one item, which is looked up in a catalogue of vectors of length 1, made at the first."""
        if self._units is None:
            self._units = Catalogue.of(np.where(self._known[:, None], self._factors / self._lengths[:, None], 0))
        if row == UNKNOWN or not self._known[row]:
            return Candidates(self.name, self.items, np.empty(0, np.int32), np.empty(0, np.float32))
        found = self._units.best(self._units.vectors[row], k, np.array([row], np.int32))
        return Candidates(self.name, self.items, *found)

    def likeness(self, item_ix: Rows, others: Rows) -> Scores:
        """See :meth:`ItemSimilarity.likeness`: cosines of the items' vectors."""
        return _cosines(self._factors, self._lengths, item_ix, others)

    def likeliest(self, item_ix: Rows, others: Rows, weight: Scores) -> tuple[Rows, Scores]:
        """See :meth:`ItemSimilarity.likeliest`."""
        return _likeliest(self._factors, self._lengths, item_ix, others, weight)

    def _arrays(self) -> dict[str, Array]:
        return {"factors": self._factors, **(self._bm25.arrays() if self._bm25 else {})}

    def _restore(self, arrays: dict[str, Array]) -> None:
        self._factors = arrays["factors"]
        self._bm25 = Bm25.restore(arrays) if self.config.rescale == "bm25" else None
        self._prepare()


@native
def _vector(
    taken: Taken, known: NDArray[np.bool_], alpha: float, equations: Matrix, item_turn: Matrix, vectors: Scores
) -> Scores:
    """The vector of a history, float32[size]: NaN where no item of it has one, none where it cannot be solved well."""
    items, values = row_of(taken)
    rows, confidence, found = np.empty_like(items), np.empty(len(items), np.float64), 0
    for place in range(len(items)):
        rows[found], confidence[found] = items[place], alpha * values[place]
        found += known[items[place]]
    if not found:
        return np.full(vectors.shape[1], np.nan, np.float32)
    return solved(equations, item_turn, vectors, rows[:found], confidence[:found]).astype(np.float32)


@native_sums
def _cosines(vectors: Scores, lengths: Scores, item_ix: Rows, others: Rows) -> Scores:
    """Cosines of the vectors of some items with those of others, float32[n, m]; NaN never, 0 where one has none."""
    found = np.empty((len(item_ix), len(others)), np.float32)
    for at in range(len(item_ix)):
        one = vectors[item_ix[at]]
        for place in range(len(others)):
            other, total = vectors[others[place]], np.float32(0)
            for number in range(len(one)):
                total += one[number] * other[number]
            found[at, place] = total / (lengths[item_ix[at]] * lengths[others[place]])
    return found


@native
def _likeliest(vectors: Scores, lengths: Scores, item_ix: Rows, others: Rows, weight: Scores) -> tuple[Rows, Scores]:
    """By cosine, which of the others adds most to each item."""
    return likeliest(_cosines(vectors, lengths, item_ix, others), weight)


@dataclass(frozen=True)
class _Alone:
    """What a query that comes by itself needs.

    Attributes:
        rows: Makes the row of its history.
        equations: What its equations begin with.
        item_turn: What turns items by these.
        catalogue: The items to search.
    """

    rows: RowOfOne
    equations: NDArray[np.float64]
    item_turn: NDArray[np.float64]
    catalogue: Catalogue
