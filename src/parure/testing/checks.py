"""What several contract suites check the same way."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from parure.core import Candidates, IdMap


def require(condition: object, message: str) -> None:
    """Fail the test with ``message`` unless ``condition`` holds.

    Raises:
        AssertionError: It does not.
    """
    if not condition:
        raise AssertionError(message)


def require_well_formed(found: Candidates, items: IdMap, k: int) -> None:
    """Fail unless candidates are distinct known items, at most ``k``, best first, ties by id, scores all numbers."""
    rows, scores = found.item_ix, found.scores
    require(found.items is items or found.items == items, "candidates refer to another catalogue")
    require(rows.dtype == np.int32, f"item_ix is {rows.dtype}, expected int32")
    require(scores.dtype == np.float32, f"scores are {scores.dtype}, expected float32")
    require(len(rows) == len(scores) <= max(k, 0), f"got {len(rows)} candidates for k = {k}")
    require(len(set(rows.tolist())) == len(rows), f"an item comes twice: {rows.tolist()}")
    require(all(0 <= row < len(items) for row in rows.tolist()), f"an unknown item comes back: {rows.tolist()}")
    require(not np.isnan(scores).any(), f"an item without a score comes back: {found.pairs()}")
    order = sorted(zip((-scores).tolist(), rows.tolist(), strict=True))
    require([row for _, row in order] == rows.tolist(), f"not best first with ties by id: {found.pairs()}")


def require_same_answer(one: Candidates, other: Candidates, *, tolerance: float = 1e-5) -> None:
    """Fail unless two answers agree: the same scores, and the same item wherever its score stands alone.

    Sums of single-precision products differ in the last digits with the number of queries worked on at once, so items
    whose scores are that close may change places.
    """
    scale = tolerance * max(float(np.abs(one.scores).max(initial=0)), 1e-30)
    require(len(one) == len(other), f"{len(one)} candidates against {len(other)}")
    require(np.allclose(one.scores, other.scores, rtol=0, atol=scale), f"{one.pairs()} against {other.pairs()}")
    for place, (a, b) in enumerate(zip(one.item_ix.tolist(), other.item_ix.tolist(), strict=True)):
        if a == b:
            continue
        near = np.abs(one.scores - one.scores[place]) <= 2 * scale
        # At the border the rival may have fallen off the end of the list.
        tied = near.sum() > 1 or near[-1]
        require(tied, f"place {place}: {one.item_ids[place]} against {other.item_ids[place]}")


def bytes_of(directory: Path) -> dict[str, bytes]:
    """The content of all files under a directory by relative name."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }
