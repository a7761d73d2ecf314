"""What is like a product: by its picture, by what customers buy or look at with it, or both."""

from __future__ import annotations

from typing import Literal, cast, get_args

import numpy as np

from parure.core import Candidates, best_first
from parure.core.clock import rng_for
from parure.core.errors import SettingsError, did_you_mean
from parure.pipeline.bundle import Bundle
from parure.retrieval import ItemSimilarity, Style

Likeness = Literal["visual", "bought_together", "mixed"]
LIKENESSES: tuple[Likeness, ...] = get_args(Likeness)

_DEPTH = 5
"""Each of two lists that are mixed is asked for so many times the items wanted."""
_RANK_CONSTANT = 60


def alike(bundle: Bundle, item_id: str, k: int, mode: Likeness) -> Candidates:
    """Items like one item.

    Args:
        bundle: What is known.
        item_id: An item of it.
        k: How many at most.
        mode: ``visual`` goes by pictures; ``bought_together`` by the first source of the bundle that learned likeness
            from what customers did; ``mixed`` sums ``1 / (60 + rank)`` of both, and takes one where the other is mute.

    Raises:
        SettingsError: There is no such mode, or the bundle has nothing to tell it by.
    """
    if mode not in LIKENESSES:
        raise SettingsError(
            f"{mode!r} is no way of being alike {did_you_mean(mode, LIKENESSES)}".rstrip() + ".",
            hint=f"There are: {', '.join(LIKENESSES)}.",
        )
    if mode == "visual":
        return _visual(bundle, item_id, k)
    if mode == "bought_together":
        return _together(bundle, item_id, k)
    found = [way(bundle, item_id, _DEPTH * k) for way, able in _WAYS if able(bundle)]
    if not found:
        raise _nothing("neither pictures nor a source that knows which items are bought together", "encode")
    scores = np.zeros(len(bundle.dataset.items))
    for each in found:
        scores[each.item_ix] += 1 / (_RANK_CONSTANT + 1 + np.arange(len(each.item_ix)))
    rows = np.flatnonzero(scores)
    best = rows[best_first(scores[rows], k)].astype(np.int32)
    return Candidates("+".join(each.source for each in found), found[0].items, best, scores[best].astype(np.float32))


def likenesses(bundle: Bundle) -> list[Likeness]:
    """The ways of being alike that a bundle can tell of."""
    visual, together = _has_pictures(bundle), _learned(bundle) is not None
    able = {"visual": visual, "bought_together": together, "mixed": visual and together}
    return [mode for mode in LIKENESSES if able[mode]]


def _visual(bundle: Bundle, item_id: str, k: int) -> Candidates:
    if not _has_pictures(bundle):
        raise _nothing("no vectors of pictures", "encode")
    return style_of(bundle).similar([item_id], k)[0]


def style_of(bundle: Bundle) -> Style:
    """The style source of a bundle; where its recipe has none, one with the defaults, fitted once and kept."""
    for source in bundle.sources:
        if isinstance(source, Style):
            return source
    kept = bundle.dataset.memo
    if "style" not in kept:
        kept["style"] = Style().fit(bundle.dataset, rng=rng_for(0, "style"))
    return cast("Style", kept["style"])


def _together(bundle: Bundle, item_id: str, k: int) -> Candidates:
    source = _learned(bundle)
    if source is None:
        raise _nothing("no source that knows which items are bought together", "train --recipe hybrid")
    return source.similar([item_id], k)[0]


def _learned(bundle: Bundle) -> ItemSimilarity | None:
    sources = [source for part in bundle.parts for source in part.sources]
    able = [each for each in sources if isinstance(each, ItemSimilarity) and not isinstance(each, Style)]
    # Co-occurrence says it most directly; other models only through what they learned for another end.
    return next((each for each in able if each.kind == "item_cf"), next(iter(able), None))


def _has_pictures(bundle: Bundle) -> bool:
    return bundle.dataset.item_vectors is not None


_WAYS = ((_visual, _has_pictures), (_together, lambda bundle: _learned(bundle) is not None))


def _nothing(lacking: str, command: str) -> SettingsError:
    return SettingsError(f"The bundle has {lacking}.", hint=f"Run: parure {command}")
