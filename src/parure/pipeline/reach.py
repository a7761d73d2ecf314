"""How the catalogue shares in what is sold, what is recommended and what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from parure.core import UNKNOWN, Query
from parure.core.clock import rng_for
from parure.core.progress import Progress
from parure.dataset import Dataset
from parure.evaluation.beyond import ItemFacts
from parure.pipeline.answer import Answers
from parure.pipeline.part import Part

CUSTOMERS: Final = 1000
"""So many customers are drawn, of those who did anything."""
_POINTS: Final = 101
_AT_ONCE: Final = 100

Counts = NDArray[np.int64]


def spread(counts: Counts, tail: NDArray[np.bool_]) -> dict[str, Any]:
    """How something is spread over the items of a catalogue.

    Args:
        counts: int64[items], how often each was sold, recommended or shown.
        tail: bool[items], which are no best sellers.

    Returns:
        ``total``; ``covered`` items that have any, and as a share ``coverage``; ``gini``, 0 where all have alike and
        near 1 where a few have all; ``tail_share`` of the total; ``curve``, the share that the best n % of the items
        have, for n from 0 to 100. The last three are None where the total is 0.
    """
    items, total = len(counts), int(counts.sum())
    covered = int(np.count_nonzero(counts))
    told: dict[str, Any] = {"total": total, "covered": covered, "coverage": covered / items if items else None}
    if not total:
        return {**told, "gini": None, "tail_share": None, "curve": None}
    most_first = np.sort(counts)[::-1]
    reached = np.concatenate([[0.0], np.cumsum(most_first) / total])
    curve = np.interp(np.linspace(0, items, _POINTS), np.arange(items + 1), reached)
    gini = float((items + 1 - 2 * np.arange(1, items + 1)) @ most_first / (items * total))
    tail_share = float(counts[tail].sum() / total)
    return {**told, "gini": gini, "tail_share": tail_share, "curve": [round(float(point), 6) for point in curve]}


def sold_counts(dataset: Dataset) -> Counts:
    """How often each item was bought, as far as the dataset knows: int64[items]."""
    return np.asarray(dataset.item_table.column("purchases").fill_null(0).to_numpy().astype(np.int64))


def tail_of(dataset: Dataset) -> NDArray[np.bool_]:
    """bool[items]: outside the best sellers that make half of all purchases."""
    return ItemFacts.of(dataset).tail


def by_category(dataset: Dataset, counts: Mapping[str, Counts]) -> list[dict[str, Any]]:
    """Sums of counts by category, the one with most items first; None stands for items without one.

    Args:
        dataset: Whose items.
        counts: int64[items] by name.
    """
    encoded = dataset.item_table.column("category").combine_chunks().dictionary_encode()
    names = [*encoded.dictionary.to_pylist(), None]
    codes = encoded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
    items = np.bincount(codes, minlength=len(names))
    sums = {what: np.bincount(codes, of, minlength=len(names)).astype(np.int64) for what, of in counts.items()}
    order = [place for place in np.argsort(-items, kind="stable") if items[place]]
    return [
        {"category": names[place], "items": int(items[place]), **{what: int(of[place]) for what, of in sums.items()}}
        for place in order
    ]


def reach(shop: Path, version: str, surface: str | None, progress: Progress, *, seed: int = 0) -> dict[str, Any]:
    """What a recipe recommends to some customers drawn by chance, beside what was sold.

    Args:
        shop: The project directory.
        version: Which bundle.
        surface: Where its recipes are asked; the main one where None.
        progress: Where to report to.
        seed: Which customers are drawn follows from it.

    Returns:
        JSON-ready: ``recipe``, ``customers``, ``k`` and ``counts``, how often each item was recommended.

    Cost:
        A request for each customer, some milliseconds each at most.
    """
    answers = Answers.open(shop, version)
    part = answers.part(surface)
    dataset = answers.dataset
    active = np.flatnonzero(np.diff(dataset.user_offsets))
    drawn = rng_for(seed, "reach").permutation(active)[:CUSTOMERS]
    queries = [_query(answers, user_id, surface, part) for user_id in dataset.users.ids_of(drawn)]
    counts = np.zeros(len(dataset.items), np.int64)
    recommender = answers.recommender(part)
    with progress.step("recommend to customers", total=len(queries)) as bar:
        for start in range(0, len(queries), _AT_ONCE):
            chunk = queries[start : start + _AT_ONCE]
            for slate in recommender.slates(chunk):
                best = slate.best(part.recipe.k)
                np.add.at(counts, best[best != UNKNOWN], 1)
            bar.advance(len(chunk))
    return {"recipe": part.recipe.name, "customers": len(queries), "k": part.recipe.k, "counts": counts.tolist()}


def _query(answers: Answers, user_id: str, surface: str | None, part: Part) -> Query:
    """What a customer would ask; where it goes by a page, that of what they did last."""
    page = any(spec.of == "page" for spec in part.recipe.sources)
    last = answers.dataset.history(user_id).item_ids[-1:] if page else ()
    return answers.request(user_id, surface=surface, part=part, items=last, request_id="reach")
