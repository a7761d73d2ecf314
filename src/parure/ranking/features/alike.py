"""How much the item looks like, and reads like, what the customer did things with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import exp2, sqrt
from typing import Any, ClassVar, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import svds

from parure.core.artifacts import Array
from parure.core.clock import DAY_US, rng_for
from parure.core.native import native, native_sums
from parure.ranking.features.group import Asked, Facts, Feature, Floats, Group, Rows

LOOK_SIZE: Final = 64
"""Numbers that a picture's vector keeps."""
WORDS_SIZE: Final = 32
"""Numbers that a text becomes."""
_RECENT: Final = 20
_LAST_FEW: Final = 5
_HALF_LIFE_DAYS: Final = 60.0
_SAMPLE: Final = 4096
"""Vectors that the directions are read from."""
_PART: Final = 8192
"""Vectors worked on at once, so that what is held beside the result does not grow with the shop."""
_MOST_WORDS: Final = 20_000
_TEXT_COLUMNS: Final = ("title", "category", "subcategory", "brand", "material", "color")
_WORD: Final = re.compile(r"[^\W_]{2,}")

Vectors = NDArray[np.float32]


def _features(prefix: str, group: str, what: str) -> tuple[Feature, ...]:
    return (
        Feature(
            f"{prefix}_to_taste",
            group,
            "cosine",
            f"{what} against the mean of what the customer likes: weighed events, each counting half after 60 days",
        ),
        Feature(f"{prefix}_to_last", group, "cosine", f"{what} against the item of the customer's last such event"),
        Feature(f"{prefix}_to_last_5", group, "cosine", f"{what} against the most alike of their last 5 other items"),
        Feature(f"{prefix}_to_last_20", group, "cosine", f"{what} against the most alike of their last 20 other items"),
    )


class _Alike(Group):
    """Cosines in one space; NaN where either side has no vector.

    Args:
        vectors: float32[items, size], unit vectors, zeros for an item without one; of no rows where nothing has one.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def fill(self, out: Floats, at: int, asked: Asked) -> None:
        """See :meth:`Group.fill`."""
        if not len(self._vectors):
            out[:, at : at + len(self.features)] = np.nan
            return
        _fill(out, at, self._vectors, asked.rows, asked.item_ix, asked.timestamp_us, asked.weight, asked.now_us)

    def arrays(self) -> dict[str, Array]:
        """See :meth:`Group.arrays`."""
        return {"vectors": self._vectors}

    @classmethod
    def restore(cls, arrays: Mapping[str, Array]) -> Self:
        """See :meth:`Group.restore`."""
        return cls(arrays["vectors"])


class Look(_Alike):
    """Likeness of pictures, in the directions that keep most of their vectors' products."""

    features: ClassVar[tuple[Feature, ...]] = _features("look", "visual", "likeness of its picture")

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Project the shop's vectors.

        Cost:
            One pass over the vectors: 100,000 of 1,280 numbers take half a second of CPU.
        """
        vectors = facts.dataset.item_vectors
        known = (
            np.empty(0, np.intp) if vectors is None or not len(vectors) else np.flatnonzero(~np.isnan(vectors[:, 0]))
        )
        if vectors is None or not len(known):
            return cls(np.empty((0, LOOK_SIZE), np.float32))
        directions = _directions(vectors, known) if vectors.shape[1] > LOOK_SIZE else None
        small = np.zeros((len(vectors), min(vectors.shape[1], LOOK_SIZE)), np.float32)
        for start in range(0, len(known), _PART):
            rows = known[start : start + _PART]
            small[rows] = _unit(vectors[rows] if directions is None else vectors[rows] @ directions)
        return cls(small)


class Words(_Alike):
    """Likeness of titles and categories by the words that go together.

    Latent semantic analysis: TF-IDF weights, and the space of their first singular vectors (Deerwester et al., Indexing
    by latent semantic analysis, JASIS 1990).
    """

    features: ClassVar[tuple[Feature, ...]] = _features("words", "text", "likeness of its title and category")

    @classmethod
    def fit(cls, facts: Facts) -> Self:
        """Read the texts.

        Cost:
            Two seconds of CPU for 68,000 products.
        """
        texts, of_item = _texts(facts.dataset.item_table)
        weights = _tf_idf(texts)
        size = min(WORDS_SIZE, min(weights.shape) - 1)
        if size < 1:
            return cls(np.empty((0, WORDS_SIZE), np.float32))
        start = rng_for(0, "words").standard_normal(min(weights.shape))
        directions = svds(weights, k=size, v0=start, return_singular_vectors="vh")[2]
        return cls(_unit((weights @ directions.T).astype(np.float32))[of_item])


def _directions(vectors: Vectors, known: NDArray[np.intp]) -> Vectors:
    """Orthonormal directions, float32[size, LOOK_SIZE]: the first right singular vectors of a sample.

    By subspace iteration from a fixed start (Halko, Martinsson & Tropp 2011). Not centred, since it is cosines that are
    to be kept.
    """
    sample = vectors[known[np.linspace(0, len(known) - 1, min(_SAMPLE, len(known))).astype(np.intp)]]
    basis = rng_for(0, "look").standard_normal((vectors.shape[1], LOOK_SIZE + 16)).astype(np.float32)
    for _ in range(3):
        basis = np.linalg.qr(sample.T @ (sample @ basis))[0]
    turn = np.linalg.svd(sample @ basis, full_matrices=False)[2]
    return np.ascontiguousarray(basis @ turn[:LOOK_SIZE].T)


def _unit(vectors: Vectors) -> Vectors:
    """Rows of length 1; those of next to no length become 0."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), 0).astype(np.float32)


def _texts(table: pa.Table) -> tuple[list[str], NDArray[np.int32]]:
    """The different texts of items, and which of them each item has."""
    columns = [
        pc.fill_null(table.column(name).cast(pa.string()), "")
        for name in _TEXT_COLUMNS
        if name in table.column_names and not pa.types.is_list(table.schema.field(name).type)
    ]
    joined = pc.binary_join_element_wise(*columns, " ").combine_chunks()
    encoded = joined.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def _tf_idf(texts: list[str]) -> sp.csr_array:
    """Unit rows of the weights of words, float64[texts, words]; words that one text alone has are left out."""
    found = [_WORD.findall(text.lower()) for text in texts]
    held: dict[str, int] = {}
    for words in found:
        for word in set(words):
            held[word] = held.get(word, 0) + 1
    common = sorted((word for word, count in held.items() if count > 1), key=lambda word: (-held[word], word))
    column = {word: place for place, word in enumerate(common[:_MOST_WORDS])}
    pairs = [(row, column[word]) for row, words in enumerate(found) for word in words if word in column]
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    counts: Any = sp.coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(texts), len(column))).tocsr()
    df = np.array([held[word] for word in column], np.float64)
    counts = counts @ sp.diags_array(np.log((1 + len(texts)) / (1 + df)) + 1) if len(column) else counts
    length = np.sqrt(counts.multiply(counts).sum(axis=1))
    return sp.csr_array(sp.diags_array(1 / np.maximum(length, 1e-12)) @ counts)


@native
def _fill(
    out: Floats,
    at: int,
    vectors: Vectors,
    rows: Rows,
    item_ix: Rows,
    time_us: NDArray[np.int64],
    weight: Floats,
    now_us: int,
) -> None:
    taste = np.zeros(vectors.shape[1], np.float32)
    recent = np.empty(_RECENT, np.int32)
    found = 0
    for back in range(len(item_ix)):
        event = len(item_ix) - 1 - back
        item = item_ix[event]
        if item < 0 or weight[event] <= 0 or not _has(vectors[item]):
            continue
        _add(taste, vectors[item], weight[event] * exp2((time_us[event] - now_us) / (DAY_US * _HALF_LIFE_DAYS)))
        if found < _RECENT and not _among(recent[:found], item):
            recent[found] = item
            found += 1
    # Side by side, where they are read two hundred times.
    last = vectors[recent[:found]]
    length = sqrt(_dot(taste, taste))
    for row in range(len(rows)):
        mine = out[row, at : at + 4]
        mine[:] = np.nan
        vector = vectors[rows[row]]
        if length > 0 and _has(vector):
            mine[0] = _dot(vector, taste) / length
            _closest(mine, vector, last, recent, rows[row])


@native
def _has(vector: Floats) -> bool:
    """Whether an item has a vector: not all of it is 0."""
    for number in vector:  # noqa: SIM110 - compiled
        if number != 0:
            return True
    return False


@native
def _among(rows: Rows, row: int) -> bool:
    for other in rows:  # noqa: SIM110 - compiled
        if other == row:
            return True
    return False


@native
def _closest(mine: Floats, vector: Floats, last: Vectors, recent: Rows, row: int) -> None:
    """Likeness to the customer's last items, the latest first; an item is not held against itself but as the last."""
    best, others = -2.0, 0
    for place in range(len(last)):
        if recent[place] == row:
            if place == 0:
                mine[1] = 1
            continue
        alike = _dot(vector, last[place])
        if place == 0:
            mine[1] = alike
        best = max(best, alike)
        others += 1
        if others <= _LAST_FEW:
            mine[2] = best
        mine[3] = best


@native_sums
def _dot(one: Floats, other: Floats) -> float:
    total = np.float32(0)
    for place in range(len(one)):
        total += one[place] * other[place]
    return float(total)


@native
def _add(total: Floats, vector: Floats, worth: float) -> None:
    for place in range(len(total)):
        total[place] += np.float32(worth) * vector[place]
