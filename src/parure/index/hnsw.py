"""A graph of near neighbours over vectors of 8 bits a number: fast at a hundred thousand vectors and more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from parure.core.artifacts import load_arrays, save_arrays
from parure.core.config import Config
from parure.core.errors import BundleError, MissingExtraError
from parure.core.ids import UNKNOWN
from parure.index.slots import Positions
from parure.index.vector_index import Mask, VectorIndex, Vectors

_LEVELS = 127
"""Steps of an 8-bit number on either side of 0."""

_CLIPPED_ABOVE = 0.02
"""Where more than this share of vectors has a number outside the range of the steps, the steps get wider."""

_BLOCK = 20_000
"""Vectors turned into steps at a time."""

_WALK = 25
"""Vectors that a walk through the graph costs as much as scanning, for each candidate it keeps (measured)."""


class HnswConfig(Config):
    """How the graph is built and walked."""

    neighbours: int = Field(32, ge=4, le=128)
    """Links of a vector to others, twice as many at the lowest level; more find more and take more memory."""

    ef_construction: int = Field(80, ge=8, le=1000)
    """Candidates kept while a vector's neighbours are looked for."""

    ef_search: int = Field(200, ge=16, le=10_000)
    """Candidates kept while a query is answered; more find more and take longer."""

    compact_above: float = Field(0.3, gt=0, lt=1)
    """The graph is built anew once this share of its vectors was deleted or replaced."""

    threads: int = Field(1, ge=1, le=256)
    """Threads that build the graph; with one the same vectors always give the same graph."""


class HnswIndex(VectorIndex):
    """Hierarchical navigable small worlds (Malkov and Yashunin, 2018) over 8-bit vectors, by faiss.

    Vectors are added to the graph; what was deleted or replaced stays in it to walk over and is never found. Where a
    mask leaves so few that a scan costs less than a walk, they are scanned.

    Args:
        size: Numbers in a vector.
        config: Settings; the defaults where None.
        seed: Seed of the levels of the graph.

    Raises:
        MissingExtraError: faiss is not installed.

    Cost:
        For 1,280 numbers about 1,550 bytes a vector; building 0.6 ms a vector on one core at 100,000, a query 0.6 ms.
    """

    kind = "hnsw"
    config_type = HnswConfig

    def __init__(self, size: int, config: Any = None, *, seed: int = 0) -> None:
        super().__init__(size, config)
        self._faiss = _faiss()
        self._seed = seed
        self._graph = self._empty_graph()
        self._position_of: Positions = np.empty(0, np.int64)
        self._node_of: Positions = np.empty(0, np.int64)
        self._range = 0.0
        self._clipped = 0
        self._in_order = True

    @property
    def dead(self) -> int:
        """Vectors in the graph that were deleted or replaced."""
        return len(self._position_of) - len(self)

    def vectors_of(self, positions: Positions) -> Vectors:
        """See :meth:`VectorIndex.vectors_of`; within half a step, a 254th of the largest number, of what was put in."""
        return self._decoded(self._node_of[positions])

    def bytes_in_use(self) -> int:
        """See :meth:`VectorIndex.bytes_in_use`."""
        hnsw, nodes = self._graph.hnsw, len(self._position_of)
        links = 4 * hnsw.neighbors.size() + 8 * hnsw.offsets.size() + 4 * hnsw.levels.size()
        return int(nodes * self.size + links + self._position_of.nbytes + self._node_of.nbytes)

    def compact(self) -> None:
        """Build the graph anew without what was deleted or replaced; positions stay.

        Cost:
            As much as building the index.
        """
        old, live = self._graph, np.flatnonzero(self._position_of != UNKNOWN)
        codes = self._codes()
        self._graph = self._empty_graph()
        for start in range(0, len(live), _BLOCK):
            self._add_codes(codes[live[start : start + _BLOCK]])
        del codes, old
        self._position_of = self._position_of[live]
        self._renumber()

    def _write(self, positions: Positions, unit: Vectors, fresh: Mask) -> None:
        self._kill(positions[~fresh])
        self._fit_range(unit)
        first = len(self._position_of)
        self._add_codes(self._encoded(unit))
        self._position_of = np.concatenate([self._position_of, positions])
        missing = len(self._slots.ids) - len(self._node_of)
        self._node_of = np.concatenate([self._node_of, np.full(missing, UNKNOWN, np.int64)])
        nodes = np.arange(first, first + len(positions))
        self._node_of[positions] = nodes
        self._in_order = self._in_order and np.array_equal(positions, nodes)
        self._compact_where_due()

    def _erase(self, positions: Positions) -> None:
        self._kill(positions)
        self._compact_where_due()

    def _kill(self, positions: Positions) -> None:
        """Let nodes be found no more."""
        if len(positions):
            self._position_of[self._node_of[positions]] = UNKNOWN
            self._node_of[positions] = UNKNOWN
            self._in_order = False

    def _compact_where_due(self) -> None:
        if self.dead > self.config.compact_above * len(self._position_of):
            self.compact()

    def _renumber(self) -> None:
        self._node_of = np.full(len(self._slots.ids), UNKNOWN, np.int64)
        live = np.flatnonzero(self._position_of != UNKNOWN)
        self._node_of[self._position_of[live]] = live
        self._in_order = np.array_equal(self._node_of, np.arange(len(self._position_of)))

    # -- searching ----------------------------------------------------------------------------------------------------

    def _search(self, unit: Vectors, k: int, allowed: Mask | None) -> tuple[Positions, Vectors]:
        # A thread more than there are queries has nothing to do but spin: 8 times the time where cores are shared.
        if len(unit) >= self._faiss.omp_get_max_threads():
            return self._found(unit, k, allowed)
        with self._threads(len(unit)):
            return self._found(unit, k, allowed)

    def _found(self, unit: Vectors, k: int, allowed: Mask | None) -> tuple[Positions, Vectors]:
        # Whole steps for the query too: faiss compares whole numbers where vectors are a multiple of 32 long.
        width = np.abs(unit).max(axis=1, keepdims=True)
        steps = unit * (_LEVELS / width)
        found, alike = self._nearest(np.rint(steps, out=steps), k, allowed)
        alike *= width * np.float32(self._range / _LEVELS**2)
        return self._ranked(found, alike)

    def _nearest(self, steps: Vectors, k: int, allowed: Mask | None) -> tuple[Positions, Vectors]:
        """Nodes and products with the query in whole steps, by walk or by scan."""
        nodes, selector, usable = self._usable(allowed)
        ef = max(self.config.ef_search, k + k // 2)
        if usable == 0:
            return np.full((len(steps), k), UNKNOWN, np.int64), np.full((len(steps), k), np.nan, np.float32)
        if selector is None and ef == self.config.ef_search and nodes > ef * _WALK:
            alike, found = self._graph.search(steps, k)
            return found, alike
        # Among few that may be found, a walk keeps as many more candidates as it needs to meet them.
        kept = ef * nodes // usable
        if usable <= kept * _WALK:
            found, alike = self._scan(steps, k, selector)
        else:
            walk = self._faiss.SearchParametersHNSW(efSearch=kept, sel=selector)
            alike, found = self._graph.search(steps, k, params=walk)
            short = np.flatnonzero(found[:, -1] < 0)
            if len(short) and usable >= k:
                found[short], alike[short] = self._scan(steps[short], k, selector)
        return found, alike

    def _scan(self, steps: Vectors, k: int, selector: Any) -> tuple[Positions, Vectors]:
        """Look at every vector that may be found."""
        store = self._faiss.downcast_index(self._graph.storage)
        scan = self._faiss.SearchParameters(sel=selector)
        alike, found = store.search(steps, k, params=scan)
        return found, alike

    def _usable(self, allowed: Mask | None) -> tuple[int, Any, int]:
        """Number of nodes, a selector of those that may be found (None for all), and how many those are."""
        nodes = len(self._position_of)
        if allowed is None and not self.dead:
            return nodes, None, nodes
        if self._in_order and allowed is not None:
            mask = allowed
        else:
            mask = self._position_of != UNKNOWN
            if allowed is not None:
                mask &= allowed[self._position_of]
        bits = np.packbits(mask, bitorder="little")
        return nodes, self._faiss.IDSelectorBitmap(bits), int(np.count_nonzero(mask))

    def _ranked(self, found: Positions, alike: Vectors) -> tuple[Positions, Vectors]:
        """Nodes as positions, ties by id."""
        # Asked before worked on: for one query a call of NumPy costs more than its arithmetic.
        scores = np.minimum(alike, np.float32(1)) if len(alike) > 1 or alike[0, 0] > 1 else alike
        if len(found) > 1 or found[0, -1] < 0:
            scores[found < 0] = np.nan
        positions = found if self._in_order else np.where(found < 0, UNKNOWN, self._position_of[found])
        equal = scores[:, 1:] == scores[:, :-1]
        for query in np.flatnonzero(equal.any(axis=1)).tolist() if equal.any() else []:
            here = np.flatnonzero(found[query] >= 0)
            order = here[self._slots.best(scores[query, here], positions[query, here], len(here))]
            positions[query, here], scores[query, here] = positions[query, order], scores[query, order]
        return positions, scores

    # -- vectors in 8 bits --------------------------------------------------------------------------------------------

    def _fit_range(self, unit: Vectors) -> None:
        """Widen the steps where too many vectors have numbers outside their range."""
        largest = np.maximum(unit.max(axis=1), -unit.min(axis=1))
        outside = largest[largest > self._range]
        # Ids have their places before their vectors come, so what is here is counted by vectors.
        if self._clipped + len(outside) <= _CLIPPED_ABOVE * (len(self._position_of) + len(unit)):
            self._clipped += len(outside)
            return
        # One vector in a hundred may be cut, so that an odd one does not take the others' precision.
        before, self._range = self._range, float(np.quantile(outside, 0.99)) if len(outside) else 1.0
        self._clipped = 0
        if before and len(self._position_of):
            codes = self._codes()
            for start in range(0, len(codes), _BLOCK):
                block = codes[start : start + _BLOCK].astype(np.float32) - (_LEVELS + 1)
                codes[start : start + _BLOCK] = _steps(block * np.float32(before / self._range))

    def _encoded(self, unit: Vectors) -> NDArray[np.uint8]:
        return _steps(unit * np.float32(_LEVELS / self._range))

    def _decoded(self, nodes: Positions) -> Vectors:
        steps: Vectors = self._codes()[nodes].astype(np.float32) - (_LEVELS + 1)
        steps /= np.linalg.norm(steps, axis=1, keepdims=True)
        return steps

    def _codes(self) -> NDArray[np.uint8]:
        """The stored vectors as they lie in faiss's memory, uint8[nodes, size]; adding makes this view stale."""
        store = self._faiss.downcast_index(self._graph.storage)
        flat = self._faiss.rev_swig_ptr(store.codes.data(), store.ntotal * self.size)
        return np.asarray(flat).reshape(store.ntotal, self.size)

    def _add_codes(self, codes: NDArray[np.uint8]) -> None:
        with self._threads(self.config.threads):
            self._graph.add(codes.astype(np.float32) - (_LEVELS + 1))

    def _empty_graph(self) -> Any:
        steps, product = self._faiss.ScalarQuantizer.QT_8bit_direct_signed, self._faiss.METRIC_INNER_PRODUCT
        graph = self._faiss.IndexHNSWSQ(self.size, steps, self.config.neighbours, product)
        graph.hnsw.efConstruction, graph.hnsw.efSearch = self.config.ef_construction, self.config.ef_search
        graph.hnsw.rng = self._faiss.RandomGenerator(self._seed)
        return graph

    @contextmanager
    def _threads(self, count: int) -> Iterator[None]:
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(min(count, before))
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)

    # -- on disk ------------------------------------------------------------------------------------------------------

    def _save(self, directory: Path) -> None:
        self._faiss.write_index(self._graph, os.fspath(directory / "graph.faiss"))
        about = np.array([self._clipped, self._seed], np.int64)
        arrays = {"position_of": self._position_of, "range": np.array([self._range]), "clipped_seed": about}
        save_arrays(directory / "nodes.npz", arrays)

    def _load(self, directory: Path) -> None:
        arrays = load_arrays(directory / "nodes.npz")
        try:
            self._graph = self._faiss.read_index(os.fspath(directory / "graph.faiss"))
        except RuntimeError as error:
            raise BundleError(f"Cannot read {directory / 'graph.faiss'}: {error}", hint="Build it again.") from error
        self._position_of = arrays["position_of"]
        live = self._position_of[self._position_of != UNKNOWN]
        if self._graph.ntotal != len(self._position_of) or self._graph.d != self.size or len(live) != len(self):
            raise BundleError(
                f"{directory} holds a graph of {self._graph.ntotal} vectors, of which {len(live)} live; expected"
                f" {len(self._position_of)} and {len(self)}.",
                hint="Build it again.",
            )
        self._range = arrays["range"].item()
        self._clipped, self._seed = arrays["clipped_seed"].tolist()
        self._renumber()


def _steps(scaled: Vectors) -> NDArray[np.uint8]:
    """Whole steps from 1 to 255, where 128 is 0."""
    rounded = np.clip(np.rint(scaled), -_LEVELS, _LEVELS) + (_LEVELS + 1)
    codes: NDArray[np.uint8] = rounded.astype(np.uint8)
    return codes


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError("faiss-cpu", "index", "An index of many vectors") from error
    return faiss
