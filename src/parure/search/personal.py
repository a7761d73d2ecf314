"""Puts what suits a customer's style first among what was found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.search.meaning import NearVectors, Vectors

Scores = NDArray[np.float32]


def suits(pictures: NearVectors, profile: Vectors) -> Scores:
    """How well each product suits a profile: the cosine with the nearest of a customer's styles.

    Args:
        pictures: Picture vectors of the products.
        profile: float32[size] or float32[styles, size].

    Returns:
        float32[items]; -inf for a product without a picture.
    """
    styles = np.atleast_2d(profile)
    return np.asarray(np.max([pictures.cosine(style) for style in styles], axis=0), dtype=np.float32)


def reordered(scores: Scores, suited: Scores, strength: float) -> Scores:
    """Scores of the items found with the customer's style mixed in.

    Both are stretched to 0..1 over the items found first. An item without a picture is taken to suit as the middle of
    the others does: nothing is known against it.

    Args:
        scores: float32[n], how well each matches the query.
        suited: float32[n], how well each suits the customer; -inf where unknown.
        strength: 0 leaves the order as it is, 1 goes by style alone.

    Returns:
        float32[n] in 0..1.
    """
    known = np.isfinite(suited)
    middle = float(np.median(suited[known])) if known.any() else 0.0
    style = _stretched(np.where(known, suited, np.float32(middle)))
    return ((1 - strength) * _stretched(scores) + strength * style).astype(np.float32)


def _stretched(values: Scores) -> NDArray[np.float64]:
    if not len(values):
        return np.zeros(0)
    low, high = float(values.min()), float(values.max())
    return (values.astype(np.float64) - low) / (high - low) if high > low else np.zeros(len(values))
