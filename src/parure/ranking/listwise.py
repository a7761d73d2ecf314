"""Weights of a linear score by maximum likelihood: which candidates of a list are bought, as a softmax over the list.

The loss is that of ListNet's top-one model (Cao et al., Learning to Rank, ICML 2007), with a ridge penalty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

_STEPS = 100
"""At most so many steps of L-BFGS."""


def softmax_weights(
    columns: NDArray[np.float32],
    labels: NDArray[np.float32],
    query: NDArray[np.int64],
    *,
    start: NDArray[np.float64],
    reg: float,
) -> NDArray[np.float64]:
    """Weights, none below 0, under which what was bought is most likely.

    Args:
        columns: float32[n, features], candidates of several queries, one query's rows after the other.
        labels: float32[n], 1 where the candidate was bought; queries without one are skipped.
        query: int64[n], ascending: the query of each row.
        start: float64[features], kept for columns that are the same in all rows, about which nothing can be learned.
        reg: Ridge penalty on the weights of columns scaled to unit variance.

    Returns:
        float64[features].

    Cost:
        A few dozen passes over ``columns``.
    """
    told = np.bincount(query, labels)[query] > 0 if len(query) else np.zeros(0, bool)
    deviation = columns[told].std(axis=0) if told.any() else np.zeros(columns.shape[1], np.float32)
    free = deviation > 1e-6 * max(float(deviation.max(initial=0)), 1e-12)
    if not free.any():
        return start
    x = columns[told][:, free]
    x = (x - x.mean(axis=0)) / deviation[free]
    first, place = np.unique(query[told], return_index=True, return_inverse=True)[1:]
    wanted = labels[told] / np.add.reduceat(labels[told], first)[place]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = (x @ weights.astype(np.float32)).astype(np.float64)
        scores -= np.maximum.reduceat(scores, first)[place]
        total = np.add.reduceat(np.exp(scores), first)
        surplus = (np.exp(scores) / total[place] - wanted).astype(np.float32)
        value = (np.log(total).sum() - wanted @ scores) / len(first) + reg * weights @ weights
        return float(value), (x.T @ surplus).astype(np.float64) / len(first) + 2 * reg * weights

    size = int(free.sum())
    found = minimize(
        loss, np.zeros(size), jac=True, method="L-BFGS-B", bounds=[(0, None)] * size, options={"maxiter": _STEPS}
    )
    weights = start.copy()
    weights[free] = found.x / deviation[free]
    return weights
