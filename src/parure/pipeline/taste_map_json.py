"""The map of taste as JSON, for whoever draws it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from parure.dataset import Dataset
from parure.pipeline.taste_map import Points, TasteMap


def map_json(drawn: TasteMap, dataset: Dataset) -> dict[str, Any]:
    """A map, JSON-ready.

    Args:
        drawn: The map.
        dataset: Of the bundle that it was drawn of.

    Returns:
        ``layouts``, the first to be shown first; ``products`` and ``customers`` with their ``places`` by layout, x and
        y from 0 to 1, and the rows of the products most ``alike``, or ``near`` to a customer's style; ``columns`` to
        colour products by; and how many there are, shown or not.
    """
    rows = pa.array(dataset.items.rows_of(drawn.product_ids))
    categories = dataset.item_table.column("category").take(rows).to_pylist()
    places, theirs = _places(drawn.layouts, len(drawn.product_ids)), _places(drawn.places, len(drawn.customer_ids))
    return {
        "layouts": [*drawn.layouts],
        "products": [
            {
                "item_id": item_id,
                "title": drawn.titles[row],
                "category": categories[row],
                "item_price": None if drawn.price_cents[row] <= 0 else float(drawn.price_cents[row]) / 100,
                "places": places[row],
                "alike": drawn.alike[row].tolist(),
            }
            for row, item_id in enumerate(drawn.product_ids)
        ],
        "customers": [
            {
                "user_id": user_id,
                "share": round(float(drawn.shares[row]), 4),
                "places": theirs[row],
                "near": drawn.near[row].tolist(),
            }
            for row, user_id in enumerate(drawn.customer_ids)
        ],
        "columns": {name: [*values] for name, values in drawn.columns.items()},
        "catalogue_size": drawn.catalogue_size,
        "customers_size": drawn.customers_size,
    }


def _places(layouts: Mapping[str, Points], number: int) -> list[dict[str, list[float]]]:
    """Of each product or customer, where they are by layout."""
    rounded = {name: np.round(points.astype(np.float64), 4).tolist() for name, points in layouts.items()}
    return [{name: points[row] for name, points in rounded.items()} for row in range(number)]
