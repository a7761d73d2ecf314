"""A second look at what is nearest by vector: is one of them the very picture that is looked for, a little changed?

A vector knows a ring of this design; that it is the one of white gold with the blue stone, the pixels know. The query
is laid over each product's thumbnail in several ways (mirrored, turned, zoomed), the light is fitted, and what is left
between the two tells whether they show the same. A product that shows the same comes before all that are only alike;
the order of those stays as it was.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from parure.encode.thumbnails import QUERY_SIDE, SIDE, Thumbnails

Scores = NDArray[np.float32]
Planes = NDArray[np.float32]

NEAREST = 50
"""So many of the nearest are looked at."""

_TURNS_DEGREES = (-10, -5, 0, 5, 10)
_ZOOMS = (0.9, 1.0, 1.1)
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_SAME = 0.2
"""What may be left of the contrast of a picture that shows the same."""
_ABOVE = np.float32(0.05)
"""How far above the best cosine those come that show the same: enough to tell them apart, too little to drown words."""
_DARK, _BRIGHT = 6, 245
"""Beyond these a colour may be cut off, so that it says little of the light and half as much of the thing."""
_TINT = 0.15
"""How far the gain of one colour may be from that of all, as a share: light is never as coloured as a stone."""
_TINT_PRIOR = np.float32(25)
"""Variance, in squared grey levels, that a colour must have before its own gain counts more than that of all."""
_POINTS = 2
"""The warped query is sampled at so many points a pixel, in each direction."""


class Looks:
    """Looks at thumbnails.

    Args:
        thumbnails: Of the catalogue's products, in row order.
    """

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails

    def again(self, query: NDArray[np.uint8], scores: Scores, allowed: NDArray[np.bool_]) -> Scores:
        """Put those that show the same as the query before the others.

        Args:
            query: uint8[QUERY_SIDE, QUERY_SIDE, 3], by :func:`parure.encode.thumbnails.thumbnail`.
            scores: float32[items], cosines; -inf for items without a vector.
            allowed: bool[items], what may be found.

        Returns:
            float32[items]: those of the ``NEAREST`` allowed that show the same have scores above the best cosine, by at
            most 0.05; all others have the cosine that they had.

        Cost:
            About 12 ms.
        """
        open_to = np.flatnonzero(allowed & np.isfinite(scores))
        nearest = open_to[np.argsort(-scores[open_to], kind="stable")[:NEAREST]]
        nearest = nearest[self._thumbnails.there(nearest)]
        if not len(nearest):
            return scores
        left = differences(query, self._thumbnails.take(nearest))
        same = left < _SAME
        # Between two that show the same, what is left decides; where it is equal, the vectors.
        sure = np.log(_SAME / np.maximum(left[same], 1e-6)) + scores[nearest[same]] - scores[nearest].min()
        found = scores.copy()
        found[nearest[same]] = scores[open_to].max() + _ABOVE * (sure / (1 + sure))
        return found


def differences(query: NDArray[np.uint8], thumbnails: NDArray[np.uint8]) -> Scores:
    """What is left between a query and each of some pictures, once it is laid over them and the light is fitted.

    Args:
        query: uint8[QUERY_SIDE, QUERY_SIDE, 3].
        thumbnails: uint8[n, SIDE, SIDE, 3].

    Returns:
        float32[n], as a share of the contrast of each picture: 0 for the same pixels, about 1 for any others.
    """
    pictures = thumbnails.reshape(len(thumbnails), SIDE * SIDE, 3).astype(np.float32)
    laid, covered = _laid(query)
    best = _correlations(laid, covered, pictures @ _LUMINANCE).argmax(axis=0)
    return _left_over(_planes(laid[best]), covered[best], _planes(pictures))


def _laid(query: NDArray[np.uint8]) -> tuple[Planes, Planes]:
    """The query in all ways: float32[ways, pixels, 3], and where each of them has anything: float32[ways, pixels]."""
    warp, covered = _warps()
    both = np.concatenate([query.reshape(-1, 3), query[:, ::-1].reshape(-1, 3)], axis=1).astype(np.float32)
    laid = (warp @ both).reshape(len(covered), SIDE * SIDE, 2, 3).transpose(2, 0, 1, 3)
    return laid.reshape(-1, SIDE * SIDE, 3), np.concatenate([covered, covered])


@cache
def _warps() -> tuple[sparse.csr_array, Planes]:
    """Every turn and zoom as one sparse matrix: float32[ways * SIDE**2, QUERY_SIDE**2], and what it covers."""
    ways = [_warp(np.deg2rad(turn), zoom) for turn in _TURNS_DEGREES for zoom in _ZOOMS]
    warp = sparse.vstack(ways, format="csr")
    covered = np.asarray(warp.sum(axis=1)).reshape(len(ways), SIDE * SIDE) > 0.99
    return warp, covered.astype(np.float32)


def _warp(turn: float, zoom: float) -> sparse.coo_array:
    """One way to lay the query over a thumbnail: each of its pixels is the mean of a few points, each bilinear."""
    line = (np.arange(SIDE * _POINTS) + 0.5) / (SIDE * _POINTS) * 2 - 1
    down, right = (each.ravel() for each in np.meshgrid(line, line, indexing="ij"))
    x, y = (np.cos(turn) * right - np.sin(turn) * down) / zoom, (np.sin(turn) * right + np.cos(turn) * down) / zoom
    x, y = ((each + 1) / 2 * QUERY_SIDE - 0.5 for each in (x, y))
    inside = (np.minimum(x, y) > -0.5) & (np.maximum(x, y) < QUERY_SIDE - 0.5)
    x, y = (each.clip(0, QUERY_SIDE - 1.001) for each in (x, y))
    left, top = x.astype(np.int64), y.astype(np.int64)
    pixel = np.arange(SIDE * _POINTS) // _POINTS
    target = (pixel[:, None] * SIDE + pixel).ravel()
    shares, sources = [], []
    for below, share_y in ((0, 1 - (y - top)), (1, y - top)):
        for beside, share_x in ((0, 1 - (x - left)), (1, x - left)):
            shares.append(share_x * share_y * inside / _POINTS**2)
            sources.append((top + below) * QUERY_SIDE + left + beside)
    values, places = np.concatenate(shares).astype(np.float32), (np.tile(target, 4), np.concatenate(sources))
    return sparse.coo_array((values, places), shape=(SIDE**2, QUERY_SIDE**2))


def _correlations(laid: Planes, covered: Planes, grey: Planes) -> Scores:
    """Correlation of luminance of each way with each picture, where the query covers it: float32[ways, n]."""
    count = covered.sum(axis=1)
    own = (laid @ _LUMINANCE) * covered
    own_mean = own.sum(axis=1) / count
    own_variance = np.maximum((own * own).sum(axis=1) / count - own_mean**2, 1)
    mean = covered @ grey.T / count[:, None]
    variance = np.maximum(covered @ (grey * grey).T / count[:, None] - mean**2, 1)
    shared = own @ grey.T / count[:, None] - own_mean[:, None] * mean
    found: Scores = shared / np.sqrt(own_variance[:, None] * variance)
    return found


def _planes(pixels: Planes) -> Planes:
    """float32[n, pixels, 3] as float32[n, 3, pixels]."""
    return np.ascontiguousarray(pixels.transpose(0, 2, 1))


def _left_over(laid: Planes, covered: Planes, pictures: Planes) -> Scores:
    """Root mean square of what no light explains, as a share of the picture's contrast.

    Light is a gain and an offset a colour, fitted where nothing is cut off, and cut off as a camera does.
    """
    whole = ((laid < _BRIGHT) & (laid > _DARK)).astype(np.float32) * covered[:, None]
    gain, offset, scale = _light(laid, whole, pictures)
    rest = pictures * gain[:, :, None]
    rest += offset[:, :, None]
    np.clip(rest, 0, 255, out=rest)
    rest -= laid
    rest *= np.where(laid > _BRIGHT, np.float32(0.5), np.float32(1)) * covered[:, None]
    count = 3 * covered.sum(axis=1)
    mean = np.einsum("kcp,kp->kc", pictures, covered) / covered.sum(axis=1)[:, None]
    contrast = np.einsum("kcp,kcp,kp->k", pictures, pictures, covered) / count - (mean**2).mean(axis=1)
    left = np.sqrt(np.einsum("kcp,kcp->k", rest, rest) / count) / scale
    found: Scores = left / np.sqrt(np.maximum(contrast, 1))
    return found


def _light(laid: Planes, whole: Planes, pictures: Planes) -> tuple[Planes, Planes, Scores]:
    """Gain and offset of each colour, float32[n, 3], and the gain of all colours, float32[n]."""
    count = whole.sum(axis=2) + np.float32(1e-3)
    shown = whole * pictures
    own, mean = np.einsum("kcp,kcp->kc", whole, laid) / count, shown.sum(axis=2) / count
    shared = np.einsum("kcp,kcp->kc", shown, laid) / count - own * mean
    variance = np.einsum("kcp,kcp->kc", shown, pictures) / count - mean**2
    scale = (count * shared).sum(axis=1) / ((count * variance).sum(axis=1) + count.sum(axis=1))
    scale = scale.clip(0.5, 2)[:, None]
    gain = ((shared + _TINT_PRIOR * scale) / (variance + _TINT_PRIOR)).clip(scale * (1 - _TINT), scale * (1 + _TINT))
    return gain, own - gain * mean, scale[:, 0]
