"""What is HNSW's own: its dead, the steps of its vectors, scan or walk."""

from __future__ import annotations

import numpy as np
import pytest

from parure.index import HnswConfig, HnswIndex, measure_recall, vector_index

SIZE = 32


def drawn(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((10, SIZE))
    return (centres[rng.integers(10, size=count)] + 0.6 * rng.standard_normal((count, SIZE))).astype(np.float32)


def filled(count: int, **config: float) -> tuple[HnswIndex, list[str], np.ndarray]:
    index, ids, vectors = HnswIndex(SIZE, HnswConfig(**config)), [f"i{n:05}" for n in range(count)], drawn(count)
    index.upsert(ids, vectors)
    return index, ids, vectors


def test_the_graph_is_built_anew_once_too_much_of_it_is_dead() -> None:
    index, ids, vectors = filled(300, compact_above=0.3)
    index.delete(ids[:90])
    assert index.dead == 90
    index.delete(ids[90:91])
    assert index.dead == 0
    assert len(index) == 209
    assert len(index.ids) == 300
    found = index.search(vectors[91:], 1)[0][:, 0]
    assert found.tolist() == list(range(91, 300))


def test_updates_leave_the_old_vectors_behind_until_then() -> None:
    index, ids, vectors = filled(300, compact_above=0.5)
    for _ in range(3):
        index.upsert(ids[:50], vectors[:50])
    assert (len(index), index.dead) == (300, 150)
    index.upsert(ids[:300], vectors[:300])
    assert (len(index), index.dead) == (300, 0)


def test_vectors_that_come_later_and_reach_further_widen_the_steps() -> None:
    index, _, vectors = filled(300)
    spikes = np.eye(SIZE, dtype=np.float32)
    index.upsert([f"spike{n:02}" for n in range(SIZE)], spikes)
    positions, scores = index.search(spikes, 1)
    assert positions[:, 0].tolist() == list(range(300, 300 + SIZE))
    assert np.allclose(scores, 1, atol=0.01)
    kept = index.vectors_of(np.arange(300))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (kept * unit).sum(axis=1).min() > 0.998


def test_many_vectors_put_in_at_once_are_those_put_in_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "_BLOCK", 10)
    at_once, ids, vectors = filled(1000)
    in_turn = HnswIndex(SIZE)
    for start in range(0, 1000, 10):
        in_turn.upsert(ids[start : start + 10], vectors[start : start + 10])
    places = np.arange(1000)
    assert (at_once.vectors_of(places) == in_turn.vectors_of(places)).all()
    assert at_once.search(vectors, 1)[0][:, 0].tolist() == places.tolist()


def test_one_odd_vector_costs_the_others_no_precision() -> None:
    index, _, _ = filled(300)
    before = index.vectors_of(np.arange(300))
    index.upsert(["odd"], np.eye(SIZE, dtype=np.float32)[:1])
    assert (index.vectors_of(np.arange(300)) == before).all()


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.005, 0.05, 0.3, 0.7, 1.0])
def test_masks_of_any_share_find_nearly_all_by_scan_or_by_walk(share: float) -> None:
    index, _, vectors = filled(40_000)
    allowed = np.random.default_rng(2).random(40_000) < share
    found = measure_recall(index, vectors, drawn(100, 7), rng=np.random.default_rng(0), k=50, allowed=allowed)
    assert found.value >= 0.95


def test_bytes_in_use_are_those_of_vectors_and_links() -> None:
    index, _, _ = filled(1000)
    assert SIZE + 64 * 4 < index.bytes_in_use() / 1000 < SIZE + 64 * 4 + 60
