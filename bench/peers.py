"""What parure is compared with: tuned models of ``implicit`` and ``irspack``, TIFU-KNN, and two plain baselines.

Each peer turns a train set and its parameters into scores of all items for a user. Scores of the libraries' models
are computed from the factors and neighbours they fitted, so that every peer ranks in the same way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.data import Train
from bench.tifu_knn import neighbours, user_vectors
from parure.core import best_first
from parure.evaluation import ranked_matrix
from parure.evaluation.truth import DEPTH, Rows, Truth

Scores = NDArray[np.float32]
Scorer = Callable[[Rows], Scores]
"""Rows of users -> float32[users, items], NaN where there is nothing to say."""
Parameters = Mapping[str, Any]

_CHUNK = 256


@dataclass(frozen=True)
class Peer:
    """A model to compare with.

    Attributes:
        name: What tables call it.
        fit: Learns from a train set, parameters and a seed.
        grid: Values to try for each parameter.
    """

    name: str
    fit: Callable[[Train, Parameters, int], Scorer]
    grid: Mapping[str, tuple[Any, ...]]

    def settings(self) -> Iterator[Parameters]:
        """Every point of the grid."""
        for values in product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))


def rank(scorer: Scorer, train: Train, truth: Truth, *, new_only: bool) -> Rows:
    """The best 200 items for each judged user, int32[users, 200]; ties go to the smaller item id.

    Args:
        scorer: A fitted peer.
        train: What it was fitted on.
        truth: Whose users to rank for.
        new_only: Leave out what a user has bought.
    """
    users = truth.users.translate(train.users)
    bought = matrix(train, weight="binary")
    lists: list[Rows] = []
    for start in range(0, len(users), _CHUNK):
        part = users[start : start + _CHUNK]
        scores = scorer(part)
        if new_only:
            scores = scores.copy()
            scores[bought[part].nonzero()] = np.nan
        lists += [best_first(row, DEPTH) for row in scores]
    return ranked_matrix(lists)


def matrix(train: Train, *, weight: str = "log", half_life_days: float | None = None) -> sp.csr_matrix:
    """Users x items, float32.

    Args:
        train: The lines.
        weight: ``binary``, ``count``, or ``log`` for log(1 + decayed count).
        half_life_days: A line counts half after this many days; None for no decay.
    """
    if half_life_days is None:
        values = np.ones(len(train.user_ix), np.float32)
    else:
        values = np.exp2(-train.age_days / half_life_days).astype(np.float32)
    made = sp.csr_matrix((values, (train.user_ix, train.item_ix)), shape=(len(train.users), len(train.items)))
    made.sum_duplicates()
    if weight == "binary":
        made.data[:] = 1
    elif weight == "log":
        made.data = np.log1p(made.data)
    return made


def _popular(train: Train, parameters: Parameters, seed: int) -> Scorer:
    del seed
    decay = np.exp2(-train.age_days / parameters["half_life_days"])
    count = np.bincount(train.item_ix, decay, minlength=len(train.items)).astype(np.float32)
    return lambda users: np.broadcast_to(count, (len(users), len(count)))


def _own_counts(train: Train, parameters: Parameters, seed: int) -> Scorer:
    del seed
    return _sparse_scorer(matrix(train, weight="count", half_life_days=parameters["half_life_days"]))


def _als(train: Train, parameters: Parameters, seed: int) -> Scorer:
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import bm25_weight

    if parameters["weight"] == "bm25":
        counts = matrix(train, weight="count", half_life_days=parameters["half_life_days"])
        weighted = bm25_weight(counts, K1=100, B=0.8).tocsr().astype(np.float32)
    else:
        weighted = matrix(train, half_life_days=parameters["half_life_days"])
    # As the library recommends: its own threads and those of BLAS get in each other's way.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=64, regularization=0.01, alpha=parameters["alpha"], iterations=15, random_state=seed
        )
        return _factor_scorer(_fitted(model, weighted))


def _bpr(train: Train, parameters: Parameters, seed: int) -> Scorer:
    from implicit.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        factors=64, learning_rate=parameters["learning_rate"], iterations=100, random_state=seed
    )
    return _factor_scorer(_fitted(model, matrix(train, weight="binary")))


def _cosine(train: Train, parameters: Parameters, seed: int) -> Scorer:
    from implicit.nearest_neighbours import CosineRecommender

    del seed
    return _neighbour_scorer(CosineRecommender(K=parameters["k"]), matrix(train, weight=parameters["weight"]))


def _bm25(train: Train, parameters: Parameters, seed: int) -> Scorer:
    from implicit.nearest_neighbours import BM25Recommender

    del seed
    weighted = matrix(train, weight="count", half_life_days=parameters["half_life_days"])
    return _neighbour_scorer(BM25Recommender(K=parameters["k"], K1=1.2, B=0.75), weighted)


def _rp3beta(train: Train, parameters: Parameters, seed: int) -> Scorer:
    from_irspack = _irspack()
    del seed
    weighted = _weighted(train, parameters)
    model = from_irspack.RP3betaRecommender(weighted, beta=parameters["beta"], top_k=parameters["k"])
    return _similar_scorer(model.learn().W.tocsr().astype(np.float32), weighted)


def _ease(train: Train, parameters: Parameters, seed: int) -> Scorer:
    from_irspack = _irspack()
    del seed
    # The inverse is dense: items beyond the best-selling ones would not fit, and are never listed.
    sold = np.bincount(train.item_ix, minlength=len(train.items))
    kept = np.sort(np.argsort(-sold, kind="stable")[: parameters["items"]])
    weighted = _weighted(train, parameters)[:, kept].tocsr()
    similarity = np.asarray(from_irspack.DenseSLIMRecommender(weighted, reg=parameters["reg"]).learn().W)

    def scorer(users: Rows) -> Scores:
        scores = np.full((len(users), len(sold)), np.nan, np.float32)
        scores[:, kept] = weighted[users] @ similarity
        return scores

    return scorer


def _tifu_knn(train: Train, parameters: Parameters, seed: int) -> Scorer:
    del seed
    groups, decays = parameters["groups"], parameters["decays"]
    vectors = user_vectors(train, groups=groups, within_decay=decays[0], group_decay=decays[1])
    near, alpha = neighbours(vectors, parameters["k"]), parameters["alpha"]
    return lambda users: _with_nan((alpha * vectors[users] + (1 - alpha) * (near[users] @ vectors)).tocsr())


PEERS = (
    Peer("popular", _popular, {"half_life_days": (7.0, 14.0, 1e9)}),
    Peer("own counts", _own_counts, {"half_life_days": (30.0, 90.0, None)}),
    Peer("implicit cosine", _cosine, {"k": (20, 100), "weight": ("binary", "log")}),
    Peer("implicit BM25", _bm25, {"k": (20, 100), "half_life_days": (60.0, None)}),
    Peer("implicit ALS", _als, {"weight": ("bm25", "log"), "alpha": (1.0, 10.0), "half_life_days": (90.0, None)}),
    Peer("implicit BPR", _bpr, {"learning_rate": (0.01, 0.05)}),
    Peer(
        "irspack RP3beta",
        _rp3beta,
        {"k": (500,), "beta": (0.0, 0.2), "weight": ("log",), "half_life_days": (30.0, 90.0)},
    ),
    Peer(
        "irspack EASE",
        _ease,
        {"items": (6000,), "reg": (1.0, 10.0, 100.0), "weight": ("log",), "half_life_days": (30.0, 90.0)},
    ),
    Peer(
        "TIFU-KNN (our own, after Hu et al. 2020)",
        _tifu_knn,
        {"k": (100, 300), "groups": (3, 7), "decays": ((0.9, 0.7), (0.97, 0.7)), "alpha": (0.5,)},
    ),
)
"""All peers, with the grid each is tuned over."""


def _irspack() -> Any:
    with warnings.catch_warnings():
        # Its configs are classes in the way of pydantic 1, which pydantic 2 warns of when they are made.
        warnings.simplefilter("ignore", DeprecationWarning)
        import irspack
    return irspack


def _weighted(train: Train, parameters: Parameters) -> sp.csr_matrix:
    return matrix(train, weight=parameters["weight"], half_life_days=parameters["half_life_days"])


def _fitted(model: Any, weighted: sp.csr_matrix) -> Any:
    with warnings.catch_warnings():
        # implicit warns of its own conversions.
        warnings.simplefilter("ignore")
        model.fit(weighted, show_progress=False)
    return model


def _factor_scorer(model: Any) -> Scorer:
    return lambda users: np.asarray(model.user_factors[users] @ model.item_factors.T, dtype=np.float32)


def _neighbour_scorer(model: Any, weighted: sp.csr_matrix) -> Scorer:
    return _similar_scorer(_fitted(model, weighted).similarity, weighted)


def _similar_scorer(similarity: sp.csr_matrix, weighted: sp.csr_matrix) -> Scorer:
    return lambda users: _with_nan((weighted[users] @ similarity).tocsr())


def _sparse_scorer(scores: sp.csr_matrix) -> Scorer:
    return lambda users: _with_nan(scores[users])


def _with_nan(scores: sp.csr_matrix) -> Scores:
    """Dense scores with NaN where nothing was stored: those items are never listed."""
    dense = np.full(scores.shape, np.nan, np.float32)
    rows = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))
    dense[rows, scores.indices] = scores.data
    return dense
