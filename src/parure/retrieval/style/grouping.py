"""Grouping a customer's items by their likenesses: compiled loops, since NumPy's calls cost more than the sums."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from parure.core.native import native, native_sums
from parure.retrieval.style.products import gram
from parure.retrieval.style.profiles import Vectors

_STEPS: Final = 20
_HOPELESS: Final = 0.55
"""Where a rough cut reaches less than this part of the silhouette that is asked for, no styles are looked for."""
_HEAVIEST: Final = 64
"""Styles are made of at most so many items: those that weigh most."""
_TINY: Final = 1e-12
_SAME: Final = 1e-6

Labels = NDArray[np.int64]


@native
def labels_of(
    unit: Vectors,
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    max_styles: int,
    min_items: int,
    least: float,
) -> Labels:
    """Which group each of some rows of unit vectors is in, from 0, the weightiest; all 0 where one group serves."""
    kept = _heaviest(weights, min(len(rows), _HEAVIEST))
    looked, heavy = np.empty(len(kept), np.int32), np.empty(len(kept), np.float32)
    for place in range(len(kept)):
        looked[place], heavy[place] = rows[kept[place]], weights[kept[place]]
    found = _groups(gram(unit, looked), heavy, max_styles, min_items, least)
    if not len(found):
        return np.zeros(len(rows), np.int64)
    if len(kept) < len(rows):
        found = _nearest_group(unit, rows, looked, heavy, found)
    mass = np.zeros(found.max() + 1, np.float64)
    for item in range(len(rows)):
        mass[found[item]] += weights[item]
    renamed = np.empty(len(mass), np.int64)
    for place in range(len(mass)):
        largest = mass.argmax()
        renamed[largest], mass[largest] = place, -1
    for item in range(len(rows)):
        found[item] = renamed[found[item]]
    return found


@native
def _heaviest(weights: NDArray[np.float32], count: int) -> Labels:
    """The places of the largest weights, the earlier ones where several are equal, in rising order."""
    chosen = np.zeros(len(weights), np.bool_)
    if count == len(weights):
        chosen[:] = True
    else:
        for _ in range(count):
            best = -1
            for place in range(len(weights)):
                if not chosen[place] and (best < 0 or weights[place] > weights[best]):
                    best = place
            chosen[best] = True
    found, filled = np.empty(count, np.int64), 0
    for place in range(len(weights)):
        if chosen[place]:
            found[filled] = place
            filled += 1
    return found


@native
def _groups(gram: Vectors, weights: NDArray[np.float32], max_styles: int, min_items: int, least: float) -> Labels:
    """The best grouping; empty where one group serves."""
    distance, weights = np.float32(1) - gram, weights / weights.max()
    best, best_silhouette = np.empty(0, np.int64), least
    typical = _most_alike(gram, weights)
    if not _fall_apart(gram, distance, typical, weights, _HOPELESS * least):
        return best
    tried = 1
    for number in range(2, min(max_styles, len(gram) // min_items) + 1):
        found = _k_means(gram, weights, typical, number, min_items)
        if not len(found) or found.max() < tried:
            continue
        tried = found.max() + 1
        reached = silhouette(distance, weights, found)
        if reached > best_silhouette:
            best, best_silhouette = found, reached
        elif reached < _HOPELESS * least:
            break
    return best


@native
def _most_alike(gram: Vectors, weights: NDArray[np.float32]) -> int:
    """The item nearest to the middle of all."""
    total = np.zeros(len(gram), np.float64)
    for item in range(len(gram)):
        for other in range(len(gram)):
            total[item] += gram[item, other] * weights[other]
    return int(total.argmax())


@native
def _fall_apart(gram: Vectors, distance: Vectors, typical: int, weights: NDArray[np.float32], least: float) -> bool:
    """Whether a rough cut, by which of two items far apart each is nearer to, gives hope of several styles."""
    one = gram[typical].argmin()
    other = gram[one].argmin()
    labels = (gram[one] < gram[other]).astype(np.int64)
    return bool(0 < labels.sum() < len(labels) and silhouette(distance, weights, labels) >= least)


@native
def _k_means(gram: Vectors, weights: NDArray[np.float32], typical: int, number: int, min_items: int) -> Labels:
    """Weighted spherical k-means on likenesses; empty where fewer than two groups are left.

    A group that comes out smaller than ``min_items``, such as one odd purchase, is dissolved into the others.
    """
    count = len(gram)
    near = _far_apart(gram, typical, number)
    labels = np.full(count, -1, np.int64)
    for _ in range(_STEPS):
        size, moved = np.zeros(number, np.int64), False
        for item in range(count):
            label = near[item].argmax()
            moved = moved or label != labels[item]
            labels[item] = label
            size[label] += 1
        if not moved:
            renamed, kept = np.full(number, -1, np.int64), 0
            for label in range(number):
                if size[label] >= min_items:
                    renamed[label] = kept
                    kept += 1
            if kept == number:
                return labels
            if kept < 2:
                break
            number = kept
            for item in range(count):
                labels[item] = renamed[labels[item]]
        near = _compared(gram, weights, labels, number)
    return np.empty(0, np.int64)


@native
def _far_apart(gram: Vectors, typical: int, number: int) -> NDArray[np.float64]:
    """How alike items are to those to begin from: the most typical, then, again and again, the least like those."""
    near = np.empty((len(gram), number), np.float64)
    nearest = np.full(len(gram), -np.inf)
    chosen = typical
    for place in range(number):
        for item in range(len(gram)):
            near[item, place] = gram[item, chosen]
            nearest[item] = max(nearest[item], gram[item, chosen])
        chosen = int(nearest.argmin())
    return near


@native
def _compared(gram: Vectors, weights: NDArray[np.float32], labels: Labels, number: int) -> NDArray[np.float64]:
    """How alike each item is to the middle of each group, float64[items, number]; one labelled -1 is in none."""
    near, squares = np.zeros((len(gram), number), np.float64), np.zeros(number, np.float64)
    for item in range(len(gram)):
        for other in range(len(gram)):
            if labels[other] >= 0:
                near[item, labels[other]] += gram[item, other] * weights[other]
        if labels[item] >= 0:
            squares[labels[item]] += weights[item] * near[item, labels[item]]
    for label in range(number):
        length = np.sqrt(max(squares[label], _TINY))
        for item in range(len(gram)):
            near[item, label] /= length
    return near


@native
def silhouette(distance: Vectors, weight: NDArray[np.floating], labels: Labels) -> float:
    """How well groups are told apart, -1 to 1: the weighted mean over items of (b - a) / max(a, b).

    ``a`` is the mean cosine distance of an item to the others of its group, ``b`` to the items of the nearest other
    group; an item alone in its group counts 0.

    Args:
        distance: float32[n, n], cosine distances; about 0 on the diagonal.
        weight: float[n].
        labels: int64[n], from 0, no group empty.
    """
    size = np.zeros(labels.max() + 1, np.float64)
    for label in labels:
        size[label] += 1
    reached = 0.0
    for item in range(len(labels)):
        own = labels[item]
        if size[own] == 1:
            continue
        to_group = np.zeros(len(size), np.float64)
        for other in range(len(labels)):
            to_group[labels[other]] += distance[item, other]
        inside, nearest = to_group[own] / (size[own] - 1), np.inf
        for group in range(len(size)):
            if group != own:
                nearest = min(nearest, to_group[group] / size[group])
        reached += weight[item] * (nearest - inside) / max(inside, nearest, _SAME)
    return float(reached / weight.sum())


@native_sums
def _nearest_group(
    unit: Vectors,
    rows: NDArray[np.int32],
    members: NDArray[np.int32],
    weights: NDArray[np.float32],
    labels: Labels,
) -> Labels:
    """To the middle of which group of ``members`` each of the ``rows`` is nearest."""
    number = labels.max() + 1
    middles = np.zeros((number, unit.shape[1]), np.float32)
    for place in range(len(members)):
        middle, item, weight = middles[labels[place]], unit[members[place]], weights[place]
        for column in range(len(item)):
            middle[column] += weight * item[column]
    found = np.zeros(len(rows), np.int64)
    length = np.zeros(number, np.float64)
    for group in range(number):
        for column in range(unit.shape[1]):
            length[group] += middles[group, column] ** 2
        length[group] = np.sqrt(length[group])
    for place in range(len(rows)):
        item, best = unit[rows[place]], -np.inf
        for group in range(number):
            middle, product = middles[group], np.float32(0)
            for column in range(len(item)):
                product += middle[column] * item[column]
            if length[group] > 0 and product / length[group] > best:
                best, found[place] = product / length[group], group
    return found
