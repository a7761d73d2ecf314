"""What every vector index must do, as tests to inherit."""

# ruff: noqa: D102 - the name of a test is a sentence that says what it checks

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import BundleError, InputError
from parure.index import VectorIndex, load_index, measure_recall
from parure.testing.checks import bytes_of, require

Vectors = NDArray[np.float32]

SIZE = 32


class VectorIndexContract:
    """Tests that every index passes: inherit, and say how an empty one is made.

    Attributes:
        recall: What is asked of answers without a mask; 1 for an exact index.
    """

    recall = 1.0

    @abstractmethod
    def index(self, size: int) -> VectorIndex:
        """A new empty index for vectors of ``size`` numbers."""
        raise NotImplementedError

    def vectors(self, count: int = 400, seed: int = 0) -> Vectors:
        """Vectors in clusters, some longer than others."""
        rng = np.random.default_rng(seed)
        centres = rng.standard_normal((8, SIZE))
        drawn = centres[rng.integers(8, size=count)] + 0.5 * rng.standard_normal((count, SIZE))
        return np.asarray(drawn * rng.uniform(0.1, 10, (count, 1)), np.float32)

    def filled(self, count: int = 400) -> tuple[VectorIndex, list[str], Vectors]:
        """An index with vectors in it, their ids, and the vectors."""
        index, ids, vectors = self.index(SIZE), [f"i{n:04}" for n in range(count)], self.vectors(count)
        index.upsert(ids, vectors)
        return index, ids, vectors

    def test_each_vector_finds_itself_first_with_a_cosine_of_one(self) -> None:
        index, ids, vectors = self.filled()
        positions, scores = index.search(vectors, 1)
        require([index.ids[place] for place in positions[:, 0]] == ids, "a vector does not find itself")
        require(np.allclose(scores, 1, atol=0.03), f"cosines with oneself: {scores.min()} to {scores.max()}")
        require(scores.max() <= 1, f"a cosine is {scores.max()}")

    def test_the_nearest_are_found_best_first(self) -> None:
        index, _, vectors = self.filled()
        queries = self.vectors(50, seed=1)
        found = measure_recall(index, vectors, queries, rng=np.random.default_rng(0), k=10)
        require(found.value >= self.recall, f"recall@10 is {found.value}")
        scores = index.search(queries, 10)[1]
        require((np.diff(scores, axis=1) <= 0).all(), "scores ascend")

    def test_an_empty_index_finds_nothing(self) -> None:
        positions, scores = self.index(SIZE).search(self.vectors(3), 5)
        require(positions.shape == scores.shape == (3, 5), f"shapes {positions.shape}, {scores.shape}")
        require((positions == -1).all() and np.isnan(scores).all(), f"found {positions}")
        require(positions.dtype == np.int64 and scores.dtype == np.float32, f"{positions.dtype}, {scores.dtype}")

    def test_no_queries_and_no_k_are_answered_by_nothing(self) -> None:
        index, _, vectors = self.filled(20)
        require(index.search(vectors[:0], 5)[0].shape == (0, 5), "no queries")
        require(index.search(vectors, 0)[0].shape == (20, 0), "k = 0")

    def test_k_beyond_the_size_brings_everything_once(self) -> None:
        index, _, vectors = self.filled(20)
        positions, scores = index.search(vectors, 50)
        for places, alike in zip(positions, scores, strict=True):
            require(sorted(places[places >= 0].tolist()) == list(range(20)), f"found {places}")
            require((places[20:] == -1).all() and np.isnan(alike[20:]).all(), "the end is not empty")

    def test_a_query_without_a_direction_finds_nothing_and_disturbs_no_other(self) -> None:
        index, _, vectors = self.filled(20)
        queries = vectors[:3].copy()
        queries[0], queries[1] = np.nan, 0
        positions = index.search(queries, 2)[0]
        require((positions[:2] == -1).all() and positions[2, 0] == 2, f"found {positions}")

    def test_unknown_ids_have_no_position_and_are_deleted_without_a_word(self) -> None:
        index, _, _ = self.filled(20)
        require(index.positions_of(["i0003", "nobody"]).tolist() == [3, -1], "positions")
        require(index.delete(["nobody", "i0003", "i0003"]) == 1, "deletions counted")
        require("nobody" not in index and "i0003" not in index and len(index) == 19, "what is left")

    def test_equal_vectors_come_in_the_order_of_their_ids(self) -> None:
        index, vectors = self.index(SIZE), self.vectors(1)
        ids = [f"i{n * 7 % 30:02}" for n in range(30)]
        index.upsert(ids, np.repeat(vectors, 30, axis=0))
        positions = index.search(vectors, 30)[0][0]
        require([index.ids[place] for place in positions] == sorted(ids), f"order {positions}")

    def test_an_id_that_comes_twice_has_its_last_vector(self) -> None:
        index, vectors = self.index(SIZE), self.vectors(3)
        index.upsert(["a", "b", "a"], vectors)
        require(len(index) == 2, f"{len(index)} ids")
        require(np.allclose(index.search(vectors[2:], 1)[1], 1, atol=0.03), "the last vector of a is not found")

    def test_an_update_keeps_the_position_and_forgets_the_old_vector(self) -> None:
        index, _, vectors = self.filled()
        index.upsert(["i0005", "i0007"], -vectors[[5, 7]])
        require(index.positions_of(["i0005", "i0007"]).tolist() == [5, 7], "the position changed")
        require(len(index) == len(vectors), f"{len(index)} ids")
        positions, scores = index.search(-vectors[[5, 7]], 1)
        require(positions[:, 0].tolist() == [5, 7] and np.allclose(scores, 1, atol=0.03), f"found {positions}")
        require(not np.isin([5], index.search(vectors[[5]], 100)[0]).any(), "the old vector is still found")
        kept = index.vectors_of(np.array([5]))
        require(np.allclose(kept @ vectors[5] / np.linalg.norm(vectors[5]), -1, atol=0.03), f"kept {kept}")

    def test_what_was_deleted_is_never_found_and_its_place_is_taken_again(self) -> None:
        index, ids, vectors = self.filled()
        index.delete(ids[::2])
        positions = index.search(vectors, 400)[0]
        found = set(positions[positions >= 0].tolist())
        require(found == set(range(1, 400, 2)), "a deleted id is found, or one is lost")
        index.upsert(["new"], vectors[:1])
        require(len(index.ids) == 400 and len(index) == 201, f"{len(index.ids)} positions, {len(index)} ids")
        place = index.search(vectors[:1], 1)[0][0, 0]
        require(index.ids[place] == "new" and index.taken[place], "the new id is not found")

    def test_everything_deleted_leaves_an_index_that_works(self) -> None:
        index, ids, vectors = self.filled(30)
        index.delete(ids)
        require((index.search(vectors, 3)[0] == -1).all(), "something is found")
        index.upsert(ids, vectors)
        found = index.search(vectors, 1)[0][:, 0]
        require([index.ids[place] for place in found] == ids, "it does not fill again")

    def test_adding_in_parts_finds_as_much_as_adding_at_once(self) -> None:
        index, vectors = self.index(SIZE), self.vectors(400)
        index.upsert(["i0000"], vectors[:1])
        for start in range(1, 400, 57):
            part = vectors[start : start + 57]
            index.upsert([f"i{start + n:04}" for n in range(len(part))], part)
        found = measure_recall(index, vectors, self.vectors(50, seed=1), rng=np.random.default_rng(0), k=10)
        require(found.value >= self.recall, f"recall@10 is {found.value}")

    def test_a_mask_is_kept_to_exactly_whatever_share_it_passes(self) -> None:
        index, ids, vectors = self.filled()
        rng = np.random.default_rng(5)
        for share in (0.0, 0.01, 0.1, 0.5, 0.9, 1.0):
            allowed = rng.random(400) < share
            positions = index.search(vectors[:20], 400, allowed=allowed)[0]
            for places in positions:
                require(set(places[places >= 0].tolist()) == set(np.flatnonzero(allowed)), f"share {share}")
            found = measure_recall(index, vectors, vectors[:50], rng=rng, k=5, allowed=allowed)
            require(found.value >= self.recall, f"recall@5 is {found.value} where {share} pass")
        index.delete(ids[:200])
        positions = index.search(vectors[:5], 400, allowed=np.ones(400, dtype=bool))[0]
        require(set(positions[positions >= 0].tolist()) == set(range(200, 400)), "a mask brings deleted ids back")

    def test_saved_and_loaded_it_answers_the_same_and_goes_on(self) -> None:
        index, ids, vectors = self.filled()
        index.delete(ids[3:6])
        index.upsert(["i0010", "zz"], -vectors[[10, 11]])
        with TemporaryDirectory() as folder:
            index.save(Path(folder))
            again = load_index(Path(folder))
        require(type(again) is type(index) and again.config == index.config, f"loaded {again!r}")
        require(list(again.ids) == list(index.ids) and len(again) == len(index), "the ids differ")
        (places, alike), (places_again, alike_again) = index.search(vectors, 20), again.search(vectors, 20)
        require(np.array_equal(places, places_again) and np.array_equal(alike, alike_again), "the answers differ")
        again.upsert(["i0003"], vectors[[3]])
        require(again.ids[again.search(vectors[[3]], 1)[0][0, 0]] == "i0003", "it takes in nothing more")

    def test_the_same_vectors_give_the_same_bytes(self) -> None:
        written = []
        for _ in range(2):
            with TemporaryDirectory() as folder:
                self.filled()[0].save(Path(folder))
                written.append(bytes_of(Path(folder)))
        require(written[0] == written[1], "two builds differ")

    def test_a_damaged_file_is_refused_as_such(self) -> None:
        with TemporaryDirectory() as folder:
            self.filled(20)[0].save(Path(folder))
            for path in sorted(Path(folder).iterdir()):
                content = path.read_bytes()
                path.write_bytes(content[: len(content) // 2])
                try:
                    load_index(Path(folder))
                except BundleError:
                    path.write_bytes(content)
                else:
                    raise AssertionError(f"{path.name}, cut in half, is read")

    def test_vectors_of_another_size_or_without_a_direction_are_refused_and_change_nothing(self) -> None:
        index, _, vectors = self.filled(20)
        broken = vectors[:2].copy()
        broken[1, 3] = np.nan
        for ids, wrong in (
            (["x"], vectors[:1, :-1]), (["x"], vectors[:2]), (["x", ""], vectors[:2]),
            (["x"], np.zeros((1, SIZE), np.float32)), (["x", "y"], broken),
        ):  # fmt: skip
            try:
                index.upsert(ids, wrong)
            except InputError:
                require(len(index) == 20 and "x" not in index, "a refused vector left something behind")
            else:
                raise AssertionError(f"{wrong.shape} for {ids} is taken")

    def test_a_search_of_another_shape_is_refused(self) -> None:
        index, _, vectors = self.filled(20)
        for wrong, allowed in ((vectors[0], None), (vectors[:, 1:], None), (vectors, np.ones(19, dtype=bool))):
            try:
                index.search(wrong, 1, allowed=allowed)
            except ValueError:
                continue
            raise AssertionError(f"{wrong.shape} is searched")
