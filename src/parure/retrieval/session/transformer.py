"""The forward pass of a small transformer over sequences, in numpy: what serves what torch has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.retrieval.folded import Scores

Steps = NDArray[np.int64]

_EPS: Final = np.float32(1e-5)
_BLOCK: Final = 256
"""Sequences worked on at once."""


class Transformer:
    """A stack of causal self-attention and feed-forward layers, each behind a normalisation.

    Args:
        weights: As :func:`~.training.weights_of` gives them. ``items``, ``positions`` and ``kinds``: vectors to be
            added up for each step. For each layer ``{n}.attention``, ``{n}.joined``, ``{n}.wide`` and ``{n}.narrow``
            with their ``_bias``, ``{n}.distance`` (float32[heads, max_length], added to attention by how far apart
            steps are), ``{n}.before_attention`` and ``{n}.before_wide``; and ``last``: scale and shift of
            normalisations, float32[2, d].
        heads: How many heads each attention has.
    """

    def __init__(self, weights: Mapping[str, NDArray[Any]], heads: int) -> None:
        self._weights = weights
        self._heads = heads
        self._layers = sum(name.endswith(".attention") for name in weights)

    def encode(self, items: Steps, kinds: Steps, lengths: Steps) -> Scores:
        """What each sequence ends in.

        Args:
            items: int64[sequences, longest], numbers of items, oldest first; what comes after a sequence's end is not
                read.
            kinds: int64[sequences, longest], kinds of events.
            lengths: int64[sequences], at least 1.

        Returns:
            float32[sequences, d]; its products with the items' vectors are their scores.

        Cost:
            Per layer and step 8 d squared multiplications, and 2 d for each step before it; of the last layer only
            the last step is worked out.
        """
        found = np.empty((len(items), self._weights["items"].shape[1]), np.float32)
        for start in range(0, len(items), _BLOCK):
            part = slice(start, start + _BLOCK)
            longest = int(lengths[part].max())
            found[part] = self._encode(items[part, :longest], kinds[part, :longest], lengths[part])
        return found

    def _encode(self, items: Steps, kinds: Steps, lengths: Steps) -> Scores:
        weights, places = self._weights, np.arange(items.shape[1])
        state: Scores = weights["items"][items] + weights["positions"][places] + weights["kinds"][kinds]
        everywhere = np.broadcast_to(places, items.shape)
        for layer in range(self._layers):
            last = layer == self._layers - 1
            state = self._layer(f"{layer}.", state, lengths[:, None] - 1 if last else everywhere)
        return _normed(state[:, 0], weights["last"])

    def _layer(self, at: str, state: Scores, asked: Steps) -> Scores:
        """One layer, worked out for the steps ``asked``, int64[sequences, n], of each sequence."""
        weights, heads = self._weights, self._heads
        n, length, size = state.shape
        mixed = _normed(state, weights[at + "before_attention"]) @ weights[at + "attention"].T
        mixed += weights[at + "attention_bias"]
        query, key, value = mixed.reshape(n, length, 3, heads, size // heads).transpose(2, 0, 3, 1, 4)
        if asked.shape[1] < length:
            row = np.arange(n)[:, None]
            state, query = state[row, asked], query.transpose(0, 2, 1, 3)[row, asked].transpose(0, 2, 1, 3)
        apart = asked[:, :, None] - np.arange(length)
        share = query @ key.transpose(0, 1, 3, 2) * np.float32((size // heads) ** -0.5)
        share += weights[at + "distance"][:, np.maximum(apart, 0)].transpose(1, 0, 2, 3)
        share[np.broadcast_to((apart < 0)[:, None], share.shape)] = -np.inf
        share = np.exp(share - share.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)
        read = (share @ value).transpose(0, 2, 1, 3).reshape(n, -1, size)
        state = state + read @ weights[at + "joined"].T + weights[at + "joined_bias"]
        wide = _normed(state, weights[at + "before_wide"]) @ weights[at + "wide"].T + weights[at + "wide_bias"]
        return np.asarray(state + np.maximum(wide, 0) @ weights[at + "narrow"].T + weights[at + "narrow_bias"])


def _normed(state: Scores, scale_and_shift: Scores) -> Scores:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + _EPS)
    return np.asarray(centred / spread * scale_and_shift[0] + scale_and_shift[1])
