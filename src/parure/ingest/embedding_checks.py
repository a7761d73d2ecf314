"""What can be wrong with a row of product embeddings."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parure.core import IdMap
from parure.ingest.embedding_files import RawVectors

Reasons = NDArray[np.object_]


def judge(raw: RawVectors, models: list[str], products: IdMap | None) -> tuple[Reasons, list[str]]:
    """The first reason against each row, empty where there is none."""
    reasons: Reasons = np.full(len(raw.ids), "", dtype=object)
    details = [""] * len(raw.ids)

    def fault(rows: Any, code: str, detail: str) -> None:
        for row in np.flatnonzero(rows & (reasons == "")).tolist():
            reasons[row], details[row] = code, detail

    for row, (code, detail) in raw.faults.items():
        reasons[row], details[row] = code, detail
    ids = pa.array(raw.ids, pa.string())
    fault(ids.is_null().to_numpy(zero_copy_only=False), "missing_value", "the product id is empty")
    fault(~np.isfinite(raw.matrix).all(axis=1), "not_finite", "a number is NaN or infinite")
    fault(~raw.matrix.any(axis=1), "all_zero", "every number is 0, so the vector has no direction")
    if products is not None:
        known = pc.is_in(ids, value_set=products.to_arrow()).to_numpy(zero_copy_only=False)
        fault(~known, "orphan_product", "no product has this id")
    keys = list(zip(models, raw.ids, strict=True))
    first = {keys[row]: row for row in reversed(np.flatnonzero(reasons == "").tolist())}
    repeated = np.array([first.get(key, row) != row for row, key in enumerate(keys)], dtype=bool)
    fault(repeated, "duplicate_id", "an earlier row has this id")
    return reasons, details


def judge_dates(dates: list[str], reasons: Reasons, details: list[str]) -> tuple[Reasons, list[str]]:
    """A created_date that is no day is a fault."""
    wrong = set()
    for text in set(dates) - {""}:
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            wrong.add(text)
    for row, text in enumerate(dates):
        if text in wrong and not reasons[row]:
            reasons[row], details[row] = "bad_type", f"created_date {text!r} is not a day like 2026-05-01"
    return reasons, details
