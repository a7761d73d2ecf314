"""What the console is told of the catalogue: how it shares in what is sold, recommended and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from parure.core import UNKNOWN
from parure.core.clock import DAY_US, time_us
from parure.pipeline.reach import Counts, by_category, sold_counts, spread, tail_of
from parure.serving import models_console as m
from parure.serving.served import Served
from parure.store import Store

SHOWN_DAYS: Final = 7


def told_catalogue(served: Served, store: Store, reached: Mapping[str, Any]) -> m.Catalogue:
    """The catalogue of a bundle.

    Args:
        served: The bundle.
        store: Where it stands what was shown lately.
        reached: What :func:`parure.pipeline.reach.reach` found of the same bundle.

    Raises:
        StoreError: The store cannot be read.
    """
    dataset = served.answers.bundle.dataset
    tail, sold = tail_of(dataset), sold_counts(dataset)
    recommended = np.asarray(reached["counts"], np.int64)
    shown = _shown(served, store)
    counts = {"ever_bought": (sold > 0).astype(np.int64), "sold": sold, "recommended": recommended}
    if shown is not None:
        counts["shown"] = shown
    return m.Catalogue(
        bundle_version=served.answers.version,
        recipe=reached["recipe"],
        customers=reached["customers"],
        k=reached["k"],
        items=len(dataset.items),
        ever_bought=int(np.count_nonzero(sold)),
        tail_items=int(np.count_nonzero(tail)),
        sold=m.Spread.model_validate(spread(sold, tail)),
        recommended=m.Spread.model_validate(spread(recommended, tail)),
        shown=None if shown is None else m.Spread.model_validate(spread(shown, tail)),
        categories=[m.CategoryShare.model_validate(each) for each in by_category(dataset, counts)],
    )


def _shown(served: Served, store: Store) -> Counts | None:
    """How often each item of the bundle was shown in the last days; None where none was."""
    shown = store.statistics.impressions(time_us() - SHOWN_DAYS * DAY_US)
    items = served.answers.bundle.dataset.items
    rows = items.rows_of(list(shown))
    known = rows != UNKNOWN
    if not known.any():
        return None
    counts = np.zeros(len(items), np.int64)
    np.add.at(counts, rows[known], np.array([*shown.values()], np.int64)[known])
    return counts
